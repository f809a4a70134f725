//! Drift: how far each metric has moved from its baseline, seed by seed, and whether that is too far.
//!
//! Knows baselines and tolerances. Must not know files, nor how a verdict is printed.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Baseline, Row, is_asked, names_of_today, rows};
use super::changes::{self, Change};
use super::look::first_place;
use super::statistics::{Estimate, estimate};
use crate::report::{Decimal, Report};
use crate::scenario::{Allowance, Quantity, Scenario, Tolerance};

/// What has become of a baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The program's version that wrote the baseline.
    pub uidsim_version: String,
    /// Whether the scenario is the same, so that only the program can have changed the numbers.
    pub is_same_scenario: bool,
    /// Keys of the topology file that have changed since.
    pub changes: Vec<Change>,
    /// Seeds that both sides ran.
    pub seeds: Vec<u64>,
    /// Seeds of this check that the baseline does not have.
    pub seeds_unknown: Vec<u64>,
    /// One for each metric at each place, in the order of the file.
    pub drifts: Vec<Drift>,
    /// Names that stand in the baseline and nowhere now.
    pub gone: Vec<String>,
    /// Names that the baseline does not have; they are not compared.
    pub new: Vec<String>,
}

/// One metric at one place, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// `fleet`, an enforcement point, a node or `disturbance/NAME`.
    pub name: String,
    /// The metric path.
    pub metric: String,
    /// What is allowed, as written.
    pub tolerance: String,
    /// What kind of number it is.
    pub quantity: Quantity,
    /// The seed that moved furthest the worse way.
    pub seed: u64,
    /// The baseline's value there; `None`: no sample.
    pub before: Option<Decimal>,
    /// The value now; `None`: no sample.
    pub after: Option<Decimal>,
    /// Every seed with the values then and now.
    pub values: Vec<SeedValues>,
    /// The move at that seed, in the unit of `change`.
    pub change_there: Option<f64>,
    /// The mean of all seeds' moves: a part of the baseline's value of spans and counts, else a difference. `None` where
    /// a side has no sample or the baseline's value is zero.
    pub change: Option<Estimate>,
    /// Whether every seed stayed within what is allowed.
    pub held: bool,
    /// Where to look first at that seed, of what did not hold.
    pub look: Option<String>,
    /// Whether every seed moved the better way by more than what is allowed the worse way.
    pub is_better: bool,
}

/// One seed of a metric, then and now; `None`: no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedValues {
    /// The seed.
    pub seed: u64,
    /// The baseline's value.
    pub before: Option<Decimal>,
    /// The value now.
    pub after: Option<Decimal>,
}

impl Comparison {
    /// Whether every metric held.
    #[must_use]
    pub fn held(&self) -> bool {
        self.drifts.iter().all(|drift| drift.held)
    }
}

/// Why a baseline cannot be compared with at all, found before anything runs; `None`: it can.
#[must_use]
pub fn mismatch(scenario: &Scenario, baseline: &Baseline, seeds: &[u64]) -> Option<String> {
    if !seeds.iter().any(|seed| baseline.seeds.contains(seed)) {
        let known: Vec<String> = baseline.seeds.iter().map(u64::to_string).collect();
        return Some(format!("holds the seeds {}, none of which this check runs", known.join(", ")));
    }
    let today = names_of_today(scenario);
    let is_known = |tolerance: &Tolerance| {
        baseline.rows.iter().any(|row| is_asked(tolerance, name_of(row, &today), row))
    };
    let missing = scenario.tolerances.iter().find(|tolerance| !is_known(tolerance))?;
    Some(format!("has no `{}` of anything that `{}` names", missing.metric, missing.selector))
}

/// Compares the reports of a check with a baseline.
#[must_use]
pub(super) fn compare(scenario: &Scenario, baseline: &Baseline, reports: &[&Report]) -> Comparison {
    let both = |seed: &u64| baseline.seeds.contains(seed);
    let paired: Vec<&Report> = reports.iter().copied().filter(|report| both(&report.seed)).collect();
    let seeds: Vec<u64> = paired.iter().map(|report| report.seed).collect();
    let now = rows(scenario, &paired);
    let then: BTreeMap<(&str, &str), Vec<Option<Decimal>>> = baseline
        .rows
        .iter()
        .map(|row| ((row.key.as_str(), row.metric.as_str()), at_seeds(&row.values, &baseline.seeds, &seeds)))
        .collect();
    let keys: BTreeMap<&str, &str> =
        now.iter().map(|(_, name, row)| (row.key.as_str(), name.as_str())).collect();
    let known: BTreeSet<&str> = then.keys().map(|(key, _)| *key).collect();
    let drift = |(tolerance, name, row): &(&Tolerance, String, Row)| {
        let before = then.get(&(row.key.as_str(), row.metric.as_str()))?;
        Some(drift(tolerance, name, row, before, &paired))
    };
    let new = keys.iter().filter(|(key, _)| !known.contains(*key));
    Comparison {
        uidsim_version: baseline.uidsim_version.clone(),
        is_same_scenario: baseline.scenario_hash == scenario.hash,
        changes: changes::changes(&baseline.outline, &changes::outline(&scenario.typed)),
        seeds_unknown: reports.iter().map(|report| report.seed).filter(|seed| !both(seed)).collect(),
        drifts: now.iter().filter_map(drift).collect(),
        gone: known.iter().filter(|key| !keys.contains_key(*key)).map(|key| (*key).to_owned()).collect(),
        new: new
            .map(|(key, name)| if key == name { (*name).to_owned() } else { format!("{name} (was {key})") })
            .collect(),
        seeds,
    }
}

/// The name of today of what a row is about.
fn name_of<'a>(row: &'a Row, today: &BTreeMap<&'a str, &'a str>) -> &'a str {
    today.get(row.key.as_str()).copied().unwrap_or(&row.key)
}

fn at_seeds(values: &[Option<Decimal>], known: &[u64], seeds: &[u64]) -> Vec<Option<Decimal>> {
    let at = |seed: &u64| known.iter().position(|own| own == seed).and_then(|index| values[index]);
    seeds.iter().map(at).collect()
}

fn drift(
    tolerance: &Tolerance,
    name: &str,
    row: &Row,
    before: &[Option<Decimal>],
    reports: &[&Report],
) -> Drift {
    let moves: Vec<Move> =
        before.iter().zip(&row.values).map(|pair| Move::of(tolerance, *pair.0, *pair.1)).collect();
    let worst =
        (0..moves.len()).reduce(|a, b| if moves[b].excess > moves[a].excess { b } else { a }).unwrap_or(0);
    let held = moves.iter().all(|one| one.excess <= 0);
    let parts: Option<Vec<f64>> = moves.iter().map(|one| one.part).collect();
    Drift {
        name: name.to_owned(),
        metric: row.metric.clone(),
        tolerance: tolerance.text.clone(),
        quantity: tolerance.quantity,
        seed: reports[worst].seed,
        before: before[worst],
        after: row.values[worst],
        values: reports
            .iter()
            .zip(before.iter().zip(&row.values))
            .map(|(report, (before, after))| SeedValues { seed: report.seed, before: *before, after: *after })
            .collect(),
        change_there: moves[worst].part,
        change: parts.and_then(|parts| estimate(&parts)),
        held,
        look: if held { None } else { first_place(&row.metric, name, reports[worst]) },
        is_better: moves.iter().all(|one| one.is_better),
    }
}

/// The move of one seed.
struct Move {
    /// How far it lies beyond what is allowed, in billionths; at most zero inside.
    excess: i128,
    /// The move for the mean.
    part: Option<f64>,
    /// Whether it went the better way by more than what is allowed.
    is_better: bool,
}

impl Move {
    fn of(tolerance: &Tolerance, before: Option<Decimal>, after: Option<Decimal>) -> Self {
        let (Some(before), Some(after)) = (before, after) else {
            // A sample that is gone is the worst there is; one that has come has nothing to compare with.
            let excess = if before.is_some() { i128::MAX } else { i128::MIN };
            return Self { excess, part: None, is_better: false };
        };
        let change = after.minus(before);
        let allowed = match tolerance.allowed {
            Allowance::Absolute(bound) => billionths(bound),
            Allowance::Relative(share) => before.billionths().abs() / 1_000 * billionths(share) / 1_000_000,
        };
        let size = change.billionths().abs();
        let is_worse = tolerance.is_worse(change.to_f64());
        let part = if tolerance.quantity.moves_in_parts() {
            (before != Decimal::ZERO).then(|| change.to_f64() / before.to_f64())
        } else {
            Some(change.to_f64())
        };
        // What moved the better way ranks below what did not move.
        let excess = if is_worse { size - allowed } else { -size - allowed };
        Self { excess, part, is_better: !is_worse && size > allowed }
    }
}

fn billionths(number: f64) -> i128 {
    Decimal::from_f64(number).map_or(0, Decimal::billionths)
}
