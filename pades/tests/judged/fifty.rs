//! Fifty certificates of each profile by each kind of key, where it lies in a file and where in a
//! token: valid to each judge, one by one.

use pades::{Profile, Signer};
use std::path::PathBuf;

use crate::authorities::Authority;
use crate::profiles::{Host, key, root};
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
            std::fs::write(&file, host.certify(profile, page, key).unwrap()).unwrap();
            file
        })
        .collect();
    for file in &files {
        judges::pdfsig_at(file, profile);
    }
    judges::pyhanko_at(profile, &root, &files);
}

macro_rules! fifty {
    ($($name:ident: $profile:ident by $key:expr;)*) => {$(
        #[test]
        fn $name() {
            fifty(Profile::$profile, &$key);
        }
    )*};
}
fifty! {
    b_b_rsa2048: BB by key("rsa2048");
    b_b_rsa3072: BB by key("rsa3072");
    b_b_p256: BB by key("p256");
    b_t_rsa2048: BT by key("rsa2048");
    b_t_rsa3072: BT by key("rsa3072");
    b_t_p256: BT by key("p256");
    b_lt_rsa2048: BLT by key("rsa2048");
    b_lt_rsa3072: BLT by key("rsa3072");
    b_lt_p256: BLT by key("p256");
    b_lta_rsa2048: BLTA by key("rsa2048");
    b_lta_rsa3072: BLTA by key("rsa3072");
    b_lta_p256: BLTA by key("p256");
}
