//! The object streams of an encrypted file, before anything opens them.
//!
//! Only the parser can decrypt, and it opens what it has decrypted. So it gets a copy whose
//! cross-reference has nothing in object streams: there it finds nothing to open.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lopdf::{Document, LoadOptions, Object, Stream};

use super::fault::{Fault, Part};
use super::xref::{Place, Xref};

/// The streams with these numbers, decrypted with the empty password.
pub(super) fn streams(
    bytes: &[u8],
    xref: &Xref,
    numbers: impl Iterator<Item = u32>,
) -> Result<BTreeMap<u32, Stream>, Fault> {
    let copy = without_object_streams(bytes, xref).ok_or(Fault::Encrypted)?;
    let document = Document::load_mem_with_options(&copy, LoadOptions::default())
        .map_err(|_| Fault::Encrypted)?;
    // Left in place when the empty password did not open it.
    if document.trailer.has(b"Encrypt") {
        return Err(Fault::Encrypted);
    }
    numbers
        .map(|number| {
            let stream = document.objects.get(&(number, 0))?.as_stream().ok()?;
            Some((number, stream.clone()))
        })
        .collect::<Option<_>>()
        .ok_or(Fault::Damaged(Part::ObjectStream))
}

fn without_object_streams(bytes: &[u8], xref: &Xref) -> Option<Vec<u8>> {
    let reference = |key: &[u8]| {
        let (number, generation) = xref.trailer.get(key).and_then(Object::as_reference).ok()?;
        Some(format!("{number} {generation} R"))
    };
    let (encrypt, root) = (reference(b"Encrypt")?, reference(b"Root")?);
    let start = bytes.len() + 1;
    let mut tail = String::from("\nxref\n");
    for (number, place) in &xref.places {
        if let Place::At(at, generation) = place {
            write!(tail, "{number} 1\n{at:010} {generation:05} n \n").ok()?;
        }
    }
    let size = xref.places.keys().next_back()?.checked_add(1)?;
    write!(tail, "trailer\n<< /Size {size} /Root {root} /Encrypt {encrypt} /ID [").ok()?;
    let ids = xref.trailer.get(b"ID").and_then(Object::as_array).map_or(&[][..], Vec::as_slice);
    for id in ids.iter().filter_map(|id| id.as_str().ok()) {
        let digits: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
        write!(tail, "<{digits}>").ok()?;
    }
    write!(tail, "] >>\nstartxref\n{start}\n%%EOF\n").ok()?;
    Some([bytes, tail.as_bytes()].concat())
}
