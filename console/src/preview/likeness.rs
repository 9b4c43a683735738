//! Whether a copy's page shows what the original's shows.
//!
//! Both are painted and laid over each other. A point of one may be found a pixel away in the
//! other, and a copy may be softer than the original, as one is that was printed through pixels;
//! but a stroke more or less, even of a small digit, is a difference.

use serde::{Deserialize, Serialize};

use super::grey::Grey;
use super::laid::{Motion, refined};
use super::paint::Page;
use super::qr::{self, Code};

/// What comparing two pages gives. Stands in the answer of the renderer's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Likeness {
    /// The copy shows the original, and nothing else.
    Same,
    /// Most of it is the original, and a part is not.
    Part,
    /// It shows something else, or so little that nobody can tell.
    Other,
}

/// Dots an inch at which pages are compared: a digit of 10 points is 20 pixels high.
const DOTS: f64 = 150.0;

/// A difference in grey, as the mean of a square of [`SQUARE`] pixels, which nothing explains but
/// another picture.
const DIFFERENCE: u32 = 70;

/// Side of the square.
const SQUARE: usize = 5;

/// Parts of a hundred of the page that may differ while it is still recognisably that page.
const PART: usize = 15;

/// How often the original is softened, in search of the copy's softness.
const SOFTEST: usize = 4;

/// Compares the first pages; `None` where one can't be painted.
pub(super) fn compare(original: &Page, copy: &Page) -> Option<Likeness> {
    let (picture, other) = (original.at(DOTS)?.grey(), copy.at(DOTS)?.grey());
    if same_size(&picture, &other) && picture.pixels == other.pixels {
        return Some(Likeness::Same);
    }
    let mut best = Likeness::Other;
    let by_edges = by_edges(original, copy)?.into_iter();
    // Looking for codes takes long, and is seldom needed.
    let by_code = std::iter::once_with(|| by_code(original, copy).unwrap_or_default()).flatten();
    for guess in by_edges.chain(by_code) {
        // Painted so that a pixel of one is about a pixel of the other.
        let other = copy.at(DOTS / guess.stretch().max(0.1))?.grey();
        let scale = |page: &Page, picture: &Grey| Some(picture.width as f64 / page.points()?.0);
        let guess = guess.scaled(scale(original, &picture)?, scale(copy, &other)?);
        match laid_over(&picture, &other, guess) {
            Likeness::Same => return Some(Likeness::Same),
            Likeness::Part => best = Likeness::Part,
            Likeness::Other => {}
        }
    }
    Some(best)
}

fn same_size(one: &Grey, other: &Grey) -> bool {
    (one.width, one.height) == (other.width, other.height)
}

/// The original may lie on the copy edge on edge, in points, where both are of one shape.
fn by_edges(original: &Page, copy: &Page) -> Option<Option<Motion>> {
    let ((width, height), (other_width, other_height)) = (original.points()?, copy.points()?);
    let (along, down) = (other_width / width, other_height / height);
    let alike = (along / down - 1.0).abs() < 0.03;
    Some(alike.then_some(Motion([along, 0.0, 0.0, 0.0, down, 0.0])))
}

/// It may lie so that one QR code is on the other, in points.
fn by_code(original: &Page, copy: &Page) -> Option<Vec<Motion>> {
    let (codes, others) = (qr::on(original)?, qr::on(copy)?);
    let lie = |one: &Code| {
        let same = others.iter().find(|other| other.text == one.text)?;
        Motion::between(one.corners, same.corners)
    };
    Some(codes.iter().filter_map(lie).collect())
}

/// Compares pictures of which one lies on the other about so; the original softer and softer, as
/// long as that makes it more like the copy.
fn laid_over(original: &Grey, copy: &Grey, guess: Motion) -> Likeness {
    let copy = moved(original, copy, refined(original, copy, guess));
    let mut original = original.clone();
    for _ in 0..SOFTEST {
        if judged(&original, &copy) == Likeness::Same {
            return Likeness::Same;
        }
        let softer = original.softened();
        if distance(&softer, &copy) >= distance(&original, &copy) {
            break;
        }
        original = softer;
    }
    judged(&original, &copy)
}

/// The copy as it lies over the original.
fn moved(original: &Grey, copy: &Grey, motion: Motion) -> Grey {
    let (width, height) = (original.width, original.height);
    let mut pixels = vec![0; width * height];
    for y in 0..height {
        for x in 0..width {
            let [there, below] = motion.apply(x as f64, y as f64);
            pixels[y * width + x] = copy.between(there as f32, below as f32) as u8;
        }
    }
    Grey { width, height, pixels }
}

fn distance(one: &Grey, other: &Grey) -> u64 {
    let mut sum = 0;
    for at in (0..one.pixels.len()).step_by(7) {
        sum += u64::from(one.pixels[at].abs_diff(other.pixels[at]));
    }
    sum
}

/// What two pictures that lie over each other tell.
fn judged(original: &Grey, copy: &Grey) -> Likeness {
    let differences = differences(original, copy);
    let (width, height) = (original.width, original.height);
    let most = DIFFERENCE * (SQUARE * SQUARE) as u32;
    let mut squares = 0;
    let mut differ = 0;
    let mut maxi = 0; /*DBG*/
    for top in (0..height.saturating_sub(SQUARE)).step_by(2) {
        for left in (0..width.saturating_sub(SQUARE)).step_by(2) {
            let mut sum = 0;
            for y in top..top + SQUARE {
                let row = y * width + left;
                for difference in &differences[row..row + SQUARE] {
                    sum += u32::from(*difference);
                }
            }
            squares += 1;
            differ += usize::from(sum > most);
            maxi = maxi.max(sum); /*DBG*/
        }
    }
    eprintln!("max {} differ {differ} of {squares}", maxi / 25); /*DBG*/
    if differ == 0 {
        Likeness::Same
    } else if differ * 100 <= squares * PART {
        Likeness::Part
    } else {
        Likeness::Other
    }
}

/// How far each pixel of either is from anything that the other has there or a pixel away.
fn differences(original: &Grey, copy: &Grey) -> Vec<u8> {
    let (dark, light) = (original.darkest(), original.lightest());
    let (copy_dark, copy_light) = (copy.darkest(), copy.lightest());
    let beyond = |value: u8, dark: u8, light: u8| {
        dark.saturating_sub(value).max(value.saturating_sub(light))
    };
    (0..original.pixels.len())
        .map(|at| {
            let more = beyond(copy.pixels[at], dark.pixels[at], light.pixels[at]);
            let less = beyond(original.pixels[at], copy_dark.pixels[at], copy_light.pixels[at]);
            more.max(less)
        })
        .collect()
}
