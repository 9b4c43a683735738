//! Standard output is data: a table for people, or with `--json` one JSON value.

use pades::{IssueError, KeyError};
use sealpress_ledger::{LedgerError, Reason};
use serde::Serialize;
use std::io::Write;

use crate::cli::Args;
use crate::desk::SignInError;
use crate::desk::guard::NoRight;
use crate::exit::Exit;
use crate::tongue::Tongue;

/// Prints one JSON value. A closed pipe ends the output and is no error.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string(value)?);
    Ok(())
}

/// Prints a line of data.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Says something to the person at the terminal.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Says why a command failed; with `--json` the same as a JSON value.
pub(crate) fn failure(args: &Args, error: &anyhow::Error) {
    say(&format!("sealpress: {}", sentence(error, Tongue::of_terminal())));
    if args.json {
        let code = Exit::of(error) as u8;
        let _ = json(&serde_json::json!({ "error": format!("{error:#}"), "exit": code }));
    }
}

/// Why, in the language of who reads it, as far as there are words in it.
pub(crate) fn sentence(error: &anyhow::Error, tongue: Tongue) -> String {
    let key = error.chain().find_map(|cause| {
        let issue = cause.downcast_ref::<IssueError>().map(IssueError::zh);
        issue.or_else(|| cause.downcast_ref::<KeyError>().map(|error| error.zh().into_owned()))
    });
    if let (Some(zh), Tongue::Zh) = (key, tongue) {
        return zh;
    }
    match error.chain().find_map(reason) {
        Some(reason) if tongue == Tongue::Zh => format!("{}{}", reason.message_zh, reason.hint_zh),
        Some(_) | None => format!("{error:#}"),
    }
}

fn reason(cause: &(dyn std::error::Error + 'static)) -> Option<Reason> {
    if let Some(LedgerError::NotPossible(reason)) = cause.downcast_ref() {
        return Some(reason.clone());
    }
    let signing_in = cause.downcast_ref::<SignInError>().map(SignInError::reason);
    signing_in.or_else(|| cause.downcast_ref::<NoRight>().map(|lacks| lacks.reason()))
}

/// A table: columns as wide as their widest cell, Chinese characters counted as two.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
    for row in rows {
        for (known, cell) in widths.iter_mut().zip(row) {
            *known = (*known).max(width(cell));
        }
    }
    let print = |cells: Vec<&str>| {
        let mut text = String::new();
        for (cell, wide) in cells.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(wide - width(cell) + 2));
        }
        line(text.trim_end());
    };
    print(heads.to_vec());
    for row in rows {
        print(row.iter().map(String::as_str).collect());
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if (c as u32) >= 0x1100 { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealpress_ledger::Right;

    #[test]
    fn who_is_refused_reads_why_in_their_language() {
        let error = anyhow::Error::from(NoRight { right: Right::Revoke }).context("cert revoke");
        let zh = sentence(&error, Tongue::Zh);
        assert!(zh.contains("撤銷證書") && zh.contains("教育部"), "{zh}");
        let en = sentence(&error, Tongue::En);
        assert!(en.contains("revoke certificates") && en.contains("ministry"), "{en}");
    }

    #[test]
    fn chinese_is_two_wide() {
        assert_eq!(width("狀態 ok"), 7);
    }
}
