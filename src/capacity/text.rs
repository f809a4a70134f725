//! A plan for a terminal: a row for each point, the knee, theory beside it, what changes bring.
//!
//! Knows plans. Must not know where they are printed.

use super::axis::Level;
use super::knee::{Edge, Knee, Ruling};
use super::plan::Plan;
use super::row::Row;
use super::theory::Theory;
use crate::gate::{self, Estimate};
use crate::report::Decimal;
use crate::report::paint::Paint;
use crate::report::words;
use crate::scenario::{Expectation, Quantity};

/// Parts of the delay that a point's row names. Source: none, a choice.
const PARTS_SHOWN: usize = 2;
/// Characters that a change may have and still stand in the table. Source: none, a choice.
const CHANGE_MAX: usize = 60;
/// From this utilisation on theory is told in text. Source: none, a choice: below it next to nothing waits.
const BUSY: f64 = 0.01;
/// The outage whose backlog theory drains, in minutes. Source: none, an example.
const OUTAGE_MINUTES: f64 = 10.0;

/// For a terminal. Shape: lines of text, the last one ended.
#[must_use]
pub fn print(plan: &Plan, colour: bool) -> String {
    let (paint, found) = (Paint(colour), &plan.found);
    let seeds: Vec<String> = found.seeds.iter().map(u64::to_string).collect();
    let plural = if seeds.len() == 1 { "seed" } else { "seeds" };
    let mut text = format!("{}  {plural} {}\n", paint.bold(&found.name), seeds.join(", "));
    if found.partial {
        text += &paint.red("PARTIAL: interrupted; points that were not finished are missing");
        text.push('\n');
    }
    if !found.rows.is_empty() {
        let about =
            "means over the seeds ± half of their 95 % interval; where the delay goes; what is busiest";
        text += &paint.title("POINTS", about);
        text += &points(plan);
    }
    if let (Some(knee), Some(limit)) = (&found.knee, &found.limit) {
        text += &paint.title("KNEE", &format!("where {} stops to hold", said(limit)));
        text += &self::knee(plan, knee);
    }
    if let Some(theory) = &plan.theory {
        let about = format!("of {}, as if its jobs came at random, beside what was measured", theory.name);
        text += &paint.title("THEORY", &about);
        let is_busy = theory.levels.iter().any(|at| at.utilisation >= BUSY);
        let idle = "  it is idle nearly always, and all else is idler: no delay here is a queue's\n";
        text += &if is_busy { laws(plan, theory) } else { idle.to_owned() };
    }
    if !found.changed.is_empty() {
        let about = format!(
            "each change against the file as it stands, by {} of the fleet, seed by seed",
            plan.ranked.path
        );
        text += &paint.title("WHAT IF", &about);
        text += &changes(plan, paint);
    }
    text
}

fn said(limit: &Expectation) -> String {
    format!("{} {} {}", limit.selector, limit.metric, limit.limit)
}

fn points(plan: &Plan) -> String {
    let limit = plan.found.limit.as_ref();
    let mut head: Vec<String> = plan.found.axes.iter().map(|axis| axis.path.clone()).collect();
    let axes = head.len();
    head.extend(limit.map(|limit| [said(limit), String::new()]).into_iter().flatten());
    head.extend(plan.metrics.iter().map(|metric| metric.path.clone()));
    head.extend(["delay", "busiest"].map(str::to_owned));
    let row = |row: &Row| {
        let mut cells: Vec<String> = row.point.0.iter().map(|(_, value)| value.clone()).collect();
        if let Some(limit) = limit {
            cells.push(with_interval(limit.quantity, row.judged(limit)));
            cells.push(row.ruling(limit).word().to_owned());
        }
        let metrics = plan.metrics.iter();
        cells.extend(metrics.map(|metric| with_interval(metric.quantity, row.estimate(&metric.path))));
        cells.extend([delay(row), busiest(row)]);
        cells
    };
    let rows = std::iter::once(head).chain(plan.found.rows.iter().map(row)).collect();
    let first = axes + limit.map_or(0, |_| 2);
    let right = (0..=axes).filter(|at| *at < axes || limit.is_some());
    let right: Vec<usize> = right.chain(first..first + plan.metrics.len()).collect();
    words::columns(rows, &right)
}

fn with_interval(quantity: Quantity, estimate: Option<Estimate>) -> String {
    let said = |number: f64| Decimal::from_f64(number).map(|number| words::measured(quantity, number));
    let Some(mean) = estimate.and_then(|estimate| said(estimate.mean)) else { return "–".to_owned() };
    let width = estimate.and_then(|estimate| said(estimate.half_width?));
    width.map_or_else(|| mean.clone(), |width| format!("{mean} ± {width}"))
}

/// `recover 54 %, batch 35 %`
fn delay(row: &Row) -> String {
    let part = |(name, share): (&str, f64)| format!("{name} {:.0} %", share * 100.0);
    let seen = row.delay().into_iter().filter(|(_, share)| *share >= 0.005);
    let parts: Vec<String> = seen.take(PARTS_SHOWN).map(part).collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

fn busiest(row: &Row) -> String {
    row.busiest()
        .first()
        .map_or_else(|| "–".to_owned(), |busy| format!("{} {}", words::share(busy.utilisation), busy.name))
}

fn knee(plan: &Plan, knee: &Knee) -> String {
    match knee {
        Knee::At(edge) => at(plan, edge) + &bottleneck(plan),
        Knee::Everywhere => "  it holds at every level tried\n".to_owned(),
        Knee::Nowhere => "  it holds at no level tried\n".to_owned(),
        Knee::NotMonotone(told) => not_monotone(told),
    }
}

fn at(plan: &Plan, edge: &Edge) -> String {
    let path = plan.found.axes.first().map_or("", |axis| &axis.path);
    let (holds, breaks) = if edge.holds_below { ("up to", "from") } else { ("down to", "at") };
    let mut text = format!(
        "  the mean over the seeds holds {holds} {path} = {}, and is beyond the limit {breaks} {}\n",
        edge.held.text, edge.breached.text
    );
    text += &match (&edge.surely_held, &edge.surely_breached) {
        (Some(held), Some(breached)) => {
            format!("  95 % interval of the knee: {} to {}\n", held.text, breached.text)
        }
        (Some(held), None) => {
            format!("  it surely holds {holds} {}; nowhere tried is it surely breached\n", held.text)
        }
        (None, Some(breached)) => {
            format!("  it is surely breached {breaks} {}; nowhere tried does it surely hold\n", breached.text)
        }
        (None, None) => "  nowhere tried is it sure; more seeds (--seeds) make it so\n".to_owned(),
    };
    text
}

/// What saturates first where the limit still holds, and what is next behind it.
fn bottleneck(plan: &Plan) -> String {
    let busiest = plan.at_knee().map(Row::busiest).unwrap_or_default();
    let Some(first) = busiest.first() else { return String::new() };
    let name = |busy: &super::record::Busy| format!("{} at {}", busy.name, words::share(busy.utilisation));
    let mut text = format!("  there the busiest {} is {}", first.kind, name(first));
    if let Some(next) = busiest.get(1) {
        text += &format!("; next behind it {}", name(next));
        let other = busiest.iter().find(|busy| busy.kind != first.kind).filter(|other| *other != next);
        text += &other.map_or_else(String::new, |other| format!(", and of another kind {}", name(other)));
    }
    text + "\n"
}

fn laws(plan: &Plan, theory: &Theory) -> String {
    let path = plan.found.axes.first().map_or("", |axis| &axis.path);
    let head = [path, "utilisation", "by the law", "waiting", "by theory", "10 min of backlog drain in"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let share = |value: f64| Decimal::from_f64(value).map_or_else(|| "–".to_owned(), words::share);
    for at in theory.levels.iter().filter(|at| is_told(plan, &at.level)) {
        let band = at.waiting_constant.zip(at.waiting_exponential);
        rows.push(vec![
            at.level.clone(),
            share(at.utilisation),
            at.utilisation_by_law.map_or_else(|| "–".to_owned(), share),
            at.waiting.map_or_else(|| "–".to_owned(), jobs),
            band.filter(|_| at.waiting.is_some()).map_or_else(
                || "–".to_owned(),
                |(constant, exponential)| format!("{} to {}", jobs(constant), jobs(exponential)),
            ),
            at.drain.map_or_else(|| "never".to_owned(), |drain| format!("{:.1} min", drain * OUTAGE_MINUTES)),
        ]);
    }
    let mut text = words::columns(rows, &[0, 1, 2, 3, 4, 5]);
    text += &theory.saturated_at.as_ref().map_or_else(
        || "  its utilisation follows no law of this value\n".to_owned(),
        |level| format!("  by the utilisation law it is saturated at {level}\n"),
    );
    let is_node = theory.levels.iter().any(|at| at.waiting.is_some());
    if is_node {
        text += "  waiting: jobs on average; by theory from equally long to exponential service (Pollaczek-Khinchine)\n";
    }
    text
}

/// The levels that theory is told of in text: those of the axis, and those that make the knee.
fn is_told(plan: &Plan, level: &str) -> bool {
    let of_axis = plan.found.axes.iter().flat_map(|axis| &axis.levels);
    let of_edge = match &plan.found.knee {
        Some(Knee::At(Edge { held, breached, surely_held, surely_breached, .. })) => {
            [Some(held), Some(breached), surely_held.as_ref(), surely_breached.as_ref()]
        }
        _ => [None; 4],
    };
    of_axis.chain(of_edge.into_iter().flatten()).any(|known| known.text == level)
}

fn jobs(count: f64) -> String {
    if count < 9.995 { format!("{count:.3}") } else { format!("{count:.1}") }
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
    format!("  not monotone, so there is no one place: it {}{doubt}\n", said.join(", "))
}

fn changes(plan: &Plan, paint: Paint) -> String {
    let metric = &plan.ranked;
    let value = |row: &Row| with_interval(metric.quantity, row.estimate(&metric.path));
    let base = &plan.found.changed[0];
    let mut rows = vec![vec!["as it stands".to_owned(), value(base), String::new(), String::new()]];
    for effect in &plan.effects {
        let row = &plan.found.changed[effect.row];
        let said = match effect.better {
            Some(true) => "better",
            Some(false) => "worse",
            None if effect
                .change
                .is_some_and(|change| change.mean == 0.0 && change.half_width == Some(0.0)) =>
            {
                "no change"
            }
            None => "not sure",
        };
        let moved =
            effect.change.map_or_else(|| "–".to_owned(), |change| gate::moved(metric.quantity, change));
        rows.push(vec![name(plan, effect.row), value(row), moved, said.to_owned()]);
    }
    let text = words::columns(rows, &[1, 2]);
    let painted = text.lines().map(|line| match line {
        _ if line.ends_with("better") => format!("{}\n", paint.green(line)),
        _ if line.ends_with("worse") => format!("{}\n", paint.red(line)),
        _ => format!("{line}\n"),
    });
    painted.collect::<String>() + &advice(plan) + &legend(plan)
}

/// Whether changes are too long for a table, so that they have numbers there.
fn is_numbered(plan: &Plan) -> bool {
    plan.found.changed.iter().any(|row| row.point.said().chars().count() > CHANGE_MAX)
}

/// What the change of a row is called in the table.
fn name(plan: &Plan, row: usize) -> String {
    if is_numbered(plan) { format!("change {row}") } else { plan.found.changed[row].point.said() }
}

/// What the numbers of changes stand for.
fn legend(plan: &Plan) -> String {
    let numbered = plan.found.changed.iter().enumerate().skip(1).filter(|_| is_numbered(plan));
    numbered.map(|(row, change)| format!("  change {row}: {}\n", change.point.said())).collect()
}

/// In words, only of what its reruns confirm.
fn advice(plan: &Plan) -> String {
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
        format!(
            "  {} brings {} from {} to {}, confirmed by {count} paired reruns{next}\n",
            name(plan, effect.row),
            metric.path,
            mean(base),
            mean(row)
        )
    });
    let text: String = lines.collect();
    if text.is_empty() { "  none of them surely helps\n".to_owned() } else { text }
}
