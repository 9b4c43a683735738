//! `bounces`: what came back. A timer or a mail program runs it: it acts as the system, asks
//! nobody, and mails nothing. What a person decides of it stands in [`decide`].

mod decide;

use anyhow::Context;
use clap::Args as ClapArgs;
use sealpress_ledger::{BounceOutcome, By, EnhancedStatus, SendingId, Via};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use crate::bounces::{self, Ignored, Looked, Reading, Source, Unclear, Verp};
use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;
use decide::Decide;

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bounces {
    #[command(subcommand)]
    decide: Option<Decide>,
    /// Every message of a Maildir that nobody dealt with; what is understood is marked as seen.
    #[arg(long, value_name = "DIR", conflicts_with = "mbox")]
    maildir: Option<PathBuf>,
    /// Every message of an mbox file, which is only read. Without either: one message on standard
    /// input.
    #[arg(long, value_name = "FILE")]
    mbox: Option<PathBuf>,
}

/// What became of a message. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
struct Told {
    /// Its own file, in a Maildir.
    file: Option<String>,
    /// Its place among those that were read, from 1.
    index: usize,
    sending: Option<SendingId>,
    status: Option<EnhancedStatus>,
    #[serde(flatten)]
    verdict: Verdict,
}

pub(crate) async fn run(
    args: &Args,
    opened: &Arc<Opened>,
    bounces: &Bounces,
) -> anyhow::Result<Exit> {
    match &bounces.decide {
        Some(decide) => decide::run(args, opened, decide).await,
        None => read(args, opened, source(bounces)?).await,
    }
}

async fn read(args: &Args, opened: &Opened, source: Source) -> anyhow::Result<Exit> {
    let verp = Verp::new(opened.settings.mail.bounce.as_deref());
    let looked = {
        let source = source.clone();
        tokio::task::spawn_blocking(move || bounces::look(&source, &verp)).await?
    };
    let looked = looked.map_err(|error| unreadable(&source, &error))?;
    let by = By::program(Via::Cli, source.as_str());
    let mut told = Vec::new();
    for (at, message) in looked.into_iter().enumerate() {
        let (sending, status, verdict) = match &message.reading {
            Reading::Bounce(bounce) => {
                let outcome = opened.ledger.bounced(bounce, &by, (opened.clock)()).await?;
                (Some(bounce.sending), bounce.status, of_outcome(outcome))
            }
            Reading::Ignored(why) => (None, None, of_ignored(*why)),
            Reading::Unclear(why) => (None, None, of_unclear(*why)),
        };
        let file = message.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        if verdict.dealt_with {
            dealt_with(&source, message).await?;
        }
        told.push(Told { file, index: at + 1, sending, status, verdict });
    }
    if args.json {
        output::json(&told)?;
    } else if !told.is_empty() {
        // A timer that read nothing has nothing to say.
        table(&told);
    }
    let person = told.iter().any(|one| one.verdict.for_a_person);
    Ok(if person { Exit::Finding } else { Exit::Done })
}

fn source(bounces: &Bounces) -> Result<Source, WrongUse> {
    match (&bounces.maildir, &bounces.mbox) {
        (Some(folder), _) => Ok(Source::Maildir(folder.clone())),
        (None, Some(file)) => Ok(Source::Mbox(file.clone())),
        (None, None) if std::io::stdin().is_terminal() => Err(WrongUse(
            "no message to read; name a Maildir with --maildir, an mbox with --mbox, or pipe one \
             message to standard input"
                .into(),
        )),
        (None, None) => Ok(Source::Stdin),
    }
}

fn unreadable(source: &Source, error: &std::io::Error) -> WrongUse {
    WrongUse(match source {
        Source::Maildir(folder) => format!(
            "{} can't be read as a Maildir, with its folders new and cur: {error}",
            folder.display()
        ),
        Source::Mbox(file) => format!("{} can't be read: {error}", file.display()),
        Source::Stdin => format!("standard input can't be read: {error}"),
    })
}

/// A message that need not be read again is marked, in a Maildir. An mbox is only read: the
/// ledger knows what it has.
async fn dealt_with(source: &Source, message: Looked) -> anyhow::Result<()> {
    let (Source::Maildir(folder), Some(file)) = (source, message.file) else { return Ok(()) };
    let folder = folder.clone();
    tokio::task::spawn_blocking(move || bounces::dealt_with(&folder, &file)).await?.context(
        "a message was recorded, but can't be moved to cur; check who may write to the Maildir",
    )
}

fn table(told: &[Told]) {
    let tongue = Tongue::of_terminal();
    let heads = match tongue {
        Tongue::Zh => ["", "檔案", "寄送編號", "代碼", "結果"],
        Tongue::En => ["", "file", "sending", "status", "result"],
    };
    let row = |one: &Told| {
        // A file's name is a stranger's text.
        let file = one.file.as_deref().unwrap_or_default();
        vec![
            one.index.to_string(),
            file.chars().filter(|c| !c.is_control()).collect(),
            one.sending.map(|sending| sending.to_string()).unwrap_or_default(),
            one.status.map(|status| status.to_string()).unwrap_or_default(),
            tongue.pick(one.verdict.reason_zh, one.verdict.reason_en).to_owned(),
        ]
    };
    output::table(&heads, &told.iter().map(row).collect::<Vec<_>>());
}

/// What became of a message, in words.
#[derive(Debug, Clone, Copy, Serialize)]
struct Verdict {
    outcome: &'static str,
    reason_zh: &'static str,
    reason_en: &'static str,
    #[serde(skip)]
    for_a_person: bool,
    /// It need not be read again.
    #[serde(skip)]
    dealt_with: bool,
}

impl Verdict {
    /// Everything is done.
    const fn done(outcome: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { outcome, reason_zh: zh, reason_en: en, for_a_person: false, dealt_with: true }
    }

    /// A person must read the message itself: it stays where it is.
    const fn unread(outcome: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { for_a_person: true, dealt_with: false, ..Self::done(outcome, zh, en) }
    }
}

const fn of_outcome(outcome: BounceOutcome) -> Verdict {
    match outcome {
        BounceOutcome::Suppressed => Verdict::done(
            "suppressed",
            "收件地址不存在：已停用此地址，不再寄信。",
            "The address does not exist: nothing is sent there any more.",
        ),
        BounceOutcome::ToReview => Verdict {
            for_a_person: true,
            ..Verdict::done(
                "to_review",
                "已記為退信，請承辦人確認此地址是否仍可使用。",
                "Recorded as bounced; a person is to say whether the address can still be used.",
            )
        },
        BounceOutcome::AlreadyKnown => Verdict::done(
            "already_known",
            "這封退信先前已記錄。",
            "The bounce was recorded before.",
        ),
        BounceOutcome::NoSuchSending => Verdict::unread(
            "no_such_sending",
            "登錄簿中沒有它所指的寄送紀錄，請人員查看。",
            "The ledger has no sending that it names; a person must read it.",
        ),
        BounceOutcome::NotSent => Verdict::done(
            "not_sent",
            "依登錄簿，它所指的郵件並未寄出，未變更任何資料。",
            "By the ledger, what it names was not sent; nothing was changed.",
        ),
    }
}

const fn of_ignored(why: Ignored) -> Verdict {
    let (zh, en) = match why {
        Ignored::Delayed => {
            ("郵件主機仍在嘗試投遞。", "The message is late; mail systems still try.")
        }
        Ignored::Arrived => ("郵件已送達或已轉交。", "The message arrived, or was handed on."),
        Ignored::OtherReport => (
            "是其他種類的回報（例如讀取回條）。",
            "It is a report of another kind, such as a read receipt.",
        ),
        Ignored::AutoReply => ("是自動回覆。", "A machine answers for its owner."),
        Ignored::NotOurs => {
            ("退回的不是本系統寄出的郵件。", "What came back was not sent by this system.")
        }
        Ignored::NotABounce => ("不是退信。", "It is no bounce."),
    };
    Verdict::done("ignored", zh, en)
}

const fn of_unclear(why: Unclear) -> Verdict {
    let (zh, en) = match why {
        Unclear::Malformed => (
            "自稱是退信通知，但內容不完整或不合格式，請人員查看。",
            "It says that it is a bounce, but is cut off or malformed; a person must read it.",
        ),
        Unclear::Contradiction => (
            "它指向兩筆不同的寄送紀錄，請人員查看。",
            "It names two different sendings; a person must read it.",
        ),
        Unclear::NoSending => (
            "是退信，但看不出是哪一封，請人員查看；設定 mail.bounce 後即可辨認。",
            "It is a bounce, and does not say of what; a person must read it. With mail.bounce set, its address tells.",
        ),
        Unclear::Unreadable => (
            "無法讀取，或不是郵件，請人員查看。",
            "It can't be read, or is no message; a person must look at it.",
        ),
    };
    Verdict::unread("not_understood", zh, en)
}
