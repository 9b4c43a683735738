//! What types can't say: whether the values make sense together.

use jiff::tz::TimeZone;
use std::path::PathBuf;

use crate::{Home, Layout, Settings, Stage};

/// A value that makes no sense.
pub(crate) struct Wrong {
    pub(crate) file: Option<PathBuf>,
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

pub(crate) fn check(home: &Home, settings: &Settings, layouts: &[Layout]) -> Result<(), Wrong> {
    school(settings)?;
    name_pattern(&settings.inbox.name_pattern)?;
    lanes(settings)?;
    mail(settings)?;
    spans(settings)?;
    if !settings.numbering.pattern.contains("{seq}") {
        return Err(wrong(
            "numbering.pattern",
            "must contain {seq}, or all certificates get the same number",
        ));
    }
    if settings.flows.is_empty() {
        return Err(wrong(
            "flows",
            "names no combination of kind and language, so nothing could be issued",
        ));
    }
    for flow in &settings.flows {
        if Layout::choose(layouts, flow.language, flow.kind, None).is_none() {
            let message = format!(
                "{} in {} has no layout that fits every college; add one to layouts/ or take it out of flows",
                flow.kind, flow.language
            );
            return Err(wrong("flows", &message));
        }
    }
    layouts.iter().try_for_each(|layout| files_of(home, layout))
}

fn school(settings: &Settings) -> Result<(), Wrong> {
    if TimeZone::get(&settings.school.timezone).is_err() {
        return Err(wrong(
            "school.timezone",
            "is no time zone of this machine; write it as Asia/Taipei",
        ));
    }
    let url = &settings.school.verify_url;
    if !(url.starts_with("https://") || url.starts_with("http://"))
        || url.contains(char::is_whitespace)
    {
        return Err(wrong("school.verify_url", "must be an address that starts with https://"));
    }
    Ok(())
}

fn name_pattern(pattern: &str) -> Result<(), Wrong> {
    let refuse = |message: &str| Err(wrong("inbox.name_pattern", message));
    let Some(mut rest) = pattern.strip_suffix(".pdf") else { return refuse("must end in .pdf") };
    let mut fields = Vec::new();
    while let Some((_, opened)) = rest.split_once('{') {
        let Some((field, after)) = opened.split_once('}') else {
            return refuse("has a { without its }");
        };
        if !NAME_FIELDS.contains(&field) {
            return refuse(&format!(
                "knows no field {{{field}}}; there are {}",
                NAME_FIELDS.join(", ")
            ));
        }
        if after.starts_with('{') {
            return refuse("needs something between two fields to tell them apart");
        }
        fields.push(field);
        rest = after;
    }
    if fields.contains(&"student_no") { Ok(()) } else { refuse("must contain {student_no}") }
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
        let key = format!("lanes.{name}");
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || name.is_empty() {
            return Err(wrong(&key, "names of lanes have letters, digits and - alone"));
        }
        let follow = |pair: &[Stage]| {
            let place = |stage| Stage::ALL.iter().position(|one| *one == stage);
            place(pair[1]) == place(pair[0]).map(|place| place + 1)
        };
        if lane.stages.is_empty() || !lane.stages.windows(2).all(follow) {
            let message = "stages of a lane follow one another: compose, sign, archive, email, log";
            return Err(wrong(&format!("{key}.stages"), message));
        }
    }
    Ok(())
}

fn mail(settings: &Settings) -> Result<(), Wrong> {
    let from = &settings.mail.from;
    let address =
        from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address.trim_end_matches('>'));
    let sane = address.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && domain.contains('.') && !address.contains(char::is_whitespace)
    });
    if !sane || from.chars().any(char::is_control) {
        return Err(wrong("mail.from", "must be an address, or a name with an address in < >"));
    }
    match &settings.mail.bounce {
        Some(bounce) if !bounce.contains("{sending}") || !bounce.contains('@') => {
            Err(wrong("mail.bounce", "must be an address with {sending} in it, bounce+{sending}@…"))
        }
        _ => Ok(()),
    }
}

fn spans(settings: &Settings) -> Result<(), Wrong> {
    let worker = settings.worker;
    if worker.dead_after.0 < worker.heartbeat.0 * 3 {
        return Err(wrong(
            "worker.dead_after",
            "must be three heartbeats at least, or living workers count as dead",
        ));
    }
    for (key, span) in [
        ("inbox.scan", settings.inbox.scan),
        ("worker.heartbeat", worker.heartbeat),
        ("hold.probe", settings.hold.probe),
        ("reconcile.every", settings.reconcile.every),
        ("retry.first", settings.retry.first),
    ] {
        if span.0.is_zero() {
            return Err(wrong(key, "must be longer than nothing"));
        }
    }
    if settings.retry.attempts == 0 {
        return Err(wrong("retry.attempts", "must be 1 at least"));
    }
    Ok(())
}

fn files_of(home: &Home, layout: &Layout) -> Result<(), Wrong> {
    let deans = layout.seals.deans.iter().map(|dean| &dean.seal.image);
    for path in
        [&layout.background, &layout.seals.president.image, &layout.font].into_iter().chain(deans)
    {
        if !home.resolve(path).is_file() {
            return Err(Wrong {
                file: Some(home.layouts().join(format!("{}.yaml", layout.name))),
                path: Vec::new(),
                message: format!(
                    "names the file {}, which does not exist in the home",
                    path.display()
                ),
            });
        }
    }
    Ok(())
}

fn wrong(key: &str, message: &str) -> Wrong {
    Wrong {
        file: None,
        path: key.split('.').map(str::to_owned).collect(),
        message: message.to_owned(),
    }
}
