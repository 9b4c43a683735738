//! What poppler shows of a page.

use std::path::Path;
use std::process::Command;

const DPI: f64 = 100.0;

/// A page rendered at 100 dots an inch.
pub(super) struct Shown {
    width: usize,
    pixels: Vec<[u8; 3]>,
    /// Of each pixel and those up to two away, the brightest value of the darkest: low where there
    /// is ink.
    ink: Vec<u8>,
    /// Of each pixel and those up to three away, the darkest value of all: high where it is blank.
    blank: Vec<u8>,
}

impl Shown {
    pub(super) fn of(pdf: &Path) -> Self {
        let output =
            Command::new("pdftoppm").args(["-r", "100", "-singlefile"]).arg(pdf).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // P6 WIDTH HEIGHT 255
        let mut fields = output.stdout.splitn(5, u8::is_ascii_whitespace);
        let mut number = || {
            std::str::from_utf8(fields.next().unwrap())
                .unwrap()
                .trim_start_matches('P')
                .parse()
                .unwrap()
        };
        let [6, width, height, 255]: [usize; 4] = [number(), number(), number(), number()] else {
            panic!("no PPM")
        };
        let pixels = fields.next().unwrap().as_chunks::<3>().0.to_vec();
        assert_eq!(pixels.len(), width * height);
        let ink = pixels.iter().map(|[red, green, blue]| *red.max(green).max(blue)).collect();
        let blank = pixels.iter().map(|[red, green, blue]| *red.min(green).min(blue)).collect();
        Self {
            ink: darkest_near(ink, width, 2),
            blank: darkest_near(blank, width, 3),
            width,
            pixels,
        }
    }

    /// The pixel at a place in millimetres from the lower left.
    pub(super) fn at_mm(&self, x: f64, y: f64) -> [u8; 3] {
        let [x, y] = [x, y].map(|mm| (mm / 25.4 * DPI) as usize);
        self.pixels[(self.pixels.len() / self.width - 1 - y) * self.width + x]
    }

    /// Pixels that are nearly black here and not dark there, not even a pixel or two away: pages
    /// differ in size by a point. The second number is of how many.
    pub(super) fn ink_lost_on(&self, other: &Self) -> (usize, usize) {
        let dark = self
            .pairs(other)
            .filter(|(here, _)| self.pixels[*here].iter().all(|value| *value < 60));
        dark.fold((0, 0), |(lost, all), (_, there)| {
            (lost + usize::from(other.ink[there] >= 110), all + 1)
        })
    }

    /// Pixels that are blank here, with everything around them, where the other two differ. The
    /// second number is of how many.
    pub(super) fn ground_hidden(&self, page: &Self, ground: &Self) -> (usize, usize) {
        let blank = self.pairs(page).filter(|(here, _)| self.blank[*here] > 245);
        blank.fold((0, 0), |(hidden, all), (_, there)| {
            let values = page.pixels[there].iter().zip(ground.pixels[there]);
            let differs = values.into_iter().any(|(one, other)| one.abs_diff(other) > 20);
            (hidden + usize::from(differs), all + 1)
        })
    }

    /// The same place on both, for every place that both have.
    fn pairs(&self, other: &Self) -> impl Iterator<Item = (usize, usize)> {
        let width = self.width.min(other.width);
        let height = (self.pixels.len() / self.width).min(other.pixels.len() / other.width);
        (0..height)
            .flat_map(move |y| (0..width).map(move |x| (y * self.width + x, y * other.width + x)))
    }
}

/// For each value the least of those up to `reach` away, in rows and then in columns.
fn darkest_near(values: Vec<u8>, width: usize, reach: usize) -> Vec<u8> {
    let along = |values: &[u8], step: usize| -> Vec<u8> {
        let mut least = values.to_vec();
        for away in (1..=reach).map(|away| away * step) {
            for at in away..values.len() {
                least[at] = least[at].min(values[at - away]);
                least[at - away] = least[at - away].min(values[at]);
            }
        }
        least
    };
    along(&along(&values, 1), width)
}
