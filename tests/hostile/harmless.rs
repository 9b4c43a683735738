//! What a certificate of a hostile drop must look like: sound, alone on its page, and inert.

use sealpress_tests::{Student, judges};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Names of PDF for whatever acts, fetches, plays, hides, or carries something along
/// (ISO 32000-2, 7.11, 8.11, 12.6, 12.7, 13).
const ACTIVE: [&str; 32] = [
    "/JavaScript",
    "/JS",
    "/OpenAction",
    "/AA",
    "/Launch",
    "/URI",
    "/SubmitForm",
    "/ResetForm",
    "/ImportData",
    "/GoToR",
    "/GoToE",
    "/Thread",
    "/Hide",
    "/SetOCGState",
    "/Rendition",
    "/Movie",
    "/Sound",
    "/Screen",
    "/RichMedia",
    "/RichMediaContent",
    "/RichMediaExecute",
    "/3D",
    "/3DD",
    "/XFA",
    "/EmbeddedFiles",
    "/EmbeddedFile",
    "/EF",
    "/Filespec",
    "/AF",
    "/OCProperties",
    "/OPI",
    "/PieceInfo",
];

/// Looks at the certificate of a student.
///
/// # Panics
/// When something is wrong with it.
pub(crate) fn look(file: &Path, student: &Student) {
    judges::qpdf(file);
    judges::pdfsig(file);
    let shown = judges::text(file);
    assert!(shown.contains(&student.number), "the page names the student: {shown}");
    let json = Command::new("qpdf").args(["--json=2", "--json-key=qpdf"]).arg(file).output();
    let json: Value = serde_json::from_slice(&json.expect("qpdf runs").stdout).expect("JSON");
    let mut names = BTreeSet::new();
    collect(&json["qpdf"][1], &mut names);
    let active: Vec<&&str> = ACTIVE.iter().filter(|name| names.contains(**name)).collect();
    assert!(active.is_empty(), "{active:?} in {}", file.display());
    let annotations = count(&json["qpdf"][1], "/Subtype", "/Widget");
    assert_eq!(annotations, 1, "the signature's field is the only annotation");
    assert_eq!(count(&json["qpdf"][1], "/Type", "/Page"), 1, "pages");
}

/// Every key and every name of an object and below.
fn collect<'v>(value: &'v Value, names: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                names.insert(key);
                collect(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::String(text) => {
            names.insert(text);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How many dictionaries have `key` with this name.
fn count(value: &Value, key: &str, name: &str) -> usize {
    match value {
        Value::Object(map) => {
            let own = usize::from(map.get(key).is_some_and(|value| value == name));
            own + map.values().map(|value| count(value, key, name)).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(|item| count(item, key, name)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
