//! What is painted on the page beside text: it may lie behind a glyph, over it, or cut it off.

use super::geometry::{Matrix, Rect};
use super::ink::{Look, WHITE};
use super::shape::Shape;

/// Points of all that is kept. A page with a map on it has more, and is for a person to look at.
const MOST_POINTS: usize = 400_000;

/// Clips within clips that are followed.
const MOST_CLIPS: usize = 64;

/// Looks at an area for a glyph, all together; each costs some nanoseconds.
const MOST_LOOKS: usize = 40_000_000;

/// Less than this of a glyph shining through is no glyph that is read.
const LEAST_SEEN: f64 = 0.5;

/// Where the page can be painted on now: within a box, and within what else cuts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clip {
    bounds: Rect,
    /// The innermost of the shapes that are no boxes.
    shape: Option<usize>,
}

impl Clip {
    /// The page as a whole.
    pub(super) const fn of(bounds: Rect) -> Self {
        Self { bounds, shape: None }
    }
}

#[derive(Debug)]
struct Cut {
    shape: Shape,
    even_odd: bool,
    around: Option<usize>,
    depth: usize,
}

#[derive(Debug)]
struct Area {
    bounds: Rect,
    shape: Shape,
    even_odd: bool,
    clip: Clip,
    look: Look,
}

/// What was painted so far, in order.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    areas: Vec<Area>,
    cuts: Vec<Cut>,
    points: usize,
    looks: usize,
    /// More was painted than is kept.
    crowded: bool,
}

impl Canvas {
    /// How many areas there are; what is drawn now lies over them.
    pub(super) const fn height(&self) -> usize {
        self.areas.len()
    }

    /// Paints a shape.
    pub(super) fn paint(&mut self, shape: Shape, even_odd: bool, clip: Clip, look: Look) {
        if look.opacity > 0.0 && self.has_room(&shape) {
            let bounds = shape.bounds().intersection(clip.bounds);
            self.areas.push(Area { bounds, shape, even_odd, clip, look });
        }
    }

    /// Paints all that can be painted on.
    pub(super) fn flood(&mut self, clip: Clip, look: Look) {
        self.paint(Shape::of_box(clip.bounds.edges, Matrix::IDENTITY), false, clip, look);
    }

    /// Cuts off what is not in a shape.
    pub(super) fn cut(&mut self, shape: Shape, even_odd: bool, clip: &mut Clip) {
        clip.bounds = clip.bounds.intersection(shape.bounds());
        if shape.is_box() || !self.has_room(&shape) {
            return;
        }
        let depth =
            clip.shape.and_then(|around| self.cuts.get(around)).map_or(1, |cut| cut.depth + 1);
        self.crowded |= depth > MOST_CLIPS;
        self.cuts.push(Cut { shape, even_odd, around: clip.shape, depth });
        clip.shape = Some(self.cuts.len() - 1);
    }

    fn has_room(&mut self, shape: &Shape) -> bool {
        self.points = self.points.saturating_add(shape.points() + 1);
        self.crowded |= self.points > MOST_POINTS;
        !self.crowded
    }

    /// Whether a glyph at this point is seen, that was drawn when the canvas was `height` high.
    pub(super) fn shows(&mut self, point: [f64; 2], look: Look, clip: Clip, height: usize) -> bool {
        if self.crowded || !self.is_in(point, clip) {
            return false;
        }
        let (mut behind, mut seen) = (WHITE, 1.0);
        for at in 0..self.areas.len() {
            let Some(area) = self.areas.get(at) else { break };
            self.looks += 1;
            if !area.bounds.contains(point) {
                continue;
            }
            let (clip, painted) = (area.clip, area.look);
            self.looks += area.shape.points();
            if !area.shape.holds(point, area.even_odd) || !self.is_in(point, clip) {
                continue;
            }
            if at < height {
                behind = painted.on(behind);
            } else {
                seen *= painted.lets_through();
            }
        }
        self.crowded |= self.looks > MOST_LOOKS;
        !self.crowded && seen >= LEAST_SEEN && look.stands_out(behind)
    }

    fn is_in(&mut self, point: [f64; 2], clip: Clip) -> bool {
        if !clip.bounds.contains(point) {
            return false;
        }
        let mut next = clip.shape;
        while let Some(cut) = next.and_then(|at| self.cuts.get(at)) {
            self.looks += cut.shape.points();
            if !cut.shape.holds(point, cut.even_odd) {
                return false;
            }
            next = cut.around;
        }
        true
    }
}
