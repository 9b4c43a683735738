//! Artwork of every kind that a school may have.

use super::*;
use png::{BitDepth, ColorType, Encoder};

/// A JPEG in the colours of print (CMYK), as Adobe writes it: inverted, 16 × 16, plain red.
const CMYK: &[u8] = include_bytes!("../../../../tests/fixtures/artwork/cmyk-adobe.jpg");
/// A grey JPEG, 16 × 16, value 100.
const GREY: &[u8] = include_bytes!("../../../../tests/fixtures/artwork/grey.jpg");
/// An interlaced PNG with transparency, 16 × 16, plain (200, 100, 50) at half opacity.
const INTERLACED: &[u8] = include_bytes!("../../../../tests/fixtures/artwork/interlaced.png");

/// The middle of a page whose background is `artwork`.
fn shown(artwork: &[u8]) -> [u8; 3] {
    let home = sample_school();
    std::fs::write(home.path().join("assets/background-zh.jpg"), artwork).unwrap();
    let home = Home::new(home.path());
    let (settings, mut layouts) = sealpress_config::load(&home).unwrap();
    layouts.retain(|layout| layout.name == "zh");
    layouts.iter_mut().for_each(|layout| layout.seals.deans.clear());
    let compose =
        Compose::prepare(&home, &layouts, &settings.school, Extractor::here(&settings)).unwrap();
    Page::of(&compose, &certificate(), &white_page()).checked().shown().at_mm(148.0, 105.0)
}

/// A PNG of one colour, 8 × 8, from the bytes of one row.
fn png(
    colour: ColorType,
    depth: BitDepth,
    row: &[u8],
    finish: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    finish(&mut encoder);
    encoder.write_header().unwrap().write_image_data(&row.repeat(8)).unwrap();
    bytes
}

fn near(shown: [u8; 3], expected: [u8; 3], what: &str) {
    let near = shown.iter().zip(expected).all(|(one, other)| one.abs_diff(other) <= 3);
    assert!(near, "{what}: {shown:?} and not {expected:?}");
}

#[test]
fn png_of_every_kind_is_shown_in_its_colours() {
    let plain = |_: &mut Encoder<'_, &mut Vec<u8>>| ();
    let rgb = [200, 100, 50];
    let (eight, sixteen) = (BitDepth::Eight, BitDepth::Sixteen);
    near(shown(&png(ColorType::Rgb, eight, &rgb.repeat(8), plain)), rgb, "RGB");
    near(
        shown(&png(ColorType::Rgb, sixteen, &[200, 7, 100, 7, 50, 7].repeat(8), plain)),
        rgb,
        "RGB of 16 bits",
    );
    near(shown(&png(ColorType::Grayscale, eight, &[120; 8], plain)), [120; 3], "grey");
    near(
        shown(&png(ColorType::Grayscale, sixteen, &[120, 9].repeat(8), plain)),
        [120; 3],
        "grey of 16 bits",
    );
    near(shown(&png(ColorType::Grayscale, BitDepth::One, &[0], plain)), [0; 3], "grey of 1 bit");
    // Half transparent over the page's white.
    near(
        shown(&png(ColorType::GrayscaleAlpha, eight, &[100, 128].repeat(8), plain)),
        [177; 3],
        "grey, alpha",
    );
    near(
        shown(&png(ColorType::Rgba, eight, &[200, 100, 50, 128].repeat(8), plain)),
        [227, 177, 152],
        "alpha",
    );
    near(
        shown(&png(ColorType::Rgba, sixteen, &[200, 0, 100, 0, 50, 0, 128, 0].repeat(8), plain)),
        [227, 177, 152],
        "alpha of 16 bits",
    );
    let palette =
        |encoder: &mut Encoder<'_, &mut Vec<u8>>| encoder.set_palette(vec![0, 0, 0, 200, 100, 50]);
    near(shown(&png(ColorType::Indexed, BitDepth::Four, &[0x11; 4], palette)), rgb, "palette");
    let clear = |encoder: &mut Encoder<'_, &mut Vec<u8>>| {
        encoder.set_palette(vec![0, 0, 0, 200, 100, 50]);
        encoder.set_trns(vec![255, 128]);
    };
    near(
        shown(&png(ColorType::Indexed, eight, &[1; 8], clear)),
        [227, 177, 152],
        "palette with transparency",
    );
    near(shown(INTERLACED), [227, 177, 152], "interlaced");
}

#[test]
fn jpeg_is_passed_through_in_its_colours() {
    near(shown(GREY), [100; 3], "grey");
    let [red, green, blue] = shown(CMYK);
    assert!(red > 200 && green < 60 && blue < 60, "CMYK of Adobe: {red} {green} {blue}");
}

#[test]
fn a_page_of_a_pdf_is_a_background() {
    let artwork = foreign::page("0 0.5 0 rg 0 0 842 595 re f", |_, _| ());
    near(shown(&artwork), [0, 128, 0], "PDF");
}

#[test]
fn an_image_that_readers_cannot_show_is_refused() {
    let refused = |bytes: &[u8]| {
        let home = sample_school();
        std::fs::write(home.path().join("assets/background-zh.jpg"), bytes).unwrap();
        prepare(home.path()).err().unwrap().to_string()
    };
    let frame = |marker: u8, bits: u8| {
        [&[0xFF, 0xD8, 0xFF, marker, 0, 17, bits, 0, 8, 0, 8, 3][..], &[0; 9]].concat()
    };
    for bytes in
        [frame(0xC3, 8), frame(0xC9, 8), frame(0xC1, 12), b"\xFF\xD8\xFF\xE0\xFF\xFF".to_vec()]
    {
        assert!(refused(&bytes).contains("no JPEG that PDF readers can show"));
    }
    // Cut off in the middle.
    let whole = png(ColorType::Rgb, BitDepth::Eight, &[7; 24], |_| ());
    assert!(refused(&whole[..whole.len() / 2]).contains("damaged"));
}
