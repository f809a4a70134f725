//! A plan for a terminal.
//!
//! Knows plans. Must not know where they are printed.

use super::knee::{Edge, Knee};
use super::plan::{Plan, ruling};
use super::sheet::Row;
use super::theory;
use crate::gate::Estimate;
use crate::report::Decimal;
use crate::report::paint::Paint;
use crate::report::words;
use crate::scenario::Quantity;

/// For a terminal: a row for each point, the knee, what changes would do. Shape: lines of text, the last one ended.
#[must_use]
pub fn print(plan: &Plan, colour: bool) -> String {
    let paint = Paint(colour);
    let seeds: Vec<String> = plan.seeds.iter().map(u64::to_string).collect();
    let plural = if seeds.len() == 1 { "seed" } else { "seeds" };
    let mut text = format!("{}  {plural} {}\n", paint.bold(&plan.name), seeds.join(", "));
    if !plan.rows.is_empty() {
        text += &paint.title(
            "POINTS",
            "means over the seeds ± half the width of their 95 % interval; busiest: what saturates first",
        );
        text += &points(plan);
    }
    if let (Some(knee), Some(limit)) = (&plan.knee, &plan.limit) {
        let about = format!("where {} {} {} stops to hold", limit.selector, limit.metric, limit.limit);
        text += &paint.title("KNEE", &about);
        text += &match knee {
            Knee::At(edge) => at(plan, edge),
            Knee::Everywhere => "  it holds at every level tried\n".to_owned(),
            Knee::Nowhere => "  it holds at no level tried\n".to_owned(),
            Knee::NotMonotone(turns) => {
                not_monotone(turns.iter().map(|(level, held)| (level.text.as_str(), *held)))
            }
        };
    }
    if !plan.changed.is_empty() {
        let about = format!(
            "each change against the file as it stands, by {} of the fleet, seed by seed",
            plan.ranked().path
        );
        text += &paint.title("WHAT IF", &about);
        text += &changes(plan, paint);
    }
    text
}

fn points(plan: &Plan) -> String {
    let mut head = plan.paths.clone();
    head.extend(
        plan.limit.iter().map(|limit| format!("{} {} {}", limit.selector, limit.metric, limit.limit)),
    );
    head.extend(plan.metrics.iter().map(|metric| metric.path.clone()));
    head.push("busiest".to_owned());
    let row = |row: &Row| {
        let mut cells: Vec<String> = row.point.0.iter().map(|(_, value)| value.clone()).collect();
        if let Some(limit) = &plan.limit {
            let held = if ruling(limit, row.judged()).held { "holds" } else { "breached" };
            cells.push(format!("{}  {held}", with_interval(limit.quantity, row.judged())));
        }
        cells.extend(
            plan.metrics.iter().map(|metric| with_interval(metric.quantity, row.estimate(&metric.path))),
        );
        cells.push(row.busiest().first().map_or_else(
            || "–".to_owned(),
            |busy| format!("{} {}", words::share(busy.utilisation), busy.name),
        ));
        cells
    };
    let rows = std::iter::once(head).chain(plan.rows.iter().map(row)).collect();
    let right: Vec<usize> =
        (0..plan.paths.len() + plan.metrics.len() + usize::from(plan.limit.is_some())).collect();
    words::columns(rows, &right)
}

fn with_interval(quantity: Quantity, estimate: Option<Estimate>) -> String {
    let said = |number: f64| Decimal::from_f64(number).map(|number| words::measured(quantity, number));
    let Some(mean) = estimate.and_then(|estimate| said(estimate.mean)) else { return "–".to_owned() };
    let width = estimate.and_then(|estimate| said(estimate.half_width?));
    width.map_or_else(|| mean.clone(), |width| format!("{mean} ± {width}"))
}

fn at(plan: &Plan, edge: &Edge) -> String {
    let path = plan.paths.first().map_or("", String::as_str);
    let (holds, breaks) = if edge.holds_below { ("up to", "from") } else { ("from", "up to") };
    let mut text = format!(
        "  it holds {holds} {path} = {}, and is breached {breaks} {}\n",
        edge.held.text, edge.breached.text
    );
    text += &match &edge.interval {
        [Some(held), Some(breached)] => format!(
            "  95 % interval: {} to {}; at the one the whole interval of the mean holds, at the other none of it\n",
            held.text, breached.text
        ),
        _ => "  no 95 % interval within the range; try more seeds (--seeds) or a wider range\n".to_owned(),
    };
    text + &laws(plan, &edge.held.text)
}

/// What theory says of the busiest node at the level that still holds.
fn laws(plan: &Plan, level: &str) -> String {
    let Some(row) = plan.rows.iter().find(|row| row.point.0.first().is_some_and(|(_, value)| value == level))
    else {
        return String::new();
    };
    let busiest = row.busiest();
    let Some(busy) = busiest.first() else { return String::new() };
    let utilisation = busy.utilisation.to_f64();
    let mut text = format!("  there {} is busiest, {}", busy.name, words::share(busy.utilisation));
    if let Some(next) = busiest.get(1) {
        text += &format!("; the next one behind it is {}, {}", next.name, words::share(next.utilisation));
    }
    text.push('\n');
    if let (Some(constant), Some(exponential), Some(measured)) =
        (theory::queue_constant(utilisation), theory::queue_exponential(utilisation), busy.queue_mean)
    {
        text += &format!(
            "  theory: were its jobs to come at random, {constant:.2} (equally long) to {exponential:.2} (exponential) would wait; \
             measured {:.2}\n",
            measured.to_f64()
        );
    }
    if let Some(drain) = theory::drain(utilisation) {
        text += &format!(
            "  theory: what piles up there in 10 minutes takes {:.1} minutes to drain\n",
            drain * 10.0
        );
    }
    text + &saturation(plan, &busy.name)
}

/// Where the utilisation law has the busiest node saturated, from the two ends of an axis of plain numbers.
fn saturation(plan: &Plan, name: &str) -> String {
    let number = |row: &Row| row.point.0.first().and_then(|(_, value)| value.parse::<f64>().ok());
    let utilisation = |row: &Row| {
        row.busiest().into_iter().find(|busy| busy.name == name).map(|busy| busy.utilisation.to_f64())
    };
    let end = |row: Option<&Row>| row.and_then(|row| Some((number(row)?, utilisation(row)?)));
    let ends = (end(plan.rows.first()), end(plan.rows.last()));
    let (Some(from), Some(to)) = ends else { return String::new() };
    theory::saturation([from, to]).filter(|level| *level > from.0).map_or_else(String::new, |level| {
        format!("  theory: by the utilisation law it is saturated at {level:.0}\n")
    })
}

fn not_monotone<'a>(turns: impl Iterator<Item = (&'a str, bool)>) -> String {
    let said: Vec<String> =
        turns.map(|(level, held)| format!("{level} {}", if held { "holds" } else { "breached" })).collect();
    format!("  there is no one place: it stops and holds again ({})\n", said.join(", "))
}

fn changes(plan: &Plan, paint: Paint) -> String {
    let metric = plan.ranked();
    let value = |row: &Row| with_interval(metric.quantity, row.estimate(&metric.path));
    let mut rows =
        vec![vec!["as it stands".to_owned(), value(&plan.changed[0]), String::new(), String::new()]];
    for effect in plan.effects() {
        let row = &plan.changed[effect.row];
        let named: Vec<String> = row.point.0.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let said = match effect.better {
            Some(true) => "better",
            Some(false) => "worse",
            None => "not sure",
        };
        rows.push(vec![
            named.join("; "),
            value(row),
            crate::gate::moved(metric.quantity, effect.change),
            said.to_owned(),
        ]);
    }
    let text = words::columns(rows, &[1, 2]);
    let painted = text.lines().map(|line| match line {
        _ if line.ends_with("better") => format!("{}\n", paint.green(line)),
        _ if line.ends_with("worse") => format!("{}\n", paint.red(line)),
        _ => format!("{line}\n"),
    });
    painted.collect()
}
