//! Pausing lanes and letting them go on.

use sealpress_ledger::{By, LedgerError, Reason, Right};

use super::{Desk, Person, Undone};

impl Desk {
    /// Pauses a lane: nothing begins there until someone lets it go on.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then.
    pub(crate) async fn pause_lane(
        &self,
        person: &Person,
        by: &By,
        lane: &str,
        why: &str,
    ) -> Result<(), Undone> {
        self.may_turn(person, by, lane, "pause_lane").await?;
        let now = (self.opened.clock)();
        Ok(self.opened.ledger.pause_lane(lane, by, why.trim(), now).await?)
    }

    /// Lets a lane go on.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then.
    pub(crate) async fn resume_lane(
        &self,
        person: &Person,
        by: &By,
        lane: &str,
    ) -> Result<(), Undone> {
        self.may_turn(person, by, lane, "resume_lane").await?;
        Ok(self.opened.ledger.resume_lane(lane, by, (self.opened.clock)()).await?)
    }

    async fn may_turn(
        &self,
        person: &Person,
        by: &By,
        lane: &str,
        what: &str,
    ) -> Result<(), Undone> {
        self.allowed(person, Right::RunJobs, what, None, by).await?;
        if self.opened.lanes().named(lane).is_some() {
            return Ok(());
        }
        Err(LedgerError::NotPossible(no_such_lane(&self.opened)).into())
    }
}

fn no_such_lane(opened: &crate::opened::Opened) -> Reason {
    let lanes = opened.lanes();
    let known: Vec<&str> = lanes.iter().map(|lane| lane.rules.name.as_str()).collect();
    let known = known.join("、");
    Reason::new(
        "no_such_lane",
        ["沒有這個佇列。", "There is no such lane."],
        [format!("設定中的佇列：{known}。"), format!("The configuration has {known}.")],
    )
}
