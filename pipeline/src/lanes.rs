//! The lanes (佇列) of the configuration, ready for the ledger's questions.

use sealpress_config::{Settings, Stage};
use sealpress_ledger::LaneRules;

/// A lane of this installation.
#[derive(Debug, Clone)]
pub struct LaneSetup {
    /// What must hold for a turn in it.
    pub rules: LaneRules,
    /// Certificates at once in one process.
    pub at_once: usize,
}

/// All lanes, in the order of their stages.
#[derive(Debug, Clone)]
pub struct Lanes(Vec<LaneSetup>);

impl Lanes {
    /// The lanes that the configuration names; `cores` is what `at_once: 0` means.
    #[must_use]
    pub fn new(settings: &Settings, cores: usize) -> Self {
        let mut lanes: Vec<LaneSetup> = settings
            .lanes
            .iter()
            .map(|(name, lane)| LaneSetup {
                rules: LaneRules {
                    name: name.clone(),
                    stages: lane.stages.clone(),
                    crashes: settings.retry.attempts,
                    dead_after: settings.worker.dead_after.0,
                    probe: settings.hold.probe.0,
                },
                at_once: if lane.at_once == 0 { cores.max(1) } else { lane.at_once },
            })
            .collect();
        lanes.sort_by_key(|lane| lane.rules.stages.first().copied());
        Self(lanes)
    }

    /// The lanes, first to last.
    pub fn iter(&self) -> impl Iterator<Item = &LaneSetup> {
        self.0.iter()
    }

    /// The lane of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&LaneSetup> {
        self.0.iter().find(|lane| lane.rules.name == name)
    }

    /// The lane that runs a stage. The configuration is checked to have one for each.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Option<&LaneSetup> {
        self.0.iter().find(|lane| lane.rules.stages.contains(&stage))
    }
}
