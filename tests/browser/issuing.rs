//! The ministry's five flows at the desk: first issue, reissue and rename in Chinese, first issue
//! and reissue in English.

use sealpress_tests::{Browser, Student};
use std::fs;

use crate::desk::{Desk, LONG, assert_pictures, look_at, unfold};

#[test]
fn the_five_flows() {
    let mut desk = Desk::open(3, &[]);
    let browser = desk.browser_of("registrar");
    browser.inspect("start");
    let first = chinese_first_issue(&desk, &browser);
    let reissued = chinese_reissue(&mut desk, &browser, &first);
    chinese_rename(&mut desk, &browser, &reissued);
    browser.goto("/");
    browser.click("English");
    browser.wait_for_text("Needs a person");
    browser.inspect("start-en");
    let first = english_first_issue(&desk, &browser);
    english_reissue(&desk, &browser, &first);
    assert_eq!(desk.home.run(&["audit"]).code, 0);
}

/// Dropped by the print system, issued by itself; the desk finds it in force.
fn chinese_first_issue(desk: &Desk, browser: &Browser) -> String {
    let student = &desk.students[0];
    desk.drops(student, "zh_first");
    let id = desk.closed(student, "zh_first");
    browser.goto("/");
    browser.fill("q", &student.number);
    browser.click("查詢");
    browser.wait_for("tbody tr");
    assert_eq!(browser.texts("tbody .badge"), ["有效"]);
    browser.click("[href^='/certificates/0']");
    browser.wait_for("h1 .badge.issued");
    assert_eq!(browser.path(), format!("/certificates/{id}"));
    assert!(browser.text("dl.facts").contains(&student.name_zh));
    let history = browser.text(".timeline");
    for step in ["收件，成為證書", "歸檔並生效", "郵件主機已收下", "完成"] {
        assert!(history.contains(step), "{step}: {history}");
    }
    assert_pictures(browser);
    browser.inspect("certificate");
    unfold(browser);
    browser.inspect("certificate-acts");
    assert_eq!(desk.wait_for_mail(&student.email, 1).len(), 1);
    id
}

/// Sends a new page for a certificate from its page at the desk.
fn sends(desk: &Desk, browser: &Browser, earlier: &str, kind: &str, new: (&Student, &str)) {
    let (student, remark) = new;
    let english = browser.attribute("html", "lang").is_some_and(|lang| lang == "en");
    browser.goto(&format!("/certificates/{earlier}"));
    browser.click(if english { "Reissue or rename" } else { "補證／更名" });
    browser.click(kind);
    browser.upload("#reissue-file", &[&desk.printed(student, remark)]);
    browser.click("[action$='/reissue'] button");
    browser.wait_for_path("what became of it", |path| !path.contains(earlier));
}

/// The earlier one is superseded, and each of the two leads to the other.
fn took_the_place(browser: &Browser, earlier: &str, later: &str) {
    look_at(browser, later, "issued");
    assert!(browser.shows(&format!("dl.facts a[href='/certificates/{earlier}']")));
    look_at(browser, earlier, "superseded");
    assert!(browser.shows(&format!("dl.facts a[href='/certificates/{later}']")));
    assert!(!browser.shows("details.act"), "nothing can be done with what is superseded");
}

/// A new page is sent from the certificate's page; the old certificate is superseded.
fn chinese_reissue(desk: &mut Desk, browser: &Browser, first: &str) -> String {
    // While nobody looks at the inbox, the desk says that it is not yet looked at.
    desk.run.kill();
    sends(desk, browser, first, "補證", (&desk.students[0], "reissue-zh"));
    browser.wait_for_text("已送件，檢查中");
    // The page looks again by itself, which would end a look at it.
    let _ = browser.script("for (let timer = 0; timer < 99; timer++) clearTimeout(timer)");
    browser.inspect("drop-waits");
    desk.run = desk.home.start("run", &["run"]);
    let reissued = desk.closed(&desk.students[0], "zh_reissue");
    browser.click("再看一次");
    browser.wait_for_path("the new certificate", |path| path.ends_with(&reissued));
    took_the_place(browser, first, &reissued);
    browser.inspect("certificate-superseded");

    // Another student's page is no page for this one.
    sends(desk, browser, &reissued, "補證", (&desk.students[1], "not-theirs"));
    sealpress_tests::until("a refusal at the desk", LONG, || {
        browser.reload();
        browser.shows("main .refusal").then_some(())
    });
    browser.inspect("drop-refused");
    look_at(browser, &reissued, "issued");
    reissued
}

/// The roster has the new name first; then it is the same way.
fn chinese_rename(desk: &mut Desk, browser: &Browser, reissued: &str) {
    desk.students[0].name_zh = desk.students[2].name_zh.clone();
    let renamed = desk.students[0].clone();
    let roster = desk.prints.roster(std::slice::from_ref(&renamed));
    fs::write(desk.home.at("renamed.csv"), roster).expect("a written file");
    let imported = desk.home.run_as("registrar", &["students", "import", "renamed.csv"]);
    assert_eq!(imported.code, 0, "{}", imported.talk);
    sends(desk, browser, reissued, "更名", (&renamed, "rename-zh"));
    let id = desk.closed(&renamed, "zh_rename");
    took_the_place(browser, reissued, &id);
    look_at(browser, &id, "issued");
    assert!(browser.text("dl.facts").contains(&renamed.name_zh));
}

/// As in Chinese, with the desk in English.
fn english_first_issue(desk: &Desk, browser: &Browser) -> String {
    let student = &desk.students[1];
    desk.drops(student, "en_first");
    let id = desk.closed(student, "en_first");
    browser.goto(&format!("/certificates?q={}", student.number));
    assert_eq!(browser.texts("tbody .badge"), ["issued"]);
    browser.inspect("certificates-en");
    look_at(browser, &id, "issued");
    assert!(browser.text("dl.facts").contains(&student.name_en));
    unfold(browser);
    assert_pictures(browser);
    browser.inspect("certificate-en");
    id
}

/// The English one is superseded; the school does not rename in English.
fn english_reissue(desk: &Desk, browser: &Browser, first: &str) {
    let student = &desk.students[1];
    sends(desk, browser, first, "reissue", (student, "reissue-en"));
    let reissued = desk.closed(student, "en_reissue");
    took_the_place(browser, first, &reissued);
    browser.goto(&format!("/certificates/{reissued}"));
    browser.click("Reissue or rename");
    browser.click("rename");
    browser.upload("#reissue-file", &[&desk.printed(student, "rename-en")]);
    browser.click("[action$='/reissue'] button");
    browser.wait_for_text("The school issues no rename in en");
    browser.inspect("act-refused-en");
}
