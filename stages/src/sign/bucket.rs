//! How often a TSA may still be asked: a bucket of tokens, each of which comes back a span after it
//! was taken, so that no span ever sees more requests than the TSA allows. The bucket is a file:
//! all processes of the home take from it, and a restart does not fill it.

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use sealpress_config::Limit;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A bucket.
pub(super) struct Bucket {
    file: PathBuf,
    limit: Limit,
}

impl Bucket {
    /// The bucket whose tokens are noted in `file`.
    pub(super) const fn new(file: PathBuf, limit: Limit) -> Self {
        Self { file, limit }
    }

    /// Takes as many tokens as a signature needs, or none, and then says when there may be enough. A
    /// token that was taken is gone whether or not the request went well: the TSA counts those too.
    ///
    /// # Errors
    /// [`io::Error`] when the bucket can't be read or written. Then nothing may be asked: how often
    /// it was, nobody knows.
    pub(super) fn take(&self, many: usize, now: Timestamp) -> io::Result<Result<(), Timestamp>> {
        let _locked = self.lock()?;
        let per = SignedDuration::try_from(self.limit.per.0).unwrap_or(SignedDuration::MAX);
        let noted = self.noted()?;
        let ahead = noted.iter().any(|at| *at > now);
        // What a clock that was ahead noted counts as taken now, or it would be missed for years.
        let mut taken: Vec<Timestamp> = noted
            .into_iter()
            .map(|at| at.min(now))
            .filter(|at| now.duration_since(*at) < per)
            .collect();
        taken.sort_unstable();
        let room = usize::try_from(self.limit.requests.get()).unwrap_or(usize::MAX);
        if let Some(over) = (taken.len() + many).checked_sub(room + 1) {
            if ahead {
                self.note(&taken)?;
            }
            let frees = taken.get(over).copied().unwrap_or(now);
            return Ok(Err(frees.checked_add(per).unwrap_or(Timestamp::MAX)));
        }
        taken.extend(std::iter::repeat_n(now, many));
        self.note(&taken)?;
        Ok(Ok(()))
    }

    /// The lock has a file of its own, because that of the tokens is replaced.
    fn lock(&self) -> io::Result<File> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).open(self.beside("lock"))?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }

    fn beside(&self, extension: &str) -> PathBuf {
        Path::new(&self.file).with_extension(extension)
    }

    /// A line that is no time counts as a token taken at the file's last change.
    fn noted(&self) -> io::Result<Vec<Timestamp>> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let changed = std::fs::metadata(&self.file)?.modified()?;
        let changed = Timestamp::try_from(changed).unwrap_or(Timestamp::MAX);
        Ok(text.lines().map(|line| line.parse().unwrap_or(changed)).collect())
    }

    /// Written anew and renamed, so that a crash leaves the former tokens or the new ones.
    fn note(&self, taken: &[Timestamp]) -> io::Result<()> {
        let new = self.beside("new");
        let mut file = File::create(&new)?;
        for at in taken {
            writeln!(file, "{at}")?;
        }
        file.sync_all()?;
        std::fs::rename(&new, &self.file)?;
        // The name, too, must stand after a power cut.
        self.file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealpress_config::Span;
    use std::num::NonZeroU32;

    fn bucket(folder: &Path) -> Bucket {
        let limit = Limit { requests: NonZeroU32::new(3).unwrap(), per: Span::secs(60) };
        Bucket::new(folder.join("tsa/first.tokens"), limit)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn no_span_sees_more_than_is_allowed_whoever_asks() {
        let folder = tempfile::tempdir().unwrap();
        let mut given = Vec::new();
        for second in 0..600 {
            // A bucket of its own each time, as after a restart.
            if bucket(folder.path()).take(1, at(second)).unwrap().is_ok() {
                given.push(second);
            }
        }
        assert_eq!(given.len(), 30);
        for first in &given {
            let within = given.iter().filter(|one| (*first..first + 60).contains(*one)).count();
            assert!(within <= 3, "{within} from {first} on");
        }
    }

    #[test]
    fn it_says_when_the_next_token_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = bucket(folder.path());
        for second in [0, 10, 20] {
            assert_eq!(bucket.take(1, at(second)).unwrap(), Ok(()));
        }
        assert_eq!(bucket.take(1, at(30)).unwrap(), Err(at(60)));
        assert_eq!(bucket.take(1, at(60)).unwrap(), Ok(()));
        assert_eq!(bucket.take(1, at(61)).unwrap(), Err(at(70)));
    }

    #[test]
    fn what_a_signature_needs_is_taken_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = bucket(folder.path());
        assert_eq!(bucket.take(2, at(0)).unwrap(), Ok(()));
        assert_eq!(bucket.take(2, at(10)).unwrap(), Err(at(60)));
        assert_eq!(bucket.take(1, at(20)).unwrap(), Ok(()));
        assert_eq!(bucket.take(2, at(30)).unwrap(), Err(at(60)));
        assert_eq!(bucket.take(2, at(60)).unwrap(), Ok(()));
        assert_eq!(bucket.take(4, at(300)).unwrap(), Err(at(360)), "never enough");
    }

    #[test]
    fn a_clock_that_was_ahead_is_forgiven_after_a_span() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = bucket(folder.path());
        for _ in 0..3 {
            assert_eq!(bucket.take(1, at(40_000_000)).unwrap(), Ok(()));
        }
        assert_eq!(bucket.take(1, at(0)).unwrap(), Err(at(60)));
        assert_eq!(bucket.take(1, at(30)).unwrap(), Err(at(60)));
        assert_eq!(bucket.take(1, at(60)).unwrap(), Ok(()));
    }

    #[test]
    fn threads_together_take_no_more_than_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let given: usize = std::thread::scope(|scope| {
            let taking: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let bucket = bucket(folder.path());
                        (0..4).filter(|_| bucket.take(1, at(0)).unwrap().is_ok()).count()
                    })
                })
                .collect();
            taking.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(given, 3);
    }

    #[test]
    fn what_can_not_be_noted_is_not_given() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tsa"), b"in the way").unwrap();
        assert!(bucket(folder.path()).take(1, at(0)).is_err());
    }
}
