//! What the signature of a file is worth: of an archived one looked at in this process, of any
//! other in a child of the sandbox, which is believed as far as a foreign file can get. No foreign
//! file is `valid`, whatever is said of its signature.

use jiff::Timestamp;
use pades::{Certificate, CheckCode, Profile, Trust, Verdict, Verification};
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
    /// Whether it is a certification as this house makes them: every check was run and passed, and
    /// nothing was changed after it.
    pub(crate) holds: bool,
    /// Whether it is any signature that every check speaks for.
    pub(crate) valid: bool,
    /// In order; what could not be checked is left out.
    pub(crate) checks: Vec<Line>,
    /// The signer, as the certificate names him; believed only where its chain was.
    pub(crate) signer: Option<String>,
    /// The baseline profile of PAdES that the file meets.
    pub(crate) profile: Option<Cow<'static, str>>,
    /// When it was signed, as the signer says.
    pub(crate) signed_at: Option<Timestamp>,
    /// When it existed, as its timestamp proves.
    pub(crate) timestamped_at: Option<Timestamp>,
    /// When all that verifying takes was closed in, as the document timestamp proves.
    pub(crate) document_timestamp_at: Option<Timestamp>,
}

/// Whom we trust, as bytes that a child can be given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trusted {
    /// Whom signatures must lead to.
    pub(crate) roots: Vec<Certificate>,
    /// Whom timestamps may lead to besides.
    pub(crate) timestamp_roots: Vec<Certificate>,
}

impl Trusted {
    /// The same, for the verifier.
    pub(crate) fn trust(&self) -> Trust {
        let trust = Trust::new(self.roots.clone());
        match self.timestamp_roots.as_slice() {
            [] => trust,
            roots => trust.with_timestamp_roots(roots.to_vec()),
        }
    }
}

impl Signature {
    /// Of bytes that this house wrote.
    pub(super) fn of_own(pdf: &[u8], trusted: &Trusted, now: Timestamp) -> Self {
        pades::verify(pdf, &trusted.trust(), now).into()
    }

    /// Of anybody's bytes.
    ///
    /// # Errors
    /// [`PreviewError`] where it can't be looked at now; what is the file's fault is an answer.
    pub(crate) async fn of_foreign(
        pdf: &[u8],
        trusted: &Trusted,
        now: Timestamp,
        children: &Preview,
    ) -> Result<Self, PreviewError> {
        let seconds = now.as_second().to_le_bytes();
        let (roots, timestamp_roots) = (&trusted.roots, &trusted.timestamp_roots);
        let count = u64::try_from(roots.len()).unwrap_or(u64::MAX).to_le_bytes();
        let certificates = roots.iter().chain(timestamp_roots).map(Certificate::der);
        let files: Vec<&[u8]> = [pdf, &seconds, &count].into_iter().chain(certificates).collect();
        match children.ask(SIGNATURE, &files).await {
            Ok(answer) => Ok(Self::read(&answer).unwrap_or_else(Self::unread)),
            Err(error) if error.is_of_the_file() => Ok(Self::unread()),
            Err(error) => Err(error),
        }
    }

    /// Whether a check was run, and passed for every signature for which it was.
    pub(super) fn passed(&self, code: CheckCode) -> bool {
        let mut run = self.checks.iter().filter(|check| check.code == code.as_str()).peekable();
        run.peek().is_some() && run.all(|check| check.passed)
    }

    /// What a valid signature has at the least.
    fn every_check_passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
            && self.passed(CheckCode::Signature)
            && self.passed(CheckCode::Chain)
    }

    /// The same, with what it says of signer and times only as far as those are trusted.
    pub(crate) fn into_trusted(self) -> Self {
        let chain = self.passed(CheckCode::Chain);
        let stamped = chain && self.passed(CheckCode::TimestampChain);
        Self {
            signer: self.signer.filter(|_| chain),
            signed_at: self.signed_at.filter(|_| chain),
            profile: self.profile.filter(|_| chain),
            timestamped_at: self.timestamped_at.filter(|_| stamped),
            document_timestamp_at: self.document_timestamp_at.filter(|_| stamped),
            ..self
        }
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
            && said.signer.as_deref().is_none_or(short)
            && said.profile.as_deref().is_none_or(|profile| profile.parse::<Profile>().is_ok())
            && (!said.valid || said.every_check_passed())
            && (!said.holds || said.valid);
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
        Self {
            holds: false,
            valid: false,
            checks: vec![line],
            signer: None,
            profile: None,
            signed_at: None,
            timestamped_at: None,
            document_timestamp_at: None,
        }
    }
}

impl From<Verification> for Signature {
    fn from(verification: Verification) -> Self {
        Self {
            holds: verification.certifies(Profile::BB),
            valid: verification.verdict == Verdict::Valid,
            checks: said_once(&verification.checks),
            // A stranger's certificate may name him at any length, and in any characters.
            signer: verification.signer.as_ref().map(|signer| {
                let name = signer.subject();
                name.chars().filter(|one| !one.is_control()).take(LONGEST).collect()
            }),
            profile: verification.profile.map(|profile| Cow::Borrowed(profile.as_str())),
            signed_at: verification.claimed_at,
            timestamped_at: verification.timestamped_at,
            document_timestamp_at: verification.archived_at,
        }
    }
}

/// The checks, each as often as it says something else: a document timestamp is checked much as
/// the signature is, and what passed there too need not be read twice.
fn said_once(checks: &[pades::Check]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in checks.iter().map(Line::from) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
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
    let [pdf, seconds, count, certificates @ ..] = files else { return None };
    let seconds = i64::from_le_bytes(seconds.as_slice().try_into().ok()?);
    let now = Timestamp::from_second(seconds).ok()?;
    let count = u64::from_le_bytes(count.as_slice().try_into().ok()?);
    let (roots, timestamp_roots) = certificates.split_at_checked(usize::try_from(count).ok()?)?;
    let read = |ders: &[Vec<u8>]| -> Option<Vec<Certificate>> {
        ders.iter().map(|der| Certificate::from_der(der).ok()).collect()
    };
    let trusted = Trusted { roots: read(roots)?, timestamp_roots: read(timestamp_roots)? };
    serde_json::to_vec(&Signature::of_own(pdf, &trusted, now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered() -> Vec<u8> {
        answer(&[b"%PDF-1.7\n%%EOF\n".to_vec(), vec![0; 8], vec![0; 8]]).unwrap()
    }

    #[test]
    fn what_a_child_says_is_what_was_found() {
        let at = Timestamp::UNIX_EPOCH;
        let found = Signature::of_own(b"%PDF-1.7\n%%EOF\n", &Trusted::default(), at);
        assert!(!found.holds && !found.passed(CheckCode::Document));
        assert_eq!(Signature::read(&answered()), Some(found));
        assert_eq!(answer(&[b"%PDF-".to_vec()]), None, "no time");
        assert_eq!(answer(&[vec![], vec![0; 8], vec![0; 8], b"no certificate".to_vec()]), None);
        let more = 1_u64.to_le_bytes().to_vec();
        assert_eq!(answer(&[vec![], vec![0; 8], more]), None, "a root that is not there");
    }

    #[test]
    fn what_no_child_can_say_is_not_believed() {
        let said = String::from_utf8(answered()).unwrap();
        for (from, to) in [
            ("\"document\"", "\"ledger\""),
            ("\"document\"", "\"in_force\""),
            ("\"signer\":null", "\"signer\":\"a\\nb\""),
            ("\"signer\":null", "\"signer\":null,\"archived\":true"),
            ("\"profile\":null", "\"profile\":\"best\""),
            ("\"valid\":false", "\"valid\":true"),
            ("\"holds\":false", "\"holds\":true"),
            ("\"message_en\":\"", &format!("\"message_en\":\"{}", "x".repeat(LONGEST + 1))),
        ] {
            assert!(said.contains(from), "{said}");
            assert_eq!(Signature::read(said.replace(from, to).as_bytes()), None, "{to}");
        }
        assert_eq!(Signature::read(b"{}"), None);
    }
}
