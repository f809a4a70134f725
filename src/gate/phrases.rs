//! Phrases: what every format says of an expectation, an entry, a drift.
//!
//! Knows verdicts. Must not know where the words are put.

use super::changes::Change;
use super::drift::{Comparison, Drift};
use super::statistics::Estimate;
use super::verdict::{EntryJudgement, Expected};
use crate::report::{Decimal, Judgement, words};
use crate::scenario::Quantity;

/// Changed keys that are named; the rest is counted.
const CHANGES_MAX: usize = 12;

/// `fleet staleness.p99 < 5s`
pub(crate) fn expectation(judgement: &Judgement) -> String {
    format!("{} {} {}", judgement.selector, judgement.metric, judgement.limit)
}

/// `11.8 s`, or that there was no sample.
pub(crate) fn measured(judgement: &Judgement) -> String {
    judgement
        .measured
        .map_or_else(|| "no sample".to_owned(), |value| words::measured(judgement.quantity, value))
}

/// `6.81 s beyond the limit`, `1.20 s to spare`; nothing of what is true or false, or not measured.
pub(crate) fn margin(judgement: &Judgement) -> String {
    let Some(margin) = judgement.margin.filter(|_| judgement.quantity != Quantity::Flag) else {
        return String::new();
    };
    let size = match judgement.quantity {
        Quantity::Share => points(margin.to_f64().abs()),
        quantity => words::measured(quantity, Decimal::ZERO.minus(margin.negative())),
    };
    format!("{size} {}", if judgement.held { "to spare" } else { "beyond the limit" })
}

/// `at fw-berlin-3, seed 2`
pub(crate) fn place(expected: &Expected) -> String {
    let seed = expected.seed;
    expected.point.as_ref().map_or_else(|| format!("seed {seed}"), |point| format!("at {point}, seed {seed}"))
}

/// `fw-berlin-1 at 09:20: 10.1.2.3 is alice`
pub(crate) fn entry(entry: &EntryJudgement) -> String {
    format!("{} at {}: {} is {}", entry.node, entry.at, entry.address, user(entry.expected.as_deref()))
}

/// A user, or that nobody is known.
pub(crate) fn user(user: Option<&str>) -> &str {
    user.unwrap_or("unknown")
}

/// `4.31 s → 11.8 s`
pub(crate) fn values(drift: &Drift) -> String {
    let side = |value: Option<Decimal>| {
        value.map_or_else(|| "no sample".to_owned(), |value| words::measured(drift.quantity, value))
    };
    format!("{} → {}", side(drift.before), side(drift.after))
}

/// `+1.62 %`: the move at the seed that is judged.
pub(crate) fn change(drift: &Drift) -> String {
    drift
        .change_there
        .map_or_else(String::new, |there| moved(drift.quantity, Estimate { mean: there, half_width: None }))
}

/// `mean of 3 seeds -1.32 % ± 9.19 %`, with a 95 % confidence interval; nothing of one seed.
pub(crate) fn mean_change(drift: &Drift) -> String {
    let mean = drift.change.filter(|change| change.half_width.is_some());
    mean.map_or_else(String::new, |mean| {
        format!("mean of {} seeds {}", drift.values.len(), moved(drift.quantity, mean))
    })
}

/// A mean move with its interval.
pub(crate) fn moved(quantity: Quantity, change: Estimate) -> String {
    let size = |number: f64| {
        if quantity.moves_in_parts() { format!("{} %", percent(number)) } else { points(number) }
    };
    let sign = if change.mean < 0.0 { "-" } else { "+" };
    let interval = change.half_width.map_or_else(String::new, |width| format!(" ± {}", size(width)));
    format!("{sign}{}{interval}", size(change.mean.abs()))
}

fn points(share: f64) -> String {
    format!("{} points", percent(share))
}

/// A share in percent with three digits.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent {
        _ if percent >= 99.95 => 0,
        _ if percent >= 9.995 => 1,
        _ if percent >= 0.995 || percent == 0.0 => 2,
        _ => 4,
    };
    format!("{percent:.decimals$}")
}

/// What lies between the baseline and now: the program, or keys of the file.
pub(crate) fn cause(comparison: &Comparison) -> String {
    let (then, now) = (&comparison.uidsim_version, env!("CARGO_PKG_VERSION"));
    if comparison.is_same_scenario {
        let mut values = comparison.drifts.iter().flat_map(|drift| &drift.values);
        let moved = values.any(|value| value.before != value.after);
        return if !moved {
            "the scenario is the baseline's, and nothing has moved".to_owned()
        } else if then == now {
            "the scenario is the baseline's; what moved, the program moved".to_owned()
        } else {
            format!(
                "the scenario is the baseline's; what moved, the program moved (uidsim {then} then, {now} now)"
            )
        };
    }
    if comparison.changes.is_empty() {
        return "no key of the topology differs from the baseline; a rename that it declares, the order of its keys, a \
                file that it names, its name or a default of the program does"
            .to_owned();
    }
    let mut named: Vec<String> = comparison.changes.iter().take(CHANGES_MAX).map(key).collect();
    let rest = comparison.changes.len() - named.len();
    if rest > 0 {
        named.push(format!("and {rest} keys more"));
    }
    format!("the topology has changed since the baseline: {}", named.join("; "))
}

fn key(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} {before} → {after}", change.path),
        (None, Some(after)) => format!("{} is new ({after})", change.path),
        (Some(before), None) => format!("{} is gone ({before})", change.path),
        (None, None) => change.path.clone(),
    }
}

/// Names that only one side has, and seeds; nothing where both sides match.
pub(crate) fn unmatched(comparison: &Comparison) -> Vec<String> {
    let mut said = Vec::new();
    let list = |names: &[String]| {
        let shown = names.iter().take(CHANGES_MAX).cloned().collect::<Vec<_>>().join(", ");
        let rest = names.len().saturating_sub(CHANGES_MAX);
        if rest > 0 { format!("{shown} and {rest} more") } else { shown }
    };
    if !comparison.gone.is_empty() {
        said.push(format!("gone, in the baseline only: {}", list(&comparison.gone)));
    }
    if !comparison.new.is_empty() {
        said.push(format!("new, not in the baseline and not compared: {}", list(&comparison.new)));
    }
    if !comparison.gone.is_empty() && !comparison.new.is_empty() {
        said.push("where one is the other renamed, say so in the topology: `was: OLD`".to_owned());
    }
    if !comparison.seeds_unknown.is_empty() {
        let seeds: Vec<String> = comparison.seeds_unknown.iter().map(u64::to_string).collect();
        said.push(format!("not in the baseline and not compared: seed {}", list(&seeds)));
    }
    said
}
