//! Passwords: what makes a good one, and their hashes (Argon2id).

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use sealpress_ledger::Reason;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes at the same time, of 19 MiB each: a flood of logins waits here, and not in memory.
const AT_ONCE: usize = 2;
/// Fewest characters of a password.
const SHORTEST: usize = 12;
/// Of so many characters, it may be of any kind.
const LONG: usize = 20;
/// Fewest characters of it that differ.
const DIFFERENT: usize = 6;
/// What guessers try first, whatever digits and signs follow.
const OBVIOUS: [&str; 16] = [
    "password",
    "passw",
    "passwort",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "abcdefgh",
    "admin",
    "administrator",
    "letmein",
    "welcome",
    "iloveyou",
    "changeme",
    "sealpress",
    "certificate",
    "university",
];
/// What is verified where there is no password: the hash of bits that nobody kept, so that an
/// unknown name takes as long as a known one.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies passwords, at most two at a time. Cheap to clone; all clones share the
/// limit.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a password, as it is stored (PHC string).
    ///
    /// # Errors
    /// There is no memory for it.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> io::Result<String> {
        let password = password.to_owned();
        self.in_turn(move || {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(io::Error::other)
        })
        .await
    }

    /// Whether it is the password of this hash. Without a hash it takes as long, and is not.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> io::Result<bool> {
        let (password, known) = (password.to_owned(), hash.is_some());
        let hash = hash.unwrap_or(NOBODYS).to_owned();
        self.in_turn(move || Ok(is_of(&password, &hash)? && known)).await
    }

    /// Whether it is the password of one of these hashes.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(crate) async fn is_among(&self, password: &str, hashes: Vec<String>) -> io::Result<bool> {
        let password = password.to_owned();
        self.in_turn(move || {
            for hash in hashes {
                if is_of(&password, &hash)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// The permit goes with the work: who asked may have gone, the work goes on.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(io::Error::other)?;
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        worked.await.map_err(io::Error::other)?
    }
}

/// Argon2id with the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes.
fn argon2() -> io::Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(io::Error::other)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_of(password: &str, hash: &str) -> io::Result<bool> {
    let hash = PasswordHash::new(hash).map_err(io::Error::other)?;
    match argon2()?.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// Whether a password may be taken by the person of this name.
///
/// # Errors
/// Why not, and what to do.
pub(crate) fn check(name: &str, password: &str) -> Result<(), Reason> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(weak("too_short", ["密碼太短。", "The password is too short."]));
    }
    let different: BTreeSet<char> = password.chars().collect();
    if length < LONG && kinds(password) < 3 {
        return Err(weak(
            "too_plain",
            ["密碼的字元種類太少。", "The password has too few kinds of characters."],
        ));
    }
    if password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(weak("has_name", ["密碼裡有帳號名稱。", "The password contains your name."]));
    }
    if different.len() < DIFFERENT || is_obvious(password) {
        return Err(weak("obvious", ["這個密碼太容易猜到。", "The password is easily guessed."]));
    }
    Ok(())
}

/// That a password was used not long ago.
pub(crate) fn used_before() -> Reason {
    weak(
        "used_before",
        ["密碼不可與最近三次使用過的相同。", "The password is one of your last three."],
    )
}

fn kinds(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        char::is_lowercase,
        char::is_uppercase,
        |c| c.is_ascii_digit(),
        |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_ascii_digit(),
    ];
    kinds.iter().filter(|kind| password.chars().any(**kind)).count()
}

/// What is left when all around the letters is dropped, and the usual signs among them are read as
/// the letters that they stand for, is a word that guessers know.
fn is_obvious(password: &str) -> bool {
    let lower = password.to_lowercase();
    let word = lower.trim_matches(|c: char| !c.is_ascii_lowercase()).chars().map(|c| match c {
        '@' => 'a',
        '0' => 'o',
        '3' => 'e',
        '$' => 's',
        c => c,
    });
    let word: String = word.collect();
    OBVIOUS.contains(&word.as_str()) || password.chars().all(|c| c.is_ascii_digit())
}

fn weak(code: &str, message: [&str; 2]) -> Reason {
    Reason::new(
        code,
        message,
        [
            "請用 12 個字元以上，含大寫、小寫、數字、符號其中三種；或 20 個字元以上的任意文字。不可含帳號名稱，也不可與最近三次的密碼相同。",
            "Take 12 characters or more of at least three kinds (small, capital, digit, other), or \
             20 or more of any kind; without your name, and none of your last three.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<String> {
        check("wang", password).err().map(|reason| reason.code)
    }

    #[test]
    fn good_passwords_are_taken_and_weak_ones_say_why() {
        for good in [
            "Blue-Kettle-42",
            "correct horse battery staple",
            "藍色水壺與四十二隻會唱歌的小貓咪在屋頂上",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
        for (weak, why) in [
            ("Ab1!Ab1!Ab1", "too_short"),
            ("bluekettle42", "too_plain"),
            ("Wang-Kettle-42", "has_name"),
            ("Password-1234", "obvious"),
            ("P@ssw0rd-1234", "obvious"),
            ("Aa1Aa1Aa1Aa1", "obvious"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", "obvious"),
            ("12345678901234567890", "obvious"),
        ] {
            assert_eq!(refused(weak).as_deref(), Some(why), "{weak}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_of_its_password_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("Blue-Kettle-42", [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("Blue-Kettle-42", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("Blue-Kettle-43", Some(&hash)).await.unwrap());
        assert_ne!(hash, passwords.hash("Blue-Kettle-42", [8; 16]).await.unwrap());
        assert!(passwords.is_among("Blue-Kettle-42", vec![NOBODYS.into(), hash]).await.unwrap());
    }

    /// Were its parameters others than those of a real hash, an unknown name would answer sooner.
    #[tokio::test]
    async fn nobodys_hash_costs_what_a_real_one_costs() {
        let real = Passwords::new().hash("Blue-Kettle-42", [7; 16]).await.unwrap();
        let costs = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            (hash.algorithm, hash.version, hash.params, hash.hash.map(|hash| hash.len()))
        };
        assert_eq!(costs(NOBODYS), costs(&real));
        assert!(!Passwords::new().verify("Blue-Kettle-42", None).await.unwrap());
    }
}
