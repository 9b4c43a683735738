//! What a person types finds who is meant, and never looks at every certificate.

use futures::TryStreamExt;
use sealpress_config::{Kind, Language};
use sqlx::Row;

use super::super::find::{ADDRESSED, PLACES_OF_DATES, Places, query};
use super::desk::{Desk, at, drop_of, reason, someone, worker};
use super::press;
use crate::{ApprovalCause, Certificate, Find, NewCertificate, Status, Student, WaitingFor};

async fn called(desk: &Desk, student_no: &str, zh: &str, en: &str) -> Certificate {
    let mut new = drop_of(student_no, Kind::First, None);
    new.name_zh = Some(zh.into());
    new.name_en = Some(en.into());
    new.certificate_no = Some(format!("114學字第{student_no:0>6}號"));
    if let Some(student) = &mut new.sidecar_student {
        student.email = Some(format!("s{student_no}@example.edu.tw"));
    }
    desk.accepted(new).await
}

fn text(text: &str) -> Find {
    Find { text: text.into(), ..Find::default() }
}

/// The student numbers of what is found, the newest first.
async fn numbers(desk: &Desk, find: &Find) -> Vec<String> {
    let page = desk.ledger.find(find).await.unwrap();
    page.certificates.into_iter().map(|found| found.certified.student_no).collect()
}

#[tokio::test]
async fn names_are_found_by_any_part() {
    let desk = Desk::open().await;
    called(&desk, "1", "王大明", "WANG, Ta-Ming").await;
    called(&desk, "2", "歐陽大明", "José O’Brien-Núñez").await;
    called(&desk, "3", "阿卜杜拉·買買提", "Abdulla Memet").await;
    called(&desk, "4", "司馬相如如意吉祥安康", "SZE MA").await;
    called(&desk, "5", "王𫠢\u{e001}", "Wang Xi").await;
    for (typed, expected) in [
        ("王大明", &["1"][..]),
        ("大明", &["2", "1"]),
        ("明", &["2", "1"]),
        ("王", &["5", "1"]),
        ("王　大明", &["1"]),
        ("阿卜杜拉·買買提", &["3"]),
        ("阿卜杜拉買買提", &["3"]),
        ("阿卜杜拉‧買買提", &["3"]),
        ("買買提", &["3"]),
        ("吉祥安康", &["4"]),
        ("康", &["4"]),
        ("𫠢", &["5"]),
        ("\u{e001}", &["5"]),
        ("wang", &["5", "1"]),
        ("ming wang", &["1"]),
        ("ta-ming", &["1"]),
        ("taming", &["1"]),
        ("ＷＡＮＧ　ｔａ", &["1"]),
        ("jose nunez", &["2"]),
        ("josé", &["2"]),
        ("o'brien", &["2"]),
        ("王 xi", &["5"]),
        ("王 abdulla", &[]),
        ("李", &[]),
    ] {
        assert_eq!(numbers(&desk, &text(typed)).await, expected, "{typed}");
    }
}

#[tokio::test]
async fn numbers_ids_and_addresses_are_found_by_their_beginning() {
    let mut desk = Desk::open().await;
    let first = called(&desk, "B10902", "王大明", "").await;
    let mut new = drop_of("b10903", Kind::First, None);
    new.sidecar_student = Some(Student {
        student_no: "b10903".into(),
        email: Some("Lee.Mei@example.org".into()),
        school_email: Some("b10903@mail.example.edu.tw".into()),
        ..new.sidecar_student.unwrap()
    });
    new.certificate_no = Some("115-000042".into());
    let second = desk.accepted(NewCertificate { name_zh: Some("李美".into()), ..new }).await;
    sqlx::query(
        "INSERT INTO sendings (id, certificate, purpose, route, address, message_id, created_at,
            state) VALUES ('s', ?, 'certificate', 'corrected', 'Other@example.net', 'm', 0, 'queued')",
    )
    .bind(first.id.to_string())
    .execute(&desk.ledger.write)
    .await
    .unwrap();
    desk.now = at(1);
    for (typed, expected) in [
        ("b109", &["b10903", "B10902"][..]),
        ("B10902", &["B10902"]),
        ("b10902 王", &["B10902"]),
        ("114學字第B10902號", &["B10902"]),
        ("１１４學字第Ｂ10902號", &["B10902"]),
        ("114學字", &["B10902"]),
        ("115-000042", &["b10903"]),
        ("115000042", &["b10903"]),
        ("000042", &["b10903"]),
        ("lee.mei@EXAMPLE.org", &["b10903"]),
        ("lee.mei@", &["b10903"]),
        ("Lee.m", &["b10903"]),
        ("b10903@mail", &["b10903"]),
        ("other@example.net", &["B10902"]),
        ("sb10902@example.edu.tw", &["B10902"]),
        ("mei@example.org", &[]),
        ("@", &[]),
    ] {
        assert_eq!(numbers(&desk, &text(typed)).await, expected, "{typed}");
    }
    let id = second.id.to_string();
    for typed in [&id[..], &id.to_uppercase(), &id.replace('-', "")] {
        assert_eq!(numbers(&desk, &text(typed)).await, ["b10903"], "{typed}");
    }
}

#[tokio::test]
async fn an_address_that_fits_too_many_needs_its_at_sign() {
    let desk = Desk::open().await;
    let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
        INSERT INTO students (student_no, email, source)
        SELECT 'X' || n, 'wang' || n || '@example.org', 'roster' FROM n";
    sqlx::query(sql).execute(&desk.ledger.write).await.unwrap();
    let mut new = drop_of("X7", Kind::First, None);
    new.sidecar_student = None;
    desk.accepted(new).await;
    assert!(numbers(&desk, &text("wang")).await.is_empty());
    assert_eq!(numbers(&desk, &text("wang7@")).await, ["X7"]);
}

#[tokio::test]
async fn what_was_typed_is_never_an_error() {
    let desk = Desk::open().await;
    called(&desk, "1", "王大明", "WANG").await;
    let long = "王 ".repeat(5_000) + &"\"".repeat(5_000);
    for typed in [
        "'; *",
        "NEAR(",
        "\"",
        "words:",
        "a* OR",
        "AND",
        "NOT 王",
        "-王",
        "^王",
        "{words id}:王",
        "';DROP TABLE found;--",
        "\0",
        "王\0",
        "%",
        "_",
        "()",
        "*",
        "王*",
        "\u{301}",
        "🙂",
        &long,
    ] {
        desk.ledger.find(&text(typed)).await.unwrap();
    }
    for typed in ["'; *", "()", "🙂"] {
        assert!(numbers(&desk, &text(typed)).await.is_empty(), "{typed} found something");
    }
    assert_eq!(numbers(&desk, &text("  ")).await, ["1"], "nothing was typed");
}

#[tokio::test]
async fn a_list_is_narrowed_by_what_a_certificate_is_now() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let mut new = drop_of("B1", Kind::Reissue, Some(first.id));
    new.college = Some("工學院".into());
    desk.issued(new).await;
    let mut new = drop_of("B2", Kind::First, None);
    new.approval = Some(ApprovalCause::Policy);
    new.language = Language::En;
    new.college = Some("工".into());
    new.accepted_at = at(100);
    let waiting = desk.accepted(new).await;
    let all = Find::default;
    for (find, expected) in [
        (Find { status: Some(Status::Issued), ..all() }, &["B1"][..]),
        (Find { status: Some(Status::Superseded), ..all() }, &["B1"]),
        (Find { status: Some(Status::Pending), ..all() }, &["B2"]),
        (Find { status: Some(Status::Recalled), ..all() }, &[]),
        (Find { kind: Some(Kind::First), ..all() }, &["B2", "B1"]),
        (Find { kind: Some(Kind::Reissue), text: "大明".into(), ..all() }, &["B1"]),
        (Find { language: Some(Language::En), ..all() }, &["B2"]),
        (Find { college: Some("工".into()), ..all() }, &["B2"]),
        (Find { college: Some("工學院".into()), ..all() }, &["B1"]),
        (Find { from: Some(at(100)), ..all() }, &["B2"]),
        (Find { until: Some(at(100)), ..all() }, &["B1", "B1"]),
        (Find { from: Some(at(101)), ..all() }, &[]),
        (
            Find { from: Some(at(0)), until: Some(at(101)), text: "B".into(), ..all() },
            &["B2", "B1", "B1"],
        ),
        (Find { waiting_for: Some(WaitingFor::Approval), ..all() }, &["B2"]),
        (Find { waiting_for: Some(WaitingFor::Person), ..all() }, &[]),
    ] {
        assert_eq!(numbers(&desk, &find).await, expected, "{:?} {:?}", find.status, find.from);
    }
    desk.ledger.approve(waiting.id, &someone(), desk.now).await.unwrap();
    let approval = Find { waiting_for: Some(WaitingFor::Approval), ..all() };
    assert!(numbers(&desk, &approval).await.is_empty());
    let hand = worker();
    desk.alive(hand, at(100)).await;
    let lease = desk.ledger.begin(waiting.id, &press(), hand, at(100)).await.unwrap();
    let crate::Begin::Go { lease, .. } = lease else { panic!() };
    desk.ledger.park(&lease, &reason(), at(100)).await.unwrap();
    let parked = Find { waiting_for: Some(WaitingFor::Person), text: "B2".into(), ..all() };
    assert_eq!(numbers(&desk, &parked).await, ["B2"]);
}

#[tokio::test]
async fn dates_find_what_was_accepted_out_of_their_order() {
    const DAY: i64 = 86_400;
    let desk = Desk::open().await;
    for (student_no, day) in [("B1", 10), ("B2", 3), ("B3", 10), ("B4", 11), ("B5", 3)] {
        let mut new = drop_of(student_no, Kind::First, None);
        new.accepted_at = at(day * DAY);
        desk.accepted(new).await;
    }
    for (from, until, expected) in [
        (Some(3), Some(4), &["B5", "B2"][..]),
        (Some(10), None, &["B4", "B3", "B1"]),
        (None, Some(10), &["B5", "B2"]),
        (Some(4), Some(10), &[]),
        (Some(12), None, &[]),
    ] {
        let [from, until] = [from, until].map(|day| day.map(|day| at(day * DAY)));
        for text in ["", "大明"] {
            let find = Find { from, until, text: text.into(), ..Find::default() };
            assert_eq!(numbers(&desk, &find).await, expected, "{from:?} {until:?} {text}");
        }
    }
}

#[tokio::test]
async fn each_page_goes_on_below_the_one_before() {
    let desk = Desk::open().await;
    for n in 0..7 {
        desk.accepted(drop_of(&format!("B{n}"), Kind::First, None)).await;
    }
    for typed in ["", "大明"] {
        let mut find = Find { limit: 3, ..text(typed) };
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = desk.ledger.find(&find).await.unwrap();
            find.after = page.certificates.last().map(|last| last.id);
            seen.extend(page.certificates.into_iter().map(|found| found.certified.student_no));
            pages += 1;
            // What is accepted meanwhile stands above what was shown.
            desk.accepted(drop_of(&format!("{typed}N{pages}"), Kind::First, None)).await;
            if !page.more {
                break;
            }
        }
        assert_eq!(
            (pages, &seen[seen.len() - 7..]),
            (
                seen.len().div_ceil(3),
                &[
                    "B6".to_owned(),
                    "B5".into(),
                    "B4".into(),
                    "B3".into(),
                    "B2".into(),
                    "B1".into(),
                    "B0".into()
                ][..]
            )
        );
    }
    let pages: Vec<Vec<Certificate>> =
        desk.ledger.each_found(&text("B")).try_collect().await.unwrap();
    assert_eq!(pages.concat().len(), 7);
    let unknown = Find { after: Some(super::id()), ..Find::default() };
    assert!(desk.ledger.find(&unknown).await.is_err());
}

#[tokio::test]
async fn a_list_that_is_taken_out_is_in_the_history_without_what_was_typed() {
    let desk = Desk::open().await;
    let find = Find { status: Some(Status::Issued), ..text("王大明") };
    desk.ledger.exported(&find, &someone(), desk.now).await.unwrap();
    let row = sqlx::query("SELECT actor, detail FROM events WHERE kind = 'exported'")
        .fetch_one(&desk.ledger.read)
        .await
        .unwrap();
    let detail: String = row.get(1);
    assert_eq!(row.get::<String, _>(0), "someone");
    assert!(detail.contains("\"status\":\"issued\"") && detail.contains("\"by_text\":true"));
    assert!(!detail.contains("大明"), "{detail}");
}

#[tokio::test]
async fn no_question_looks_at_every_certificate_or_sorts_them() {
    let desk = Desk::open().await;
    let dates = Find { from: Some(at(0)), until: Some(at(1)), ..Find::default() };
    for find in [Find::default(), dates] {
        for question in ["", "words : \"x\" *"] {
            let sql = query(&find, question, Places(0, 1), 1).sql().as_str().to_owned();
            let plan = desk.plan(&sql).await;
            assert!(plan.contains("USING INDEX by_place"), "{sql}: {plan}");
            assert!(!plan.contains("SCAN certificates"), "{sql}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        }
    }
    let dates = desk.plan(PLACES_OF_DATES).await;
    assert!(dates.contains("SEARCH days USING INTEGER PRIMARY KEY"), "{dates}");
    let addressed = desk.plan(ADDRESSED).await;
    for index in ["students_by_email", "students_by_school_email", "sendings_by_address"] {
        assert!(addressed.contains(index), "{addressed}");
    }
    for whole in ["SCAN students", "SCAN sendings"] {
        assert!(!addressed.contains(whole), "{addressed}");
    }
}
