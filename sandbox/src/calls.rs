//! The system calls that a child may make: a list of those that are allowed, not of those that
//! aren't. All others fail with EPERM, as they do under the filter of the units: a library that
//! tries what it can do without (a file that says how many cores there are) goes on.

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;

/// What needs nothing but the process itself: its memory, its clock, its signals, its end.
const OF_ITSELF: [c_long; 18] = [
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Filters the calls of this thread, which is the only one.
pub(crate) fn filter() -> Result<(), seccompiler::Error> {
    apply_filter(&program()?)
}

fn program() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> =
        OF_ITSELF.into_iter().map(|call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_read, vec![descriptor(libc::STDIN_FILENO)?]);
    let heard = || Ok::<_, BackendError>(vec![descriptor(1)?, descriptor(2)?]);
    rules.insert(libc::SYS_write, heard()?);
    rules.insert(libc::SYS_writev, heard()?);
    // Memory, but none that holds a program.
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![not_executable()?]);
    }
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, refused, SeccompAction::Allow, architecture)?.try_into()
}

/// The first argument is this descriptor.
fn descriptor(number: i32) -> Result<SeccompRule, BackendError> {
    let number = u64::from(number.unsigned_abs());
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, number)?;
    SeccompRule::new(vec![condition])
}

/// The third argument, the protection of memory, does not ask for execution.
fn not_executable() -> Result<SeccompRule, BackendError> {
    let execution = u64::from(libc::PROT_EXEC.unsigned_abs());
    let masked = SeccompCmpOp::MaskedEq(execution);
    SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, masked, 0)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_outside_is_not_on_the_list() {
        for call in [
            libc::SYS_openat,
            libc::SYS_socket,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_kill,
            libc::SYS_tgkill,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_io_uring_setup,
            libc::SYS_prlimit64,
            libc::SYS_bpf,
        ] {
            assert!(!OF_ITSELF.contains(&call), "{call}");
        }
        assert!(program().is_ok());
    }
}
