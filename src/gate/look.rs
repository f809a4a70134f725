//! Look: the first place to look when something is not as expected.
//!
//! Knows what a metric is made of: delays or causes. Must not know what was expected.

use crate::report::{Decimal, HopMeans, Measures, PartMeans, Report, words};

/// Where most of what the metric tells of was, at `name` (`fleet`, an enforcement point); `None` where the report does
/// not say.
pub(super) fn first_place(metric: &str, name: &str, report: &Report) -> Option<String> {
    let point = report.enforcement_points.iter().find(|point| point.name == name);
    let measures = point.map_or(&report.fleet.measures, |point| &point.measures);
    match metric.split('.').next()? {
        "staleness" | "change_staleness" | "age_of_information" | "convergence" | "visibility"
        | "delay_breakdown" => delay(measures),
        "consistency"
        | "replica_consistency"
        | "class"
        | "exposure"
        | "blame"
        | "agreement"
        | "versions_behind"
        | "age_of_incorrect_information" => cause(measures),
        "fates" => loss(measures),
        _ => None,
    }
}

/// The largest part of the mean delay, and the hop where most of it was spent.
fn delay(measures: &Measures) -> Option<String> {
    let mean = measures.staleness_seconds.mean?;
    let means = &measures.delay_breakdown_seconds;
    let observe = ("observe", means.observe);
    let (name, part) = std::iter::once(observe)
        .chain(parts(&means.parts))
        .filter_map(|(name, part)| Some((name, part?)))
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let mut text = format!("{name}, {} of the mean {}", words::span(part), words::span(mean));
    let at_hop = |hop: &HopMeans| parts(&hop.parts).into_iter().find(|(own, _)| *own == name)?.1;
    let hops = measures.delay_breakdown_hops.iter().filter_map(|hop| Some((hop, at_hop(hop)?)));
    if let Some((hop, spent)) = hops.reduce(|a, b| if b.1 > a.1 { b } else { a })
        && spent > Decimal::ZERO
    {
        text += &format!("; most of it from {} to {} ({})", hop.from, hop.to, words::span(spent));
    }
    Some(text)
}

fn parts(means: &PartMeans) -> [(&'static str, Option<Decimal>); 6] {
    [
        ("batch", means.batch),
        ("queue", means.queue),
        ("process", means.process),
        ("transmit", means.transmit),
        ("propagate", means.propagate),
        ("recover", means.recover),
    ]
}

/// The heaviest cause of what is not current, and the hop if it was under way.
fn cause(measures: &Measures) -> Option<String> {
    let blame = &measures.blame_seconds;
    let causes = [
        ("unobserved", blame.unobserved),
        ("in_transit", blame.in_transit),
        ("lost", blame.lost),
        ("expired", blame.expired),
        ("conflict", blame.conflict),
        ("disconnected", blame.disconnected),
    ];
    let all: i128 = causes.iter().map(|(_, seconds)| seconds.billionths()).sum();
    let (name, seconds) = causes.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let share = Decimal::share(seconds.billionths().unsigned_abs(), all.unsigned_abs())?;
    let mut text = format!("{name}, {} of what is not current", words::share(share));
    let hops = measures.blame_in_transit_hops.iter();
    if let Some(hop) = hops.reduce(|a, b| if b.seconds > a.seconds { b } else { a })
        && name == "in_transit"
    {
        text += &format!("; most of it from {} to {}", hop.from, hop.to);
    }
    Some(text)
}

/// The commonest reason for which updates were lost.
fn loss(measures: &Measures) -> Option<String> {
    let lost = measures.fates.lost;
    let reasons = [
        ("loss", lost.loss),
        ("queue", lost.queue),
        ("crash", lost.crash),
        ("hops", lost.hops),
        ("port", lost.port),
        ("key", lost.key),
    ];
    let (name, count) = reasons.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let of_all =
        || format!("{name}, {} of {} lost", words::count(count.into()), words::count(lost.total.into()));
    (count > 0).then(of_all)
}
