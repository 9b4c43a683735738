//! Tying one's own hands. Every step but Landlock's must succeed, and none can be undone.

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::calls;

/// Where a process tells the kernel how gladly it goes when memory runs out, 1000 before all.
const FIRST_TO_GO: &str = "/proc/self/oom_score_adj";

/// The standard input, output and error; the child opens no other.
const DESCRIPTORS: u64 = 3;

/// The newest Landlock whose rights are asked for; an older kernel takes those that it knows.
const LANDLOCK: ABI = ABI::V6;

/// How a child is confined, beyond what every child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Landlock holds as well.
    WithLandlock,
    /// The kernel has no Landlock.
    WithoutLandlock,
}

/// Why a child does not run.
#[derive(Debug, thiserror::Error)]
pub enum Untied {
    /// A limit can't be set.
    #[error("a limit can't be set ({0})")]
    Limit(#[from] rustix::io::Errno),
    /// Landlock is there and does not take the rules.
    #[error("Landlock can't be set ({0})")]
    Landlock(#[from] RulesetError),
    /// The system calls can't be filtered.
    #[error("system calls can't be filtered ({0})")]
    Calls(#[from] seccompiler::Error),
}

/// Takes from this process all that it does not need to turn its standard input into its standard
/// output. The process must have one thread.
pub(crate) fn tie(memory_bytes: u64, cpu_seconds: u64) -> Result<Hands, Untied> {
    // Where memory runs out, this process is the one to go. What can't be said is no reason to stay.
    let _ = std::fs::write(FIRST_TO_GO, "1000");
    // Nobody of the same user reads its memory, which holds a page with a name on it.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let hands = landlock()?;
    let limit = |resource, current, maximum| {
        setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })
    };
    // A second between SIGXCPU, which tells the parent of it, and SIGKILL, which it can't ignore.
    limit(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(1))?;
    for (resource, most) in [
        (Resource::As, memory_bytes),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Nproc, 0),
    ] {
        limit(resource, most, most)?;
    }
    calls::filter()?;
    Ok(hands)
}

/// No path, no port, no socket or signal of others.
fn landlock() -> Result<Hands, RulesetError> {
    let tied = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?
        .restrict_self()?;
    Ok(match tied.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Hands::WithLandlock,
        RulesetStatus::NotEnforced => Hands::WithoutLandlock,
    })
}
