//! A new home's configuration, and what becomes of it when a key is changed.

use serde_yaml::Value;
use tempfile::TempDir;

use super::*;
use crate::{Dkim, Explained, Origin, defaults, explain};

const DEFAULTS: &str = include_str!("../../defaults/sealpress.yaml");

/// A new home, with one text replaced in one of its files.
fn home(file: &str, from: &str, to: &str) -> (TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in defaults::files() {
        let at = folder.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        if *path == file {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from}");
            fs::write(at, text.replacen(from, to, 1)).unwrap();
        } else {
            fs::write(at, bytes).unwrap();
        }
    }
    let home = Home::new(folder.path());
    (folder, home)
}

/// What is said of a home with this change, without the folder it stands in.
fn refused(file: &str, from: &str, to: &str) -> String {
    let (folder, home) = home(file, from, to);
    let error = load(&home).expect_err(to).to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

fn line(file: &str, key: &str) -> usize {
    let (_, bytes) = defaults::files().iter().find(|(path, _)| *path == file).unwrap();
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().position(|line| line.trim_start().starts_with(key)).unwrap() + 1
}

#[test]
fn a_new_home_is_accepted() {
    let (_folder, home) = home("sealpress.yaml", "", "");
    let (settings, layouts) = load(&home).unwrap();
    assert_eq!(layouts.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["en", "zh"]);
    assert_eq!(settings.flows.len(), 5);
}

/// Every path of a value, leaves and what is above them; names that a school chooses stay out.
fn paths(value: &Value, above: &[String], found: &mut Vec<Vec<String>>) {
    let Value::Mapping(map) = value else { return };
    for (key, value) in map {
        let path = [above, &[key.as_str().unwrap().to_owned()]].concat();
        if path != ["lanes"] {
            paths(value, &path, found);
        }
        found.push(path);
    }
}

fn without(value: &Value, path: &[String]) -> Value {
    let mut value = value.clone();
    let (last, above) = path.split_last().unwrap();
    let map = above.iter().fold(&mut value, |at, key| at.get_mut(key.as_str()).unwrap());
    map.as_mapping_mut().unwrap().remove(last.as_str()).unwrap();
    value
}

#[test]
fn the_documented_file_has_every_key_and_its_default() {
    let file: Value = serde_yaml::from_str(DEFAULTS).unwrap();
    let settings: Settings = serde_yaml::from_str(DEFAULTS).unwrap();
    let (mut in_file, mut in_types) = (Vec::new(), Vec::new());
    paths(&file, &[], &mut in_file);
    paths(&serde_yaml::to_value(&settings).unwrap(), &[], &mut in_types);
    in_file.sort();
    in_types.sort();
    assert_eq!(in_file, in_types);

    let mut optional = 0;
    for path in &in_file {
        let rest = serde_yaml::to_string(&without(&file, path)).unwrap();
        match serde_yaml::from_str::<Settings>(&rest) {
            Ok(defaulted) => {
                optional += 1;
                assert_eq!(defaulted, settings, "{}", path.join("."));
            }
            Err(error) => assert!(error.to_string().contains("missing field"), "{error}"),
        }
    }
    assert!(optional > 25, "{optional}");
}

#[test]
fn the_documented_dkim_section_is_one() {
    let example = DEFAULTS.lines().find_map(|line| line.split_once("# DKIM：")).unwrap().1;
    let dkim: Dkim = serde_yaml::from_str(example).unwrap();
    assert_eq!(dkim.domain, "example.edu.tw");
}

#[test]
fn every_key_is_explained_with_its_line() {
    let (_folder, home) = home("sealpress.yaml", "  settle: 2s\n", "");
    let explained = explain(&home).unwrap();
    let of = |key: &str| explained.iter().find(|one| one.key == key).unwrap();
    assert_eq!(of("inbox.settle").origin, Origin::Default);
    assert_eq!(of("inbox.settle").value, "2s");
    let password = of("sign.password");
    assert_eq!(password.value, "file:keys/school.password");
    let removed = 1;
    assert_eq!(
        password.origin,
        Origin::File { line: line("sealpress.yaml", "password: file:") - removed }
    );
    assert_eq!(of("lanes.press.stages").value, "[compose, sign, archive]");
    assert_eq!(of("roster.columns").value, "{}");
    let mut settings = Vec::new();
    paths(&serde_yaml::from_str(DEFAULTS).unwrap(), &[], &mut settings);
    for path in settings {
        let key = path.join(".");
        let below = format!("{key}.");
        let said = |one: &Explained| one.key == key || one.key.starts_with(&below);
        assert!(explained.iter().any(said), "{key}");
    }
}

#[test]
fn the_password_of_a_queue_is_not_shown() {
    let (_folder, home) =
        home("sealpress.yaml", "sqlite:queue.db", "redis://me:opensesame@127.0.0.1:6379/0");
    let explained = explain(&home).unwrap();
    let queue = explained.iter().find(|one| one.key == "queue").unwrap();
    assert_eq!(queue.value, "redis://me:***@127.0.0.1:6379/0");
}

#[test]
fn unknown_keys_are_named_at_any_depth() {
    for (file, from, to, said) in [
        (
            "sealpress.yaml",
            "inbox:\n",
            "imbox:\n",
            "the key “imbox” is not known; did you mean “inbox”?",
        ),
        (
            "sealpress.yaml",
            "  settle:",
            "  setle:",
            "the key “inbox.setle” is not known; did you mean “settle”?",
        ),
        (
            "sealpress.yaml",
            "at_once: 4",
            "at_ones: 4",
            "the key “lanes.post.at_ones” is not known; did you mean “at_once”?",
        ),
        (
            "sealpress.yaml",
            "  - { kind: rename,",
            "  - { knid: rename,",
            "the key “flows.2.knid” is not known; did you mean “kind”?",
        ),
        (
            "sealpress.yaml",
            "dkim: null",
            "dkim: { select: a, domain: b, key: file:c }",
            "the key “mail.dkim.select” is not known; did you mean “selector”?",
        ),
        (
            "layouts/zh.yaml",
            "seals:\n",
            "seal:\n",
            "the key “seal” is not known; did you mean “seals”?",
        ),
        (
            "layouts/zh.yaml",
            "seal: { image: assets/seal-management-zh.png, x",
            "seal: { image: assets/seal-management-zh.png, X",
            "the key “seals.deans.1.seal.X” is not known; did you mean “x”?",
        ),
    ] {
        let error = refused(file, from, to);
        let changed = to.lines().next().unwrap().trim_start();
        let original = from.lines().next().unwrap().trim_start();
        let (_, bytes) = defaults::files().iter().find(|(path, _)| *path == file).unwrap();
        let before = std::str::from_utf8(bytes).unwrap().split(original).next().unwrap();
        let line = before.matches('\n').count() + 1;
        assert_eq!(error, format!("{file}:{line}: {said}"), "{changed}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let error = refused("sealpress.yaml", "lanes:\n", "lanes:\n  post: { stages: [log] }\n");
    let at = line("sealpress.yaml", "post:") + 1;
    assert_eq!(error, format!("sealpress.yaml:{at}: lanes.post: stands here twice; keep one"));
}

#[test]
fn a_value_of_another_kind_is_told_what_it_should_be() {
    for (key, from, to, said) in [
        (
            "settle:",
            "settle: 2s",
            "settle: soon",
            "inbox.settle: “soon” is not a span of time; write it as 500ms, 2s, 5m, 48h or 7d",
        ),
        (
            "notify:",
            "notify: true",
            "notify: 7",
            "inbox.notify: needs true or false, not integer `7`",
        ),
        (
            "max_bytes:",
            "max_bytes: 20971520",
            "max_bytes: -1",
            "inbox.max_bytes: needs a whole number, 0 or more, not integer `-1`",
        ),
        (
            "queue:",
            "sqlite:queue.db",
            "mysql://x",
            "queue: “mysql://x” is not a queue; write sqlite:FILE or redis://HOST:PORT/DB",
        ),
        (
            "post:",
            "[email, log]",
            "[email, lgo]",
            "lanes.post.stages.1: “lgo” is not known; did you mean “log”?; there are compose, sign, archive, email, log",
        ),
        (
            "timezone:",
            "Asia/Taipei",
            "Asia/Taipeh",
            "school.timezone: is no time zone of this machine; write it as Asia/Taipei",
        ),
        (
            "pattern:",
            "{roc_year}-{seq}",
            "{rocyear}-{seq}",
            "numbering.pattern: knows no field {rocyear}; there are roc_year, year, seq",
        ),
        (
            "columns:",
            "columns: {}",
            "columns: { studentno: [a] }",
            "roster.columns.studentno: is no field of the roster; did you mean “student_no”? There are student_no, name_zh, name_en, birthday, email, school_email, programme, degree, college, certificate_no",
        ),
        (
            "from:",
            "<registrar@example.edu.tw>",
            "registrar@example.edu.tw",
            "mail.from: must be an address, or a name with an address in < >",
        ),
        (
            "bounce:",
            "bounce: null",
            "bounce: bounce@example.edu.tw",
            "mail.bounce: must be an address with {sending} in it, bounce+{sending}@example.edu.tw",
        ),
        (
            "password: null",
            "password: null",
            "password: file:keys/smtp",
            "mail.password: needs mail.user",
        ),
        (
            "post:",
            "[email, log]",
            "[log, email]",
            "lanes.post.stages: stages of a lane follow one another: compose, sign, archive, email, log",
        ),
        (
            "lanes:",
            "[email, log]",
            "[email]",
            "lanes: the stage log stands in 0 lanes; each stage needs exactly one",
        ),
        (
            "dead_after:",
            "dead_after: 15s",
            "dead_after: 5s",
            "worker.dead_after: must be three heartbeats at least, or living workers count as dead",
        ),
        ("probe:", "probe: 15s", "probe: 0s", "hold.probe: must be longer than nothing"),
    ] {
        let error = refused("sealpress.yaml", from, to);
        assert_eq!(error, format!("sealpress.yaml:{}: {said}", line("sealpress.yaml", key)));
    }
}

#[test]
fn a_secret_that_stands_in_the_file_is_not_repeated() {
    for literal in ["opensesame", "31415926", "{ a: opensesame }", "[opensesame]"] {
        let error = refused("sealpress.yaml", "file:keys/school.password", literal);
        assert!(error.contains("sign.password"), "{error}");
        assert!(!error.contains("opensesame") && !error.contains("31415926"), "{error}");
    }
}

#[test]
fn a_missing_key_is_named_where_it_belongs() {
    let error = refused("sealpress.yaml", "  path: inbox\n", "");
    let at = line("sealpress.yaml", "inbox:");
    assert_eq!(error, format!("sealpress.yaml:{at}: inbox.path: is missing, and has no default"));
    let said = "sealpress.yaml:1: school: is missing, and has no default";
    assert_eq!(refused("sealpress.yaml", DEFAULTS, ""), said);
}

#[test]
fn name_patterns_are_checked() {
    for (pattern, said) in [
        ("{student_no}", "must end in .pdf"),
        ("{kind}.pdf", "must contain {student_no}"),
        ("{student_no}_{name}.pdf", "knows no field {name}"),
        ("{student_no}{kind}.pdf", "needs something between two fields"),
        ("{student_no.pdf", "has a { without its }"),
        ("student_no}.pdf", "has a } without its {"),
        ("{student_no}_{student_no}.pdf", "has {student_no} twice"),
        ("in/{student_no}.pdf", "not a path"),
    ] {
        let error = refused("sealpress.yaml", "{student_no}_{language}_{kind}.pdf", pattern);
        assert!(error.contains("inbox.name_pattern") && error.contains(said), "{error}");
    }
}

#[test]
fn layouts_are_refused_with_their_own_file_and_line() {
    for (key, from, to, said) in [
        (
            "background:",
            "assets/background-zh.jpg",
            "assets/none.jpg",
            "background: names the file assets/none.jpg, which does not exist in the home",
        ),
        ("qr:", "qr: { x: ", "qr: { x: 9", "qr: does not stand on the page, which is 297 × 210 mm"),
        (
            "page_mm:",
            "[297, 210]",
            "[297, -210]",
            "page_mm: must be width and height in millimetres; A4 landscape is [297, 210]",
        ),
        (
            "page_mm:",
            "[297, 210]",
            "[.nan, 210]",
            "page_mm: must be width and height in millimetres; A4 landscape is [297, 210]",
        ),
        (
            "serial:",
            "：{certificate_no}",
            "：{number}",
            "serial.text: knows no field {number}; there are certificate_no, student_no",
        ),
        ("serial:", "size: 11", "size: 0", "serial.size: must be from 1 to 200 points"),
        (
            "seal: { image: assets/seal-management",
            "seal-management-zh.png",
            "none.png",
            "seals.deans.1.seal.image: names the file assets/none.png, which does not exist in the home",
        ),
        (
            "- colleges: [管理",
            "[管理學院]",
            "[]",
            "seals.deans.1.colleges: names no college, so the seal would never be used",
        ),
    ] {
        let error = refused("layouts/zh.yaml", from, to);
        // The first mention may be a comment's.
        let line = line("layouts/zh.yaml", key);
        assert_eq!(error, format!("layouts/zh.yaml:{line}: {said}"));
    }
}

#[test]
fn a_flow_without_layout_is_refused() {
    let error = refused("layouts/en.yaml", "kinds: []", "kinds: [first]");
    let at = line("sealpress.yaml", "- { kind: reissue, language: en }");
    assert!(error.starts_with(&format!("sealpress.yaml:{at}: flows.4: reissue in en")), "{error}");
}

#[test]
fn what_is_no_configuration_is_refused() {
    let error = refused("sealpress.yaml", "queue: sqlite", "queue: [sqlite");
    assert!(error.starts_with("sealpress.yaml:"), "{error}");
    assert!(error.contains("check indentation and quotes"), "{error}");
    let large = format!("# {}\nqueue:", "x".repeat(300 * 1024));
    assert!(refused("sealpress.yaml", "queue:", &large).contains("larger than"));
    let columns: Vec<String> = (0..2000).map(|at| format!("c{at}: *names")).collect();
    let bomb =
        format!("columns: {{ name_zh: &names [{}], {} }}", "x, ".repeat(2000), columns.join(", "));
    assert!(refused("sealpress.yaml", "columns: {}", &bomb).contains("larger than"));
}
