//! Which jobs are looked for, as it stands in the address and in the forms.

use sealpress_config::Stage;
use sealpress_ledger::{JobFilter, JobState};
use sealpress_pipeline::Lanes;
use serde::Deserialize;

use crate::web::page::Page;
use crate::web::pages::find::Choice;

/// What is looked for. Everything is text, so that a slip is a page and not an error.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(super) q: String,
    pub(super) state: String,
    pub(super) stage: String,
    pub(super) lane: String,
    pub(super) code: String,
    pub(super) after: String,
}

impl Asked {
    /// What a form says.
    pub(super) fn of(form: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            q: value("q"),
            state: value("state"),
            stage: value("stage"),
            lane: value("lane"),
            code: value("code"),
            after: String::new(),
        }
    }

    /// What a form and the next page repeat.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("q", self.q.as_str()),
            ("state", &self.state),
            ("stage", &self.stage),
            ("lane", &self.lane),
            ("code", &self.code),
        ];
        fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The ledger's filter; `None` where nothing fits. A word that nobody knows fits nothing: else
    /// a slip would widen what is done to all that match.
    pub(super) fn filter(&self, lanes: &Lanes) -> Option<JobFilter> {
        let state = JobState::ALL.iter().copied().find(|state| state.as_str() == self.state);
        if state.is_none() && !self.state.is_empty() {
            return None;
        }
        let mut stages = Vec::new();
        if !self.lane.is_empty() {
            stages.clone_from(&lanes.named(&self.lane)?.rules.stages);
        }
        if !self.stage.is_empty() {
            let stage: Stage = self.stage.parse().ok()?;
            if !stages.is_empty() && !stages.contains(&stage) {
                return None;
            }
            stages = vec![stage];
        }
        let typed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(JobFilter {
            stages,
            state,
            code: typed(&self.code),
            text: typed(&self.q),
            after: self.after.parse().ok(),
            limit: 0,
        })
    }

    /// The lists to choose from.
    pub(super) fn choices(&self, page: &Page, lanes: &Lanes) -> Vec<Choice> {
        let states = JobState::ALL
            .iter()
            .map(|state| (state.as_str().to_owned(), page.either(state.words()).to_owned()))
            .collect();
        let stages = Stage::ALL
            .iter()
            .map(|stage| (stage.as_str().to_owned(), page.t(stage.zh(), stage.as_str()).to_owned()))
            .collect();
        let names = lanes.iter().map(|lane| lane.rules.name.clone());
        let lanes = names.map(|name| (name.clone(), name)).collect();
        let choice = |name, label: [&'static str; 2], chosen: &str, options| Choice {
            name,
            label: page.tongue.pick(label[0], label[1]),
            chosen: chosen.to_owned(),
            options,
        };
        vec![
            choice("state", ["情形", "State"], &self.state, states),
            choice("lane", ["佇列", "Lane"], &self.lane, lanes),
            choice("stage", ["階段", "Stage"], &self.stage, stages),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealpress_config::Settings;

    fn filter(fields: &[(&str, &str)]) -> Option<JobFilter> {
        let form: Vec<_> =
            fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Asked::of(&form).filter(&Lanes::new(&Settings::default(), 2))
    }

    #[test]
    fn a_lane_is_its_stages_and_a_stage_narrows_it() {
        let stages = |fields: &[(&str, &str)]| filter(fields).unwrap().stages;
        assert_eq!(stages(&[]), []);
        assert_eq!(stages(&[("lane", "post")]), [Stage::Email, Stage::Log]);
        assert_eq!(stages(&[("lane", "post"), ("stage", "log")]), [Stage::Log]);
        assert_eq!(stages(&[("stage", "sign")]), [Stage::Sign]);
    }

    #[test]
    fn what_nobody_knows_fits_nothing_rather_than_all() {
        for wrong in [
            &[("lane", "postt")][..],
            &[("stage", "mail")],
            &[("state", "stuck")],
            &[("lane", "press"), ("stage", "email")],
        ] {
            assert_eq!(filter(wrong), None, "{wrong:?}");
        }
        assert!(filter(&[("q", " "), ("code", "")]).is_some_and(|it| it == JobFilter::default()));
    }
}
