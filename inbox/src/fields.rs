//! What is said about a drop: in its sidecar, or in its name.

use sealpress_ledger::{Reason, is_address, is_plain};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::path::Path;

use crate::{reasons, regular};

/// Longest value taken, in characters.
const LONGEST: usize = 200;

/// What a sidecar or a file name may say. Everything is text: a student number keeps its zeros.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fields {
    pub(crate) student_no: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) degree: Option<String>,
    pub(crate) programme: Option<String>,
    pub(crate) college: Option<String>,
    pub(crate) certificate_no: Option<String>,
    pub(crate) issued_on: Option<String>,
    pub(crate) name_zh: Option<String>,
    pub(crate) name_en: Option<String>,
    pub(crate) birthday: Option<String>,
    pub(crate) email: Option<String>,
}

impl Fields {
    /// Reads a sidecar.
    pub(crate) fn of_sidecar(path: &Path, limit: u64) -> Result<Self, Reason> {
        let bytes =
            regular::read(path, limit).map_err(|error| reasons::sidecar_unreadable(&error))?;
        let bytes = bytes.ok_or_else(|| reasons::sidecar_too_large(limit))?;
        let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        Self::of_bytes(&bytes, json)
    }

    /// Reads what a sidecar holds, in JSON or in YAML.
    pub(crate) fn of_bytes(bytes: &[u8], json: bool) -> Result<Self, Reason> {
        let text = std::str::from_utf8(bytes).map_err(|_| reasons::sidecar_not_utf8())?;
        let text = text.trim_start_matches('\u{feff}');
        let fields = if json { of_json(text) } else { of_yaml(text) };
        fields.map_err(|error| wrong(&error))?.trimmed()
    }

    /// Reads the name of a file by the configured pattern; `None` is a name that does not fit.
    pub(crate) fn of_name(name: &str, pattern: &str) -> Option<Self> {
        let mut fields = Self::default();
        let mut rest = name;
        let mut pattern = pattern;
        while let Some((literal, opened)) = pattern.split_once('{') {
            rest = rest.strip_prefix(literal)?;
            let (field, after) = opened.split_once('}')?;
            let until = after.split('{').next().unwrap_or_default();
            // The last field takes all that is left of the ending's literal.
            let at = if after.contains('{') { rest.find(until)? } else { ending_at(rest, until)? };
            let (value, left) = rest.split_at(at);
            if value.is_empty() {
                return None;
            }
            *fields.slot(field)? = Some(value.to_owned());
            (rest, pattern) = (left, after);
        }
        rest.eq_ignore_ascii_case(pattern).then_some(fields)
    }

    /// These fields, and those of `other` where these say nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            student_no: self.student_no.or(other.student_no),
            kind: self.kind.or(other.kind),
            language: self.language.or(other.language),
            degree: self.degree.or(other.degree),
            programme: self.programme.or(other.programme),
            college: self.college.or(other.college),
            certificate_no: self.certificate_no.or(other.certificate_no),
            issued_on: self.issued_on.or(other.issued_on),
            name_zh: self.name_zh.or(other.name_zh),
            name_en: self.name_en.or(other.name_en),
            birthday: self.birthday.or(other.birthday),
            email: self.email.or(other.email),
        }
    }

    fn slot(&mut self, field: &str) -> Option<&mut Option<String>> {
        Some(match field {
            "student_no" => &mut self.student_no,
            "kind" => &mut self.kind,
            "language" => &mut self.language,
            "degree" => &mut self.degree,
            "programme" => &mut self.programme,
            "college" => &mut self.college,
            "certificate_no" => &mut self.certificate_no,
            "issued_on" => &mut self.issued_on,
            _ => return None,
        })
    }

    /// Values without the white space around them; none that is empty, too long, or holds
    /// characters that can't be seen.
    fn trimmed(mut self) -> Result<Self, Reason> {
        let Self {
            student_no,
            kind,
            language,
            degree,
            programme,
            college,
            certificate_no,
            issued_on,
            name_zh,
            name_en,
            birthday,
            email,
        } = &mut self;
        for (key, slot) in [
            ("student_no", student_no),
            ("kind", kind),
            ("language", language),
            ("degree", degree),
            ("programme", programme),
            ("college", college),
            ("certificate_no", certificate_no),
            ("issued_on", issued_on),
            ("name_zh", name_zh),
            ("name_en", name_en),
            ("birthday", birthday),
            ("email", email),
        ] {
            let Some(value) = slot.take() else { continue };
            let value = value.trim();
            if value.chars().count() > LONGEST || !value.chars().all(is_plain) {
                return Err(reasons::bad_value(key));
            }
            if key == "email" && !value.is_empty() && !is_address(value) {
                return Err(reasons::bad_value(key));
            }
            *slot = (!value.is_empty()).then(|| value.to_owned());
        }
        Ok(self)
    }
}

fn ending_at(rest: &str, ending: &str) -> Option<usize> {
    let at = rest.len().checked_sub(ending.len())?;
    rest.is_char_boundary(at).then_some(())?;
    rest[at..].eq_ignore_ascii_case(ending).then_some(at)
}

/// Opening brackets that the values of a sidecar may have, all together. The parser of YAML takes time
/// by the square of how deep they stand: half a minute for a sidecar of nothing else.
const MOST_BRACKETS: usize = 200;

/// YAML gives every scalar as it is written, so `011012345` keeps its nought.
fn of_yaml(text: &str) -> Result<Fields, String> {
    if text.matches(['[', '{']).count() > MOST_BRACKETS {
        return Err("it is nested".into());
    }
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// A whole number is as good as text; any other would not come out as it was written.
fn of_json(text: &str) -> Result<Fields, String> {
    let Once(mut map) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for value in map.values_mut() {
        if let Some(number) = value.as_u64() {
            *value = number.to_string().into();
        }
    }
    serde_json::from_value(map.into()).map_err(|error| error.to_string())
}

/// A JSON object that has each key once. The parser's own map takes the last of two, and whoever
/// reads the file may take the first.
struct Once(Map<String, Value>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Once, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = pairs.next_entry::<String, Value>()? {
                    if map.insert(key, value).is_some() {
                        return Err(A::Error::custom("a key stands there twice"));
                    }
                }
                Ok(Once(map))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A refusal that names an unknown key and the nearest known one. What else a parser says may
/// repeat a value, so it is not repeated.
fn wrong(error: &str) -> Reason {
    let Some((_, after)) = error.split_once("unknown field `") else {
        return reasons::sidecar_malformed();
    };
    let mut parts = after.split('`');
    let key: String =
        parts.next().unwrap_or_default().chars().filter(|c| is_plain(*c)).take(40).collect();
    let nearest = parts
        .skip(1)
        .step_by(2)
        .map(|known| (strsim::damerau_levenshtein(&key, known), known))
        .min()
        .map_or("student_no", |(_, known)| known);
    reasons::unknown_key(&key, nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "{student_no}_{language}_{kind}.pdf";

    #[test]
    fn names_are_read_by_the_pattern() {
        let fields = Fields::of_name("B11012345_zh_first.pdf", DEFAULT).unwrap();
        assert_eq!(fields.student_no.as_deref(), Some("B11012345"));
        assert_eq!(
            (fields.language.as_deref(), fields.kind.as_deref()),
            (Some("zh"), Some("first"))
        );
        assert!(Fields::of_name("B11012345_zh_first.PDF", DEFAULT).is_some());
        for other in ["scan0001.pdf", "_zh_first.pdf", "B1_zh.pdf", ".pdf", "B1_zh_first.pdf.bak"] {
            assert!(Fields::of_name(other, DEFAULT).is_none(), "{other}");
        }
        let other =
            Fields::of_name("114-zh-B1.v2.pdf", "114-{language}-{student_no}.v2.pdf").unwrap();
        assert_eq!(other.student_no.as_deref(), Some("B1"));
    }

    #[test]
    fn scalars_keep_their_zeros() {
        let fields = of_yaml("student_no: 011012345\nkind: first\n").unwrap();
        assert_eq!(fields.student_no.as_deref(), Some("011012345"));
        let fields = of_json(r#"{"student_no": 11012345, "kind": "first"}"#).unwrap();
        assert_eq!(fields.student_no.as_deref(), Some("11012345"));
        for inexact in ["1e3", "-1", "1.50", "123456789012345678901234567890"] {
            assert!(of_json(&format!(r#"{{"student_no": {inexact}}}"#)).is_err(), "{inexact}");
        }
        let fields = of_yaml("student_no: 1e3\nissued_on: 2026-06-14\ncollege: ~\nname_en: No\n");
        let fields = fields.unwrap();
        assert_eq!(fields.student_no.as_deref(), Some("1e3"));
        assert_eq!(fields.issued_on.as_deref(), Some("2026-06-14"));
        assert_eq!((fields.college, fields.name_en.as_deref()), (None, Some("No")));
    }

    #[test]
    fn values_that_no_sidecar_needs_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let read = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            Fields::of_sidecar(&path, 64 * 1024).map_err(|reason| reason.code)
        };
        let long = format!("student_no: {}\n", "x".repeat(201));
        let bidi = "student_no: \"a\u{202e}b\"\n";
        let laughs: String = (1..20)
            .map(|n| format!("l{n}: &l{n} [{}]\n", format!("*l{},", n - 1).repeat(9)))
            .collect();
        let laughs = format!("l0: &l0 [ha]\n{laughs}student_no: *l19\n");
        for (text, code) in [
            (long.as_bytes(), "field_bad"),
            (bidi.as_bytes(), "field_bad"),
            (b"student_no: \"a\\nb\"\n", "field_bad"),
            (b"student_no: [a]\n", "sidecar_malformed"),
            (b"student_no: {a: b}\n", "sidecar_malformed"),
            (b"- a\n", "sidecar_malformed"),
            (b"student_no: a\nstudent_no: b\n", "sidecar_malformed"),
            (b"student_no: 'a\n", "sidecar_malformed"),
            (b"\xff\xfe", "sidecar_not_utf8"),
            (laughs.as_bytes(), "sidecar_unknown_key"),
            (&[b'#'; 64 * 1024 + 1], "sidecar_too_large"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(code), "{}", text.escape_ascii());
        }
        let started = std::time::Instant::now();
        for open in ["[", "{a: ", "- "] {
            let deep = format!("student_no: \n {}", open.repeat(16_000));
            assert_eq!(read(deep.as_bytes()).err().as_deref(), Some("sidecar_malformed"), "{open}");
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        let whole = read("\u{feff}student_no: ' B1 '\r\nkind: first\r\n".as_bytes()).ok().unwrap();
        assert_eq!(whole.student_no.as_deref(), Some("B1"), "a mark at its beginning, and CRLF");
    }

    #[test]
    fn a_key_stands_there_once() {
        for twice in [
            r#"{"student_no":"A","student_no":"B"}"#,
            r#"{"student_no":"A","student\u005fno":"B"}"#,
        ] {
            assert!(of_json(twice).is_err(), "{twice}");
        }
        assert!(of_yaml("student_no: A\nstudent_no: B\n").is_err());
    }

    #[test]
    fn an_address_is_one_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let read = |email: &str| {
            std::fs::write(&path, format!("email: '{email}'\n")).unwrap();
            Fields::of_sidecar(&path, 64 * 1024).map_err(|reason| reason.code)
        };
        assert!(read(" wang@students.example ").is_ok() && read("").is_ok());
        for text in ["a@b.example, c@d.example", "Wang <a@b.example>", "a@b", "a", "<a@b.example>"]
        {
            assert_eq!(read(text).err().as_deref(), Some("field_bad"), "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        for error in [
            of_yaml("studnet_no: x\n").err().unwrap(),
            of_json(r#"{"studnet_no":"x"}"#).err().unwrap(),
        ] {
            let reason = wrong(&error);
            assert_eq!(reason.code, "sidecar_unknown_key");
            assert!(reason.message_en.contains("studnet_no"), "{}", reason.message_en);
            assert!(reason.hint_en.contains("student_no"), "{}", reason.hint_en);
        }
    }

    #[test]
    fn what_a_parser_repeats_of_a_value_is_not_repeated() {
        let error = of_yaml("student_no: [王小明]\n").err().unwrap();
        assert!(!wrong(&error).to_string().contains("王小明"));
    }
}
