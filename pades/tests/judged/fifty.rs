//! Fifty certificates of each profile by each kind of key, where it lies in a file and where in a
//! token: valid to each judge, one by one.

use pades::{Pkcs11Key, Profile, RsaPadding, Signer};
use std::path::PathBuf;

use crate::authorities::Authority;
use crate::pki::{PASSWORD, Pki};
use crate::profiles::{Host, certified_at, key, root};
use crate::softhsm::{Imported, SoftHsm, apart, pin, place};
use crate::{judges, pages};

fn fifty(profile: Profile, key: &dyn Signer) {
    let (authority, folder) = (Authority("tsa1"), tempfile::tempdir().unwrap());
    let (host, root) = (Host::new(&authority), root(folder.path()));
    let shapes = pages::shapes(folder.path());
    let files: Vec<PathBuf> = shapes
        .iter()
        .cycle()
        .take(50)
        .enumerate()
        .map(|(number, (shape, page))| {
            let file = folder.path().join(format!("{number}-{shape}.pdf"));
            let signed = host.certify(profile, page, key).unwrap();
            certified_at(profile, &signed, shape);
            std::fs::write(&file, signed).unwrap();
            file
        })
        .collect();
    for file in &files {
        judges::pdfsig_at(file, profile);
    }
    judges::pyhanko_at(profile, &root, &files);
}

/// The key of a label of the test PKI, in a token.
fn in_token(hsm: &SoftHsm, label: &str) -> Pkcs11Key {
    hsm.make_token("school");
    let pkcs12 = Pki::shared().key(label);
    let imported =
        Imported { pkcs12: &pkcs12, password: PASSWORD, label, id: "01", certificates: true };
    hsm.import("school", &imported);
    Pkcs11Key::open(&place("school", label), &pin(), Vec::new(), RsaPadding::Pkcs1, 2).unwrap()
}

macro_rules! fifty {
    ($($name:ident, $of_token:ident: $profile:ident by $label:literal;)*) => {$(
        #[test]
        fn $name() {
            fifty(Profile::$profile, &key($label));
        }

        #[test]
        fn $of_token() {
            apart(concat!(module_path!(), "::", stringify!($of_token)), |hsm| {
                fifty(Profile::$profile, &in_token(hsm, $label));
            });
        }
    )*};
}
fifty! {
    b_b_rsa2048, b_b_rsa2048_in_token: BB by "rsa2048";
    b_b_rsa3072, b_b_rsa3072_in_token: BB by "rsa3072";
    b_b_p256, b_b_p256_in_token: BB by "p256";
    b_t_rsa2048, b_t_rsa2048_in_token: BT by "rsa2048";
    b_t_rsa3072, b_t_rsa3072_in_token: BT by "rsa3072";
    b_t_p256, b_t_p256_in_token: BT by "p256";
    b_lt_rsa2048, b_lt_rsa2048_in_token: BLT by "rsa2048";
    b_lt_rsa3072, b_lt_rsa3072_in_token: BLT by "rsa3072";
    b_lt_p256, b_lt_p256_in_token: BLT by "p256";
    b_lta_rsa2048, b_lta_rsa2048_in_token: BLTA by "rsa2048";
    b_lta_rsa3072, b_lta_rsa3072_in_token: BLTA by "rsa3072";
    b_lta_p256, b_lta_p256_in_token: BLTA by "p256";
}
