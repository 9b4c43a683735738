//! The program under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository's folder.
///
/// # Panics
/// Never: this crate stands in a folder of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the repository")
}

/// The binary `sealpress`: `SEALPRESS_BIN`, or the one that was built beside this test, or, where
/// there is none yet, a fresh one.
///
/// # Panics
/// When it does not build.
pub fn sealpress() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("SEALPRESS_BIN") {
            return path.into();
        }
        // target/debug/deps/journeys-… → target/debug/sealpress
        let test = std::env::current_exe().expect("a test knows its own file");
        let folder = test.ancestors().nth(2).expect("tests are built two folders deep");
        let binary = folder.join("sealpress");
        if !binary.exists() {
            let built = Command::new(env!("CARGO"))
                .args(["build", "--locked", "-p", "sealpress-console"])
                .current_dir(repository())
                .status()
                .expect("cargo runs");
            assert!(built.success(), "sealpress does not build");
        }
        binary
    })
}

/// The library that moves a program's clock (libfaketime).
///
/// # Panics
/// When it is not installed.
#[must_use]
pub fn faketime() -> PathBuf {
    let architecture = std::env::consts::ARCH;
    let file = format!("/usr/lib/{architecture}-linux-gnu/faketime/libfaketimeMT.so.1");
    assert!(Path::new(&file).exists(), "{file} is not there (tests/setup.sh)");
    file.into()
}
