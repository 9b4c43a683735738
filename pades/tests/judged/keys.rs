//! Keys as OpenSSL makes them.

use pades::{Certificate, Pkcs12Key};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) const PASSWORD: &str = "正確 horse";

/// The kinds of key that are supported, as `openssl req -newkey` names them.
pub(crate) const KINDS: [(&str, &[&str]); 5] = [
    ("rsa2048", &["-newkey", "rsa:2048"]),
    ("rsa3072", &["-newkey", "rsa:3072"]),
    ("rsa4096", &["-newkey", "rsa:4096"]),
    ("p256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
];

/// A self-signed key of a kind, as files.
pub(crate) struct Made {
    pub(crate) p12: PathBuf,
    pub(crate) pem: PathBuf,
}

impl Made {
    pub(crate) fn open(&self) -> Pkcs12Key {
        Pkcs12Key::open(&std::fs::read(&self.p12).unwrap(), PASSWORD).unwrap()
    }

    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        Certificate::from_pem(&std::fs::read_to_string(&self.pem).unwrap()).unwrap()
    }
}

pub(crate) fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A self-signed key named `name`, exported with `export`'s options.
pub(crate) fn self_signed(folder: &Path, name: &str, newkey: &[&str], export: &[&str]) -> Made {
    let (key, pem, p12) = (format!("{name}.key"), format!("{name}.pem"), format!("{name}.p12"));
    let usage = "keyUsage=critical,digitalSignature,nonRepudiation";
    let mut arguments =
        vec!["req", "-x509", "-nodes", "-utf8", "-subj", "/O=示範大學/CN=校長", "-days", "30"];
    arguments.extend(["-addext", usage, "-keyout", &key, "-out", &pem]);
    arguments.extend(newkey);
    openssl(folder, &arguments);
    let password = format!("pass:{PASSWORD}");
    let mut arguments =
        vec!["pkcs12", "-export", "-inkey", &key, "-in", &pem, "-out", &p12, "-passout", &password];
    arguments.extend(export);
    openssl(folder, &arguments);
    Made { p12: folder.join(p12), pem: folder.join(pem) }
}
