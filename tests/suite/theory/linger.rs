//! Entries that outlive their stay, and stays that outlive their entry: exactly, stay by stay.

use std::collections::BTreeMap;

use uidsim::observe::PointFindings;
use uidsim::units::{Instant, Span};
use uidsim::workload::{Event, Stay, Workload};

use super::bench::{Run, Sheet, replicate};

/// From an update until the firewall has applied it.
const DELAY: Span = Span::from_millis(20);
/// The firewall's.
const TIMEOUT: Span = Span::from_seconds(15 * 60);

/// What theory says of one run. Units: address-nanoseconds.
#[derive(Clone, Copy, Default)]
struct Expected {
    current: u128,
    outdated: u128,
    /// Before the log-on has come, where nobody else's entry was left.
    missing_first: u128,
    /// After the timeout, until the next refresh or the end.
    missing_expired: u128,
    lingering: u128,
    stays: u128,
}

/// The span from `begin` to `end`, which may lie before it. Units: nanoseconds.
fn span(begin: Instant, end: Instant) -> u128 {
    u128::from(end.nanos().saturating_sub(begin.nanos()))
}

/// What the firewall has of one stay: a log-on and refreshes at `seen`.
struct Seen {
    stay: Stay,
    seen: Vec<Instant>,
}

/// Every stay of every address, with what was noticed of it.
fn watched(workload: &Workload) -> Vec<Vec<Seen>> {
    let mut of_user: BTreeMap<usize, Vec<Instant>> = BTreeMap::new();
    for update in workload.updates.iter().flatten() {
        assert!(matches!(update.event(), Event::LogOn | Event::Refresh), "log-offs are never observed");
        let user = update.user().expect("log-ons and refreshes name a user").index();
        of_user.entry(user).or_default().push(update.occurred);
    }
    let mut addresses: Vec<Vec<Seen>> = workload.addresses.iter().map(|_| Vec::new()).collect();
    for stay in &workload.stays {
        let seen = of_user.remove(&stay.user.index()).expect("every log-on is noticed");
        addresses[stay.address.index()].push(Seen { stay: *stay, seen });
    }
    addresses
}

/// When the entry of a stay came (or came back) for the last time, and when it expires.
#[derive(Clone, Copy)]
struct Held {
    from: Instant,
    until: Instant,
}

/// The formula, for one stay. `held` is the entry of the stay before it; returns its own.
fn add(one: &Seen, held: Held, next: Instant, run_end: Instant, sum: &mut Expected) -> Held {
    let (start, end) = (one.stay.start, one.stay.end.min(run_end));
    let applied = |at: Instant| at.later(DELAY).min(run_end);
    sum.stays += span(start, end);
    // Somebody else's entry until the log-on is applied or the timeout ends it; nobody's after that.
    let first = applied(one.seen[0]).min(end);
    let from = held.from.max(start).min(first);
    let until = held.until.max(from).min(first);
    sum.outdated += span(from, until);
    sum.missing_first += span(start, from) + span(until, first);
    let mut missing = 0;
    for pair in one.seen.windows(2) {
        missing += span(applied(pair[0]).later(TIMEOUT), applied(pair[1]).min(end));
    }
    let last = *one.seen.last().expect("the log-on");
    let expires = applied(last).later(TIMEOUT);
    missing += span(expires, end);
    sum.missing_expired += missing;
    sum.current += span(first, end) - missing;
    // A refresh under way at the end of the stay still comes: the entry it revives lingers from then on.
    let revived = one.seen.len() > 1 && applied(one.seen[one.seen.len() - 2]).later(TIMEOUT) < applied(last);
    let comes = if revived || one.seen.len() == 1 { applied(last) } else { end };
    sum.lingering += span(end.max(comes), expires.min(next).min(run_end));
    // A stay shorter than the delay: the entry before it lingers on until the log-on comes.
    sum.lingering += span(end, held.until.min(applied(one.seen[0])).min(next));
    Held { from: comes, until: expires }
}

fn expected(workload: &Workload, run_end: Instant) -> Expected {
    let mut sum = Expected::default();
    for stays in watched(workload) {
        let mut held = Held { from: Instant::ZERO, until: Instant::ZERO };
        for (index, one) in stays.iter().enumerate() {
            let next = stays.get(index + 1).map_or(Instant::NEVER, |next| next.stay.start);
            held = add(one, held, next, run_end, &mut sum);
        }
    }
    sum
}

fn pairs(found: &PointFindings, sum: &Expected) -> Vec<(&'static str, u128, u128)> {
    let missing = sum.missing_first + sum.missing_expired;
    vec![
        ("lingering, address-ns", sum.lingering, found.classes.lingering),
        ("missing, address-ns", missing, found.classes.missing),
        ("outdated, address-ns", sum.outdated, found.classes.outdated),
        ("current, address-ns", sum.current, found.classes.current),
        ("blamed on log-offs not observed, address-ns", sum.lingering, found.blame.unobserved),
        ("blamed on the timeout, address-ns", sum.missing_expired, found.blame.expired),
        ("blamed on the way, address-ns", sum.outdated + sum.missing_first, found.blame.in_transit),
        ("exposure, stays, ns", sum.stays, found.exposure.stays),
        ("exposure, wrong user, ns", sum.outdated, found.exposure.wrong),
        ("exposure, unknown user, ns", missing, found.exposure.unknown),
    ]
}

#[test]
fn entries_linger_for_their_timeout_exactly() {
    let runs = replicate("linger", &[], 8, |run: &Run<'_>| {
        let sum = expected(&run.workload(), run.outcome.findings.end);
        let shortest = [sum.lingering, sum.missing_first, sum.missing_expired, sum.outdated];
        assert!(shortest.iter().all(|sum| *sum > 0), "each case occurs");
        pairs(run.point(), &sum)
    });
    let mut sheet = Sheet::new("linger");
    for (what, predicted, measured) in &runs[0] {
        sheet.exact(what, *predicted, *measured);
    }
    for (what, predicted, measured) in runs.iter().skip(1).flatten() {
        assert_eq!(predicted, measured, "{what}");
    }
    sheet.finish();
}
