//! Relative links in Markdown lead to a file, and to a heading in it.

use std::path::Path;

use crate::{files_with, shown};

/// The targets of `[text](target)` outside of code blocks.
fn targets(markdown: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for rest in line.split("](").skip(1) {
            found.extend(rest.split_once(')').map(|(target, _)| target.to_owned()));
        }
    }
    found
}

/// The anchor that a heading gets where Markdown is shown as a page.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || "_- ".contains(*c);
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Whether `markdown` has a heading with this anchor.
fn has_heading(markdown: &str, wanted: &str) -> bool {
    markdown
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line.trim_start_matches('#')) == wanted)
}

/// Why a link on the page `from` leads nowhere.
fn broken(from: &Path, page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { from.to_owned() } else { from.parent()?.join(path) };
    if !path.is_empty() && !file.exists() {
        return Some(format!("{target}: no such file"));
    }
    if heading.is_empty() {
        return None;
    }
    let there = if path.is_empty() {
        page.to_owned()
    } else {
        std::fs::read_to_string(&file).unwrap_or_default()
    };
    (!has_heading(&there, heading)).then(|| format!("{target}: no such heading"))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut found = Vec::new();
    let mut seen = 0;
    for page in files_with("md") {
        let text = std::fs::read_to_string(&page).expect("a page is UTF-8");
        let links = targets(&text);
        seen += links.len();
        let broken = links.iter().filter_map(|target| broken(&page, &text, target));
        found.extend(broken.map(|why| format!("{}: {why}", shown(&page))));
    }
    assert!(seen > 5, "links are seen at all");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_broken_link_is_found() {
    let page = "# Way of a certificate\n[a](#way-of-a-certificate) [b](#nowhere) [c](gone.md)\n```\n[d](x)\n```\n";
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("page.md");
    let found: Vec<String> =
        targets(page).iter().filter_map(|target| broken(&from, page, target)).collect();
    assert_eq!(found, ["#nowhere: no such heading", "gone.md: no such file"]);
}
