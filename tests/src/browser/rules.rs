//! What every page keeps to: it can be used by everyone, it says nothing to the console, and it
//! asks nobody else for anything.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

use super::{Browser, Window};
use crate::repository;

/// WCAG 2.2, levels A and AA, as axe-core has its rules grouped.
const LEVELS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

impl Browser {
    /// Looks at a page at a desk and in a hand: keeps pictures as NAME.png and NAME-phone.png, and
    /// holds it against every rule.
    ///
    /// # Panics
    /// When it breaks one.
    pub fn inspect(&self, name: &str) {
        for (window, picture) in
            [(Window::Phone, format!("{name}-phone")), (Window::Desk, name.to_owned())]
        {
            self.window(window);
            self.screenshot(&picture);
            self.axe();
            let beyond = self.sideways();
            assert!(beyond <= 0, "{picture}: {beyond} pixels too wide for the window");
        }
        self.assert_quiet();
        self.assert_alone();
    }

    /// axe-core finds nothing against WCAG 2.2 AA.
    ///
    /// # Panics
    /// With a list of what it finds.
    pub fn axe(&self) {
        let found = self.violations();
        assert!(found.is_empty(), "{} breaks WCAG 2.2 AA:\n{}", self.path(), found.join("\n"));
    }

    /// What axe-core has against the page, a paragraph for each rule.
    ///
    /// # Panics
    /// When axe-core is not installed, or does not run.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        if self.script("return typeof window.axe") == "undefined" {
            let axe = fs::read_to_string(axe_file()).expect("axe.min.js is UTF-8");
            let _ = self.script(&axe);
        }
        // `target-size` is WCAG 2.2 AA, and off unless asked for.
        let options = json!({
            "runOnly": { "type": "tag", "values": LEVELS },
            "rules": { "target-size": { "enabled": true } },
            "resultTypes": ["violations"],
        });
        let script = "const done = arguments[1]; \
                      axe.run(document, arguments[0]).then(done, e => done(String(e)));";
        let result = self.must("axe", self.session().execute_async(script, vec![options]));
        assert!(result["passes"].as_array().is_some_and(|rules| !rules.is_empty()), "{result}");
        let violations = result["violations"].as_array().expect("axe lists violations");
        violations.iter().map(violation).collect()
    }

    /// Nothing was said to the console since the last time: no error of a script, no breach of the
    /// content security policy, no file that was not there.
    ///
    /// # Panics
    /// With what was said.
    pub fn assert_quiet(&self) {
        // That a page itself came with an error status is for the test to say.
        let itself = format!("{}{} - Failed to load resource", self.site, self.path());
        let mut heard = self.console();
        heard.retain(|said| !said.contains(&itself));
        assert!(heard.is_empty(), "the console of {}:\n{}", self.path(), heard.join("\n"));
    }

    /// What was said to the console since the last time, warnings and errors.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let entries = self.extension("se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("the console's entries").iter();
        let word = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        entries
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| format!("{} ({})", word(entry, "message"), word(entry, "source")))
            .collect()
    }

    /// The page asked no other site for anything.
    ///
    /// # Panics
    /// With what it asked for.
    pub fn assert_alone(&self) {
        let asked = self.script(
            "return performance.getEntriesByType('resource').map(entry => entry.name) \
                 .filter(name => !name.startsWith('data:') && new URL(name).origin !== location.origin)",
        );
        assert_eq!(asked, json!([]), "{} asks other sites", self.path());
    }
}

/// A violation as a person reads it: the rule, and each element with what is wrong with it.
fn violation(found: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!(
        "{} ({}): {}",
        word(&found["id"]),
        word(&found["impact"]),
        word(&found["help"])
    )];
    for node in found["nodes"].as_array().into_iter().flatten() {
        let targets = node["target"].as_array().into_iter().flatten();
        let target: Vec<String> = targets.map(word).collect();
        let summary = word(&node["failureSummary"]);
        let why: Vec<&str> = summary.lines().skip(1).map(str::trim).collect();
        lines.push(format!("    {}: {}", target.join(" "), why.join("; ")));
    }
    lines.join("\n")
}

/// axe-core, from the Python package that ships it.
fn axe_file() -> PathBuf {
    let versions = fs::read_dir(repository().join(".venv/lib")).into_iter().flatten().flatten();
    versions
        .map(|python| python.path().join("site-packages/axe_playwright_python/axe.min.js"))
        .find(|file| file.exists())
        .expect("axe-core is installed (tests/setup.sh)")
}
