//! Reading the configuration.

use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::check::{Wrong, check};
use crate::place::{check_shape, line_of};
use crate::{ConfigError, Home, Layout, Settings};

/// No configuration of ours comes near this; a file that does is not one.
const LARGEST: u64 = 256 * 1024;

/// Reads and checks a home's settings and layouts.
///
/// # Errors
/// [`ConfigError`] names file, line and key.
pub fn load(home: &Home) -> Result<(Settings, Vec<Layout>), ConfigError> {
    let file = home.settings_file();
    let text = read(&file)?;
    let settings: Settings = parse(&file, &text)?;
    let read = layouts(home)?;
    let layouts: Vec<Layout> = read.iter().map(|(_, _, layout)| layout.clone()).collect();
    check(home, &settings, &layouts).map_err(|Wrong { layout, path, message }| {
        let (file, text) = layout
            .and_then(|at| read.get(at))
            .map_or((&file, &text), |(file, text, _)| (file, text));
        let (file, line) = (file.clone(), line_of(text, &path));
        ConfigError::BadValue { file, line, key: path.join("."), message }
    })?;
    Ok((settings, layouts))
}

/// The layouts, each with its file and the file's text.
fn layouts(home: &Home) -> Result<Vec<(PathBuf, String, Layout)>, ConfigError> {
    let folder = home.layouts();
    let unreadable = |source| ConfigError::Unreadable { file: folder.clone(), source };
    let mut files = fs::read_dir(&folder)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(unreadable)?;
    files.retain(|path| is_layout(path));
    files.sort_unstable();
    files
        .into_iter()
        .map(|file| {
            let text = read(&file)?;
            let mut layout: Layout = parse(&file, &text)?;
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            layout.name = name.unwrap_or_default();
            Ok((file, text, layout))
        })
        .collect()
}

/// Whether a file is a layout: `.yaml`, and none of the hidden files that editors leave.
fn is_layout(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml")
        && path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
}

pub(crate) fn read(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: file.to_owned(), source };
    let mut text = String::new();
    let read = File::open(file)
        .and_then(|open| open.take(LARGEST + 1).read_to_string(&mut text))
        .map_err(unreadable)?;
    if u64::try_from(read).is_ok_and(|read| read > LARGEST) {
        return Err(ConfigError::TooLarge { file: file.to_owned() });
    }
    Ok(text)
}

pub(crate) fn parse<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, ConfigError> {
    check_shape(text).map_err(|misshapen| ConfigError::misshapen(file, &misshapen))?;
    serde_path_to_error::deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| ConfigError::unfit(file, text, &error))
}

#[cfg(test)]
mod tests;
