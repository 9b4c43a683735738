//! The mail's words, from the home's `mail/`: one file a kind of certificate, and one for the word
//! of a recall.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sealpress_config::{Home, Kind, School, defaults};
use sealpress_ledger::Certificate;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::{EmailError, Letter};

/// What a text may name.
const PLACEHOLDERS: [&str; 12] = [
    "name",
    "name_zh",
    "name_en",
    "school_zh",
    "school_en",
    "certificate_no",
    "programme",
    "degree",
    "verify_url",
    "issued",
    "issued_roc",
    "kind_zh",
];

/// The word of a recall, in a home and among the defaults.
const RECALL: &str = "mail/recall.txt";

/// The texts of all kinds.
pub(super) struct Texts {
    by_kind: BTreeMap<Kind, Template>,
    recall: Template,
    school: School,
    timezone: TimeZone,
}

struct Template {
    subject: String,
    body: String,
}

/// A text with its blanks filled in.
#[derive(Default)]
pub(super) struct Text {
    pub(super) subject: String,
    pub(super) body: String,
}

impl Texts {
    pub(super) fn read(
        home: &Home,
        school: &School,
        timezone: TimeZone,
    ) -> Result<Self, EmailError> {
        let by_kind = Kind::ALL
            .iter()
            .map(|kind| Ok((*kind, Template::of_kind(home, *kind)?)))
            .collect::<Result<_, EmailError>>()?;
        let recall = Template::recall(home)?;
        Ok(Self { by_kind, recall, school: school.clone(), timezone })
    }

    /// What a letter about a certificate says.
    pub(super) fn of(&self, letter: &Letter, certificate: &Certificate) -> Text {
        let template = match letter {
            Letter::Certificate(_) => self.by_kind.get(&certificate.certified.kind),
            Letter::Recall => Some(&self.recall),
        };
        template.map_or_else(Text::default, |template| self.filled(template, certificate))
    }

    fn filled(&self, template: &Template, certificate: &Certificate) -> Text {
        let certified = &certificate.certified;
        let (zh, en) = (certified.name_zh.as_deref(), certified.name_en.as_deref());
        let issued = self.issued(certificate);
        let verify = format!("{}{}", self.school.verify_url, certificate.token);
        let values: [(&str, String); 12] = [
            ("name", zh.or(en).unwrap_or_default().into()),
            ("name_zh", zh.or(en).unwrap_or_default().into()),
            ("name_en", en.or(zh).unwrap_or_default().into()),
            ("school_zh", self.school.name_zh.clone()),
            ("school_en", self.school.name_en.clone()),
            ("certificate_no", certified.certificate_no.clone()),
            ("programme", certified.programme.clone()),
            ("degree", certified.degree.clone()),
            ("verify_url", verify),
            ("issued", issued.to_string()),
            ("issued_roc", roc(issued)),
            ("kind_zh", certified.kind.zh().into()),
        ];
        Text { subject: fill(&template.subject, &values), body: fill(&template.body, &values) }
    }
}

impl Texts {
    /// The date on the certificate, where the drop gave it; else the day it was archived.
    fn issued(&self, certificate: &Certificate) -> Date {
        let told = certificate.certified.issued_on.as_deref().and_then(|date| date.parse().ok());
        told.unwrap_or_else(|| {
            let archived = certificate.archived.as_ref().map(|file| file.at);
            let at = archived.unwrap_or(certificate.accepted_at);
            at.to_zoned_datetime(self.timezone.clone()).date()
        })
    }
}

impl Template {
    fn of_kind(home: &Home, kind: Kind) -> Result<Self, EmailError> {
        let file = home.mail_texts().join(format!("{kind}.txt"));
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(file, &text),
            Err(source) => Err(EmailError::Text { file, source }),
        }
    }

    /// A home that was made before there was a text for recalls has none: it gets the one that a
    /// new home begins with, rather than not starting.
    fn recall(home: &Home) -> Result<Self, EmailError> {
        let file = home.resolve(RECALL);
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(file, &text),
            Err(source) if source.kind() == ErrorKind::NotFound => {
                let built_in = defaults::files().iter().find(|(path, _)| *path == RECALL);
                let text = built_in.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok());
                match text {
                    Some(text) => Self::parse(file, text),
                    None => Err(EmailError::Text { file, source }),
                }
            }
            Err(source) => Err(EmailError::Text { file, source }),
        }
    }

    fn parse(file: PathBuf, text: &str) -> Result<Self, EmailError> {
        for name in text.split('{').skip(1).filter_map(|after| after.split('}').next()) {
            if !PLACEHOLDERS.contains(&name) {
                let known = PLACEHOLDERS.join(", ");
                return Err(EmailError::Placeholder {
                    file,
                    name: name.chars().take(40).collect(),
                    known,
                });
            }
        }
        // As editors of Windows save it.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        text.strip_prefix("Subject: ")
            .and_then(|text| text.split_once("\n\n"))
            .filter(|(subject, _)| !subject.contains('\n') && !subject.trim().is_empty())
            .map(|(subject, body)| Self { subject: subject.trim().into(), body: body.into() })
            .ok_or(EmailError::NoSubject { file })
    }
}

/// Fills the blanks in one pass, so that a value which looks like a blank stays what it is.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, opened)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = opened.split_once('}') else {
            filled.push('{');
            rest = opened;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            // A value is a line: it can't begin another header, or another paragraph.
            filled.extend(value.chars().filter(|c| !c.is_control()));
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn roc(date: Date) -> String {
    format!("中華民國 {} 年 {} 月 {} 日", i32::from(date.year()) - 1911, date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_once_and_with_one_line() {
        let values =
            [("name", "{degree}\r\nBcc: other@example.org".to_owned()), ("degree", "x".to_owned())];
        assert_eq!(fill("Dear {name}.", &values), "Dear {degree}Bcc: other@example.org.");
    }

    #[test]
    fn dates_are_shown_in_roc_years() {
        assert_eq!(roc(jiff::civil::date(2026, 6, 14)), "中華民國 115 年 6 月 14 日");
    }
}
