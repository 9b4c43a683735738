//! Judges of other makers, who look at what came out.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::repository;

fn call(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; run tests/setup.sh"));
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// `qpdf --check` finds nothing wrong.
///
/// # Panics
/// When it does.
pub fn qpdf(file: &Path) {
    let (fine, said) = call(Command::new("qpdf").arg("--check").arg(file));
    assert!(fine && !said.contains("WARNING"), "{}: {said}", file.display());
}

/// `pdfsig` calls the one signature valid, over the total document.
///
/// # Panics
/// When it does not.
pub fn pdfsig(file: &Path) {
    // The trust in the school's certificate is pyHanko's part; pdfsig would ask a store of its own.
    let (_, said) = call(Command::new("pdfsig").arg("-nocert").arg(file));
    let times = |sentence: &str| said.matches(sentence).count();
    assert_eq!(times("Signature Validation: Signature is Valid."), 1, "{}: {said}", file.display());
    assert_eq!(times("Total document signed"), 1, "{}: {said}", file.display());
}

/// pyHanko calls each file a certification by the school, trusted by `trust` alone, over the
/// entire file.
///
/// # Panics
/// When it does not.
pub fn pyhanko(trust: &Path, files: &[PathBuf]) {
    let (_, said) = call(
        Command::new(repository().join(".venv/bin/python"))
            .arg(repository().join("tests/judges/pyhanko_validate.py"))
            .arg("--trust")
            .arg(trust)
            .args(files),
    );
    let verdicts: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said}")))
        .collect();
    assert_eq!(verdicts.len(), files.len(), "{said}");
    for verdict in verdicts {
        let word = |key: &str| verdict[key].as_str();
        assert_eq!(word("error"), None, "{verdict}");
        assert_eq!(word("coverage"), Some("ENTIRE_FILE"), "{verdict}");
        for key in ["valid", "certification", "docmdp_ok", "trusted"] {
            assert_eq!(verdict[key], true, "{key}: {verdict}");
        }
    }
}

/// The text of a page as `pdftotext` reads it, in the order in which it was drawn and without
/// white space.
///
/// # Panics
/// When there is no such tool.
#[must_use]
pub fn text(file: &Path) -> String {
    let (_, said) = call(Command::new("pdftotext").arg("-raw").arg(file).arg("-"));
    said.split_whitespace().collect()
}
