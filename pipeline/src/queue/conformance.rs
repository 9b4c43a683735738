//! What every queue must do, run over each.

use super::{Answer, Queue, RedisQueue, SqliteQueue};
use futures::FutureExt;
use sealpress_ledger::CertificateId;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

const DEAD_AFTER: Duration = Duration::from_secs(3);

/// A Redis server of the test's own, gone with it.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(dir: &std::path::Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(dir)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, url: format!("redis://127.0.0.1:{port}/0") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Counts what was heard.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<BTreeMap<CertificateId, u32>>>);

impl Ears {
    fn answer(&self, takes: Duration) -> Answer {
        let heard = self.clone();
        Arc::new(move |id| {
            let heard = heard.clone();
            async move {
                tokio::time::sleep(takes).await;
                *heard.0.lock().unwrap().entry(id).or_default() += 1;
            }
            .boxed()
        })
    }

    async fn until(&self, count: usize) {
        tokio::time::timeout(Duration::from_secs(20), async {
            while self.0.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .expect("the queue did not deliver in time");
    }
}

fn ids(count: usize) -> Vec<CertificateId> {
    (0..count).map(|_| CertificateId::new(Uuid::now_v7())).collect()
}

async fn ready(queue: &dyn Queue) {
    for _ in 0..200 {
        if queue.depth("press").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the queue never answered");
}

/// Every ring is heard once, by one of several listeners, in its lane and in no other.
async fn delivers(first: Arc<dyn Queue>, second: Arc<dyn Queue>) {
    ready(&*first).await;
    let ids = ids(100);
    first.ring("press", &ids).await.unwrap();
    assert_eq!(second.depth("press").await.unwrap(), 100);
    assert_eq!(second.depth("post").await.unwrap(), 0);
    let (stop, stopping) = watch::channel(false);
    let ears = Ears::default();
    let listeners: Vec<_> = [first, second]
        .into_iter()
        .map(|queue| {
            let (answer, stopping) = (ears.answer(Duration::from_millis(1)), stopping.clone());
            tokio::spawn(async move { queue.listen("press", 4, answer, stopping).await })
        })
        .collect();
    ears.until(100).await;
    stop.send(true).unwrap();
    for listener in listeners {
        listener.await.unwrap().unwrap();
    }
    let heard = ears.0.lock().unwrap().clone();
    assert_eq!(heard.keys().copied().collect::<Vec<_>>(), ids);
    assert!(heard.values().all(|times| *times == 1), "heard more than once");
}

/// A stopped listener finishes what it answers, and leaves the rest to the next.
async fn stops_gently(queue: Arc<dyn Queue>) {
    ready(&*queue).await;
    let ids = ids(20);
    queue.ring("post", &ids).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let ears = Ears::default();
    let (answer, listening) = (ears.answer(Duration::from_millis(200)), Arc::clone(&queue));
    let listener = tokio::spawn(async move { listening.listen("post", 2, answer, stopping).await });
    ears.until(2).await;
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), listener).await.unwrap().unwrap().unwrap();
    let before = ears.0.lock().unwrap().len();
    assert!((2..20).contains(&before), "{before} of 20 were answered");

    let (_stop, stopping) = watch::channel(false);
    let answer = ears.answer(Duration::ZERO);
    let listening = Arc::clone(&queue);
    let listener = tokio::spawn(async move { listening.listen("post", 8, answer, stopping).await });
    ears.until(20).await;
    listener.abort();
}

/// Rings heard by a listener that died are given to another.
async fn outlives_its_listeners(queue: Arc<dyn Queue>) {
    ready(&*queue).await;
    let ids = ids(5);
    queue.ring("press", &ids).await.unwrap();
    let (_stop, stopping) = watch::channel(false);
    let never: Answer = Arc::new(|_| futures::future::pending().boxed());
    let (listening, endless) = (Arc::clone(&queue), stopping.clone());
    let doomed = tokio::spawn(async move { listening.listen("press", 5, never, endless).await });
    while queue.depth("press").await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    doomed.abort();
    let ears = Ears::default();
    let answer = ears.answer(Duration::ZERO);
    let listening = Arc::clone(&queue);
    let heir = tokio::spawn(async move { listening.listen("press", 5, answer, stopping).await });
    ears.until(5).await;
    heir.abort();
}

/// Answered rings are forgotten when told to, and the queue goes on.
async fn sweeps(queue: Arc<dyn Queue>) {
    ready(&*queue).await;
    let (_stop, stopping) = watch::channel(false);
    let ears = Ears::default();
    let (answer, listening) = (ears.answer(Duration::ZERO), Arc::clone(&queue));
    let listener =
        tokio::spawn(async move { listening.listen("press", 2, answer, stopping).await });
    queue.ring("press", &ids(10)).await.unwrap();
    ears.until(10).await;
    queue.sweep("press").await.unwrap();
    queue.ring("press", &ids(10)).await.unwrap();
    ears.until(20).await;
    listener.abort();
}

macro_rules! conformance {
    ($($name:ident: $check:ident($($which:ident),+);)+) => {
        mod over_sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("queue.db");
                $(let $which: Arc<dyn Queue> = Arc::new(SqliteQueue::open(&path, DEAD_AFTER).await.unwrap());)+
                $check($($which),+).await;
            })+
        }

        mod over_redis {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let dir = tempfile::tempdir().unwrap();
                let server = Server::start(dir.path());
                $(let $which: Arc<dyn Queue> = Arc::new(RedisQueue::new(&server.url, DEAD_AFTER).unwrap());)+
                $check($($which),+).await;
            })+
        }
    };
}

conformance! {
    every_ring_is_heard_once: delivers(first, second);
    a_stop_is_gentle: stops_gently(queue);
    a_dead_listener_loses_nothing: outlives_its_listeners(queue);
    answered_rings_are_swept: sweeps(queue);
}

/// Answers twenty rings, and sweeps until the queue says that none is left.
async fn forgets(queue: Arc<dyn Queue>, left: impl AsyncFn() -> i64) {
    ready(&*queue).await;
    queue.ring("press", &ids(20)).await.unwrap();
    assert_eq!(left().await, 20, "they are looked for where they are");
    let (_stop, stopping) = watch::channel(false);
    let ears = Ears::default();
    let (answer, listening) = (ears.answer(Duration::ZERO), Arc::clone(&queue));
    let listener =
        tokio::spawn(async move { listening.listen("press", 2, answer, stopping).await });
    ears.until(20).await;
    tokio::time::timeout(Duration::from_secs(20), async {
        while left().await > 0 {
            queue.sweep("press").await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("what was answered is forgotten");
    listener.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_forgets_what_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    let queue: Arc<dyn Queue> = Arc::new(SqliteQueue::open(&path, DEAD_AFTER).await.unwrap());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    forgets(queue, async || {
        sqlx::query_scalar("SELECT COUNT(*) FROM Jobs").fetch_one(&pool).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_forgets_what_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let queue: Arc<dyn Queue> = Arc::new(RedisQueue::new(&server.url, DEAD_AFTER).unwrap());
    ready(&*queue).await;
    let client = redis::Client::open(server.url.as_str()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    forgets(queue, async || {
        let mut connection = connection.clone();
        let length = redis::cmd("HLEN").arg("sealpress:press:data").to_owned();
        length.query_async(&mut connection).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let queue: Arc<dyn Queue> = Arc::new(RedisQueue::new(&server.url, DEAD_AFTER).unwrap());
    ready(&*queue).await;
    let (_stop, stopping) = watch::channel(false);
    let ears = Ears::default();
    let (answer, listening) = (ears.answer(Duration::from_millis(20)), Arc::clone(&queue));
    // As the lanes do: listen anew when the queue fails.
    let listener = tokio::spawn(async move {
        loop {
            listening.listen("press", 2, Arc::clone(&answer), stopping.clone()).await.ok();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    queue.ring("press", &ids(50)).await.unwrap();
    ears.until(5).await;
    let client = redis::Client::open(server.url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
    let before = ears.0.lock().unwrap().len();
    queue.ring("press", &ids(20)).await.unwrap();
    ears.until(before + 20).await;
    listener.abort();
}
