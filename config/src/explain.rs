//! Each setting with its value and where the value came from.

use serde_yaml::Value;

use crate::place::exact_line_of;
use crate::{ConfigError, Home, Settings};

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

/// Every setting with its value and origin, in the order of the documented file.
///
/// # Errors
/// [`ConfigError`] as for [`crate::load()`], but for what only the layouts can be refused for.
pub fn explain(home: &Home) -> Result<Vec<Explained>, ConfigError> {
    let file = home.settings_file();
    let text = crate::load::read(&file)?;
    let settings: Settings = crate::load::parse(&file, &text)?;
    let in_force = serde_yaml::to_value(&settings).map_err(|error| ConfigError::Syntax {
        file,
        line: 1,
        message: error.to_string(),
    })?;
    let mut explained = Vec::new();
    leaves(&in_force, &mut Vec::new(), &mut |path, value| {
        let origin = match exact_line_of(&text, path) {
            Some(line) => Origin::File { line },
            None => Origin::Default,
        };
        explained.push(Explained { key: path.join("."), value, origin });
    });
    Ok(explained)
}

fn leaves(value: &Value, path: &mut Vec<String>, found: &mut impl FnMut(&[String], String)) {
    let map = match value {
        Value::Mapping(map) if !map.is_empty() => map,
        other => return found(path, shown(other)),
    };
    for (key, value) in map {
        if let Some(key) = key.as_str() {
            path.push(key.to_owned());
            leaves(value, path, found);
            path.pop();
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => without_password(text),
        Value::Sequence(list) => format!("[{}]", listed(list.iter().map(shown))),
        Value::Mapping(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{}: {}", shown(key), shown(value)));
            format!("{{{}}}", listed(pairs))
        }
        Value::Tagged(tagged) => shown(&tagged.value),
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// An address without the password that a queue's address may carry.
fn without_password(text: &str) -> String {
    let hidden = text.split_once("://").and_then(|(scheme, rest)| {
        let (login, place) = rest.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{place}"))
    });
    hidden.unwrap_or_else(|| text.to_owned())
}
