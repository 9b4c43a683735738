//! The way in and out: name and password, one-time link, second factor, language.

use sealpress_tests::{Browser, Home, PASSWORD, Served, add_staff, judges};

#[test]
fn the_way_in_and_out() {
    let home = Home::new();
    home.set("people.second_factor", "[supervisor]");
    add_staff(&home);
    let served = Served::start(&home);
    let browser = served.browser();
    a_wrong_password_and_a_wrong_name_look_the_same(&browser);
    the_way_back(&browser);
    logout(&browser);
    language(&browser);
    let link = a_one_time_link(&browser);
    a_password_by_the_link(&browser, &link);
    a_second_factor(&browser);
    account(&browser);
}

/// Fills in the form of the login, and sends it.
fn enter(browser: &Browser, name: &str, password: &str) {
    browser.goto("/login");
    browser.fill("帳號", name);
    browser.fill("密碼", password);
    browser.click("登入");
}

fn logs_out(browser: &Browser) {
    browser.click("登出");
    browser.wait_for_path("the login", |path| path == "/login");
}

fn a_wrong_password_and_a_wrong_name_look_the_same(browser: &Browser) {
    browser.goto("/login");
    browser.inspect("login");
    let said = [("registrar", "not the password"), ("nobody", PASSWORD)].map(|(name, password)| {
        enter(browser, name, password);
        browser.wait_for("main .refusal");
        (browser.path(), browser.text("body"), browser.script("return document.body.innerHTML"))
    });
    browser.inspect("login-refused");
    assert_eq!(said[0].0, said[1].0);
    assert_eq!(said[0].1, said[1].1);
    // All of the page, what is not shown too.
    assert_eq!(said[0].2, said[1].2);
}

/// Who came for a page gets to that page.
fn the_way_back(browser: &Browser) {
    browser.goto("/certificates?q=%E7%8E%8B&status=issued");
    browser.wait_for_path("the login", |path| path.starts_with("/login?"));
    browser.fill("帳號", "registrar");
    browser.fill("密碼", PASSWORD);
    browser.press_enter("密碼");
    browser.wait_for_path("what was asked for", |path| path.starts_with("/certificates?q="));
    assert!(browser.attribute("#q", "value").is_some_and(|asked| asked == "王"));
}

/// A session ends on the server, and not in the browser alone.
fn logout(browser: &Browser) {
    browser.goto("/account");
    assert_eq!(browser.tab(), "跳到主要內容", "the keyboard can skip the menu");
    logs_out(browser);
    browser.goto("/certificates");
    browser.wait_for_path("the login", |path| path.starts_with("/login"));
}

fn language(browser: &Browser) {
    browser.goto("/login");
    browser.click("English");
    browser.wait_for_text("Log in");
    assert_eq!(browser.attribute("html", "lang").as_deref(), Some("en"));
    assert_eq!(browser.path(), "/login");
    browser.inspect("login-en");
    browser.click("中文");
    browser.wait_for_text("登入");
    assert_eq!(browser.attribute("html", "lang").as_deref(), Some("zh-Hant-TW"));
}

/// An administrator adds a person, and hands them a link.
fn a_one_time_link(browser: &Browser) -> String {
    browser.login("admin", PASSWORD);
    browser.click("人員權限");
    browser.wait_for_text("新增人員");
    browser.inspect("people");
    browser.fill("#name", "lin.meihua");
    browser.fill("#full_name", "林美華");
    browser.click("[action='/people'] [value='registrar']");
    browser.click("新增並產生一次性連結");
    browser.wait_for_text("只顯示這一次");
    browser.inspect("people-link");
    let link = browser.text("section[role='status'] code");
    let (_, path) = link.split_once("/password/").expect("a link");
    logs_out(browser);
    format!("/password/{path}")
}

fn a_password_by_the_link(browser: &Browser, link: &str) {
    let sets = |password: &str, again: &str| {
        browser.goto(link);
        browser.fill("新密碼", password);
        browser.fill("再輸入一次", again);
        browser.click("設定密碼");
    };
    sets("weak-password", "weak-password");
    browser.wait_for("main .refusal");
    browser.inspect("password");
    sets("Plum-Blossom-2026", "Plum-Blossom-2027");
    browser.wait_for_text("兩次輸入的密碼不同。");
    sets("Plum-Blossom-2026", "Plum-Blossom-2026");
    browser.wait_for_path("the login", |path| path == "/login");
    browser.login("lin.meihua", "Plum-Blossom-2026");
    assert!(browser.text("header .who").contains("林美華"));
    logs_out(browser);
    // It works once.
    sets("Plum-Blossom-2028", "Plum-Blossom-2028");
    browser.wait_for("main .refusal");
}

/// The supervisor's role asks for one: enrolled at the first login, asked for at the next.
fn a_second_factor(browser: &Browser) {
    browser.login("supervisor", PASSWORD);
    assert_eq!(browser.path(), "/login/enrol");
    browser.goto("/certificates");
    assert_eq!(browser.path(), "/login/enrol", "nothing is seen before");
    let secret = browser.text("main code");
    browser.inspect("enrol");
    browser.fill("六位數字", "000000");
    browser.click("完成設定");
    browser.wait_for("main .refusal");
    assert_eq!(browser.text("main code"), secret, "what was scanned stays good");
    browser.fill("六位數字", &judges::totp(&secret, 0));
    browser.click("完成設定");
    browser.wait_for_path("the start page", |path| path == "/");
    logs_out(browser);

    browser.login("supervisor", PASSWORD);
    assert_eq!(browser.path(), "/login/code");
    browser.inspect("code");
    browser.fill("#code", "000000");
    browser.click("確認");
    browser.wait_for("main .refusal");
    // The code of the next half minute: each is good once.
    browser.fill("#code", &judges::totp(&secret, 30));
    browser.click("確認");
    browser.wait_for_path("the start page", |path| path == "/");
    logs_out(browser);
}

fn account(browser: &Browser) {
    browser.login("registrar", PASSWORD);
    browser.click("王小美");
    browser.wait_for_text("我的帳號");
    browser.fill("目前密碼", PASSWORD);
    browser.fill("新密碼", PASSWORD);
    browser.fill("再輸入一次", PASSWORD);
    browser.click("變更密碼");
    browser.wait_for("main .refusal");
    browser.inspect("account");
    browser.fill("目前密碼", PASSWORD);
    browser.fill("新密碼", "Another-Seal-2026");
    browser.fill("再輸入一次", "Another-Seal-2026");
    browser.click("變更密碼");
    browser.wait_for("main .done");
    logs_out(browser);
    browser.login("registrar", "Another-Seal-2026");
}
