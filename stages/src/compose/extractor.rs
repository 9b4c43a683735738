//! Who reads a raw PDF: a child of the sandbox. The process that composes holds the signing key in
//! another stage of its lane, so no parser of foreign bytes runs in it.

use sealpress_config::Settings;
use sealpress_ledger::Reason;
use sealpress_sandbox::{Sandbox, SandboxError};

use super::checked::Bounds;
use super::take::take;
use super::taken::{Taken, Unusable};
use crate::StageError;

/// The task's name.
pub const TAKE_PAGE: &str = "take-page";

/// How much longer than the file an answer may be: structure that the file has packed.
const UNPACKED: u64 = 16 << 20;

/// Takes the page out of a raw PDF.
#[derive(Debug, Clone)]
pub struct Extractor {
    place: Place,
    bounds: Bounds,
}

#[derive(Debug, Clone)]
enum Place {
    Child(Sandbox),
    Here,
}

impl Extractor {
    /// In a child of the sandbox.
    #[must_use]
    pub fn confined(sandbox: Sandbox, settings: &Settings) -> Self {
        Self { place: Place::Child(sandbox), bounds: Bounds::from(&settings.inbox) }
    }

    /// In this process, for what composes no foreign files: the check of a configuration, a test. The
    /// page goes the same way all the same, through the same encoding and the same checks.
    #[must_use]
    pub fn here(settings: &Settings) -> Self {
        Self { place: Place::Here, bounds: Bounds::from(&settings.inbox) }
    }

    /// The page, checked.
    pub(super) async fn page(&self, pdf: &[u8]) -> Result<Taken, StageError> {
        let said = match &self.place {
            Place::Here => answer(&[pdf]).ok_or(SandboxError::Nothing),
            Place::Child(sandbox) => {
                let most = (pdf.len() as u64).saturating_add(UNPACKED);
                sandbox.ask(TAKE_PAGE, &[pdf], most).await
            }
        };
        let said = said.map_err(without_answer)?;
        heard(said, self.bounds).await.map_err(|error| StageError::Reject(unusable(error)))
    }
}

/// The other side: what is answered of a raw PDF.
#[must_use]
pub fn answer<F: AsRef<[u8]>>(files: &[F]) -> Option<Vec<u8>> {
    let [pdf] = files else { return None };
    match take(pdf.as_ref()) {
        Ok(taken) => {
            let mut said = taken.sent()?;
            said.push(TAKEN);
            Some(said)
        }
        Err(error) => Some(vec![error as u8, NOT_TAKEN]),
    }
}

/// The last byte of an answer says what it is.
const TAKEN: u8 = 1;
const NOT_TAKEN: u8 = 0;

/// What is taken of an answer.
async fn heard(said: Vec<u8>, bounds: Bounds) -> Result<Taken, Unusable> {
    let checking = tokio::task::spawn_blocking(move || match said.split_last() {
        Some((&TAKEN, taken)) => Taken::received(taken, bounds),
        Some((&NOT_TAKEN, [error])) => Err(Unusable::of(*error)),
        _ => Err(Unusable::Resources),
    });
    checking.await.unwrap_or(Err(Unusable::Resources))
}

/// What it says of a file that there is no answer.
fn without_answer(error: SandboxError) -> StageError {
    match error {
        SandboxError::TookTooLong => StageError::Reject(took_too_long()),
        SandboxError::Nothing | SandboxError::Died | SandboxError::Garbled => {
            StageError::Reject(gave_up())
        }
        // The next one would fare no better.
        SandboxError::NotRun(_) | SandboxError::Untied => StageError::Hold(not_run(&error)),
        SandboxError::Busy | SandboxError::Ended => StageError::Retry(not_run(&error)),
    }
}

const REPRINT: [&str; 2] = [
    "請由列印系統重新輸出後再投件。",
    "Print the file anew from the print system, and drop it again.",
];

fn unusable(error: Unusable) -> Reason {
    let why = error.why();
    Reason::new(
        "raw_page_unusable",
        ["投件的頁面無法合成。".to_owned(), format!("The dropped page can't be composed: {why}.")],
        REPRINT,
    )
}

fn gave_up() -> Reason {
    Reason::new(
        "parser_gave_up",
        [
            "讀取這個 PDF 的程序無法完成：檔案已損壞，或用去過多的記憶體。",
            "The process that read the PDF gave up: the file is damaged, or takes too much memory.",
        ],
        REPRINT,
    )
}

fn took_too_long() -> Reason {
    Reason::new(
        "parser_took_too_long",
        [
            "讀取這個 PDF 的時間過久，已停止讀取。",
            "The PDF took too long to read, so it was given up.",
        ],
        REPRINT,
    )
}

fn not_run(error: &SandboxError) -> Reason {
    Reason::new(
        "parser_not_run",
        ["讀取 PDF 的程序目前無法執行。".to_owned(), format!("No PDF can be read now: {error}.")],
        [
            "系統會自動再試；如持續發生，請以 sealpress doctor 檢查。",
            "It is tried again by itself; if it goes on, run `sealpress doctor`.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_rejects_the_file_and_a_child_that_did_not_run_does_not() {
        let none = || SandboxError::NotRun(std::io::ErrorKind::OutOfMemory.into());
        for (error, code) in [
            (SandboxError::Died, "parser_gave_up"),
            (SandboxError::Garbled, "parser_gave_up"),
            (SandboxError::Nothing, "parser_gave_up"),
            (SandboxError::TookTooLong, "parser_took_too_long"),
        ] {
            let error = without_answer(error);
            assert!(matches!(error, StageError::Reject(_)), "{error}");
            assert_eq!(error.reason().code, code);
        }
        for error in [none(), SandboxError::Untied] {
            assert!(matches!(without_answer(error), StageError::Hold(_)));
        }
        for error in [SandboxError::Busy, SandboxError::Ended] {
            assert!(matches!(without_answer(error), StageError::Retry(_)));
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_none_is_no_page() {
        let bounds = Bounds { objects: 100, depth: 10 };
        for (said, error) in [
            (&b""[..], Unusable::Resources),
            (b"\x01", Unusable::Resources),
            (b"\x07\x02", Unusable::Resources),
            (b"\x01\x00", Unusable::NoPage),
            (b"\xFF\x00", Unusable::Resources),
        ] {
            assert_eq!(heard(said.to_vec(), bounds).await, Err(error), "{said:?}");
        }
        assert_eq!(answer(&[b"no PDF"]), Some(vec![Unusable::Document as u8, NOT_TAKEN]));
        assert_eq!(answer::<&[u8]>(&[]), None);
    }
}
