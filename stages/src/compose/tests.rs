//! The stage with the sample school, on pages of real print systems; what it makes is judged by
//! qpdf, by poppler's text and by poppler's picture.

mod artwork;
mod foreign;
mod layouts;
mod shown;

use lopdf::{Document, Object};
use sealpress_config::{Home, Kind, Language};
use sealpress_ledger::{Certificate, Certified, Progress, Sha256Hash, Status};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

use super::*;
use shown::Shown;

/// Every fixture but the one that pre-flight refuses for its fonts.
const ACCEPTED: [&str; 12] = [
    "cairo-cff",
    "chromium-whitebg",
    "ghostscript-distilled",
    "libreoffice-pdfa2b",
    "libreoffice-writer",
    "lo-ps-distilled",
    "qpdf-encrypted-objstm",
    "qpdf-encrypted-ownerpw",
    "qpdf-linearized-objstm",
    "reportlab-whiterect",
    "scan-jpg",
    "weasyprint-pdfa2b",
];

/// A home as `init` writes it.
fn sample_school() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in sealpress_config::defaults::files() {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    folder
}

fn sample_file(path: &str) -> &'static [u8] {
    sealpress_config::defaults::files().iter().find(|(one, _)| *one == path).unwrap().1
}

fn prepare(home: &Path) -> Result<Compose, ComposeError> {
    let home = Home::new(home);
    let (settings, layouts) = sealpress_config::load(&home).unwrap();
    Compose::prepare(&home, &layouts, &settings.school, Extractor::here(&settings))
}

impl Compose {
    /// Takes the page out of the file, sends it, receives it, and composes it.
    fn composed(&self, certificate: &Certificate, raw: &Raw) -> Result<Composed, Reason> {
        let bounds = Bounds { objects: 50_000, depth: 32 };
        let sent = take::take(&raw.0).ok().and_then(|taken| taken.sent()).unwrap();
        self.compose(certificate, Taken::received(&sent, bounds).unwrap())
    }
}

/// The sample school as `init` writes it, prepared.
static SAMPLE: LazyLock<Compose> = LazyLock::new(|| prepare(sample_school().path()).unwrap());

fn certificate() -> Certificate {
    let accepted_at = "2026-06-15T08:30:00Z".parse().unwrap();
    Certificate {
        id: "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b".parse().unwrap(),
        certified: Certified {
            student_no: "B11012345".into(),
            name_zh: Some("王大明".into()),
            name_en: None,
            programme: "資訊工程學系".into(),
            degree: "工學士".into(),
            college: Some("工學院".into()),
            kind: Kind::First,
            language: Language::Zh,
            certificate_no: "範科大學字第1140001號".into(),
            issued_on: None,
        },
        status: Status::Pending,
        progress: Progress::At(config::Stage::Compose),
        waiting_for: None,
        approval: None,
        token: "0123456789abcdef0123456789abcdef".into(),
        drop_name: "B11012345_zh_first.pdf".into(),
        drop_hash: Sha256Hash::of(b""),
        accepted_at,
        archived: None,
        supersedes: None,
        attempts: 1,
        due_at: accepted_at,
        first_tried_at: None,
        handed_on: None,
        last_error: None,
    }
}

fn of_kind(language: Language, kind: Kind) -> Certificate {
    let mut one = certificate();
    (one.certified.language, one.certified.kind) = (language, kind);
    one
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/fixtures/{name}.pdf"))
}

/// A composed page as a file.
struct Page {
    file: tempfile::NamedTempFile,
}

impl Page {
    fn of(compose: &Compose, certificate: &Certificate, raw: &[u8]) -> Self {
        let composed = compose.composed(certificate, &Raw(raw.to_vec())).unwrap();
        let file = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
        std::fs::write(file.path(), composed.bytes()).unwrap();
        Self { file }
    }

    fn path(&self) -> &Path {
        self.file.path()
    }

    /// qpdf finds nothing wrong.
    fn checked(self) -> Self {
        let said = said_by(Command::new("qpdf").arg("--check").arg(self.path()));
        assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
        self
    }

    fn text(&self) -> String {
        text(self.path())
    }

    fn shown(&self) -> Shown {
        Shown::of(self.path())
    }
}

fn text(pdf: &Path) -> String {
    said_by(Command::new("pdftotext").arg(pdf).arg("-"))
}

fn said_by(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A white page that covers whatever is under it.
fn white_page() -> Vec<u8> {
    foreign::page("1 g 0 0 842 595 re f", |_, _| ())
}

#[test]
fn every_accepted_page_keeps_its_text_and_shows_it_on_the_background() {
    let ground = Page::of(&SAMPLE, &certificate(), &white_page()).shown();
    for name in ACCEPTED {
        let raw = std::fs::read(fixture(name)).unwrap();
        let page = Page::of(&SAMPLE, &certificate(), &raw).checked();
        let composed = page.text();
        let before = text(&fixture(name));
        for word in before.split_whitespace() {
            assert!(composed.contains(word), "{name}: “{word}” is not in “{composed}”");
        }
        assert!(composed.contains("證書字號：範科大學字第1140001號"), "{name}: {composed}");
        let (raw, page) = (Shown::of(&fixture(name)), page.shown());
        let (lost, ink) = raw.ink_lost_on(&page);
        assert!(
            ink > 2000 && lost == 0,
            "{name}: {lost} of {ink} dark pixels are not dark any more"
        );
        let (hidden, blank) = raw.ground_hidden(&page, &ground);
        assert!(
            hidden * 1000 < blank,
            "{name}: {hidden} of {blank} blank pixels hide the background"
        );
    }
}

#[test]
fn the_background_of_a_white_page_is_the_artwork() {
    let page = Page::of(&SAMPLE, &certificate(), &white_page()).shown();
    // Paper, and the frame 5.4 mm from the edge.
    let [red, green, blue] = page.at_mm(60.0, 60.0);
    assert!(red > 250 && green > 245 && (225..252).contains(&blue), "paper: {red} {green} {blue}");
    let [red, _, blue] = page.at_mm(148.0, 5.4);
    assert!(red < 225 && blue + 40 < red, "frame: {red} {blue}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let home = sample_school();
    let raw = Raw(std::fs::read(fixture("libreoffice-writer")).unwrap());
    let composed = |compose: &Compose| compose.composed(&certificate(), &raw).unwrap().into_bytes();
    assert!(composed(&SAMPLE) == composed(&SAMPLE));
    assert!(composed(&SAMPLE) == composed(&prepare(home.path()).unwrap()), "after a new start too");
}

#[test]
fn certificates_of_a_layout_begin_with_the_same_bytes() {
    let compose_one = |name: &str, number: &str| {
        let mut one = certificate();
        one.certified.certificate_no = number.into();
        one.token = format!("{number:0>32}");
        let raw = Raw(std::fs::read(fixture(name)).unwrap());
        SAMPLE.composed(&one, &raw).unwrap().into_bytes()
    };
    let (one, other) = (compose_one("weasyprint-pdfa2b", "1"), compose_one("scan-jpg", "222"));
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let shared = SAMPLE.prepared.iter().find(|one| one.layout.name == "zh").unwrap().shared.len();
    assert!(same >= shared, "{same} of {shared} bytes");
    let background = sample_file("assets/background-zh.jpg");
    let at = one.windows(background.len()).position(|window| window == background).unwrap();
    assert!(
        at + background.len() < shared && at < 400,
        "the background stands first, as it is: {at}"
    );
}

#[test]
fn the_seals_place_is_found_again() {
    let composed = SAMPLE.composed(&certificate(), &Raw(white_page())).unwrap();
    let [left, lower, right, upper] = composed.seal().rect;
    // 30 mm at (232, 19).
    assert!((left - 657.64).abs() < 0.01 && (lower - 53.86).abs() < 0.01, "{left} {lower}");
    assert!((right - left - 85.04).abs() < 0.01 && (upper - lower - 85.04).abs() < 0.01);
    let again = Composed::reopen(composed.bytes().to_vec()).unwrap();
    assert_eq!(again.seal().resource, composed.seal().resource);
    for (again, before) in again.seal().rect.iter().zip(composed.seal().rect) {
        assert!((again - before).abs() < 0.001);
    }
    let document = Document::load_mem(composed.bytes()).unwrap();
    let page = document.get_dictionary(document.page_iter().next().unwrap()).unwrap();
    let images = page.get(b"Resources").and_then(Object::as_dict).unwrap().get(b"XObject").unwrap();
    let seal = images.as_dict().unwrap().get(composed.seal().resource.as_bytes()).unwrap();
    let form = document.dereference(seal).unwrap().1.as_stream().unwrap();
    assert_eq!(form.dict.get(b"Subtype").and_then(Object::as_name).unwrap(), b"Form");
    assert_eq!(Composed::reopen(b"%PDF-1.7".to_vec()).err().unwrap().code, "not_composed");
    assert_eq!(Composed::reopen(white_page()).err().unwrap().code, "not_composed");
}

#[test]
fn what_readers_tell_of_the_file_is_its_number_and_no_name() {
    let raw = std::fs::read(fixture("libreoffice-pdfa2b")).unwrap();
    let page = Page::of(&SAMPLE, &certificate(), &raw);
    let told = said_by(Command::new("pdfinfo").arg("-isodates").arg(page.path()));
    let line = |key: &str| {
        told.lines().find_map(|line| line.strip_prefix(key)).map(str::trim).unwrap_or_default()
    };
    assert_eq!(line("Title:"), "範科大學字第1140001號");
    assert_eq!(line("Producer:"), "Sealpress");
    assert_eq!(line("CreationDate:"), "2026-06-15T08:30:00Z");
    assert_eq!(
        [line("Tagged:"), line("JavaScript:"), line("Metadata Stream:"), line("Pages:")],
        ["no", "no", "no", "1"]
    );
    assert!(!told.contains("王大明"));
}

#[tokio::test]
async fn a_number_that_the_font_lacks_is_refused_by_name() {
    let mut one = certificate();
    one.certified.certificate_no = "龘字第1號".into();
    let refused = SAMPLE.run(&one, Raw(white_page())).await.err().unwrap();
    let StageError::Reject(reason) = refused else { panic!("{refused}") };
    assert_eq!(reason.code, "missing_glyph");
    for message in [&reason.message_zh, &reason.message_en] {
        assert!(message.contains("龘") && message.contains("U+9F98"), "{message}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_page_are_refused() {
    for raw in [&b""[..], b"%PDF-1.7\n%%EOF\n"] {
        let refused = SAMPLE.run(&certificate(), Raw(raw.to_vec())).await.err().unwrap();
        assert_eq!(refused.reason().code, "raw_page_unusable");
        assert!(matches!(refused, StageError::Reject(_)));
    }
}
