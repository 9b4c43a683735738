//! Approve: what waits for a person, one or many.

use crate::desk::{Desk, LONG, assert_pictures, look_at};

#[test]
fn one_or_many_are_approved_or_refused() {
    let desk = Desk::open(5, &[("approval", "all")]);
    let mut ids = Vec::new();
    for student in &desk.students {
        desk.drops(student, "zh_first");
        ids.push(desk.waits_for(student, "zh_first", |one| one["waiting_for"] == "approval"));
    }
    assert!(desk.home.files("archive").is_empty(), "nothing is signed before a person looked");
    let browser = desk.browser_of("registrar");
    browser.wait_for_text("待核可");
    assert!(browser.text(".tile.warn").contains('5'), "the start page says so");
    browser.inspect("start-waiting");
    browser.click(".tile.warn");
    browser.wait_for_path("what waits", |path| path == "/approvals");
    assert_eq!(browser.texts("section h2 .badge"), ["依設定每件都要核可"; 5]);
    assert_pictures(&browser);
    browser.inspect("approvals");

    browser.click("核可勾選的");
    browser.wait_for_text("沒有勾選任何一件。");
    tick(&browser, &ids[0]);
    tick(&browser, &ids[1]);
    browser.click("核可勾選的");
    browser.wait_for_text("已核可件數：2");
    for at in [0, 1] {
        assert_eq!(desk.closed(&desk.students[at], "zh_first"), ids[at]);
        look_at(&browser, &ids[at], "issued");
        assert!(browser.text(".timeline").contains("核可・registrar"));
    }

    browser.goto("/approvals");
    tick(&browser, &ids[2]);
    browser.click("退件勾選的");
    browser.wait_for("main .refusal");
    browser.inspect("approvals-refused");
    tick(&browser, &ids[2]);
    browser.fill("why", "照片歪斜");
    browser.click("退件勾選的");
    browser.wait_for_text("已退件件數：1");
    let failed = format!("inbox/failed/{}_zh_first.pdf", desk.students[2].number);
    sealpress_tests::until("the refused drop", LONG, || {
        desk.home.at(&failed).is_file().then_some(())
    });
    look_at(&browser, &ids[2], "rejected");

    // One by its own page, and the last by “select all”.
    look_at(&browser, &ids[3], "pending");
    browser.inspect("certificate-waiting");
    browser.click("核可");
    browser.click("[action$='/approve'] button");
    browser.wait_for_text("已核可，證書繼續處理。");
    browser.goto("/approvals");
    browser.click("全選");
    browser.click("核可勾選的");
    browser.wait_for_text("沒有待核可的證書。");
    browser.inspect("approvals-none");
    desk.closed(&desk.students[3], "zh_first");
    desk.closed(&desk.students[4], "zh_first");
}

fn tick(browser: &sealpress_tests::Browser, id: &str) {
    browser.click(&format!("[name='id'][value='{id}']"));
}
