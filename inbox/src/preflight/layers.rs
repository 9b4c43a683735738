//! Optional content (圖層): what the page shows must not hang on a reader's switch
//! (ISO 32000-2, 8.11).

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId};

use super::fault::Fault;
use super::pdf::{Pdf, as_dict};

/// Groups that one membership may list; each use looks at all of them.
const MAX_GROUPS: usize = 64;

/// Which layers are plainly on.
pub(super) struct Layers {
    off: HashSet<ObjectId>,
    /// Something other than a list of hidden layers decides.
    unclear: bool,
}

impl Layers {
    pub(super) fn read(pdf: &Pdf) -> Self {
        let mut layers = Self { off: HashSet::new(), unclear: false };
        let properties = pdf.catalog().and_then(|catalog| pdf.dict(catalog, b"OCProperties"));
        let Some(default) = properties.and_then(|properties| pdf.dict(properties, b"D")) else {
            return layers;
        };
        let off = pdf.array(default, b"OFF").unwrap_or_default();
        layers.off = off.iter().filter_map(|layer| layer.as_reference().ok()).collect();
        let automatic = pdf.array(default, b"AS").is_some_and(|events| !events.is_empty());
        let base = pdf.name(default, b"BaseState");
        layers.unclear = automatic || layers.off.len() != off.len() || !matches!(base, b"" | b"ON");
        layers
    }

    /// Whether a form or image with a layer of its own is plainly shown.
    pub(super) fn check(&self, pdf: &Pdf, dict: &Dictionary) -> Result<(), Fault> {
        dict.get(b"OC").map_or(Ok(()), |layer| self.check_use(pdf, layer))
    }

    /// Whether `layer`, a group or a membership of groups, is plainly on.
    pub(super) fn check_use(&self, pdf: &Pdf, layer: &Object) -> Result<(), Fault> {
        let Some(dict) = as_dict(pdf.resolve(layer)) else { return Ok(()) };
        let shown = if pdf.name(dict, b"Type") == b"OCMD" {
            let groups = match dict.get(b"OCGs").map(|groups| (groups, pdf.resolve(groups))) {
                Ok((_, Object::Array(groups))) => groups.as_slice(),
                Ok((group, _)) => std::slice::from_ref(group),
                Err(_) => &[],
            };
            !dict.has(b"VE")
                && groups.len() <= MAX_GROUPS
                && matches!(pdf.name(dict, b"P"), b"" | b"AnyOn" | b"AllOn")
                && groups.iter().all(|group| self.is_on(group))
        } else {
            self.is_on(layer)
        };
        if shown { Ok(()) } else { Err(Fault::HiddenLayer) }
    }

    fn is_on(&self, group: &Object) -> bool {
        !self.unclear && group.as_reference().is_ok_and(|id| !self.off.contains(&id))
    }
}
