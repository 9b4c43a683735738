//! What a configuration is refused for, and how the YAML library's errors become that.

use serde_path_to_error::Segment;
use std::path::{Path, PathBuf};

use crate::place::{Misshapen, line_of};

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{file}: can't be read: {source}; check that it exists and that this user may read it")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is far larger than a configuration is, or becomes so through its aliases.
    #[error(
        "{file}: larger than a configuration may be (256 KB, or 20,000 values with every alias written out)"
    )]
    TooLarge {
        /// Which file.
        file: PathBuf,
    },
    /// The file is no YAML.
    #[error("{file}:{line}: {message}; check indentation and quotes")]
    Syntax {
        /// Which file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A key that does not exist.
    #[error("{file}:{line}: the key “{key}” is not known{}", did_you_mean(nearest.as_deref()))]
    UnknownKey {
        /// Which file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key with those it stands under, joined by dots.
        key: String,
        /// The nearest key that exists there.
        nearest: Option<String>,
    },
    /// A value that does not fit its key, or a key that is missing.
    #[error("{file}:{line}: {key}: {message}")]
    BadValue {
        /// Which file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key with those it stands under, joined by dots.
        key: String,
        /// What is wrong, and what is right.
        message: String,
    },
}

fn did_you_mean(key: Option<&str>) -> String {
    key.map(|key| format!("; did you mean “{key}”?")).unwrap_or_default()
}

impl ConfigError {
    /// A text whose shape can't be a configuration's.
    pub(crate) fn misshapen(file: &Path, misshapen: &Misshapen) -> Self {
        let file = file.to_owned();
        match misshapen {
            Misshapen::Syntax(error) => Self::syntax(file, error),
            Misshapen::Twice { path, line } => Self::BadValue {
                file,
                line: *line,
                key: path.join("."),
                message: "stands here twice; keep one".to_owned(),
            },
            Misshapen::TooMany => Self::TooLarge { file },
        }
    }

    /// A text that does not fit its type.
    pub(crate) fn unfit(
        file: &Path,
        text: &str,
        error: &serde_path_to_error::Error<serde_yaml::Error>,
    ) -> Self {
        let file = file.to_owned();
        let mut path = path_of(error.path());
        let message = plain(&error.inner().to_string());
        if let Some(unknown) = quoted(&message, "unknown field `") {
            if path.last().is_none_or(|last| last != unknown) {
                path.push(unknown.to_owned());
            }
            let nearest = nearest(unknown, &expected(&message));
            return Self::UnknownKey {
                file,
                line: line_of(text, &path),
                key: path.join("."),
                nearest,
            };
        }
        if let Some(missing) = quoted(&message, "missing field `") {
            let line = line_of(text, &path);
            path.push(missing.to_owned());
            let message = "is missing, and has no default".to_owned();
            return Self::BadValue { file, line, key: path.join("."), message };
        }
        if path.is_empty() && error.inner().location().is_none() {
            return Self::syntax(file, error.inner());
        }
        let message = match quoted(&message, "unknown variant `") {
            Some(word) => not_one_of(word, &expected(&message)),
            None => in_words(&message),
        };
        Self::BadValue { file, line: line_of(text, &path), key: path.join("."), message }
    }

    fn syntax(file: PathBuf, error: &serde_yaml::Error) -> Self {
        let line = error.location().map_or(1, |at| at.line());
        Self::Syntax { file, line, message: plain(&error.to_string()) }
    }
}

fn path_of(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .filter_map(|part| match part {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Of `known`, the word that is the fewest slips of the finger away.
pub(crate) fn nearest<S: AsRef<str>>(word: &str, known: &[S]) -> Option<String> {
    known
        .iter()
        .map(AsRef::as_ref)
        .min_by_key(|known| strsim::damerau_levenshtein(word, known))
        .map(str::to_owned)
}

fn not_one_of(word: &str, known: &[&str]) -> String {
    let hint = did_you_mean(nearest(word, known).as_deref());
    format!("“{word}” is not known{hint}; there are {}", known.join(", "))
}

/// The message in words for those who write configurations, not programs.
fn in_words(message: &str) -> String {
    let Some((what, wanted)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let wanted = match wanted {
        "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "path string" => "a text",
        "a sequence" => "a list, [a, b]",
        "a map" => "keys with values",
        other if other.starts_with("struct ") => "keys with values",
        other => other,
    };
    let what = what.strip_prefix("invalid type: ").unwrap_or(what);
    format!("needs {wanted}, not {what}")
}

/// The message without what we say ourselves, in our own words: path and place.
fn plain(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(what, _)| what);
    match message.split_once(": ") {
        Some((path, rest)) if !path.contains([' ', '“', '`']) => rest.to_owned(),
        _ => message.to_owned(),
    }
}

fn quoted<'a>(message: &'a str, opening: &str) -> Option<&'a str> {
    message.split_once(opening)?.1.split('`').next()
}

/// What serde lists as possible, between back quotes.
fn expected(message: &str) -> Vec<&str> {
    let known = message.rsplit_once(", expected ").map_or("", |(_, known)| known);
    known.split('`').skip(1).step_by(2).collect()
}
