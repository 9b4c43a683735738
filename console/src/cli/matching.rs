//! Which parked jobs a command is about: `--where stage=email,code=relay_refused`.

use sealpress_config::Stage;
use sealpress_ledger::{Certificate, Progress};
use sealpress_pipeline::Lanes;
use std::str::FromStr;

/// What a job must be. What is not named may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) stage: Option<Stage>,
    pub(crate) code: Option<String>,
    pub(crate) lane: Option<String>,
}

impl Match {
    /// Whether the job is one of them.
    pub(crate) fn fits(&self, job: &Certificate, lanes: &Lanes) -> bool {
        let stage = match job.progress {
            Progress::At(stage) => Some(stage),
            Progress::Closed => None,
        };
        let code = job.last_error.as_ref().map(|reason| reason.code.as_str());
        let lane = stage.and_then(|stage| lanes.of(stage)).map(|lane| &lane.rules.name);
        self.stage.is_none_or(|wanted| stage == Some(wanted))
            && self.code.as_deref().is_none_or(|wanted| code == Some(wanted))
            && self.lane.as_ref().is_none_or(|wanted| lane == Some(wanted))
    }
}

impl FromStr for Match {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut wanted = Self::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                format!("“{part}” is not KEY=VALUE; write stage=email,code=relay_refused")
            })?;
            match key.trim() {
                "stage" => wanted.stage = Some(stage(value)?),
                "code" => wanted.code = Some(value.to_owned()),
                "lane" => wanted.lane = Some(value.to_owned()),
                other => return Err(format!("“{other}” is none of stage, code, lane")),
            }
        }
        Ok(wanted)
    }
}

fn stage(word: &str) -> Result<Stage, String> {
    word.parse().map_err(|_| {
        let known: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
        format!("“{word}” is not a stage; the stages are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_what_it_wants_or_what_is_wrong_with_it() {
        let wanted: Match = "stage=email,code=relay_refused".parse().unwrap();
        let code = Some("relay_refused".to_owned());
        assert_eq!(wanted, Match { stage: Some(Stage::Email), code, lane: None });
        for wrong in ["", "stage", "stage=post", "student=B1"] {
            assert!(wrong.parse::<Match>().is_err(), "{wrong}");
        }
    }
}
