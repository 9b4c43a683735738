//! The harness itself: a browser that would press nothing, see nothing or object to nothing would
//! make every other test here green.

use sealpress_tests::{Browser, Client, File, Picture, Window, repository, until};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

/// A form, and a script that fills in what it does without.
const FORM: &str = r#"<main><h1>王大明</h1><p id="by">without a script</p>
<form method="post" action="/said" enctype="multipart/form-data">
<p><label for="n">姓名</label> <input id="n" name="name" value="old"></p>
<p><label>生日 <input type="date" name="birthday"></label></p>
<p><label for="k">種類</label> <select id="k" name="kind"><option value="first">初發</option>
<option value="reissue">補證</option></select></p>
<p><label for="f">檔案</label> <input id="f" type="file" name="files" multiple></p>
<p><button>送出</button> <a href="/bad">別頁</a></p>
</form></main><script src="/script.js"></script>"#;

/// What breaks a rule of each sort: no label, a weak contrast, a small target, a script in the
/// page, a picture of another site, a table that is wider than a phone.
const BAD: &str = r#"<main><h1 class="p">弱的字</h1><form><input name="a"><input name="b">
<button class="s">x</button><button class="s">y</button></form>
<div class="w">寬</div></main><script>document.title = "inline"</script>
<img alt="" src="http://192.0.2.1/x.png">"#;

const STYLE: &str =
    ".p{color:#bbb}.s{width:9px;height:9px;padding:0;border:0;margin:0}.w{width:700px}";

/// A server of a few pages on this host, which answers what it was sent.
fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream).ok());
        }
    });
    url
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length, mut cookie) = (String::new(), 0, String::new());
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap_or(0);
            }
            Some((name, value)) if name.eq_ignore_ascii_case("cookie") => cookie = value.into(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, kind, content) = match path {
        "/form" => ("200 OK", "text/html", page(FORM)),
        "/bad" => ("200 OK", "text/html", page(BAD)),
        "/style.css" => ("200 OK", "text/css", STYLE.to_owned()),
        "/script.js" => {
            let script = "document.getElementById('by').textContent = 'by a script'";
            ("200 OK", "text/javascript", script.to_owned())
        }
        "/said" => {
            ("200 OK", "text/html", page(&format!("<main><h1>收到</h1><pre>{body}</pre></main>")))
        }
        "/login" if body.is_empty() => {
            ("200 OK", "text/html", page(r#"<input type="hidden" name="csrf" value="t0ken">"#))
        }
        "/login" => ("303 See Other", "text/plain", body.into_owned()),
        "/cookie" => ("200 OK", "text/plain", cookie),
        _ => ("404 Not Found", "text/html", page("<main><h1>沒有這一頁</h1></main>")),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'self'; img-src 'self' data:\r\n\
         Set-Cookie: seen=yes\r\nConnection: close\r\n\r\n{content}",
        content.len()
    )
}

fn page(main: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-TW\"><head><title>頁</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/style.css\"></head>\
         <body>{main}</body></html>"
    )
}

/// What a test that must fail says.
fn refusal(test: impl FnOnce()) -> String {
    let said = catch_unwind(AssertUnwindSafe(test)).expect_err("a failed assertion");
    let text = said.downcast_ref::<String>().cloned();
    text.or_else(|| said.downcast_ref::<&str>().map(|&text| text.to_owned())).expect("a message")
}

#[test]
fn a_form_is_filled_in_and_sent_as_a_person_does() {
    let browser = Browser::open(&site());
    browser.goto("/form");
    assert_eq!(browser.text("#by"), "by a script");
    // 𠮷 lies beyond the first 65,536 characters, as some names do.
    browser.fill("姓名", "𠮷田 \"明\"");
    browser.fill("生日", "2002-03-15");
    browser.choose("kind", "補證");
    let folder = tempfile::tempdir().expect("a folder");
    let files = ["一.pdf", "b.zip"].map(|name| folder.path().join(name));
    for file in &files {
        fs::write(file, "inside").expect("a written file");
    }
    browser.upload("#f", &[&files[0], &files[1]]);
    browser.click("送出");
    browser.wait_for_text("收到");
    assert_eq!(browser.path(), "/said");
    let said = browser.text("pre");
    for part in ["𠮷田 \"明\"", "2002-03-15", "reissue", "一.pdf", "b.zip", "inside"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    browser.assert_quiet();
    assert_eq!(browser.script("return navigator.languages"), serde_json::json!(["zh-TW", "zh"]));
}

#[test]
fn a_good_page_passes_and_is_pictured_in_both_windows() {
    let browser = Browser::open(&site());
    browser.goto("/form");
    browser.inspect("harness-form");
    for (name, width) in [("harness-form", 1280), ("harness-form-phone", 780)] {
        let file = repository().join(format!("target/pictures/{name}.png"));
        let header = fs::read(&file).expect("a picture");
        assert_eq!(u32::from_be_bytes([header[16], header[17], header[18], header[19]]), width);
    }
    let tabs: Vec<String> = (0..2).map(|_| browser.tab()).collect();
    assert_eq!(tabs[0], "姓名", "{tabs:?}");

    browser.goto("/nowhere");
    browser.assert_quiet();
    let printed = tempfile::NamedTempFile::new().expect("a file");
    fs::write(printed.path(), browser.print()).expect("a written file");
    assert!(sealpress_tests::judges::text(printed.path()).contains("沒有這一頁"));
}

#[test]
fn a_bad_page_is_objected_to() {
    let browser = Browser::open(&site());
    browser.goto("/bad");
    let rules = browser.violations().join("\n");
    for rule in ["label (critical)", "color-contrast", "target-size"] {
        assert!(rules.contains(rule), "{rule}: {rules}");
    }
    assert!(refusal(|| browser.axe()).contains("[name=\"a\"]"));
    let console = refusal(|| browser.assert_quiet());
    assert!(console.contains("Content Security Policy"), "{console}");
    assert!(refusal(|| browser.assert_alone()).contains("192.0.2.1"));
    browser.window(Window::Phone);
    assert!(browser.text("h1").contains('弱'));
    assert!(refusal(|| browser.fill("[name]", "x")).contains("2 things"));
}

#[test]
fn without_javascript_no_script_of_the_page_runs() {
    let browser = Browser::without_javascript(&site());
    browser.goto("/form");
    assert_eq!(browser.text("#by"), "without a script");
    browser.fill("name", "王小明");
    browser.press_enter("name");
    browser.wait_for_text("王小明");
}

#[test]
fn a_reprinted_page_is_a_picture_of_the_original() {
    let original = repository().join("tests/fixtures/libreoffice-writer.pdf");
    let browser = Browser::open("");
    let reprinted = tempfile::Builder::new().suffix(".pdf").tempfile().expect("a file");
    fs::write(reprinted.path(), browser.reprint(&original)).expect("a written file");
    assert_eq!(sealpress_tests::judges::text(reprinted.path()), "");
    let [original, reprinted] = [original.as_path(), reprinted.path()].map(Picture::of);
    let differences = original.differences(&reprinted, 96, &[]);
    assert!(differences < 2_000, "{differences} pixels differ");
}

#[test]
fn the_client_keeps_cookies_and_follows_nothing() {
    let client = Client::new(&site());
    assert_eq!(client.get("/cookie").text(), "");
    assert_eq!(client.get("/cookie").text(), "seen=yes");
    let answer = client.login("王", "a b");
    assert_eq!(
        (answer.status, answer.text()),
        (303, "csrf=t0ken&name=%E7%8E%8B&password=a%20b".into())
    );
    let file = File { field: "files", name: "一.pdf", bytes: b"inside" };
    let said = client.upload("/said", &[("csrf", "t0ken")], &[file]).text();
    assert!(said.contains("filename=\"一.pdf\"") && said.contains("inside"), "{said}");
    assert_eq!(client.get("/nowhere").status, 404);
}

/// A server of OpenSSL's that speaks HTTPS with a certificate that nobody vouches for.
struct Stranger(Child);

impl Stranger {
    /// Serves the answers that lie in `folder` as files.
    fn start(folder: &Path, port: &str) -> Self {
        let openssl = |arguments: &str| {
            let mut command = Command::new("openssl");
            command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
            command.stderr(Stdio::null()).args(arguments.split(' ')).spawn().expect("openssl")
        };
        let made = openssl("req -x509 -nodes -newkey rsa:2048 -subj /CN=a -keyout k -out c").wait();
        assert!(made.expect("openssl").success());
        Self(openssl(&format!("s_server -HTTP -quiet -key k -cert c -accept 127.0.0.1:{port}")))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let answer = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\
                  Set-Cookie: __Host-a=b; Path=/; Secure\r\n\r\n<h1>here</h1>";
    fs::write(folder.path().join("page"), answer).expect("a written file");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = free.expect("a free port");
    let _server = Stranger::start(folder.path(), &address.port().to_string());
    let client = Client::new(&format!("https://{address}"));
    let answer =
        until("HTTPS", Duration::from_secs(20), || client.send("GET", "/page", &[], None).ok());
    assert_eq!((answer.status, answer.text()), (200, "<h1>here</h1>".into()));
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains("__Host-a")));
    let browser = Browser::open(&format!("https://{address}"));
    browser.goto("/page");
    assert_eq!(browser.text("h1"), "here");
    assert_eq!(browser.script("return document.cookie"), "__Host-a=b");
}
