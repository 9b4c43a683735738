//! Where text stands: glyphs that a reader can't see are no evidence, and gaps between glyphs are
//! the white space that many writers leave out.

use super::canvas::{Canvas, Clip};
use super::geometry::Matrix;
use super::ink::Look;
use super::text::PageText;

/// Smaller than this many points, nobody reads it on paper.
const SMALLEST: f64 = 3.0;

/// A gap of this part of the size is a space.
const SPACE: f64 = 0.12;

/// A gap of this part of the size ends a line.
const LINE: f64 = 0.9;

/// Glyphs closer than this part of the size are one, drawn twice to look bold.
const OVERPRINT: f64 = 0.08;

/// Writes down what is shown, in the order in which it is drawn.
#[derive(Default)]
pub(super) struct Pen {
    strokes: Vec<Stroke>,
    /// Glyphs were drawn that nobody can see, whatever lies over them.
    hidden: bool,
}

/// A glyph.
struct Stroke {
    start: [f64; 2],
    middle: [f64; 2],
    end: [f64; 2],
    size: f64,
    text: Option<String>,
    look: Look,
    clip: Clip,
    height: usize,
}

/// How a glyph is drawn.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    pub(super) look: Look,
    pub(super) clip: Clip,
    /// How high the canvas was.
    pub(super) height: usize,
}

impl Pen {
    /// Shows a glyph of size one at `place`, which reaches to `advance` and says `text`; it is
    /// drawn so, or in a way that nobody sees.
    pub(super) fn show(
        &mut self,
        place: Matrix,
        advance: [f64; 2],
        text: Option<&str>,
        drawn: Option<Drawn>,
    ) {
        let size = place.height();
        let legible = size >= SMALLEST && place.width() >= SMALLEST;
        let Some(Drawn { look, clip, height }) = drawn.filter(|_| legible) else {
            self.hidden |= text.is_none_or(|text| !text.trim().is_empty());
            return;
        };
        let [right, up] = advance;
        let stroke = Stroke {
            start: place.apply(0.0, 0.0),
            middle: place.apply(right / 2.0, up / 2.0 + 0.25),
            end: place.apply(right, up),
            size,
            text: text.map(str::to_owned),
            look,
            clip,
            height,
        };
        match self.strokes.last_mut() {
            // The one on top is the one that is seen.
            Some(last) if stroke.repeats(last) => *last = stroke,
            Some(_) | None => self.strokes.push(stroke),
        }
    }

    /// The text that is seen on the page as it was painted.
    pub(super) fn finish(self, mut canvas: Canvas) -> PageText {
        let mut written = PageText::default();
        let mut last: Option<&Stroke> = None;
        if self.hidden {
            written.hide();
        }
        for stroke in &self.strokes {
            if !canvas.shows(stroke.middle, stroke.look, stroke.clip, stroke.height) {
                if !stroke.is_blank() {
                    written.hide();
                }
                continue;
            }
            if let Some(last) = last {
                let gap = distance(stroke.start, last.end) / stroke.size;
                if gap > LINE {
                    written.separate('\n');
                } else if gap > SPACE {
                    written.separate(' ');
                }
            }
            match &stroke.text {
                Some(text) => written.push_str(text),
                None => written.push_unreadable(),
            }
            last = Some(stroke);
        }
        written
    }
}

impl Stroke {
    fn repeats(&self, last: &Self) -> bool {
        distance(self.start, last.start) < OVERPRINT * self.size && self.text == last.text
    }

    /// White space leaves no mark, wherever it stands.
    fn is_blank(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.trim().is_empty())
    }
}

fn distance([x, y]: [f64; 2], [other_x, other_y]: [f64; 2]) -> f64 {
    (x - other_x).hypot(y - other_y)
}
