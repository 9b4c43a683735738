//! BER, as some programs write their signatures: the same structure in other lengths (ITU-T X.690,
//! section 8.1.3). What is signed inside is DER all the same, and stays as it is.

use der::{
    Any, AnyRef, Decode, Encode, EncodingRules, ErrorKind, Reader, SliceReader, Tag, Tagged,
};

/// Levels of structures in structures.
const DEEPEST: usize = 24;

/// Most members of a set, or of what is tagged as one: sorting them takes time by the square of
/// their number.
const MOST_MEMBERS: usize = 256;

/// What marks the end of a structure that does not tell its length.
const END: [u8; 2] = [0, 0];

/// The first structure of `bytes` in DER, and how many bytes it takes there.
pub(super) fn first(bytes: &[u8]) -> der::Result<(Vec<u8>, usize)> {
    let mut reader = SliceReader::new_with_encoding_rules(bytes, EncodingRules::Ber)?;
    let whole = AnyRef::decode(&mut reader)?;
    let length = usize::try_from(reader.position())?;
    Ok((rewritten(whole, DEEPEST)?.to_der()?, length))
}

fn rewritten(value: AnyRef<'_>, depth: usize) -> der::Result<Any> {
    let tag = value.tag();
    if !tag.is_constructed() {
        return Any::new(tag, value.value());
    }
    let depth = depth.checked_sub(1).ok_or(ErrorKind::Overflow)?;
    let mut reader = SliceReader::new_with_encoding_rules(value.value(), EncodingRules::Ber)?;
    let most = if tag == Tag::Sequence { usize::MAX } else { MOST_MEMBERS };
    let (mut inside, mut members) = (Vec::new(), 0);
    while !reader.is_finished() {
        let at = usize::try_from(reader.position())?;
        if value.value().get(at..) == Some(&END) {
            break;
        }
        rewritten(AnyRef::decode(&mut reader)?, depth)?.encode_to_vec(&mut inside)?;
        members += 1;
        if members > most {
            return Err(ErrorKind::Overlength.into());
        }
    }
    Any::new(tag, inside)
}

#[cfg(test)]
mod tests {
    use super::{END, first};

    #[test]
    fn what_does_not_tell_its_length_gets_one() {
        // A sequence of an integer, a sequence of nothing, and a sequence of an integer.
        let ber =
            b"\x30\x80\x02\x01\x07\x30\x80\x00\x00\x30\x80\x02\x01\x08\x00\x00\x00\x00\x00\x00";
        let der = b"\x30\x0a\x02\x01\x07\x30\x00\x30\x03\x02\x01\x08".to_vec();
        assert_eq!(first(ber).unwrap(), (der.clone(), ber.len() - 2));
        assert_eq!(first(&der).unwrap(), (der.clone(), der.len()));
        for broken in
            [b"".as_slice(), b"\x30\x80", b"\x30\x80\x02\x01", b"\x30\x80\x00", b"\x30\x05\x02\x01"]
        {
            assert!(first(broken).is_err(), "{broken:?}");
        }
        let deep = [b"\x30\x80".repeat(2000), b"\x00\x00".repeat(2000)].concat();
        assert!(first(&deep).is_err());
        let set = |members: usize| {
            [b"\x31\x80".to_vec(), b"\x05\x00".repeat(members), END.into()].concat()
        };
        assert!(first(&set(256)).is_ok() && first(&set(257)).is_err());
    }
}
