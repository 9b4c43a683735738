//! Who has not got their certificate, by each reason.

use jiff::Timestamp;
use sealpress_config::Kind;
use sqlx::Row;

use super::desk::{Desk, at, drop_of};
use crate::{
    Bounce, BounceKind, By, Certificate, Reason, Undelivered, UndeliveredFilter, Via, Why,
};

const HOUR: i64 = 3600;

async fn listed(desk: &Desk, now: Timestamp) -> Vec<Undelivered> {
    desk.ledger.undelivered(&UndeliveredFilter::default(), now).await.unwrap()
}

fn reason(code: &str) -> Reason {
    Reason::new(code, ["", ""], ["", ""])
}

/// A certificate in force.
async fn issued(desk: &Desk, student_no: &str) -> Certificate {
    desk.issued(drop_of(student_no, Kind::First, None)).await
}

#[tokio::test]
async fn each_reason_is_told() {
    let desk = Desk::open().await;
    let delivered = issued(&desk, "B0").await;
    desk.post_and_close(delivered.id).await;
    let came_back = issued(&desk, "B1").await;
    let sending = desk.post_and_close(came_back.id).await.id;
    let bounce = Bounce { sending, status: "5.2.2".parse().ok(), kind: BounceKind::Failed };
    let reader = By::program(Via::Cli, "bounces");
    desk.ledger.bounced(&bounce, &reader, at(7)).await.unwrap();
    for (student_no, code) in
        [("B2", "no_address"), ("B3", "address_suppressed"), ("B4", "bad_address")]
    {
        let certificate = issued(&desk, student_no).await;
        let lease = desk.posting(certificate.id).await;
        desk.ledger.park(&lease, &reason(code), desk.now).await.unwrap();
    }
    let refused = issued(&desk, "B5").await;
    let lease = desk.posting(refused.id).await;
    let sending = desk.sent(&lease).await.id;
    desk.ledger.sending_refused(&lease, sending, "address_refused", at(9)).await.unwrap();
    desk.ledger.park(&lease, &reason("address_refused"), at(9)).await.unwrap();
    issued(&desk, "B6").await;

    let seen: Vec<_> = listed(&desk, at(10)).await.into_iter().rev().collect();
    let told: Vec<_> = seen
        .iter()
        .map(|one| {
            let student = one.certificate.certified.student_no.as_str();
            (student, one.why, one.code.as_deref(), one.review, one.since)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("B1", Why::Bounced, Some("5.2.2"), true, at(7)),
            ("B2", Why::NoAddress, None, false, at(0)),
            ("B3", Why::Suppressed, None, false, at(0)),
            ("B4", Why::Parked, Some("bad_address"), false, at(0)),
            ("B5", Why::Refused, Some("address_refused"), false, at(9)),
        ]
    );
    assert_eq!(seen[4].sending, Some(sending));
    let counts = desk.ledger.undelivered_counts(at(10)).await.unwrap();
    assert_eq!(counts.values().sum::<u64>(), 5);
    assert_eq!(counts[&Why::Bounced], 1);
    // Nobody mails B6 for more than an hour.
    assert_eq!(desk.ledger.undelivered_counts(at(HOUR)).await.unwrap().len(), 5);
    let late = listed(&desk, at(HOUR + 1)).await;
    assert_eq!((late.len(), late[0].why), (6, Why::UnderWay));
}

#[tokio::test]
async fn a_list_goes_on_where_it_ended_and_is_narrowed() {
    let desk = Desk::open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(issued(&desk, &format!("B{n}")).await.id);
    }
    let lease = desk.posting(ids[1]).await;
    desk.ledger.park(&lease, &reason("no_address"), desk.now).await.unwrap();
    let mut filter = UndeliveredFilter { limit: 3, ..UndeliveredFilter::default() };
    let now = at(2 * HOUR);
    let mut pages = Vec::new();
    loop {
        let page = desk.ledger.undelivered(&filter, now).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some(last.certificate.id);
        pages.push(page.iter().map(|one| one.certificate.id).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![ids[4], ids[3], ids[2]], vec![ids[1], ids[0]]]);
    let only = UndeliveredFilter { why: Some(Why::NoAddress), ..UndeliveredFilter::default() };
    let only = desk.ledger.undelivered(&only, now).await.unwrap();
    assert_eq!(only.iter().map(|one| one.certificate.id).collect::<Vec<_>>(), [ids[1]]);
}

#[tokio::test]
async fn mail_that_is_put_off_is_on_its_normal_way() {
    let desk = Desk::open().await;
    let certificate = issued(&desk, "B1").await;
    sqlx::query("UPDATE certificates SET due_at = ?")
        .bind(at(24 * HOUR).as_millisecond())
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    assert!(listed(&desk, at(24 * HOUR)).await.is_empty());
    let late = listed(&desk, at(26 * HOUR)).await;
    assert_eq!((late[0].certificate.id, late[0].since), (certificate.id, at(24 * HOUR)));
}

#[tokio::test]
async fn what_is_no_longer_in_force_need_not_arrive() {
    let desk = Desk::open().await;
    let first = issued(&desk, "B1").await;
    let reissue = desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    desk.post_and_close(reissue.id).await;
    desk.accepted(drop_of("B2", Kind::First, None)).await;
    assert!(listed(&desk, at(2 * HOUR)).await.is_empty());
}

#[tokio::test]
async fn no_question_reads_what_was_delivered() {
    let desk = Desk::open().await;
    let sql = format!(
        "EXPLAIN QUERY PLAN {} SELECT * FROM told ORDER BY id DESC",
        super::super::undelivered::UNDELIVERED
    );
    let plan = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&desk.ledger.read).await.unwrap();
    let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
    for index in ["in_motion", "waiting", "sendings_failed", "sendings_of"] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
    assert!(!steps.iter().any(|step| step.contains("FOR ORDER BY")), "{steps:#?}");
    // What is scanned is an index of the few, never a table or an index of all.
    let of_the_few = ["USING INDEX in_motion", "USING INDEX sendings_failed", "SCAN candidates"];
    for step in steps.iter().filter(|step| step.starts_with("SCAN ")) {
        assert!(of_the_few.iter().any(|few| step.contains(few)), "{step}: {steps:#?}");
    }
}
