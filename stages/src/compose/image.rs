//! Artwork as image XObjects: JPEG passed through, PNG decoded and deflated once.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Object, Stream, dictionary};
use png::{ColorType, Decoder, Transformations};
use std::io::{Cursor, Write};

use super::objects::Objects;

/// Adds an image and returns its reference.
pub(super) fn add(objects: &mut Objects, bytes: Vec<u8>) -> Result<Object, String> {
    if bytes.starts_with(b"\xFF\xD8") {
        return jpeg(bytes).map(|image| objects.add(image));
    }
    if bytes.starts_with(b"\x89PNG") {
        return png(objects, bytes);
    }
    Err("it is neither JPEG nor PNG".into())
}

/// A JPEG goes into the file as it is (ISO 32000-2, section 7.4.8).
fn jpeg(bytes: Vec<u8>) -> Result<Stream, String> {
    let frame = frame(&bytes)
        .ok_or("it is no JPEG that PDF readers can show; save it as a baseline JPEG of 8 bits")?;
    let space = match frame.components {
        1 => "DeviceGray",
        3 => "DeviceRGB",
        4 => "DeviceCMYK",
        other => return Err(format!("a JPEG of {other} components can't be shown")),
    };
    let mut dict = image_dict(frame.width, frame.height, space);
    dict.set("Filter", name("DCTDecode"));
    if frame.components == 4 && frame.adobe {
        // Adobe writes CMYK upside down.
        let inverted: Vec<Object> = [1, 0].repeat(4).into_iter().map(Object::from).collect();
        dict.set("Decode", inverted);
    }
    Ok(Stream::new(dict, bytes))
}

struct Frame {
    width: i64,
    height: i64,
    components: u8,
    adobe: bool,
}

/// Width, height and components from a JPEG's frame header (ITU-T T.81, annex B).
fn frame(bytes: &[u8]) -> Option<Frame> {
    let mut at = 2;
    let mut adobe = false;
    loop {
        let [0xFF, marker] = *bytes.get(at..at + 2)? else { return None };
        // Fill bytes, and markers that stand alone.
        if matches!(marker, 0xFF | 0x01 | 0xD0..=0xD8) {
            at += if marker == 0xFF { 1 } else { 2 };
            continue;
        }
        let segment = bytes.get(at + 2..)?;
        let length = usize::from(u16::from_be_bytes(*segment.first_chunk()?));
        adobe |= marker == 0xEE && segment.get(2..7) == Some(b"Adobe");
        // Start of frame: baseline, extended or progressive, which is what PDF readers decode.
        if matches!(marker, 0xC0..=0xC2) {
            let read = |from: usize| {
                Some(i64::from(u16::from_be_bytes(*segment.get(from..)?.first_chunk()?)))
            };
            let frame =
                Frame { height: read(3)?, width: read(5)?, components: *segment.get(7)?, adobe };
            return (segment.get(2) == Some(&8) && frame.width > 0 && frame.height > 0)
                .then_some(frame);
        }
        at += 2 + length;
    }
}

/// A PNG of any kind: palettes are resolved, 16 bits become 8, transparency becomes a soft mask.
fn png(objects: &mut Objects, bytes: Vec<u8>) -> Result<Object, String> {
    let bad = |error: png::DecodingError| format!("the PNG is damaged ({error})");
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(bad)?;
    let size = reader.output_buffer_size().ok_or("the PNG is too large")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(bad)?;
    pixels.truncate(info.buffer_size());
    let (space, colours, alpha) = match info.color_type {
        ColorType::Grayscale => ("DeviceGray", 1, false),
        ColorType::GrayscaleAlpha => ("DeviceGray", 1, true),
        ColorType::Rgb => ("DeviceRGB", 3, false),
        ColorType::Rgba => ("DeviceRGB", 3, true),
        ColorType::Indexed => return Err("the PNG's palette can't be resolved".into()),
    };
    let (width, height) = (i64::from(info.width), i64::from(info.height));
    let mut dict = image_dict(width, height, space);
    let colour = if alpha {
        let (colour, mask) = split(&pixels, colours);
        let mask = deflated(image_dict(width, height, "DeviceGray"), &mask)?;
        dict.set("SMask", objects.add(mask));
        colour
    } else {
        pixels
    };
    Ok(objects.add(deflated(dict, &colour)?))
}

/// Colour and transparency of pixels that have both.
fn split(pixels: &[u8], colours: usize) -> (Vec<u8>, Vec<u8>) {
    let count = pixels.len() / (colours + 1);
    let (mut colour, mut mask) = (Vec::with_capacity(count * colours), Vec::with_capacity(count));
    for pixel in pixels.chunks_exact(colours + 1) {
        let (of_colour, of_mask) = pixel.split_at(colours);
        colour.extend_from_slice(of_colour);
        mask.extend_from_slice(of_mask);
    }
    (colour, mask)
}

fn image_dict(width: i64, height: i64, space: &str) -> Dictionary {
    dictionary! {
        "Type" => "XObject",
        "Subtype" => "Image",
        "Width" => width,
        "Height" => height,
        "ColorSpace" => name(space),
        "BitsPerComponent" => 8,
    }
}

fn deflated(mut dict: Dictionary, bytes: &[u8]) -> Result<Stream, String> {
    dict.set("Filter", name("FlateDecode"));
    Ok(Stream::new(dict, deflate(bytes).map_err(|error| error.to_string())?))
}

/// Compresses bytes as Flate streams have them.
pub(super) fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}
