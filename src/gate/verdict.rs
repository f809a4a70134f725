//! Verdict: what the gate says of one topology file after all its runs.
//!
//! Knows reports, expectations and baselines. Must not know how a verdict is printed.

use std::net::IpAddr;

use super::baseline::Baseline;
use super::drift::{self, Comparison};
use super::judge::{judge, worst_point};
use super::look::first_place;
use crate::random::Seed;
use crate::report::{Judgement, Report};
use crate::scenario::{EntryExpectation, Expectation, Scenario};

/// What the gate says of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The file, as given.
    pub file: String,
    /// The scenario's name.
    pub topology: String,
    /// The hash of the scenario.
    pub scenario_hash: String,
    /// The seeds of the runs that were finished.
    pub seeds: Vec<u64>,
    /// One for each line of `expect:`.
    pub expectations: Vec<Expected>,
    /// One for each line and node of `expect_at:`.
    pub entries: Vec<EntryJudgement>,
    /// What has become of the baseline, if there is one.
    pub comparison: Option<Comparison>,
    /// Whether it was interrupted before all runs were finished.
    pub partial: bool,
}

/// One expectation over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What the worst seed says.
    pub judgement: Judgement,
    /// The worst seed.
    pub seed: u64,
    /// The enforcement point with the worst value; `None` where the metric is the fleet's alone.
    pub point: Option<String>,
    /// Where to look first, of what was breached.
    pub look: Option<String>,
}

/// What one table answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryJudgement {
    /// When, as written.
    pub at: String,
    /// Whose table.
    pub node: String,
    /// For which address.
    pub address: IpAddr,
    /// Who must be there; `None`: nobody known.
    pub expected: Option<String>,
    /// Who was; `None`: nobody known.
    pub found: Option<String>,
    /// The seed of the run.
    pub seed: u64,
}

impl EntryJudgement {
    /// Whether the answer is the expected one.
    #[must_use]
    pub fn held(&self) -> bool {
        self.expected == self.found
    }
}

impl Verdict {
    /// The verdict on the reports of `scenario`, one for each seed, with what was judged of single entries.
    #[must_use]
    pub fn new(
        file: &str,
        scenario: &Scenario,
        reports: &[&Report],
        entries: Vec<EntryJudgement>,
        baseline: Option<&Baseline>,
    ) -> Self {
        let is_paired =
            |baseline: &&Baseline| reports.iter().any(|report| baseline.seeds.contains(&report.seed));
        let comparison = baseline.filter(is_paired);
        Self {
            file: file.to_owned(),
            topology: scenario.name.clone(),
            scenario_hash: scenario.hash.clone(),
            seeds: reports.iter().map(|report| report.seed).collect(),
            expectations: expected(scenario, reports),
            entries,
            comparison: comparison.map(|baseline| drift::compare(scenario, baseline, reports)),
            partial: false,
        }
    }

    /// Whether everything held.
    #[must_use]
    pub fn held(&self) -> bool {
        self.breaches() == 0
    }

    /// How much was judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        let drifts = self.comparison.as_ref().map_or(0, |comparison| comparison.drifts.len());
        self.expectations.len() + self.entries.len() + drifts
    }

    /// How much of it was breached.
    #[must_use]
    pub fn breaches(&self) -> usize {
        let drifts = self.comparison.iter().flat_map(|comparison| &comparison.drifts);
        self.expectations.iter().filter(|expected| !expected.judgement.held).count()
            + self.entries.iter().filter(|entry| !entry.held()).count()
            + drifts.filter(|drift| !drift.held).count()
    }
}

/// Each expectation where its worst seed found it.
fn expected(scenario: &Scenario, reports: &[&Report]) -> Vec<Expected> {
    let by_seed: Vec<Vec<Judgement>> =
        reports.iter().map(|report| judge(&scenario.expectations, report)).collect();
    let one = |(index, expectation): (usize, &Expectation)| {
        // No sample ranks below every margin.
        let worst = (0..by_seed.len()).min_by_key(|seed| by_seed[*seed][index].margin)?;
        let (report, judgement) = (reports[worst], by_seed[worst][index].clone());
        let point = match judgement.worst.as_deref() {
            Some("fleet") => worst_point(expectation, report),
            other => other.map(str::to_owned),
        };
        let place = judgement.worst.as_deref().unwrap_or("fleet");
        let look = if judgement.held { None } else { first_place(&judgement.metric, place, report) };
        Some(Expected { judgement, seed: report.seed, point, look })
    };
    scenario.expectations.iter().enumerate().filter_map(one).collect()
}

/// What the tables answered in the run of `seed`, one answer for each entry that the scenario expects.
#[must_use]
pub fn judge_entries(scenario: &Scenario, seed: Seed, answers: Vec<Option<String>>) -> Vec<EntryJudgement> {
    let one = |(asked, found): (&EntryExpectation, Option<String>)| EntryJudgement {
        at: asked.when.clone(),
        node: scenario.topology.nodes[asked.node.index()].name.clone(),
        address: asked.address,
        expected: asked.user.clone(),
        found,
        seed: seed.0,
    };
    scenario.entries_expected.iter().zip(answers).map(one).collect()
}
