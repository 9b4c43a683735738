//! The five flows: first issue, reissue and rename in Chinese, first issue and reissue in English.

use sealpress_tests::{Home, PrintSystem, Student};

use crate::{LONG, enrolled};

fn drop(home: &Home, prints: &PrintSystem, student: &Student, flow: &str) {
    home.drop(&format!("{}_{flow}.pdf", student.number), &prints.print_with(student, flow));
}

fn statuses(home: &Home) -> Vec<(String, String)> {
    let word = |value: &serde_json::Value| value.as_str().expect("a word").to_owned();
    let mut found: Vec<_> = home
        .certificates()
        .iter()
        .map(|one| {
            (format!("{}_{}", word(&one["language"]), word(&one["kind"])), word(&one["status"]))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn each_flow_takes_the_place_of_the_one_before() {
    let home = Home::new();
    let (prints, mut students) = enrolled(&home, 2);
    let _running = home.start("run", &["run"]);
    let student = students.remove(0);
    let others_name = students.remove(0).name_zh;
    drop(&home, &prints, &student, "zh_first");
    drop(&home, &prints, &student, "en_first");
    home.wait_for_closed(2, LONG);
    drop(&home, &prints, &student, "zh_reissue");
    drop(&home, &prints, &student, "en_reissue");
    home.wait_for_closed(4, LONG);

    // A new name is in the roster first, and on the page.
    let renamed = Student { name_zh: others_name, ..student };
    home.import(&prints.roster(std::slice::from_ref(&renamed)));
    drop(&home, &prints, &renamed, "zh_rename");
    home.wait_for_closed(5, LONG);

    let expected = [
        ("en_first", "superseded"),
        ("en_reissue", "issued"),
        ("zh_first", "superseded"),
        ("zh_reissue", "superseded"),
        ("zh_rename", "issued"),
    ];
    assert_eq!(
        statuses(&home),
        expected.map(|(flow, status)| (flow.to_owned(), status.to_owned()))
    );
    assert_eq!(home.run(&["audit"]).code, 0);
}

#[test]
fn a_flow_that_the_policy_lacks_is_refused() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 1);
    let _running = home.start("run", &["run"]);
    drop(&home, &prints, &students[0], "en_rename");
    drop(&home, &prints, &students[0], "zh_first");
    home.wait_for_closed(1, LONG);
    let refused = home.at(&format!("inbox/failed/{}_en_rename.error.json", students[0].number));
    assert!(sealpress_tests::until("the refusal", LONG, || refused.is_file().then_some(true)));
}
