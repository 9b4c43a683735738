//! The command line.

use sealpress_tests::{Home, Output, PASSWORD, ROLES, add_staff};
use std::collections::BTreeSet;
use std::thread;

use super::Who::Only;
use super::{UNKNOWN, Who, refusals};

const REGISTRAR: Who = Only("registrar");
const OPERATOR: Who = Only("operator");
const ADMIN: Who = Only("admin");

/// Every command that changes something, with arguments that change nothing or nothing that
/// matters. `ID` is the id of no certificate.
const ACTS: &[(&str, Who)] = &[
    ("cert approve ID", REGISTRAR),
    ("cert refuse ID --why test", REGISTRAR),
    ("cert resend ID", REGISTRAR),
    ("cert hand-over ID", REGISTRAR),
    ("cert reissue ID roster.csv", REGISTRAR),
    ("cert recall ID --reason other --why test", Only("supervisor")),
    ("cert revoke ID --reason other --why test", Only("ministry")),
    ("jobs retry ID", OPERATOR),
    ("jobs cancel ID --reason test", OPERATOR),
    ("jobs pause post --reason test", OPERATOR),
    ("jobs resume post", OPERATOR),
    ("students import roster.csv", REGISTRAR),
    ("bounces review ID keep", REGISTRAR),
    ("bounces release ID", REGISTRAR),
    ("user add li --full-name test --role viewer", ADMIN),
    ("user lock nobody", ADMIN),
    ("user unlock nobody", ADMIN),
    ("user passwd nobody", ADMIN),
    ("user role nobody viewer", ADMIN),
    ("user clear-second-factor nobody", ADMIN),
    ("user token nobody --label test", ADMIN),
    ("user end-token nobody --label test", ADMIN),
];

/// Every command that only looks, runs Sealpress itself, or makes its keys: for whoever may read (and
/// for keys, write) the home on
/// this host.
const OTHERS: &[&str] = &[
    "init",
    "run",
    "watch",
    "work",
    "demo",
    "serve",
    "status",
    "verify",
    "audit",
    "doctor",
    "keys new",
    "keys import",
    "keys show",
    "keys check",
    "jobs list",
    "jobs show",
    "cert list",
    "cert show",
    "cert undelivered",
    "user list",
    "students show",
    "bounces list",
];

/// The commands under `path`, as its help has them.
fn commands(home: &Home, path: &str) -> Vec<String> {
    let words: Vec<&str> = path.split_whitespace().chain(["--help"]).collect();
    let help = home.run(&words).data;
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = listed.lines().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| {
        let name = line.strip_prefix("  ")?;
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        name.split_whitespace().next().filter(|name| begins && *name != "help")
    });
    names.map(|name| format!("{path} {name}").trim().to_owned()).collect()
}

/// A command without its arguments: `cert hand-over`.
fn name(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_command_stands_in_the_table() {
    let home = Home::new();
    let mut listed = BTreeSet::new();
    for command in commands(&home, "") {
        let below = commands(&home, &command);
        match below.is_empty() {
            true => listed.extend([command]),
            false => listed.extend(below),
        }
    }
    let acts = ACTS.iter().map(|(line, _)| name(line));
    let table: BTreeSet<String> = acts.chain(OTHERS.iter().map(ToString::to_string)).collect();
    assert_eq!(listed, table);
}

/// Runs a line of the table.
fn run(home: &Home, role: &str, line: &str) -> Output {
    let words: Vec<&str> =
        line.split(' ').map(|word| if word == "ID" { UNKNOWN } else { word }).collect();
    home.run_as(role, &words)
}

/// What is wrong with how it ended.
fn objection(who: Who, role: &str, line: &str, output: &Output) -> Option<String> {
    let Output { code, data, talk } = output;
    let no_right = talk.contains("no right") || talk.contains("」的權限");
    let good = match who.has(role) {
        true => (*code == 0 || *code == 1) && !no_right,
        false => *code == 1 && no_right && data.is_empty(),
    };
    (!good).then(|| format!("{role}: {line}: exit {code}, {talk}"))
}

/// Runs the whole table as one role. Returns what is wrong, and what was refused.
fn runs(home: &Home, role: &str) -> (Vec<String>, Vec<[String; 3]>) {
    let (mut wrong, mut refused) = (Vec::new(), Vec::new());
    for (line, who) in ACTS {
        wrong.extend(objection(*who, role, line, &run(home, role, line)));
        if !who.has(role) {
            refused.push([role, "cli", &name(line)].map(str::to_owned));
        }
    }
    (wrong, refused)
}

#[test]
fn every_command_is_for_those_whom_the_table_says() {
    let home = Home::new();
    home.import("student_no,name_zh,programme,degree\nB1,王大明,資訊工程學系,工學士\n");
    add_staff(&home);
    let (mut wrong, mut refused) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let home = &home;
        for ran in ROLES.map(|role| scope.spawn(move || runs(home, role))) {
            let (objections, refusals) = ran.join().expect("a role's commands");
            wrong.extend(objections);
            refused.extend(refusals);
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    refused.sort();
    // The history's word for an act is that of the desk, whichever the door.
    let known = refusals(&home).into_iter().map(|one| one.map(|word| word.replace('_', "-")));
    assert_eq!(known.collect::<Vec<_>>(), refused, "every refusal is in the history, once");
}

#[test]
fn without_a_person_and_their_password_nothing_is_done() {
    let home = Home::new();
    add_staff(&home);
    let pause = ["jobs", "pause", "post"];
    let nobody = home.run(&pause);
    assert_eq!(nobody.code, 2, "{}", nobody.talk);
    let as_operator = [&pause[..], &["--as", "operator"]].concat();
    let as_unknown = [&pause[..], &["--as", "operatoor"]].concat();
    let wrong = home.answer(&as_operator, &["not the password"]);
    let unknown = home.answer(&as_unknown, &[PASSWORD]);
    assert_eq!((wrong.code, unknown.code), (1, 1), "{}", wrong.talk);
    assert_eq!(wrong.talk, unknown.talk);
    let paused = |home: &Home| home.ask(&["status"])["lanes"].to_string().contains("operator");
    assert!(!paused(&home));
    assert_eq!(home.answer(&as_operator, &[PASSWORD]).code, 0);
    assert!(paused(&home));
}
