//! The figures of the start page, of the lanes, and of the list of jobs.

use sealpress_config::{Kind, Stage};

use super::super::{colleges, counts, jobs, today};
use super::desk::{Desk, at, drop_of, id, press, reason, someone, worker};
use crate::{ApprovalCause, CertificateId, JobFilter, JobState, Refusal, RefusalFolder};

/// Issues, mails and closes a certificate.
async fn closed(desk: &Desk, student_no: &str) -> CertificateId {
    let certificate = desk.issued(drop_of(student_no, Kind::First, None)).await;
    desk.post_and_close(certificate.id).await;
    certificate.id
}

fn refusal(folder: RefusalFolder) -> Refusal {
    Refusal {
        id: id(),
        drop_name: "b.pdf".into(),
        drop_hash: None,
        folder,
        stage: "inbox".into(),
        reason: reason(),
        at: at(0),
    }
}

#[tokio::test]
async fn the_counts_are_those_of_the_tables() {
    let mut desk = Desk::open().await;
    assert!(desk.ledger.counts(at(0), at(0)).await.unwrap().by_status.is_empty());
    for student_no in ["B1", "B2", "B3"] {
        closed(&desk, student_no).await;
    }
    desk.accepted(drop_of("B4", Kind::First, None)).await;
    let last = desk.accepted(drop_of("B5", Kind::First, None)).await;
    desk.ledger.cancel(last.id, &someone(), "why", at(0), at(0)).await.unwrap();
    sqlx::query("UPDATE sendings SET state = 'bounced' WHERE id = (SELECT MIN(id) FROM sendings)")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    desk.now = at(30);
    closed(&desk, "B6").await;
    let counts = desk.ledger.counts(at(60), at(0)).await.unwrap();
    let by_status: Vec<(&str, u64)> =
        counts.by_status.iter().map(|(status, many)| (status.as_str(), *many)).collect();
    assert_eq!(by_status, [("issued", 4), ("pending", 1), ("rejected", 1)]);
    assert_eq!((counts.mailed, counts.closed_last_minute), (3, 1));
    assert_eq!(counts.by_stage["compose"].due, 1);
}

#[tokio::test]
async fn today_is_what_happened_since_and_what_needs_a_person_now() {
    let mut desk = Desk::open().await;
    closed(&desk, "B0").await;
    desk.ledger.refuse(&refusal(RefusalFolder::Failed)).await.unwrap();
    desk.now = at(10);
    let bounced = closed(&desk, "B1").await;
    let replaced = closed(&desk, "B2").await;
    let twice = closed(&desk, "B3").await;
    for folder in [RefusalFolder::Failed, RefusalFolder::Duplicate, RefusalFolder::Duplicate] {
        desk.ledger.refuse(&Refusal { at: at(10), ..refusal(folder) }).await.unwrap();
    }
    let mut new = drop_of("B4", Kind::First, None);
    (new.approval, new.accepted_at) = (Some(ApprovalCause::Policy), at(10));
    desk.accepted(new).await;
    let parked = desk.accepted(drop_of("B5", Kind::First, None)).await;
    let hand = worker();
    desk.alive(hand, at(10)).await;
    let lease = desk.begin(parked.id, &press(), hand).await.unwrap();
    desk.ledger.park(&lease, &reason(), at(10)).await.unwrap();
    let cancelled = desk.accepted(drop_of("B6", Kind::First, None)).await;
    desk.ledger.cancel(cancelled.id, &someone(), "why", at(10), at(10)).await.unwrap();
    desk.issued(drop_of("B2", Kind::Reissue, Some(replaced))).await;
    for id in [bounced, replaced, twice] {
        sqlx::query("UPDATE sendings SET state = 'bounced', review = 1 WHERE certificate = ?")
            .bind(id.to_string())
            .execute(&desk.ledger.write)
            .await
            .unwrap();
    }
    sqlx::query(
        "INSERT INTO sendings (id, certificate, purpose, route, address, created_at, state)
         VALUES ('by hand', ?, 'certificate', 'hand', '', 0, 'downloaded')",
    )
    .bind(twice.to_string())
    .execute(&desk.ledger.write)
    .await
    .unwrap();

    let today = desk.ledger.today(at(10)).await.unwrap();
    assert_eq!((today.accepted, today.issued, today.mailed), (1, 4, 3));
    assert_eq!((today.refused, today.duplicates), (2, 2), "one in the inbox, one by a person");
    assert_eq!((today.waiting_for_approval, today.parked), (1, 1));
    assert_eq!((today.undelivered, today.to_review), (1, 3));
}

#[tokio::test]
async fn colleges_come_once_each() {
    let desk = Desk::open().await;
    assert!(desk.ledger.colleges().await.unwrap().is_empty());
    for (student_no, college) in
        [("B1", Some("理")), ("B2", None), ("B3", Some("工")), ("B4", Some("理")), ("B5", Some(""))]
    {
        let mut new = drop_of(student_no, Kind::First, None);
        new.college = college.map(str::to_owned);
        desk.accepted(new).await;
    }
    assert_eq!(desk.ledger.colleges().await.unwrap(), ["工", "理"]);
}

#[tokio::test]
async fn jobs_say_where_they_stand_who_has_them_and_since_when() {
    let mut desk = Desk::open().await;
    closed(&desk, "B0").await;
    let due = desk.accepted(drop_of("B1_", Kind::First, None)).await;
    let mut new = drop_of("B2", Kind::First, None);
    new.approval = Some(ApprovalCause::Policy);
    desk.accepted(new).await;
    desk.now = at(5);
    let hand = worker();
    desk.alive(hand, at(5)).await;
    let [later, parked, flying] = [
        desk.accepted(drop_of("B3", Kind::First, None)).await,
        desk.accepted(drop_of("B4", Kind::First, None)).await,
        desk.accepted(drop_of("B51", Kind::First, None)).await,
    ];
    let lease = desk.begin(later.id, &press(), hand).await.unwrap();
    desk.ledger.retry_later(&lease, Stage::Sign, &reason(), at(60), at(5)).await.unwrap();
    let lease = desk.begin(parked.id, &press(), hand).await.unwrap();
    desk.ledger.park(&lease, &reason(), at(6)).await.unwrap();
    desk.begin(flying.id, &press(), hand).await.unwrap();

    let ask = async |filter: JobFilter| {
        desk.ledger.jobs(&filter, at(10), at(0)).await.unwrap().jobs.into_iter().collect::<Vec<_>>()
    };
    let all = ask(JobFilter::default()).await;
    let seen: Vec<_> = all.iter().map(|job| (job.state, job.since)).collect();
    assert_eq!(
        seen,
        [
            (JobState::InFlight, at(5)),
            (JobState::Parked, at(6)),
            (JobState::Later, at(60)),
            (JobState::Approval, at(0)),
            (JobState::Due, at(0)),
        ]
    );
    let who = all[0].worker.as_ref().unwrap();
    assert_eq!((who.id, who.host.as_str(), who.pid, who.seen_at), (hand, "host", 1, at(5)));
    assert!(all[1..].iter().all(|job| job.worker.is_none()));
    let numbers = async |filter: JobFilter| -> Vec<String> {
        ask(filter).await.into_iter().map(|job| job.certificate.certified.student_no).collect()
    };
    let filter = JobFilter::default;
    for state in JobState::ALL {
        let jobs = ask(JobFilter { state: Some(*state), ..filter() }).await;
        assert!(jobs.len() == 1 && jobs[0].state == *state, "{state:?}");
    }
    for (filter, expected) in [
        (JobFilter { stages: vec![Stage::Email, Stage::Log], ..filter() }, &[][..]),
        (JobFilter { stages: vec![Stage::Compose], text: Some("b5".into()), ..filter() }, &["B51"]),
        (JobFilter { code: Some("test".into()), ..filter() }, &["B4", "B3"]),
        (JobFilter { code: Some("other".into()), ..filter() }, &[]),
        (JobFilter { text: Some("b1_".into()), ..filter() }, &["B1_"]),
        (JobFilter { text: Some("b_".into()), ..filter() }, &[]),
        (JobFilter { text: Some("'%\\".into()), ..filter() }, &[]),
        (JobFilter { text: Some(due.certified.certificate_no.clone()), ..filter() }, &["B1_"]),
        (JobFilter { text: Some(due.id.to_string().to_uppercase()), ..filter() }, &["B1_"]),
        (JobFilter { after: Some(parked.id), limit: 2, ..filter() }, &["B3", "B2"]),
    ] {
        assert_eq!(numbers(filter.clone()).await, expected, "{filter:?}");
    }
    let some = JobFilter { limit: 4, ..filter() };
    assert!(desk.ledger.jobs(&some, at(10), at(0)).await.unwrap().more);
    assert_eq!(desk.ledger.job_count(&some, at(10), at(0)).await.unwrap(), 5, "of all pages");
    let parked = JobFilter { state: Some(JobState::Parked), ..filter() };
    assert_eq!(desk.ledger.job_count(&parked, at(10), at(0)).await.unwrap(), 1);
}

#[tokio::test]
async fn rates_are_by_the_minute() {
    let mut desk = Desk::open().await;
    desk.accepted(drop_of("B0", Kind::First, None)).await;
    for (second, student_no) in [(0, "B1"), (830, "B2"), (841, "B3"), (899, "B4")] {
        desk.now = at(second);
        closed(&desk, student_no).await;
    }
    let rates = desk.ledger.lane_rates(at(900), at(890)).await.unwrap();
    assert_eq!(rates.minutes.len(), 15);
    let last: Vec<_> = rates.minutes[13..].iter().map(|one| (one.from, one.issued)).collect();
    assert_eq!(last, [(at(780), 1), (at(840), 2)]);
    assert_eq!(rates.minutes.iter().map(|minute| minute.closed).sum::<u64>(), 3);
    assert_eq!(rates.oldest_due.into_iter().collect::<Vec<_>>(), [("compose".into(), at(0))]);
}

#[tokio::test]
async fn no_figure_looks_at_a_whole_table() {
    let desk = Desk::open().await;
    let everything = JobFilter {
        stages: vec![Stage::Email],
        state: Some(JobState::Due),
        code: Some("x".into()),
        text: Some("x".into()),
        ..JobFilter::default()
    };
    for sql in [
        today::TODAY.to_owned(),
        today::MINUTES_BACK.to_owned(),
        today::OLDEST_DUE.to_owned(),
        counts::BY_STATUS.to_owned(),
        counts::MAILED.to_owned(),
        colleges::COLLEGES.to_owned(),
        jobs::query(&JobFilter::default(), [at(0); 2], 1, 1).sql().as_str().to_owned(),
        jobs::query(&everything, [at(0); 2], 1, 1).sql().as_str().to_owned(),
    ] {
        let plan = desk.plan(&sql).await;
        for line in plan.lines() {
            let whole = ["certificates", "events", "sendings"]
                .iter()
                .any(|table| line == format!("SCAN {table}"));
            assert!(!whole, "{sql}: {plan}");
        }
    }
}

#[tokio::test]
async fn a_lane_without_a_living_worker_is_told() {
    let desk = Desk::open().await;
    desk.alive(worker(), at(100)).await;
    assert!(desk.ledger.lanes_with_workers(at(90)).await.unwrap().contains("press"));
    assert!(desk.ledger.lanes_with_workers(at(110)).await.unwrap().is_empty());
}
