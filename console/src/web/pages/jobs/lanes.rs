//! The lanes: how much waits in each, how fast it is, and why it stands where it does.

use askama::Template;
use jiff::Timestamp;
use sealpress_config::Stage;
use sealpress_ledger::{Minute, Rates};

use crate::cli::status::{self, Lane};
use crate::web::failure::Failure;
use crate::web::page::Page;
use crate::web::{QUEUE_PATIENCE, Web};

/// All lanes at a moment.
pub(super) struct Lanes {
    pub(super) rows: Vec<LaneRow>,
    pub(super) queue_answers: bool,
}

/// One lane.
pub(super) struct LaneRow {
    pub(super) lane: Lane,
    /// Since when the oldest that nobody has is due.
    pub(super) oldest_due: Option<Timestamp>,
    /// Certificates in the last minute, and in the last minutes together. Only a lane at whose end
    /// something is counted has it.
    pub(super) rate: Option<[u64; 2]>,
}

/// The part of the page that is kept up to date.
#[derive(Template)]
#[template(path = "jobs_lanes.html")]
pub(super) struct LanesPart<'a> {
    pub(super) page: &'a Page,
    /// `None` while the ledger does not answer.
    pub(super) lanes: Option<&'a Lanes>,
}

impl Lanes {
    /// Looks at ledger and queue.
    pub(super) async fn look(web: &Web) -> Result<Self, Failure> {
        let opened = &web.opened;
        let now = (opened.clock)();
        let shown = status::look(opened, QUEUE_PATIENCE).await?;
        let rates = opened.ledger.lane_rates(now, opened.dead_before(now)?).await?;
        let setup = opened.lanes();
        let rows = shown.lanes.into_iter().map(|lane| {
            let rules = setup.named(&lane.name).map(|lane| &lane.rules);
            LaneRow::of(lane, rules.map_or(&[], |rules| &rules.stages), &rates)
        });
        Ok(Self { rows: rows.collect(), queue_answers: shown.queue == "answers" })
    }
}

impl LaneRow {
    fn of(lane: Lane, stages: &[Stage], rates: &Rates) -> Self {
        let oldest = |stage: &Stage| rates.oldest_due.get(stage.as_str()).copied();
        Self { oldest_due: stages.iter().filter_map(oldest).min(), rate: rate(stages, rates), lane }
    }

    /// Nobody paused it, and it waits for nothing.
    pub(super) const fn runs(&self) -> bool {
        self.lane.paused.is_none() && self.lane.held.is_none()
    }
}

/// The last event of a lane that is counted tells its pace.
fn rate(stages: &[Stage], rates: &Rates) -> Option<[u64; 2]> {
    let counted: fn(&Minute) -> u64 = if stages.contains(&Stage::Log) {
        |minute| minute.closed
    } else if stages.contains(&Stage::Archive) {
        |minute| minute.issued
    } else {
        return None;
    };
    let last = rates.minutes.last().map_or(0, counted);
    Some([last, rates.minutes.iter().map(counted).sum()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_as_fast_as_what_leaves_it() {
        let minute = |issued, closed| Minute { from: Timestamp::UNIX_EPOCH, issued, closed };
        let minutes = vec![minute(1, 2), minute(30, 40)];
        let rates = Rates { minutes, ..Rates::default() };
        assert_eq!(rate(&[Stage::Compose, Stage::Sign, Stage::Archive], &rates), Some([30, 31]));
        assert_eq!(rate(&[Stage::Email, Stage::Log], &rates), Some([40, 42]));
        assert_eq!(rate(Stage::ALL, &rates), Some([40, 42]));
        assert_eq!(rate(&[Stage::Sign], &rates), None);
        assert_eq!(rate(&[Stage::Log], &Rates::default()), Some([0, 0]));
    }
}
