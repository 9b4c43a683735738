//! Points, boxes and transformations of a page (ISO 32000-2, 8.3).

/// A transformation `[a b c d e f]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

/// A box with its lower left corner first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    /// Left, lower, right, upper.
    pub(super) edges: [f64; 4],
}

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(super) const fn translation(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// First `self`, then `next`.
    pub(super) fn then(self, next: Self) -> Self {
        let Self([a, b, c, d, e, f]) = self;
        let Self([na, nb, nc, nd, ne, nf]) = next;
        Self([
            a * na + b * nc,
            a * nb + b * nd,
            c * na + d * nc,
            c * nb + d * nd,
            e * na + f * nc + ne,
            e * nb + f * nd + nf,
        ])
    }

    pub(super) fn apply(self, x: f64, y: f64) -> [f64; 2] {
        let Self([a, b, c, d, e, f]) = self;
        [a * x + c * y + e, b * x + d * y + f]
    }

    /// How long a vertical unit becomes.
    pub(super) fn height(self) -> f64 {
        let Self([_, _, c, d, _, _]) = self;
        c.hypot(d)
    }

    /// How long a horizontal unit becomes.
    pub(super) fn width(self) -> f64 {
        let Self([a, b, ..]) = self;
        a.hypot(b)
    }
}

impl Rect {
    pub(super) fn contains(self, [x, y]: [f64; 2]) -> bool {
        let [left, lower, right, upper] = self.edges;
        (left..=right).contains(&x) && (lower..=upper).contains(&y)
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        let [left, lower, right, upper] = self.edges;
        let [other_left, other_lower, other_right, other_upper] = other.edges;
        Self {
            edges: [
                left.max(other_left),
                lower.max(other_lower),
                right.min(other_right),
                upper.min(other_upper),
            ],
        }
    }

    pub(super) fn width(self) -> f64 {
        let [left, _, right, _] = self.edges;
        right - left
    }

    pub(super) fn height(self) -> f64 {
        let [_, lower, _, upper] = self.edges;
        upper - lower
    }
}
