//! Standard output is data: a table for people, or with `--json` one JSON value.

use serde::Serialize;
use std::io::Write;

use crate::cli::Args;
use crate::exit::Exit;

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
    say(&format!("sealpress: {error:#}"));
    if args.json {
        let code = Exit::of(error) as u8;
        let _ = json(&serde_json::json!({ "error": format!("{error:#}"), "exit": code }));
    }
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
    #[test]
    fn chinese_is_two_wide() {
        assert_eq!(super::width("狀態 ok"), 7);
    }
}
