//! The process that looks at foreign pages: it can do nothing but that.

use sealpress_tests::{Home, sealpress, until};
use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A child that waits for its input.
fn waiting() -> Child {
    Command::new(sealpress())
        .args(["__parse", "805306368", "10", "marks"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sealpress starts")
}

#[test]
fn it_ties_its_own_hands_before_it_reads() {
    let child = waiting();
    let limits = format!("/proc/{}/limits", child.id());
    let most = |what: &str| {
        let limits = fs::read_to_string(&limits).expect("a running process");
        let line = limits.lines().find_map(|line| line.strip_prefix(what)).expect("a limit");
        line.split_whitespace().next().expect("its value").to_owned()
    };
    let status = format!("/proc/{}/status", child.id());
    // The last of its knots.
    until("the filter of its calls", Duration::from_secs(20), || {
        let status = fs::read_to_string(&status).expect("a running process");
        status.contains("\nSeccomp:\t2\n").then_some(())
    });
    assert_eq!(most("Max processes"), "0");
    assert_eq!(most("Max open files"), "3", "it can open no file and no socket");
    assert_eq!(most("Max file size"), "0");
    assert_eq!(most("Max core file size"), "0");
    assert_eq!(most("Max cpu time"), "10");
    assert_eq!(most("Max address space"), "805306368");
    let first_to_go = fs::read_to_string(format!("/proc/{}/oom_score_adj", child.id()));
    assert_eq!(first_to_go.expect("a running process").trim(), "1000");
    let ended = child.wait_with_output().expect("our own child");
    assert_eq!(ended.status.code(), Some(1), "nothing to look at");
}

#[test]
fn what_is_no_page_is_an_exit_code_and_nothing_more() {
    for input in [b"no PDF".as_slice(), b"%PDF-1.7\n%%EOF\n", &[b'['; 100_000]] {
        let mut child = waiting();
        let mut stdin = child.stdin.take().expect("a pipe");
        let length = (input.len() as u64).to_le_bytes();
        stdin.write_all(&[&length, input].concat()).expect("a reader");
        drop(stdin);
        let ended = child.wait_with_output().expect("our own child");
        assert_eq!((ended.status.code(), ended.stdout.len()), (Some(1), 0));
    }
}

#[test]
fn a_page_that_asks_for_everything_is_no_certificate() {
    let home = Home::new();
    let file = home.at("bomb.pdf");
    fs::write(&file, bomb()).expect("a written file");
    let output = home.run(&["verify", "--json", "bomb.pdf"]);
    assert_eq!((output.code, &output.json()[0]["finding"]), (1, &"not_genuine".into()));
}

#[test]
fn it_is_no_command_for_people() {
    let help = Home::new().run(&["--help"]);
    assert!(help.data.contains("verify") && !help.data.contains("__parse"), "{}", help.data);
}

/// A page that draws a form that draws a form ten times that draws a form ten times, and so on.
fn bomb() -> Vec<u8> {
    const FORMS: usize = 14;
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 4 0 R\
         /Resources<</XObject<</F 5 0 R>>>>>>"
            .to_owned(),
    ];
    let content = "/F Do ".repeat(10);
    let length = content.len();
    objects.push(format!("<</Length {length}>>stream\n{content}\nendstream"));
    for form in 0..FORMS {
        objects.push(format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 842 595]/Resources<</XObject<</F {} 0 R>>>>\
             /Length {length}>>stream\n{content}\nendstream",
            form + 6
        ));
    }
    objects.push("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>stream\n\nendstream".into());
    let (mut pdf, mut rows) = (String::from("%PDF-1.4\n"), String::new());
    for (at, object) in objects.iter().enumerate() {
        rows.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let (xref, size) = (pdf.len(), objects.len() + 1);
    pdf.push_str(&format!(
        "xref\n0 {size}\n0000000000 65535 f \n{rows}\
         trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
    ));
    pdf.into_bytes()
}
