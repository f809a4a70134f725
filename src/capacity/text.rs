//! A plan for a terminal: a row for each point, the knee, theory beside it, what changes bring.
//!
//! Knows plans. Must not know where they are printed.

use super::knee::{Edge, Knee};
use super::phrases;
use super::plan::Plan;
use super::row::Row;
use super::theory::Theory;
use crate::gate;
use crate::report::Decimal;
use crate::report::paint::Paint;
use crate::report::words;

/// Parts of the delay that a point's row names. Source: none, a choice.
const PARTS_SHOWN: usize = 2;
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
        text += &paint.title("KNEE", &format!("where {} stops to hold", phrases::limit(limit)));
        text += &lines(&phrases::knee(plan, knee));
    }
    if let Some(theory) = &plan.theory {
        let about = format!("of {}, as if its jobs came at random, beside what was measured", theory.name);
        text += &paint.title("THEORY", &about);
        if phrases::is_busy(theory) {
            text += &laws(plan, theory);
        }
        text += &lines(&phrases::theory(theory));
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

/// Sentences as lines of a section.
fn lines(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| format!("  {sentence}\n")).collect()
}

fn points(plan: &Plan) -> String {
    let limit = plan.found.limit.as_ref();
    let mut head: Vec<String> = plan.found.axes.iter().map(|axis| axis.path.clone()).collect();
    let axes = head.len();
    head.extend(limit.map(|limit| [phrases::limit(limit), String::new()]).into_iter().flatten());
    head.extend(plan.metrics.iter().map(|metric| metric.path.clone()));
    head.extend(["delay", "busiest"].map(str::to_owned));
    let row = |row: &Row| {
        let mut cells: Vec<String> = row.point.0.iter().map(|(_, value)| value.clone()).collect();
        if let Some(limit) = limit {
            cells.push(phrases::with_interval(limit.quantity, row.judged(limit)));
            cells.push(row.ruling(limit).word().to_owned());
        }
        let metrics = plan.metrics.iter();
        cells.extend(
            metrics.map(|metric| phrases::with_interval(metric.quantity, row.estimate(&metric.path))),
        );
        cells.extend([delay(row), busiest(row)]);
        cells
    };
    let rows = std::iter::once(head).chain(plan.found.rows.iter().map(row)).collect();
    let first = axes + limit.map_or(0, |_| 2);
    let right = (0..=axes).filter(|at| *at < axes || limit.is_some());
    let right: Vec<usize> = right.chain(first..first + plan.metrics.len()).collect();
    words::columns(rows, &right)
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
    words::columns(rows, &[0, 1, 2, 3, 4, 5])
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

fn changes(plan: &Plan, paint: Paint) -> String {
    let metric = &plan.ranked;
    let value = |row: &Row| phrases::with_interval(metric.quantity, row.estimate(&metric.path));
    let base = &plan.found.changed[0];
    let mut rows = vec![vec!["as it stands".to_owned(), value(base), String::new(), String::new()]];
    for effect in &plan.effects {
        let row = &plan.found.changed[effect.row];
        let moved =
            effect.change.map_or_else(|| "–".to_owned(), |change| gate::moved(metric.quantity, change));
        rows.push(vec![
            phrases::change(plan, effect.row),
            value(row),
            moved,
            phrases::effect(effect).to_owned(),
        ]);
    }
    let text = words::columns(rows, &[1, 2]);
    let painted = text.lines().map(|line| match line {
        _ if line.ends_with("better") => format!("{}\n", paint.green(line)),
        _ if line.ends_with("worse") => format!("{}\n", paint.red(line)),
        _ => format!("{line}\n"),
    });
    painted.collect::<String>() + &lines(&phrases::advice(plan)) + &legend(plan)
}

/// What the numbers of changes stand for.
fn legend(plan: &Plan) -> String {
    let numbered = plan.found.changed.iter().enumerate().skip(1).filter(|_| phrases::is_numbered(plan));
    numbered.map(|(row, change)| format!("  change {row}: {}\n", change.point.said())).collect()
}
