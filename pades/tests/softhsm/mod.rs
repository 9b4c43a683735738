//! Tokens of SoftHSM2 for tests, each test's in a folder of its own.
//!
//! SoftHSM learns from the environment where its tokens are, and a process can have one such
//! place, so that a test which speaks with a token itself runs [`apart`]. A test that starts a
//! program instead gives it [`SoftHsm::environment`].

use pades::{KeyName, Pin, TokenName, TokenPlace};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The PIN of every token.
pub(crate) const PIN: &str = "123456";

const CONFIGURATION: &str = "SOFTHSM2_CONF";

/// A folder of tokens.
pub(crate) struct SoftHsm {
    folder: PathBuf,
    /// The folder's owner; a test that runs apart has it in its parent.
    _owned: Option<tempfile::TempDir>,
}

/// A private key in a token, and the certificates to put beside it.
pub(crate) struct Imported<'a> {
    /// The key and, unless `certificates` is false, its certificates, as PKCS#12.
    pub(crate) pkcs12: &'a [u8],
    /// What opens it.
    pub(crate) password: &'a str,
    /// Label of the key and its certificate.
    pub(crate) label: &'a str,
    /// Its id, in hexadecimal.
    pub(crate) id: &'a str,
    /// Whether the certificates of the PKCS#12 file are put onto the token too.
    pub(crate) certificates: bool,
}

impl SoftHsm {
    /// An empty folder of tokens.
    pub(crate) fn new() -> Self {
        let owned = tempfile::tempdir().unwrap();
        let folder = owned.path().to_owned();
        let tokens = folder.join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.join("softhsm2.conf"), text).unwrap();
        Self { folder, _owned: Some(owned) }
    }

    /// The folder that this process's environment names.
    pub(crate) fn of_environment() -> Self {
        let configuration = PathBuf::from(std::env::var_os(CONFIGURATION).unwrap());
        Self { folder: configuration.parent().unwrap().to_owned(), _owned: None }
    }

    /// What a program that uses these tokens must have in its environment.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        (CONFIGURATION, self.folder.join("softhsm2.conf"))
    }

    /// The folder in which the tokens' files are, one folder a token.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// A new token with [`PIN`].
    pub(crate) fn make_token(&self, label: &str) {
        self.run(
            "softhsm2-util",
            &["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "87654321"],
        );
    }

    /// Put a key, and the certificates beside it, onto the token of that label.
    pub(crate) fn import(&self, token: &str, what: &Imported<'_>) {
        let work = tempfile::tempdir().unwrap();
        let at = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
        let (p12, pem, key) = (at("key.p12"), at("key.pem"), at("key.p8"));
        std::fs::write(&p12, what.pkcs12).unwrap();
        let password = format!("pass:{}", what.password);
        self.run(
            "openssl",
            &["pkcs12", "-in", &p12, "-passin", &password, "-nodes", "-nocerts", "-out", &pem],
        );
        self.run("openssl", &["pkcs8", "-topk8", "-nocrypt", "-in", &pem, "-out", &key]);
        self.run(
            "softhsm2-util",
            &[
                "--import", &key, "--token", token, "--pin", PIN, "--label", what.label, "--id",
                what.id,
            ],
        );
        if what.certificates {
            self.run(
                "openssl",
                &["pkcs12", "-in", &p12, "-passin", &password, "-nokeys", "-out", &pem],
            );
            let text = std::fs::read_to_string(&pem).unwrap();
            let certificates = pades::Certificate::from_pem(&text).unwrap();
            for (number, certificate) in certificates.iter().enumerate() {
                let der = at("one.der");
                std::fs::write(&der, certificate.der()).unwrap();
                let issuer = format!("{}{number:02x}", what.id);
                let id = if number == 0 { what.id } else { &issuer };
                self.write_certificate(token, Path::new(&der), what.label, id);
            }
        }
    }

    /// Put an RSA key (PEM) onto the token of that label, whose PIN is asked before each of its
    /// signatures, as cards do.
    pub(crate) fn import_asking_each_time(&self, token: &str, pem: &Path, label: &str) {
        let work = tempfile::tempdir().unwrap();
        let der = work.path().join("key.der");
        let (pem, der) = (pem.to_str().unwrap(), der.to_str().unwrap());
        self.run("openssl", &["rsa", "-in", pem, "-traditional", "-outform", "DER", "-out", der]);
        let module = module();
        let module = module.to_str().unwrap();
        let login = ["--module", module, "--token-label", token, "--login", "--pin", PIN];
        let key = ["--write-object", der, "--type", "privkey", "--label", label, "--id", "0d"];
        self.run("pkcs11-tool", &[&login[..], &key, &["--usage-sign", "--always-auth"]].concat());
    }

    /// Put a certificate (DER) onto the token of that label.
    pub(crate) fn write_certificate(&self, token: &str, der: &Path, label: &str, id: &str) {
        let (module, der) = (module(), der.to_str().unwrap());
        self.run(
            "pkcs11-tool",
            &[
                "--module",
                module.to_str().unwrap(),
                "--token-label",
                token,
                "--login",
                "--pin",
                PIN,
                "--write-object",
                der,
                "--type",
                "cert",
                "--label",
                label,
                "--id",
                id,
            ],
        );
    }

    /// Whether the token of that label says that a wrong PIN was tried since the right one.
    pub(crate) fn user_pin_count_low(&self, token: &str) -> bool {
        let module = module();
        let said = self.run("pkcs11-tool", &["--module", module.to_str().unwrap(), "--list-slots"]);
        let slots = said.split("\nSlot ");
        let shown = slots.into_iter().find(|slot| slot.contains(&format!(": {token}\n"))).unwrap();
        shown.contains("user PIN count low")
    }

    /// What lies on the token of that label, as `pkcs11-tool` lists it.
    pub(crate) fn objects(&self, token: &str) -> String {
        let module = module();
        let module = module.to_str().unwrap();
        let arguments = ["--module", module, "--token-label", token, "--login", "--pin", PIN];
        self.run("pkcs11-tool", &[&arguments[..], &["--list-objects"]].concat())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let (name, value) = self.environment();
        let done = Command::new(program)
            .args(arguments)
            .env(name, value)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{program} {arguments:?}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }
}

/// SoftHSM's library.
pub(crate) fn module() -> PathBuf {
    ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm", "/usr/lib64/pkcs11"]
        .into_iter()
        .map(|folder| Path::new(folder).join("libsofthsm2.so"))
        .find(|path| path.exists())
        .expect("SoftHSM2 is installed")
}

/// Where the key of that label is on the token of that label.
pub(crate) fn place(token: &str, key: &str) -> TokenPlace {
    TokenPlace {
        module: module(),
        token: TokenName::Label(token.to_owned()),
        key: KeyName { label: Some(key.to_owned()), id: None },
    }
}

/// [`PIN`].
pub(crate) fn pin() -> Pin {
    Pin::new(PIN.to_owned())
}

/// Run the rest of a test in a process of its own, which uses an empty folder of tokens. `test`
/// is `concat!(module_path!(), "::", …)` with the test's name.
pub(crate) fn apart(test: &str, body: impl FnOnce(&SoftHsm)) {
    const TEST: &str = "SEALPRESS_TEST_APART";
    if std::env::var(TEST).is_ok_and(|asked| asked == test) {
        return body(&SoftHsm::of_environment());
    }
    let hsm = SoftHsm::new();
    let (name, value) = hsm.environment();
    // The test harness leaves the crate's name out.
    let (_, path) = test.split_once("::").unwrap();
    let done = Command::new(std::env::current_exe().unwrap())
        .args([path, "--exact", "--nocapture", "--test-threads=1"])
        .env(name, value)
        .env(TEST, test)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && out.contains("1 passed"), "{}\n{out}\n{err}", done.status);
}
