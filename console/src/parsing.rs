//! Foreign files are parsed in children of the [`Sandbox`]; this is all that a child can be asked.

use sealpress_config::Settings;
use sealpress_inbox::preflight;
use sealpress_sandbox::{Limits, Sandbox};
use sealpress_stages::compose;

use crate::preview::page;
use crate::verdict::signature;

/// The child's side: what it answers to a task. `None` is nothing.
pub(crate) fn answer(task: &str, files: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    match task {
        preflight::PREFLIGHT => preflight::answer(files),
        compose::TAKE_PAGE => compose::answer(&files),
        page::PICTURE => page::picture(files),
        page::MARKS => page::marks(files),
        page::LIKENESS => page::likeness(files),
        signature::SIGNATURE => signature::answer(&files),
        _ => None,
    }
}

/// The sandbox as the configuration has it.
pub(crate) fn sandbox(settings: &Settings) -> Sandbox {
    confined(settings.sandbox)
}

/// A sandbox of these limits.
pub(crate) fn confined(sandbox: sealpress_config::Sandbox) -> Sandbox {
    Sandbox::new(Limits {
        memory_bytes: sandbox.max_memory_bytes,
        cpu_seconds: sandbox.cpu.0.as_secs(),
        longest: sandbox.longest.0,
        at_once: sandbox.at_once,
    })
}
