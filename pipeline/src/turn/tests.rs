//! Turns at the mail while a person recalls the certificate.

use futures::future::BoxFuture;
use jiff::Timestamp;
use sealpress_config::{Home, Kind, Language, Stage, defaults};
use sealpress_ledger::{
    After, ArchivedFile, Begin, By, CertificateId, Clock, Grounds, Issue, Ledger, NewCertificate,
    Progress, RecallReason, Sha256Hash, Status, Student, StudentSource, Via, WaitingFor,
};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::{LaneSetup, Lanes, Runner, SqliteQueue, Stations};

fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

/// What the relay does between a message's last byte and its answer.
type Meanwhile = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// A relay that takes everything, but not at once.
struct Relay {
    url: String,
    took: Arc<Mutex<Vec<String>>>,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

impl Relay {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (took, meanwhile) = (Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let relay = Self { url, took: Arc::clone(&took), meanwhile: Arc::clone(&meanwhile) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&took), Arc::clone(&meanwhile)));
            }
        });
        relay
    }

    fn took(&self) -> Vec<String> {
        self.took.lock().unwrap().clone()
    }
}

async fn converse(
    mut stream: TcpStream,
    took: Arc<Mutex<Vec<String>>>,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
) {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 relay\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        if line == "DATA" {
            write.write_all(b"354 go on\r\n").await.unwrap();
            let mut message = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                message += &(line + "\n");
            }
            took.lock().unwrap().push(message);
            let then = meanwhile.lock().unwrap().take();
            if let Some(then) = then {
                then().await;
            }
        }
        write.write_all(b"250 yes\r\n").await.unwrap();
    }
}

/// The lane that mails, in a home of its own.
struct Post {
    dir: TempDir,
    ledger: Ledger,
    runner: Arc<Runner>,
    lanes: Lanes,
    relay: Relay,
}

impl Post {
    async fn open() -> Self {
        Self::at_pace(0).await
    }

    /// One that mails so many messages a minute.
    async fn at_pace(per_minute: u32) -> Self {
        let (dir, relay) = (tempfile::tempdir().unwrap(), Relay::start().await);
        fs::create_dir(dir.path().join("archive")).unwrap();
        for (path, bytes) in defaults::files() {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, bytes).unwrap();
        }
        let home = Home::new(dir.path());
        let (mut settings, _) = sealpress_config::load(&home).unwrap();
        settings.mail.per_minute = per_minute;
        settings.mail.transport = relay.url.parse().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        let queue = dir.path().join("queue.db");
        let queue = Arc::new(SqliteQueue::open(&queue, Duration::from_secs(9)).await.unwrap());
        let clock: Clock = Arc::new(now);
        let stages = [Stage::Email, Stage::Log];
        let stations = Stations::prepare(&home, &settings, &[], &stages, &ledger, &clock).unwrap();
        let lanes = Lanes::new(&settings, 1);
        let parts = (ledger.clone(), queue as Arc<dyn crate::Queue>);
        let runner = Runner::new(&home, &settings, lanes.clone(), stations, parts, clock);
        ledger.heartbeat(runner.worker(), "host", 1, "post", now()).await.unwrap();
        Self { dir, ledger, runner: Arc::new(runner), lanes, relay }
    }

    fn lane(&self, stage: Stage) -> LaneSetup {
        self.lanes.of(stage).unwrap().clone()
    }

    /// A certificate in force, in the archive.
    async fn issued(&self) -> CertificateId {
        let id = CertificateId::new(Uuid::from_u128(7));
        self.ledger.accept(drop_with(id)).await.unwrap();
        let press = self.lane(Stage::Archive).rules;
        let turn = self.ledger.begin(id, &press, self.runner.worker(), now()).await.unwrap();
        let Begin::Go { certificate, lease, .. } = turn else { panic!("{turn:?}") };
        let (archive, bytes) = (&self.runner.stations.archive, b"%PDF-1.7\n%%EOF\n");
        let path = archive.place(&certificate);
        archive.folder().keep(&path, bytes.to_vec()).unwrap();
        let hash = Sha256Hash::of(bytes);
        let file = ArchivedFile { path, hash, bytes: bytes.len() as u64, at: now() };
        let after = After { same_lane: false, due_at: now() };
        let issue = self.ledger.issue(&lease, &file, after, now()).await.unwrap();
        assert_eq!(issue, Issue::Done);
        id
    }

    async fn answer(&self, id: CertificateId) {
        Arc::clone(&self.runner).answer(self.lane(Stage::Email), id).await;
    }

    /// What stands in the ledger: status, progress, and the sendings with what became of them.
    async fn stands(&self, id: CertificateId) -> (Status, Progress, Vec<[&'static str; 2]>) {
        let certificate = self.ledger.certificate(id).await.unwrap().unwrap();
        let sendings = self.ledger.sendings_of(id).await.unwrap();
        let sendings = sendings.iter().map(|one| [one.purpose.as_str(), one.state.as_str()]);
        (certificate.status, certificate.progress, sendings.collect())
    }
}

fn drop_with(id: CertificateId) -> NewCertificate {
    NewCertificate {
        id,
        student_no: "B1".into(),
        name_zh: Some("王大明".into()),
        name_en: None,
        programme: "p".into(),
        degree: "d".into(),
        college: None,
        kind: Kind::First,
        language: Language::Zh,
        certificate_no: None,
        issued_on: None,
        token: "t".into(),
        drop_name: "a.pdf".into(),
        drop_hash: Sha256Hash::of(b""),
        supersedes: None,
        approval: None,
        sidecar_student: Some(Student {
            student_no: "B1".into(),
            name_zh: Some("王大明".into()),
            name_en: None,
            birthday: None,
            email: Some("b1@example.org".into()),
            school_email: None,
            source: StudentSource::Sidecar,
            degrees: Vec::new(),
        }),
        accepted_at: now(),
        numbering: "{roc_year}-{seq}".into(),
        day: jiff::civil::date(2026, 5, 28),
    }
}

async fn recall(ledger: &Ledger, id: CertificateId) {
    let grounds = Grounds::new(RecallReason::WrongPerson, "發錯人").unwrap();
    let by = By::new("lin", Via::Web, "192.0.2.9");
    ledger.recall(id, &grounds, &by, now()).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_recalled_while_a_worker_mails_it_is_followed_by_word_of_that() {
    let post = Post::open().await;
    let id = post.issued().await;
    let ledger = post.ledger.clone();
    *post.relay.meanwhile.lock().unwrap() = Some(Arc::new(move || {
        let ledger = ledger.clone();
        Box::pin(async move { recall(&ledger, id).await })
    }));
    post.answer(id).await;
    // The relay took the file, but its worker was fenced off before it could say so.
    let (email, stopped) = (Progress::At(Stage::Email), ["certificate", "stopped"]);
    assert_eq!(post.stands(id).await, (Status::Recalled, email, vec![stopped]));

    post.answer(id).await;
    let told = vec![stopped, ["recall", "accepted"]];
    assert_eq!(post.stands(id).await, (Status::Recalled, Progress::Closed, told));
    let took = post.relay.took();
    let brings = |message: &String| message.contains("application/pdf");
    assert_eq!(took.iter().map(brings).collect::<Vec<_>>(), [true, false]);
    assert!(took.iter().all(|message| message.contains("\nTo: b1@example.org\n")), "{took:?}");
    let message_ids: Vec<&str> = took
        .iter()
        .flat_map(|m| m.lines().filter(|line| line.starts_with("Message-ID:")))
        .collect();
    assert!(message_ids.len() == 2 && message_ids[0] != message_ids[1], "{message_ids:?}");
    post.answer(id).await;
    assert_eq!(post.relay.took().len(), 2, "it is told once");
}

#[tokio::test]
async fn what_is_recalled_before_its_mail_is_closed_without_a_word() {
    let post = Post::open().await;
    let id = post.issued().await;
    recall(&post.ledger, id).await;
    post.answer(id).await;
    assert_eq!(post.stands(id).await, (Status::Recalled, Progress::Closed, vec![]));
    assert!(post.relay.took().is_empty());
}

#[tokio::test]
async fn what_is_recalled_while_it_waits_for_the_relays_pace_is_not_mailed() {
    let post = Post::at_pace(60).await;
    let id = post.issued().await;
    // Another message goes now; the next one may in a second.
    post.runner.stations.email.as_ref().unwrap().may_go().await;
    let recalled = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        recall(&post.ledger, id).await;
    };
    tokio::join!(post.answer(id), recalled);
    assert!(post.relay.took().is_empty());
    let email = Progress::At(Stage::Email);
    assert_eq!(post.stands(id).await, (Status::Recalled, email, vec![]), "no word is owed");
    post.answer(id).await;
    assert_eq!(post.stands(id).await, (Status::Recalled, Progress::Closed, vec![]));
}

#[tokio::test]
async fn word_of_a_recall_needs_no_file_in_the_archive() {
    let post = Post::open().await;
    let id = post.issued().await;
    post.answer(id).await;
    recall(&post.ledger, id).await;
    let archive = post.runner.stations.archive.folder();
    let file = post.ledger.certificate(id).await.unwrap().unwrap().archived.unwrap();
    fs::remove_file(post.dir.path().join("archive").join(&file.path)).unwrap();
    assert!(archive.read(&file.path).is_err());
    post.answer(id).await;
    let (_, progress, sendings) = post.stands(id).await;
    assert_eq!(progress, Progress::Closed);
    assert_eq!(sendings, [["certificate", "accepted"], ["recall", "accepted"]]);
    let certificate = post.ledger.certificate(id).await.unwrap().unwrap();
    assert_eq!(certificate.waiting_for, None::<WaitingFor>);
}
