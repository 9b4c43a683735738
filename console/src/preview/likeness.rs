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

/// Dots an inch at which pages are compared: a digit of 10 points is 28 pixels high.
const DOTS: f64 = 200.0;

/// Side of the squares whose mean difference in grey is looked at, in pixels.
const SQUARE: usize = 5;

/// The least mean difference of a square that only another picture explains is [`LEAST`], and
/// [`NOISY`] fifths of the noise more, no more than [`MOST`]. The noise of a copy is everywhere, so
/// it is told by the worst square of each tile of the page: three quarters of the tiles are no
/// worse. Measured: a page that another program wrote anew has worst squares of 22 and noise of 6,
/// one that became pixels at 150, 96 and 72 dots 50 and 20, 70 and 27, 104 and 37; while an 8 that
/// became a 5, in a line of 11 points, is a square of 80 to 90, and a 1 that became a 0 one of 200.
const LEAST: usize = 24;
const NOISY: usize = 13;
const MOST: usize = 130;

/// Tiles of a page, along and down.
const TILES: [usize; 2] = [12, 8];

/// A difference in grey of one pixel that is none.
const NOISE: u8 = 20;

/// Parts of a hundred of the page that may differ while it is still recognisably that page. Two
/// certificates of one layout differ in more.
const PART: usize = 1;

/// Pixels along the edges that are not compared, 1.5 mm: a reader draws a frame there, and a printer
/// leaves it white.
const EDGE: usize = 12;

/// How often the original is softened, in search of the copy's softness.
const SOFTEST: usize = 4;

/// Compares the first pages; `None` where one can't be painted.
pub(super) fn compare(original: &Page, copy: &Page) -> Option<Likeness> {
    let (picture, other) = (original.at(DOTS)?.grey(), copy.at(DOTS)?.grey());
    if same_size(&picture, &other) && picture.pixels == other.pixels {
        return Some(Likeness::Same);
    }
    let by_edges = by_edges(original, copy)?.into_iter();
    // Looking for codes takes long, and is seldom needed.
    let by_code = std::iter::once_with(|| by_code(original, copy).unwrap_or_default()).flatten();
    let mut best = Likeness::Other;
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

/// Compares pictures of which one lies on the other about so.
fn laid_over(original: &Grey, copy: &Grey, guess: Motion) -> Likeness {
    let copy = moved(original, copy, refined(original, copy, guess));
    let softer = (0..softness(original, &copy)).fold(original.clone(), |page, _| page.softened());
    judged(&softer, &copy)
}

/// How often the original must be softened to be as soft as the copy, by the middle of the page.
fn softness(original: &Grey, copy: &Grey) -> usize {
    let (mut original, copy) = (original.middle(), copy.middle());
    let mut least = distance(&original, &copy);
    for times in 0..SOFTEST {
        original = original.softened();
        let distance = distance(&original, &copy);
        if distance >= least {
            return times;
        }
        least = distance;
    }
    SOFTEST
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
    for (one, other) in one.pixels.iter().zip(&other.pixels) {
        sum += u64::from(one.abs_diff(*other));
    }
    sum
}

/// What two pictures that lie over each other tell.
fn judged(original: &Grey, copy: &Grey) -> Likeness {
    let (width, height) = (original.width, original.height);
    let sums = sums(width, height, &differences(original, copy));
    let [along, down] = TILES;
    let mut worst = vec![0; along * down];
    // How many squares have each mean difference.
    let mut squares = [0; 256];
    for top in (EDGE..height.saturating_sub(EDGE + SQUARE)).step_by(2) {
        for left in (EDGE..width.saturating_sub(EDGE + SQUARE)).step_by(2) {
            let (upper, lower) = (top * (width + 1) + left, (top + SQUARE) * (width + 1) + left);
            let sum = sums[lower + SQUARE] + sums[upper] - sums[lower] - sums[upper + SQUARE];
            let mean = sum as usize / (SQUARE * SQUARE);
            squares[mean] += 1;
            let tile = &mut worst[top * down / height * along + left * along / width];
            *tile = mean.max(*tile);
        }
    }
    worst.sort_unstable();
    let noise = worst[along * down * 3 / 4];
    let least = (LEAST + noise * NOISY / 5).min(MOST);
    let (all, differ): (usize, usize) = (squares.iter().sum(), squares[least..].iter().sum());
    if differ == 0 && all > 0 {
        Likeness::Same
    } else if differ * 100 <= all * PART {
        Likeness::Part
    } else {
        Likeness::Other
    }
}

/// For each point the sum of all values above and left of it.
fn sums(width: usize, height: usize, values: &[u8]) -> Vec<u32> {
    let mut sums = vec![0; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = 0;
        for x in 0..width {
            row += u32::from(values[y * width + x]);
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
    }
    sums
}

/// How far each pixel of either is from anything that the other has there or a pixel away.
fn differences(original: &Grey, copy: &Grey) -> Vec<u8> {
    let mut differences = vec![0; original.pixels.len()];
    for (at, difference) in differences.iter_mut().enumerate() {
        let (one, other) = (original.pixels[at], copy.pixels[at]);
        if one.abs_diff(other) > NOISE {
            let (x, y) = (at % original.width, at / original.width);
            *difference = original.beyond(x, y, other).max(copy.beyond(x, y, one));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with a line of blocks, as text is; each as wide as its number says.
    fn page(blocks: &[usize]) -> Grey {
        let (width, height) = (300, 200);
        let mut pixels = vec![240; width * height];
        for (at, block) in blocks.iter().enumerate() {
            for y in 90..110 {
                let from = y * width + 40 + at * 20;
                pixels[from..from + block].fill(10);
            }
        }
        Grey { width, height, pixels }
    }

    const LINE: [usize; 10] = [12, 3, 9, 14, 6, 11, 3, 8, 13, 5];
    const STILL: Motion = Motion([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    #[test]
    fn a_stroke_more_or_less_is_a_part_that_differs() {
        let original = page(&LINE);
        assert_eq!(laid_over(&original, &page(&LINE), STILL), Likeness::Same);
        for (at, block) in [(1, 0), (4, 10), (9, 0)] {
            let mut line = LINE;
            line[at] = block;
            assert_eq!(laid_over(&original, &page(&line), STILL), Likeness::Part, "{at}");
        }
        assert_eq!(laid_over(&original, &page(&[19; 12]), STILL), Likeness::Other);
    }

    #[test]
    fn a_soft_copy_that_lies_elsewhere_is_the_same() {
        let original = page(&LINE);
        let lies = Motion([1.0, 0.0, 3.0, 0.0, 1.0, 2.0]);
        let copy = moved(&original, &original, Motion([1.0, 0.0, -3.0, 0.0, 1.0, -2.0]));
        let soft = copy.softened().softened();
        assert_eq!(laid_over(&original, &soft, STILL), Likeness::Same);
        assert_eq!(laid_over(&original, &soft, lies), Likeness::Same);
    }

    #[test]
    fn the_edges_of_a_page_are_not_compared() {
        let original = page(&LINE);
        let mut framed = original.clone();
        framed.pixels[..5 * 300].fill(0);
        assert_eq!(judged(&original, &framed), Likeness::Same);
        framed.pixels[..20 * 300].fill(0);
        assert_ne!(judged(&original, &framed), Likeness::Same);
    }
}
