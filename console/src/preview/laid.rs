//! Laying a copy over its original: where each point of the original's page is on the copy's.
//!
//! A copy may have been scaled, moved to other paper, or turned. A first guess is made by the two
//! pages' edges, or by the QR code where both show it; what is left of the error is taken out by
//! following the grey of edges from coarse to fine (the inverse compositional method of Lucas and
//! Kanade, after Baker and Matthews, 2004).

use super::grey::Grey;

/// How points move: `x' = a x + b y + c`, `y' = d x + e y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion(pub(super) [f64; 6]);

impl Motion {
    /// The motion that takes three points to three others; `None` where they lie on a line.
    pub(super) fn between(from: [[f64; 2]; 3], to: [[f64; 2]; 3]) -> Option<Self> {
        let row = |[x, y]: [f64; 2]| [x, y, 1.0];
        let rows = from.map(row);
        let solved = |axis: usize| solve(rows, to.map(|point| point[axis]));
        let ([a, b, c], [d, e, f]) = (solved(0)?, solved(1)?);
        Some(Self([a, b, c, d, e, f]))
    }

    pub(super) fn apply(self, x: f64, y: f64) -> [f64; 2] {
        let Self([a, b, c, d, e, f]) = self;
        [a * x + b * y + c, d * x + e * y + f]
    }

    /// First `first`, then `self`.
    pub(super) fn after(self, first: Self) -> Self {
        let Self([a, b, c, d, e, f]) = self;
        let Self([p, q, r, s, t, u]) = first;
        Self([
            a * p + b * s,
            a * q + b * t,
            a * r + b * u + c,
            d * p + e * s,
            d * q + e * t,
            d * r + e * u + f,
        ])
    }

    fn inverse(self) -> Option<Self> {
        let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        Self::between(corners.map(|[x, y]| self.apply(x, y)), corners)
    }

    /// The same between pictures of which the first is `from` and the second `to` as large.
    pub(super) fn scaled(self, from: f64, to: f64) -> Self {
        let Self([a, b, c, d, e, f]) = self;
        let k = to / from;
        Self([a * k, b * k, c * to, d * k, e * k, f * to])
    }

    /// How much longer lines become.
    pub(super) fn stretch(self) -> f64 {
        let Self([a, b, _, d, e, _]) = self;
        (a * e - b * d).abs().sqrt()
    }
}

/// Solves linear equations; `None` where they have not one solution.
fn solve<const N: usize>(mut rows: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let largest = (column..N)
            .max_by(|one, other| rows[*one][column].abs().total_cmp(&rows[*other][column].abs()))?;
        if rows[largest][column].abs() < 1e-9 {
            return None;
        }
        rows.swap(column, largest);
        right.swap(column, largest);
        for other in (0..N).filter(|other| *other != column) {
            let factor = rows[other][column] / rows[column][column];
            let pivot = rows[column];
            for (value, pivot) in rows[other].iter_mut().zip(pivot).skip(column) {
                *value -= factor * pivot;
            }
            right[other] -= factor * right[column];
        }
    }
    let mut solution = [0.0; N];
    for (at, value) in solution.iter_mut().enumerate() {
        *value = right[at] / rows[at][at];
    }
    Some(solution)
}

/// How often the pictures are halved: the coarsest are a sixteenth, the finest half.
const LEVELS: usize = 4;

/// Steps at each level.
const STEPS: usize = 30;

/// A difference of grey that counts for more counts as much: what was changed must not pull.
const PULL: f64 = 80.0;

/// Points followed at each level.
const MOST_POINTS: usize = 12_000;

/// A point on an edge, with the grey there and how it changes.
struct EdgePoint {
    at: [f64; 2],
    grey: f64,
    steepest: [f64; 6],
}

/// A better motion from `original` to `copy`, where one is found near `guess`.
pub(super) fn refined(original: &Grey, copy: &Grey, guess: Motion) -> Motion {
    let (mut pictures, mut part) = (vec![(original.halved(), copy.halved())], 0.5);
    while let Some((one, other)) = pictures.last().filter(|_| pictures.len() < LEVELS) {
        pictures.push((one.halved(), other.halved()));
        part /= 2.0;
    }
    let mut motion = guess;
    for (one, other) in pictures.iter().rev() {
        let followed = follow(one, other, motion.scaled(part, part));
        motion = followed.map_or(motion, |followed| followed.scaled(1.0 / part, 1.0 / part));
        part *= 2.0;
    }
    motion
}

fn follow(original: &Grey, copy: &Grey, guess: Motion) -> Option<Motion> {
    let points = edge_points(original);
    let mut normal = [[0.0; 6]; 6];
    for point in &points {
        for (row, one) in normal.iter_mut().zip(point.steepest) {
            for (sum, other) in row.iter_mut().zip(point.steepest) {
                *sum += one * other;
            }
        }
    }
    let mut motion = guess;
    for _ in 0..STEPS {
        let mut right = [0.0; 6];
        for point in &points {
            let [x, y] = motion.apply(point.at[0], point.at[1]);
            let error = f64::from(copy.between(x as f32, y as f32)) - point.grey;
            let error = error.clamp(-PULL, PULL);
            for (sum, steepest) in right.iter_mut().zip(point.steepest) {
                *sum += steepest * error;
            }
        }
        let [a, b, c, d, e, f] = solve(normal, right)?;
        let step = Motion([1.0 + a, b, c, d, 1.0 + e, f]);
        motion = motion.after(step.inverse()?);
        if [a, b, d, e].iter().all(|part| part.abs() < 1e-6) && c.abs().max(f.abs()) < 1e-3 {
            break;
        }
    }
    motion.0.iter().all(|part| part.is_finite()).then_some(motion)
}

/// Points where grey changes, evenly taken from all of them.
fn edge_points(picture: &Grey) -> Vec<EdgePoint> {
    const EDGE: f64 = 12.0;
    let mut points = Vec::new();
    for y in 1..picture.height.saturating_sub(1) {
        for x in 1..picture.width.saturating_sub(1) {
            let grey = |x, y| f64::from(picture.at(x, y));
            let along = (grey(x + 1, y) - grey(x - 1, y)) / 2.0;
            let down = (grey(x, y + 1) - grey(x, y - 1)) / 2.0;
            if along.abs() + down.abs() >= EDGE {
                let (at, grey) = ([x as f64, y as f64], grey(x, y));
                let [x, y] = at;
                let steepest = [along * x, along * y, along, down * x, down * y, down];
                points.push(EdgePoint { at, grey, steepest });
            }
        }
    }
    let every = points.len().div_ceil(MOST_POINTS).max(1);
    points.into_iter().step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blots on a page, moved by `motion`.
    fn page(motion: Motion) -> Grey {
        let (width, height) = (480, 360);
        let back = motion.inverse().unwrap();
        let mut pixels = vec![255; width * height];
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let [x, y] = back.apply((at % width) as f64, (at / width) as f64);
            let blot = |cx: f64, cy: f64, size: f64| (x - cx).hypot(y - cy) < size;
            let dark = blot(80.0, 70.0, 30.0)
                || blot(400.0, 60.0, 18.0)
                || blot(240.0, 190.0, 45.0)
                || blot(90.0, 290.0, 22.0)
                || blot(390.0, 300.0, 34.0);
            if dark {
                *pixel = 20;
            }
        }
        Grey { width, height, pixels }
    }

    const STILL: Motion = Motion([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    #[test]
    fn three_points_tell_a_motion() {
        let turned = Motion([0.0, -2.0, 10.0, 2.0, 0.0, 3.0]);
        let from = [[1.0, 1.0], [5.0, 1.0], [1.0, 4.0]];
        let found = Motion::between(from, from.map(|[x, y]| turned.apply(x, y))).unwrap();
        let near = found.0.iter().zip(turned.0).all(|(one, other)| (one - other).abs() < 1e-9);
        assert!(near, "{found:?}");
        assert_eq!(turned.stretch(), 2.0);
        assert_eq!(Motion::between([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], from), None);
    }

    #[test]
    fn a_motion_that_was_guessed_badly_is_found() {
        let real = Motion([0.97, 0.01, 9.0, -0.01, 0.98, -6.0]);
        let found = refined(&page(STILL), &page(real), STILL);
        for (x, y) in [(60.0, 60.0), (400.0, 300.0), (60.0, 300.0)] {
            let ([x1, y1], [x2, y2]) = (found.apply(x, y), real.apply(x, y));
            assert!((x1 - x2).hypot(y1 - y2) < 0.7, "{x},{y}: {x1},{y1} and not {x2},{y2}");
        }
    }
}
