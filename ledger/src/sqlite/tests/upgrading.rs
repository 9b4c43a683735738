//! A ledger of the version before opens as one of this version, with all that was in it.

use sealpress_config::Stage;
use serde_json::json;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;

use super::super::events::{NewEvent, append};
use super::desk::{at, drop_of, id, someone};
use crate::{
    Acceptance, ApprovalCause, CertificateFilter, CertificateId, EventKind, Find, Grounds, Ledger,
    Progress, Purpose, RecallReason, RouteTaken, SendingState, Status, WaitingFor,
};

/// Status, progress, what it waits for, and the sendings: state with the relay's answer.
type Before =
    (&'static str, &'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

const BEFORE: [Before; 9] = [
    ("pending", "compose", Some("approval"), &[]),
    ("pending", "sign", Some("person"), &[]),
    ("issued", "closed", None, &[("refused", "550"), ("accepted", "250 2.0.0 Ok")]),
    ("issued", "email", None, &[("queued", "")]),
    ("issued", "email", Some("person"), &[("refused", "bad_address")]),
    ("superseded", "closed", None, &[("accepted", "250")]),
    ("recalled", "closed", None, &[("accepted", "250")]),
    ("revoked", "log", None, &[]),
    ("rejected", "closed", None, &[]),
];

/// A ledger as the version before made it, opened without what came since.
async fn of_before(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let options = options.foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.migrations.to_mut().truncate(1);
    migrations.run(&pool).await.unwrap();
    assert!(sqlx::query("SELECT 1 FROM users").fetch_optional(&pool).await.is_err());
    pool
}

async fn fill(pool: &SqlitePool) -> Vec<CertificateId> {
    let mut ids: Vec<CertificateId> = Vec::new();
    for (number, (status, progress, waiting_for, sendings)) in BEFORE.iter().enumerate() {
        let id = id();
        let number = i64::try_from(number).unwrap();
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let student = format!("B{number}");
        sqlx::query(
            "INSERT INTO students VALUES (?, '王大明', 'WANG, Ta-Ming', NULL, ?, 'roster')",
        )
        .bind(&student)
        .bind(format!("wang{number}@example.edu.tw"))
        .execute(&mut *tx)
        .await
        .unwrap();
        // One has a predecessor, so that a row refers to its own table.
        let supersedes = ids.last().filter(|_| number == 8).map(ToString::to_string);
        let archived = !matches!(*status, "pending" | "rejected");
        sqlx::query(
            "INSERT INTO certificates (id, student_no, name_zh, name_en, programme, degree, college,
                kind, language, certificate_no, status, progress, waiting_for, token, drop_name,
                drop_hash, accepted_at, archive_path, archive_hash, archive_bytes, archived_at,
                supersedes, due_at)
             VALUES (?1, ?2, '王大明', 'WANG, Ta-Ming', 'CS', 'BSc', '工學院', 'first', 'zh', ?3, ?4,
                ?5, ?6, ?1, 'a.pdf', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?8)",
        )
        .bind(id.to_string())
        .bind(&student)
        .bind(format!("114學字第{number:06}號"))
        .bind(status)
        .bind(progress)
        .bind(waiting_for)
        .bind(crate::Sha256Hash::of(id.uuid().as_bytes()).to_string())
        .bind(at(number).as_millisecond())
        .bind(archived.then(|| format!("2026/05/{id}.pdf")))
        .bind(archived.then(|| crate::Sha256Hash::of(b"pdf").to_string()))
        .bind(archived.then_some(3_i64))
        .bind(archived.then(|| at(number).as_millisecond()))
        .bind(supersedes)
        .execute(&mut *tx)
        .await
        .unwrap();
        append(&mut tx, NewEvent::system(id, EventKind::Accepted, at(number), json!({})))
            .await
            .unwrap();
        if archived {
            append(&mut tx, NewEvent::system(id, EventKind::Issued, at(number), json!({})))
                .await
                .unwrap();
        }
        for (at_second, (state, answer)) in (0_i64..).zip(*sendings) {
            let sending = crate::SendingId::new(uuid::Uuid::now_v7());
            sqlx::query(
                "INSERT INTO sendings (id, certificate, address, message_id, created_at, state,
                    answer, answered_at) VALUES (?1, ?2, ?3, '<' || ?1 || '@x>', ?4, ?5, ?6, ?7)",
            )
            .bind(sending.to_string())
            .bind(id.to_string())
            .bind(format!("wang{number}@example.edu.tw"))
            .bind(at(at_second).as_millisecond())
            .bind(state)
            .bind(Some(*answer).filter(|_| *state != "queued"))
            .bind((*state != "queued").then(|| at(at_second).as_millisecond()))
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        ids.push(id);
    }
    ids
}

/// A ledger of before with every status, opened by this version.
async fn upgraded(dir: &tempfile::TempDir) -> (Ledger, Vec<CertificateId>) {
    let path = dir.path().join("ledger.db");
    let pool = of_before(&path).await;
    let ids = fill(&pool).await;
    pool.close().await;
    (Ledger::open(&path).await.unwrap(), ids)
}

async fn found(ledger: &Ledger, find: Find) -> Vec<CertificateId> {
    ledger.find(&find).await.unwrap().certificates.iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn everything_of_before_reads_and_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, ids) = upgraded(&dir).await;
    for (id, (status, progress, waiting_for, sendings)) in ids.iter().zip(BEFORE) {
        let one = ledger.certificate(*id).await.unwrap().unwrap();
        assert_eq!((one.status.as_str(), one.progress.as_str()), (status, progress));
        assert_eq!(one.waiting_for.map(WaitingFor::as_str), waiting_for);
        let cause = (waiting_for == Some("approval")).then_some(ApprovalCause::Unreadable);
        assert_eq!(one.approval, cause);
        let sent = ledger.sendings_of(*id).await.unwrap();
        assert_eq!(
            sent.iter().map(|one| one.state.as_str()).collect::<Vec<_>>(),
            sendings.iter().map(|(state, _)| *state).collect::<Vec<_>>()
        );
        for (sending, (_, answer)) in sent.iter().zip(sendings) {
            assert_eq!(
                (sending.purpose, sending.route),
                (Purpose::Certificate, RouteTaken::Personal)
            );
            assert_eq!(sending.message_id.as_deref(), Some(format!("<{}@x>", sending.id).as_str()));
            let kept = match &sending.state {
                SendingState::Accepted(kept) | SendingState::Refused(kept) => kept.as_str(),
                _ => "",
            };
            assert_eq!(kept, *answer);
        }
        let number = &one.certified.certificate_no;
        for text in [number.as_str(), one.certified.student_no.as_str(), &id.to_string()] {
            assert_eq!(found(&ledger, Find { text: text.into(), ..Find::default() }).await, [*id]);
        }
    }
    let newest_first: Vec<_> = ids.iter().rev().copied().collect();
    for text in ["", "大明", "wang", "ta-ming"] {
        let found = found(&ledger, Find { text: text.into(), ..Find::default() }).await;
        assert_eq!(found, newest_first, "{text}");
    }
    let address = Find { text: "wang4@example".into(), ..Find::default() };
    assert_eq!(found(&ledger, address).await, [ids[4]]);
    let status = Some(Status::Recalled);
    assert_eq!(found(&ledger, Find { status, ..Find::default() }).await, [ids[6]]);
    let waiting_for = Some(WaitingFor::Approval);
    assert_eq!(found(&ledger, Find { waiting_for, ..Find::default() }).await, [ids[0]]);
    assert_eq!(ledger.certificates(&CertificateFilter::default()).await.unwrap().len(), ids.len());
    assert_eq!(ledger.superseded_by(ids[7]).await.unwrap(), None, "a rejected one took no place");
    assert!(ledger.check_events().await.unwrap().is_empty());
    assert!(ledger.issued_without_trace().await.unwrap().is_empty());
}

#[tokio::test]
async fn life_goes_on_after_the_upgrade() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, ids) = upgraded(&dir).await;
    let (by, now) = (someone(), at(100));
    let approved = ledger.approve(ids[0], &by, now).await.unwrap();
    assert!(approved.with_it.is_empty());
    assert_eq!(
        found(&ledger, Find { waiting_for: Some(WaitingFor::Approval), ..Find::default() }).await,
        []
    );
    let grounds = Grounds::new(RecallReason::Other, "test").unwrap();
    // One that went out is told, one that is about to go out may have.
    for id in [ids[2], ids[3]] {
        let recalled = ledger.recall(id, &grounds, &by, now).await.unwrap();
        assert_eq!(recalled.progress, Progress::At(Stage::Email));
        let status = Some(Status::Recalled);
        assert!(found(&ledger, Find { status, ..Find::default() }).await.contains(&id));
    }
    let stopped = ledger.sendings_of(ids[3]).await.unwrap();
    assert_eq!(stopped[0].state, SendingState::Stopped);
    let next = drop_of("C1", sealpress_config::Kind::First, None);
    let Acceptance::Accepted(next) = ledger.accept(next).await.unwrap() else { panic!("taken") };
    assert_eq!(found(&ledger, Find::default()).await[0], next.id, "it has the next place");
    // No line of before was touched, and the new ones go on from them.
    assert!(ledger.check_events().await.unwrap().is_empty());
    ledger.close().await;
    let again = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
    assert_eq!(
        again.certificates(&CertificateFilter::default()).await.unwrap().len(),
        ids.len() + 1
    );
}
