//! The document's XMP metadata: readers show them apart from the document, so that they may
//! change, as long as they are metadata and nothing else.

use lopdf::{Object, ObjectId};
use quick_xml::events::Event;
use quick_xml::name::{QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::usage::Place;
use super::{Comparison, Level, REPLACED};
use crate::limits;
use crate::verify::Finding;

/// Most bytes of metadata.
const MOST_BYTES: usize = 4 << 20;

impl Comparison<'_> {
    pub(super) fn metadata(&mut self) -> Result<(), Finding> {
        let (Ok(old), Ok(new)) = (self.old.catalog(), self.new.catalog()) else {
            return Err(REPLACED);
        };
        let reference = |raw: lopdf::Result<&Object>| raw.and_then(Object::as_reference).ok();
        let Ok(raw) = new.get(b"Metadata") else { return Ok(()) };
        let id = raw.as_reference().map_err(|_| REPLACED)?;
        let same = reference(old.get(b"Metadata")) == Some(id);
        if same && !self.unexplained.contains_key(&id) {
            return Ok(());
        }
        if !(same || self.is_fresh(id)) {
            return Err(REPLACED);
        }
        let is_metadata = |dictionary: &lopdf::Dictionary| {
            dictionary.has_type(b"Metadata")
                && dictionary.get(b"Subtype").and_then(Object::as_name).is_ok_and(|it| it == b"XML")
        };
        let stream = self.new.objects.get(&id).and_then(|object| object.as_stream().ok());
        if !stream.is_some_and(|stream| is_metadata(&stream.dict)) || !self.is_xmp(id) {
            return Err([
                "簽章之後附加的中繼資料不是 XMP",
                "the metadata that were appended after signing are no XMP",
            ]);
        }
        let place = Place::of(self.root).key(b"Metadata");
        self.explain(id, |usage| usage.is(&place));
        self.raise(Level::Metadata);
        Ok(())
    }

    fn is_xmp(&self, id: ObjectId) -> bool {
        let streams = limits::streams(self.pdf, [id].into());
        let text = streams.get(&id).and_then(|stream| {
            if stream.dict.has(b"Filter") {
                stream.decompressed_content_with_limit(MOST_BYTES).ok()
            } else {
                Some(stream.content.clone())
            }
        });
        text.is_some_and(|text| is_xmp(&text))
    }
}

/// Whether `text` is well-formed XML without entities of its own, and an XMP packet.
fn is_xmp(text: &[u8]) -> bool {
    let mut reader = NsReader::from_reader(text);
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        match reader.read_resolved_event() {
            Ok((namespace, Event::Start(element))) => {
                roots += usize::from(depth == 0 && is_packet(&namespace, element.name()));
                depth += 1;
            }
            Ok((_, Event::End(_))) => depth = depth.saturating_sub(1),
            Ok((_, Event::DocType(_))) | Err(_) => return false,
            Ok((_, Event::Eof)) => return depth == 0 && roots == 1,
            Ok((
                _,
                Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::GeneralRef(_),
            )) => {}
        }
    }
}

fn is_packet(namespace: &ResolveResult<'_>, name: QName<'_>) -> bool {
    let adobe =
        matches!(namespace, ResolveResult::Bound(bound) if bound.as_ref() == "adobe:ns:meta/");
    adobe && name.local_name().as_ref() == "xmpmeta"
}

#[cfg(test)]
mod tests {
    use super::is_xmp;

    #[test]
    fn metadata_are_told_from_anything_else() {
        let packet = "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><a>b</a></x:xmpmeta><?xpacket end='w'?>";
        assert!(is_xmp(packet.as_bytes()));
        for other in [
            "",
            "q 1 0 0 1 0 0 cm Q",
            "<html/>",
            "<x:xmpmeta xmlns:x='other'></x:xmpmeta>",
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><a></x:xmpmeta>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>",
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'>",
        ] {
            assert!(!is_xmp(other.as_bytes()), "{other}");
        }
    }
}
