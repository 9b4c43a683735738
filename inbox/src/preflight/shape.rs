//! Paths, and whether a point lies in what they fill (ISO 32000-2, 8.5).

use lopdf::Object;

use super::geometry::{Matrix, Rect};
use super::pdf::number;

/// Straight pieces that stand for a curve.
const PIECES: u8 = 4;

/// A path under construction, or done, in the page's coordinates.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// Each closed of itself.
    lines: Vec<Vec<[f64; 2]>>,
    points: usize,
}

impl Shape {
    /// The four corners of a box.
    pub(super) fn of_box([left, lower, right, upper]: [f64; 4], matrix: Matrix) -> Self {
        let corners = [[left, lower], [right, lower], [right, upper], [left, upper]];
        let line = corners.map(|[x, y]| matrix.apply(x, y)).to_vec();
        Self { lines: vec![line], points: 4 }
    }

    /// How many points it has.
    pub(super) const fn points(&self) -> usize {
        self.points
    }

    /// Runs an operator of construction.
    pub(super) fn build(&mut self, operator: &[u8], operands: &[Object], matrix: Matrix) {
        let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
        let at = |x: f64, y: f64| matrix.apply(x, y);
        match (operator, numbers.as_slice()) {
            (b"m", [x, y]) => {
                self.lines.push(vec![at(*x, *y)]);
                self.points += 1;
            }
            (b"l", [x, y]) => self.line_to(at(*x, *y)),
            (b"c", [a, b, c, d, x, y]) => self.curve_to(at(*a, *b), at(*c, *d), at(*x, *y)),
            (b"v", [c, d, x, y]) => {
                let here = self.here();
                self.curve_to(here, at(*c, *d), at(*x, *y));
            }
            (b"y", [a, b, x, y]) => self.curve_to(at(*a, *b), at(*x, *y), at(*x, *y)),
            (b"re", [x, y, width, height]) => {
                let corners = Self::of_box([*x, *y, x + width, y + height], matrix);
                self.lines.extend(corners.lines);
                self.points += 4;
            }
            (b"h", _) => {
                if let Some(start) = self.lines.last().and_then(|line| line.first()).copied() {
                    self.lines.push(vec![start]);
                    self.points += 1;
                }
            }
            _ => {}
        }
    }

    fn here(&self) -> [f64; 2] {
        self.lines.last().and_then(|line| line.last()).copied().unwrap_or_default()
    }

    fn line_to(&mut self, to: [f64; 2]) {
        self.points += 1;
        match self.lines.last_mut() {
            Some(line) => line.push(to),
            None => self.lines.push(vec![to]),
        }
    }

    fn curve_to(&mut self, first: [f64; 2], second: [f64; 2], end: [f64; 2]) {
        let start = self.here();
        for piece in 1..=PIECES {
            let t = f64::from(piece) / f64::from(PIECES);
            let s = 1.0 - t;
            let along = |axis: fn([f64; 2]) -> f64| {
                s * s * s * axis(start)
                    + 3.0 * s * s * t * axis(first)
                    + 3.0 * s * t * t * axis(second)
                    + t * t * t * axis(end)
            };
            self.line_to([along(|[x, _]| x), along(|[_, y]| y)]);
        }
    }

    /// The box around it.
    pub(super) fn bounds(&self) -> Rect {
        let mut edges = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for [x, y] in self.lines.iter().flatten() {
            let [left, lower, right, upper] = edges;
            edges = [left.min(*x), lower.min(*y), right.max(*x), upper.max(*y)];
        }
        Rect { edges }
    }

    /// Whether it is the box around it.
    pub(super) fn is_box(&self) -> bool {
        let Rect { edges: [left, lower, right, upper] } = self.bounds();
        let corner =
            |[x, y]: &[f64; 2]| (*x == left || *x == right) && (*y == lower || *y == upper);
        // Closing a line begins another, of one point.
        let mut lines = self.lines.iter().filter(|line| line.len() > 1);
        match (lines.next(), lines.next()) {
            (Some(line), None) => {
                let mut sides = line.windows(2).map(|pair| match pair {
                    [[x, y], [to_x, to_y]] => (x == to_x) != (y == to_y),
                    _ => false,
                });
                line.len() == 4 && line.iter().all(corner) && sides.all(|straight| straight)
            }
            _ => false,
        }
    }

    /// Whether a point lies in what is filled, by the even-odd rule or by that of winding.
    pub(super) fn holds(&self, [x, y]: [f64; 2], even_odd: bool) -> bool {
        let (mut crossings, mut winding) = (0_usize, 0_i64);
        for line in &self.lines {
            let mut before = line.last().copied().unwrap_or_default();
            for &[to_x, to_y] in line {
                let [from_x, from_y] = before;
                before = [to_x, to_y];
                if (from_y > y) == (to_y > y) {
                    continue;
                }
                let cut = from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x);
                if cut > x {
                    crossings += 1;
                    winding += if to_y > from_y { 1 } else { -1 };
                }
            }
        }
        if even_odd { crossings % 2 == 1 } else { winding != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(operators: &[(&str, &[f32])]) -> Shape {
        let mut shape = Shape::default();
        for (operator, numbers) in operators {
            let operands: Vec<Object> = numbers.iter().map(|n| Object::Real(*n)).collect();
            shape.build(operator.as_bytes(), &operands, Matrix::IDENTITY);
        }
        shape
    }

    #[test]
    fn a_frame_does_not_fill_what_it_is_around() {
        let frame = built(&[("re", &[0.0, 0.0, 9.0, 9.0]), ("re", &[1.0, 1.0, 7.0, 7.0])]);
        assert!(!frame.holds([5.0, 5.0], true) && frame.holds([0.5, 5.0], true));
        assert!(frame.holds([5.0, 5.0], false) && !frame.holds([10.0, 5.0], false));
        assert!(!frame.is_box());
    }

    #[test]
    fn boxes_and_curves_are_told_apart() {
        let drawn = [
            ("m", &[1.0, 1.0][..]),
            ("l", &[4.0, 1.0]),
            ("l", &[4.0, 3.0]),
            ("l", &[1.0, 3.0]),
            ("h", &[]),
        ];
        assert!(built(&drawn).is_box() && built(&[("re", &[1.0, 1.0, 3.0, 2.0])]).is_box());
        let round =
            built(&[("m", &[0.0, 0.0]), ("c", &[0.0, 9.0, 9.0, 9.0, 9.0, 0.0]), ("h", &[])]);
        assert!(
            !round.is_box() && round.holds([4.5, 3.0], false) && !round.holds([0.5, 6.0], false)
        );
        assert!(!built(&[]).holds([0.0, 0.0], false));
    }
}
