//! What a page looks like.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::Command;

/// Pixels on a side that become one: 300 dots an inch become 30 cells an inch.
const CELL: usize = 10;

/// A page as it is seen: 30 cells an inch, each the mean of its colours at 300 dots an inch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    /// Red, green, blue; row by row from the top.
    cells: Vec<[u8; 3]>,
}

impl Picture {
    /// Renders the first page of a PDF at 300 dots an inch.
    ///
    /// # Panics
    /// When `pdftoppm` can't.
    #[must_use]
    pub fn of(pdf: &Path) -> Self {
        let output = Command::new("pdftoppm")
            .args(["-r", "300", "-singlefile"])
            .arg(pdf)
            .output()
            .expect("pdftoppm is installed (tests/setup.sh)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::from_ppm(&output.stdout)
    }

    /// Reads `P6 WIDTH HEIGHT 255`, and shrinks it.
    fn from_ppm(ppm: &[u8]) -> Self {
        let mut fields = ppm.splitn(5, u8::is_ascii_whitespace);
        let mut number = || {
            let field = fields.next().and_then(|field| std::str::from_utf8(field).ok());
            field
                .and_then(|field| field.trim_start_matches('P').parse().ok())
                .expect("a PPM header")
        };
        let [format, wide, high, most]: [usize; 4] = [number(), number(), number(), number()];
        assert_eq!((format, most), (6, 255), "a PPM of 8 bits");
        let pixels = fields.next().expect("pixels");
        let (width, height) = (wide / CELL, high / CELL);
        let mut sums = vec![[0_u32; 3]; width * height];
        for (y, row) in pixels.chunks_exact(wide * 3).take(height * CELL).enumerate() {
            for (x, pixel) in row.chunks_exact(3).take(width * CELL).enumerate() {
                let sum = &mut sums[(y / CELL) * width + x / CELL];
                for (sum, &value) in sum.iter_mut().zip(pixel) {
                    *sum += u32::from(value);
                }
            }
        }
        let count = u32::try_from(CELL * CELL).expect("a small number");
        let mean = |sum: u32| u8::try_from(sum / count).expect("a mean of bytes is a byte");
        Self { width, height, cells: sums.into_iter().map(|sum| sum.map(mean)).collect() }
    }

    /// Reads a picture that [`Self::write`] wrote.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let opened = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = png::Decoder::new(BufReader::new(opened)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut bytes).expect("a PNG");
        assert_eq!(frame.color_type, png::ColorType::Rgb);
        let [width, height] = [frame.width, frame.height].map(|side| side as usize);
        Self { width, height, cells: bytes.as_chunks::<3>().0.to_vec() }
    }

    /// Writes it as a PNG.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn write(&self, file: &Path) {
        let written = BufWriter::new(File::create(file).expect("a new file"));
        let [width, height] =
            [self.width, self.height].map(|side| u32::try_from(side).expect("a side"));
        let mut encoder = png::Encoder::new(written, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("a PNG");
        writer.write_image_data(self.cells.as_flattened()).expect("a PNG");
    }

    /// A white page of the same size.
    #[must_use]
    pub fn blank(&self) -> Self {
        Self { cells: vec![[255; 3]; self.cells.len()], ..*self }
    }

    /// How many cells differ by more than `tolerance` in a colour, outside the rectangles
    /// `[left, top, right, bottom]` in parts of a hundred of the page.
    ///
    /// # Panics
    /// When the pages are not of one size.
    #[must_use]
    pub fn differences(&self, other: &Self, tolerance: u8, outside: &[[usize; 4]]) -> usize {
        assert_eq!((self.width, self.height), (other.width, other.height), "pages of one size");
        let hidden = |at: usize| {
            let (x, y) = (at % self.width * 100 / self.width, at / self.width * 100 / self.height);
            outside.iter().any(|[left, top, right, bottom]| {
                (left..right).contains(&&x) && (top..bottom).contains(&&y)
            })
        };
        let differs =
            |a: &[u8; 3], b: &[u8; 3]| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > tolerance);
        let cells = self.cells.iter().zip(&other.cells).enumerate();
        cells.filter(|(at, (a, b))| differs(a, b) && !hidden(*at)).count()
    }
}
