//! Children of our own making, which behave as ours should not.

use super::*;
use std::os::unix::fs::PermissionsExt;

const LIMITS: Limits =
    Limits { memory_bytes: 1 << 30, cpu_seconds: 5, longest: Duration::from_secs(60), at_once: 1 };

/// A child that is a shell script.
fn child(script: &str) -> (Sandbox, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("child");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (Sandbox { program, ..Sandbox::new(LIMITS) }, folder)
}

async fn ends(script: &str) -> Result<Vec<u8>, SandboxError> {
    let (sandbox, _folder) = child(script);
    sandbox.ask("task", &[&[b'x'; 900]], 1000).await
}

#[tokio::test]
async fn what_a_child_does_is_an_answer_or_an_error() {
    assert_eq!(ends("cat >/dev/null; echo yes").await.unwrap(), b"yes\n");
    assert!(matches!(ends("exit 1").await, Err(SandboxError::Nothing)));
    assert!(matches!(ends("exit 3").await, Err(SandboxError::Untied)));
    assert!(matches!(ends("exit 101").await, Err(SandboxError::Died)));
    assert!(matches!(ends("echo half; kill -SEGV $$").await, Err(SandboxError::Died)));
    assert!(matches!(ends("kill -XCPU $$").await, Err(SandboxError::TookTooLong)));
    let flood = "cat >/dev/null; /bin/dd if=/dev/zero bs=1001 count=1";
    assert!(matches!(ends(flood).await, Err(SandboxError::Garbled)));
    let endless = "cat >/dev/null; exec /bin/cat /dev/zero";
    assert!(matches!(ends(endless).await, Err(SandboxError::Garbled)));
}

#[tokio::test]
async fn who_ends_a_child_from_outside_does_not_condemn_its_file() {
    for signal in ["TERM", "KILL", "INT", "HUP"] {
        let ended = ends(&format!("kill -{signal} $$")).await.unwrap_err();
        assert!(matches!(ended, SandboxError::Ended), "{signal}: {ended}");
        assert!(!ended.is_of_the_file());
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_does_not_condemn_the_file_either() {
    let (mut sandbox, folder) = child("exit 0");
    sandbox.program = folder.path().join("nothing");
    let error = sandbox.ask("task", &[b"x"], 10).await.unwrap_err();
    assert!(matches!(error, SandboxError::NotRun(_)) && !error.is_of_the_file());
}

#[tokio::test]
async fn it_sees_no_environment() {
    let seen = ends("cat >/dev/null; /usr/bin/env; pwd").await.unwrap();
    let seen = String::from_utf8(seen).unwrap();
    assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
    assert!(seen.ends_with("\n/\n"), "{seen}");
}

#[tokio::test]
async fn it_gets_its_limits_its_task_and_the_files() {
    let said = ends("echo \"$*\"; /usr/bin/head -c 12 | /usr/bin/od -An -tx1").await.unwrap();
    let said = String::from_utf8(said).unwrap();
    let command = inside::COMMAND;
    assert!(said.starts_with(&format!("{command} 1073741824 5 task\n")), "{said}");
    assert!(said.contains("84 03 00 00 00 00 00 00 78 78 78 78"), "900, then x: {said}");
}

#[tokio::test]
async fn one_that_never_ends_is_killed() {
    let (sandbox, folder) = child("");
    let pid = folder.path().join("pid");
    let script = format!("#!/bin/sh\necho $$ >{}; exec /bin/sleep 1000\n", pid.display());
    std::fs::write(&sandbox.program, script).unwrap();
    let limits = Limits { longest: Duration::from_secs(2), ..LIMITS };
    let asked = Sandbox { limits, ..sandbox }.ask("task", &[b"x"], 10).await;
    assert!(matches!(asked, Err(SandboxError::TookTooLong)));
    let process = format!("/proc/{}", std::fs::read_to_string(pid).unwrap().trim());
    while std::path::Path::new(&process).exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn there_are_never_more_of_them_than_places() {
    let (sandbox, folder) = child("");
    let taken = folder.path().join("taken");
    // A folder can be made once; the second of two at once would not find it gone.
    let script = format!(
        "#!/bin/sh\n/bin/mkdir {0} || exit 9\n/bin/sleep 0.2\n/bin/rmdir {0}\n",
        taken.display()
    );
    std::fs::write(&sandbox.program, script).unwrap();
    let ask = || sandbox.ask("task", &[], 10);
    let (one, other, third) = tokio::join!(ask(), ask(), ask());
    assert!(one.is_ok() && other.is_ok() && third.is_ok(), "{one:?} {other:?} {third:?}");
}
