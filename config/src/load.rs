//! Reading the configuration, and refusing what it must not say: with file, line, key, and the
//! nearest key that exists.

use serde::de::DeserializeOwned;
use serde_yaml::Value;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::check;
use crate::place::line_of;
use crate::{Home, Layout, Settings};

/// No configuration of ours comes near this; a file that does is not one.
const LARGEST: u64 = 256 * 1024;

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
    /// The file is far larger than a configuration is.
    #[error("{file}: larger than {LARGEST} bytes, so it is no configuration")]
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

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The file names it, in this line.
    File {
        /// Line, from 1.
        line: usize,
    },
    /// The file leaves it out.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { line } => write!(f, "sealpress.yaml:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl serde::Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A setting, its value, and where the value came from. Secrets show their reference alone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explained {
    /// The key with those it stands under, joined by dots.
    pub key: String,
    /// The value in force.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Reads and checks a home's settings and layouts.
///
/// # Errors
/// [`ConfigError`] names file, line and key.
pub fn load(home: &Home) -> Result<(Settings, Vec<Layout>), ConfigError> {
    let file = home.settings_file();
    let text = read(&file)?;
    let settings: Settings = parse(&file, &text)?;
    let layouts = layouts(home)?;
    check(home, &settings, &layouts).map_err(|wrong| {
        let line = line_of(&text, &wrong.path).unwrap_or(1);
        ConfigError::BadValue {
            file: wrong.file.unwrap_or(file),
            line,
            key: wrong.path.join("."),
            message: wrong.message,
        }
    })?;
    Ok((settings, layouts))
}

/// Every setting with its value and origin, in the order of the documented file.
///
/// # Errors
/// [`ConfigError`] as for [`load`].
pub fn explain(home: &Home) -> Result<Vec<Explained>, ConfigError> {
    let file = home.settings_file();
    let text = read(&file)?;
    let settings: Settings = parse(&file, &text)?;
    let in_force = serde_yaml::to_value(&settings).map_err(|error| not_shown(&file, &error))?;
    let in_file: Value = serde_yaml::from_str(&text).map_err(|error| not_shown(&file, &error))?;
    let mut explained = Vec::new();
    leaves(&in_force, &mut Vec::new(), &mut |path, value| {
        let named = path.iter().try_fold(&in_file, |at, key| at.get(key.as_str()));
        let origin = match named.and_then(|_| line_of(&text, path)) {
            Some(line) => Origin::File { line },
            None => Origin::Default,
        };
        explained.push(Explained { key: path.join("."), value, origin });
    });
    Ok(explained)
}

fn layouts(home: &Home) -> Result<Vec<Layout>, ConfigError> {
    let folder = home.layouts();
    let unreadable = |source| ConfigError::Unreadable { file: folder.clone(), source };
    let mut files = fs::read_dir(&folder)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(unreadable)?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort_unstable();
    files
        .iter()
        .map(|file| {
            let mut layout: Layout = parse(file, &read(file)?)?;
            layout.name = file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            Ok(layout)
        })
        .collect()
}

fn read(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: file.to_owned(), source };
    if fs::metadata(file).map_err(unreadable)?.len() > LARGEST {
        return Err(ConfigError::TooLarge { file: file.to_owned() });
    }
    fs::read_to_string(file).map_err(unreadable)
}

fn parse<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, ConfigError> {
    let value = serde_yaml::Deserializer::from_str(text);
    serde_path_to_error::deserialize(value).map_err(|error| explain_error(file, text, &error))
}

fn explain_error(
    file: &Path,
    text: &str,
    error: &serde_path_to_error::Error<serde_yaml::Error>,
) -> ConfigError {
    let file = file.to_owned();
    let mut path: Vec<String> = error
        .path()
        .iter()
        .filter_map(|part| match part {
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {
                None
            }
        })
        .collect();
    let inner = error.inner();
    let at = inner.location().map_or(1, |at| at.line());
    let message = plain(&inner.to_string());
    if let Some(unknown) = quoted(&message, "unknown field `") {
        let known =
            message.split_once("expected").map(|(_, known)| backquoted(known)).unwrap_or_default();
        if path.last().is_none_or(|last| last != unknown) {
            path.push(unknown.to_owned());
        }
        let nearest = known
            .into_iter()
            .map(|key| (strsim::damerau_levenshtein(unknown, &key), key))
            .min()
            .map(|(_, key)| key);
        let line = line_of(text, &path).unwrap_or(at);
        return ConfigError::UnknownKey { file, line, key: path.join("."), nearest };
    }
    if let Some(missing) = quoted(&message, "missing field `") {
        let line = line_of(text, &path).unwrap_or(1);
        path.push(missing.to_owned());
        let message = "is missing, and has no default".to_owned();
        return ConfigError::BadValue { file, line, key: path.join("."), message };
    }
    if let Some(twice) = quoted(&message, "duplicate field `") {
        if path.last().is_none_or(|last| last != twice) {
            path.push(twice.to_owned());
        }
        let message = "stands here twice; keep one".to_owned();
        return ConfigError::BadValue { file, line: at, key: path.join("."), message };
    }
    if path.is_empty() {
        return ConfigError::Syntax { file, line: at, message };
    }
    let line = line_of(text, &path).unwrap_or(at);
    ConfigError::BadValue { file, line, key: path.join("."), message }
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

fn backquoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn leaves(value: &Value, path: &mut Vec<String>, found: &mut impl FnMut(&[String], String)) {
    let Value::Mapping(map) = value else {
        let shown = match value {
            Value::Null => "—".to_owned(),
            Value::String(text) => text.clone(),
            other => serde_yaml::to_string(other).unwrap_or_default().trim().replace('\n', " "),
        };
        return found(path, shown);
    };
    for (key, value) in map {
        if let Some(key) = key.as_str() {
            path.push(key.to_owned());
            leaves(value, path, found);
            path.pop();
        }
    }
}

fn not_shown(file: &Path, error: &serde_yaml::Error) -> ConfigError {
    ConfigError::Syntax { file: file.to_owned(), line: 1, message: error.to_string() }
}
