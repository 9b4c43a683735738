//! What a signature allows to be done after it: DocMDP, FieldMDP, and the lock of its field
//! (ISO 32000-2, sections 12.8.2.2, 12.8.2.4 and 12.7.5.5).

use lopdf::{Dictionary, Document, Object};

use super::Finding;
use super::changes::{Level, Step};
use crate::document::{array, dictionary, value};

/// What a signature allows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Permissions {
    /// The level of DocMDP: 1, 2 or 3.
    pub(super) level: Option<u8>,
    locked: Option<Locked>,
}

/// The fields that keep their values.
#[derive(Debug, PartialEq, Eq)]
enum Locked {
    All,
    These(Vec<Vec<u8>>),
    AllBut(Vec<Vec<u8>>),
}

const UNREADABLE: Finding = [
    "簽章允許的更改（DocMDP、FieldMDP）無法讀取",
    "what the signature allows to be changed (DocMDP, FieldMDP) can't be read",
];

impl Permissions {
    /// As the signature says, or else the lock of its field.
    ///
    /// # Errors
    /// What is said can't be understood.
    pub(super) fn read(
        document: &Document,
        signature: &Dictionary,
        field: &Dictionary,
    ) -> Result<Self, Finding> {
        let mut found = Self::default();
        for reference in array(document, signature, b"Reference") {
            let reference =
                document.dereference(reference).ok().and_then(|(_, it)| it.as_dict().ok());
            let reference = reference.ok_or(UNREADABLE)?;
            let method = value(document, reference, b"TransformMethod");
            let parameters = dictionary(document, reference, b"TransformParams");
            match method.and_then(|method| method.as_name().ok()) {
                Some(b"DocMDP") if found.level.is_none() => {
                    // Without parameters or level, form filling is allowed (table 257).
                    let level = parameters.and_then(|them| value(document, them, b"P"));
                    found.level = Some(level.map_or(Ok(2), level_of)?);
                }
                Some(b"FieldMDP") if found.locked.is_none() => {
                    found.locked = Some(locked(document, parameters.ok_or(UNREADABLE)?)?);
                }
                Some(b"UR" | b"UR3" | b"Identity") => {}
                Some(_) | None => return Err(UNREADABLE),
            }
        }
        if let Some(lock) = dictionary(document, field, b"Lock") {
            if let (None, Some(level)) = (found.level, value(document, lock, b"P")) {
                found.level = Some(level_of(level)?);
            }
            if found.locked.is_none() && lock.has(b"Action") {
                found.locked = Some(locked(document, lock)?);
            }
        }
        Ok(found)
    }

    /// # Errors
    /// `step` does what is not allowed.
    pub(super) fn allow(&self, step: &Step) -> Result<(), Finding> {
        if self.level == Some(1) && step.level > Level::Metadata {
            return Err([
                "簽章不允許之後有任何更改，但文件之後被更改",
                "the document was changed after a signature that allows no change",
            ]);
        }
        if self.level.is_some() && step.new_visible_field {
            return Err([
                "認證之後頁面上新增了可見的簽章欄位",
                "a signature field that is seen on a page was added after the certification",
            ]);
        }
        if step.fields.iter().any(|name| self.locks(name)) {
            return Err([
                "被簽章鎖定的表單欄位之後被更改",
                "a form field was changed after the signature that locks it",
            ]);
        }
        Ok(())
    }

    fn locks(&self, name: &[u8]) -> bool {
        let covers = |one: &Vec<u8>| {
            name == one
                || name.strip_prefix(one.as_slice()).is_some_and(|rest| rest.starts_with(b"."))
        };
        match &self.locked {
            None => false,
            Some(Locked::All) => true,
            Some(Locked::These(names)) => names.iter().any(covers),
            Some(Locked::AllBut(names)) => !names.iter().any(covers),
        }
    }
}

fn level_of(level: &Object) -> Result<u8, Finding> {
    match level.as_i64() {
        Ok(1) => Ok(1),
        Ok(2) => Ok(2),
        Ok(3) => Ok(3),
        Ok(_) | Err(_) => Err(UNREADABLE),
    }
}

fn locked(document: &Document, parameters: &Dictionary) -> Result<Locked, Finding> {
    let name = |name: &Object| -> Option<Vec<u8>> {
        Some(document.dereference(name).ok()?.1.as_str().ok()?.to_vec())
    };
    let names = || -> Result<Vec<Vec<u8>>, Finding> {
        array(document, parameters, b"Fields")
            .iter()
            .map(name)
            .collect::<Option<_>>()
            .ok_or(UNREADABLE)
    };
    match value(document, parameters, b"Action").and_then(|action| action.as_name().ok()) {
        Some(b"All") => Ok(Locked::All),
        Some(b"Include") => Ok(Locked::These(names()?)),
        Some(b"Exclude") => Ok(Locked::AllBut(names()?)),
        Some(_) | None => Err(UNREADABLE),
    }
}
