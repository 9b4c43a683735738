//! Writing objects as bytes (ISO 32000-2, section 7.3).

use lopdf::{Dictionary, Object, StringFormat};

/// Append `object`, a direct one; a stream's bytes are never written here.
pub fn object(out: &mut Vec<u8>, object: &Object) {
    match object {
        Object::Null | Object::Stream(_) => out.extend(b"null"),
        Object::Boolean(value) => out.extend(if *value { b"true".as_slice() } else { b"false" }),
        Object::Integer(value) => out.extend(value.to_string().bytes()),
        Object::Real(value) => out.extend(value.to_string().bytes()),
        Object::Name(bytes) => name(out, bytes),
        Object::String(bytes, format) => string(out, bytes, *format),
        Object::Array(array) => {
            out.push(b'[');
            for (index, item) in array.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                self::object(out, item);
            }
            out.push(b']');
        }
        Object::Dictionary(entries) => dictionary(out, entries),
        Object::Reference((number, generation)) => {
            out.extend(format!("{number} {generation} R").bytes())
        }
    }
}

/// Append a dictionary with its brackets.
pub(crate) fn dictionary(out: &mut Vec<u8>, dictionary: &Dictionary) {
    out.extend(b"<<");
    entries(out, dictionary);
    out.extend(b">>");
}

/// Append a dictionary's entries.
pub(crate) fn entries(out: &mut Vec<u8>, dictionary: &Dictionary) {
    for (key, value) in dictionary {
        name(out, key);
        out.push(b' ');
        object(out, value);
    }
}

fn name(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'/');
    for &byte in bytes {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            out.push(byte);
        } else {
            out.push(b'#');
            hex(out, &[byte]);
        }
    }
}

fn string(out: &mut Vec<u8>, bytes: &[u8], format: StringFormat) {
    match format {
        StringFormat::Literal => {
            out.push(b'(');
            for &byte in bytes {
                match byte {
                    b'(' | b')' | b'\\' => out.extend([b'\\', byte]),
                    b'\r' => out.extend(b"\\r"),
                    _ => out.push(byte),
                }
            }
            out.push(b')');
        }
        StringFormat::Hexadecimal => {
            out.push(b'<');
            hex(out, bytes);
            out.push(b'>');
        }
    }
}

/// Append bytes as hexadecimal digits.
pub(crate) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    #[test]
    fn an_object_is_written_so_that_it_reads_back() {
        let mut out = Vec::new();
        object(
            &mut out,
            &Object::Dictionary(dictionary! {
                "A B" => Object::Array(vec![1.into(), Object::Real(841.89), Object::Reference((7, 0)), Object::Null]),
                "S" => Object::string_literal("a(b\\c\r"),
                "H" => Object::String(vec![0, 255], StringFormat::Hexadecimal),
                "N" => Object::Name(b"x#/".to_vec()),
                "T" => true,
            }),
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<</A#20B [1 841.89 7 0 R null]/S (a\\(b\\\\c\\r)/H <00FF>/N /x#23#2F/T true>>"
        );
    }
}
