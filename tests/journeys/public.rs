//! Public verification, by nobody in particular: files in, verdicts out, and what the QR code of a
//! certificate tells.

use serde_json::Value;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use sealpress_tests::{
    Client, File, Home, PrintSystem, Running, Served, Student, add_staff, until,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::accepted::archived_file;
use crate::{LONG, drop_all, enrolled};

/// A school with certificates in force, that still runs, and its students.
struct School {
    home: Home,
    prints: PrintSystem,
    students: Vec<Student>,
    _running: Running,
}

impl School {
    fn of(count: usize) -> Self {
        Self::numbering(count, "{roc_year}-{seq}")
    }

    /// The same, which numbers its certificates in its own way.
    fn numbering(count: usize, pattern: &str) -> Self {
        let home = Home::new();
        home.set("numbering.pattern", &format!("'{pattern}'"));
        // These tests ask faster than people do; one of them asks how fast.
        home.set("serve.public_per_minute", "1000");
        let (prints, students) = enrolled(&home, count);
        let running = home.start("run", &["run"]);
        drop_all(&home, &prints, &students);
        home.wait_for_closed(count, LONG);
        Self { home, prints, students, _running: running }
    }

    /// The first certificate of a student.
    fn certificate(&self, of: usize) -> Value {
        let number = self.students[of].number.as_str();
        let mut all = self.home.certificates().into_iter();
        let first = |one: &Value| one["student_no"] == number && one["kind"] == "first";
        all.find(first).expect("their certificate")
    }

    fn original(&self, of: usize) -> Vec<u8> {
        fs::read(archived_file(&self.home, &self.certificate(of))).expect("the archived file")
    }

    fn number(&self, of: usize) -> String {
        self.certificate(of)["certificate_no"].as_str().expect("a number").to_owned()
    }

    fn act(&self, person: &str, act: &str, of: usize, reason: &str) {
        let certificate = self.certificate(of);
        let id = certificate["id"].as_str().expect("an id");
        let arguments = ["cert", act, id, "--reason", reason, "--why", "測試"];
        let done = self.home.run_as(person, &arguments);
        assert_eq!(done.code, 0, "{act}: {}\n{}", done.data, done.talk);
    }
}

/// The page that a file is answered with.
fn judged(client: &Client, bytes: &[u8]) -> String {
    let file = File { field: "file", name: "diploma.pdf", bytes };
    let answer = client.upload("/verify", &[], &[file]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The verdict of a page, which stands before everything else on it.
fn verdict(page: &str) -> String {
    let main = page.split_once("<main").expect("a page").1;
    let heading = main.split_once("</h1>").expect("a heading").0;
    let words = heading.split('<').skip(1).filter_map(|tag| tag.split_once('>'));
    words.map(|(_, text)| text).collect::<String>().trim().to_owned()
}

#[test]
fn a_file_gets_the_verdict_that_it_deserves_and_names_are_for_who_holds_it() {
    let school = School::of(4);
    add_staff(&school.home);
    let originals: Vec<Vec<u8>> = (0..4).map(|at| school.original(at)).collect();
    let again = school.prints.print_with(&school.students[1], "reissue");
    school.home.drop(&format!("{}_zh_reissue.pdf", school.students[1].number), &again);
    school.home.wait_for_closed(5, LONG);
    school.act("supervisor", "recall", 2, "wrong_content");
    school.act("ministry", "revoke", 3, "thesis_fraud");

    let served = Served::start(&school.home);
    let client = served.client();
    for (of, says) in ["✔ 有效", "! 真實，但不是最新版本", "✘ 已由學校收回", "✘ 已由教育部撤銷"]
        .into_iter()
        .enumerate()
    {
        let page = judged(&client, &originals[of]);
        assert_eq!(verdict(&page), says);
        assert!(page.contains(&school.students[of].name_zh), "whose it is: {page}");
        assert!(page.contains(&school.number(of)), "its number: {page}");
        assert!(page.contains("工學士") && page.contains("民國 "), "degree and date: {page}");
    }

    let mut flipped = originals[0].clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let stranger = School::numbering(1, "OTHER-{seq}");
    for (bytes, says) in [
        (flipped, "✘ 內容經過更改"),
        (stranger.original(0), "✘ 不是本校簽發的證書"),
        (b"no PDF at all".to_vec(), "✘ 不是本校簽發的證書"),
    ] {
        let page = judged(&client, &bytes);
        assert_eq!(verdict(&page), says);
        for student in &school.students {
            assert!(!page.contains(&student.name_zh), "no name for this: {page}");
        }
        assert!(page.contains("未通過："), "which check: {page}");
    }

    let english = served.client();
    assert_eq!(english.get("/language/en?back=/verify").status, 303);
    assert_eq!(verdict(&judged(&english, &originals[2])), "✘ recalled by the school");
}

#[test]
fn several_files_or_a_zip_are_a_table_or_csv() {
    let school = School::of(2);
    let served = Served::start(&school.home);
    let client = served.client();
    let [first, second] = [school.original(0), school.original(1)];
    let before = school.home.pdfs(".");
    let files = [
        File { field: "file", name: "王\u{202E}fdp.pdf", bytes: &first },
        File { field: "file", name: "=cmd.pdf", bytes: b"%PDF-1.7 nothing" },
    ];

    let table = client.upload("/verify", &[], &files).text();
    assert_eq!(verdict(&table), "查驗結果");
    assert!(table.contains("王fdp.pdf") && !table.contains('\u{202E}'), "{table}");
    for expected in [&school.number(0), &school.students[0].name_zh, "不是本校簽發的證書"]
    {
        assert!(table.contains(expected), "{expected}: {table}");
    }

    let answer = client.upload("/verify", &[("format", "csv")], &files);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"verification.csv\"")
    );
    let csv = answer.text();
    let lines: Vec<&str> = csv.trim_end().split("\r\n").collect();
    assert!(lines[0].starts_with("\u{FEFF}檔案,"), "Excel opens it right: {csv}");
    assert!(lines[1].starts_with("王fdp.pdf,✔ 有效,valid,"), "{csv}");
    assert!(lines[1].contains(&school.number(0)), "{csv}");
    assert!(lines[2].starts_with("'=cmd.pdf,✘ "), "no formula: {csv}");
    assert_eq!(lines.len(), 3, "{csv}");

    let zip = zip(&[("a/one.pdf", &first), ("two.pdf", &second), ("read.txt", b"x")]);
    let zip = File { field: "file", name: "all.zip", bytes: &zip };
    let table = client.upload("/verify", &[], &[zip]).text();
    for expected in ["all.zip/a/one.pdf", "all.zip/two.pdf", "不是 PDF", &school.number(1)] {
        assert!(table.contains(expected), "{expected}: {table}");
    }
    assert_eq!(school.home.pdfs("."), before, "what is uploaded stays nowhere");
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a file in a ZIP");
        writer.write_all(bytes).expect("a file in a ZIP");
    }
    writer.finish().expect("a ZIP").into_inner()
}

#[test]
fn a_form_without_files_or_that_is_none_says_so() {
    let home = Home::new();
    let served = Served::start(&home);
    let client = served.client();
    assert_eq!(client.get("/verify").status, 200);
    let none = File { field: "file", name: "", bytes: b"" };
    let answer = client.upload("/verify", &[], &[none]);
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("請先選擇檔案"), "{}", answer.text());
    let answer = client.post("/verify", &[("file", "x")]);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("請再上傳一次"), "{}", answer.text());
    let kind = ("content-type", "multipart/form-data; boundary=x");
    let cut =
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF";
    let answer = client.send("POST", "/verify", &[kind], Some(cut)).expect("an answer");
    assert_eq!(answer.status, 400);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_sent() {
    let home = Home::new();
    let (_running, address) = without_tls(&home);
    let head = "POST /verify HTTP/1.1\r\nHost: verify.example.edu.tw\r\n\
        Content-Type: multipart/form-data; boundary=x\r\n";

    // Not one byte of the hundred megabytes follows.
    let answer = said(address, &format!("{head}Content-Length: 104857600\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("一次最多 50 MB"), "{answer}");
    let english = "Cookie: __Host-sealpress-language=en\r\nContent-Length: 104857600\r\n\r\n";
    let answer = said(address, &format!("{head}{english}"));
    assert!(answer.contains("At most 50 MB at a time"), "{answer}");
    // Wherever it goes: a page for staff alone too.
    let people = head.replace("/verify", "/people");
    let answer = said(address, &format!("{people}Content-Length: 104857600\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn what_does_not_say_how_large_it_is_is_cut_off() {
    let home = Home::new();
    home.set("serve.max_upload_bytes", "20000");
    let (_running, address) = without_tls(&home);
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
    let body = format!("{part}{}", "x".repeat(30_000));
    let answer = said(
        address,
        &format!(
            "POST /verify HTTP/1.1\r\nHost: verify.example.edu.tw\r\n\
             Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{body}\r\n",
            body.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// Pages as they stand behind a proxy that speaks HTTPS itself.
fn without_tls(home: &Home) -> (Running, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = free.expect("a free port");
    home.set("serve.tls", "null");
    home.set("serve.listen", &address.to_string());
    let running = home.start("serve", &["serve"]);
    until("the pages", LONG, || TcpStream::connect(address).ok().map(drop));
    (running, address)
}

/// The page that is answered to exactly these bytes.
fn said(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(LONG)).expect("a limit");
    stream.write_all(request.as_bytes()).expect("a request");
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    while !answer.ends_with(b"</html>") {
        match stream.read(&mut part).expect("an answer") {
            0 => break,
            read => answer.extend_from_slice(&part[..read]),
        }
    }
    String::from_utf8(answer).expect("UTF-8")
}

#[test]
fn who_asks_too_often_waits() {
    let home = Home::new();
    home.set("serve.public_per_minute", "3");
    let served = Served::start(&home);
    let client = served.client();
    for _ in 0..3 {
        assert_eq!(client.get("/verify").status, 200);
    }
    let answer = client.get(&format!("/v/{}", "0".repeat(32)));
    assert_eq!(answer.status, 429);
    assert!(answer.text().contains("請等一分鐘後再試"), "{}", answer.text());
    let file = File { field: "file", name: "a.pdf", bytes: b"%PDF" };
    assert_eq!(client.upload("/verify", &[], &[file]).status, 429);
}

#[test]
fn the_qr_code_tells_number_and_status_and_half_a_name() {
    let school = School::of(2);
    add_staff(&school.home);
    let served = Served::start(&school.home);
    let client = served.client();
    let certificate = school.certificate(0);
    let token = school.home.token_of(certificate["id"].as_str().expect("an id"));
    let page = client.get(&format!("/v/{token}")).text();
    assert_eq!(verdict(&page), "✔ 有效");
    assert!(page.contains(&school.number(0)), "{page}");
    let Student { name_zh, number, email, .. } = &school.students[0];
    let name: Vec<char> = name_zh.chars().collect();
    assert!(page.contains(&format!("{}○{}", name[0], name[2])), "{page}");
    for hidden in [name_zh, number, email, "工學士", "資訊工程學系"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }

    school.act("supervisor", "recall", 0, "wrong_person");
    assert_eq!(verdict(&client.get(&format!("/v/{token}")).text()), "✘ 已由學校收回");

    let unknown = client.get(&format!("/v/{}", "0".repeat(32)));
    assert_eq!(unknown.status, 404);
    for other in [token.to_uppercase(), token[1..].to_owned(), format!("{token}0"), "%ff".into()] {
        let answer = client.get(&format!("/v/{other}"));
        assert_eq!(answer.status, 404);
        assert_eq!(verdict(&answer.text()), verdict(&unknown.text()), "{other}");
    }
}
