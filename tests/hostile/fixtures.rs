//! No honest print system is refused for what only hostile ones do.

use sealpress_tests::repository;
use std::collections::BTreeSet;
use std::fs;

use crate::siege::Verdict;
use crate::{Must, Siege};

use Must::{Harmless, Refuse, Wait};

/// Every certificate of a real print system, and what must become of it.
const FIXTURES: [(&str, Must); 13] = [
    ("cairo-cff", Harmless),
    ("chromium-whitebg", Harmless),
    ("ghostscript-distilled", Harmless),
    ("libreoffice-pdfa2b", Harmless),
    ("libreoffice-writer", Harmless),
    // No ToUnicode: what it says can be seen, and not read.
    ("lo-ps-distilled", Wait),
    ("qpdf-encrypted-objstm", Harmless),
    ("qpdf-encrypted-ownerpw", Harmless),
    ("qpdf-linearized-objstm", Harmless),
    ("reportlab-cid-unembedded", Refuse("font_not_embedded")),
    ("reportlab-whiterect", Harmless),
    // A picture.
    ("scan-jpg", Wait),
    ("weasyprint-pdfa2b", Harmless),
];

#[test]
fn real_print_systems_are_refused_only_for_what_the_rules_name() {
    let folder = repository().join("tests/fixtures");
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .expect("fixtures")
        .filter_map(|entry| {
            Some(entry.ok()?.file_name().to_str()?.strip_suffix(".pdf")?.to_owned())
        })
        .collect();
    let named = FIXTURES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, named, "each fixture has its verdict here");

    let mut siege = Siege::lay();
    let (mut student, mut roster) =
        (siege.student(), String::from("student_no,name_zh,email,programme,degree\n"));
    "B11012345".clone_into(&mut student.number);
    for (name, _) in FIXTURES {
        roster.push_str(&format!("B11012345,王大明,b@students.example,資訊工程學系,{name}\n"));
    }
    siege.home.import(&roster);
    for (name, must) in FIXTURES {
        let sidecar = format!("student_no: B11012345\nkind: first\nlanguage: zh\ndegree: {name}\n");
        siege.home.drop(&format!("{name}.yaml"), sidecar.as_bytes());
        let bytes = fs::read(folder.join(format!("{name}.pdf"))).expect("a fixture");
        siege.home.drop(&format!("{name}.pdf"), &bytes);
        let verdict = siege.verdict_of(name, |one| one["degree"] == name);
        if !matches!((&verdict, must), (Verdict::Waits, Wait)) {
            siege.hold(name, &verdict, must, &student);
        }
    }
    siege.lift();
}
