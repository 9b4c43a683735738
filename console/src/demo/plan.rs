//! What the demo drops: a number of files that holds all five flows, two that are broken, and one
//! that was dropped before.

use sealpress_config::{Kind, Language};

use super::names;

/// Fewest drops that hold everything.
pub(crate) const FEWEST: usize = 9;

/// Programmes of the sample school: name, English name, degree, college.
pub(crate) const PROGRAMMES: [(&str, &str, &str, &str); 3] = [
    ("資訊工程學系", "Computer Science and Information Engineering", "工學士", "工學院"),
    ("企業管理學系", "Business Administration", "管理學士", "管理學院"),
    ("應用外語系", "Applied Foreign Languages", "文學士", "人文學院"),
];

/// A sample student.
#[derive(Debug, Clone)]
pub(crate) struct Pupil {
    pub(crate) student_no: String,
    pub(crate) name_zh: String,
    pub(crate) name_en: String,
    pub(crate) programme: &'static str,
    pub(crate) degree: &'static str,
    pub(crate) college: &'static str,
}

/// A paper certificate that the print system drops.
#[derive(Debug, Clone)]
pub(crate) struct Drop {
    pub(crate) pupil: Pupil,
    pub(crate) kind: Kind,
    pub(crate) language: Language,
    /// Told by a sidecar; otherwise by the file's name.
    pub(crate) sidecar: bool,
}

/// What is dropped, and in which order.
pub(crate) struct Plan {
    /// Students as the roster has them at first.
    pub(crate) pupils: Vec<Pupil>,
    /// First issues: dropped together with the broken ones and the duplicate.
    pub(crate) first: Vec<Drop>,
    /// Students whose name has changed since, under their new name.
    pub(crate) renamed: Vec<Pupil>,
    /// Reissues and renames: dropped once the first issues are out.
    pub(crate) later: Vec<Drop>,
}

impl Plan {
    /// A plan for `count` drops, the two broken ones and the duplicate among them.
    pub(crate) fn new(count: usize) -> Self {
        let certificates = count.max(FEWEST) - 3;
        // One in ten of each later flow, one of each at least.
        let of_each = (certificates / 10).max(1);
        let firsts = certificates - 3 * of_each;
        let pupils: Vec<Pupil> = (0..firsts.div_ceil(2)).map(pupil).collect();
        let first: Vec<Drop> = pupils
            .iter()
            .flat_map(|pupil| [Language::Zh, Language::En].map(|language| (pupil, language)))
            .take(firsts)
            .enumerate()
            .map(|(n, (pupil, language))| drop_of(pupil, Kind::First, language, n % 3 == 0))
            .collect();
        // A student has one English certificate or none, the last one perhaps none: reissues and
        // renames are taken from the front, each flow from students who have what it follows.
        let renamed: Vec<Pupil> = pupils.iter().take(of_each).enumerate().map(rename).collect();
        let reissue = |language| {
            let pupils = pupils.iter().rev().skip(1).take(of_each);
            pupils
                .map(move |pupil| drop_of(pupil, Kind::Reissue, language, true))
                .collect::<Vec<_>>()
        };
        let mut later = reissue(Language::Zh);
        later.extend(reissue(Language::En));
        later.extend(renamed.iter().map(|pupil| drop_of(pupil, Kind::Rename, Language::Zh, false)));
        Self { pupils, first, renamed, later }
    }

    /// Drops in all, the broken ones and the duplicate among them.
    pub(crate) fn drops(&self) -> usize {
        self.first.len() + self.later.len() + 3
    }
}

fn drop_of(pupil: &Pupil, kind: Kind, language: Language, sidecar: bool) -> Drop {
    Drop { pupil: pupil.clone(), kind, language, sidecar }
}

fn pupil(n: usize) -> Pupil {
    let (programme, _, degree, college) = PROGRAMMES[n % PROGRAMMES.len()];
    let (name_zh, name_en) = names::name(n);
    Pupil { student_no: format!("B11{:06}", n + 1), name_zh, name_en, programme, degree, college }
}

/// The same student under a new given name.
fn rename((n, pupil): (usize, &Pupil)) -> Pupil {
    let (name_zh, name_en) = names::renamed(n);
    Pupil { name_zh, name_en, ..pupil.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_plan_has_exactly_as_many_drops_as_were_asked_for() {
        for count in [FEWEST, 10, 37, 200, 1000] {
            let plan = Plan::new(count);
            assert_eq!(plan.drops(), count);
            let flows: BTreeSet<_> = plan
                .first
                .iter()
                .chain(&plan.later)
                .map(|drop| (drop.kind, drop.language))
                .collect();
            assert_eq!(flows.len(), 5, "{count}");
        }
    }

    #[test]
    fn every_later_drop_follows_a_first_issue() {
        for count in [FEWEST, 10, 11, 200, 1001] {
            let plan = Plan::new(count);
            for later in &plan.later {
                let earlier = plan.first.iter().any(|first| {
                    first.pupil.student_no == later.pupil.student_no
                        && first.language == later.language
                });
                assert!(earlier, "{count}: {} {}", later.kind, later.language);
            }
        }
    }

    #[test]
    fn nobody_shares_a_name_with_their_old_self() {
        let plan = Plan::new(200);
        for renamed in &plan.renamed {
            let before =
                plan.pupils.iter().find(|pupil| pupil.student_no == renamed.student_no).unwrap();
            assert_ne!(before.name_zh, renamed.name_zh);
        }
    }
}
