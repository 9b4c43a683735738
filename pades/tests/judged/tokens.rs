//! Keys on tokens: SoftHSM2's.

use pades::{
    KeyError, Pin, Pkcs11Key, RsaPadding, Signer, Trust, Verdict, certify, check_key, verify,
};

use std::path::Path;

use crate::accepted::request;
use crate::keys::{self, PASSWORD, self_signed};
use crate::softhsm::{self, Imported, SoftHsm, apart, pin, place};
use crate::{judges, pages};

/// A key of the kind on the token `token`, labelled with the kind, its certificate beside it.
fn import(hsm: &SoftHsm, folder: &Path, token: &str, kind: &str) -> keys::Made {
    let newkey = keys::KINDS.into_iter().find(|(name, _)| *name == kind).unwrap().1;
    let made = self_signed(folder, kind, newkey, &[]);
    let pkcs12 = std::fs::read(&made.p12).unwrap();
    hsm.import(
        token,
        &Imported {
            pkcs12: &pkcs12,
            password: PASSWORD,
            label: kind,
            id: "0a01",
            certificates: true,
        },
    );
    made
}

fn open(token: &str, key: &str, sessions: usize) -> Result<Pkcs11Key, KeyError> {
    Pkcs11Key::open(&place(token, key), &pin(), Vec::new(), RsaPadding::Pkcs1, sessions)
}

#[test]
fn every_kind_of_key_on_a_token_signs() {
    apart(concat!(module_path!(), "::every_kind_of_key_on_a_token_signs"), |hsm| {
        for (kind, padding) in [
            ("rsa2048", RsaPadding::Pkcs1),
            ("rsa2048", RsaPadding::Pss),
            ("rsa3072", RsaPadding::Pkcs1),
            ("rsa4096", RsaPadding::Pss),
            ("p256", RsaPadding::Pkcs1),
            ("p384", RsaPadding::Pkcs1),
        ] {
            let token = format!("{kind} {padding:?}");
            let folder = tempfile::tempdir().unwrap();
            hsm.make_token(&token);
            let made = import(hsm, folder.path(), &token, kind);
            let key =
                Pkcs11Key::open(&place(&token, kind), &pin(), Vec::new(), padding, 2).unwrap();
            assert_eq!(key.chain(), made.certificates(), "{token}");
            check_key(&key).unwrap();
            let signed = certify(&pages::classic(), &request(), &key).unwrap();
            let ours = verify(&signed, &Trust::new(made.certificates()), jiff::Timestamp::now());
            assert_eq!(ours.verdict, Verdict::Valid, "{token}: {:?}", ours.first_failure());
            let file = folder.path().join("signed.pdf");
            std::fs::write(&file, signed).unwrap();
            judges::pdfsig(&file);
            let (ok, lines) = judges::pyhanko(&made.pem, &[file]);
            assert!(ok, "{token}: {lines:#?}");
        }
    });
}

#[test]
fn what_is_missing_is_told_apart() {
    apart(concat!(module_path!(), "::what_is_missing_is_told_apart"), |hsm| {
        let folder = tempfile::tempdir().unwrap();
        hsm.make_token("one");
        let made = import(hsm, folder.path(), "one", "p256");
        let pkcs12 = std::fs::read(&made.p12).unwrap();
        let bare = Imported {
            pkcs12: &pkcs12,
            password: PASSWORD,
            label: "bare",
            id: "0b",
            certificates: false,
        };
        for label in ["other", "twin", "twin"] {
            hsm.make_token(label);
        }
        hsm.import("other", &bare);
        let said = |token, key| open(token, key, 1).unwrap_err();
        assert_eq!(said("none", "p256"), KeyError::TokenNotFound);
        assert!(said("none", "p256").may_pass());
        assert_eq!(said("one", "none"), KeyError::KeyNotFound);
        assert_eq!(said("other", "bare"), KeyError::NoTokenCertificate);
        let mut elsewhere = place("one", "p256");
        elsewhere.module = "/nowhere/libpkcs11.so".into();
        let missing =
            Pkcs11Key::open(&elsewhere, &pin(), Vec::new(), RsaPadding::Pkcs1, 1).unwrap_err();
        assert!(matches!(missing, KeyError::ModuleUnusable(_)), "{missing}");

        let given =
            |chain| Pkcs11Key::open(&place("other", "bare"), &pin(), chain, RsaPadding::Pkcs1, 1);
        assert_eq!(given(made.certificates()).unwrap().chain(), made.certificates());
        let stranger = self_signed(folder.path(), "stranger", keys::KINDS[3].1, &[]);
        let wrong = given(stranger.certificates()).unwrap_err();
        assert_eq!(wrong, KeyError::KeyAndCertificateDiffer);
        hsm.import("other", &Imported { id: "0c", ..bare });
        assert_eq!(said("other", "bare"), KeyError::SeveralTokenKeys);
        let mut one = place("other", "bare");
        one.key.id = Some(vec![0x0c]);
        let chain = made.certificates();
        Pkcs11Key::open(&one, &pin(), chain, RsaPadding::Pkcs1, 1).unwrap();
        assert_eq!(said("twin", "bare"), KeyError::SeveralTokens);
    });
}

/// A card locks after a few: what counts is what the token was asked, which SoftHSM tells by the
/// flag that it raises at the first wrong PIN.
#[test]
fn a_wrong_pin_is_tried_once() {
    apart(concat!(module_path!(), "::a_wrong_pin_is_tried_once"), |hsm| {
        let folder = tempfile::tempdir().unwrap();
        hsm.make_token("one");
        import(hsm, folder.path(), "one", "p256");
        let with = |text: &str| {
            let pin = Pin::new(text.into());
            Pkcs11Key::open(&place("one", "p256"), &pin, Vec::new(), RsaPadding::Pkcs1, 2)
        };
        let asked = || hsm.user_pin_count_low("one");
        assert!(!asked());
        assert_eq!(with("654321").unwrap_err(), KeyError::PinWrong);
        assert!(asked(), "it was tried");
        with(softhsm::PIN).unwrap();
        assert!(!asked(), "the right PIN is taken, and forgives");
        assert_eq!(with("654321").unwrap_err(), KeyError::PinWrong);
        assert!(!asked(), "it was not tried again");
        assert_eq!(with("6543210").unwrap_err(), KeyError::PinWrong);
        assert!(asked(), "another one is tried");
        assert_eq!(format!("{:?}", Pin::new("654321".into())), "Pin");
    });
}

/// The module's state is the process's, so that what this test does to it happens to the key too.
#[test]
fn a_token_that_was_reset_is_logged_into_again() {
    apart(concat!(module_path!(), "::a_token_that_was_reset_is_logged_into_again"), |hsm| {
        let folder = tempfile::tempdir().unwrap();
        hsm.make_token("one");
        import(hsm, folder.path(), "one", "rsa2048");
        let key = open("one", "rsa2048", 3).unwrap();
        check_key(&key).unwrap();

        let module = cryptoki::context::Pkcs11::new(softhsm::module()).unwrap();
        let [slot, _] = module.get_slots_with_token().unwrap()[..] else { panic!("one token") };
        let session = module.open_ro_session(slot).unwrap();
        session.logout().unwrap();
        check_key(&key).expect("logged out");

        module.clone().finalize().unwrap();
        check_key(&key).expect("the module was ended");

        let (at, away) = (hsm.tokens(), hsm.tokens().with_extension("away"));
        std::fs::rename(&at, &away).unwrap();
        std::fs::create_dir(&at).unwrap();
        let _ = module.finalize();
        let gone = check_key(&key).unwrap_err();
        assert!(gone.may_pass(), "{gone}");
        std::fs::remove_dir(&at).unwrap();
        std::fs::rename(&away, &at).unwrap();
        check_key(&key).expect("the token is back");
    });
}

#[test]
fn twenty_threads_share_four_sessions() {
    apart(concat!(module_path!(), "::twenty_threads_share_four_sessions"), |hsm| {
        let folder = tempfile::tempdir().unwrap();
        hsm.make_token("one");
        import(hsm, folder.path(), "one", "p256");
        let key = open("one", "p256", 4).unwrap();
        // SoftHSM gives handles by counting, so that two sessions tell how many came between.
        let module = cryptoki::context::Pkcs11::new(softhsm::module()).unwrap();
        let slot = module.get_slots_with_initialized_token().unwrap()[0];
        let probe = || module.open_ro_session(slot).unwrap();
        let before = probe();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..25).for_each(|_| check_key(&key).unwrap()));
            }
        });
        let between = probe().handle() - before.handle() - 1;
        assert!((1..=3).contains(&between), "{between} sessions besides the first");
    });
}

#[test]
fn a_card_that_asks_for_the_pin_each_time_is_given_it() {
    apart(concat!(module_path!(), "::a_card_that_asks_for_the_pin_each_time_is_given_it"), |hsm| {
        let folder = tempfile::tempdir().unwrap();
        hsm.make_token("card");
        let made = self_signed(folder.path(), "key", keys::KINDS[0].1, &[]);
        hsm.import_asking_each_time("card", &folder.path().join("key.key"), "seal");

        // The token does ask: without the PIN, what was begun ends.
        let key = |padding| {
            Pkcs11Key::open(&place("card", "seal"), &pin(), made.certificates(), padding, 2)
        };
        let opened = key(RsaPadding::Pkcs1).unwrap();
        let module = cryptoki::context::Pkcs11::new(softhsm::module()).unwrap();
        let slot = module.get_slots_with_initialized_token().unwrap()[0];
        let session = module.open_ro_session(slot).unwrap();
        let label = cryptoki::object::Attribute::Label(b"seal".to_vec());
        let handle = session.find_objects(&[label]).unwrap()[0];
        session.sign(&cryptoki::mechanism::Mechanism::RsaPkcs, handle, b"unasked").unwrap_err();

        for padding in [RsaPadding::Pkcs1, RsaPadding::Pss] {
            let key = key(padding).unwrap();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| (0..5).for_each(|_| check_key(&key).unwrap()));
                }
            });
        }
        check_key(&opened).unwrap();
    });
}
