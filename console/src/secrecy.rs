//! What a process may leave behind of its memory: nothing.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Sees to it that no image of this process's memory is written when it dies, nor taken by another
/// process of its user while it lives: keys, passwords and names are in it.
///
/// The limit alone would not do: a program to which the kernel pipes images gets them whatever the
/// limit is (core(5)).
///
/// # Errors
/// The system does not let it be so.
pub(crate) fn leave_no_image() -> rustix::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn no_image_is_written_and_none_is_taken() {
        leave_no_image().unwrap();
        assert!(matches!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable));
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
