//! Phrases: what came of a plan in words, the same in every format.
//!
//! Knows plans. Must not know a format.

use super::axis::Level;
use super::effect::Effect;
use super::knee::{Edge, Knee, Ruling};
use super::plan::Plan;
use super::record::Busy;
use super::row::Row;
use super::theory::Theory;
use crate::gate::Estimate;
use crate::report::Decimal;
use crate::report::words;
use crate::scenario::{Expectation, Quantity};

/// Characters that a change may have and still stand in a table. Source: none, a choice.
const CHANGE_MAX: usize = 60;
/// From this utilisation on theory is told. Source: none, a choice: below it next to nothing waits.
const BUSY: f64 = 0.01;

/// `fleet staleness.p99 < 5s`
pub(crate) fn limit(limit: &Expectation) -> String {
    format!("{} {} {}", limit.selector, limit.metric, limit.limit)
}

/// A mean with half of its interval: `4.38 s ± 268 ms`.
pub(crate) fn with_interval(quantity: Quantity, estimate: Option<Estimate>) -> String {
    let said = |number: f64| Decimal::from_f64(number).map(|number| words::measured(quantity, number));
    let Some(mean) = estimate.and_then(|estimate| said(estimate.mean)) else { return "–".to_owned() };
    let width = estimate.and_then(|estimate| said(estimate.half_width?));
    width.map_or_else(|| mean.clone(), |width| format!("{mean} ± {width}"))
}

/// Where the limit stops to hold, and what is busiest there: sentences.
pub(crate) fn knee(plan: &Plan, knee: &Knee) -> Vec<String> {
    match knee {
        Knee::At(edge) => at(plan, edge).into_iter().chain(bottleneck(plan)).collect(),
        Knee::Everywhere => vec!["it holds at every level tried".to_owned()],
        Knee::Nowhere => vec!["it holds at no level tried".to_owned()],
        Knee::NotMonotone(told) => vec![not_monotone(told)],
    }
}

/// Which way the limit holds from an edge, and which way it does not: `up to`, `from`.
pub(crate) fn ways(edge: &Edge) -> (&'static str, &'static str) {
    if edge.holds_below { ("up to", "from") } else { ("down to", "at") }
}

fn at(plan: &Plan, edge: &Edge) -> [String; 2] {
    let path = plan.found.axes.first().map_or("", |axis| &axis.path);
    let (holds, breaks) = ways(edge);
    let mean = format!(
        "the mean over the seeds holds {holds} {path} = {}, and is beyond the limit {breaks} {}",
        edge.held.text, edge.breached.text
    );
    let interval = match (&edge.surely_held, &edge.surely_breached) {
        (Some(held), Some(breached)) => {
            format!("95 % interval of the knee: {} to {}", held.text, breached.text)
        }
        (Some(held), None) => {
            format!("it surely holds {holds} {}; nowhere tried is it surely breached", held.text)
        }
        (None, Some(breached)) => {
            format!("it is surely breached {breaks} {}; nowhere tried does it surely hold", breached.text)
        }
        (None, None) => "nowhere tried is it sure; more seeds (--seeds) make it so".to_owned(),
    };
    [mean, interval]
}

/// What saturates first where the limit still holds, and what is next behind it.
fn bottleneck(plan: &Plan) -> Option<String> {
    let busiest = plan.at_knee().map(Row::busiest).unwrap_or_default();
    let first = busiest.first()?;
    let name = |busy: &Busy| format!("{} at {}", busy.name, words::share(busy.utilisation));
    let mut text = format!("there the busiest {} is {}", first.kind, name(first));
    if let Some(next) = busiest.get(1) {
        text += &format!("; next behind it {}", name(next));
        let other = busiest.iter().find(|busy| busy.kind != first.kind).filter(|other| *other != next);
        text += &other.map_or_else(String::new, |other| format!(", and of another kind {}", name(other)));
    }
    Some(text)
}

/// Neighbours that say the same are one stretch.
fn not_monotone(told: &[(Level, Ruling)]) -> String {
    let mut stretches: Vec<(&str, &str, bool)> = Vec::new();
    for (level, ruling) in told {
        match stretches.last_mut() {
            Some((_, to, held)) if *held == ruling.held => *to = &level.text,
            _ => stretches.push((&level.text, &level.text, ruling.held)),
        }
    }
    let stretch = |(from, to, held): &(&str, &str, bool)| {
        let verb = if *held { "holds" } else { "is beyond" };
        if from == to { format!("{verb} at {from}") } else { format!("{verb} from {from} to {to}") }
    };
    let said: Vec<String> = stretches.iter().map(stretch).collect();
    let sure = told.iter().all(|(_, ruling)| ruling.sure);
    let doubt = if sure { "" } else { "; not every level is sure, more seeds (--seeds) may settle it" };
    format!("not monotone, so there is no one place: it {}{doubt}", said.join(", "))
}

/// Whether the bottleneck has enough to do for laws of waiting lines to say anything.
pub(crate) fn is_busy(theory: &Theory) -> bool {
    theory.levels.iter().any(|at| at.utilisation >= BUSY)
}

/// What the laws say as a whole: sentences.
pub(crate) fn theory(theory: &Theory) -> Vec<String> {
    if !is_busy(theory) {
        return vec![
            "it is idle nearly always, and all else is idler: no delay here is a queue's".to_owned(),
        ];
    }
    let saturated = theory.saturated_at.as_ref().map_or_else(
        || "its utilisation follows no law of this value".to_owned(),
        |level| format!("by the utilisation law it is saturated at {level}"),
    );
    let is_node = theory.levels.iter().any(|at| at.waiting.is_some());
    let waiting =
        "waiting: jobs on average; by theory from equally long to exponential service (Pollaczek-Khinchine)";
    std::iter::once(saturated).chain(is_node.then(|| waiting.to_owned())).collect()
}

/// How a change turned out.
pub(crate) fn effect(effect: &Effect) -> &'static str {
    let still = |change: Estimate| change.mean == 0.0 && change.half_width == Some(0.0);
    match effect.better {
        Some(true) => "better",
        Some(false) => "worse",
        None if effect.change.is_some_and(still) => "no change",
        None => "not sure",
    }
}

/// Whether changes are too long for a table, so that they have numbers there.
pub(crate) fn is_numbered(plan: &Plan) -> bool {
    plan.found.changed.iter().any(|row| row.point.said().chars().count() > CHANGE_MAX)
}

/// What the change of a row is called in a table.
pub(crate) fn change(plan: &Plan, row: usize) -> String {
    if is_numbered(plan) { format!("change {row}") } else { plan.found.changed[row].point.said() }
}

/// Advice, only of what its reruns confirm: sentences.
pub(crate) fn advice(plan: &Plan) -> Vec<String> {
    let metric = &plan.ranked;
    let base = &plan.found.changed[0];
    let mean = |row: &Row| {
        let mean = row.estimate(&metric.path).and_then(|estimate| Decimal::from_f64(estimate.mean));
        mean.map_or_else(|| "–".to_owned(), |mean| words::measured(metric.quantity, mean))
    };
    let count = plan.found.seeds.len();
    let confirmed = plan.effects.iter().filter(|effect| effect.better == Some(true));
    let lines = confirmed.map(|effect| {
        let row = &plan.found.changed[effect.row];
        let next = row.busiest().first().map_or_else(String::new, |busy| {
            format!("; then {} is busiest, {}", busy.name, words::share(busy.utilisation))
        });
        let (name, path, from, to) = (change(plan, effect.row), &metric.path, mean(base), mean(row));
        format!("{name} brings {path} from {from} to {to}, confirmed by {count} paired reruns{next}")
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { vec!["none of them surely helps".to_owned()] } else { lines }
}
