//! Tokens of a second implementation, OpenSSL's, by every kind of key, digest and way of naming
//! the certificate that authorities use.

use jiff::Timestamp;
use pades::{Certificate, TimestampError, TimestampRequest, Token, Trust};
use std::path::Path;

use crate::authorities::nonce;
use crate::keys::openssl;

const IMPRINT: [u8; 32] = [9; 32];

/// A timestamp authority of its own.
fn authority(at: &Path, newkey: &[&str]) {
    let mut arguments = vec![
        "req",
        "-x509",
        "-nodes",
        "-subj",
        "/CN=Authority",
        "-days",
        "30",
        "-keyout",
        "key.key",
        "-out",
        "key.pem",
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
    ];
    arguments.extend(newkey);
    openssl(at, &arguments);
}

/// What OpenSSL answers with that authority, signing with `digest`, and naming the certificate
/// by `named`.
fn asked(at: &Path, digest: &str, named: &str) -> Result<Token, TimestampError> {
    let request = TimestampRequest::new(&IMPRINT, nonce());
    std::fs::write(at.join("query"), request.to_der().unwrap()).unwrap();
    let configuration = format!(
        "[tsa]\ndefault_tsa=it\n[it]\nserial=serial\ncrypto_device=builtin\nsigner_cert=key.pem\n\
         signer_key=key.key\ncerts=key.pem\nsigner_digest={digest}\ndefault_policy=1.2.3.4\n\
         digests=sha256\naccuracy=secs:1,millisecs:500,microsecs:100\nclock_precision_digits=3\n\
         ordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg={named}\n"
    );
    std::fs::write(at.join("tsa.cnf"), configuration).unwrap();
    openssl(at, &["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]);
    let reply = std::fs::read(at.join("reply")).unwrap();
    let root = Certificate::from_pem(&std::fs::read_to_string(at.join("key.pem")).unwrap());
    let trust = Trust::default().with_timestamp_roots(root.unwrap());
    request.accept(&reply, &trust, Timestamp::now())
}

#[test]
fn every_kind_of_key_and_digest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for newkey in [
        ["-newkey", "rsa:2048"].as_slice(),
        &["-newkey", "rsa:4096"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ] {
        authority(at, newkey);
        for digest in ["sha256", "sha384", "sha512"] {
            for named in ["sha1", "sha256", "sha512"] {
                let token = asked(at, digest, named);
                assert!(token.is_ok(), "{newkey:?} {digest} {named}: {:?}", token.unwrap_err());
            }
        }
    }
}
