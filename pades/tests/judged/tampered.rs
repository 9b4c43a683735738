//! What was done to a file after signing, and which check tells.

use pades::KeyKind;
use pades::trial::{self, TrialRequest};
use pades::{
    CheckCode, Pkcs12Key, Profile, SignError, Trust, Validity, Verdict, Verification, certify,
    verify,
};
use std::process::Command;

use crate::accepted::request;
use crate::keys::{PASSWORD, openssl, self_signed};
use crate::{judges, pages};

struct Signed {
    bytes: Vec<u8>,
    trust: Trust,
    key: Pkcs12Key,
}

pub(crate) fn trial_key() -> (Pkcs12Key, Trust) {
    let from = jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    let until = from.checked_add(jiff::SignedDuration::from_hours(48)).unwrap();
    let made = trial::make(
        &TrialRequest {
            organization: "示範大學".into(),
            common_name: "校長".into(),
            validity: Validity { from, until },
            serial: [7; 16],
            key: KeyKind::P256,
        },
        PASSWORD,
    )
    .unwrap();
    (Pkcs12Key::open(&made.pkcs12, PASSWORD).unwrap(), Trust::new(vec![made.certificate]))
}

fn signed() -> Signed {
    let (key, trust) = trial_key();
    let bytes = certify(&pages::classic(), &request(), &key).unwrap();
    Signed { bytes, trust, key }
}

impl Signed {
    fn verify(&self, bytes: &[u8]) -> Verification {
        verify(bytes, &self.trust, jiff::Timestamp::now())
    }

    /// Where the file has `text`, once.
    fn find(&self, text: &str) -> usize {
        let found: Vec<usize> = self
            .bytes
            .windows(text.len())
            .enumerate()
            .filter(|(_, at)| *at == text.as_bytes())
            .map(|(at, _)| at)
            .collect();
        assert_eq!(found.len(), 1, "{text}");
        found[0]
    }

    /// The four numbers of /ByteRange.
    fn byte_range(&self) -> [usize; 4] {
        let text = String::from_utf8_lossy(&self.bytes[self.find("/ByteRange [")..]).into_owned();
        let inside = text.split_once('[').unwrap().1.split_once(']').unwrap().0;
        let numbers: Vec<usize> = inside.split(' ').map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    }

    /// The file with another /ByteRange of the same width.
    fn with_byte_range(&self, range: &str) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = self.find("/ByteRange [") + "/ByteRange ".len();
        let end = self.find("/Contents <");
        bytes[at..end].fill(b' ');
        bytes[at..at + range.len()].copy_from_slice(range.as_bytes());
        bytes
    }

    /// The file with other bytes as its CMS.
    fn with_contents(&self, cms: &[u8]) -> Vec<u8> {
        let [_, from, to, _] = self.byte_range();
        let mut hex: Vec<u8> =
            cms.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
        assert!(hex.len() <= to - from - 2, "the CMS has room");
        hex.resize(to - from - 2, b'0');
        let mut bytes = self.bytes.clone();
        bytes[from + 1..to - 1].copy_from_slice(&hex);
        bytes
    }

    fn contents(&self) -> Vec<u8> {
        let [_, from, to, _] = self.byte_range();
        let hex = std::str::from_utf8(&self.bytes[from + 1..to - 1]).unwrap();
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect()
    }
}

fn failures(verification: &Verification) -> Vec<CheckCode> {
    verification.checks.iter().filter(|check| !check.passed).map(|check| check.code).collect()
}

#[test]
fn a_flipped_bit_is_told_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (key, trust) = trial_key();
    for (shape, page) in pages::shapes(folder.path()) {
        let mut bytes = certify(&page, &request(), &key).unwrap();
        let now = jiff::Timestamp::now();
        assert_eq!(verify(&bytes, &trust, now).verdict, Verdict::Valid);
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(
                verify(&bytes, &trust, now).verdict,
                Verdict::NotValid,
                "{shape}, byte {at}"
            );
            bytes[at] ^= 1;
        }
    }
}

#[test]
fn the_check_names_what_was_changed() {
    let signed = signed();
    for (text, with, code) in [
        ("0.9 0.9 1 rg", "0.1 0.9 1 rg", CheckCode::Digest),
        ("1 0 0 RG", "0 1 0 RG", CheckCode::Digest),
        ("(Taipei)", "(TAIPEI)", CheckCode::Digest),
        (
            "/SubFilter /ETSI.CAdES.detached",
            "/SubFilter /adbe.pkcs7.detachet",
            CheckCode::SubFilter,
        ),
        ("/P 2/V", "/P 4/V", CheckCode::DocMdp),
        ("/P 2/V", "/P 3/V", CheckCode::Digest),
        ("/DocMDP 8 0 R", "/DocMDP 9 0 R", CheckCode::Certification),
        ("/Perms ", "/Terms ", CheckCode::Digest),
        ("/M (D:20", "/M (D:30", CheckCode::SigningTime),
        ("/Contents <", "/Kontents <", CheckCode::ByteRange),
        ("/ByteRange [", "/ByteSange [", CheckCode::ByteRange),
        ("/V 8 0 R", "/V 9 0 R", CheckCode::Certification),
        ("/FT /Sig", "/FT /Btn", CheckCode::Signatures),
        ("%PDF-1.7", "%PNG-1.7", CheckCode::Document),
    ] {
        let mut bytes = signed.bytes.clone();
        let at = signed.find(text);
        bytes[at..at + with.len()].copy_from_slice(with.as_bytes());
        let ours = signed.verify(&bytes);
        assert_eq!(ours.first_failure().map(|check| check.code), Some(code), "{text}");
    }
}

#[test]
fn whatever_is_appended_is_told() {
    let signed = signed();
    let update = {
        // A new content stream for the page, as an incremental update: the classic shadow.
        let body = "\n4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n";
        let at = signed.bytes.len() + 1;
        let start = signed.bytes.len() + body.len();
        let former = String::from_utf8_lossy(&signed.bytes)
            .rsplit_once("startxref\n")
            .unwrap()
            .1
            .lines()
            .next()
            .unwrap()
            .to_owned();
        format!(
            "{body}xref\n4 1\n{at:010} 00000 n \ntrailer\n<</Size 10/Root 1 0 R/Prev {former}>>\nstartxref\n{start}\n%%EOF\n"
        )
    };
    for appended in ["% nothing\n", "%%EOF\n", &update] {
        let mut bytes = signed.bytes.clone();
        bytes.extend(appended.bytes());
        let ours = signed.verify(&bytes);
        assert_eq!(failures(&ours), [CheckCode::LaterRevisions], "{appended:?}");
        assert_eq!((ours.covered, ours.appended), (Some(signed.bytes.len()), Some(appended.len())));
    }
    // A line's end more changes nothing, but it is not the file that was certified.
    for appended in [" ", "\n"] {
        let mut bytes = signed.bytes.clone();
        bytes.extend(appended.bytes());
        let ours = signed.verify(&bytes);
        assert_eq!(
            (ours.verdict, ours.certifies(Profile::BB)),
            (Verdict::Valid, false),
            "{appended:?}"
        );
        assert_eq!((ours.covered, ours.appended), (Some(signed.bytes.len()), Some(appended.len())));
    }
}

#[test]
fn a_range_that_lies_is_told() {
    let signed = signed();
    let [_, a, b, c] = signed.byte_range();
    for range in [
        format!("[1 {a} {b} {c}]"),
        format!("[0 {} {b} {c}]", a - 1),
        format!("[0 {} {b} {c}]", a + 1),
        format!("[0 {a} {} {}]", b + 1, c - 1),
        format!("[0 {a} {} {}]", b - 1, c + 1),
        format!("[0 {a} {b} {}]", c - 10),
        format!("[0 {a} {b} {}]", c + 1),
        format!("[0 {b} {a} {c}]"),
        format!("[0 {a} {b}]"),
        format!("[0 {a} {b} -{c}]"),
        format!("[0 {a} {b} {c} 0]"),
        format!("[null 0 {a} {b} {c}]"),
        format!("[0 {a} {b} 9223372036854775807]"),
        format!("[0 0 0 {}]", signed.bytes.len()),
        "[]".into(),
        "null".into(),
    ] {
        let ours = signed.verify(&signed.with_byte_range(&range));
        assert_eq!(failures(&ours), [CheckCode::ByteRange], "{range}");
    }
}

#[test]
fn another_signature_in_its_place_is_told() {
    let signed = signed();
    let genuine = signed.contents();

    let other = certify(
        &pages::through_qpdf(tempfile::tempdir().unwrap().path(), &[]),
        &request(),
        &signed.key,
    )
    .unwrap();
    let other = Signed { bytes: other, trust: signed.trust.clone(), key: trial_key().0 };
    assert_eq!(
        failures(&signed.verify(&signed.with_contents(&other.contents()))),
        [CheckCode::Digest]
    );

    let (stranger, _) = trial_key();
    let strangers = certify(&pages::classic(), &request(), &stranger).unwrap();
    assert_eq!(failures(&signed.verify(&strangers)), [CheckCode::Chain]);

    let end = genuine.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut garbage = genuine.clone();
    *garbage.last_mut().unwrap() = 1;
    assert!(end < garbage.len() - 1);
    assert_eq!(failures(&signed.verify(&signed.with_contents(&garbage))), [CheckCode::Contents]);
    assert_eq!(failures(&signed.verify(&signed.with_contents(&[]))), [CheckCode::Contents]);
    assert_eq!(
        failures(&signed.verify(&signed.with_contents(b"\x30\x84\xff\xff\xff\xff"))),
        [CheckCode::Contents]
    );
    assert_eq!(
        failures(&signed.verify(&signed.with_contents(b"\x30\x03\x02\x01\x00"))),
        [CheckCode::Cms]
    );
}

/// CMS of OpenSSL over the same bytes: sound in itself, but not B-B.
#[test]
fn a_cms_that_is_not_b_b_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let small = self_signed(at, "small", &["-newkey", "rsa:2048"], &[]);
    // Room for what OpenSSL adds: a file prepared by an RSA-4096 key.
    let made = self_signed(at, "key", &["-newkey", "rsa:4096"], &[]);
    let key = made.open();
    let signed = Signed {
        bytes: certify(&pages::classic(), &request(), &key).unwrap(),
        trust: Trust::new(made.certificates()),
        key,
    };
    let [_, a, b, _] = signed.byte_range();
    std::fs::write(at.join("covered"), [&signed.bytes[..a], &signed.bytes[b..]].concat()).unwrap();
    let trust = Trust::new(small.certificates());
    for (options, expected) in [
        (["-cades", "-nosmimecap"].as_slice(), [].as_slice()),
        (&["-nosmimecap"], &[]),
        (&["-noattr"], &[CheckCode::Cms]),
        (&["-nodetach", "-noattr", "-in", "small.ext"], &[CheckCode::Cms]),
        (&["-nocerts", "-cades", "-nosmimecap"], &[CheckCode::Cms]),
    ] {
        std::fs::write(at.join("small.ext"), b"x").unwrap();
        let mut arguments =
            vec!["cms", "-sign", "-binary", "-md", "sha256", "-outform", "DER", "-out", "cms"];
        arguments.extend(["-signer", "small.pem", "-inkey", "small.key"]);
        if !options.contains(&"-in") {
            arguments.extend(["-in", "covered"]);
        }
        arguments.extend(options);
        openssl(at, &arguments);
        let bytes = signed.with_contents(&std::fs::read(at.join("cms")).unwrap());
        let ours = verify(&bytes, &trust, jiff::Timestamp::now());
        assert_eq!(failures(&ours), expected, "{options:?}");
        assert!(!ours.certifies(Profile::BB), "{options:?}: a signing time is no B-B");
    }
}

#[test]
fn a_cut_file_and_noise_are_refused_without_a_panic() {
    let signed = signed();
    for cut in (0..signed.bytes.len()).step_by(61) {
        assert_eq!(signed.verify(&signed.bytes[..cut]).verdict, Verdict::NotValid, "cut at {cut}");
    }
    for noise in
        [b"".as_slice(), b"%PDF-", b"%PDF-1.7\nstartxref\n0\n%%EOF", b"PK\x03\x04", &[0xFF; 4096]]
    {
        let ours = signed.verify(noise);
        assert_eq!(failures(&ours), [CheckCode::Document]);
        assert_eq!(certify(noise, &request(), &signed.key).unwrap_err(), SignError::NotPdf);
    }
}

#[test]
fn what_can_not_be_certified_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let signed = signed();
    assert_eq!(
        certify(&signed.bytes, &request(), &signed.key).unwrap_err(),
        SignError::AlreadySigned
    );
    let encrypted = pages::through_qpdf(folder.path(), &["--encrypt", "", "owner", "256", "--"]);
    assert_eq!(certify(&encrypted, &request(), &signed.key).unwrap_err(), SignError::Encrypted);
    let locked = pages::through_qpdf(folder.path(), &["--encrypt", "user", "owner", "256", "--"]);
    assert_eq!(certify(&locked, &request(), &signed.key).unwrap_err(), SignError::Encrypted);
    let mut wrong = request();
    wrong.appearance.as_mut().unwrap().resource = "F".into();
    assert_eq!(
        certify(&pages::classic(), &wrong, &signed.key).unwrap_err(),
        SignError::NoAppearance("F".into())
    );
}

/// pyHanko as the producer: same verdicts as on our own files.
#[test]
fn what_pyhanko_signs_is_judged_alike() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = self_signed(at, "key", &["-newkey", "rsa:2048"], &[]);
    std::fs::write(at.join("in.pdf"), pages::classic()).unwrap();
    let trust = Trust::new(made.certificates());
    let add = |from: &str, to: &str, options: &[&str]| {
        let done = Command::new(judges::python().with_file_name("pyhanko"))
            .current_dir(at)
            .args(["sign", "addsig"])
            .args(options)
            .args(["pemder", "--key", "key.key", "--cert", "key.pem", "--no-pass", from, to])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read(at.join(to)).unwrap()
    };
    let now = jiff::Timestamp::now();
    let certified = add("in.pdf", "certified.pdf", &["--field", "One", "--use-pades", "--certify"]);
    let ours = verify(&certified, &trust, now);
    assert_eq!(failures(&ours), [], "{:?}", ours.first_failure());
    assert!(
        ours.certifies(Profile::BB) && judges::pyhanko(&made.pem, &[at.join("certified.pdf")]).0
    );

    // Valid, and yet not what is demanded of a certificate.
    add("in.pdf", "approved.pdf", &["--field", "One", "--use-pades"]);
    add("in.pdf", "plain.pdf", &["--field", "One", "--certify"]);
    add("certified.pdf", "twice.pdf", &["--field", "Two", "--use-pades"]);
    for file in ["approved.pdf", "plain.pdf", "twice.pdf"] {
        let ours = verify(&std::fs::read(at.join(file)).unwrap(), &trust, now);
        assert_eq!(failures(&ours), [], "{file}: {:?}", ours.first_failure());
        assert!(
            !ours.certifies(Profile::BB) && !judges::pyhanko(&made.pem, &[at.join(file)]).0,
            "{file}"
        );
    }
}
