//! Why something was refused, failed, or waits: for programs a code, for people two languages.

use serde::{Deserialize, Serialize};

/// A reason. It is stored, shown on screens and written beside a refused file, so it holds no
/// personal data: it may name a file, a field or a character, never a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A word for programs, `snake_case`; the same for ever once released.
    pub code: String,
    /// What happened, in zh-TW.
    pub message_zh: String,
    /// What happened, in English.
    pub message_en: String,
    /// What to do, in zh-TW.
    pub hint_zh: String,
    /// What to do, in English.
    pub hint_en: String,
}

impl Reason {
    /// A reason with its code, its message and its hint, each `[zh-TW, English]`.
    #[must_use]
    pub fn new(code: &str, message: [impl Into<String>; 2], hint: [impl Into<String>; 2]) -> Self {
        let [message_zh, message_en] = message.map(Into::into);
        let [hint_zh, hint_en] = hint.map(Into::into);
        Self { code: code.to_owned(), message_zh, message_en, hint_zh, hint_en }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}) {}", self.message_en, self.code, self.hint_en)
    }
}
