//! The state of a content stream as it runs: what `q` keeps, and where text goes next
//! (ISO 32000-2, 8.4.1 and 9.3).

use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::canvas::Clip;
use super::font::{Font, Glyph};
use super::geometry::Matrix;
use super::ink::{Ink, Mode};
use super::pdf::number;
use super::shape::Shape;

/// What an operator changes and `q` and `Q` keep.
#[derive(Debug, Clone)]
pub(super) struct Graphics<'a> {
    pub(super) matrix: Matrix,
    pub(super) font: Option<Rc<Font<'a>>>,
    pub(super) size: f64,
    pub(super) character_space: f64,
    pub(super) word_space: f64,
    pub(super) scale: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    pub(super) mode: Mode,
    pub(super) ink: Ink,
    pub(super) clip: Clip,
    /// Patterns, masks and Type 3 glyphs: their fonts count, their text is no evidence.
    pub(super) fonts_only: bool,
}

/// One content stream as it runs.
pub(super) struct Frame<'a, 'r> {
    pub(super) resources: &'r [&'a Dictionary],
    pub(super) state: Graphics<'a>,
    pub(super) saved: Vec<Graphics<'a>>,
    pub(super) text: Matrix,
    pub(super) line: Matrix,
    pub(super) depth: usize,
    /// The path under construction.
    pub(super) path: Shape,
    /// Whether the path becomes a clip when it is painted, and by which rule.
    pub(super) cuts: Option<bool>,
}

impl Graphics<'_> {
    pub(super) fn new(clip: Clip) -> Self {
        Self {
            matrix: Matrix::IDENTITY,
            font: None,
            size: 0.0,
            character_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: Mode::Fill,
            ink: Ink::BLACK,
            clip,
            fonts_only: false,
        }
    }

    /// Sets one of the text parameters that take a number.
    pub(super) fn set(&mut self, operator: &[u8], value: Option<&Object>) {
        let Some(value) = value.and_then(number) else { return };
        match operator {
            b"Tc" => self.character_space = value,
            b"Tw" => self.word_space = value,
            b"Tz" => self.scale = value / 100.0,
            b"TL" => self.leading = value,
            b"Ts" => self.rise = value,
            b"Tr" => self.mode = Mode::of(value),
            _ => {}
        }
    }
}

impl<'a> Frame<'a, '_> {
    pub(super) fn place(&mut self, word: &[u8], operands: &[Object]) {
        let number = |index: usize| operands.get(index).and_then(number).unwrap_or(0.0);
        match word {
            b"Td" => self.move_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.move_line(number(0), number(1));
            }
            b"T*" => self.next_line(),
            b"Tm" => self.line = matrix(operands).unwrap_or(self.line),
            _ => self.line = Matrix::IDENTITY,
        }
        self.text = self.line;
    }

    pub(super) fn next_line(&mut self) {
        self.move_line(0.0, -self.state.leading);
    }

    fn move_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::translation(x, y).then(self.line);
        self.text = self.line;
    }

    pub(super) fn adjust(&mut self, thousandths: f64) {
        let shift = -thousandths / 1_000.0 * self.state.size;
        let vertical = self.state.font.as_ref().is_some_and(|font| font.vertical);
        let (x, y) = if vertical { (0.0, shift) } else { (shift * self.state.scale, 0.0) };
        self.text = Matrix::translation(x, y).then(self.text);
    }

    /// Where a glyph of the size one stands on the page.
    pub(super) fn place_of_glyph(&self) -> Matrix {
        let state = &self.state;
        Matrix([state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise])
            .then(self.text)
            .then(state.matrix)
    }

    /// Moves on by a glyph; gives how far its own shape reaches, in parts of the size.
    pub(super) fn advance(&mut self, font: &Font<'_>, glyph: &Glyph) -> [f64; 2] {
        let state = &self.state;
        let word = if glyph.length == 1 && glyph.code == 32 { state.word_space } else { 0.0 };
        let space = state.character_space + word;
        let width = glyph.width / 1_000.0;
        let (x, y, shape) = if font.vertical {
            (0.0, space - state.size, [0.0, -1.0])
        } else {
            ((width * state.size + space) * state.scale, 0.0, [width, 0.0])
        };
        self.text = Matrix::translation(x, y).then(self.text);
        // Letter spacing is no gap between words: the pen's end includes it.
        let spacing = if state.size == 0.0 { 0.0 } else { space / state.size };
        let [right, down] = shape;
        if font.vertical { [right, down + spacing] } else { [right + spacing, down] }
    }
}

pub(super) fn four(numbers: Vec<f64>) -> Option<[f64; 4]> {
    numbers.try_into().ok()
}

pub(super) fn six(numbers: Vec<f64>) -> Option<Matrix> {
    numbers.try_into().ok().map(Matrix)
}

pub(super) fn matrix(operands: &[Object]) -> Option<Matrix> {
    operands.iter().map(number).collect::<Option<Vec<f64>>>().and_then(six)
}
