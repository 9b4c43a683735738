//! What types can't say: whether the values make sense together.

use crate::error::nearest;
use crate::{Home, Layout, Sandbox, Settings, Stage};
use jiff::tz::TimeZone;

mod layout;
mod mail;
mod sign;

/// A value that makes no sense.
pub(crate) struct Wrong {
    /// Which of the layouts says it; none is `sealpress.yaml`.
    pub(crate) layout: Option<usize>,
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

/// The fields that a file name may carry.
const NAME_FIELDS: [&str; 8] = [
    "student_no",
    "kind",
    "language",
    "degree",
    "programme",
    "college",
    "certificate_no",
    "issued_on",
];

/// What a certificate's number is made of.
const NUMBER_FIELDS: [&str; 3] = ["roc_year", "year", "seq"];

/// The fields of a roster.
const ROSTER_FIELDS: [&str; 10] = [
    "student_no",
    "name_zh",
    "name_en",
    "birthday",
    "email",
    "school_email",
    "programme",
    "degree",
    "college",
    "certificate_no",
];

/// More at once in one process would be a slip of the finger.
const MOST_AT_ONCE: usize = 1024;

/// How deep a page may be: ordinary ones need less than ten, and the parser knows no deeper.
const DEPTHS: std::ops::RangeInclusive<usize> = 10..=40;

/// Address space that the program itself takes up, and some to work in.
const LEAST_MEMORY: u64 = 256 * 1024 * 1024;

pub(crate) fn check(home: &Home, settings: &Settings, layouts: &[Layout]) -> Result<(), Wrong> {
    school(settings)?;
    name_pattern(&settings.inbox.name_pattern)?;
    limits(settings)?;
    sandbox(&settings.sandbox)?;
    roster(settings)?;
    numbering(&settings.numbering.pattern)?;
    lanes(settings)?;
    sign::check(&settings.sign)?;
    mail::check(&settings.mail)?;
    spans(settings)?;
    layouts.iter().enumerate().try_for_each(|(at, layout)| layout::check(home, at, layout))?;
    flows(settings, layouts)
}

fn school(settings: &Settings) -> Result<(), Wrong> {
    let school = &settings.school;
    for (key, name) in [("school.name_zh", &school.name_zh), ("school.name_en", &school.name_en)] {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(wrong(key, "must be the school's name, in one line"));
        }
    }
    if TimeZone::get(&school.timezone).is_err() {
        let message = "is no time zone of this machine; write it as Asia/Taipei";
        return Err(wrong("school.timezone", message));
    }
    let url = &school.verify_url;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = url.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\^`{|}".contains(c));
    if !plain || host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        let message = "must be an address that starts with https://, in plain letters";
        return Err(wrong("school.verify_url", message));
    }
    Ok(())
}

fn name_pattern(pattern: &str) -> Result<(), Wrong> {
    let refuse = |message: &str| Err(wrong("inbox.name_pattern", message));
    let Some(fields) = pattern.strip_suffix(".pdf") else { return refuse("must end in .pdf") };
    if let Err(message) = braces(fields, &NAME_FIELDS) {
        return refuse(&message);
    }
    if fields.contains("}{") {
        return refuse("needs something between two fields to tell them apart");
    }
    for field in NAME_FIELDS {
        if fields.matches(&format!("{{{field}}}")).count() > 1 {
            return refuse(&format!("has {{{field}}} twice"));
        }
    }
    if pattern.contains(['/', '\0']) {
        return refuse("is the name of a file, not a path");
    }
    if fields.contains("{student_no}") { Ok(()) } else { refuse("must contain {student_no}") }
}

/// Refuses braces that don't pair, and fields in them that are not `known`.
fn braces(text: &str, known: &[&str]) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (_, from) = rest.split_at(at);
        let Some(opened) = from.strip_prefix('{') else {
            return Err("has a } without its {".to_owned());
        };
        let Some((field, after)) = opened.split_once('}') else {
            return Err("has a { without its }".to_owned());
        };
        if !known.contains(&field) {
            let there_are = match known {
                [] => "none can stand here".to_owned(),
                known => format!("there are {}", known.join(", ")),
            };
            return Err(format!("knows no field {{{field}}}; {there_are}"));
        }
        rest = after;
    }
    Ok(())
}

fn limits(settings: &Settings) -> Result<(), Wrong> {
    let inbox = &settings.inbox;
    let objects = u64::try_from(inbox.max_objects).unwrap_or(u64::MAX);
    for (key, limit) in [
        ("inbox.max_bytes", inbox.max_bytes),
        ("inbox.max_sidecar_bytes", inbox.max_sidecar_bytes),
        ("inbox.max_inflated_bytes", inbox.max_inflated_bytes),
        ("inbox.max_objects", objects),
        ("inbox.max_image_pixels", inbox.max_image_pixels),
        ("serve.max_upload_bytes", settings.serve.max_upload_bytes),
        ("serve.public_per_minute", u64::from(settings.serve.public_per_minute)),
    ] {
        if limit == 0 {
            return Err(wrong(key, "must be 1 at least, or everything would be refused"));
        }
    }
    if !DEPTHS.contains(&inbox.max_depth) {
        let message = format!("must be between {} and {}", DEPTHS.start(), DEPTHS.end());
        return Err(wrong("inbox.max_depth", &message));
    }
    Ok(())
}

fn sandbox(sandbox: &Sandbox) -> Result<(), Wrong> {
    if sandbox.max_memory_bytes < LEAST_MEMORY {
        let message = format!("must be {LEAST_MEMORY} at least, or the program alone is too much");
        return Err(wrong("sandbox.max_memory_bytes", &message));
    }
    for (key, span) in [("sandbox.cpu", sandbox.cpu), ("sandbox.longest", sandbox.longest)] {
        if span.0.as_secs() == 0 {
            return Err(wrong(key, "must be a second at least"));
        }
    }
    if !(1..=MOST_AT_ONCE).contains(&sandbox.at_once) {
        let message = format!("must be between 1 and {MOST_AT_ONCE}");
        return Err(wrong("sandbox.at_once", &message));
    }
    Ok(())
}

fn roster(settings: &Settings) -> Result<(), Wrong> {
    for field in settings.roster.columns.keys() {
        if !ROSTER_FIELDS.contains(&field.as_str()) {
            let nearest = nearest(field, &ROSTER_FIELDS).unwrap_or_default();
            let message = format!(
                "is no field of the roster; did you mean “{nearest}”? There are {}",
                ROSTER_FIELDS.join(", ")
            );
            return Err(wrong_at(["roster", "columns", field.as_str()], &message));
        }
    }
    Ok(())
}

fn numbering(pattern: &str) -> Result<(), Wrong> {
    let refuse = |message: &str| Err(wrong("numbering.pattern", message));
    if let Err(message) = braces(pattern, &NUMBER_FIELDS) {
        return refuse(&message);
    }
    if pattern.chars().any(char::is_control) {
        return refuse("must be one line");
    }
    if !pattern.contains("{seq}") {
        return refuse("must contain {seq}, or all certificates get the same number");
    }
    Ok(())
}

fn flows(settings: &Settings, layouts: &[Layout]) -> Result<(), Wrong> {
    if settings.flows.is_empty() {
        let message = "names no combination of kind and language, so nothing could be issued";
        return Err(wrong("flows", message));
    }
    for (at, flow) in settings.flows.iter().enumerate() {
        if Layout::choose(layouts, flow.language, flow.kind, None).is_none() {
            let message = format!(
                "{} in {} has no layout that fits every college; add one to layouts/ or take it out of flows",
                flow.kind, flow.language
            );
            return Err(wrong(&format!("flows.{at}"), &message));
        }
    }
    Ok(())
}

fn lanes(settings: &Settings) -> Result<(), Wrong> {
    for stage in Stage::ALL {
        let count = settings
            .lanes
            .values()
            .flat_map(|lane| &lane.stages)
            .filter(|one| *one == stage)
            .count();
        if count != 1 {
            let message =
                format!("the stage {stage} stands in {count} lanes; each stage needs exactly one");
            return Err(wrong("lanes", &message));
        }
    }
    for (name, lane) in &settings.lanes {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 32 || !name.chars().all(plain) || name.starts_with('-') {
            let message = "names of lanes have small letters, digits and - alone, 32 at most";
            return Err(wrong_at(["lanes", name.as_str()], message));
        }
        let follow = |pair: &[Stage]| match pair {
            [one, next] => Stage::ALL.windows(2).any(|pair| pair == [*one, *next]),
            _ => false,
        };
        if lane.stages.is_empty() || !lane.stages.windows(2).all(follow) {
            let message = "stages of a lane follow one another: compose, sign, archive, email, log";
            return Err(wrong_at(["lanes", name.as_str(), "stages"], message));
        }
        if lane.at_once > MOST_AT_ONCE {
            let message = format!("must be {MOST_AT_ONCE} at most; 0 is one for each core");
            return Err(wrong_at(["lanes", name.as_str(), "at_once"], &message));
        }
    }
    Ok(())
}

fn spans(settings: &Settings) -> Result<(), Wrong> {
    for (key, span) in [
        ("inbox.settle", settings.inbox.settle),
        ("inbox.scan", settings.inbox.scan),
        ("mail.give_up", settings.mail.give_up),
        ("mail.patience", settings.mail.patience),
        ("worker.heartbeat", settings.worker.heartbeat),
        ("hold.probe", settings.hold.probe),
        ("reconcile.every", settings.reconcile.every),
        ("retry.first", settings.retry.first),
        ("shutdown.grace", settings.shutdown.grace),
        ("people.idle", settings.people.idle),
        ("people.session", settings.people.session),
        ("people.link", settings.people.link),
    ] {
        if span.0.is_zero() {
            return Err(wrong(key, "must be longer than nothing"));
        }
    }
    let Some(three) = settings.worker.heartbeat.0.checked_mul(3) else {
        return Err(wrong("worker.heartbeat", "is too long"));
    };
    if settings.worker.dead_after.0 < three {
        let message = "must be three heartbeats at least, or living workers count as dead";
        return Err(wrong("worker.dead_after", message));
    }
    if settings.retry.longest < settings.retry.first {
        return Err(wrong("retry.longest", "must not be shorter than retry.first"));
    }
    if settings.retry.attempts == 0 {
        return Err(wrong("retry.attempts", "must be 1 at least"));
    }
    Ok(())
}

/// What is wrong at a key of `sealpress.yaml` whose parts have no dot.
fn wrong(key: &str, message: &str) -> Wrong {
    wrong_at(key.split('.'), message)
}

fn wrong_at<'a>(path: impl IntoIterator<Item = &'a str>, message: &str) -> Wrong {
    let path = path.into_iter().map(str::to_owned).collect();
    Wrong { layout: None, path, message: message.to_owned() }
}
