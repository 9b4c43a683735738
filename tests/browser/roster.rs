//! The roster with its preview, and who has not got their certificate.

use std::fs;

use crate::desk::{Desk, look_at};

#[test]
fn the_roster_and_who_has_nothing_yet() {
    let desk = Desk::open(4, &[]);
    let browser = desk.browser_of("registrar");
    browser.click("學生名冊");
    browser.wait_for_text("上傳名冊檔");
    browser.inspect("roster");

    // One is new, one has another address, one has none any more, and one row is bad.
    let mut students = desk.prints.students(5);
    students[0].email = "changed@graduates.example".to_owned();
    students[1].email = String::new();
    let roster = format!("{},nobody,,,,,,\n", desk.prints.roster(&students));
    let file = desk.home.at("new.csv");
    fs::write(&file, roster).expect("a written file");
    browser.upload("#file", &[&file]);
    browser.click("上傳並預覽");
    browser.wait_for_text("匯入前預覽");
    let tiles = browser.texts("main .tile");
    let counts: Vec<&str> =
        tiles.iter().filter_map(|tile| tile.split_whitespace().next()).collect();
    assert_eq!(counts, ["1", "2", "2", "1"], "new, changed, unchanged, bad");
    browser.inspect("roster-preview");
    browser.click("只匯入正確的列");
    browser.wait_for_text("已匯入的學生人數：5");

    for student in &students[..2] {
        desk.drops(student, "zh_first");
    }
    assert_eq!(desk.closed(&students[0], "zh_first").len(), 36);
    assert_eq!(desk.wait_for_mail("changed@graduates.example", 1).len(), 1);
    let id = desk.waits_for(&students[1], "zh_first", |one| one["status"] == "issued");
    browser.click("未送達");
    sealpress_tests::until("a certificate without an address", crate::desk::LONG, || {
        browser.reload();
        browser.shows("tbody a.number").then_some(())
    });
    assert_eq!(browser.texts("tbody .badge"), ["無地址"]);
    browser.inspect("undelivered");
    browser.click("[href^='/certificates/0']");
    browser.wait_for("h1 .badge.issued");
    browser.click("登記現場交付");
    browser.click("[action$='/hand-over'] button");
    browser.wait_for_text("已登記現場交付。");
    look_at(&browser, &id, "issued");
    browser.goto("/deliveries");
    browser.wait_for_text("所有生效的證書都已送達");
    browser.inspect("undelivered-none");
}
