//! What is done to a certificate in force: resend, recall, revocation.

use sealpress_tests::{Browser, PASSWORD};

use crate::desk::{Desk, look_at, unfold};

#[test]
fn resend_recall_and_revocation() {
    let mut desk = Desk::open(5, &[]);
    let ids: Vec<String> = (0..4)
        .map(|at| {
            desk.drops(&desk.students[at], "zh_first");
            desk.closed(&desk.students[at], "zh_first")
        })
        .collect();
    resend(&desk, &ids[0]);
    let supervisor = desk.browser_of("supervisor");
    recall_with_notice(&desk, &supervisor, &ids[1]);
    revocation(&desk, &ids[2]);
    nobody_else_may(&desk, &ids[3]);
    recall_that_stops_the_mail(&mut desk, &supervisor);
    assert_eq!(desk.home.run(&["audit"]).code, 0);
}

/// A new sending with a new Message-ID, to the graduate or to a corrected address.
fn resend(desk: &Desk, id: &str) {
    let student = &desk.students[0];
    let browser = desk.browser_of("registrar");
    look_at(&browser, id, "issued");
    browser.click("重寄");
    browser.click("[action$='/resend'] button");
    browser.wait_for_text("已排入重寄。");
    let messages = desk.wait_for_mail(&student.email, 2);
    assert_ne!(messages[0].id, messages[1].id);
    assert!(messages.iter().all(|message| message.has_file));
    desk.closed(student, "zh_first");

    browser.goto(&format!("/certificates/{id}"));
    browser.click("重寄");
    browser.click("其他地址");
    browser.click("[action$='/resend'] button");
    // Without the address there is nothing to send to.
    browser.wait_for("main .refusal");
    browser.inspect("resend-refused");
    browser.click("其他地址");
    browser.fill("address", "corrected@graduates.example");
    browser.click("[action$='/resend'] button");
    browser.wait_for_text("已排入重寄。");
    let corrected = desk.wait_for_mail("corrected@graduates.example", 1);
    assert!(messages.iter().all(|message| message.id != corrected[0].id));
    desk.closed(student, "zh_first");
    browser.reload();
    assert!(browser.text("main").contains("corrected@graduates.example"));
    browser.inspect("certificate-resent");
}

/// Fills in the form of a recall or a revocation, and sends it.
fn decide(browser: &Browser, act: &str, ground: &str, password: Option<&str>) {
    if !browser.shows(&format!("#{act}-why")) {
        browser.click(if act == "recall" { "收回（誤發）" } else { "撤銷" });
    }
    browser.choose(&format!("#{act}-reason"), ground);
    browser.fill(&format!("#{act}-why"), "系所代碼誤植");
    if let Some(password) = password {
        browser.fill(&format!("#{act}-password"), password);
    }
    browser.click(&format!("[action$='/{act}'] button"));
}

/// The password again, and a wrong one changes nothing. Mail that is out is followed by a notice.
fn recall_with_notice(desk: &Desk, browser: &Browser, id: &str) {
    look_at(browser, id, "issued");
    decide(browser, "recall", "內容錯誤", Some("not my password"));
    browser.wait_for("main .refusal");
    assert!(browser.shows("h1 .badge.issued"));
    browser.inspect("recall-refused");
    decide(browser, "recall", "內容錯誤", Some(PASSWORD));
    browser.wait_for_text("證書已收回。");
    assert!(browser.shows("h1 .badge.recalled"));
    let messages = desk.wait_for_mail(&desk.students[1].email, 2);
    assert_eq!(messages.iter().filter(|message| message.has_file).count(), 1, "a notice only");
    desk.closed(&desk.students[1], "zh_first");
    browser.reload();
    let history = browser.text(".timeline");
    assert!(history.contains("收回（誤發）") && history.contains("supervisor"), "{history}");
    browser.inspect("certificate-recalled");
}

/// Inside `mail.delay`, a recall stops the mail, and there is nothing to give notice of.
fn recall_that_stops_the_mail(desk: &mut Desk, browser: &Browser) {
    desk.run.kill();
    desk.home.set("mail.delay", "1h");
    desk.run = desk.home.start("run", &["run"]);
    let student = &desk.students[4];
    desk.drops(student, "zh_first");
    let id = desk.waits_for(student, "zh_first", |one| one["status"] == "issued");
    look_at(browser, &id, "issued");
    decide(browser, "recall", "尚未符合授予資格", Some(PASSWORD));
    browser.wait_for_text("證書已收回。");
    desk.closed(student, "zh_first");
    assert!(desk.mailed_to(&student.email).is_empty());
}

/// The ministry's person alone.
fn revocation(desk: &Desk, id: &str) {
    let browser = desk.browser_of("ministry");
    look_at(&browser, id, "issued");
    assert_eq!(browser.texts("details.act > summary"), ["撤銷"]);
    unfold(&browser);
    browser.inspect("revoke");
    decide(&browser, "revoke", "論文造假、抄襲或代寫", None);
    browser.wait_for_text("證書已撤銷。");
    assert!(browser.shows("h1 .badge.revoked"));
    browser.inspect("certificate-revoked");
    assert_eq!(desk.mailed_to(&desk.students[2].email).len(), 1, "nothing is mailed after it");
}

/// Each role is offered what it may do, and no more.
fn nobody_else_may(desk: &Desk, id: &str) {
    for (role, acts) in [
        ("viewer", &[][..]),
        ("registrar", &["重寄", "登記現場交付", "補證／更名"]),
        ("supervisor", &["收回（誤發）"]),
    ] {
        let browser = desk.browser_of(role);
        look_at(&browser, id, "issued");
        assert_eq!(browser.texts("details.act > summary"), acts, "{role}");
    }
}
