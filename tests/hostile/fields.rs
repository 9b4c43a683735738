//! What is said of a student: in every field of a sidecar and of the roster, something that a
//! spreadsheet, a mail program, a database, a browser or a terminal would obey. It is refused, or
//! comes out everywhere as the text that it is.

use sealpress_tests::{Client, PASSWORD, Served, add_staff};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::builder::{PROGRAM, Raw, UNICODE};
use crate::{Must, Siege};

use Must::{Harmless, Refuse, Wait};

/// Texts that are as good as others.
const PLAIN: [(&str, &str); 16] = [
    ("a formula", "=HYPERLINK(\"http://a.example\",\"x\")"),
    ("a formula that runs a program", "=cmd|' /C calc'!A0"),
    ("a plus", "+1+1"),
    ("a minus", "-1+1"),
    ("an at", "@SUM(1+1)"),
    ("a wide formula", "＝1+1"),
    ("a script", "<script>alert(1)</script>"),
    ("a picture", "\"><img src=x onerror=alert(1)>"),
    ("an attribute", "' onmouseover='alert(1)"),
    ("a template", "{{7*7}} {verify_url} ${7*7} {name_zh}"),
    ("a statement", "'; DROP TABLE certificates; --"),
    ("a header", "x Bcc: thief@a.example"),
    ("an escaped header", "x\\r\\nBcc: thief@a.example%0d%0aX-A: 1"),
    ("an encoded header", "=?utf-8?q?a=0d=0aBcc:_thief@a.example?="),
    ("a path", "../../../etc/passwd"),
    ("a command", "$(touch owned)`touch owned`"),
];

/// Texts that nobody can see as they are.
const HIDDEN: [(&str, &str); 10] = [
    ("a header in a line of its own", "a\r\nBcc: thief@a.example"),
    ("a line", "a\nb"),
    ("a tab and a formula", "a\t=1+1"),
    ("nought", "a\0b"),
    ("colours of a terminal", "\u{1b}[31ma"),
    ("turned about", "a\u{202e}b"),
    ("isolated", "a\u{2066}b"),
    ("an Arabic mark", "a\u{61c}b"),
    ("nothing to see", "a\u{200b}b"),
    ("a tag", "a\u{e0041}b"),
];

const FIELDS: [&str; 12] = [
    "student_no",
    "kind",
    "language",
    "degree",
    "programme",
    "college",
    "certificate_no",
    "issued_on",
    "name_zh",
    "name_en",
    "birthday",
    "email",
];

/// A sidecar that says everything, in JSON.
fn sidecar(number: &str, name: &str) -> Value {
    json!({
        "student_no": number, "kind": "first", "language": "zh", "degree": "工學士",
        "programme": "資訊工程學系", "college": "工學院", "name_zh": name, "name_en": "Wang",
        "birthday": "2002-03-15", "email": "wang@students.example",
    })
}

/// A page that shows a name and a number. (What it shows is said by its map of codes alone; the font
/// is any that can be read.)
fn page(siege: &Siege, name: &str, number: &str) -> Raw {
    let mut fonts = siege.home.files("assets").into_iter();
    let font = fonts.find(|file| file.extension().is_some_and(|ending| ending == "ttf"));
    let font = fs::read(font.expect("the sample school has a font")).expect("a font");
    let length = format!("/Length1 {}", font.len());
    Raw::showing(&format!("{name}\n{number}")).stream(PROGRAM, &length, &font)
}

#[test]
fn what_can_not_be_seen_is_refused_in_every_field_of_a_sidecar() {
    let mut siege = Siege::lay();
    let student = siege.student();
    let mut dropped = Vec::new();
    for field in FIELDS {
        for (at, (what, text)) in HIDDEN.iter().enumerate() {
            let name = format!("{field}-{at}");
            let mut told = sidecar("X1", "王大明");
            told[field] = json!(text);
            // In JSON and in YAML, whose double quotes know the same escapes.
            let (ending, content) = match at % 2 {
                0 => ("json", told.to_string()),
                _ => ("yaml", yaml(&told)),
            };
            siege.home.drop(&format!("{name}.{ending}"), content.as_bytes());
            siege.home.drop(&format!("{name}.pdf"), &page(&siege, "王大明", "X1").bytes());
            dropped.push((format!("{what} in {field}"), name));
        }
    }
    for (what, name) in dropped {
        let verdict = siege.verdict(&name, "X1");
        siege.hold(&what, &verdict, Refuse("field_bad|sidecar_malformed"), &student);
        siege.says_nothing_odd(&what, &name);
    }
    for (at, (field, text)) in [
        ("student_no", "=1+1"),
        ("student_no", "../B1"),
        ("student_no", "<b>B1</b>"),
        ("kind", "first; second"),
        ("language", "zh;en"),
        ("issued_on", "=TODAY()"),
        ("issued_on", "9999-99-99"),
        ("email", "a@b.example, thief@a.example"),
        ("email", "Thief <thief@a.example>"),
        ("email", "\"a b\"@c.example"),
        ("email", "<script>@a.example"),
        ("email", "=1@a"),
        ("certificate_no", &"1".repeat(201)),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("wrong-{at}");
        let mut told = sidecar("X1", "王大明");
        told[field] = json!(text);
        siege.home.drop(&format!("{name}.json"), told.to_string().as_bytes());
        siege.home.drop(&format!("{name}.pdf"), &page(&siege, "王大明", "X1").bytes());
        let verdict = siege.verdict(&name, "X1");
        siege.hold(&format!("{field}: {text}"), &verdict, Refuse("field_bad"), &student);
    }
    siege.lift();
}

/// An object as YAML, with every character that is not ASCII escaped.
fn yaml(told: &Value) -> String {
    let mut text = String::new();
    for (key, value) in told.as_object().expect("an object") {
        let value = value.as_str().expect("a text");
        let escaped = value.chars().fold(String::new(), |mut escaped, c| {
            match c {
                '"' | '\\' => write!(escaped, "\\{c}"),
                ' '..='~' => write!(escaped, "{c}"),
                _ => write!(escaped, "\\U{:08x}", u32::from(c)),
            }
            .expect("a string");
            escaped
        });
        writeln!(text, "{key}: \"{escaped}\"").expect("a string");
    }
    text
}

#[test]
fn what_can_be_seen_comes_out_as_the_text_that_it_is() {
    let mut siege = Siege::lay();
    for (at, (what, text)) in PLAIN.iter().enumerate() {
        let (number, name) = (format!("X{at}"), format!("told-{at}"));
        let mut told = sidecar(&number, text);
        for field in ["name_en", "degree", "programme", "college"] {
            told[field] = json!(text);
        }
        told["certificate_no"] = json!(format!("{text} {at}"));
        siege.home.drop(&format!("{name}.json"), told.to_string().as_bytes());
        siege.home.drop(&format!("{name}.pdf"), &page(&siege, text, &number).bytes());
        let mut student = siege.student();
        student.number.clone_from(&number);
        let verdict = siege.verdict(&name, &number);
        siege.hold(&format!("{what} in a sidecar"), &verdict, Harmless, &student);
    }
    from_the_roster(&mut siege);
    // One that waits, so that the page for those shows something.
    let told = sidecar("W1", "<script>alert(1)</script>");
    siege.home.drop("wait.json", told.to_string().as_bytes());
    let unreadable = page(&siege, "王大明", "W1").stream(UNICODE, "", b"");
    siege.home.drop("wait.pdf", &unreadable.bytes());
    let (student, verdict) = (siege.student(), siege.verdict("wait", "W1"));
    siege.hold("a script that waits", &verdict, Wait, &student);

    siege.still_works();
    mails_have_one_recipient(&mut siege);
    add_staff(&siege.home);
    let served = Served::start(&siege.home);
    spreadsheets_run_nothing(&mut siege, &served);
    pages_run_nothing(&mut siege, &served);
    assert_eq!(siege.home.ask(&["audit"])["findings"], json!([]));
    siege.lift();
}

/// The same texts from a roster.
fn from_the_roster(siege: &mut Siege) {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = String::from("student_no,name_zh,name_en,email,programme,degree,college\n");
    for (at, (_, text)) in PLAIN.iter().enumerate() {
        let text = quoted(text);
        writeln!(csv, "R{at},{text},{text},r{at}@students.example,{text},{text},{text}")
            .expect("a string");
    }
    siege.home.import(&csv);
    for (at, (what, text)) in PLAIN.iter().enumerate() {
        let number = format!("R{at}");
        let name = format!("{number}_zh_first");
        siege.home.drop(&format!("{name}.pdf"), &page(siege, text, &number).bytes());
        let mut student = siege.student();
        student.number.clone_from(&number);
        let verdict = siege.verdict(&name, &number);
        siege.hold(&format!("{what} in the roster"), &verdict, Harmless, &student);
    }
    // What can't be seen, and what is no address, is a bad row each.
    let mut csv = String::from("student_no,name_zh,name_en,email,programme,degree,college\n");
    let good = ["B9", "王大明", "Wang", "w@students.example", "資工", "學士", "工學院"];
    let mut rows = 0;
    for column in 0..good.len() {
        // A roster that holds a nought is no text at all, which another test has.
        for (_, text) in HIDDEN.iter().filter(|(_, text)| !text.contains('\0')) {
            let mut cells = good.map(quoted);
            cells[column] = quoted(text);
            writeln!(csv, "{}", cells.join(",")).expect("a string");
            rows += 1;
        }
    }
    for address in ["a@b.example, c@d.example", "W <w@a.example>", "=1@a", "<script>@a.example"] {
        let mut cells = good.map(quoted);
        cells[3] = quoted(address);
        writeln!(csv, "{}", cells.join(",")).expect("a string");
        rows += 1;
    }
    fs::write(siege.home.at("bad.csv"), csv).expect("a roster");
    let imported = siege.home.run(&["students", "import", "bad.csv", "--json"]);
    let told = imported.json();
    let bad = told["bad_rows"].as_array().expect("a list").len();
    if (imported.code, bad, &told["imported"]) != (1, rows, &json!(0)) {
        siege.fail("hidden in the roster", &format!("{bad} of {rows} rows are bad"));
    }
}

/// Python's own libraries read what came out.
fn python(script: &str, input: &Value) -> Value {
    let mut python = Command::new("python3");
    python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().expect("Python");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.to_string().as_bytes()).expect("Python reads");
    drop(stdin);
    let output = child.wait_with_output().expect("our own child");
    serde_json::from_slice(&output.stdout).expect("JSON from Python")
}

/// Each mail has the headers that we write, and its one recipient.
fn mails_have_one_recipient(siege: &mut Siege) {
    const READ: &str = "import email, email.policy, json, sys\n\
        out = []\n\
        for file in json.load(sys.stdin):\n\
        \tmail = email.message_from_binary_file(open(file, 'rb'), policy=email.policy.SMTP)\n\
        \tout.append({'names': mail.keys(), 'to': [a.addr_spec for a in mail['To'].addresses],\n\
        \t\t'defects': [str(d) for p in mail.walk() for d in p.defects],\n\
        \t\t'parts': [p.get_content_type() for p in mail.walk()],\n\
        \t\t'files': [p.get_filename() for p in mail.iter_attachments()],\n\
        \t\t'text': mail.get_body().get_content()})\n\
        json.dump(out, sys.stdout)";
    const OURS: [&str; 9] = [
        "From",
        "To",
        "Message-ID",
        "Date",
        "Subject",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
        "Reply-To",
    ];
    let mails = siege.home.files("outbox");
    let mails: Vec<_> =
        mails.iter().filter(|file| file.extension().is_some_and(|e| e == "eml")).collect();
    assert!(mails.len() > 2 * PLAIN.len(), "{} mails", mails.len());
    let read = python(READ, &json!(mails));
    let mut texts = String::new();
    for mail in read.as_array().expect("a list") {
        let names = mail["names"].as_array().expect("a list");
        let strange: Vec<_> =
            names.iter().filter(|name| !OURS.iter().any(|our| *name == our)).collect();
        let once: BTreeSet<String> = names.iter().map(Value::to_string).collect();
        let to = mail["to"].as_array().expect("a list");
        let students = |to: &Value| to.as_str().is_some_and(|to| to.ends_with("@students.example"));
        let file = mail["files"][0].as_str().unwrap_or_default();
        if !strange.is_empty()
            || once.len() != names.len()
            || to.len() != 1
            || !to.iter().all(students)
            || mail["defects"] != json!([])
            || mail["parts"] != json!(["multipart/mixed", "text/plain", "application/pdf"])
            || file.contains(['/', '\\', '"', '<', '\r', '\n'])
        {
            siege.fail("a mail", &mail.to_string());
        }
        texts.push_str(mail["text"].as_str().expect("a text"));
    }
    for (what, text) in PLAIN {
        if !texts.contains(text) {
            siege.fail(what, "the mail does not say it as it is");
        }
    }
}

/// No cell of the list begins a formula.
fn spreadsheets_run_nothing(siege: &mut Siege, served: &Served) {
    const READ: &str = "import csv, io, json, sys\n\
        json.dump(list(csv.reader(io.StringIO(json.load(sys.stdin)))), sys.stdout)";
    let registrar = Client::logged_in(served.url(), "registrar", PASSWORD);
    let list = registrar.get("/certificates.csv").text();
    let rows = python(READ, &json!(list.trim_start_matches('\u{feff}')));
    let rows = rows.as_array().expect("rows");
    assert_eq!(rows.len(), 1 + siege.home.certificates().len(), "a row a certificate");
    for cell in rows.iter().flat_map(|row| row.as_array().expect("cells")) {
        let cell = cell.as_str().expect("a text");
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
            siege.fail("the list as CSV", cell);
        }
    }
    assert!(list.contains("'=HYPERLINK"), "it stands there as text");
}

/// No page has an element or a script that a student brought along.
fn pages_run_nothing(siege: &mut Siege, served: &Served) {
    const READ: &str = "import html.parser, json, sys\n\
        class Page(html.parser.HTMLParser):\n\
        \tdef __init__(self):\n\
        \t\tsuper().__init__(); self.bad = []; self.text = ''; self.inside = None\n\
        \tdef handle_starttag(self, tag, attrs):\n\
        \t\tself.inside = tag\n\
        \t\tself.bad += [tag + ' ' + k for k, v in attrs if k.startswith('on')]\n\
        \t\tself.bad += [tag for k, v in attrs if (k, v) == ('src', 'x')]\n\
        \tdef handle_endtag(self, tag): self.inside = None\n\
        \tdef handle_data(self, data):\n\
        \t\tself.text += data\n\
        \t\tif self.inside == 'script' and 'alert(1)' in data: self.bad.append(data)\n\
        out = {}\n\
        for path, text in json.load(sys.stdin).items():\n\
        \tpage = Page(); page.feed(text); out[path] = {'bad': page.bad, 'text': page.text}\n\
        json.dump(out, sys.stdout)";
    let certificates = siege.home.certificates();
    let mut paths: Vec<String> =
        ["/", "/certificates", "/approvals", "/jobs", "/deliveries"].map(str::to_owned).into();
    paths.push("/certificates?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E".into());
    paths.push("/drops/%3Cscript%3Ealert(1)".into());
    for id in certificates.iter().filter_map(|one| one["id"].as_str()) {
        paths.push(format!("/certificates/{id}"));
        paths.push(format!("/jobs/{id}"));
        paths.push(format!("/v/{}", siege.home.token_of(id)));
    }
    let people = ["supervisor", "operator", "registrar"]
        .map(|name| Client::logged_in(served.url(), name, PASSWORD));
    let mut pages = serde_json::Map::new();
    for path in paths {
        for (at, person) in people.iter().enumerate() {
            let answer = person.get(&path);
            let policy = answer.header("content-security-policy").unwrap_or_default();
            if policy.contains("unsafe-inline") || !policy.contains("default-src") {
                siege.fail(&path, &format!("policy: {policy}"));
            }
            pages.insert(format!("{path} as {at}"), json!(answer.text()));
        }
    }
    let read = python(READ, &Value::Object(pages));
    let mut texts = String::new();
    for (path, page) in read.as_object().expect("pages") {
        if page["bad"] != json!([]) {
            siege.fail(path, &page["bad"].to_string());
        }
        texts.push_str(page["text"].as_str().expect("a text"));
    }
    for (what, text) in PLAIN {
        if !texts.contains(text) {
            siege.fail(what, "no page says it as it is");
        }
    }
}
