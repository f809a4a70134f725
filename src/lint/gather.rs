//! Gather: from what rules have seen to concerns: one per rule and place, allowed where the file says so.
//!
//! Knows waivers and names. Must not know how anything was seen.

use std::collections::BTreeMap;

use super::about::{about, link};
use super::view::{Saying, Sayings};
use crate::problem::{Place, Problem, Severity};
use crate::scenario::{Scenario, Waiver};
use crate::topology::{Rule, names};

/// Subjects that a concern names; the rest is counted.
const NAMED_MAX: usize = 3;

/// A known misconfiguration at one place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    /// The rule that speaks.
    pub rule: Rule,
    /// Where.
    pub place: Place,
    /// The first nodes, links or pairs that it is about.
    pub subjects: Vec<String>,
    /// How many there are of them.
    pub count: usize,
    /// What was seen at the first of them.
    pub fact: String,
    /// Why the file allows it.
    pub allowed: Option<String>,
}

impl Concern {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        about(self.rule).severity
    }

    /// Whom it is about, and what was seen.
    #[must_use]
    pub fn says(&self) -> String {
        let names: Vec<String> = self.subjects.iter().map(|name| format!("`{name}`")).collect();
        let more = self.count - self.subjects.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}: {}", names.join(", "), self.fact)
    }

    /// Why it is allowed, or else what to do, and where more is said.
    #[must_use]
    pub fn help(&self) -> String {
        let allowed = self.allowed.as_ref().map(|reason| format!("allowed: {reason}"));
        let advice = allowed.unwrap_or_else(|| about(self.rule).advice.to_owned());
        format!("{advice}\n{}", link(self.rule))
    }

    /// As something to show at its place.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem { code: self.rule.id(), fact: self.says(), hint: self.help(), place: Some(self.place) }
    }
}

/// The concerns of what was seen, by place; the worse first where there are several.
pub(super) fn gather(scenario: &Scenario, sayings: Sayings) -> Vec<Concern> {
    let mut gathered = Gathered { waivers: &scenario.margin.waivers, groups: BTreeMap::new() };
    let mut is_used = vec![false; gathered.waivers.len()];
    for saying in sayings.0 {
        let number = gathered.waiver(&saying, &mut is_used);
        gathered.add(saying, number);
    }
    // What allows unused waivers comes last, and nothing allows that to be unused.
    for last in [false, true] {
        for (position, waiver) in scenario.margin.waivers.iter().enumerate() {
            if (waiver.rule == Rule::UnusedAllowance) == last && !is_used[position] {
                let saying = unused(waiver);
                let number = if last { None } else { gathered.waiver(&saying, &mut is_used) };
                gathered.add(saying, number);
            }
        }
    }
    let mut concerns: Vec<Concern> = gathered.groups.into_values().collect();
    concerns.sort_by_key(|concern| (concern.place, concern.severity(), concern.rule));
    concerns
}

/// Concerns by place, rule, and the number of the waiver that allows them.
struct Gathered<'a> {
    waivers: &'a [Waiver],
    groups: BTreeMap<(Place, Rule, Option<usize>), Concern>,
}

impl Gathered<'_> {
    /// The number of the first waiver that is meant for what was seen; it is used then.
    fn waiver(&self, saying: &Saying, is_used: &mut [bool]) -> Option<usize> {
        let matches = |waiver: &Waiver| {
            let at = waiver.at.as_deref();
            waiver.rule == saying.rule && at.is_none_or(|at| names::matches(at, &saying.subject))
        };
        let number = self.waivers.iter().position(matches);
        if let Some(number) = number {
            is_used[number] = true;
        }
        number
    }

    fn add(&mut self, saying: Saying, number: Option<usize>) {
        let concern = self.groups.entry((saying.place, saying.rule, number)).or_insert_with(|| Concern {
            rule: saying.rule,
            place: saying.place,
            subjects: Vec::new(),
            count: 0,
            fact: saying.fact,
            allowed: number.map(|number| self.waivers[number].reason.clone()),
        });
        concern.count += 1;
        if concern.subjects.len() < NAMED_MAX {
            concern.subjects.push(saying.subject);
        }
    }
}

fn unused(waiver: &Waiver) -> Saying {
    let at = waiver.at.as_ref().map_or_else(String::new, |at| format!(" at `{at}`"));
    Saying {
        rule: Rule::UnusedAllowance,
        place: waiver.place,
        subject: waiver.rule.id().to_owned(),
        fact: format!("the rule has nothing to say{at}, so that nothing is allowed"),
    }
}
