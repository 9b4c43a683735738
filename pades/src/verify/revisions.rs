//! The revisions of a file, from the first one that was signed to the last (ISO 32000-2, section
//! 7.5.6), and what each changes of the one before.

use lopdf::{Document, ObjectId};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::appended;
use super::changes::{self, Level, Step};
use super::permissions::Permissions;
use crate::document;

/// Most revisions that are looked at.
const MOST: usize = 48;

const MARK: &[u8] = b"%%EOF";

/// What was done since the first signature.
pub(super) struct Revisions {
    /// Where each ends, without the line's end.
    ends: Vec<usize>,
    /// What each but the first changes.
    steps: Vec<Result<Step, Finding>>,
    /// For each end, what the revision holds as the last one does, of what is watched: the
    /// signatures, and the validation data.
    held: BTreeMap<usize, BTreeSet<ObjectId>>,
    /// What follows the last.
    tail: Tail,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    Space,
    Something,
}

/// A signature and where what it covers ends.
pub(super) struct Signed {
    pub(super) id: ObjectId,
    pub(super) end: usize,
}

/// Where the mark stands that ends what is covered up to `end`.
fn mark(pdf: &[u8], end: usize) -> usize {
    pdf.get(..end).unwrap_or_default().trim_ascii_end().len()
}

/// The document as it was up to the mark at `at`. One that the file ends with is there already.
fn revision<'a>(pdf: &[u8], last: &'a Document, at: usize) -> Option<Cow<'a, Document>> {
    let (until, tail) = pdf.split_at_checked(at)?;
    if tail_of(tail) == Tail::Nothing {
        return Some(Cow::Borrowed(last));
    }
    document::open(until).ok().map(Cow::Owned)
}

impl Revisions {
    /// # Errors
    /// Too many revisions.
    pub(super) fn read(
        pdf: &[u8],
        last: &Document,
        signed: &[Signed],
        watched: &BTreeSet<ObjectId>,
    ) -> Result<Self, Finding> {
        let marks: BTreeSet<usize> = signed.iter().map(|one| mark(pdf, one.end)).collect();
        let Some(first) = marks.first().copied() else { return Ok(Self::none()) };
        let later = later_marks(pdf, first);
        let end = later.last().copied().unwrap_or(first);
        let all: BTreeSet<usize> = marks.iter().copied().chain(later).collect();
        if all.len() > MOST {
            return Err(["簽章之後的修訂版本過多", "too many revisions follow the signature"]);
        }
        let tail = pdf.get(end..).unwrap_or_default();
        let mut revisions = Self { tail: tail_of(tail), ..Self::none() };
        let mut former: Option<(usize, Cow<'_, Document>)> = None;
        for at in all {
            let until = pdf.get(..at).unwrap_or_default();
            // A mark that ends no revision, and no signature needs, is something else's bytes.
            let Some(here) = revision(pdf, last, at) else {
                if marks.contains(&at) {
                    revisions.push(at, Err(UNREADABLE));
                    former = None;
                }
                continue;
            };
            let step = match &former {
                // Objects behind another revision's cross-references are seen by whoever mends files.
                Some((end, _)) if here.xref_start < *end => Err(NO_SECTION),
                Some((from, former)) => appended::check(until, *from, former, &here)
                    .and_then(|()| changes::compare(until, former, &here)),
                None => Err(UNREADABLE),
            };
            revisions.hold(at, &here, last, watched);
            revisions.push(at, step);
            former = Some((at, here));
        }
        // What was compared last must be what readers see, whatever else follows it in the file.
        if !former.is_some_and(|(_, it)| it.objects == last.objects && it.trailer == last.trailer) {
            revisions.push(end, Err(UNREADABLE));
        }
        Ok(revisions)
    }

    const fn none() -> Self {
        Self { ends: Vec::new(), steps: Vec::new(), held: BTreeMap::new(), tail: Tail::Nothing }
    }

    fn push(&mut self, end: usize, step: Result<Step, Finding>) {
        self.ends.push(end);
        self.steps.push(step);
    }

    fn hold(&mut self, end: usize, here: &Document, last: &Document, watched: &BTreeSet<ObjectId>) {
        let same = |id: &ObjectId| {
            here.objects.get(id).is_some_and(|object| last.objects.get(id) == Some(object))
        };
        self.held.insert(end, watched.iter().copied().filter(same).collect());
    }

    /// What was done after the revision that `signature` covers.
    fn after(&self, pdf: &[u8], signature: &Signed) -> Result<&[Result<Step, Finding>], Finding> {
        let end = mark(pdf, signature.end);
        let index = self.ends.iter().position(|one| *one == end).ok_or(UNREADABLE)?;
        if !self.held.get(&end).is_some_and(|held| held.contains(&signature.id)) {
            return Err([
                "簽章不在它所涵蓋的修訂版本內",
                "the signature is not in the revision that it covers",
            ]);
        }
        Ok(self.steps.get(index + 1..).unwrap_or_default())
    }

    /// Whether all of `these`, which are watched, are in the revision that ends at `end`.
    pub(super) fn hold_all(&self, pdf: &[u8], end: usize, these: &BTreeSet<ObjectId>) -> bool {
        self.held.get(&mark(pdf, end)).is_some_and(|held| these.is_subset(held))
    }

    /// Whether all that came later is allowed by the signature's `permissions`.
    pub(super) fn allowed(
        &self,
        pdf: &[u8],
        signature: &Signed,
        permissions: &Permissions,
    ) -> Result<(), Finding> {
        for step in self.after(pdf, signature)? {
            permissions.allow(step.as_ref().map_err(|finding| *finding)?)?;
        }
        match self.tail {
            Tail::Nothing | Tail::Space => Ok(()),
            Tail::Something => Err([
                "檔案結尾之後附加了不屬於任何修訂版本的內容",
                "something that is no revision was appended to the file",
            ]),
        }
    }

    /// Whether nothing but validation data and document timestamps came later, to the last byte.
    pub(super) fn only_archived(&self, pdf: &[u8], signature: &Signed) -> bool {
        let archived =
            |step: &Result<Step, Finding>| step.as_ref().is_ok_and(|it| it.level == Level::Archive);
        self.tail == Tail::Nothing
            && self.after(pdf, signature).is_ok_and(|steps| steps.iter().all(archived))
    }
}

const NO_SECTION: Finding = [
    "簽章之後附加的內容沒有自己的交互參照表",
    "something was appended after signing that has no cross-references of its own",
];

const UNREADABLE: Finding = [
    "簽署當時或之後的修訂版本無法單獨讀取",
    "the revision that was signed, or a later one, can't be read by itself",
];

fn tail_of(tail: &[u8]) -> Tail {
    match tail {
        b"" | b"\n" | b"\r\n" | b"\r" => Tail::Nothing,
        tail if tail.iter().all(u8::is_ascii_whitespace) => Tail::Space,
        _ => Tail::Something,
    }
}

/// The ends of `startxref`, a number, `%%EOF` behind `first`.
fn later_marks(pdf: &[u8], first: usize) -> Vec<usize> {
    let rest = pdf.get(first..).unwrap_or_default();
    let windows = rest.windows(MARK.len()).enumerate();
    windows
        .filter(|(at, window)| {
            *window == MARK && ends_revision(rest.get(..*at).unwrap_or_default())
        })
        .map(|(at, _)| first + at + MARK.len())
        .take(MOST + 1)
        .collect()
}

fn ends_revision(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, number) = before.split_at_checked(before.len() - digits).unwrap_or_default();
    !number.is_empty() && head.trim_ascii_end().ends_with(b"startxref")
}
