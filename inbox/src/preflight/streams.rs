//! What every stream of a file becomes in the reader that unpacks it. A certificate takes over a
//! page's fonts, profiles and pictures as they are packed, so a bomb among them would go off in
//! the hands of whoever opens it.

use lopdf::{Object, Stream};

use super::Limits;
use super::filter::{self, Budget, FilterError};
use super::pdf::Pdf;

/// Bytes of one dot, at most: four colours of sixteen bits.
const BYTES_OF_A_DOT: u64 = 8;

/// What a picture may have besides its dots: padding, and a byte for each row.
const PADDING: u64 = 64 * 1024;

/// Refuses a document whose streams become more than the limit, all together, and a picture that
/// becomes more than its own size says.
pub(super) fn check(pdf: &Pdf, limits: Limits) -> Result<(), FilterError> {
    let mut together = Budget::new(limits.max_inflated_bytes);
    for stream in pdf.document().objects.values().filter_map(|object| object.as_stream().ok()) {
        let mut of_picture = picture(pdf, stream).map(Budget::new);
        let budget = of_picture.as_mut().unwrap_or(&mut together);
        match filter::count(stream, &|object| pdf.resolve(object), budget) {
            // What can't be unpacked does no harm; where the page needs it, that is found there.
            Ok(()) | Err(FilterError::Damaged | FilterError::Unsupported) => {}
            Err(FilterError::Exhausted) => return Err(FilterError::Exhausted),
        }
    }
    Ok(())
}

/// How many bytes a picture may become; `None` for other streams.
fn picture(pdf: &Pdf, stream: &Stream) -> Option<u64> {
    if pdf.name(&stream.dict, b"Subtype") != b"Image" {
        return None;
    }
    let side = |key: &[u8]| match pdf.get(&stream.dict, key) {
        Object::Integer(side) => u64::try_from(*side).unwrap_or(0),
        _ => 0,
    };
    let (width, height) = (side(b"Width"), side(b"Height"));
    let dots = width.saturating_mul(height).saturating_mul(BYTES_OF_A_DOT);
    Some(dots.saturating_add(height).saturating_add(PADDING))
}
