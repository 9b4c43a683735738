//! Judges of other makers, who look at what came out.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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

/// The code of a second factor (RFC 6238), as Python's library makes it from the secret that a
/// person would type; `ahead` is in seconds from now.
///
/// # Panics
/// When there is no Python, or the secret is none.
#[must_use]
pub fn totp(secret: &str, ahead: u32) -> String {
    const CODE: &str = "import base64, hmac, struct, sys, time\n\
        step = (int(time.time()) + int(sys.argv[1])) // 30\n\
        key = base64.b32decode(input().replace(' ', ''))\n\
        mac = hmac.digest(key, struct.pack('>Q', step), 'sha1')\n\
        at = mac[-1] & 15\n\
        print('%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 10**6))";
    let mut python = Command::new("python3");
    python.args(["-c", CODE, &ahead.to_string()]);
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python");
    let mut input = child.stdin.take().expect("a pipe");
    writeln!(input, "{secret}").expect("a secret for Python");
    drop(input);
    let output = child.wait_with_output().expect("our own child");
    assert!(output.status.success(), "no secret in base32");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
