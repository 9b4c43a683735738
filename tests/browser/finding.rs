//! Query: one box, a few filters, the same as CSV; and all of it without a script.

use sealpress_tests::{Browser, Client, PASSWORD};

use crate::desk::Desk;

#[test]
fn query_and_export_and_without_a_script() {
    let desk = Desk::open(5, &[]);
    for student in &desk.students {
        desk.drops(student, "zh_first");
    }
    desk.drops(&desk.students[0], "en_first");
    let ids: Vec<String> =
        desk.students.iter().map(|student| desk.closed(student, "zh_first")).collect();
    let english = desk.closed(&desk.students[0], "en_first");
    let browser = desk.browser_of("registrar");
    the_box(&desk, &browser, &ids[1]);
    the_filters(&browser, &english);
    export(&desk, &browser);
    without_a_script(&desk, &ids[2]);
}

/// The certificates that a page lists.
fn listed(browser: &Browser) -> Vec<String> {
    browser.wait_for("main .card");
    let hrefs = browser
        .script("return [...document.querySelectorAll('tbody a.number')].map(one => one.pathname)");
    let hrefs = hrefs.as_array().expect("a list").iter();
    let ids = hrefs.filter_map(|href| href.as_str()?.strip_prefix("/certificates/"));
    ids.map(str::to_owned).collect()
}

fn the_box(desk: &Desk, browser: &Browser, id: &str) {
    let student = &desk.students[1];
    browser.goto("/certificates");
    assert_eq!(listed(browser).len(), 6);
    browser.inspect("certificates");
    let number = desk.home.ask(&["cert", "show", id])["certificate_no"].clone();
    let number = number.as_str().expect("a number").to_owned();
    let given_name: String = student.name_zh.chars().skip(1).collect();
    for asked in [&student.name_zh, &given_name, &student.number, &number, &student.email] {
        browser.fill("q", asked);
        browser.press_enter("q");
        browser.wait_for_path("a question", |path| path.contains("q="));
        let found = listed(browser);
        assert!(found.contains(&id.to_owned()), "{asked}: {found:?}");
        assert!(found.len() < 6, "{asked} fits everyone");
    }
    browser.fill("q", "B99999999");
    browser.press_enter("q");
    browser.wait_for_text("沒有符合的證書");
    browser.inspect("certificates-none");
}

fn the_filters(browser: &Browser, english: &str) {
    browser.goto("/certificates");
    browser.choose("語言", "英文");
    browser.click("查詢");
    browser.wait_for_path("a filter", |path| path.contains("language=en"));
    assert_eq!(listed(browser), [english]);
    browser.choose("狀態", "已收回");
    browser.click("查詢");
    browser.wait_for_text("沒有符合的證書");
    for (question, count) in [
        ("status=issued", 6),
        ("kind=first&language=zh", 5),
        ("kind=rename", 0),
        ("college=%E5%B7%A5%E5%AD%B8%E9%99%A2", 6),
        ("from=2020-01-01&until=2020-12-31", 0),
        ("from=2020-01-01", 6),
    ] {
        browser.goto(&format!("/certificates?{question}"));
        assert_eq!(listed(browser).len(), count, "{question}");
    }
}

fn export(desk: &Desk, browser: &Browser) {
    browser.goto("/certificates?language=zh");
    let path = browser.attribute("a[href^='/certificates.csv']", "href").expect("a link");
    let registrar = Client::logged_in(desk.served.url(), "registrar", PASSWORD);
    let answer = registrar.get(&path);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = answer.text();
    let (head, rows) = text.split_once("\r\n").expect("lines");
    assert!(head.starts_with("\u{feff}證書字號,識別碼,學號,中文姓名"), "{head}");
    assert_eq!(rows.lines().count(), 5);
    assert!(desk.students.iter().all(|student| rows.contains(&student.name_zh)));
    // Who may only look takes nothing out.
    let viewer = desk.browser_of("viewer");
    viewer.goto("/certificates");
    assert!(!viewer.shows("a[href^='/certificates.csv']"));
    assert_eq!(listed(&viewer).len(), 6);
    viewer.goto("/certificates.csv");
    viewer.wait_for_text("您的帳號沒有「匯出清單與檔案」的權限");
    viewer.inspect("no-right");
    viewer.goto("/certificates/nothing-here");
    viewer.wait_for_text("網址或表單的內容不完整或不正確");
}

/// Find, open, resend: a registrar whose browser runs no script.
fn without_a_script(desk: &Desk, id: &str) {
    let student = &desk.students[2];
    let browser = Browser::without_javascript(desk.served.url());
    browser.login("registrar", PASSWORD);
    browser.fill("q", &student.number);
    browser.click("查詢");
    browser.wait_for_path("what was found", |path| path.contains(&student.number));
    browser.click(".number[href]");
    browser.wait_for("h1 .badge.issued");
    assert!(browser.path().ends_with(id));
    browser.click("重寄");
    browser.click("[action$='/resend'] button");
    browser.wait_for_text("已排入重寄。");
    let messages = desk.wait_for_mail(&student.email, 2);
    assert_ne!(messages[0].id, messages[1].id);
    browser.click("登出");
    browser.wait_for_path("the login", |path| path == "/login");
}
