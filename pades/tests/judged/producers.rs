//! What others sign, and what is done to it: our verdict beside pyHanko's, in a table.

use jiff::Timestamp;
use pades::{Trust, Verdict, verify};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::authorities::trust;
use crate::pki::{PASSWORD, Pki};
use crate::profiles::root;
use crate::{judges, pages};

/// A file, our verdict, and pyHanko's.
struct Line {
    name: String,
    ours: Option<&'static str>,
    theirs: Option<String>,
}

/// Judge the files of a folder twice.
fn judged(folder: &Path, root: &Path, trust: &Trust) -> Vec<Line> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    let theirs = judges::pyhanko_any(root, &files);
    let now = Timestamp::now();
    files
        .iter()
        .zip(theirs)
        .map(|(file, theirs)| {
            let ours = verify(&std::fs::read(file).unwrap(), trust, now);
            let failure = ours.first_failure().map(|check| check.code.as_str());
            Line {
                name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
                ours: match ours.verdict {
                    Verdict::Valid => None,
                    Verdict::NotValid => Some(failure.unwrap_or("a check was not run")),
                },
                theirs,
            }
        })
        .collect()
}

/// Print the table, and demand that the verdicts are the same but where it is explained.
fn compare(lines: &[Line], explained: &BTreeMap<&str, &str>) {
    let mut table = format!("{:44} {:22} pyHanko\n", "file", "ours");
    let mut wrong = Vec::new();
    for Line { name, ours, theirs } in lines {
        let why = if ours.is_none() == theirs.is_none() { None } else { Some(name.as_str()) };
        let why = why.map(|name| explained.get(name).copied());
        let said =
            |fault: Option<&str>| fault.map_or("valid".into(), |fault| format!("not: {fault}"));
        let (ours, theirs) = (said(*ours), said(theirs.as_deref()));
        let theirs: String = theirs.chars().take(60).collect();
        writeln!(table, "{name:44} {ours:22} {theirs}").unwrap();
        match why {
            None => {}
            Some(Some(why)) => writeln!(table, "{:44} differs: {why}", "").unwrap(),
            Some(None) => wrong.push(name.clone()),
        }
    }
    println!("{table}");
    assert!(wrong.is_empty(), "verdicts differ, and nobody knows why: {wrong:?}");
}

#[test]
fn what_pyhanko_signs_in_every_way_is_judged_alike() {
    let (pki, folder) = (Pki::shared(), tempfile::tempdir().unwrap());
    let at = folder.path();
    let root = root(at);
    std::fs::write(at.join("key.p12"), pki.key("rsa2048")).unwrap();
    std::fs::write(at.join("page.in"), pages::classic()).unwrap();
    std::fs::write(at.join("form.in"), pages::with_form("Note")).unwrap();
    let out = at.join("out");
    std::fs::create_dir(&out).unwrap();
    let script = judges::workspace().join("pades/tests/judged/producers.py");
    let done = Command::new(judges::python())
        .current_dir(at)
        .arg(script)
        .args(["--p12", "key.p12", "--password", PASSWORD, "--tsa", &pki.tsa("tsa1")])
        .args(["--root", "root.pem", "--page", "page.in", "--form", "form.in", "out"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let lines = judged(&out, &root, &trust("root"));
    assert!(lines.len() > 50, "{}", lines.len());
    compare(&lines, &BTreeMap::from([]));
}
