//! # A certificate's way, in one match
//!
//! Open this page first. [`next`] says what is done with a certificate, from where it stands in
//! law ([`Status`]) and how far it is on its way ([`Progress`]). Everyone who moves a certificate
//! asks here: the worker that was just handed it, and the one that finds it after a crash. There
//! is no other path.
//!
//! ```text
//! drop → compose → sign → archive ─┬→ email → log → closed, drop in done/
//!        └──── pending ────┘       └─ issued: in force, verifiable
//! recalled → email (word of the recall, where the certificate may have gone out) → log → closed
//! ```

use sealpress_config::Stage;
use sealpress_ledger::{Progress, Status};

/// What is done next with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This stage runs.
    Run(Stage),
    /// Its graduate is told that it was recalled, where it may have gone out; then the log is next.
    Notify,
    /// Its mail is not sent, because it is no longer in force; the log is next.
    SkipMail,
    /// Its drop is filed: under `done/`, or under `failed/` where it was rejected.
    FileAway,
    /// No way leads here: a person must look.
    Park,
}

/// What is done next with a certificate.
#[must_use]
pub const fn next(status: Status, progress: Progress) -> Next {
    use Stage::{Archive, Compose, Email, Log, Sign};
    use Status::{Issued, Pending, Recalled, Rejected, Revoked, Superseded};

    match (progress, status) {
        // Not yet in force: only what leads to the archive.
        (Progress::At(stage @ (Compose | Sign | Archive)), Pending) => Next::Run(stage),
        (
            Progress::At(Compose | Sign | Archive),
            Issued | Superseded | Recalled | Revoked | Rejected,
        ) => Next::Park,

        // Mail goes out only for what is archived and in force.
        (Progress::At(Email), Issued) => Next::Run(Email),
        // Of what was taken back no more goes out than word of that.
        (Progress::At(Email), Recalled) => Next::Notify,
        (Progress::At(Email), Superseded | Revoked) => Next::SkipMail,
        (Progress::At(Email), Pending | Rejected) => Next::Park,

        // The log covers what was issued, whatever became of it since.
        (Progress::At(Log), Issued | Superseded | Recalled | Revoked) => Next::Run(Log),
        (Progress::At(Log), Pending | Rejected) => Next::Park,

        (Progress::Closed, Issued | Superseded | Recalled | Revoked | Rejected) => Next::FileAway,
        (Progress::Closed, Pending) => Next::Park,
    }
}

/// The stage after `stage`.
#[must_use]
pub const fn after(stage: Stage) -> Progress {
    match stage {
        Stage::Compose => Progress::At(Stage::Sign),
        Stage::Sign => Progress::At(Stage::Archive),
        Stage::Archive => Progress::At(Stage::Email),
        Stage::Email => Progress::At(Stage::Log),
        Stage::Log => Progress::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everywhere() -> impl Iterator<Item = (Status, Progress)> {
        Status::ALL.iter().flat_map(|status| {
            Stage::ALL
                .iter()
                .map(|stage| Progress::At(*stage))
                .chain([Progress::Closed])
                .map(|progress| (*status, progress))
        })
    }

    #[test]
    fn mail_is_for_what_is_in_force_alone() {
        for (status, progress) in everywhere() {
            if next(status, progress) == Next::Run(Stage::Email) {
                assert_eq!(status, Status::Issued);
            }
        }
    }

    #[test]
    fn word_of_a_recall_is_for_what_was_recalled_alone() {
        for (status, progress) in everywhere() {
            let told = next(status, progress) == Next::Notify;
            let due = status == Status::Recalled && progress == Progress::At(Stage::Email);
            assert_eq!(told, due, "{status:?} {progress:?}");
        }
    }

    #[test]
    fn nothing_that_was_issued_is_composed_or_signed_again() {
        for (status, progress) in everywhere() {
            if let Next::Run(Stage::Compose | Stage::Sign | Stage::Archive) = next(status, progress)
            {
                assert_eq!(status, Status::Pending);
            }
        }
    }

    #[test]
    fn every_way_ends() {
        let mut progress = Progress::At(Stage::Compose);
        for _ in 0..Stage::ALL.len() {
            let Progress::At(stage) = progress else { panic!("closed too early") };
            progress = after(stage);
        }
        assert_eq!(progress, Progress::Closed);
    }
}
