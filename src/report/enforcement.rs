//! Enforcement: the report's keys of policy, quarantine, dataplanes and data beside mappings.
//!
//! Order of fields is order of keys. Knows findings and the flow rate. Must not know how anything was judged.

use serde::Serialize;

use super::Decimal;
use super::measured::percentile;
use crate::observe::{DataUse, DataplaneUse, PolicyUse, QuarantineUse};
use crate::scenario::Scenario;
use crate::units::Span;

/// Flows by what policy made of them: the decision by the firewall's tables against the one by the truth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyRow {
    /// All rules together.
    #[serde(flatten)]
    pub all: PolicyShares,
    /// By the rule that decided; `default` denies what none fits.
    pub rules: Vec<RuleRow>,
}

/// Flows by what the decision was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyShares {
    /// Expected flows: the rate times the stays' seconds.
    pub flows: Decimal,
    /// Decided as truth would have it.
    pub right: Decimal,
    /// Let through, and should not be.
    pub wrong_allow: Decimal,
    /// Denied, and should not be.
    pub wrong_deny: Decimal,
    /// Their share; `None` without a flow.
    pub right_share: Option<Decimal>,
    /// Their share; `None` without a flow.
    pub wrong_allow_share: Option<Decimal>,
    /// Their share; `None` without a flow.
    pub wrong_deny_share: Option<Decimal>,
}

/// Flows that one rule decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    /// Its name.
    pub name: String,
    /// What its decisions were worth.
    #[serde(flatten)]
    pub shares: PolicyShares,
}

/// From a threat's log until the firewall blocked the user. `None` without a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantineTimes {
    /// Users who were blocked.
    pub count: u64,
    /// The mean.
    pub mean: Option<Decimal>,
    /// The median.
    pub p50: Option<Decimal>,
    /// 99 % are at most this.
    pub p99: Option<Decimal>,
    /// The longest.
    pub max: Option<Decimal>,
    /// Users who were not, up to the end.
    pub not_quarantined: u64,
}

/// Expected flows that quarantine is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantineFlows {
    /// Of users who should be blocked, and were.
    pub blocked: Decimal,
    /// Of users who should be blocked, and were not.
    pub let_through: Decimal,
    /// Of users who were blocked in the place of others.
    pub innocent_blocked: Decimal,
}

/// How full a dataplane's table was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DataplaneFill {
    /// Entries over time.
    pub entries_mean: Option<Decimal>,
    /// At the end.
    pub entries_final: u64,
    /// How many it holds.
    pub capacity: u64,
    /// Entries that it was handed while it was full.
    pub refused: u64,
}

/// What became of data beside mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DataCounts {
    /// Versions that were new.
    pub applied: u64,
    /// Versions that were there already.
    pub duplicates: u64,
    /// Older ones.
    pub refused: u64,
    /// Dropped for their hops: a tag crosses one.
    pub over_hops: u64,
    /// Ended by their own time.
    pub ended: u64,
    /// Live ones at the end.
    pub entries_final: u64,
}

fn rate(scenario: &Scenario) -> Decimal {
    Decimal::from_f64(scenario.flows.per_second).expect("a scenario's rate is a number")
}

/// The row of what policy made of the flows.
pub(super) fn policy(scenario: &Scenario, found: &PolicyUse) -> PolicyRow {
    let rules = scenario.enforcement.policy.iter().flat_map(|policy| &policy.rules);
    let names = rules.map(|rule| rule.name.clone()).chain(std::iter::once("default".to_owned()));
    let sum = found.rules.iter().fold([0; 3], |sum, rule| [0, 1, 2].map(|n: usize| sum[n] + rule[n]));
    PolicyRow {
        all: shares(scenario, sum, found.weight),
        rules: names
            .zip(&found.rules)
            .map(|(name, parts)| RuleRow { name, shares: shares(scenario, *parts, found.weight) })
            .collect(),
    }
}

fn shares(scenario: &Scenario, parts: [u128; 3], weight: u64) -> PolicyShares {
    let rate = rate(scenario);
    // A destination's flows are its share of all; the division by the shares' sum comes last.
    let flows = |nanos: u128| rate.times_nanos_over(nanos, u128::from(weight.max(1)));
    let all: u128 = parts.iter().sum();
    let [right, wrong_allow, wrong_deny] = parts;
    PolicyShares {
        flows: flows(all),
        right: flows(right),
        wrong_allow: flows(wrong_allow),
        wrong_deny: flows(wrong_deny),
        right_share: Decimal::share(right, all),
        wrong_allow_share: Decimal::share(wrong_allow, all),
        wrong_deny_share: Decimal::share(wrong_deny, all),
    }
}

/// How long it took to block users.
pub(super) fn times(found: &QuarantineUse) -> QuarantineTimes {
    let samples = &found.samples;
    QuarantineTimes {
        count: samples.count,
        mean: Decimal::mean_of_nanos(samples.sum, samples.count.into()),
        p50: percentile(samples, 0.5),
        p99: percentile(samples, 0.99),
        max: (samples.count > 0).then(|| Decimal::from_nanos(samples.max.into())),
        not_quarantined: found.not_quarantined,
    }
}

/// The flows that quarantine is about.
pub(super) fn flows(scenario: &Scenario, found: &QuarantineUse) -> QuarantineFlows {
    let rate = rate(scenario);
    QuarantineFlows {
        blocked: rate.times_nanos(found.blocked),
        let_through: rate.times_nanos(found.let_through),
        innocent_blocked: rate.times_nanos(found.innocent),
    }
}

/// How full a dataplane's table was, over the measured time.
pub(super) fn dataplane(found: &DataplaneUse, measured: Span) -> DataplaneFill {
    DataplaneFill {
        entries_mean: Decimal::quotient(found.area, measured.nanos().into()),
        entries_final: found.last,
        capacity: found.capacity,
        refused: found.refused,
    }
}

/// What became of data beside mappings.
pub(super) fn data(found: &DataUse) -> DataCounts {
    DataCounts {
        applied: found.applied,
        duplicates: found.duplicates,
        refused: found.refused,
        over_hops: found.hops,
        ended: found.ended,
        entries_final: found.last,
    }
}
