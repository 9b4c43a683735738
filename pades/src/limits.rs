//! Reading a foreign PDF's objects without letting it take memory or time at will.

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{catch_unwind, resume_unwind};

/// Most bytes that one object stream or cross-reference stream may inflate to.
pub(crate) const MOST_INFLATED: usize = 4 << 20;

/// What a file may weigh in memory besides sixteen times its length.
const ALLOWANCE: usize = 64 << 20;

/// What an object weighs besides its bytes.
const OBJECT: usize = 64;

/// What an object stream weighs: some time and memory, whatever it inflates to.
const OBJECT_STREAM: usize = 1 << 20;

thread_local! {
    /// What the file that this thread reads may still weigh. The reader takes a plain function as
    /// its filter and calls it on the thread that reads, so there is no other place to count.
    static LEFT: Cell<usize> = const { Cell::new(0) };

    /// The streams that were read from it.
    static STREAMS: RefCell<BTreeSet<ObjectId>> = const { RefCell::new(BTreeSet::new()) };

    /// The streams whose bytes are wanted.
    static WANTED: RefCell<BTreeSet<ObjectId>> = const { RefCell::new(BTreeSet::new()) };
}

/// The document's objects, without the bytes of its streams, which nobody here needs.
///
/// A cross-reference table may list one object a million times, and each time the reader makes a
/// copy: so objects are weighed as they come, and the reading ends when the file weighs too much.
pub(crate) fn load(pdf: &[u8]) -> Option<Document> {
    load_with(pdf, BTreeSet::new())
}

/// These streams of the document, with their bytes.
pub(crate) fn streams(pdf: &[u8], wanted: BTreeSet<ObjectId>) -> BTreeMap<ObjectId, Stream> {
    let listed = wanted.clone();
    let Some(mut document) = load_with(pdf, wanted) else { return BTreeMap::new() };
    let mut take = |id: ObjectId| match document.objects.remove(&id) {
        Some(Object::Stream(stream)) => Some((id, stream)),
        _ => None,
    };
    listed.into_iter().filter_map(&mut take).collect()
}

/// What a stream of objects or cross-references says, where it is not too much.
pub(crate) fn inflated(stream: &Stream) -> Option<Vec<u8>> {
    stream.get_plain_content_with_limit(MOST_INFLATED).ok()
}

fn load_with(pdf: &[u8], wanted: BTreeSet<ObjectId>) -> Option<Document> {
    let options = LoadOptions {
        max_decompressed_size: Some(MOST_INFLATED),
        filter: Some(weigh),
        ..LoadOptions::default()
    };
    STREAMS.take();
    WANTED.set(wanted);
    LEFT.set(pdf.len().saturating_mul(16).saturating_add(ALLOWANCE));
    // Besides `weigh`, arithmetic on numbers that stand in the file can end the reader: a hostile
    // file may end this call, and must not end the process.
    catch_unwind(|| Document::load_mem_with_options(pdf, options)).ok()?.ok()
}

/// Whether some name in the file is /Encrypt, however it is spelled. The reader does not weigh the
/// objects of an encrypted file, so that such a file must be told before it is read; the name
/// stands in a trailer, which is never compressed.
pub(crate) fn is_encrypted(pdf: &[u8]) -> bool {
    has_name(pdf, b"Encrypt")
}

/// Whether some section of the file's cross-references is doubled by a stream which not every
/// reader reads (ISO 32000-2, section 7.5.8.4), so that two readers may see two documents.
pub(crate) fn is_hybrid(pdf: &[u8]) -> bool {
    has_name(pdf, b"XRefStm")
}

fn has_name(pdf: &[u8], name: &[u8]) -> bool {
    let slashes = pdf.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.into_iter().any(|(at, _)| pdf.get(at + 1..).is_some_and(|rest| spells(rest, name)))
}

/// Whether `text` begins with this name and then something else (ISO 32000-2, section 7.3.5).
fn spells(mut text: &[u8], name: &[u8]) -> bool {
    for letter in name {
        text = match text {
            [plain, rest @ ..] if plain == letter => rest,
            [b'#', high, low, rest @ ..] if hex([*high, *low]) == Some(*letter) => rest,
            _ => return false,
        };
    }
    !text.first().is_some_and(|next| next.is_ascii_alphanumeric())
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Too much was read; carried through the reader's frames to [`load`].
struct TooHeavy;

/// The filter of the reader: what it gives back is kept for objects of object streams, while
/// other objects are kept as they are left in place.
fn weigh(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let weight = weight(object);
    let Some(left) = LEFT.get().checked_sub(weight) else { resume_unwind(Box::new(TooHeavy)) };
    LEFT.set(left);
    match object {
        // Listed twice, a stream is read once: object streams are inflated after this.
        Object::Stream(_) if !STREAMS.with_borrow_mut(|streams| streams.insert(id)) => None,
        Object::Stream(stream) => {
            let wanted = WANTED.with_borrow(|wanted| wanted.contains(&id));
            if !wanted && !stream.dict.has_type(b"ObjStm") && !stream.content.is_empty() {
                // The reader reads an empty stream a second time: leave one byte.
                stream.content = vec![0];
            }
            Some((id, Object::Null))
        }
        Object::Null
        | Object::Boolean(_)
        | Object::Integer(_)
        | Object::Real(_)
        | Object::Name(_)
        | Object::String(..)
        | Object::Array(_)
        | Object::Dictionary(_)
        | Object::Reference(_) => Some((id, object.clone())),
    }
}

fn weight(object: &Object) -> usize {
    let entries = |dictionary: &Dictionary| -> usize {
        dictionary.iter().map(|(key, value)| OBJECT + key.len() + weight(value)).sum()
    };
    OBJECT
        + match object {
            Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Reference(_) => 0,
            Object::Name(bytes) | Object::String(bytes, _) => bytes.len(),
            Object::Array(items) => items.iter().map(weight).sum(),
            Object::Dictionary(dictionary) => entries(dictionary),
            Object::Stream(stream) => {
                let whole = if stream.dict.has_type(b"ObjStm") { OBJECT_STREAM } else { 0 };
                entries(&stream.dict) + stream.content.len() + whole
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF whose cross-reference stream lists `entries` objects, all at one offset.
    fn listing(entries: u32, object: &str, packed: &[u8]) -> Vec<u8> {
        let mut pdf = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
        let at = pdf.len();
        pdf.extend(object.bytes());
        pdf.extend(packed);
        pdf.extend(b"\nendstream\nendobj\n");
        let mut rows = Vec::new();
        for number in 0..entries {
            let offset = if number == 1 { 9 } else { u32::try_from(at).unwrap() };
            rows.extend([1]);
            rows.extend(offset.to_be_bytes());
        }
        let rows = deflate(&rows);
        let start = pdf.len();
        let length = rows.len();
        pdf.extend(format!("9 0 obj\n<</Type/XRef/Root 1 0 R/Size {entries}/W[1 4 0]/Filter/FlateDecode/Length {length}>>\nstream\n").bytes());
        pdf.extend(rows);
        pdf.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
        pdf
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn encryption_is_told_however_it_is_spelled() {
        for told in [
            "<</Encrypt 5 0 R>>",
            "/Root 1 0 R/Encrypt<<",
            "/#45ncr#79pt ",
            "x//Encrypt",
            "/Encrypt",
        ] {
            assert!(is_encrypted(told.as_bytes()), "{told}");
        }
        for other in [
            "/EncryptMetadata true",
            "/Encryp",
            "Encrypt",
            "/encrypt ",
            "/#4",
            "/#4gncrypt ",
            "/Encryp#",
        ] {
            assert!(!is_encrypted(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_file_that_lists_one_object_again_and_again_is_given_up() {
        let stream = vec![b'x'; 1 << 20];
        let object = format!("5 0 obj\n<</Length {}>>\nstream\n", stream.len());
        assert!(load(&listing(20, &object, &stream)).is_some());
        assert!(load(&listing(500_000, &object, &stream)).is_none());
    }

    #[test]
    fn an_object_stream_that_is_listed_again_and_again_is_given_up() {
        let packed = deflate(&[b"10 0 ".as_slice(), &vec![b' '; 3 << 20]].concat());
        let object = format!(
            "5 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length {}>>\nstream\n",
            packed.len()
        );
        assert!(load(&listing(20, &object, &packed)).is_some());
        assert!(load(&listing(500_000, &object, &packed)).is_none());
    }

    #[test]
    fn many_object_streams_that_inflate_to_much_are_given_up() {
        let mut pdf = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
        let packed = deflate(&[b"10 0 ".as_slice(), &vec![b' '; 3 << 20]].concat());
        let mut rows = b"xref\n1 1\n0000000009 00000 n \n".to_vec();
        for number in 2..600 {
            rows.extend(format!("{number} 1\n{:010} 00000 n \n", pdf.len()).bytes());
            pdf.extend(format!("{number} 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length {}>>\nstream\n", packed.len()).bytes());
            pdf.extend(&packed);
            pdf.extend(b"\nendstream\nendobj\n");
        }
        let start = pdf.len();
        pdf.extend(rows);
        pdf.extend(
            format!("trailer\n<</Size 600/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
        );
        assert!(load(&pdf).is_none());
    }

    #[test]
    fn what_inflates_beyond_measure_is_not_read() {
        let packed = deflate(&vec![0; 64 << 20]);
        let object = format!(
            "5 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length {}>>\nstream\n",
            packed.len()
        );
        assert!(load(&listing(6, &object, &packed)).is_none());
    }
}
