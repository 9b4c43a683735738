//! Which files in the inbox may be claimed now, and how long until the others may.

use sealpress_config::Inbox;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::fields::Fields;
use crate::names::stem;
use crate::scan::Found;
use crate::settle::Settling;
use crate::{particulars, regular};

/// How much of a file's end is looked at for `%%EOF`, and of its beginning for `%PDF-`.
pub(crate) const ENDS: usize = 2048;
/// A wait is never shorter, so that rounding can't make it a loop.
const SHORTEST: Duration = Duration::from_millis(10);

/// What may be done in the inbox.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What may be claimed now, oldest first.
    pub(crate) claims: Vec<Claimable>,
    /// How long until something else may be.
    pub(crate) wait: Duration,
}

/// A settled file with the sidecars that belong to it.
#[derive(Debug)]
pub(crate) struct Claimable {
    pub(crate) file: Found,
    pub(crate) sidecars: Vec<PathBuf>,
}

/// What the inbox holds under one stem.
#[derive(Default)]
struct Beside<'a> {
    pdf: bool,
    sidecars: Vec<&'a Found>,
}

/// Looks at every file once, and opens those whose end has to be seen.
pub(crate) fn plan(found: &[Found], settling: &Settling, inbox: &Inbox, now: Instant) -> Plan {
    let mut by_stem: HashMap<&str, Beside<'_>> = HashMap::new();
    for file in found {
        let Some(name) = &file.name else { continue };
        let beside = by_stem.entry(stem(name)).or_default();
        match file.sidecar {
            true => beside.sidecars.push(file),
            false => beside.pdf = true,
        }
    }
    let look = Look { settling, inbox, now };
    let mut plan = Plan { claims: Vec::new(), wait: inbox.scan.0 };
    for file in found {
        let beside = file.name.as_deref().and_then(|name| by_stem.get(stem(name)));
        match look.ready(file, beside) {
            Ready::Now => {
                let sidecars = beside.filter(|_| !file.sidecar).map_or(&[][..], |it| &it.sidecars);
                let sidecars = sidecars.iter().map(|sidecar| sidecar.path.clone()).collect();
                plan.claims.push(Claimable { file: file.clone(), sidecars });
            }
            Ready::In(left) => plan.wait = plan.wait.min(left.max(SHORTEST)),
            Ready::WithItsPdf => {}
        }
    }
    plan
}

enum Ready {
    Now,
    In(Duration),
    WithItsPdf,
}

impl Ready {
    fn after(patience: Duration, still: Duration) -> Self {
        match patience.checked_sub(still).filter(|left| !left.is_zero()) {
            Some(left) => Self::In(left),
            None => Self::Now,
        }
    }
}

struct Look<'a> {
    settling: &'a Settling,
    inbox: &'a Inbox,
    now: Instant,
}

impl Look<'_> {
    fn ready(&self, file: &Found, beside: Option<&Beside<'_>>) -> Ready {
        let (settle, still) = (self.inbox.settle.0, self.settling.still(file, self.now));
        if still < settle {
            return Ready::In(settle - still);
        }
        let (Some(name), Some(beside)) = (&file.name, beside) else { return Ready::Now };
        if file.sidecar {
            // Without its PDF the sidecar itself is claimed at last, and refused.
            let patience = (self.inbox.sidecar_wait.0 * 10).max(Duration::from_secs(60));
            return if beside.pdf { Ready::WithItsPdf } else { Ready::after(patience, still) };
        }
        // A PDF that does not end as one may still be on its way, however still it stands.
        let patience = (settle * 30).max(Duration::from_secs(10));
        if still < patience && file.size <= self.inbox.max_bytes && is_unfinished(&file.path) {
            return Ready::In(patience - still);
        }
        self.with(name, &beside.sidecars, still)
    }

    /// Whether a whole PDF may go with the sidecars that are there, or without one.
    fn with(&self, name: &str, sidecars: &[&Found], still: Duration) -> Ready {
        let settle = self.inbox.settle.0;
        let youngest = sidecars.iter().map(|sidecar| self.settling.still(sidecar, self.now)).min();
        match youngest {
            Some(still) => Ready::after(settle, still),
            // A name that says everything needs no sidecar; one that comes along was there by now.
            None if !self.inbox.sidecar_required && says_all(name, self.inbox) => Ready::Now,
            None => Ready::after(settle + self.inbox.sidecar_wait.0, still),
        }
    }
}

/// Whether a name says who, what and in which language. `scan_2026_001.pdf` fits the usual
/// pattern too, and says nothing.
fn says_all(name: &str, inbox: &Inbox) -> bool {
    Fields::of_name(name, &inbox.name_pattern)
        .is_some_and(|fields| particulars::stated(&fields).is_ok())
}

/// Whether a file begins as a PDF does and does not end as one. What does not begin as one will
/// never end as one, and need not be waited for.
fn is_unfinished(path: &Path) -> bool {
    let Ok((head, tail)) = regular::ends(path, ENDS as u64) else { return false };
    head.is_empty() || (has(&head, b"%PDF-") && !has(&tail, b"%%EOF"))
}

/// Whether a PDF ends as one: with `%%EOF`, give or take what programs put behind it
/// (ISO 32000-2, 7.5.5).
pub(crate) fn ends_as_pdf(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(ENDS)..).unwrap_or_default();
    has(tail, b"%%EOF")
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
