//! What others sign, and what is done to it: our verdict beside pyHanko's, in a table.

use jiff::Timestamp;
use pades::{CheckCode, Trust, Verdict, verify};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::authorities::trust;
use crate::pki::{PASSWORD, Pki};
use crate::profiles::root;
use crate::{judges, pages};

/// A file, our verdict, and pyHanko's.
struct Line {
    name: String,
    ours: Option<&'static str>,
    theirs: Option<String>,
}

/// Judge the files of a folder twice.
fn judged(folder: &Path, root: &Path, trust: &Trust) -> Vec<Line> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    let theirs = judges::pyhanko_any(root, &files);
    let now = Timestamp::now();
    files
        .iter()
        .zip(theirs)
        .map(|(file, theirs)| {
            let ours = verify(&std::fs::read(file).unwrap(), trust, now);
            let failure = ours.first_failure().map(|check| check.code.as_str());
            Line {
                name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
                ours: match ours.verdict {
                    Verdict::Valid => None,
                    Verdict::NotValid => Some(failure.unwrap_or("a check was not run")),
                },
                theirs,
            }
        })
        .collect()
}

/// Print the table, and demand that the verdicts are the same but where it is explained.
fn compare(lines: &[Line], explained: &BTreeMap<&str, &str>) {
    let mut table = format!("{:44} {:22} pyHanko\n", "file", "ours");
    let mut wrong = Vec::new();
    for Line { name, ours, theirs } in lines {
        let why = if ours.is_none() == theirs.is_none() { None } else { Some(name.as_str()) };
        let why = why.map(|name| explained.get(name).copied());
        let said =
            |fault: Option<&str>| fault.map_or("valid".into(), |fault| format!("not: {fault}"));
        let (ours, theirs) = (said(*ours), said(theirs.as_deref()));
        let theirs: String = theirs.chars().take(60).collect();
        writeln!(table, "{name:44} {ours:22} {theirs}").unwrap();
        match why {
            None => {}
            Some(Some(why)) => writeln!(table, "{:44} differs: {why}", "").unwrap(),
            Some(None) => wrong.push(name.clone()),
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "verdicts differ, and nobody knows why: {wrong:?}");
}

#[test]
fn what_pyhanko_signs_in_every_way_is_judged_alike() {
    let (pki, folder) = (Pki::shared(), tempfile::tempdir().unwrap());
    let at = folder.path();
    let root = root(at);
    std::fs::write(at.join("key.p12"), pki.key("rsa2048")).unwrap();
    std::fs::write(at.join("page.in"), pages::classic()).unwrap();
    std::fs::write(at.join("form.in"), pages::with_form("Note")).unwrap();
    let out = at.join("out");
    std::fs::create_dir(&out).unwrap();
    let script = judges::workspace().join("pades/tests/judged/producers.py");
    let done = Command::new(judges::python())
        .current_dir(at)
        .arg(script)
        .args(["--p12", "key.p12", "--password", PASSWORD, "--tsa", &pki.tsa("tsa1")])
        .args(["--root", "root.pem", "--page", "page.in", "--form", "form.in", "out"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = judged(&out, &root, &trust("root"));
    assert!(lines.len() > 50, "{}", lines.len());
    compare(&lines, &BTreeMap::from([]));
}

/// The file's name, what was done to it, and its bytes.
type Case = (String, Vec<u8>);

/// The file as it is; with a byte changed; with another content behind it; with another's CMS.
fn altered(name: &str, pdf: &[u8], other: &[u8]) -> Vec<Case> {
    let mut cases = vec![(name.to_owned(), pdf.to_vec())];
    let mut flipped = pdf.to_vec();
    // In the comment of the header, where nothing is to be understood.
    flipped[12] ^= 1;
    cases.push((format!("{name} flipped"), flipped));
    cases.push((format!("{name} appended"), [pdf, update_of_content(pdf).as_slice()].concat()));
    let (here, there) = (gap(pdf), gap(other));
    let mut swapped = pdf.to_vec();
    swapped[here.clone()].fill(b'0');
    let length = here.len().min(there.len());
    swapped[here.start..here.start + length]
        .copy_from_slice(&other[there.start..there.start + length]);
    cases.push((format!("{name} swapped"), swapped));
    cases
}

/// The digits of the first signature's CMS.
fn gap(pdf: &[u8]) -> std::ops::Range<usize> {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let ranges = document.objects.values().filter_map(|object| {
        let range = object.as_dict().ok()?.get(b"ByteRange").ok()?.as_array().ok()?.clone();
        Some([range[1].as_i64().unwrap(), range[2].as_i64().unwrap()])
    });
    let [from, to] = ranges.min().unwrap();
    usize::try_from(from).unwrap() + 1..usize::try_from(to).unwrap() - 1
}

/// An update that replaces the first page's content.
fn update_of_content(pdf: &[u8]) -> Vec<u8> {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let page = document.page_iter().next().unwrap();
    let content = document.get_page_contents(page)[0];
    let root = document.trailer.get(b"Root").unwrap().as_reference().unwrap().0;
    let former = document.xref_start;
    let size = document.max_id + 1;
    let at = pdf.len() + 1;
    let body = format!(
        "\n{} 0 obj\n<</Length 20>>\nstream\n0 g 0 0 900 900 re f\nendstream\nendobj\n",
        content.0
    );
    let start = pdf.len() + body.len();
    format!("{body}xref\n{} 1\n{at:010} 00000 n \ntrailer\n<</Size {size}/Root {root} 0 R/Prev {former}>>\nstartxref\n{start}\n%%EOF\n", content.0).into_bytes()
}

fn judged_alike(cases: Vec<Case>, root: &Path, trust: &Trust, explained: &BTreeMap<&str, &str>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in cases {
        std::fs::write(folder.path().join(format!("{name}.pdf")), bytes).unwrap();
    }
    compare(&judged(folder.path(), root, trust), explained);
}

#[test]
fn what_other_producers_sign_is_judged_alike() {
    let fixtures = judges::workspace().join("pades/tests/fixtures");
    let read = |name: &str| std::fs::read(fixtures.join(format!("{name}.pdf"))).unwrap();
    let names = [
        "itext-approval",
        "itext-certification",
        "itext-certified-approved",
        "itext-objstm",
        "itext-visible",
        "libreoffice",
        "mupdf",
        "pdfbox-objstm",
        "pdfbox-pkcs7",
        "pdfbox-twice",
        "podofo",
    ];
    let others = names.iter().cycle().skip(4);
    let cases =
        names.iter().zip(others).flat_map(|(name, other)| altered(name, &read(name), &read(other)));
    let root = fixtures.join("root.pem");
    let pem = std::fs::read_to_string(&root).unwrap();
    let trust = Trust::new(pades::Certificate::from_pem(&pem).unwrap());
    let date = "pyHanko does not read the date that LibreOffice writes (Z')";
    judged_alike(cases.collect(), &root, &trust, &BTreeMap::from([("libreoffice", date)]));
}

#[test]
fn what_openssl_signs_is_judged_alike() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = crate::keys::self_signed(at, "key", &["-newkey", "rsa:2048"], &[]);
    let sign = |page: &str, options: &[&str]| signed_by_openssl(at, page, options);
    let kinds: [(&str, &[&str]); 7] = [
        ("sha256", &["-md", "sha256"]),
        ("sha384", &["-md", "sha384"]),
        ("sha1", &["-md", "sha1"]),
        ("cades", &["-cades"]),
        ("pss", &["-keyopt", "rsa_padding_mode:pss"]),
        ("keyid", &["-keyid"]),
        ("noattr", &["-noattr"]),
    ];
    let cases = kinds.iter().flat_map(|(name, options)| {
        altered(&format!("openssl-{name}"), &sign("page", options), &sign("other", options))
    });
    let trust = Trust::new(made.certificates());
    let bare = "we demand signed attributes: without them a signature can be taken for one of something else";
    let explained = BTreeMap::from([("openssl-noattr", bare)]);
    judged_alike(cases.collect(), &made.pem, &trust, &explained);
}

#[test]
fn what_other_kinds_of_key_sign_is_judged_alike() {
    let kinds: [(&str, &[&str]); 5] = [
        ("rsa1024", &["-newkey", "rsa:1024"]),
        ("rsa4096", &["-newkey", "rsa:4096"]),
        ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("p521", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        ("ed25519", &["-newkey", "ed25519"]),
    ];
    for (name, newkey) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let made = crate::keys::self_signed(folder.path(), "key", newkey, &[]);
        // OpenSSL 3.0 signs no CMS by Ed25519.
        let sign = |page: &str| match name {
            "ed25519" => signed_by_pyhanko(folder.path(), page),
            _ => signed_by_openssl(folder.path(), page, &[]),
        };
        let (page, other) = (sign("page"), sign("other"));
        let trust = Trust::new(made.certificates());
        judged_alike(altered(name, &page, &other), &made.pem, &trust, &BTreeMap::from([]));
    }
}

/// A page, or another one, signed by OpenSSL with the key in this folder.
fn signed_by_openssl(at: &Path, page: &str, options: &[&str]) -> Vec<u8> {
    let ballast = if page == "page" { 0 } else { 9 };
    std::fs::write(at.join(page), pages::with_ballast(ballast)).unwrap();
    let script = judges::workspace().join("pades/tests/fixtures/openssl_cms.py");
    let done = Command::new(judges::python())
        .current_dir(at)
        .arg(script)
        .args([page, "key.pem", "key.key", "out"])
        .args(options)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(at.join("out")).unwrap()
}

fn signed_by_pyhanko(at: &Path, page: &str) -> Vec<u8> {
    let ballast = if page == "page" { 0 } else { 9 };
    std::fs::write(at.join(page), pages::with_ballast(ballast)).unwrap();
    let done = Command::new(judges::python().with_file_name("pyhanko"))
        .current_dir(at)
        .args([
            "sign", "addsig", "--field", "One", "pemder", "--key", "key.key", "--cert", "key.pem",
        ])
        .args(["--no-pass", page, "out"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(at.join("out")).unwrap()
}

/// The algorithm of the signature itself, which only the signed attributes protect.
#[test]
fn another_algorithm_than_the_protected_one_is_told() {
    let fixtures = judges::workspace().join("pades/tests/fixtures");
    let mut pdf = std::fs::read(fixtures.join("pdfbox-pkcs7.pdf")).unwrap();
    // sha256WithRSAEncryption becomes rsaEncryption, which means the same with SHA-256 beside it.
    let named = b"2A864886F70D01010B";
    let at = pdf.windows(named.len()).rposition(|window| window == named).unwrap();
    pdf[at + named.len() - 1] = b'1';
    let root = fixtures.join("root.pem");
    let pem = std::fs::read_to_string(&root).unwrap();
    let trust = Trust::new(pades::Certificate::from_pem(&pem).unwrap());
    let failure = verify(&pdf, &trust, Timestamp::now()).first_failure().map(|check| check.code);
    assert_eq!(failure, Some(CheckCode::SignedAttributes));
    judged_alike(vec![("exchanged".into(), pdf)], &root, &trust, &BTreeMap::from([]));
}
