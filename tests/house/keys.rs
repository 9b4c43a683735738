//! The signing key has one way into memory: lane press, by the stage that signs.

use std::collections::BTreeSet;

use crate::{files_with, shown};

/// The source files, tests and benchmarks aside, that hold `text`.
fn files_with_text(text: &str) -> BTreeSet<String> {
    files_with("rs")
        .iter()
        .filter(|file| std::fs::read_to_string(file).expect("sources are UTF-8").contains(text))
        .map(|file| shown(file))
        .filter(|file| !["/tests", "/benches"].iter().any(|part| file.contains(part)))
        .filter(|file| !file.starts_with("tests/"))
        .collect()
}

/// What strangers send is verified in a child of the sandbox.
#[test]
fn foreign_signatures_are_read_by_nobody_who_has_something_to_lose() {
    let found = files_with_text(concat!("pades::", "verify("));
    let may = [
        // The archive's own bytes, by their digest in the ledger.
        "console/src/cli/audit.rs",
        // Own bytes here, foreign ones in the child.
        "console/src/verdict/signature.rs",
        // What this lane signed.
        "stages/src/sign.rs",
    ];
    assert_eq!(found, may.map(str::to_owned).into());
    let own = concat!("Signature::", "of_own");
    let may = [
        "console/src/verdict.rs",
        "console/src/verdict/changed.rs",
        "console/src/verdict/signature.rs",
    ];
    assert_eq!(files_with_text(own), may.map(str::to_owned).into());
}

#[test]
fn the_signing_key_is_opened_by_its_stage_alone() {
    for (what, may) in [
        // Put together, so that this file is not found by itself.
        (concat!("Pkcs12Key", "::open"), vec!["stages/src/sign/opening.rs"]),
        // Certificates that come back from a CA are shown to be the key's before they are written.
        (
            concat!("Pkcs11Key", "::open"),
            vec!["pades/src/key/pkcs11/new.rs", "stages/src/sign/opening.rs"],
        ),
        // The stage, and `keys`, with which a person makes a key and sees that it works.
        (
            concat!("open_", "key("),
            vec![
                "console/src/cli/keys/ring.rs",
                "stages/src/sign/keys.rs",
                "stages/src/sign/opening.rs",
            ],
        ),
        // `doctor` opens it for its dates, and closes it again.
        (concat!("Sign", "::check"), vec!["console/src/cli/doctor.rs"]),
        // Only a process that runs the stage has one.
        (concat!("Sign", "::new"), vec!["pipeline/src/stations.rs"]),
        // Where `keys` looks when no other key is named.
        (concat!(".sign", ".key"), vec!["console/src/cli/keys/ring.rs"]),
    ] {
        let found = files_with_text(what);
        let may: BTreeSet<String> = may.into_iter().map(str::to_owned).collect();
        assert_eq!(found, may, "{what}");
    }
}
