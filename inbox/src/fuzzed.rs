//! Doors for the fuzz targets, which no other build has: what reads the bytes of strangers and is
//! the room's own affair.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::fields::Fields;
use crate::names::{self, Named};
use crate::particulars;

/// Reads a sidecar in YAML, and in JSON.
///
/// # Panics
/// Where a value was taken that must not be.
pub fn sidecar(bytes: &[u8]) {
    for json in [false, true] {
        match Fields::of_bytes(bytes, json) {
            Ok(fields) => drop(particulars::stated(&fields)),
            // A sentence about a stranger's bytes stays one.
            Err(reason) => assert!(reason.message_en.len() < 1_000),
        }
    }
}

/// Reads the name of a file, and its fields by a pattern.
///
/// # Panics
/// Where a name was taken that can't be kept.
pub fn file_name(name: &[u8], pattern: &str) {
    let name = OsStr::from_bytes(name);
    let kept = match names::read(name) {
        Named::Pdf { name } | Named::Sidecar { name } => name,
        Named::BadPdf => names::kept(name),
        Named::Ignored => return,
    };
    assert!(kept.len() <= 200 && !kept.contains(['/', '\0', '\n']), "{kept:?}");
    if let Some(fields) = Fields::of_name(&kept, pattern) {
        drop(particulars::stated(&fields));
    }
}
