//! What a child can't do, tried from inside a real one: this test binary starts itself as the
//! binary of Sealpress does.

use libtest_mimic::{Arguments, Failed, Trial};
use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use sealpress_sandbox::{COMMAND, Called, Hands, Limits, Sandbox, SandboxError};
use std::fs::File;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const LIMITS: Limits = Limits {
    memory_bytes: 256 << 20,
    cpu_seconds: 1,
    longest: Duration::from_secs(60),
    at_once: 1,
};

const MOST: u64 = 1 << 20;

fn main() -> ExitCode {
    if let Some(called) = Called::by(std::env::args_os()) {
        return called.run(|task, files| attempt(task, &files));
    }
    let trials = vec![
        Trial::test("it_answers_what_it_was_given", answers),
        Trial::test("it_opens_no_file_and_writes_none", || refused("files")),
        Trial::test("it_makes_no_socket", || refused("sockets")),
        Trial::test("it_starts_no_process_and_no_thread", || refused("processes")),
        Trial::test("it_gets_no_more_memory_than_it_may", memory),
        Trial::test("it_gets_no_more_time_than_it_may", time),
        Trial::test("it_sleeps_through_no_limit", sleep),
        Trial::test("it_writes_nothing_to_a_file_that_it_was_given", given_file),
        Trial::test("it_does_not_run_without_limits", without_limits),
        Trial::test("it_is_confined_by_the_kernel", confined),
        Trial::test("it_says_how_it_is_confined", says),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Inside: what came of an attempt, a line for each.
fn attempt(task: &str, files: &[Vec<u8>]) -> Option<Vec<u8>> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let tried: Vec<(&str, io::Result<()>)> = match task {
        "answer" => return files.first().cloned(),
        "allocate" => return allocate(),
        "burn" => burn(),
        "sleep" => {
            std::thread::sleep(Duration::from_secs(3600));
            return Some(b"slept".to_vec());
        }
        "files" => vec![
            ("read", File::open("/etc/passwd").map(drop)),
            ("read of itself", File::open("/proc/self/maps").map(drop)),
            ("write", File::create("/tmp/sealpress-tied").map(drop)),
            ("folder", std::fs::read_dir("/").map(drop)),
            ("new folder", std::fs::create_dir("/tmp/sealpress-tied")),
            ("removal", std::fs::remove_file("/tmp/sealpress-tied-none")),
            ("look", std::fs::metadata("/").map(drop)),
        ],
        "sockets" => vec![
            ("udp", UdpSocket::bind("127.0.0.1:0").map(drop)),
            ("tcp", TcpStream::connect("127.0.0.1:9").map(drop)),
            ("listener", TcpListener::bind("127.0.0.1:0").map(drop)),
            ("unix", UnixStream::pair().map(drop)),
        ],
        "processes" => vec![
            ("process", Command::new("/bin/true").spawn().map(drop)),
            ("thread", std::thread::Builder::new().spawn(|| ()).map(drop)),
            ("signal", kill_process(getpid(), Signal::USR1).map_err(io::Error::from)),
            ("limit", setrlimit(Resource::Core, none).map_err(io::Error::from)),
        ],
        _ => return None,
    };
    let lines = tried.into_iter().map(|(what, tried)| match tried {
        Ok(()) => format!("{what}: done\n"),
        Err(error) => format!("{what}: {:?}\n", error.raw_os_error()),
    });
    Some(lines.collect::<String>().into_bytes())
}

/// Inside: takes memory until there is none.
fn allocate() -> Option<Vec<u8>> {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    while taken.len() < 4096 {
        // Address space is what is limited: it need not be written to.
        let mut more = Vec::new();
        if more.try_reserve_exact(1 << 20).is_err() {
            return Some(taken.len().to_string().into_bytes());
        }
        taken.push(more);
    }
    Some(b"all".to_vec())
}

/// Inside: counts for ever.
fn burn() -> ! {
    let mut count = 0_u64;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}

fn asked_of(limits: Limits, task: &str, file: &[u8]) -> Result<Vec<u8>, SandboxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(Sandbox::new(limits).ask(task, &[file], MOST))
}

fn asked(task: &str, file: &[u8]) -> Result<Vec<u8>, SandboxError> {
    asked_of(LIMITS, task, file)
}

fn held(holds: bool, otherwise: impl Into<String>) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise.into().into()) }
}

fn answers() -> Result<(), Failed> {
    let file: Vec<u8> = (0..500_000_u32).map(|at| (at % 251) as u8).collect();
    held(asked("answer", &file)? == file, "another file came back")?;
    let none = asked("no such task", &file);
    held(matches!(none, Err(SandboxError::Nothing)), format!("{none:?}"))
}

/// Every attempt fails, and by the filter: with EPERM, whoever the user is and whatever the kernel
/// has besides.
fn refused(task: &str) -> Result<(), Failed> {
    let came = String::from_utf8(asked(task, b"")?)?;
    let refused = format!(": {:?}", Some(libc::EPERM));
    held(came.lines().count() > 2 && came.lines().all(|line| line.ends_with(&refused)), came)
}

fn memory() -> Result<(), Failed> {
    let megabytes: u64 = String::from_utf8(asked("allocate", b"")?)?.parse()?;
    held((10..256).contains(&megabytes), format!("{megabytes} MiB"))
}

fn time() -> Result<(), Failed> {
    let started = Instant::now();
    let burnt = asked("burn", b"");
    held(matches!(burnt, Err(SandboxError::TookTooLong)), format!("of the processor: {burnt:?}"))?;
    held(started.elapsed() < LIMITS.longest, "it was the clock that ended it")?;
    let short = Limits { cpu_seconds: 600, longest: Duration::from_millis(300), ..LIMITS };
    let burnt = asked_of(short, "burn", b"");
    held(matches!(burnt, Err(SandboxError::TookTooLong)), format!("by the clock: {burnt:?}"))
}

fn sleep() -> Result<(), Failed> {
    let slept = asked("sleep", b"");
    held(matches!(slept, Err(SandboxError::Died)), format!("{slept:?}"))
}

fn itself(words: &[&str]) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg(COMMAND).args(words).stderr(Stdio::null());
    command
}

fn given_file() -> Result<(), Failed> {
    use std::io::Write;
    let file = tempfile::NamedTempFile::new()?;
    let mut child = itself(&["1073741824", "5", "answer"])
        .stdin(Stdio::piped())
        .stdout(file.reopen()?)
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("a pipe")?;
    stdin.write_all(b"\x01\0\0\0\0\0\0\0x")?;
    drop(stdin);
    let ended = child.wait()?;
    held(!ended.success() && file.as_file().metadata()?.len() == 0, format!("{ended}"))
}

fn without_limits() -> Result<(), Failed> {
    for words in [&[][..], &["hands"], &["1073741824", "many", "hands"]] {
        let output = itself(words).stdin(Stdio::null()).output()?;
        let ended = (output.status.code(), output.stdout.len());
        held(ended == (Some(3), 0), format!("{words:?}: {ended:?}"))?;
    }
    Ok(())
}

/// What the kernel says of a child that waits for its input.
fn confined() -> Result<(), Failed> {
    let mut child = itself(&["1073741824", "5", "answer"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let told = |file: &str, line: &str| {
        let said = std::fs::read_to_string(format!("/proc/{}/{file}", child.id()))?;
        let words = said.lines().find_map(|one| one.strip_prefix(line)).unwrap_or("?");
        Ok::<_, io::Error>(words.split_whitespace().next().unwrap_or("?").to_owned())
    };
    let until = Instant::now() + Duration::from_secs(20);
    // The last of its knots.
    while told("status", "Seccomp:")? != "2" {
        held(Instant::now() < until, "it is not filtered")?;
        std::thread::sleep(Duration::from_millis(5));
    }
    for (file, line, value) in [
        ("status", "NoNewPrivs:", "1"),
        ("status", "Threads:", "1"),
        ("limits", "Max processes", "0"),
        ("limits", "Max open files", "3"),
        ("limits", "Max file size", "0"),
        ("limits", "Max core file size", "0"),
        ("limits", "Max cpu time", "5"),
        ("limits", "Max address space", "1073741824"),
        ("oom_score_adj", "", "1000"),
    ] {
        let told = told(file, line)?;
        held(told == value, format!("{line}: {told}"))?;
    }
    drop(child.stdin.take());
    held(child.wait()?.code() == Some(1), "nothing to answer")
}

fn says() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let hands = runtime.block_on(Sandbox::new(LIMITS).hands())?;
    let here = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    // The call itself tells whether this kernel has it, and no file does.
    let known = [Hands::WithLandlock, Hands::WithoutLandlock].contains(&hands);
    held(known, format!("{hands:?} on {here}"))
}
