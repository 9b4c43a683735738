//! What a person does with a page: press, fill in, choose, upload.
//!
//! Buttons and links are named by what stands on them, fields by their label or their `name`; a
//! name that begins with `#`, `.` or `[` is a CSS selector. A name that two things bear is refused:
//! a test that presses the first of two presses the wrong one some day.

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use std::path::Path;

use super::Browser;

impl Browser {
    /// Presses a button, a link, a label or a summary.
    ///
    /// # Panics
    /// When there is none of this name, or more than one.
    pub fn click(&self, name: &str) {
        let element = self.one(name, pressed);
        self.must(name, element.click());
    }

    /// Fills in a field, in place of what stands in it.
    ///
    /// # Panics
    /// When there is none of this name, or more than one.
    pub fn fill(&self, field: &str, value: &str) {
        let element = self.one(field, filled);
        let kind = self.must(field, element.prop("type"));
        match kind.as_deref() {
            // How a date is typed depends on the machine's language; a picker sets it as here.
            Some("date" | "month" | "time" | "datetime-local") => self.set(element, value),
            Some(_) | None => {
                self.must(field, element.clear());
                self.must(field, element.send_keys(value));
            }
        }
    }

    fn set(&self, element: Element, value: &str) {
        let script = "const [field, value] = arguments; field.value = value; \
                      for (const kind of ['input', 'change']) \
                          field.dispatchEvent(new Event(kind, { bubbles: true }));";
        let element = serde_json::to_value(element).expect("a reference to an element");
        self.must(value, self.session().execute(script, vec![element, value.into()]));
    }

    /// Presses the Enter key in a field, which sends its form.
    ///
    /// # Panics
    /// When there is no such field.
    pub fn press_enter(&self, field: &str) {
        self.must(field, self.one(field, filled).send_keys(&Key::Enter));
    }

    /// Chooses the option that reads `option` from a list.
    ///
    /// # Panics
    /// When there is no such list or option.
    pub fn choose(&self, field: &str, option: &str) {
        let list = self.one(field, filled);
        let xpath = format!(".//option[normalize-space(.)={}]", quoted(option));
        let option = self.must(option, list.find(Locator::XPath(&xpath)));
        self.must(field, option.click());
    }

    /// Gives files to a field for files, which a page may hide behind something nicer.
    ///
    /// # Panics
    /// When there is no such field, or no such file.
    pub fn upload(&self, css: &str, files: &[&Path]) {
        let names: Vec<String> = files
            .iter()
            .map(|file| {
                let file = file.canonicalize();
                file.expect("a file to upload").into_os_string().into_string().expect("UTF-8")
            })
            .collect();
        let field =
            self.wait(css, || self.try_to(self.session().find(Locator::Css(css))).map(Some));
        self.must(css, field.send_keys(&names.join("\n")));
    }

    /// Presses the Tab key, and says which element has the focus then: what stands on it, its
    /// label or its name.
    ///
    /// # Panics
    /// When the browser has ended.
    #[must_use]
    pub fn tab(&self) -> String {
        let focus = || self.must("the focus", self.session().active_element());
        self.must("Tab", focus().send_keys(&Key::Tab));
        let said = self.script(
            "const e = document.activeElement; \
             return e.getAttribute('aria-label') || e.innerText?.trim() \
                 || e.labels?.[0]?.innerText.trim() || e.name || e.tagName;",
        );
        said.as_str().unwrap_or_default().to_owned()
    }

    /// The one element of this name that is shown.
    fn one(&self, name: &str, xpath: fn(&str) -> String) -> Element {
        let path = xpath(name);
        let locator = match name.chars().next() {
            Some('#' | '.' | '[') => Locator::Css(name),
            Some(_) | None => Locator::XPath(&path),
        };
        self.wait(&format!("“{name}”"), || {
            let mut shown = self.shown(locator)?;
            assert!(
                shown.len() < 2,
                "{} things on {} are named “{name}”",
                shown.len(),
                self.path()
            );
            Ok(shown.pop())
        })
    }
}

/// What can be pressed and bears this name.
fn pressed(name: &str) -> String {
    let name = quoted(name);
    format!(
        "//*[self::a or self::button or self::summary or self::label or @role='button']\
            [normalize-space(.)={name} or @aria-label={name}] \
         | //input[(@type='submit' or @type='button') and @value={name}]"
    )
}

/// What can be filled in and bears this label or name.
fn filled(name: &str) -> String {
    let name = quoted(name);
    format!(
        "//*[self::input or self::textarea or self::select][not(@type='hidden')]\
            [@name={name} or @aria-label={name} or @id=//label[normalize-space(.)={name}]/@for \
             or ancestor::label[normalize-space(text())={name}]]"
    )
}

/// A text in quotation marks, as XPath 1.0 has them: it knows no escape.
fn quoted(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotation_marks_of_both_kinds_are_kept() {
        assert_eq!(quoted("it's"), r#""it's""#);
        assert_eq!(quoted(r#"a "b" c"#), r#"concat("a ", '"', "b", '"', " c")"#);
    }
}
