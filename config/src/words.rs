//! Words of the domain that stand in the configuration, in the ledger and on every screen.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal / $zh:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the domain.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as the ledger, the configuration and the command line write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The word that staff read (zh-TW).
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| word.as_str() == text)
                    .ok_or_else(|| UnknownWord { word: text.to_owned(), of: stringify!($name) })
            }
        }
    };
}

/// A word that is none of the ones the domain knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{word}” is not a {of}")]
pub struct UnknownWord {
    /// The word that was read.
    pub word: String,
    /// The type it should have been one of.
    pub of: &'static str,
}

words! {
    /// Why a certificate is issued (種類).
    Kind {
        /// First issue of a degree's certificate.
        First = "first" / "初發",
        /// A new certificate in place of a lost or damaged one.
        Reissue = "reissue" / "補證",
        /// A new certificate under the graduate's new name.
        Rename = "rename" / "更名",
    }
}

words! {
    /// The language a certificate is written in (語言).
    Language {
        /// Chinese.
        Zh = "zh" / "中文",
        /// English.
        En = "en" / "英文",
    }
}

words! {
    /// One step of a certificate's way (階段).
    Stage {
        /// Raw page, background, seals and overlay become one page.
        Compose = "compose" / "合成",
        /// The school's certification signature.
        Sign = "sign" / "簽章",
        /// The durable copy, and the ledger's word that it exists.
        Archive = "archive" / "歸檔",
        /// The message to the graduate.
        Email = "email" / "寄送",
        /// The log's cover, and the close of the certificate.
        Log = "log" / "記錄",
    }
}

words! {
    /// What a person is to the desk (角色). A person may have several.
    Role {
        /// Looks things up.
        Viewer = "viewer" / "查詢人員",
        /// Watches the lanes and restarts what failed.
        Operator = "operator" / "系統維運人員",
        /// Issues, resends, reissues, renames, approves.
        Registrar = "registrar" / "註冊組承辦人",
        /// Recalls what was mis-issued.
        Supervisor = "supervisor" / "註冊組主管",
        /// The ministry: revokes.
        Ministry = "ministry" / "教育部",
        /// Adds people and gives them roles.
        Admin = "admin" / "帳號管理員",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_written() {
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse::<Stage>().unwrap(), *stage);
        }
        assert!("sealed".parse::<Stage>().is_err());
    }
}
