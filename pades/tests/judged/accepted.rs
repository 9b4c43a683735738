//! Every kind of key on every shape of file: valid to qpdf, pdfsig, pyHanko, and us.

use pades::{
    Appearance, Certification, Profile, RsaPadding, SignError, SignatureAlgorithm, Signer, Trust,
    Verdict, certify, verify,
};
use std::path::{Path, PathBuf};

use crate::{judges, keys, pages};

pub(crate) fn request() -> Certification {
    Certification {
        field: "校長簽章".into(),
        at: jiff::Timestamp::now(),
        reason: Some("學位證書".into()),
        location: Some("Taipei".into()),
        name: Some("示範大學".into()),
        appearance: Some(Appearance { resource: "Seal".into(), rect: [600.0, 60.5, 700.0, 160.5] }),
    }
}

fn judged(folder: &Path, kind: &str, newkey: &[&str]) {
    let made = keys::self_signed(folder, kind, newkey, &[]);
    let key = made.open();
    let trust = Trust::new(made.certificates());
    let mut files: Vec<PathBuf> = Vec::new();
    for (shape, page) in pages::shapes(folder) {
        let signed = certify(&page, &request(), &key).unwrap();
        assert_eq!(&signed[..page.len()], page, "the bytes before are untouched");
        let ours = verify(&signed, &trust, jiff::Timestamp::now());
        assert_eq!(ours.verdict, Verdict::Valid, "{kind} {shape}: {:?}", ours.first_failure());
        assert!(ours.certifies(Profile::BB) && ours.is_sound_certification());
        assert_eq!((ours.covered, ours.appended), (Some(signed.len()), None));
        let file = folder.join(format!("{kind}-{shape}.pdf"));
        std::fs::write(&file, &signed).unwrap();
        judges::qpdf(&file);
        judges::pdfsig(&file);
        files.push(file);
    }
    let (ok, lines) = judges::pyhanko(&made.pem, &files);
    assert!(ok, "{lines:#?}");
    for line in lines {
        let attributes =
            serde_json::json!(["content_type", "message_digest", "signing_certificate_v2"]);
        assert_eq!(line["signed_attributes"], attributes);
    }
}

macro_rules! judged {
    ($($kind:ident)*) => {$(
        #[test]
        fn $kind() {
            let folder = tempfile::tempdir().unwrap();
            let (name, newkey) = keys::KINDS.into_iter().find(|(name, _)| *name == stringify!($kind)).unwrap();
            judged(folder.path(), name, newkey);
        }
    )*};
}
judged!(rsa2048 rsa3072 rsa4096 p256 p384);

#[test]
fn pss_is_accepted_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys::self_signed(folder.path(), "key", keys::KINDS[1].1, &[]);
    let key = made.open().with_padding(RsaPadding::Pss);
    assert_eq!(key.algorithm(), SignatureAlgorithm::RsaPssSha256);
    let signed = certify(&pages::classic(), &request(), &key).unwrap();
    let ours = verify(&signed, &Trust::new(made.certificates()), jiff::Timestamp::now());
    assert_eq!(ours.verdict, Verdict::Valid, "{:?}", ours.first_failure());
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, signed).unwrap();
    judges::pdfsig(&file);
    let (ok, lines) = judges::pyhanko(&made.pem, &[file]);
    assert!(ok, "{lines:#?}");
}

/// The same certificate from real print systems.
#[test]
fn what_real_producers_write_can_be_certified() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys::self_signed(folder.path(), "key", keys::KINDS[0].1, &[]);
    let (key, trust) = (made.open(), Trust::new(made.certificates()));
    let mut unseen = request();
    unseen.appearance = None;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(judges::workspace().join("tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with(".pdf") || name.contains("encrypted") {
            continue;
        }
        let signed = certify(&std::fs::read(&path).unwrap(), &unseen, &key).unwrap();
        let ours = verify(&signed, &trust, jiff::Timestamp::now());
        assert_eq!(ours.verdict, Verdict::Valid, "{name}: {:?}", ours.first_failure());
        let file = folder.path().join(name);
        std::fs::write(&file, &signed).unwrap();
        judges::pdfsig(&file);
        files.push(file);
    }
    assert!(files.len() >= 10, "{files:?}");
    let (ok, lines) = judges::pyhanko(&made.pem, &files);
    assert!(ok, "{lines:#?}");
}

#[test]
fn a_form_that_is_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys::self_signed(folder.path(), "key", keys::KINDS[0].1, &[]);
    let signed = certify(&pages::with_form("Note"), &request(), &made.open()).unwrap();
    let ours = verify(&signed, &Trust::new(made.certificates()), jiff::Timestamp::now());
    assert_eq!(ours.verdict, Verdict::Valid, "{:?}", ours.first_failure());
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, &signed).unwrap();
    judges::qpdf(&file);
    assert!(judges::pyhanko(&made.pem, &[file]).0);

    let document = lopdf::Document::load_mem(&signed).unwrap();
    let form = document.get_dict_in_dict(document.catalog().unwrap(), b"AcroForm").unwrap();
    assert_eq!(form.get(b"Fields").unwrap().as_array().unwrap().len(), 2);
    assert_eq!(document.get_page_annotations((3, 0)).unwrap().len(), 2);

    let mut taken = request();
    taken.field = "Note".into();
    let refused = certify(&pages::with_form("Note"), &taken, &made.open());
    assert_eq!(refused.unwrap_err(), SignError::FieldExists("Note".into()));
}

#[test]
fn without_an_appearance_it_is_invisible_and_just_as_valid() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys::self_signed(folder.path(), "key", keys::KINDS[3].1, &[]);
    let mut unseen = request();
    unseen.appearance = None;
    let signed = certify(&pages::classic(), &unseen, &made.open()).unwrap();
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, &signed).unwrap();
    judges::pdfsig(&file);
    assert!(judges::pyhanko(&made.pem, &[file]).0);
}

#[test]
fn the_same_certification_by_rsa_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let key = keys::self_signed(folder.path(), "key", keys::KINDS[0].1, &[]).open();
    let request = request();
    let once = certify(&pages::classic(), &request, &key).unwrap();
    assert_eq!(certify(&pages::classic(), &request, &key).unwrap(), once);
}
