//! Where text stands: glyphs outside the page are no evidence, and gaps between glyphs are the
//! white space that many writers leave out.

use super::geometry::{Matrix, Rect};
use super::text::PageText;

/// Smaller than this many points, nobody reads it on paper.
const SMALLEST: f64 = 1.0;

/// A gap of this part of the size is a space.
const SPACE: f64 = 0.12;

/// A gap of this part of the size ends a line.
const LINE: f64 = 0.9;

/// Glyphs closer than this part of the size are one, drawn twice to look bold.
const OVERPRINT: f64 = 0.08;

/// Writes down what is shown, in the order in which it is drawn.
pub(super) struct Pen {
    page: Rect,
    text: PageText,
    last: Option<Stroke>,
}

struct Stroke {
    start: [f64; 2],
    end: [f64; 2],
    text: Option<String>,
}

impl Pen {
    pub(super) fn new(page: Rect) -> Self {
        Self { page, text: PageText::default(), last: None }
    }

    /// Shows a glyph of size one at `place`, which reaches to `advance` and says `text`.
    pub(super) fn show(&mut self, place: Matrix, advance: [f64; 2], text: Option<&str>) {
        let size = place.height();
        let [right, up] = advance;
        let start = place.apply(0.0, 0.0);
        let end = place.apply(right, up);
        let middle = place.apply(right / 2.0, up / 2.0 + 0.25);
        let legible = size >= SMALLEST && place.width() >= SMALLEST;
        if !legible || !self.page.contains(middle) {
            return;
        }
        if let Some(last) = &self.last {
            if distance(start, last.start) < OVERPRINT * size && last.text.as_deref() == text {
                return;
            }
            let gap = distance(start, last.end) / size;
            if gap > LINE {
                self.text.separate('\n');
            } else if gap > SPACE {
                self.text.separate(' ');
            }
        }
        match text {
            Some(text) => self.text.push_str(text),
            None => self.text.push_unreadable(),
        }
        self.last = Some(Stroke { start, end, text: text.map(str::to_owned) });
    }

    pub(super) fn finish(self) -> PageText {
        self.text
    }
}

fn distance([x, y]: [f64; 2], [other_x, other_y]: [f64; 2]) -> f64 {
    (x - other_x).hypot(y - other_y)
}
