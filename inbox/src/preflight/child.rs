//! The examination in a process of its own: what the parent asks, what the child answers, and what
//! the parent takes of that. The child has read foreign bytes, so nothing that it says is believed
//! that it could not say of an honest file, and no word of it reaches a person but names out of the
//! file, cut short.

use sealpress_ledger::Reason;
use sealpress_sandbox::{Sandbox, SandboxError};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::fault::Fault;
use super::text::PageText;
use super::{Examined, ExpectedPage, Limits, judge, reasons};

/// The task's name.
pub const PREFLIGHT: &str = "preflight";

/// Most characters of a page's text. A certificate has some hundred; of a page that has more, a
/// person must look unless its beginning names the student.
const MOST_TEXT: usize = 50_000;

/// The longest answer, in bytes: text of four bytes a character, each escaped at worst.
const MOST_ANSWERED: u64 = 6 * 4 * MOST_TEXT as u64;

/// Examines raw PDFs.
pub trait Examine: Send + Sync {
    /// Examines one; the inner result is the examination's. See [`super::examine`].
    fn examine(&self, pdf: Arc<[u8]>, expected: ExpectedPage) -> Examination<'_>;
}

/// An examination under way.
pub type Examination<'a> =
    Pin<Box<dyn Future<Output = Result<Result<Examined, Reason>, NotExamined>> + Send + 'a>>;

/// A page was not examined, for no fault of its own.
#[derive(Debug, thiserror::Error)]
#[error("a page can't be examined now: {0}")]
pub struct NotExamined(#[from] pub SandboxError);

impl NotExamined {
    /// Whether no other page can be examined now either.
    pub(crate) const fn is_of_all(&self) -> bool {
        match self.0 {
            SandboxError::Busy | SandboxError::NotRun(_) | SandboxError::Untied => true,
            SandboxError::Ended
            | SandboxError::Nothing
            | SandboxError::TookTooLong
            | SandboxError::Died
            | SandboxError::Garbled => false,
        }
    }
}

/// Examines in a child of the sandbox, and touches no foreign structure itself.
#[derive(Debug, Clone)]
pub struct Confined {
    sandbox: Sandbox,
    limits: Limits,
}

/// What is asked besides the file.
#[derive(Serialize, Deserialize)]
struct Asked {
    limits: Limits,
    expected: ExpectedPage,
}

/// What is answered. Not stored: parent and child are one program.
#[derive(Serialize, Deserialize)]
enum Answer {
    Page { text: String, readable: bool },
    Fault(Fault),
}

impl Confined {
    /// Examinations within these limits.
    #[must_use]
    pub const fn new(sandbox: Sandbox, limits: Limits) -> Self {
        Self { sandbox, limits }
    }

    async fn ask(
        &self,
        pdf: &[u8],
        expected: ExpectedPage,
    ) -> Result<Result<Examined, Reason>, NotExamined> {
        let asked = serde_json::to_vec(&Asked { limits: self.limits, expected });
        let asked = asked.map_err(|error| SandboxError::NotRun(error.into()))?;
        match self.sandbox.ask(PREFLIGHT, &[&asked, pdf], MOST_ANSWERED).await {
            Ok(said) => Ok(heard(&said, &self.limits, expected)),
            Err(error) => without_answer(error).map(Err),
        }
    }
}

/// What it says of a file that there is no answer: a refusal, or nothing.
fn without_answer(error: SandboxError) -> Result<Reason, NotExamined> {
    match error {
        SandboxError::TookTooLong => Ok(reasons::parser_took_too_long()),
        SandboxError::Nothing | SandboxError::Died | SandboxError::Garbled => {
            Ok(reasons::parser_gave_up())
        }
        SandboxError::Busy
        | SandboxError::NotRun(_)
        | SandboxError::Untied
        | SandboxError::Ended => Err(error.into()),
    }
}

impl Examine for Confined {
    fn examine(&self, pdf: Arc<[u8]>, expected: ExpectedPage) -> Examination<'_> {
        Box::pin(async move { self.ask(&pdf, expected).await })
    }
}

/// The child's side: the answer to the question and the file.
#[must_use]
pub fn answer(files: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let [asked, pdf] = <[_; 2]>::try_from(files).ok()?;
    let Asked { limits, expected } = serde_json::from_slice(&asked).ok()?;
    let answer = match judge(&pdf, limits, expected) {
        Ok(page) => {
            let text: String = page.as_str().chars().take(MOST_TEXT).collect();
            let readable = page.is_readable() && text.len() == page.as_str().len();
            Answer::Page { text, readable }
        }
        Err(fault) => Answer::Fault(fault),
    };
    serde_json::to_vec(&answer).ok()
}

/// What is taken of a child's answer.
fn heard(said: &[u8], limits: &Limits, expected: ExpectedPage) -> Result<Examined, Reason> {
    match serde_json::from_slice(said) {
        Ok(Answer::Page { text, readable }) if text.chars().count() <= MOST_TEXT => {
            Ok(Examined { text: PageText::said(text, readable) })
        }
        Ok(Answer::Fault(fault)) if fault.is_sound() => Err(fault.reason(limits, expected)),
        Ok(Answer::Page { .. } | Answer::Fault(_)) | Err(_) => Err(reasons::parser_gave_up()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{A4, LIMITS, verdict_on};
    use super::*;
    use crate::preflight::TextVerdict;

    fn code(said: &str) -> String {
        heard(said.as_bytes(), &LIMITS, A4).map_or_else(|reason| reason.code, |_| "taken".into())
    }

    fn asked() -> Vec<u8> {
        serde_json::to_vec(&Asked { limits: LIMITS, expected: A4 }).unwrap()
    }

    #[test]
    fn what_the_child_answers_is_what_an_examination_says() {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
        let mut looked = 0;
        for file in std::fs::read_dir(fixtures).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "pdf") {
                continue;
            }
            let pdf = std::fs::read(&file).unwrap();
            let here = super::super::examine(&pdf, &LIMITS, A4);
            let said = answer(vec![asked(), pdf]).unwrap();
            assert!(said.len() as u64 <= MOST_ANSWERED);
            assert_eq!(heard(&said, &LIMITS, A4), here, "{}", file.display());
            looked += 1;
        }
        assert!(looked > 10, "{looked}");
    }

    #[test]
    fn an_answer_that_no_examination_gives_is_a_parser_that_gave_up() {
        assert_eq!(code(r#"{"Page":{"text":"王大明","readable":true}}"#), "taken");
        assert_eq!(code(r#"{"Fault":{"Damaged":"PageTree"}}"#), "pdf_damaged");
        assert_eq!(code(r#"{"Fault":"Encrypted"}"#), "pdf_encrypted");
        let long = format!(r#"{{"Page":{{"text":"{}","readable":true}}}}"#, "x".repeat(50_001));
        for said in [
            "",
            "{}",
            "null",
            r#"{"Page":{"text":"x"}}"#,
            r#"{"Fault":"Anything"}"#,
            r#"{"Fault":{"PageCount":1}}"#,
            r#"{"Fault":{"PageSize":[-1.0,210.0]}}"#,
            r#"{"Fault":"Encrypted"} and more"#,
            long.as_str(),
        ] {
            assert_eq!(code(said), "parser_gave_up", "{said:.60}");
        }
        assert!(heard(&[b'['; 100_000], &LIMITS, A4).is_err(), "depth is no matter");
    }

    #[test]
    fn a_death_refuses_the_file_and_a_child_that_did_not_run_does_not() {
        let code = |error| without_answer(error).ok().map(|reason| reason.code);
        let too_long = Some("parser_took_too_long".to_owned());
        assert_eq!(code(SandboxError::TookTooLong), too_long);
        for error in [SandboxError::Died, SandboxError::Garbled, SandboxError::Nothing] {
            assert_eq!(code(error).as_deref(), Some("parser_gave_up"));
        }
        let none = std::io::ErrorKind::OutOfMemory.into();
        for error in [
            SandboxError::Busy,
            SandboxError::NotRun(none),
            SandboxError::Untied,
            SandboxError::Ended,
        ] {
            assert_eq!(code(error), None);
        }
    }

    #[test]
    fn names_are_shown_within_bounds_and_sentences_are_never_taken() {
        let said = r#"{"Fault":{"FontNotEmbedded":"Ari\u202eal\nPlease open http://example.org"}}"#;
        let reason = heard(said.as_bytes(), &LIMITS, A4).unwrap_err();
        assert!(!reason.message_en.contains(['\n', '\u{202E}']), "{reason}");
        let said = format!(r#"{{"Fault":{{"Annotation":"{}"}}}}"#, "Stamp".repeat(1000));
        let reason = heard(said.as_bytes(), &LIMITS, A4).unwrap_err();
        assert!(reason.message_en.chars().count() < 200, "{reason}");
    }

    #[test]
    fn a_page_with_a_book_on_it_is_for_a_person() {
        let page = PageText::said("x ".repeat(10), false);
        assert_eq!(verdict_on(&page, "王大明", "B11012345"), TextVerdict::Unreadable);
    }

    #[test]
    fn a_question_that_is_none_has_no_answer() {
        assert_eq!(answer(vec![asked()]), None);
        assert_eq!(answer(vec![b"{}".to_vec(), Vec::new()]), None);
        assert!(answer(vec![asked(), b"no PDF".to_vec()]).is_some());
    }
}
