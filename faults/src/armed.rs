//! The points of a build for tests.
//!
//! `FAILPOINTS` arms them in the words of the crate `fail`, a fault at a point:
//! `issue-after=1*return(kill);enqueue-before=return(fail)`. `SEALPRESS_FAULTS` names a folder in
//! which a point leaves a file of its name when it strikes, and where that file is it strikes no
//! more: so a test knows that it was hit, and it is hit once however many processes there are and
//! however often they start.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Input/output error: what a disk or a broken connection would say (errno 5).
const EIO: i32 = 5;

pub(crate) fn arm() {
    // Never torn down: it is armed as long as the process lives.
    std::mem::forget(fail::FailScenario::setup());
}

pub(crate) fn hit(effect: &str, side: &str) -> io::Result<()> {
    strike(&format!("{effect}-{side}"))
}

fn strike(point: &str) -> io::Result<()> {
    fail::fail_point!(point, |how| act(point, how.as_deref()));
    Ok(())
}

fn act(point: &str, how: Option<&str>) -> io::Result<()> {
    if !leave_word(point) {
        return Ok(());
    }
    if how != Some("kill") {
        return Err(io::Error::from_raw_os_error(EIO));
    }
    // As `kill -9` and the loss of power do: nothing is dropped, flushed or said.
    let sent =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    sent.map_err(io::Error::from)?;
    loop {
        std::thread::park();
    }
}

/// Leaves a file that says that the point struck. False where it did before.
fn leave_word(point: &str) -> bool {
    let Some(folder) = std::env::var_os("SEALPRESS_FAULTS") else { return true };
    let file = OpenOptions::new().write(true).create_new(true).open(Path::new(&folder).join(point));
    file.is_ok_and(|mut file| writeln!(file, "{}", std::process::id()).is_ok())
}
