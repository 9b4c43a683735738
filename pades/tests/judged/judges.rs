//! The outside judges: qpdf, pdfsig, pyHanko.

use pades::Profile;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// `qpdf --check` finds neither error nor warning.
pub(crate) fn qpdf(file: &Path) {
    let done = Command::new("qpdf").arg("--check").arg(file).output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(done.status.success() && !said.contains("WARNING"), "{}: {said}", file.display());
}

/// `pdfsig` finds one signature, valid, over the total document.
pub(crate) fn pdfsig(file: &Path) {
    let done = Command::new("pdfsig").arg("-nocert").arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(said.matches("Signature #").count(), 1, "{said}");
    assert!(said.contains("Signature is Valid."), "{}: {said}", file.display());
    assert!(said.contains("Total document signed"), "{}: {said}", file.display());
    assert!(said.contains("ETSI.CAdES.detached"), "{said}");
}

/// `pdfsig` finds the signature valid. What makes it last follows it, so that from B-LT on it does
/// not say that the total document is signed, and B-LTA's timestamp it lists without judging it.
pub(crate) fn pdfsig_at(file: &Path, profile: Profile) {
    if profile < Profile::BLT {
        return pdfsig(file);
    }
    let done = Command::new("pdfsig").arg("-nocert").arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("Signature is Valid."), "{}: {said}", file.display());
    assert!(!said.contains("is Invalid") && !said.contains("Digest Mismatch"), "{said}");
    assert!(said.contains("ETSI.CAdES.detached"), "{said}");
}

/// pyHanko finds each file valid at its profile, offline and with the root alone; B-LTA also as of
/// twenty years from now, when the certificates of signer and responder have ended.
pub(crate) fn pyhanko_at(profile: Profile, root: &Path, files: &[PathBuf]) {
    if profile == Profile::BB {
        let (ok, lines) = pyhanko(root, files);
        assert!(ok, "{lines:#?}");
        return;
    }
    let done = Command::new(python())
        .arg(workspace().join("tests/judges/pyhanko_profiles.py"))
        .args(["--profile", profile.as_str()])
        .args(if profile == Profile::BLTA { ["--years-ahead", "20"].as_slice() } else { &[] })
        .arg("--trust")
        .arg(root)
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(said.lines().count(), files.len(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
}

/// The interpreter of the virtual environment in which pyHanko is.
pub(crate) fn python() -> PathBuf {
    std::env::var_os("SEALPRESS_PYTHON")
        .map_or_else(|| workspace().join(".venv/bin/python"), PathBuf::from)
}

/// What pyHanko says of each file, and whether all are OK.
pub(crate) fn pyhanko(trust: &Path, files: &[PathBuf]) -> (bool, Vec<Value>) {
    let done = Command::new(python())
        .arg(workspace().join("tests/judges/pyhanko_validate.py"))
        .arg("--trust")
        .arg(trust)
        .args(files)
        .output()
        .unwrap();
    let lines: Vec<Value> = String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), files.len(), "{}", String::from_utf8_lossy(&done.stderr));
    (done.status.success(), lines)
}

/// What is wrong with each file by pyHanko's own defaults, if anything is.
pub(crate) fn pyhanko_any(trust: &Path, files: &[PathBuf]) -> Vec<Option<String>> {
    let done = Command::new(python())
        .arg(workspace().join("tests/judges/pyhanko_any.py"))
        .arg("--trust")
        .arg(trust)
        .args(files)
        .output()
        .unwrap();
    let faults: Vec<Option<String>> = String::from_utf8_lossy(&done.stdout)
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["fault"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(faults.len(), files.len(), "{}", String::from_utf8_lossy(&done.stderr));
    faults
}
