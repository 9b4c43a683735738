//! Sidecars that are made to cost memory or time, or to be read in two ways.

use std::fs;

use crate::{Must, Siege};

use Must::{Harmless, Refuse};

/// A sidecar: what it is, its ending, its content for a student's number, and the verdict.
type Sidecar = (&'static str, &'static str, fn(&str) -> Vec<u8>, Must);

/// What a good sidecar says, and more.
fn with(number: &str, more: &str) -> Vec<u8> {
    format!("student_no: {number}\nkind: first\nlanguage: zh\n{more}").into_bytes()
}

/// The same in JSON.
fn json_with(number: &str, more: &str) -> Vec<u8> {
    format!(r#"{{"student_no":"{number}","kind":"first","language":"zh"{more}}}"#).into_bytes()
}

const SIDECARS: &[Sidecar] = &[
    ("a good one", "yaml", |n| with(n, ""), Harmless),
    ("a good one in JSON", "json", |n| json_with(n, ""), Harmless),
    ("with an ending in capitals", "YML", |n| with(n, ""), Harmless),
    ("nothing", "yaml", |_| Vec::new(), Refuse("sidecar_malformed|field_missing")),
    ("nothing in JSON", "json", |_| Vec::new(), Refuse("sidecar_malformed")),
    ("nought", "yaml", |_| vec![0; 100], Refuse("sidecar_malformed")),
    ("no text", "yaml", |_| b"\xff\xfe\x00\x01".to_vec(), Refuse("sidecar_not_utf8")),
    (
        "100 MB",
        "yaml",
        |n| [with(n, "#"), vec![b'x'; 100_000_000]].concat(),
        Refuse("sidecar_too_large"),
    ),
    (
        "100 MB of JSON",
        "json",
        |n| [json_with(n, ""), vec![b' '; 100_000_000]].concat(),
        Refuse("sidecar_too_large"),
    ),
    (
        "a billion laughs",
        "yaml",
        |n| {
            let mut laughs = String::from("degree: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
            for (level, key) in ["college", "programme", "name_zh", "name_en", "email", "birthday"]
                .iter()
                .enumerate()
            {
                let below = format!("*a{level},").repeat(60);
                laughs.push_str(&format!("{key}: &a{} [{below}]\n", level + 1));
            }
            with(n, &laughs)
        },
        Refuse("sidecar_malformed"),
    ),
    (
        "a billion laughs under keys of their own",
        "yaml",
        |n| {
            let laughs: String = (1..30)
                .map(|at| format!("l{at}: &l{at} [{}]\n", format!("*l{},", at - 1).repeat(9)))
                .collect();
            with(n, &format!("l0: &l0 [ha]\n{laughs}degree: *l29\n"))
        },
        Refuse("sidecar_unknown_key"),
    ),
    ("an anchor in itself", "yaml", |n| with(n, "degree: &a [*a]\n"), Refuse("sidecar_malformed")),
    (
        "an anchor that nobody dropped",
        "yaml",
        |n| with(n, "degree: *nobody\n"),
        Refuse("sidecar_malformed"),
    ),
    (
        "a merged map",
        "yaml",
        |n| with(n, "<<: {degree: x}\n"),
        Refuse("sidecar_unknown_key|sidecar_malformed"),
    ),
    (
        "a tag of a program",
        "yaml",
        |n| with(n, "degree: !!python/object/apply:os.system [id]\n"),
        Refuse("sidecar_malformed"),
    ),
    (
        "a file to be read in",
        "yaml",
        |n| with(n, "college: !include /etc/passwd\n"),
        Refuse("sidecar_malformed|roster_differs"),
    ),
    (
        "two documents",
        "yaml",
        |n| [with(n, "---\n"), with("B1", "")].concat(),
        Refuse("sidecar_malformed"),
    ),
    ("a key twice", "yaml", |n| with(n, "student_no: B00000001\n"), Refuse("sidecar_malformed")),
    (
        "a key twice in JSON",
        "json",
        |n| json_with(n, r#","student_no":"B00000001""#),
        Refuse("sidecar_malformed"),
    ),
    (
        "a key twice, once escaped",
        "json",
        |n| json_with(n, r#","student\u005fno":"B00000001""#),
        Refuse("sidecar_malformed"),
    ),
    (
        "30,000 levels",
        "yaml",
        |n| with(n, &format!("degree: {}{}\n", "[".repeat(30_000), "]".repeat(30_000))),
        Refuse("sidecar_malformed"),
    ),
    (
        "30,000 levels of maps",
        "yaml",
        |n| with(n, &format!("degree: {}x{}\n", "{a: ".repeat(12_000), "}".repeat(12_000))),
        Refuse("sidecar_malformed"),
    ),
    (
        "2,000 levels by indents",
        "yaml",
        |n| {
            let deep: String = (0..300).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
            with(n, &format!("degree:\n {}", deep.replace('\n', "\n ")))
        },
        Refuse("sidecar_malformed"),
    ),
    (
        "60,000 levels in JSON",
        "json",
        |n| json_with(n, &format!(r#","degree":{}"#, "[".repeat(60_000))),
        Refuse("sidecar_malformed"),
    ),
    (
        "20,000 keys",
        "json",
        |n| json_with(n, &r#","x":1"#.repeat(9_000)),
        Refuse("sidecar_unknown_key|sidecar_malformed"),
    ),
    ("a list", "json", |_| b"[1,2,3]".to_vec(), Refuse("sidecar_malformed")),
    ("a word", "json", |_| b"null".to_vec(), Refuse("sidecar_malformed")),
    (
        "a number that does not end",
        "json",
        |_| format!(r#"{{"student_no":{}}}"#, "9".repeat(60_000)).into_bytes(),
        Refuse("sidecar_malformed"),
    ),
    (
        "a key of a web page",
        "yaml",
        |n| with(n, "\"<script>alert(1)</script>\": x\n"),
        Refuse("sidecar_unknown_key"),
    ),
    (
        "a key of two lines",
        "json",
        |n| json_with(n, r#","a\r\nb\u202ec":"x""#),
        Refuse("sidecar_unknown_key"),
    ),
    (
        "a key of 60,000 characters",
        "yaml",
        |n| with(n, &format!("{}: x\n", "k".repeat(60_000))),
        Refuse("sidecar_unknown_key|sidecar_malformed"),
    ),
    ("JSON under the name of YAML", "yaml", |n| json_with(n, ""), Harmless),
    ("YAML under the name of JSON", "json", |n| with(n, ""), Refuse("sidecar_malformed")),
];

#[test]
fn sidecars_are_read_in_one_way_or_refused() {
    let mut siege = Siege::lay();
    for (at, (what, ending, content, must)) in SIDECARS.iter().enumerate() {
        let student = siege.student();
        let name = format!("sidecar-{at}");
        siege.home.drop(&format!("{name}.{ending}"), &content(&student.number));
        siege.home.drop(&format!("{name}.pdf"), &siege.prints.print(&student));
        let before = siege.time();
        let verdict = siege.verdict(&name, &student.number);
        siege.took(what, before);
        siege.hold(what, &verdict, *must, &student);
        if let Refuse(_) = must {
            siege.says_nothing_odd(what, &name);
        }
    }
    let student = siege.student();
    siege.home.drop("both.yaml", &with(&student.number, ""));
    siege.home.drop("both.json", &json_with("B00000001", ""));
    siege.home.drop("both.pdf", &siege.prints.print(&student));
    let verdict = siege.verdict("both", &student.number);
    siege.hold("two sidecars", &verdict, Refuse("two_sidecars"), &student);
    siege.lift();
}

impl Siege {
    /// The reason beside a refused drop repeats nothing that a terminal or a page would obey.
    pub(crate) fn says_nothing_odd(&mut self, what: &str, name: &str) {
        for ending in ["json", "txt"] {
            let file = self.home.at(&format!("inbox/failed/{name}.error.{ending}"));
            let text = fs::read_to_string(file).unwrap_or_default();
            let odd = |c: char| {
                c != '\n' && c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            };
            if text.chars().any(odd) || text.len() > 4_000 {
                self.fail(what, &format!("its reason is odd: {text:?}"));
            }
        }
    }
}
