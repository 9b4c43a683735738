//! # sandbox: foreign bytes are read in a process that can do nothing else
//!
//! A PDF comes from anybody, and what parses or paints one is a large program. So the binary starts
//! itself again for each file: a child with no environment, which ties its own hands before it reads
//! the first byte. It then has what it was given on its standard input, some memory, some seconds,
//! and its standard output. Whatever becomes of it is an error for that one file.
//!
//! Main types: [`Sandbox`] is the outside, which starts a child, times it, and listens to it within
//! bounds. [`Called`] is the inside. [`SandboxError`] says whether the file is to blame, or the file is
//! to be asked about again. What a child answers is foreign too: whoever asked checks it.
//!
//! What a child can't do, and by what:
//!
//! | | rlimit | seccomp | Landlock |
//! |---|---|---|---|
//! | open a file, make a socket | no more descriptors | the calls are refused | no path, no port |
//! | start a process or a thread | none (not for root) | the calls are refused | |
//! | write to a file | 0 bytes | standard output alone | |
//! | memory, seconds | bounded | | |
//! | make memory executable, trace, signal | | refused | |
//!
//! A child that can't limit itself or can't filter its system calls does not run: without seccomp
//! there is no reading of foreign files. Landlock is a second lock on the same door, and is done
//! without where the kernel has none; `sealpress doctor` says so.
//!
//! May import: no other room.

mod calls;
mod error;
mod frames;
mod hands;
mod inside;
mod outside;

pub use error::SandboxError;
pub use hands::{Hands, Untied};
pub use inside::{COMMAND, Called};
pub use outside::Sandbox;

use std::time::Duration;

/// What one child may take, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes, program and libraries included.
    pub memory_bytes: u64,
    /// Processor time in whole seconds.
    pub cpu_seconds: u64,
    /// Time by the clock, from its start to its end.
    pub longest: Duration,
    /// Children at the same time in one process.
    pub at_once: usize,
}
