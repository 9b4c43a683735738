//! What the signature of a file is worth: of an archived one looked at in this process, of any
//! other in a child of the sandbox, which is believed as far as a foreign file can get. No foreign
//! file is `valid`, whatever is said of its signature.

use jiff::Timestamp;
use pades::{Certificate, CheckCode, Trust, Verification};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::Line;
use crate::preview::{Preview, PreviewError};

/// The child's task.
pub(crate) const SIGNATURE: &str = "signature";

/// Most characters of what a child says in one place: a message, a signer's name.
const LONGEST: usize = 1000;

/// Most checks: all of them, of each signature that a file can have.
const MOST_CHECKS: usize = 32 * CheckCode::ALL.len();

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    /// Whether every check was run and passed.
    pub(super) holds: bool,
    /// In order; what could not be checked is left out.
    pub(super) checks: Vec<Line>,
    /// The signer, as the certificate names him; believed only where its chain was.
    pub(super) signer: Option<String>,
    /// When it was signed, as the file says.
    pub(super) signed_at: Option<Timestamp>,
}

impl Signature {
    /// Of bytes that this house wrote.
    pub(super) fn of_own(pdf: &[u8], roots: &[Certificate], now: Timestamp) -> Self {
        pades::verify(pdf, &Trust::new(roots.to_vec()), now).into()
    }

    /// Of anybody's bytes.
    ///
    /// # Errors
    /// [`PreviewError`] where it can't be looked at now; what is the file's fault is an answer.
    pub(super) async fn of_foreign(
        pdf: &[u8],
        roots: &[Certificate],
        now: Timestamp,
        children: &Preview,
    ) -> Result<Self, PreviewError> {
        let seconds = now.as_second().to_le_bytes();
        let files: Vec<&[u8]> =
            [pdf, &seconds].into_iter().chain(roots.iter().map(Certificate::der)).collect();
        match children.ask(SIGNATURE, &files).await {
            Ok(answer) => Ok(Self::read(&answer).unwrap_or_else(Self::unread)),
            Err(error) if error.is_of_the_file() => Ok(Self::unread()),
            Err(error) => Err(error),
        }
    }

    /// Whether a check was run and passed.
    pub(super) fn passed(&self, code: CheckCode) -> bool {
        self.checks.iter().any(|check| check.code == code.as_str() && check.passed)
    }

    /// A child's answer, if it is such as a child can give.
    fn read(answer: &[u8]) -> Option<Self> {
        let said: Self = serde_json::from_slice(answer).ok()?;
        let short =
            |text: &str| text.chars().count() <= LONGEST && !text.contains(char::is_control);
        let known = |line: &Line| CheckCode::ALL.iter().any(|code| code.as_str() == line.code);
        let each = |line: &Line| known(line) && short(&line.message_zh) && short(&line.message_en);
        let sound = said.checks.len() <= MOST_CHECKS
            && said.checks.iter().all(each)
            && said.signer.as_deref().is_none_or(short);
        sound.then_some(said)
    }

    /// Of a file that made its reader fail.
    fn unread() -> Self {
        let line = Line {
            code: CheckCode::Document.as_str().into(),
            passed: false,
            message_zh: "檔案無法讀取，或讀取時超過限制".into(),
            message_en: "the file can't be read, or only beyond the limits".into(),
        };
        Self { holds: false, checks: vec![line], signer: None, signed_at: None }
    }
}

impl From<Verification> for Signature {
    fn from(verification: Verification) -> Self {
        Self {
            holds: verification.certifies(pades::Profile::BB),
            checks: verification.checks.iter().map(Line::from).collect(),
            // A stranger's certificate may name him at any length, and in any characters.
            signer: verification.signer.as_ref().map(|signer| {
                let name = signer.subject();
                name.chars().filter(|one| !one.is_control()).take(LONGEST).collect()
            }),
            signed_at: verification.claimed_at,
        }
    }
}

impl From<&pades::Check> for Line {
    fn from(check: &pades::Check) -> Self {
        Self {
            code: Cow::Borrowed(check.code.as_str()),
            passed: check.passed,
            message_zh: Cow::Borrowed(check.message_zh),
            message_en: Cow::Borrowed(check.message_en),
        }
    }
}

/// The child's side.
pub(crate) fn answer(files: &[Vec<u8>]) -> Option<Vec<u8>> {
    let [pdf, seconds, roots @ ..] = files else { return None };
    let seconds = i64::from_le_bytes(seconds.as_slice().try_into().ok()?);
    let now = Timestamp::from_second(seconds).ok()?;
    let roots: Option<Vec<Certificate>> =
        roots.iter().map(|der| Certificate::from_der(der).ok()).collect();
    serde_json::to_vec(&Signature::of_own(pdf, &roots?, now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered() -> Vec<u8> {
        answer(&[b"%PDF-1.7\n%%EOF\n".to_vec(), 0_i64.to_le_bytes().to_vec()]).unwrap()
    }

    #[test]
    fn what_a_child_says_is_what_was_found() {
        let at = Timestamp::UNIX_EPOCH;
        let found = Signature::of_own(b"%PDF-1.7\n%%EOF\n", &[], at);
        assert!(!found.holds && !found.passed(CheckCode::Document));
        assert_eq!(Signature::read(&answered()), Some(found));
        assert_eq!(answer(&[b"%PDF-".to_vec()]), None, "no time");
        assert_eq!(answer(&[vec![], vec![0; 8], b"no certificate".to_vec()]), None);
    }

    #[test]
    fn what_no_child_can_say_is_not_believed() {
        let said = String::from_utf8(answered()).unwrap();
        for (from, to) in [
            ("\"document\"", "\"ledger\""),
            ("\"document\"", "\"in_force\""),
            ("\"signer\":null", "\"signer\":\"a\\nb\""),
            ("\"signer\":null", "\"signer\":null,\"archived\":true"),
            ("\"message_en\":\"", &format!("\"message_en\":\"{}", "x".repeat(LONGEST + 1))),
        ] {
            assert!(said.contains(from), "{said}");
            assert_eq!(Signature::read(said.replace(from, to).as_bytes()), None, "{to}");
        }
        assert_eq!(Signature::read(b"{}"), None);
    }
}
