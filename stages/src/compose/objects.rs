//! Writing objects one after another, and remembering where each begins.

use lopdf::{Dictionary, Object, Stream};
use std::io::Write;

/// A PDF 1.7 header, and bytes that tell transfer programs that the file is binary (ISO 32000-2,
/// section 7.5.2).
const HEADER: &[u8] = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";

/// A PDF in the making: objects are numbered and written in the order in which they are added.
#[derive(Clone)]
pub(super) struct Objects {
    bytes: Vec<u8>,
    /// Where each object begins, from object 1; 0 is an object that is not written yet.
    offsets: Vec<usize>,
}

impl Objects {
    pub(super) fn new() -> Self {
        Self { bytes: HEADER.to_vec(), offsets: Vec::new() }
    }

    /// Continues after what is shared, with room for `more` bytes.
    pub(super) fn after(shared: &Self, more: usize) -> Self {
        let mut bytes = Vec::with_capacity(shared.bytes.len() + more);
        bytes.extend_from_slice(&shared.bytes);
        Self { bytes, offsets: shared.offsets.clone() }
    }

    /// How many bytes are written.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A number for an object that is written later.
    pub(super) fn reserve(&mut self) -> u32 {
        self.offsets.push(0);
        u32::try_from(self.offsets.len()).unwrap_or(u32::MAX)
    }

    /// Writes a stream or a direct object, and returns its reference.
    pub(super) fn add(&mut self, object: impl Into<Object>) -> Object {
        let number = self.reserve();
        self.write(number, object.into());
        reference(number)
    }

    /// Writes objects that name one another by their places, each with its place.
    pub(super) fn add_all(&mut self, copies: Vec<(u32, Object)>) -> Numbers {
        let numbers = Numbers(copies.iter().map(|_| self.reserve()).collect());
        for (place, mut object) in copies {
            numbers.give(&mut object);
            if let Some(number) = numbers.0.get(place as usize) {
                self.write(*number, object);
            }
        }
        numbers
    }

    /// Writes the object whose number was reserved.
    pub(super) fn write(&mut self, number: u32, object: Object) {
        if let Some(offset) = self.offsets.get_mut(number as usize - 1) {
            *offset = self.bytes.len();
        }
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        match object {
            Object::Stream(Stream { mut dict, content, .. }) => {
                // The length as it is, whatever the input said of it.
                dict.set("Length", i64::try_from(content.len()).unwrap_or(i64::MAX));
                pades::write_object(&mut self.bytes, &Object::Dictionary(dict));
                self.bytes.extend_from_slice(b"\nstream\n");
                self.bytes.extend_from_slice(&content);
                self.bytes.extend_from_slice(b"\nendstream");
            }
            direct => pades::write_object(&mut self.bytes, &direct),
        }
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// The whole file: cross-reference table and trailer behind the objects.
    pub(super) fn finish(mut self, mut trailer: Dictionary) -> Vec<u8> {
        let start = self.bytes.len();
        let size = self.offsets.len() + 1;
        // A Vec takes every write.
        let _ = write!(self.bytes, "xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(self.bytes, "{offset:010} 00000 n ");
        }
        trailer.set("Size", i64::try_from(size).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(b"trailer\n");
        pades::write_object(&mut self.bytes, &Object::Dictionary(trailer));
        let _ = write!(self.bytes, "\nstartxref\n{start}\n%%EOF\n");
        self.bytes
    }
}

/// A reference to an object of ours.
pub(super) const fn reference(number: u32) -> Object {
    Object::Reference((number, 0))
}

/// The numbers that objects got, by their places among themselves.
pub(super) struct Numbers(Vec<u32>);

impl Numbers {
    /// A reference to the object of a place. What is no place is nothing.
    pub(super) fn of(&self, place: u32) -> Object {
        self.0.get(place as usize).map_or(Object::Null, |number| reference(*number))
    }

    /// A dictionary whose references named places.
    pub(super) fn dictionary(&self, mut dictionary: Dictionary) -> Dictionary {
        dictionary.iter_mut().for_each(|(_, value)| self.give(value));
        dictionary
    }

    fn give(&self, object: &mut Object) {
        match object {
            Object::Reference((place, _)) => *object = self.of(*place),
            Object::Array(items) => items.iter_mut().for_each(|item| self.give(item)),
            Object::Dictionary(dictionary) => {
                dictionary.iter_mut().for_each(|(_, value)| self.give(value));
            }
            Object::Stream(stream) => {
                stream.dict.iter_mut().for_each(|(_, value)| self.give(value));
            }
            Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Name(_)
            | Object::String(..) => {}
        }
    }
}
