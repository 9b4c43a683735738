//! `doctor`: checks this installation, and explains its configuration.

use jiff::tz::TimeZone;
use sealpress_config::{ArchiveUrl, Home, Layout, Settings};
use sealpress_ledger::{KeyAlarm, KeyNote, key_alarms, system_clock};
use sealpress_pipeline::Stations;
use sealpress_sandbox::{Hands, Sandbox};
use sealpress_stages::compose::Extractor;
use sealpress_stages::sign::Sign;
use serde::Serialize;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use super::init::TRIAL_MARKER;
use crate::cli::{Args, named, shown};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output;
use crate::tongue::Tongue;

/// Less free space than this is a warning: 5 GB are about 3,000 certificates.
const LITTLE_SPACE: u64 = 5_000_000_000;

/// One thing that was looked at. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
struct Item {
    code: &'static str,
    /// `ok`, `warning` or `failure`.
    level: &'static str,
    message_zh: String,
    message_en: String,
}

#[derive(Debug, Serialize)]
struct Report {
    home: String,
    items: Vec<Item>,
    configuration: Vec<sealpress_config::Explained>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    // A configuration that can't be read is wrong use (exit 2), and there is nothing to examine.
    let home = opened::home(named(args))?;
    let opened = Opened::open(named(args)).await?;
    let mut items = Vec::new();
    let (settings, layouts) = (opened.settings.clone(), opened.layouts.clone());
    let examined = home.clone();
    items.extend(
        tokio::task::spawn_blocking(move || on_disk(&examined, &settings, &layouts)).await?,
    );
    items.push(hands(&opened.sandbox).await);
    items.push(queue(&opened).await);
    items.push(stations(&opened).await);
    items.push(roster(&opened).await?);
    opened.ledger.close().await;
    let report = Report {
        home: home.root().display().to_string(),
        items,
        configuration: sealpress_config::explain(&home)?,
    };
    let failed = report.items.iter().any(|item| item.level == "failure");
    if args.json {
        output::json(&report)?;
    } else {
        print(&report, Tongue::of_terminal());
    }
    Ok(if failed { Exit::Finding } else { Exit::Done })
}

fn on_disk(home: &Home, settings: &Settings, layouts: &[Layout]) -> Vec<Item> {
    let ArchiveUrl::Folder(archive) = &settings.archive;
    let inbox = home.resolve(&settings.inbox.path);
    let mut items = vec![ok(
        "configuration",
        "設定檔可用",
        format!("{} layouts, configuration readable", layouts.len()),
    )];
    for (code, path) in
        [("inbox", inbox.clone()), ("work", home.work()), ("archive", home.resolve(archive))]
    {
        items.push(writable(code, &path));
    }
    items.push(same_file_system(&inbox, &home.work()));
    items.push(space(home.root()));
    items.push(keys_are_closed(&home.keys()));
    items.extend(keys(home, settings));
    if home.keys().join(TRIAL_MARKER).exists() {
        items.push(warning(
            "trial_key",
            "使用的是試用金鑰，簽出的證書不具效力".into(),
            "the key is a trial key: what it signs is worth nothing".into(),
        ));
    }
    items
}

fn writable(code: &'static str, path: &Path) -> Item {
    let probe = path.join(format!(".doctor-{}", std::process::id()));
    let tried = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => ok(
            code,
            &format!("資料夾 {} 可寫入", path.display()),
            format!("{} can be written", path.display()),
        ),
        Err(error) => failure(
            code,
            format!("資料夾 {} 無法寫入：{error}", path.display()),
            format!("{} can't be written: {error}", path.display()),
        ),
    }
}

fn same_file_system(inbox: &Path, work: &Path) -> Item {
    let device = |path: &Path| std::fs::metadata(path).map(|data| data.dev()).ok();
    if device(inbox).is_some() && device(inbox) == device(work) {
        ok(
            "one_file_system",
            "inbox 與 work 在同一個檔案系統",
            "inbox and work are on one file system".into(),
        )
    } else {
        failure(
            "one_file_system",
            "inbox 與 work 不在同一個檔案系統，投件無法以更名方式移動".into(),
            "inbox and work are not on one file system, so drops can't be moved by rename".into(),
        )
    }
}

fn space(root: &Path) -> Item {
    let free = rustix::fs::statvfs(root).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize));
    match free {
        Ok(free) if free < LITTLE_SPACE => warning(
            "disk",
            format!("磁碟只剩 {} MB", free / 1_000_000),
            format!("only {} MB are free", free / 1_000_000),
        ),
        Ok(free) => ok(
            "disk",
            &format!("磁碟尚餘 {} GB", free / 1_000_000_000),
            format!("{} GB are free", free / 1_000_000_000),
        ),
        Err(error) => warning(
            "disk",
            format!("無法得知磁碟空間：{error}"),
            format!("free space unknown: {error}"),
        ),
    }
}

fn keys_are_closed(keys: &Path) -> Item {
    match std::fs::metadata(keys).map(|data| data.permissions().mode() & 0o077) {
        Ok(0) => {
            ok("keys_closed", "keys 資料夾只有擁有者能讀", "only the owner can read keys".into())
        }
        Ok(_) => failure(
            "keys_closed",
            "keys 資料夾開放給其他使用者，請執行 chmod 700".into(),
            "others can read the folder keys; run chmod 700 on it".into(),
        ),
        Err(error) => failure(
            "keys_closed",
            format!("找不到 keys 資料夾：{error}"),
            format!("no folder keys: {error}"),
        ),
    }
}

/// The signing keys: an item for each alarm, or one that says until when all is well.
fn keys(home: &Home, settings: &Settings) -> Vec<Item> {
    let now = (system_clock())();
    let timezone = TimeZone::get(&settings.school.timezone).unwrap_or(TimeZone::UTC);
    let notes = Sign::check(home, &settings.sign, &timezone, now);
    let alarms = key_alarms(&notes, now);
    if let ([], Some(KeyNote::Opens(dates))) = (alarms.as_slice(), notes.first()) {
        let until = shown::time(dates.until, &timezone);
        return vec![ok(
            "key",
            &format!("簽章金鑰可用，憑證有效至 {until}"),
            format!("the signing key opens; its certificate is valid until {until}"),
        )];
    }
    let item = |alarm: &KeyAlarm| {
        let [zh, en] = alarm.says();
        if alarm.stops() { failure("key", zh, en) } else { warning("key", zh, en) }
    };
    alarms.iter().map(item).collect()
}

/// Whether foreign files can be read, and how well their readers are confined.
async fn hands(sandbox: &Sandbox) -> Item {
    match sandbox.hands().await {
        Ok(Hands::WithLandlock) => ok(
            "sandbox",
            "外來檔案由受限的程序讀取（資源上限、seccomp、Landlock）",
            "foreign files are read in confined processes (limits, seccomp, Landlock)".into(),
        ),
        Ok(Hands::WithoutLandlock) => ok(
            "sandbox",
            "外來檔案由受限的程序讀取（資源上限、seccomp；此核心沒有 Landlock）",
            "foreign files are read in confined processes (limits, seccomp; this kernel has no \
             Landlock)"
                .into(),
        ),
        Err(error) => failure(
            "sandbox",
            format!("無法讀取外來檔案：{error}"),
            format!("no foreign file can be read: {error}"),
        ),
    }
}

async fn queue(opened: &Opened) -> Item {
    let lanes = opened.lanes();
    let Some(lane) = lanes.iter().next() else {
        return failure("queue", "設定中沒有佇列".into(), "the configuration has no lane".into());
    };
    let depth = match opened.queue().await {
        Ok(queue) => queue.depth(&lane.rules.name).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    match depth {
        Ok(_) => ok("queue", "佇列有回應", "the queue answers".into()),
        Err(error) => failure("queue", format!("佇列沒有回應：{error}"), format!("{error}")),
    }
}

async fn stations(opened: &Opened) -> Item {
    let (home, settings, layouts) =
        (opened.home.clone(), opened.settings.clone(), opened.layouts.clone());
    let (ledger, clock) = (opened.ledger.clone(), Arc::clone(&opened.clock));
    let extractor = Extractor::confined(opened.sandbox.clone(), &settings);
    let prepared = tokio::task::spawn_blocking(move || {
        let all = sealpress_config::Stage::ALL;
        Stations::prepare(&home, &settings, &layouts, all, &ledger, &clock, extractor).map(drop)
    })
    .await;
    match prepared {
        Ok(Ok(())) => ok(
            "layouts",
            "版面、印章、字型與郵件範本皆可用",
            "layouts, seals, fonts and mail texts are usable".into(),
        ),
        Ok(Err(error)) => {
            failure("layouts", format!("版面或郵件範本有誤：{error}"), error.to_string())
        }
        Err(error) => failure("layouts", format!("版面檢查失敗：{error}"), error.to_string()),
    }
}

async fn roster(opened: &Opened) -> anyhow::Result<Item> {
    let count = opened.ledger.student_count().await?;
    Ok(if count == 0 {
        warning(
            "roster",
            "學生名冊是空的；請用 sealpress students import 匯入".into(),
            "the roster is empty; import one with `sealpress students import`".into(),
        )
    } else {
        ok("roster", &format!("名冊有 {count} 名學生"), format!("{count} students in the roster"))
    })
}

fn ok(code: &'static str, zh: &str, en: String) -> Item {
    Item { code, level: "ok", message_zh: zh.to_owned(), message_en: en }
}

const fn warning(code: &'static str, zh: String, en: String) -> Item {
    Item { code, level: "warning", message_zh: zh, message_en: en }
}

const fn failure(code: &'static str, zh: String, en: String) -> Item {
    Item { code, level: "failure", message_zh: zh, message_en: en }
}

fn print(report: &Report, tongue: Tongue) {
    for item in &report.items {
        let mark = match item.level {
            "ok" => "✔",
            "warning" => "!",
            _ => "✘",
        };
        output::line(&format!("{mark} {}", tongue.pick(&item.message_zh, &item.message_en)));
    }
    output::line("");
    let rows: Vec<Vec<String>> = report
        .configuration
        .iter()
        .map(|one| vec![one.key.clone(), one.value.clone(), one.origin.to_string()])
        .collect();
    let heads = match tongue {
        Tongue::Zh => ["設定", "值", "來源"],
        Tongue::En => ["setting", "value", "from"],
    };
    output::table(&heads, &rows);
}
