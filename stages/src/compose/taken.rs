//! A page as it is taken out of a foreign document: the boxes it is shown by, its content, and its
//! resources, as a table of objects that refer to one another by their place in it. Nothing in it
//! is a PDF's own: no object number, no offset, no length.
//!
//! It goes from the process that has read the foreign bytes to the one that composes. What arrives
//! there is foreign still, so [`Taken::received`] believes none of it: what it can't check it does
//! not take.
//!
//! The encoding is postcard's, of a list of nodes in which the parts of an array or dictionary come
//! before it: reading it takes no recursion, however deep a hostile one pretends to be. The bytes of
//! streams follow one after another. It is never stored: both ends are one program.

use lopdf::{Dictionary, Object, Stream, StringFormat};
use serde::{Deserialize, Serialize};

use super::checked::{self, Bounds};

/// Why a page can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// The document can't be read.
    Document,
    /// It has no page.
    NoPage,
    /// Its page can't be read.
    Page,
    /// Its page has no size.
    NoSize,
    /// Its content can't be read.
    Content,
    /// Its resources are not such as a page has.
    Resources,
}

impl Unusable {
    /// The one of this number; what is no number of one is a page of nonsense.
    pub(super) fn of(number: u8) -> Self {
        [Self::Document, Self::NoPage, Self::Page, Self::NoSize, Self::Content]
            .into_iter()
            .find(|one| *one as u8 == number)
            .unwrap_or(Self::Resources)
    }

    /// In a sentence that says what can't be composed.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Document => "it is no PDF that can be read",
            Self::NoPage => "it has no page",
            Self::Page => "its page can't be read",
            Self::NoSize => "its page has no size",
            Self::Content => "its content can't be read",
            Self::Resources => "its resources are not such as a page has",
        }
    }
}

/// A page out of a foreign document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    /// What a reader shows of the page: left, lower, right, upper, in the page's own units.
    pub(super) visible: [f64; 4],
    /// `/Rotate`, in degrees clockwise.
    pub(super) rotate: i64,
    /// `/UserUnit`.
    pub(super) unit: f64,
    /// The content, coded as `coding` says.
    pub(super) content: Vec<u8>,
    /// `Filter` and `DecodeParms` of the content.
    pub(super) coding: Dictionary,
    /// The page's resources (place 0) and all that they need, in the order in which they are
    /// written, each with its place. References name places.
    pub(super) objects: Vec<(u32, Object)>,
}

/// What is before the bytes of streams.
#[derive(Serialize, Deserialize)]
struct Sent<'a> {
    visible: [f64; 4],
    rotate: i64,
    unit: f64,
    content: u32,
    #[serde(borrow)]
    coding: Vec<Node<'a>>,
    #[serde(borrow)]
    objects: Vec<(u32, Vec<Node<'a>>)>,
}

/// An object, or the beginning of one: what it is made of comes before it.
#[derive(Serialize, Deserialize)]
enum Node<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f32),
    Name(&'a [u8]),
    Literal(&'a [u8]),
    Hexadecimal(&'a [u8]),
    Reference(u32),
    /// Of so many of the nodes before.
    Array(u32),
    /// Of these keys, and as many of the nodes before.
    #[serde(borrow)]
    Dictionary(Vec<&'a [u8]>),
    /// With the dictionary before; its bytes are the next so many.
    Stream(u32),
}

impl Taken {
    /// About how many bytes it takes up in a file.
    pub(super) fn size(&self) -> usize {
        let streams = self.objects.iter().filter_map(|(_, object)| object.as_stream().ok());
        self.content.len() + streams.map(|stream| stream.content.len() + 256).sum::<usize>()
    }

    /// For the way between two processes. `None` where something in it is larger than any page's.
    pub(super) fn sent(&self) -> Option<Vec<u8>> {
        let mut streams = Vec::new();
        let mut coding = Vec::new();
        fields(&self.coding, &mut coding, &mut streams)?;
        let mut objects = Vec::with_capacity(self.objects.len());
        for (place, object) in &self.objects {
            let mut nodes = Vec::new();
            flatten(object, &mut nodes, &mut streams)?;
            objects.push((*place, nodes));
        }
        streams.push(&self.content);
        let sent = Sent {
            visible: self.visible,
            rotate: self.rotate,
            unit: self.unit,
            content: u32::try_from(self.content.len()).ok()?,
            coding,
            objects,
        };
        let mut bytes = postcard::to_allocvec(&sent).ok()?;
        bytes.reserve(streams.iter().map(|stream| stream.len()).sum());
        streams.iter().for_each(|stream| bytes.extend_from_slice(stream));
        Some(bytes)
    }

    /// What arrives, if it is a page.
    ///
    /// # Errors
    /// [`Unusable::Resources`] for anything that no page needs.
    pub(super) fn received(bytes: &[u8], bounds: Bounds) -> Result<Self, Unusable> {
        let taken = unsent(bytes, bounds).ok_or(Unusable::Resources)?;
        checked::check(&taken, bounds).ok_or(Unusable::Resources)?;
        Ok(taken)
    }
}

fn flatten<'a>(
    object: &'a Object,
    nodes: &mut Vec<Node<'a>>,
    streams: &mut Vec<&'a Vec<u8>>,
) -> Option<()> {
    let node = match object {
        Object::Null => Node::Null,
        Object::Boolean(value) => Node::Boolean(*value),
        Object::Integer(value) => Node::Integer(*value),
        Object::Real(value) => Node::Real(*value),
        Object::Name(name) => Node::Name(name),
        Object::String(text, StringFormat::Literal) => Node::Literal(text),
        Object::String(text, StringFormat::Hexadecimal) => Node::Hexadecimal(text),
        Object::Reference((place, _)) => Node::Reference(*place),
        Object::Array(items) => {
            items.iter().try_for_each(|item| flatten(item, nodes, streams))?;
            Node::Array(u32::try_from(items.len()).ok()?)
        }
        Object::Dictionary(dictionary) => return fields(dictionary, nodes, streams),
        Object::Stream(stream) => {
            fields(&stream.dict, nodes, streams)?;
            streams.push(&stream.content);
            Node::Stream(u32::try_from(stream.content.len()).ok()?)
        }
    };
    nodes.push(node);
    Some(())
}

fn fields<'a>(
    dictionary: &'a Dictionary,
    nodes: &mut Vec<Node<'a>>,
    streams: &mut Vec<&'a Vec<u8>>,
) -> Option<()> {
    dictionary.iter().try_for_each(|(_, value)| flatten(value, nodes, streams))?;
    nodes.push(Node::Dictionary(dictionary.iter().map(|(key, _)| key.as_slice()).collect()));
    Some(())
}

fn unsent(bytes: &[u8], bounds: Bounds) -> Option<Taken> {
    let (sent, mut streams) = postcard::take_from_bytes::<Sent<'_>>(bytes).ok()?;
    let nodes = sent.objects.iter().map(|(_, nodes)| nodes.len()).sum::<usize>();
    if sent.objects.len() > bounds.objects || nodes + sent.coding.len() > bounds.nodes() {
        return None;
    }
    let coding = match unflatten(&sent.coding, &mut streams, bounds)? {
        Object::Dictionary(coding) => coding,
        _ => return None,
    };
    let mut objects = Vec::with_capacity(sent.objects.len());
    for (place, nodes) in &sent.objects {
        objects.push((*place, unflatten(nodes, &mut streams, bounds)?));
    }
    let content = next(&mut streams, sent.content)?;
    let Sent { visible, rotate, unit, .. } = sent;
    streams.is_empty().then_some(Taken { visible, rotate, unit, content, coding, objects })
}

/// The next bytes of streams.
fn next(streams: &mut &[u8], length: u32) -> Option<Vec<u8>> {
    let (bytes, rest) = streams.split_at_checked(usize::try_from(length).ok()?)?;
    *streams = rest;
    Some(bytes.to_vec())
}

/// The one object that a list of nodes makes.
fn unflatten(nodes: &[Node<'_>], streams: &mut &[u8], bounds: Bounds) -> Option<Object> {
    // Each with how deep it is.
    let mut done: Vec<(Object, usize)> = Vec::new();
    for node in nodes {
        let (object, depth) = match node {
            Node::Null => (Object::Null, 0),
            Node::Boolean(value) => (Object::Boolean(*value), 0),
            Node::Integer(value) => (Object::Integer(*value), 0),
            Node::Real(value) => (Object::Real(*value), 0),
            Node::Name(name) => (Object::Name(name.to_vec()), 0),
            Node::Literal(text) => (Object::String(text.to_vec(), StringFormat::Literal), 0),
            Node::Hexadecimal(text) => {
                (Object::String(text.to_vec(), StringFormat::Hexadecimal), 0)
            }
            Node::Reference(place) => (Object::Reference((*place, 0)), 0),
            Node::Array(length) => {
                let parts = last(&mut done, usize::try_from(*length).ok()?)?;
                let depth = deeper(&parts);
                (Object::Array(parts.into_iter().map(|(part, _)| part).collect()), depth)
            }
            Node::Dictionary(keys) => {
                let parts = last(&mut done, keys.len())?;
                let depth = deeper(&parts);
                let mut dictionary = Dictionary::new();
                for (key, (value, _)) in keys.iter().zip(parts) {
                    dictionary.set(key.to_vec(), value);
                }
                // A key twice is one key less.
                if dictionary.len() != keys.len() {
                    return None;
                }
                (Object::Dictionary(dictionary), depth)
            }
            Node::Stream(length) => {
                let Some((Object::Dictionary(dictionary), depth)) = done.pop() else { return None };
                (Object::Stream(Stream::new(dictionary, next(streams, *length)?)), depth)
            }
        };
        if depth > bounds.depth {
            return None;
        }
        done.push((object, depth));
    }
    let [(object, _)] = <[_; 1]>::try_from(done).ok()?;
    Some(object)
}

fn last(done: &mut Vec<(Object, usize)>, count: usize) -> Option<Vec<(Object, usize)>> {
    Some(done.split_off(done.len().checked_sub(count)?))
}

fn deeper(parts: &[(Object, usize)]) -> usize {
    1 + parts.iter().map(|(_, depth)| *depth).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
