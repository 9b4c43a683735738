//! A parsed document and the ways to look things up in it that never fail: what is missing, or
//! of another type than it should be, is not there.

use lopdf::{Dictionary, Document, Object, Stream};

use super::filter::{self, Budget, FilterError};

static NULL: Object = Object::Null;

/// A parsed document.
pub(super) struct Pdf {
    document: Document,
}

impl Pdf {
    pub(super) const fn new(document: Document) -> Self {
        Self { document }
    }

    pub(super) const fn document(&self) -> &Document {
        &self.document
    }

    /// `object`, or what it refers to.
    pub(super) fn resolve<'a>(&'a self, object: &'a Object) -> &'a Object {
        self.document.dereference(object).map_or(&NULL, |(_, object)| object)
    }

    /// The value of `key`, references followed; null when there is none.
    pub(super) fn get<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> &'a Object {
        dict.get(key).map_or(&NULL, |value| self.resolve(value))
    }

    pub(super) fn dict<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        as_dict(self.get(dict, key))
    }

    pub(super) fn array<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a [Object]> {
        self.get(dict, key).as_array().ok().map(Vec::as_slice)
    }

    pub(super) fn stream<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Stream> {
        self.get(dict, key).as_stream().ok()
    }

    pub(super) fn name<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> &'a [u8] {
        self.get(dict, key).as_name().unwrap_or_default()
    }

    /// A number that is one: neither infinite nor missing.
    pub(super) fn number(&self, object: &Object) -> Option<f64> {
        number(self.resolve(object))
    }

    /// The numbers of a short array, a matrix or a box; `None` unless all of them are numbers.
    pub(super) fn numbers(&self, dict: &Dictionary, key: &[u8]) -> Option<Vec<f64>> {
        let items = self.array(dict, key).filter(|items| items.len() <= 6)?;
        items.iter().map(|item| self.number(item)).collect()
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> Option<&Dictionary> {
        self.dict(&self.document.trailer, b"Root")
    }

    /// The bytes of a stream, every filter undone.
    pub(super) fn decode(
        &self,
        stream: &Stream,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, FilterError> {
        filter::decode(stream, &|object| self.resolve(object), budget)
    }
}

/// The dictionary of a dictionary or stream.
pub(super) fn as_dict(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dict) => Some(dict),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

/// A number that is one.
pub(super) fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from).filter(|number| number.is_finite())
}
