//! The operators' pages: lanes, what is parked, and what is done about it.

use sealpress_tests::{Client, Home, PASSWORD, Served, Student, add_staff, until};
use serde_json::Value;
use std::time::Duration;

use crate::{LONG, Queue, drop_all, enrolled, print_system};

/// Certificates of `count` students, of whom the last `without` have no address: those are parked
/// when they are to be mailed. Then come the people.
fn parked(home: &Home, count: usize, without: usize) -> Vec<Student> {
    let prints = print_system(home);
    let mut students = prints.students(count);
    for student in &mut students[count - without..] {
        student.email.clear();
    }
    home.import(&prints.roster(&students));
    let mut running = home.start("run", &["run"]);
    drop_all(home, &prints, &students);
    until("what is parked", LONG, || (waiting(home).len() == without).then_some(()));
    home.wait_for_closed(count - without, LONG);
    running.kill();
    add_staff(home);
    students
}

/// What is parked now.
fn waiting(home: &Home) -> Vec<Value> {
    home.ask(&["jobs", "list", "--parked"]).as_array().expect("a list").clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key}: {value}"))
}

fn events_of(home: &Home, id: &str) -> Vec<Value> {
    home.ask(&["cert", "show", id])["events"].as_array().expect("a history").clone()
}

fn logged_in(served: &Served, name: &str) -> Client {
    Client::logged_in(served.url(), name, PASSWORD)
}

#[test]
fn what_is_parked_is_seen_without_names_and_tried_again() {
    let home = Home::new();
    let students = parked(&home, 3, 2);
    let served = Served::start(&home);
    let operator = logged_in(&served, "operator");
    let jobs = waiting(&home);
    let (id, code) = (text(&jobs[0], "id"), text(&jobs[0]["error"], "code"));

    let page = operator.get("/jobs?state=parked").text();
    for job in &jobs {
        assert!(page.contains(text(job, "certificate_no")), "{page}");
        assert!(page.contains(text(job, "student_no")), "{page}");
    }
    assert!(page.contains(text(&jobs[0]["error"], "message_zh")), "{page}");
    let one = operator.get(&format!("/jobs/{id}")).text();
    assert!(one.contains("停住，等待人員處理"), "{one}");
    for student in &students {
        for page in [&page, &one] {
            assert!(!page.contains(&student.name_zh) && !page.contains(&student.name_en));
        }
    }
    let number = text(&jobs[1], "student_no");
    let found = operator.get(&format!("/jobs?q={number}")).text();
    assert!(found.contains(number) && !found.contains(text(&jobs[0], "student_no")), "{found}");
    assert!(operator.get("/jobs?lane=nowhere").text().contains("沒有符合的件"));

    // One of them, whose address is still missing: it is parked again by whoever runs the lane.
    let told = operator.submit("/jobs", "/jobs", &[("act", "retry"), ("id", id)]).text();
    assert!(told.contains("已重試件數：1"), "{told}");
    let released = events_of(&home, id).into_iter().find(|event| event["kind"] == "released");
    let released = released.expect("an event");
    assert_eq!(
        (&released["actor"], &released["detail"]["via"]),
        (&"operator".into(), &"web".into())
    );
    let mut running = home.start("run", &["run"]);
    until("it is parked again", LONG, || (waiting(&home).len() == 2).then_some(()));

    // The addresses come; whatever is parked for that reason is tried again.
    let with =
        |student: &Student| Student { email: "a@students.example".into(), ..student.clone() };
    let students: Vec<Student> = students.iter().map(with).collect();
    std::fs::write(home.at("roster.csv"), print_system(&home).roster(&students)).expect("a file");
    let imported = home.run_as("registrar", &["students", "import", "roster.csv"]);
    assert_eq!(imported.code, 0, "{}", imported.talk);
    let other = [("act", "retry_all"), ("lane", "post"), ("code", "other")];
    let told = operator.submit("/jobs", "/jobs", &other).text();
    assert!(told.contains("已重試件數：0"), "{told}");
    let these = [("act", "retry_all"), ("lane", "post"), ("code", code)];
    let told = operator.submit("/jobs", "/jobs", &these).text();
    assert!(told.contains("已重試件數：2"), "{told}");
    home.wait_for_closed(3, LONG);
    running.kill();
}

#[test]
fn what_can_not_be_done_is_listed_and_the_rest_is_done() {
    let home = Home::new();
    home.set("approval", "all");
    let (prints, students) = enrolled(&home, 2);
    let mut running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    until("what waits", LONG, || (home.certificates().len() == 2).then_some(()));
    running.kill();
    add_staff(&home);
    let served = Served::start(&home);
    let operator = logged_in(&served, "operator");
    let certificates = home.certificates();
    let [one, other] = [0, 1].map(|at| text(&certificates[at], "id"));

    let told = operator.submit("/jobs", "/jobs", &[("act", "retry"), ("id", one)]).text();
    assert!(told.contains("維持原狀") && told.contains("此件待核可"), "{told}");
    let why = operator.submit("/jobs", "/jobs", &[("act", "cancel"), ("id", one)]);
    assert!(why.status == 422 && why.text().contains("取消必須填寫原因"), "{}", why.text());
    assert_eq!(operator.submit("/jobs", "/jobs", &[("act", "retry")]).status, 422);

    let path = format!("/jobs/{other}");
    let cancelled =
        operator.submit(&path, &format!("{path}/cancel"), &[("why", "printed by mistake")]);
    assert_eq!(cancelled.status, 303, "{}", cancelled.text());
    let both = [("act", "cancel"), ("why", "wrong batch"), ("id", one), ("id", other)];
    let told = operator.submit("/jobs", "/jobs", &both).text();
    assert!(told.contains("已取消件數：1") && told.contains("已發證或已結案"), "{told}");
    assert!(home.certificates().iter().all(|one| one["status"] == "rejected"));
    assert_eq!(home.pdfs("inbox/failed").len(), 2);
    let page = operator.get(&path).text();
    assert!(page.contains("printed by mistake") && !page.contains("/cancel\""), "{page}");
}

#[test]
fn a_lane_is_paused_and_everybody_sees_it_at_once() {
    let home = Home::new();
    add_staff(&home);
    let mut served = Served::start(&home);
    let (operator, registrar) = (logged_in(&served, "operator"), logged_in(&served, "registrar"));
    let mut watching = [operator.events("/jobs/live"), registrar.events("/jobs/live")];
    for events in &mut watching {
        let first = events.next().expect("the lanes");
        assert!(first.contains("press") && first.contains("運作中"), "{first}");
    }

    let pause = |why: &str| operator.submit("/jobs", "/lanes/post/pause", &[("why", why)]);
    assert_eq!(pause(" ").status, 422);
    assert_eq!(operator.submit("/jobs", "/lanes/nowhere/pause", &[("why", "x")]).status, 409);
    assert_eq!(pause("the relay is being moved").status, 303);
    for events in &mut watching {
        let next = events.next().expect("the lanes");
        assert!(next.contains("<strong>operator</strong>"), "{next}");
        assert!(next.contains("the relay is being moved"), "{next}");
    }
    let page = registrar.get("/jobs").text();
    assert!(page.contains("the relay is being moved") && !page.contains("/lanes/post/"), "{page}");
    assert_eq!(operator.submit("/jobs", "/lanes/post/resume", &[]).status, 303);
    let next = watching[0].next().expect("the lanes");
    assert!(!next.contains("the relay is being moved"), "{next}");

    // Who is locked out sees no more; who watches does not hold up the end.
    assert_eq!(home.run_as("admin", &["user", "lock", "operator"]).code, 0);
    assert_eq!(watching[0].next(), None);
    served.process().terminate();
    assert!(watching[1].next().is_some(), "the change of before");
    assert_eq!(watching[1].next(), None);
    assert!(served.process().ended(Duration::from_secs(30)).success());
}

#[test]
fn who_may_not_see_jobs_is_refused_and_that_is_told() {
    let home = Home::new();
    let id = {
        parked(&home, 1, 1);
        text(&waiting(&home)[0], "id").to_owned()
    };
    let served = Served::start(&home);
    let (viewer, registrar) = (logged_in(&served, "viewer"), logged_in(&served, "registrar"));
    let path = format!("/jobs/{id}");
    for path in ["/jobs", "/jobs/live", &path] {
        assert_eq!(viewer.get(path).status, 403, "{path}");
    }
    // Who sees jobs and runs none has no forms, and the paths behind them are shut.
    for path in ["/jobs", &path] {
        let page = registrar.get(path);
        assert!(page.status == 200 && !page.text().contains("/retry"), "{}", page.text());
        assert!(!page.text().contains("name=\"act\""), "{}", page.text());
    }
    let act = registrar.submit("/jobs", "/jobs", &[("act", "retry"), ("id", &id)]);
    assert_eq!(act.status, 403);
    let act = registrar.submit("/jobs", &format!("{path}/retry"), &[]);
    assert_eq!(act.status, 403);
    let refused: Vec<_> = events_of(&home, &id)
        .into_iter()
        .filter(|event| event["kind"] == "act_refused")
        .map(|event| (event["actor"].clone(), event["detail"]["what"].clone()))
        .collect();
    assert_eq!(
        refused,
        [
            ("viewer".into(), "GET /jobs/{id}".into()),
            ("registrar".into(), "POST /jobs/{id}/retry".into())
        ]
    );
}

#[test]
fn the_history_outlives_redis() {
    let home = Home::new();
    let queue = Queue::redis();
    queue.of(&home);
    parked(&home, 3, 1);
    let served = Served::start(&home);
    let operator = logged_in(&served, "operator");
    let parked = waiting(&home).remove(0);
    let done = home.certificates().into_iter().find(|one| one["stage"] == "closed");
    let done = done.expect("one that is closed");
    let seen = |wanted: &str| {
        let page = operator.get("/jobs").text();
        assert!(page.contains(text(&parked, "certificate_no")), "{page}");
        assert_eq!(page.contains("佇列沒有回應"), wanted == "down", "{page}");
        for (job, last) in [(&parked, "停住，等待人員處理"), (&done, "完成")] {
            let page = operator.get(&format!("/jobs/{}", text(job, "id"))).text();
            for step in ["收件，成為證書", "歸檔並生效", last] {
                assert!(page.contains(step), "{step}: {page}");
            }
        }
    };
    seen("answers");
    let Queue::Redis(server) = &queue else { unreachable!("it is Redis") };
    server.flush();
    assert_eq!(server.keys(), 0);
    seen("answers");
    drop(queue);
    seen("down");
    // What has come to its end is found by its number, and by nobody's name.
    let found = operator.get(&format!("/jobs?q={}", text(&done, "student_no"))).text();
    assert!(found.contains(&format!("/jobs/{}\"", text(&done, "id"))), "{found}");
    let found = operator.get("/jobs?q=CHEN").text();
    assert!(!found.contains(text(&done, "certificate_no")), "{found}");
}
