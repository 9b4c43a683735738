//! Who may act on the command line, before and after there are people.

use jiff::Timestamp;
use sealpress_config::{Home, Role};
use sealpress_ledger::Right;
use std::io::Write;
use std::os::fd::AsRawFd;

use super::{acting, user_name};
use crate::cli::{self, Args, init};
use crate::desk::SignInError;
use crate::desk::guard::NoRight;
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;

const PASSWORD: &str = "Blue-Kettle-42";

/// A home of the test's own, and commands on it.
struct Terminal(tempfile::TempDir);

impl Terminal {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        init::make(&Home::new(dir.path()), None, Timestamp::now()).unwrap();
        Self(dir)
    }

    /// The arguments of a command whose person answers these lines on a file descriptor, which is
    /// open for as long as the file lives.
    fn args(&self, line: &[&str], answers: &[&str]) -> (Args, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{}", answers.join("\n")).unwrap();
        let (home, descriptor) = (self.0.path().to_str().unwrap(), file.as_raw_fd().to_string());
        let start = ["sealpress", "--home", home, "--password-fd", &descriptor];
        (Args::read(start.iter().chain(line).map(Into::into)).unwrap(), file)
    }

    async fn run(&self, line: &[&str], answers: &[&str]) -> anyhow::Result<Exit> {
        let (args, _file) = self.args(line, answers);
        Box::pin(cli::run(&args)).await
    }

    /// Who the history keeps for an act that needs the right.
    async fn acts(&self, right: Right, who: &[&str], answers: &[&str]) -> anyhow::Result<String> {
        let (args, _file) = self.args(&[who, &["status"]].concat(), answers);
        let opened = Opened::open(args.home.as_deref()).await.unwrap();
        let acting = acting(&args, &opened, right, "an act", None).await;
        opened.ledger.close().await;
        acting.map(|(_, by)| by.who)
    }

    async fn add(&self, name: &str, role: &str, answers: &[&str]) -> anyhow::Result<Exit> {
        let line = ["user", "add", name, "--full-name", "王大明", "--role", role, "--ask"];
        self.run(&[&["--as", "boss"], &line[..]].concat(), answers).await
    }
}

#[test]
fn the_name_is_the_systems() {
    let passwd = "root:x:0:0::/root:/bin/sh\nregistrar:x:1001:1001::/srv/registrar:/bin/sh\n";
    assert_eq!(user_name(passwd, 1001).as_deref(), Some("registrar"));
    assert_eq!(user_name(passwd, 5), None);
}

#[tokio::test]
async fn without_people_the_system_account_runs_the_issue_and_no_more() {
    let terminal = Terminal::new();
    for right in [Right::RunJobs, Right::Approve, Right::Resend, Right::ImportRoster] {
        assert_eq!(terminal.acts(right, &[], &[]).await.unwrap(), super::account());
    }
    for right in [Right::Recall, Right::Revoke, Right::ManageUsers] {
        let refused = terminal.acts(right, &[], &[]).await.unwrap_err();
        assert!(refused.is::<NoRight>(), "{refused}");
    }
}

#[tokio::test]
async fn with_people_an_act_needs_one_of_them_and_their_right() {
    let terminal = Terminal::new();
    let weak = terminal.add("boss", "admin", &["short"]).await.unwrap_err();
    assert!(matches!(weak.downcast_ref(), Some(SignInError::WeakPassword(_))), "{weak}");
    terminal.add("boss", "admin", &[PASSWORD]).await.unwrap();
    let stranger = terminal.add("wang", "operator", &["Wrong-Kettle-42", PASSWORD]).await;
    assert!(matches!(stranger.unwrap_err().downcast_ref(), Some(SignInError::Refused)));
    terminal.add("wang", "operator", &[PASSWORD, PASSWORD]).await.unwrap();

    let acts =
        async |right, who: &[&str], answers: &[&str]| terminal.acts(right, who, answers).await;
    let nobody = acts(Right::RunJobs, &[], &[PASSWORD]).await.unwrap_err();
    assert!(nobody.is::<WrongUse>() && Exit::of(&nobody) == Exit::Usage, "{nobody}");
    let silent = acts(Right::RunJobs, &["--as", "wang"], &[]).await.unwrap_err();
    assert!(matches!(silent.downcast_ref(), Some(SignInError::Refused)), "{silent}");
    let wang = acts(Right::RunJobs, &["--as", "wang"], &[PASSWORD]).await.unwrap();
    assert_eq!(wang, "wang");
    let refused = acts(Right::Approve, &["--as", "wang"], &[PASSWORD]).await.unwrap_err();
    assert!(refused.is::<NoRight>() && Exit::of(&refused) == Exit::Finding, "{refused}");
}

#[tokio::test]
async fn the_commands_of_people_change_people() {
    let terminal = Terminal::new();
    terminal.add("boss", "admin", &[PASSWORD]).await.unwrap();
    terminal.add("wang", "viewer", &[PASSWORD, PASSWORD]).await.unwrap();
    let boss = ["--as", "boss", "user"];
    for line in [
        &["role", "wang", "+registrar", "-viewer"][..],
        &["lock", "wang"],
        &["unlock", "wang"],
        &["token", "wang", "--label", "batch"],
        &["passwd", "wang"],
    ] {
        terminal.run(&[&boss, line].concat(), &[PASSWORD]).await.unwrap();
    }
    let own = [&["--as", "wang", "user"], &["passwd", "wang"][..]].concat();
    terminal.run(&own, &[PASSWORD, "Red-Kettle-43"]).await.unwrap();
    let other = [&["--as", "wang", "user"], &["passwd", "boss"][..]].concat();
    let refused = terminal.run(&other, &["Red-Kettle-43"]).await.unwrap_err();
    assert!(refused.is::<NoRight>(), "{refused}");

    let opened = Opened::open(Some(terminal.0.path())).await.unwrap();
    let wang = opened.ledger.user("wang").await.unwrap().unwrap();
    assert_eq!(wang.roles.into_iter().collect::<Vec<_>>(), [Role::Registrar]);
    assert_eq!(opened.ledger.tokens("wang").await.unwrap()[0].label, "batch");
}
