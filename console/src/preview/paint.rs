//! Painting a page, by hayro.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use super::grey::Grey;

/// Longest side of a picture, in pixels.
pub(super) const LONGEST_SIDE: u32 = 6000;

/// Most pixels of a picture: an A4 page at 350 dots an inch.
const MOST_PIXELS: f64 = 12e6;

/// Points in an inch.
const INCH: f64 = 72.0;

/// A PDF with a first page.
pub(super) struct Page(Pdf);

impl Page {
    /// Reads a PDF; `None` where it can't be read or has no page.
    pub(super) fn open(pdf: Vec<u8>) -> Option<Self> {
        let pdf = Pdf::new(pdf).ok()?;
        (!pdf.pages().is_empty()).then_some(Self(pdf))
    }

    /// A picture so many pixels wide, or less where it would be too large.
    pub(super) fn wide(&self, width_px: u32) -> Option<Picture> {
        let (width, _) = self.points()?;
        self.paint(f64::from(width_px) / width)
    }

    /// A picture at so many dots an inch, or fewer where it would be too large.
    pub(super) fn at(&self, dots: f64) -> Option<Picture> {
        self.paint(dots / INCH)
    }

    /// Width and height as a reader shows the page.
    pub(super) fn points(&self) -> Option<(f64, f64)> {
        let (width, height) = self.0.pages().first()?.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        (width >= 1.0 && height >= 1.0 && width.is_finite() && height.is_finite())
            .then_some((width, height))
    }

    fn paint(&self, scale: f64) -> Option<Picture> {
        let (width, height) = self.points()?;
        let longest = f64::from(LONGEST_SIDE) / width.max(height);
        let scale = scale.min(longest).min((MOST_PIXELS / (width * height)).sqrt());
        // Half a pixel more, so that what was asked for is not rounded down; one at the least.
        let scale_of = |side: f64| ((side * scale + 0.5).floor().max(1.0) + 0.01) / side;
        let settings = PixmapSettings {
            x_scale: scale_of(width) as f32,
            y_scale: scale_of(height) as f32,
            bg_color: WHITE,
        };
        // Glyphs stand where the file puts them: hinting moves them by parts of a pixel.
        let how = RenderSettings { hinting: false, ..RenderSettings::default() };
        let page = self.0.pages().first()?;
        let painted =
            render(page, &RenderCache::new(), &InterpreterSettings::default(), &how, &settings);
        let (width, height) = (painted.width(), painted.height());
        let (width, height) = (usize::from(width), usize::from(height));
        // On white ground nothing is transparent.
        let mut pixels = vec![0; width * height * 3];
        for (to, from) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(painted.data()) {
            *to = [from.r, from.g, from.b];
        }
        Picture::new(width, height, pixels)
    }
}

/// A picture: red, green, blue, row by row from the top.
pub(super) struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture of these pixels; `None` where they are not as many as it needs.
    pub(super) fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        (width > 0 && height > 0 && pixels.len() == width * height * 3).then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// As a PNG.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        let mut png = Vec::new();
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.pixels).ok()?;
        writer.finish().ok()?;
        Some(png)
    }

    /// In grey.
    pub(super) fn grey(&self) -> Grey {
        Grey::of(self.width, self.height, &self.pixels)
    }
}
