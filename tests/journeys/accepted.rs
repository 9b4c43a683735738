//! What real print systems write becomes certificates that other makers' tools call valid, and
//! that show what the raw page showed.

use sealpress_tests::{Home, Picture, judges, repository};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{LONG, fixture, roster_of_the_fixtures, sidecar};

/// Fixtures that are accepted, each as a degree of its own.
const ACCEPTED: [&str; 8] = [
    "chromium-whitebg",
    "ghostscript-distilled",
    "libreoffice-pdfa2b",
    "libreoffice-writer",
    "qpdf-encrypted-ownerpw",
    "qpdf-linearized-objstm",
    "reportlab-whiterect",
    "weasyprint-pdfa2b",
];

/// Cells that differ by more than this (of 255) count, and so many of the page's 86,800 may:
/// renderers of other versions draw an edge a little differently.
const TOLERANCE: u8 = 24;
const TOLERATED: usize = 40;

/// The QR code and the number are other ones in every run. `[left, top, right, bottom]` in parts
/// of a hundred of the page.
const OF_THIS_RUN: [[usize; 4]; 2] = [[8, 77, 17, 90], [60, 7, 94, 12]];

#[test]
fn each_accepted_drop_is_issued_archived_mailed_and_shows_its_page() {
    let home = Home::new();
    home.import(&roster_of_the_fixtures(&ACCEPTED));
    let _running = home.start("run", &["run"]);
    for name in ACCEPTED {
        home.drop(&format!("{name}.yaml"), sidecar(name).as_bytes());
        home.drop(&format!("{name}.pdf"), &fixture(&format!("{name}.pdf")));
    }
    home.wait_for_closed(ACCEPTED.len(), LONG);

    let certificates = home.certificates();
    let archived: Vec<PathBuf> = certificates.iter().map(|one| archived_file(&home, one)).collect();
    assert_eq!(home.pdfs("archive"), sorted(&archived), "each once, and nothing else");
    archived.iter().for_each(|file| judges::qpdf(file));
    archived.iter().for_each(|file| judges::pdfsig(file));
    judges::pyhanko(&school_certificate(&home), &archived);
    for (certificate, file) in certificates.iter().zip(&archived) {
        assert_eq!(certificate["status"], "issued");
        let degree = certificate["degree"].as_str().expect("a degree");
        keeps_its_text(degree, file);
        looks_as_reviewed(degree, file);
    }
    assert_eq!(
        names(&home.files("inbox/done")),
        ACCEPTED
            .iter()
            .flat_map(|name| { [format!("{name}.pdf"), format!("{name}.yaml")] })
            .collect()
    );
    let mails = home.files("outbox");
    assert_eq!(
        mails.iter().filter(|mail| mail.extension().is_some_and(|e| e == "eml")).count(),
        ACCEPTED.len()
    );
    assert_eq!(home.ask(&["audit"])["findings"], serde_json::json!([]));
}

/// The school's certificate, the only root that a judge is to trust.
pub(crate) fn school_certificate(home: &Home) -> PathBuf {
    let pems = home.files("keys").into_iter();
    let mut pems: Vec<PathBuf> =
        pems.filter(|file| file.extension().is_some_and(|e| e == "pem")).collect();
    assert_eq!(pems.len(), 1, "{pems:?}");
    pems.remove(0)
}

/// The archived file of a certificate in a list.
pub(crate) fn archived_file(home: &Home, certificate: &Value) -> PathBuf {
    home.at("archive").join(certificate["archive_path"].as_str().expect("it is archived"))
}

fn sorted(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = files.to_vec();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> BTreeSet<String> {
    files.iter().filter_map(|file| Some(file.file_name()?.to_str()?.to_owned())).collect()
}

/// Everything that could be read on the raw page can be read on the composed one.
fn keeps_its_text(fixture: &str, composed: &Path) {
    let raw = judges::text(&repository().join(format!("tests/fixtures/{fixture}.pdf")));
    let composed = judges::text(composed);
    assert!(raw.contains("王大明"), "the fixture has a text");
    assert!(composed.contains(&raw), "{fixture}: “{raw}” is not in “{composed}”");
}

/// The rendered page is the one that a person has looked at. `REVIEW=1` writes it anew, to be
/// looked at again.
fn looks_as_reviewed(fixture: &str, composed: &Path) {
    let reviewed = repository().join(format!("tests/journeys/reviewed/{fixture}.png"));
    let seen = Picture::of(composed);
    if std::env::var_os("REVIEW").is_some() {
        seen.write(&reviewed);
        return;
    }
    let differences = seen.differences(&Picture::read(&reviewed), TOLERANCE, &OF_THIS_RUN);
    if differences > TOLERATED {
        let shown = std::env::temp_dir().join(format!("sealpress-seen-{fixture}.png"));
        seen.write(&shown);
        panic!("{fixture}: {differences} cells differ; seen: {}", shown.display());
    }
}

/// What is tolerated is much less than what the text of a page covers: a page without its text
/// could not pass for the reviewed one.
#[test]
fn a_text_covers_more_than_is_tolerated() {
    for name in ACCEPTED {
        let raw = Picture::of(&repository().join(format!("tests/fixtures/{name}.pdf")));
        let covered = raw.differences(&raw.blank(), TOLERANCE, &OF_THIS_RUN);
        assert!(covered > 10 * TOLERATED, "{name}: {covered} cells");
    }
}
