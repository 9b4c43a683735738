//! The stage, with trial keys and pages made here.

use super::*;
use lopdf::{Document, Object, Stream, dictionary};
use pades::KeyKind;
use pades::trial::{self, TrialKey, TrialRequest};
use pades::{Trust, Validity, Verdict};
use sealpress_config::{KeyPlace, Secret};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const NOW: &str = "2026-06-15T08:30:00Z";

fn clock(at: &str) -> Clock {
    let at: Timestamp = at.parse().unwrap();
    Arc::new(move || at)
}

fn trial_key() -> TrialKey {
    let validity = Validity {
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        until: "2026-12-31T00:00:00Z".parse().unwrap(),
    };
    let request = TrialRequest {
        organization: "示範大學".into(),
        common_name: "校長".into(),
        validity,
        serial: [1; 16],
        key: KeyKind::P256,
    };
    trial::make(&request, "pass").unwrap()
}

fn put(file: &Path, bytes: &[u8]) {
    std::fs::write(file, bytes).unwrap();
    open_to(file, 0o600);
}

fn open_to(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn put_key(home: &Path, password: &str) -> TrialKey {
    let made = trial_key();
    put(&home.join("school.p12"), &made.pkcs12);
    put(&home.join("school.password"), format!("{password}\n").as_bytes());
    put(&home.join("school.pem"), made.certificate.to_pem().unwrap().as_bytes());
    made
}

fn sign(home: &Path, now: &str) -> Sign {
    Sign::new(&Home::new(home), &settings(), &TimeZone::UTC, clock(now))
}

fn settings() -> config::Sign {
    config::Sign {
        profile: config::Profile::BB,
        key: KeyPlace::File(Secret::File("school.p12".into())),
        password: Secret::File("school.password".into()),
        chain: Vec::new(),
        padding: config::Padding::Pkcs1,
        sessions: 1,
        next: None,
        trust: vec!["school.pem".into()],
        tsa: Vec::new(),
        tsa_trust: Vec::new(),
        patience: config::Span::secs(1),
        reason: "學位證書".into(),
        location: String::new(),
    }
}

fn page() -> Vec<u8> {
    page_with(b"0 0 1 1 re f")
}

/// A page whose seal is drawn so.
fn page_with(drawing: &[u8]) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let seal = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), 1.into(), 1.into()],
    };
    let seal = document.add_object(Stream::new(seal, drawing.to_vec()));
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages,
        "MediaBox" => vec![0.into(), 0.into(), 842.into(), 595.into()],
        "Resources" => dictionary! { "XObject" => dictionary! { "Seal" => seal } },
    });
    let kids: Vec<Object> = vec![page.into()];
    document.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 });
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

fn seal() -> SealPlace {
    SealPlace { resource: "Seal".into(), rect: [600.0, 60.0, 700.0, 160.0] }
}

fn code(error: Option<StageError>) -> (bool, String) {
    let error = error.unwrap();
    (matches!(error, StageError::Hold(_)), error.reason().code.clone())
}

#[test]
fn what_is_signed_verifies_and_can_be_taken_up() {
    let home = tempfile::tempdir().unwrap();
    let made = put_key(home.path(), "pass");
    let signed = sign(home.path(), NOW).inner.sign(&page(), &seal()).unwrap();
    let now = NOW.parse().unwrap();
    let verified = pades::verify(signed.bytes(), &Trust::new(vec![made.certificate]), now);
    assert_eq!(verified.verdict, Verdict::Valid, "{:?}", verified.first_failure());
    assert_eq!(verified.claimed_at, Some(now));

    let bytes = signed.into_bytes();
    assert_eq!(Signed::reopen(bytes.clone()).unwrap().bytes(), bytes);
    let mut changed = bytes;
    changed[20] ^= 1;
    assert_eq!(Signed::reopen(changed).err().unwrap().code, "signed_file_changed");
    assert_eq!(Signed::reopen(page()).err().unwrap().code, "signed_file_changed");
}

#[test]
fn a_key_that_is_missing_holds_until_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    let stage = sign(home.path(), NOW);
    let missing = stage.inner.sign(&page(), &seal()).err();
    assert_eq!(code(missing), (true, "key_unreadable".into()));
    put_key(home.path(), "wrong");
    assert_eq!(code(stage.inner.sign(&page(), &seal()).err()), (true, "key_unusable".into()));
    put_key(home.path(), "pass");
    assert!(stage.inner.sign(&page(), &seal()).is_ok());
}

#[test]
fn a_key_that_others_can_read_holds_until_it_is_closed() {
    let home = tempfile::tempdir().unwrap();
    put_key(home.path(), "pass");
    for name in ["school.p12", "school.password"] {
        let file = home.path().join(name);
        open_to(&file, 0o640);
        let stage = sign(home.path(), NOW);
        let open = stage.inner.sign(&page(), &seal()).err();
        assert_eq!(code(open), (true, "key_too_open".into()), "{name}");
        open_to(&file, 0o600);
        assert!(stage.inner.sign(&page(), &seal()).is_ok());
    }
}

#[test]
fn a_certificate_that_has_ended_holds() {
    let home = tempfile::tempdir().unwrap();
    put_key(home.path(), "pass");
    for outside in ["2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"] {
        let stage = sign(home.path(), outside);
        let ended = stage.inner.sign(&page(), &seal()).err();
        assert_eq!(code(ended), (true, "key_out_of_date".into()));
    }
}

#[test]
fn what_does_not_verify_is_not_used_and_another_key_is_looked_for() {
    let home = tempfile::tempdir().unwrap();
    put_key(home.path(), "pass");
    let stranger = trial_key().certificate.to_pem().unwrap();
    put(&home.path().join("school.pem"), stranger.as_bytes());
    let stage = sign(home.path(), NOW);
    let unfit = stage.inner.sign(&page(), &seal()).err();
    assert_eq!(code(unfit), (true, "signature_unfit".into()));
    put_key(home.path(), "pass");
    assert!(stage.inner.sign(&page(), &seal()).is_ok());
}

#[test]
fn what_can_not_be_signed_is_rejected() {
    let home = tempfile::tempdir().unwrap();
    put_key(home.path(), "pass");
    let stage = sign(home.path(), NOW);
    let signed = stage.inner.sign(&page(), &seal()).unwrap().into_bytes();
    let elsewhere = SealPlace { resource: "Other".into(), ..seal() };
    // Signed, two readers might see two documents: no reason to hold all others.
    let twofold = page_with(b"0 0 1 1 re f % /XRefStm ");
    for refused in [
        stage.inner.sign(&twofold, &seal()),
        stage.inner.sign(b"no PDF", &seal()),
        stage.inner.sign(&signed, &seal()),
        stage.inner.sign(&page(), &elsewhere),
    ] {
        assert_eq!(code(refused.err()), (false, "not_signable".into()));
    }
}

fn next(from: &str) -> config::NextKey {
    config::NextKey {
        from: from.parse().unwrap(),
        key: KeyPlace::File(Secret::File("next.p12".into())),
        password: Secret::File("next.password".into()),
        chain: Vec::new(),
    }
}

/// Whose certificate a signature names.
fn signer(signed: &Signed) -> Vec<u8> {
    let verified = pades::verify(signed.bytes(), &Trust::default(), NOW.parse().unwrap());
    verified.signer.unwrap().der().to_vec()
}

#[test]
fn the_next_key_takes_over_at_the_first_moment_of_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (put_key(folder.path(), "pass"), trial_key());
    let taipei = TimeZone::get("Asia/Taipei").unwrap();
    put(&folder.path().join("next.pem"), new.certificate.to_pem().unwrap().as_bytes());
    let settings = config::Sign {
        next: Some(next("2026-06-15")),
        trust: vec!["school.pem".into(), "next.pem".into()],
        ..settings()
    };
    let at = |now| Sign::new(&Home::new(folder.path()), &settings, &taipei, clock(now)).inner;
    let before = at("2026-06-14T15:59:59Z");
    assert_eq!(signer(&before.sign(&page(), &seal()).unwrap()), old.certificate.der());
    // The one whose day is over is not taken where the next is missing.
    let after = at("2026-06-14T16:00:00Z");
    assert_eq!(code(after.sign(&page(), &seal()).err()), (true, "key_unreadable".into()));
    put(&folder.path().join("next.p12"), &new.pkcs12);
    put(&folder.path().join("next.password"), b"pass");
    assert_eq!(signer(&after.sign(&page(), &seal()).unwrap()), new.certificate.der());
}

#[test]
fn the_check_tells_the_dates_or_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (home, now) = (Home::new(folder.path()), NOW.parse().unwrap());
    let settings = config::Sign { next: Some(next("2026-07-01")), ..settings() };
    let check = || Sign::check(&home, &settings, &TimeZone::UTC, now);
    let fails = |note: &KeyNote| match note {
        KeyNote::Fails(reason) => reason.code.clone(),
        KeyNote::Opens(_) => panic!("it opens"),
    };
    let both: Vec<String> = check().iter().map(fails).collect();
    assert_eq!(both, ["key_unreadable", "key_unreadable"]);
    let made = put_key(folder.path(), "pass");
    let notes = check();
    let KeyNote::Opens(dates) = &notes[0] else { panic!("{notes:?}") };
    let validity = made.certificate.validity();
    assert_eq!(
        (dates.from, dates.until, dates.ends_first),
        (validity.from, validity.until, validity.until)
    );
    assert!(dates.complete, "it is trusted itself");
    assert_eq!(fails(&notes[1]), "key_unreadable");
}
