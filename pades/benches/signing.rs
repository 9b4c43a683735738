//! How fast keys sign, beside what signs without us in the same run and on the same core: a file's
//! key beside aws-lc-rs alone and `openssl speed`, SoftHSM's beside `cryptoki` alone. Fails where
//! a file's key reaches less than 95 % of them, a token's less than 90 %, or either with the CMS
//! around its signatures less than 85 %. Seconds are those of the processor, as `openssl speed`
//! counts them.
//!
//! “sign” is the signature; “cms” is all that is made of it, without the document around it.

#![expect(clippy::unwrap_used, reason = "a measurement that can't go on ends by a panic")]

#[path = "../tests/judged/keys.rs"]
#[expect(dead_code, reason = "the tests need more kinds of keys")]
mod keys;
#[path = "signing/opponents.rs"]
mod opponents;
#[path = "../tests/softhsm/mod.rs"]
#[expect(dead_code, reason = "the tests ask more of tokens")]
mod softhsm;

use opponents::{bare, openssl_speed, token_alone};
use pades::{Pkcs11Key, RsaPadding, Signer, sign_digest};
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// How often everybody has a turn, and how long one turn is. After each block of rounds, OpenSSL
/// has its turn, which is not shorter than a second.
const BLOCKS: usize = 5;
const ROUNDS: usize = 6;
const TURN: Duration = Duration::from_millis(50);

/// What has to be reached.
const FILE: f64 = 0.95;
const TOKEN: f64 = 0.90;

/// And with the CMS made around it, which takes a microsecond: a P-256 signature takes sixteen.
const CMS: f64 = 0.85;

/// The signed attributes of a signature with SHA-256 are this long.
const MESSAGE: [u8; 170] = [0x31; 170];

/// Something that signs, once a call.
type Contender<'a> = Box<dyn FnMut() + 'a>;

fn main() -> ExitCode {
    // SoftHSM is told by the environment where its tokens are.
    let (name, _) = softhsm::SoftHsm::new().environment();
    if std::env::var_os(name).is_none() {
        let hsm = softhsm::SoftHsm::new();
        let (name, value) = hsm.environment();
        let inside = Command::new(std::env::current_exe().unwrap()).env(name, value).status();
        return if inside.unwrap().success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("{:<10}{:<24}{:>12}{:>12}{:>10}", "key", "what", "per second", "of", "part");
    let kinds = [("rsa2048", "rsa2048"), ("rsa3072", "rsa3072"), ("p256", "ecdsap256")];
    let reached = kinds.map(|(kind, openssl)| measured(kind, openssl));
    if reached == [true; 3] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measured(kind: &str, openssl: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let newkey = keys::KINDS.iter().find(|(name, _)| *name == kind).unwrap().1;
    let made = keys::self_signed(folder.path(), kind, newkey, &[]);
    let file = made.open();
    let pkcs12 = std::fs::read(&made.p12).unwrap();
    let hsm = softhsm::SoftHsm::of_environment();
    hsm.make_token(kind);
    let password = keys::PASSWORD;
    let certificates = true;
    hsm.import(
        kind,
        &softhsm::Imported { pkcs12: &pkcs12, password, label: kind, id: "01", certificates },
    );
    let place = softhsm::place(kind, kind);
    let token = Pkcs11Key::open(&place, &softhsm::pin(), Vec::new(), RsaPadding::Pkcs1, 1).unwrap();
    let digest = [0x5a; 32];

    let mut contenders: [Contender<'_>; 6] = [
        bare(&pkcs12, password, &MESSAGE),
        Box::new(|| drop(black_box(file.sign(&MESSAGE).unwrap()))),
        Box::new(|| drop(black_box(sign_digest(&digest, &file).unwrap()))),
        token_alone(kind, &MESSAGE),
        Box::new(|| drop(black_box(token.sign(&MESSAGE).unwrap()))),
        Box::new(|| drop(black_box(sign_digest(&digest, &token).unwrap()))),
    ];
    let mut rates = <[Vec<f64>; 7]>::default();
    for _ in 0..BLOCKS {
        for _ in 0..ROUNDS {
            for (sign, rates) in contenders.iter_mut().zip(&mut rates) {
                rates.push(rate(sign));
            }
        }
        rates[6].extend([openssl_speed(openssl); ROUNDS]);
    }
    let [alone, file, cms, cryptoki, token, token_cms, openssl] = &rates;
    [
        shown(kind, "sign, file", file, "aws-lc-rs", alone, FILE),
        shown(kind, "sign, file", file, "openssl", openssl, FILE),
        shown(kind, "cms, file", cms, "aws-lc-rs", alone, CMS),
        shown(kind, "cms, file", cms, "openssl", openssl, FILE),
        shown(kind, "sign, token", token, "cryptoki", cryptoki, TOKEN),
        shown(kind, "cms, token", token_cms, "cryptoki", cryptoki, CMS),
    ] == [true; 6]
}

/// Signatures per second of this thread's time.
fn rate(sign: &mut Contender<'_>) -> f64 {
    let (started, mut count) = (thread_time(), 0.0);
    loop {
        (0..4).for_each(|_| sign());
        count += 4.0;
        let took = thread_time() - started;
        if took >= TURN {
            return count / took.as_secs_f64();
        }
    }
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap()
}

/// One line of the table: the middle of all rounds' parts.
fn shown(kind: &str, what: &str, own: &[f64], of: &str, other: &[f64], least: f64) -> bool {
    let part = middle(own.iter().zip(other).map(|(own, other)| own / other).collect());
    let rate = middle(own.to_vec());
    let enough = part >= least;
    let verdict = if enough { "" } else { "  too little" };
    println!("{kind:<10}{what:<24}{rate:>12.0}{of:>12}{:>9.1}%{verdict}", part * 100.0);
    enough
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
