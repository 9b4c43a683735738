//! Roster files that are made to cost memory.

use sealpress_tests::{Home, repository, sealpress};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Write as _};
use std::process::Command;
use std::time::Duration;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::siege::{LONGEST, MOST_MEMORY};

/// Imports a file; gives the exit code, what was said, the most memory that it took, in MiB, and its
/// processor time, in seconds.
fn import(home: &Home, name: &str) -> (i64, String, u64, f64) {
    const RUN: &str = "import json, resource, subprocess, sys\n\
        ran = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n\
        used = resource.getrusage(resource.RUSAGE_CHILDREN)\n\
        json.dump([ran.returncode, ran.stdout + ran.stderr, used.ru_maxrss // 1024,\n\
        \tused.ru_utime + used.ru_stime], sys.stdout)";
    let mut python = Command::new("python3");
    python.args(["-c", RUN]).arg(sealpress());
    python.args(["students", "import", name, "--json"]);
    let output = python.env("SEALPRESS_HOME", home.path()).current_dir(home.path()).output();
    serde_json::from_slice(&output.expect("Python runs").stdout).expect("JSON from Python")
}

/// A real workbook with another first sheet, and these words.
fn workbook(sheet: &[u8], words: &[u8]) -> Vec<u8> {
    let real = repository().join("tests/fixtures/roster/sample.xlsx");
    let mut real = ZipArchive::new(File::open(real).expect("a fixture")).expect("a workbook");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("its bytes");
    };
    for at in 0..real.len() {
        let mut part = real.by_index(at).expect("a part");
        let name = part.name().expect("its name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("its bytes");
        put(&name, if name == "xl/worksheets/sheet1.xml" { sheet } else { &bytes });
    }
    put("xl/sharedStrings.xml", words);
    zip.finish().expect("a ZIP").into_inner()
}

/// A sheet with a good header and student, and `more` of a row.
fn sheet(more: &str) -> Vec<u8> {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    format!(
        "<worksheet><sheetData><row r=\"1\">{}{}</row><row r=\"2\">{}{}</row>{more}",
        cell("student_no"),
        cell("name_zh"),
        cell("B1"),
        cell("王大明")
    )
    .into_bytes()
}

#[test]
fn a_roster_takes_no_more_memory_than_a_roster_needs() {
    const GIGABYTE: usize = 1 << 30;
    let end = "</sheetData></worksheet>";
    let whole = |more: &str| [sheet(more), end.as_bytes().to_vec()].concat();
    let header = "student_no,name_zh,programme,degree\n";
    let cases: [(&str, &str, Vec<u8>, i64); 14] = [
        ("a good one", "a.xlsx", workbook(&whole(""), b"<sst/>"), 0),
        (
            "a gigabyte behind a sheet",
            "a.xlsx",
            workbook(&[whole(""), vec![b' '; GIGABYTE]].concat(), b"<sst/>"),
            1,
        ),
        (
            "a gigabyte in one cell",
            "a.xlsx",
            workbook(&[sheet("<row r=\"3\"><c><v>"), vec![b'1'; GIGABYTE]].concat(), b"<sst/>"),
            1,
        ),
        (
            "a gigabyte of words",
            "a.xlsx",
            workbook(&whole(""), &b"<si><t/></si>".repeat(GIGABYTE / 13)),
            1,
        ),
        (
            "a million of the shortest words",
            "a.xlsx",
            workbook(&whole(""), &[b"<sst>", &b"<si/>".repeat(1_000_000)[..], b"</sst>"].concat()),
            0,
        ),
        (
            "entities of entities",
            "a.xlsx",
            workbook(
                &whole(""),
                b"<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">\
                  <!ENTITY c SYSTEM \"file:///etc/passwd\">]><sst><si><t>&b;&c;</t></si></sst>",
            ),
            1,
        ),
        ("a ZIP of nothing", "a.xlsx", b"PK\x05\x06".to_vec(), 1),
        ("a text", "a.xlsx", header.into(), 1),
        (
            "a row of 60,000,000 cells",
            "a.csv",
            [header.as_bytes(), &vec![b','; 60_000_000]].concat(),
            1,
        ),
        (
            "60,000,000 cells in rows of quoted lines",
            "a.csv",
            [header.as_bytes(), &b"\"\n\",".repeat(15_000_000)].concat(),
            1,
        ),
        (
            "a cell of 60 MB",
            "a.csv",
            [header.as_bytes(), b"B1,", &vec![b'x'; 60_000_000]].concat(),
            1,
        ),
        (
            "a quotation mark that is not closed",
            "a.csv",
            [header.as_bytes(), b"B1,\"x\n", &b"B2,y,,\n".repeat(8_000_000)].concat(),
            1,
        ),
        ("a header of 60 MB", "a.csv", vec![b'a'; 60_000_000], 1),
        ("70 MB", "a.csv", vec![b'\n'; 70_000_000], 1),
    ];
    let home = Home::new();
    let mut failures = String::new();
    for (what, name, bytes, code) in cases {
        fs::write(home.at(name), bytes).expect("a roster");
        let (got, said, peak, seconds) = import(&home, name);
        let took = Duration::from_secs_f64(seconds);
        eprintln!("{what}: exit {got}, {peak} MiB, {took:?}: {}", said.trim());
        let panicked = said.contains("panicked");
        if got != code || peak >= MOST_MEMORY || took > LONGEST || panicked {
            writeln!(failures, "{what}: exit {got}, {peak} MiB, {took:?}: {said}").expect("text");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
