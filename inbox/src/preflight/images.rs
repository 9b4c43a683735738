//! What the images of a document come to when a reader decodes them. None is decoded here: the
//! dictionary says how large it is (ISO 32000-2, 8.9.5), and where the bytes say it as well and the
//! reader goes by them, both are asked.

use std::borrow::Cow;

use lopdf::{Dictionary, Object, Stream};

use super::fault::Fault;
use super::filter::{self, Budget};
use super::pdf::{Pdf, as_dict};

/// A JPEG that is packed once more becomes no larger than this, in bytes; where it would, the
/// limit for the streams of a file is met first.
const LARGEST_CODED: u64 = 32 << 20;

/// Refuses a document whose images have more than `most` pixels, all together: a reader may hold
/// them all.
pub(super) fn check(pdf: &Pdf, most: u64) -> Result<(), Fault> {
    let mut pixels = 0_u64;
    for stream in pdf.document().objects.values().filter_map(|object| object.as_stream().ok()) {
        if pdf.name(&stream.dict, b"Subtype") == b"Image" {
            pixels = pixels.saturating_add(said(pdf, stream).max(coded(pdf, stream)));
        }
        if pixels > most {
            return Err(Fault::TooManyPixels);
        }
    }
    Ok(())
}

/// Pixels by the dictionary.
fn said(pdf: &Pdf, stream: &Stream) -> u64 {
    let side = |key: &[u8]| match pdf.get(&stream.dict, key) {
        Object::Integer(side) => u64::try_from(*side).unwrap_or(0),
        // A reader that takes a number with a point rounds it; what is not a number saturates.
        other => super::pdf::number(other).map_or(0, |side| side.ceil().max(0.0) as u64),
    };
    side(b"Width").saturating_mul(side(b"Height"))
}

/// Pixels by the header of a JPEG or JPEG 2000, or by what a fax is decoded with.
fn coded(pdf: &Pdf, stream: &Stream) -> u64 {
    let resolve = |object| pdf.resolve(object);
    let filters = filter::filters(&stream.dict, &resolve).unwrap_or_default();
    let Some((last, before)) = filters.split_last() else { return 0 };
    let size = match *last {
        b"DCTDecode" | b"DCT" => jpeg(&unpacked(pdf, stream, before.len())),
        b"JPXDecode" => jpeg_2000(&unpacked(pdf, stream, before.len())),
        b"CCITTFaxDecode" | b"CCF" => return fax(pdf, stream, before.len()),
        _ => None,
    };
    size.map_or(0, |[width, height]| u64::from(width).saturating_mul(u64::from(height)))
}

/// The bytes that the filter at `place` is given: nothing where they can't be had, nor a reader
/// have them.
fn unpacked<'a>(pdf: &'a Pdf, stream: &'a Stream, place: usize) -> Cow<'a, [u8]> {
    if place == 0 {
        return Cow::Borrowed(&stream.content);
    }
    let first = |key: &[u8]| match pdf.get(&stream.dict, key) {
        Object::Array(all) => Object::Array(all.iter().take(place).cloned().collect()),
        other => other.clone(),
    };
    let mut packing = Dictionary::new();
    packing.set("Filter", first(b"Filter"));
    packing.set("DecodeParms", first(b"DecodeParms"));
    let packed = Stream::new(packing, stream.content.clone());
    let resolve = |object| pdf.resolve(object);
    filter::decode(&packed, &resolve, &mut Budget::new(LARGEST_CODED)).unwrap_or_default().into()
}

/// Columns and rows of a fax's parameters (7.4.6).
fn fax(pdf: &Pdf, stream: &Stream, place: usize) -> u64 {
    let parms = match pdf.get(&stream.dict, b"DecodeParms") {
        Object::Array(all) => all.get(place).map_or(&Object::Null, |parms| pdf.resolve(parms)),
        parms => parms,
    };
    let Some(parms) = as_dict(parms) else { return 0 };
    let side = |key: &[u8]| {
        pdf.get(parms, key).as_i64().ok().and_then(|side| u64::try_from(side).ok()).unwrap_or(0)
    };
    side(b"Columns").saturating_mul(side(b"Rows").max(1))
}

/// The size in the frame header (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Option<[u32; 2]> {
    let mut rest = bytes.get(2..)?;
    loop {
        match rest {
            [0xFF, 0xFF, ..] => rest = rest.get(1..)?,
            // Markers that stand alone.
            [0xFF, 0x01 | 0xD0..=0xD8, ..] => rest = rest.get(2..)?,
            // Start of frame, of any kind; three of that range are something else.
            [0xFF, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, _, _, _, sides @ ..] => {
                let [a, b, c, d] = *sides.first_chunk()?;
                return Some([
                    u16::from_be_bytes([c, d]).into(),
                    u16::from_be_bytes([a, b]).into(),
                ]);
            }
            [0xFF, _, a, b, ..] => {
                rest = rest.get(2 + usize::from(u16::from_be_bytes([*a, *b]))..)?;
            }
            _ => return None,
        }
    }
}

/// The size in the first codestream (ITU-T T.800, A.5.1).
fn jpeg_2000(bytes: &[u8]) -> Option<[u32; 2]> {
    const START: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
    let at = bytes.windows(START.len()).position(|window| window == START)?;
    let side =
        |from: usize| bytes.get(at + from..)?.first_chunk().map(|side| u32::from_be_bytes(*side));
    Some([side(8)?, side(12)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_says_how_large_it_is() {
        let page =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../config/defaults/assets/background-zh.jpg");
        let [width, height] = jpeg(&std::fs::read(page).unwrap()).unwrap();
        assert!(width > 1_000 && height > 600 && width > height, "{width} {height}");
        for bytes in
            [&b""[..], b"\xFF\xD8", b"\xFF\xD8\xFF\xFF\xFF", b"\xFF\xD8\xFF\xE0\0\0\xFF\xC0"]
        {
            assert_eq!(jpeg(bytes), None);
        }
    }

    #[test]
    fn a_jpeg_2000_says_how_large_it_is() {
        let code = b"box\xFF\x4F\xFF\x51\0\x2F\0\0\0\x01\0\0\0\0\x80\0rest";
        assert_eq!(jpeg_2000(code), Some([65_536, 32_768]));
        assert_eq!(jpeg_2000(&code[..16]), None);
    }
}
