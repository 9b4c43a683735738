//! The operators' page in a browser: it keeps itself up to date, and works without a script.

use sealpress_tests::{Browser, Home, PASSWORD, PrintSystem, Served, add_staff, until};
use std::time::Duration;

/// Longer than anything takes, shorter than anyone waits.
const LONG: Duration = Duration::from_secs(120);

/// Certificates that are parked, because their students have no address.
fn parked(home: &Home, count: usize) {
    let is_font = |file: &std::path::PathBuf| file.extension().is_some_and(|it| it == "ttf");
    let font = home.files("assets").into_iter().filter(is_font);
    let font = font.max_by_key(|file| file.metadata().map_or(0, |metadata| metadata.len()));
    let prints = PrintSystem::with_font(&font.expect("the sample school has a font"));
    let mut students = prints.students(count);
    students.iter_mut().for_each(|student| student.email.clear());
    home.import(&prints.roster(&students));
    let _running = home.start("run", &["run"]);
    for student in &students {
        home.drop(&format!("{}_zh_first.pdf", student.number), &prints.print(student));
    }
    until("what is parked", LONG, || {
        let parked = home.ask(&["jobs", "list", "--parked"]);
        parked.as_array().is_some_and(|parked| parked.len() == count).then_some(())
    });
}

#[test]
fn operators_see_the_lanes_as_they_are_and_run_what_is_parked() {
    let home = Home::new();
    parked(&home, 3);
    add_staff(&home);
    let served = Served::start(&home);
    let browser = served.browser();
    browser.login("operator", PASSWORD);
    browser.goto("/jobs");
    browser.inspect("jobs");

    // Somebody else pauses a lane: the page says so by itself.
    let paused =
        home.run_as("operator", &["jobs", "pause", "press", "--reason", "設備維護至下午三點"]);
    assert_eq!(paused.code, 0, "{}", paused.talk);
    browser.wait_for_text("設備維護至下午三點");
    browser.click("暫停或恢復 press");
    browser.click("恢復 press");
    browser.wait_for_text("佇列已恢復");
    browser.click("暫停或恢復 post");
    browser.fill("#why-post", "郵件主機更換");
    browser.click("暫停 post");
    browser.wait_for_text("佇列已暫停");
    assert!(browser.text("[data-live]").contains("operator"));
    browser.inspect("jobs-paused");

    browser.click("全選");
    browser.click("重試勾選的");
    browser.wait_for_text("已重試件數：3");
    browser.goto("/jobs");
    let number = browser.texts("tbody td:nth-child(2) a.number").pop().expect("a number");
    browser.click(&number);
    browser.wait_for_text("歷程");
    browser.inspect("job");
}

#[test]
fn the_page_of_jobs_works_without_javascript() {
    let home = Home::new();
    parked(&home, 1);
    add_staff(&home);
    let served = Served::start(&home);
    let browser = Browser::without_javascript(served.url());
    browser.login("operator", PASSWORD);
    browser.goto("/jobs?state=parked");
    browser.click("[name=id]");
    browser.click("重試勾選的");
    browser.wait_for_text("已重試件數：1");
}
