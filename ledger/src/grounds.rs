//! On what grounds a certificate loses its force: a reason from a list, and a person's own words.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::{LedgerError, Reason};

/// Longest text of a person's own words, in characters.
pub const LONGEST_WHY: usize = 500;

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident, $of:literal {
        $($(#[$vdoc:meta])* $variant:ident = $text:literal / $zh:literal / $en:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every reason, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the history and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What staff read, in zh-TW.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }

            /// What staff read, in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownGround;

            fn from_str(text: &str) -> Result<Self, UnknownGround> {
                let known = || Self::ALL.iter().copied();
                known().find(|reason| reason.as_str() == text).ok_or_else(|| UnknownGround {
                    of: $of,
                    known: known().map(Self::as_str).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

/// A word that is on no list of reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no reason of a {of}; known are {known}")]
pub struct UnknownGround {
    of: &'static str,
    known: String,
}

reasons! {
    /// Why the school recalls a certificate (誤發收回). Stored in the history.
    RecallReason, "recall" {
        /// Issued to someone else than its graduate.
        WrongPerson = "wrong_person" / "發給錯誤的人" / "issued to the wrong person",
        /// What it says is wrong.
        WrongContent = "wrong_content" / "內容錯誤" / "its content is wrong",
        /// The degree or programme is wrong.
        WrongDegree = "wrong_degree" / "學位或系所錯誤" / "its degree or programme is wrong",
        /// The degree had not been earned.
        NotEntitled = "not_entitled" / "尚未符合授予資格" / "the degree had not been earned",
        /// The page came out wrong.
        PrintingError = "printing_error" / "版面或列印錯誤" / "the page came out wrong",
        /// Something else; the words say what.
        Other = "other" / "其他" / "another reason",
    }
}

reasons! {
    /// Why the ministry revokes a certificate (撤銷). Stored in the history.
    RevokeReason, "revocation" {
        /// The degree had not been earned.
        NotEntitled = "not_entitled" / "不符授予資格" / "the degree had not been earned",
        /// The thesis was fabricated, plagiarised, or somebody else's.
        ThesisFraud = "thesis_fraud" / "論文造假、抄襲或代寫" / "fraud in the thesis",
        /// The admission was obtained by fraud.
        AdmissionFraud = "admission_fraud" / "入學資格不實" / "fraud at the admission",
        /// A court or an authority decided so.
        CourtDecision = "court_decision" / "法院或主管機關決定" / "a court's or authority's decision",
        /// Something else; the words say what.
        Other = "other" / "其他" / "another reason",
    }
}

/// The grounds of a recall or a revocation. Both parts stand in the history for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounds<R> {
    /// From the list.
    pub(crate) reason: R,
    /// In the person's own words.
    pub(crate) why: String,
}

impl<R> Grounds<R> {
    /// A reason from the list with the person's own words, which must be there.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when the words are missing or longer than [`LONGEST_WHY`].
    pub fn new(reason: R, why: &str) -> Result<Self, LedgerError> {
        Ok(Self { reason, why: own_words(why)? })
    }
}

/// A person's own words as the history keeps them: without what a screen can't show, and neither
/// missing nor endless.
pub(crate) fn own_words(why: &str) -> Result<String, LedgerError> {
    let shown: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let shown = shown.trim();
    let refused = |code, message: [&str; 2], hint: [&str; 2]| {
        Err(LedgerError::NotPossible(Reason::new(code, message, hint)))
    };
    if shown.is_empty() {
        return refused(
            "why_missing",
            ["沒有說明原因。", "There is no word of why."],
            [
                "請以自己的話簡短說明；說明會留在事件紀錄中。",
                "Say why in your own words; they stay in the history.",
            ],
        );
    }
    if shown.chars().count() > LONGEST_WHY {
        return refused(
            "why_too_long",
            ["說明太長。", "The words of why are too long."],
            ["請縮短至 500 字以內。", "Make them 500 characters at most."],
        );
    }
    Ok(shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_back_as_written() {
        for reason in RecallReason::ALL {
            assert_eq!(reason.as_str().parse::<RecallReason>().unwrap(), *reason);
            assert_eq!(serde_json::json!(reason), reason.as_str());
        }
        for reason in RevokeReason::ALL {
            assert_eq!(reason.as_str().parse::<RevokeReason>().unwrap(), *reason);
            assert_eq!(serde_json::json!(reason), reason.as_str());
        }
        let unknown = "wrong".parse::<RecallReason>().unwrap_err().to_string();
        assert!(unknown.contains("recall") && unknown.contains("wrong_person, "), "{unknown}");
    }

    #[test]
    fn own_words_are_there_and_end() {
        assert_eq!(own_words(" 發給\r\n錯的人 ").unwrap(), "發給  錯的人");
        assert_eq!(own_words(&"字".repeat(500)).unwrap().chars().count(), 500);
        for (why, code) in [
            ("", "why_missing"),
            (" \n\u{7} ", "why_missing"),
            (&*"字".repeat(501), "why_too_long"),
        ] {
            let Err(LedgerError::NotPossible(reason)) = own_words(why) else { panic!("{why}") };
            assert_eq!(reason.code, code);
        }
    }
}
