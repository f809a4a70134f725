//! Margin: what a file says beside what it means: where each thing stands, and what lint is told to allow.
//!
//! Knows places and the rules' names. Must not know what a rule looks for; no run and no hash depends on it.

use crate::problem::Place;
use crate::topology::draft::General;
use crate::topology::draft::workload::WorkloadDraft;
use crate::topology::{Context, Places, Rule, WorkloadPlaces};

/// What a file says beside what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// Where it says what.
    pub places: Places,
    /// What lint is told to allow, in the order of the file.
    pub waivers: Vec<Waiver>,
}

/// A rule that is allowed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The rule.
    pub rule: Rule,
    /// The subjects, by name or glob; `None`: all.
    pub at: Option<String>,
    /// Why it is meant so.
    pub reason: String,
    /// Where the file says so.
    pub place: Place,
}

/// Takes the places that resolving has noted, and reads the waivers.
pub(super) fn resolve(context: &mut Context<'_>, general: &General) -> Margin {
    let mut places = std::mem::take(&mut context.places);
    places.workload = general.workload.as_ref().map(workload).unwrap_or_default();
    let waivers = general.lint.allow.iter().filter_map(|draft| {
        let (rule, reason) = (draft.rule.as_ref()?, draft.reason.as_ref()?);
        let at = draft.at.as_ref().map(|at| at.value.clone());
        Some(Waiver { rule: rule.value, at, reason: reason.value.clone(), place: rule.place })
    });
    Margin { waivers: waivers.collect(), places }
}

fn workload(draft: &WorkloadDraft) -> WorkloadPlaces {
    let people = draft.population.as_ref();
    let log_offs = people.map(|people| &people.log_off_observed);
    let log_offs = log_offs.or(draft.arrivals.as_ref().map(|arrivals| &arrivals.log_off_observed));
    WorkloadPlaces {
        lease_rest: people.and_then(|people| people.lease_rest.place()).unwrap_or_default(),
        log_off_observed: log_offs.map(|share| share.place).unwrap_or_default(),
    }
}
