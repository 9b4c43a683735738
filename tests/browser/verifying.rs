//! Public verification, as anyone sees it: files, a printed copy, the QR code.

use sealpress_tests::Browser;
use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::Desk;

#[test]
fn public_verification() {
    let desk = Desk::open(3, &[("serve.public_per_minute", "600")]);
    let ids: Vec<String> = desk
        .students
        .iter()
        .map(|student| {
            desk.drops(student, "zh_first");
            desk.closed(student, "zh_first")
        })
        .collect();
    desk.drops(&desk.students[1], "zh_reissue");
    desk.closed(&desk.students[1], "zh_reissue");
    let ground = ["--reason", "wrong_content", "--why", "test"];
    let recall = [&["cert", "recall", &ids[2]], &ground[..]].concat();
    assert_eq!(desk.home.run_as("supervisor", &recall).code, 0);
    let originals: Vec<PathBuf> = ids.iter().map(|id| original(&desk, id)).collect();
    let browser = desk.served.browser();
    browser.goto("/verify");
    browser.inspect("verify");
    let name = &desk.students[0].name_zh;
    judged(&browser, &originals[0], "✔ 有效");
    assert!(browser.text(".verdict").contains(name));
    browser.inspect("verify-valid");
    judged(&browser, &originals[1], "! 真實，但不是最新版本");
    browser.inspect("verify-superseded");
    judged(&browser, &originals[2], "✘ 已由學校收回");
    browser.inspect("verify-recalled");
    copies(&desk, &browser, &originals[0]);
    several(&browser, &originals);
    by_the_qr_code(&desk, &browser, &ids);
    browser.click("English");
    browser.wait_for_text("This is the status on record");
    browser.inspect("token-en");
}

/// The archived file of a certificate.
fn original(desk: &Desk, id: &str) -> PathBuf {
    let name = format!("{id}.pdf");
    let mut files = desk.home.pdfs("archive").into_iter();
    files.find(|file| file.ends_with(&name)).expect("an archived file")
}

/// Hands in a file, and reads the verdict, which stands first on its page.
fn judged(browser: &Browser, file: &Path, says: &str) {
    browser.goto("/verify");
    browser.upload("#file", &[file]);
    browser.click("查驗");
    browser.wait_for("section.verdict");
    assert_eq!(verdict(browser), says);
}

/// The verdict with its mark, which has a box of its own.
fn verdict(browser: &Browser) -> String {
    browser.text(".verdict h1").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is no longer the file that the school sent.
fn copies(desk: &Desk, browser: &Browser, original: &Path) {
    let name = &desk.students[0].name_zh;
    let flipped = desk.home.at("flipped.pdf");
    let mut bytes = fs::read(original).expect("the original");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&flipped, bytes).expect("a written file");
    judged(browser, &flipped, "✘ 內容經過更改");
    assert!(!browser.text("main").contains(name));
    browser.inspect("verify-altered");
    let printed = desk.home.at("printed.pdf");
    fs::write(&printed, browser.reprint(original)).expect("a written file");
    judged(browser, &printed, "! 真實證書的受損副本：請索取原始檔案");
    assert!(!browser.text("main").contains(name));
    browser.inspect("verify-damaged");
}

fn several(browser: &Browser, originals: &[PathBuf]) {
    browser.goto("/verify");
    let files: Vec<&Path> = originals.iter().map(PathBuf::as_path).collect();
    browser.upload("#file", &files);
    browser.click("查驗");
    browser.wait_for("tbody tr");
    let verdicts = browser.texts("tbody .badge");
    assert_eq!(verdicts, ["✔ 有效", "! 真實，但不是最新版本", "✘ 已由學校收回"]);
    browser.inspect("verify-several");
}

/// Number and status for whoever holds the paper, with the name masked.
fn by_the_qr_code(desk: &Desk, browser: &Browser, ids: &[String]) {
    browser.goto(&format!("/v/{}", desk.home.token_of(&ids[0])));
    assert_eq!(verdict(browser), "✔ 有效");
    assert!(!browser.text("main").contains(&desk.students[0].name_zh));
    assert!(browser.text(".verdict").contains('○'));
    browser.inspect("token");
    browser.goto(&format!("/v/{}", "0".repeat(32)));
    browser.inspect("token-unknown");
    browser.goto(&format!("/v/{}", desk.home.token_of(&ids[2])));
    assert_eq!(verdict(browser), "✘ 已由學校收回");
}
