//! A foreign document's page as one Form XObject.

use lopdf::{Object, Stream, dictionary};

use super::objects::Objects;
use super::taken::Taken;

/// How a page is put on ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Scale a page of another size instead of centring it.
    pub(super) fit: bool,
}

/// Adds a page as a Form XObject and returns its reference.
///
/// The form is a transparency group of its own (ISO 32000-2, section 11.4.7): drawn with Multiply,
/// the page as a whole is multiplied, so that white lets the background through, and what covers
/// something on the page covers it still.
pub(super) fn add(objects: &mut Objects, taken: Taken, target: Target) -> Object {
    let matrix = placement(taken.visible, taken.rotate, taken.unit, target);
    let numbers = objects.add_all(taken.objects);
    let mut form = numbers.dictionary(taken.coding);
    form.extend(&dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => reals(&taken.visible),
        "Matrix" => reals(&matrix),
        "Resources" => numbers.of(0),
        "Group" => dictionary! {
            "S" => "Transparency", "CS" => "DeviceRGB", "I" => true, "K" => false,
        },
    });
    objects.add(Stream::new(form, taken.content))
}

/// The matrix that turns the visible box upright (/Rotate is clockwise) and puts it on our page.
fn placement(visible: [f64; 4], rotate: i64, unit: f64, target: Target) -> [f64; 6] {
    let [left, lower, right, upper] = visible;
    let (width, height) = (right - left, upper - lower);
    let (turned, shown_width, shown_height) = match rotate.rem_euclid(360) {
        90 => ([0.0, -1.0, 1.0, 0.0, -lower, right], height, width),
        180 => ([-1.0, 0.0, 0.0, -1.0, right, upper], width, height),
        270 => ([0.0, 1.0, -1.0, 0.0, upper, -left], height, width),
        _ => ([1.0, 0.0, 0.0, 1.0, -left, -lower], width, height),
    };
    let scale = match target.fit {
        true => (target.width / shown_width).min(target.height / shown_height),
        false => unit,
    };
    let [a, b, c, d, e, f] = turned.map(|value| value * scale);
    let centre = |target: f64, shown: f64| (target - shown * scale) / 2.0;
    [a, b, c, d, e + centre(target.width, shown_width), f + centre(target.height, shown_height)]
}

/// Numbers as PDF has them.
pub(super) fn reals(values: &[f64]) -> Vec<Object> {
    values.iter().map(|value| Object::Real(*value as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply([a, b, c, d, e, f]: [f64; 6], (x, y): (f64, f64)) -> (i64, i64) {
        ((a * x + c * y + e).round() as i64, (b * x + d * y + f).round() as i64)
    }

    #[test]
    fn a_turned_page_stands_upright() {
        let upright = Target { width: 842.0, height: 595.0, fit: false };
        // The page is 595 × 842, its origin at (10, 20), shown turned by 90° clockwise.
        let matrix = placement([10.0, 20.0, 605.0, 862.0], 90, 1.0, upright);
        assert_eq!(apply(matrix, (10.0, 20.0)), (0, 595));
        assert_eq!(apply(matrix, (605.0, 862.0)), (842, 0));
        let matrix = placement([0.0, 0.0, 595.0, 842.0], 270, 1.0, upright);
        assert_eq!(apply(matrix, (0.0, 0.0)), (842, 0));
        assert_eq!(apply(matrix, (595.0, 842.0)), (0, 595));
        let matrix = placement([0.0, 0.0, 842.0, 595.0], 180, 1.0, upright);
        assert_eq!(apply(matrix, (0.0, 0.0)), (842, 595));
    }

    #[test]
    fn another_size_is_scaled_where_the_layout_says_so() {
        let target = Target { width: 842.0, height: 595.0, fit: true };
        let matrix = placement([0.0, 0.0, 1684.0, 1190.0], 0, 1.0, target);
        assert_eq!(apply(matrix, (1684.0, 1190.0)), (842, 595));
    }
}
