//! The watcher as it runs: woken by the kernel or the timer, alone, stopped.

use super::*;
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use sealpress_config::Span;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const LONG: Duration = Duration::from_secs(30);

/// A home that settles soon, and whose timer alone would be too late for any test.
async fn quick(notify: bool, scan: Duration) -> Folder {
    Folder::with(|settings| {
        settings.inbox.settle = Span(Duration::from_millis(200));
        settings.inbox.scan = Span(scan);
        settings.inbox.notify = notify;
    })
    .await
}

fn start(watcher: &Watcher) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, stopped) = watch::channel(false);
    let watcher = watcher.clone();
    (stop, tokio::spawn(async move { watcher.run(stopped).await }))
}

async fn ends(stop: &watch::Sender<bool>, running: JoinHandle<()>) {
    stop.send(true).unwrap();
    tokio::time::timeout(LONG, running).await.unwrap().unwrap();
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < LONG, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_kernel_or_the_timer_wakes_it() {
    let hour = Duration::from_secs(3600);
    for (notify, scan) in [(true, hour), (false, Duration::from_millis(300))] {
        let folder = quick(notify, scan).await;
        let (stop, running) = start(&folder.watcher);
        tokio::time::sleep(Duration::from_millis(300)).await;
        folder.put(NAMED, &page());
        until("there is a certificate", async || folder.certificates().await.len() == 1).await;
        ends(&stop, running).await;
    }
}

#[tokio::test]
async fn a_watcher_with_nothing_to_do_does_nothing() {
    let folder = quick(true, Duration::from_secs(3600)).await;
    let whole = page();
    folder.put(NAMED, &whole[..whole.len() / 2]);
    let (stop, running) = start(&folder.watcher);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let mut listening = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if matches!(event.unwrap().kind, EventKind::Access(_)) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    })
    .unwrap();
    listening.watch(&folder.path("inbox"), RecursiveMode::NonRecursive).unwrap();
    fs::read_dir(folder.path("inbox")).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let opened = opened.load(Ordering::SeqCst);
    assert!((1..8).contains(&opened), "{opened} times in two seconds, one of them ours");
    ends(&stop, running).await;
}

#[tokio::test]
async fn of_two_watchers_one_stands_by_until_the_other_ends() {
    let said = Said::begin();
    let folder = quick(true, Duration::from_secs(3600)).await;
    let (stop_first, first) = start(&folder.watcher);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let rung = Arc::new(Rung::default());
    let (stop_second, second) = start(&folder.another(Arc::clone(&rung) as Arc<dyn Doorbell>));
    until("it says that it stands by", async || said.count("standing by") == 1).await;
    folder.put(NAMED, &page());
    until("the first took it", async || folder.rung.0.lock().unwrap().len() == 1).await;
    ends(&stop_first, first).await;
    folder.put("B11012345_en_first.pdf", &fixture("scan-jpg.pdf"));
    until("the second took it", async || folder.certificates().await.len() == 2).await;
    assert!(rung.0.lock().unwrap().is_empty(), "the scan waits for approval");
    ends(&stop_second, second).await;
}

/// Stops the watcher at the first ring.
struct Stopping(watch::Sender<bool>);

impl Doorbell for Stopping {
    fn ring(&self, _: CertificateId, _: Stage) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.send(true).unwrap();
        Box::pin(async {})
    }
}

#[tokio::test]
async fn a_stop_finishes_the_drop_in_hand_and_begins_no_other() {
    let folder = quick(true, Duration::from_secs(3600)).await;
    folder.put(NAMED, &page());
    for other in ["x_zh_first.pdf", "y_zh_first.pdf"] {
        tokio::time::sleep(Duration::from_millis(20)).await;
        folder.put(other, b"%PDF-1.7\n%%EOF\n");
    }
    let (stop, stopped) = watch::channel(false);
    let watcher = folder.another(Arc::new(Stopping(stop)));
    tokio::time::timeout(LONG, watcher.run(stopped)).await.unwrap();
    assert_eq!(folder.certificates().await.len(), 1);
    assert_eq!(folder.names("inbox"), ["x_zh_first.pdf", "y_zh_first.pdf"]);
}

#[tokio::test]
async fn an_inbox_that_goes_away_is_said_once_and_taken_up_again() {
    let said = Said::begin();
    let folder = quick(true, Duration::from_millis(200)).await;
    let (stop, running) = start(&folder.watcher);
    tokio::time::sleep(Duration::from_millis(300)).await;
    fs::rename(folder.path("inbox"), folder.path("elsewhere")).unwrap();
    until("it is said", async || said.count("no drop can be taken now") == 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(said.count("no drop can be taken now"), 1);
    fs::create_dir(folder.path("inbox")).unwrap();
    until("it is taken up", async || said.count("drops are taken again") == 1).await;
    folder.put(NAMED, &page());
    until("there is a certificate", async || folder.certificates().await.len() == 1).await;
    ends(&stop, running).await;
}

#[tokio::test]
async fn ids_and_tokens_come_from_the_randomness_that_it_was_given() {
    let mut folder = Folder::new().await;
    folder.watcher.intake.randomness = Arc::new(|| Ok([0xab; 16]));
    let at: Timestamp = "2026-06-14T03:21:09Z".parse().unwrap();
    folder.watcher.intake.clock = Arc::new(move || at);
    folder.put(NAMED, &page());
    folder.after(5).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    assert_eq!(one.token, "ab".repeat(16));
    assert_eq!(one.accepted_at, at);
    assert_eq!(one.id.to_string(), "019ec425-c088-7bab-abab-abababababab");
}
