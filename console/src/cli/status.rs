//! `status`: how many certificates stand where, and whether the lanes run.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use sealpress_ledger::{Counts, KeyAlarm, LaneState, Reason, key_alarms};
use sealpress_pipeline::LaneSetup;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

/// How long the command line waits for the queue.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, ClapArgs)]
pub(crate) struct Status {
    /// Show it again every second, in place.
    #[arg(long)]
    watch: bool,
}

/// The whole of it. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) certificates: BTreeMap<String, u64>,
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
    pub(crate) mailed: u64,
    /// Drops that are in `work/` and neither certificates nor refused yet.
    pub(crate) deferred: u64,
    /// Certificates closed in the last minute.
    pub(crate) per_minute: u64,
    /// Seconds until what is open is closed, at the pace of the last minute.
    pub(crate) left_seconds: Option<u64>,
    /// Whether the doorbell answers; certificates wait in the ledger while it does not.
    pub(crate) queue: &'static str,
    pub(crate) trial_key: bool,
    /// What to see to before nothing can be signed any more.
    pub(crate) key_alarms: Vec<Alarm>,
}

/// An alarm of the signing keys.
#[derive(Debug, Serialize)]
pub(crate) struct Alarm {
    /// Whether it keeps the key from signing.
    pub(crate) stops: bool,
    pub(crate) message_zh: String,
    pub(crate) message_en: String,
}

impl From<&KeyAlarm> for Alarm {
    fn from(alarm: &KeyAlarm) -> Self {
        let [message_zh, message_en] = alarm.says();
        Self { stops: alarm.stops(), message_zh, message_en }
    }
}

/// One lane.
#[derive(Debug, Serialize)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) stages: Vec<&'static str>,
    pub(crate) due: u64,
    pub(crate) in_flight: u64,
    pub(crate) later: u64,
    pub(crate) approval: u64,
    pub(crate) parked: u64,
    /// Rings that wait in the queue.
    pub(crate) rings: Option<u64>,
    pub(crate) paused: Option<Pause>,
    pub(crate) held: Option<Hold>,
}

/// A lane that a person paused.
#[derive(Debug, Serialize)]
pub(crate) struct Pause {
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
}

/// A lane that waits for a dependency.
#[derive(Debug, Serialize)]
pub(crate) struct Hold {
    #[serde(flatten)]
    pub(crate) reason: Reason,
    pub(crate) since: Timestamp,
    /// When the next certificate is let through to see.
    pub(crate) probe_at: Timestamp,
}

impl Lane {
    /// How many stand where, by the words of the command line.
    pub(crate) const fn counts(&self) -> [(&'static str, u64); 5] {
        [
            ("due", self.due),
            ("in_flight", self.in_flight),
            ("later", self.later),
            ("approval", self.approval),
            ("parked", self.parked),
        ]
    }
}

impl Shown {
    /// Drops that have come to their end, or wait for a person.
    pub(crate) fn accounted_for(&self) -> u64 {
        let certificates: u64 = self.certificates.values().sum();
        let moving: u64 =
            self.lanes.iter().map(|lane| lane.due + lane.in_flight + lane.later).sum();
        let rejected = self.certificates.get("rejected").copied().unwrap_or_default();
        certificates - rejected - moving.min(certificates) + self.refused + self.duplicates
    }
}

pub(crate) async fn run(args: &Args, opened: &Opened, status: &Status) -> anyhow::Result<Exit> {
    if !status.watch {
        let shown = look(opened, PATIENCE).await?;
        if args.json {
            output::json(&shown)?;
        } else {
            output::line(&text(&shown, Tongue::of_terminal()));
        }
        return Ok(Exit::Done);
    }
    let in_place = std::io::stdout().is_terminal();
    let mut lines = 0;
    loop {
        let shown = look(opened, PATIENCE).await?;
        if args.json {
            output::json(&shown)?;
        } else {
            let text = text(&shown, Tongue::of_terminal());
            let mut out = std::io::stdout().lock();
            if in_place && lines > 0 {
                // Up over what was shown, and clear to the end of the screen.
                write!(out, "\x1b[{lines}A\x1b[J")?;
            }
            writeln!(out, "{text}")?;
            out.flush()?;
            lines = text.lines().count();
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        }
    }
}

/// Looks at ledger, queue and folders. A queue that has not answered within `patience` counts as
/// down.
pub(crate) async fn look(opened: &Opened, patience: Duration) -> anyhow::Result<Shown> {
    let now: Timestamp = (opened.clock)();
    let counts = opened.ledger.counts(now, opened.dead_before(now)).await?;
    let rings = tokio::time::timeout(patience, rings(opened)).await.ok().and_then(Result::ok);
    let mut lanes = Vec::new();
    for (at, lane) in opened.lanes().iter().enumerate() {
        let state = opened.ledger.lane(&lane.rules.name).await?;
        let waiting = rings.as_ref().and_then(|rings| rings.get(at).copied());
        lanes.push(shown_lane(lane, &counts, state, waiting));
    }
    let open: u64 = lanes.iter().map(|lane| lane.due + lane.in_flight + lane.later).sum();
    let per_minute = counts.closed_last_minute;
    Ok(Shown {
        deferred: deferred(opened, &counts).await,
        left_seconds: (open > 0 && per_minute > 0).then(|| open * 60 / per_minute),
        refused: counts.refused.get("failed").copied().unwrap_or_default()
            + counts.by_status.get("rejected").copied().unwrap_or_default(),
        duplicates: counts.refused.get("duplicate").copied().unwrap_or_default(),
        mailed: counts.mailed,
        certificates: counts.by_status,
        per_minute,
        queue: if rings.is_some() { "answers" } else { "down" },
        trial_key: trial_key(opened).await,
        key_alarms: key_alarms(&opened.ledger.keys().await?, now).iter().map(Alarm::from).collect(),
        lanes,
    })
}

/// How many rings wait in each lane.
async fn rings(opened: &Opened) -> anyhow::Result<Vec<u64>> {
    let (queue, mut rings) = (opened.queue().await?, Vec::new());
    for lane in opened.lanes().iter() {
        rings.push(queue.depth(&lane.rules.name).await?);
    }
    Ok(rings)
}

fn shown_lane(lane: &LaneSetup, counts: &Counts, state: LaneState, rings: Option<u64>) -> Lane {
    let mut shown = Lane {
        name: lane.rules.name.clone(),
        stages: lane.rules.stages.iter().map(|stage| stage.as_str()).collect(),
        due: 0,
        in_flight: 0,
        later: 0,
        approval: 0,
        parked: 0,
        rings,
        paused: state.paused.map(|paused| Pause {
            by: paused.by,
            reason: paused.reason,
            since: paused.at,
        }),
        held: state.held.map(|held| Hold {
            reason: held.reason,
            since: held.at,
            probe_at: held.probe_at,
        }),
    };
    for stage in &lane.rules.stages {
        let Some(count) = counts.by_stage.get(stage.as_str()) else { continue };
        shown.due += count.due;
        shown.in_flight += count.in_flight;
        shown.later += count.later;
        shown.approval += count.approval;
        shown.parked += count.parked;
    }
    shown
}

/// Drops that were claimed and are neither certificates nor refusals yet: those that wait for an
/// earlier certificate, and those that a stopped watcher left.
async fn deferred(opened: &Opened, counts: &Counts) -> u64 {
    let work = opened.home.work();
    let folders = tokio::task::spawn_blocking(move || {
        std::fs::read_dir(work).map_or(0, |entries| {
            entries
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .count()
        })
    })
    .await
    .unwrap_or_default() as u64;
    let open: u64 = counts
        .by_stage
        .values()
        .map(|count| count.due + count.in_flight + count.later + count.approval + count.parked)
        .sum();
    folders.saturating_sub(open)
}

/// Whether the school still signs with the key that `init` made for trying things out.
pub(crate) async fn trial_key(opened: &Opened) -> bool {
    let marker = opened.home.keys().join(super::init::TRIAL_MARKER);
    tokio::fs::try_exists(marker).await.unwrap_or(false)
}

fn text(shown: &Shown, tongue: Tongue) -> String {
    let mut lines = Vec::new();
    if shown.trial_key {
        lines.push(
            tongue
                .pick(
                    "※ 目前使用試用金鑰，簽出的證書不具效力。",
                    "! Signing with a trial key: these certificates are worth nothing.",
                )
                .to_owned(),
        );
    }
    for alarm in &shown.key_alarms {
        lines.push(format!("※ {}", tongue.pick(&alarm.message_zh, &alarm.message_en)));
    }
    if shown.queue == "down" {
        lines.push(tongue.pick("※ 佇列沒有回應或已滿；件數仍在登錄簿，恢復後自動繼續。", "! The queue does not answer, or is full; certificates wait in the ledger and go on when it is back.").to_owned());
    }
    lines.push(match tongue {
        Tongue::Zh => format!(
            "{:<10} {:>6} {:>6} {:>6} {:>6} {:>6}",
            "lane", "待處理", "進行中", "待重試", "待核可", "待人工"
        ),
        Tongue::En => format!(
            "{:<10} {:>8} {:>9} {:>7} {:>8} {:>7}",
            "lane", "due", "in flight", "later", "approval", "parked"
        ),
    });
    for lane in &shown.lanes {
        lines.push(format!(
            "{:<10} {:>8} {:>9} {:>7} {:>8} {:>7}",
            lane.name, lane.due, lane.in_flight, lane.later, lane.approval, lane.parked
        ));
        if let Some(paused) = &lane.paused {
            lines.push(format!(
                "  {} {} {}",
                tongue.pick("人工暫停：", "paused by"),
                paused.by,
                paused.reason
            ));
        }
        if let Some(held) = &lane.held {
            lines.push(format!(
                "  {} {}",
                tongue.pick("暫停中：", "held:"),
                tongue.pick(&held.reason.message_zh, &held.reason.message_en)
            ));
        }
    }
    let count = |status: &str| shown.certificates.get(status).copied().unwrap_or_default();
    let (issued, superseded) = (count("issued"), count("superseded"));
    lines.push(match tongue {
        Tongue::Zh => format!("有效 {issued}　已被取代 {superseded}　退件 {}　重複 {}　等待前件 {}　已寄出 {}", shown.refused, shown.duplicates, shown.deferred, shown.mailed),
        Tongue::En => format!("in force {issued}  superseded {superseded}  refused {}  duplicates {}  deferred {}  mailed {}", shown.refused, shown.duplicates, shown.deferred, shown.mailed),
    });
    let left = shown
        .left_seconds
        .map_or_else(|| "—".to_owned(), |left| format!("{}:{:02}", left / 60, left % 60));
    lines.push(match tongue {
        Tongue::Zh => format!("每分鐘 {} 件　預計剩餘 {left}", shown.per_minute),
        Tongue::En => format!("{} a minute  time left {left}", shown.per_minute),
    });
    lines.join("\n")
}
