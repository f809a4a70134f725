//! Gauges: how many addresses are in which state at a point now, and the integrals of that.
//!
//! Knows counts and time: an integral grows by count times span whenever a count is about to change.
//! Must not know why an address is in a state.

use std::collections::BTreeMap;

use super::classes::Classes;
use super::findings::PointFindings;
use super::paths::Edge;
use crate::units::Instant;

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The right user.
    Current,
    /// Another user.
    Outdated,
    /// Nobody, where somebody is.
    Missing,
    /// Somebody, where nobody is.
    Lingering,
}

/// Why an answer is not current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another mapping won.
    Conflict,
    /// Every live copy waits for a session, or the node has restarted.
    Disconnected,
    /// The table's own timer ended it.
    Expired,
    /// A copy is on its way.
    InTransit,
    /// The last copy was dropped.
    Lost,
    /// No source noticed.
    Unobserved,
}

/// What one address adds to its point's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Against the truth; `None`: nobody knows it.
    pub(super) class: Option<Class>,
    /// Against the authority.
    pub(super) replica: Option<Class>,
    /// Why not current, and the edge of what is in transit.
    pub(super) reason: Option<(Reason, usize)>,
    /// Versions behind.
    pub(super) behind: u64,
    /// Whether a stay's flows cross the point.
    pub(super) crossed: bool,
    /// Since when answer and truth differ, while they do.
    pub(super) differs_since: Option<Instant>,
}

/// The counts of one point.
#[derive(Debug)]
pub(super) struct Gauge {
    /// Up to when the integrals are.
    pub(super) since: Instant,
    /// Whether the node is up.
    pub(super) up: bool,
    /// Whether it enforces.
    pub(super) enforcing: bool,
    /// Addresses with a user, of all.
    pub(super) users: u64,
    classes: [u64; 4],
    replica: [u64; 4],
    reasons: [u64; 6],
    hops: BTreeMap<usize, u64>,
    behind: u64,
    crossed: u64,
    wrong: u64,
    unknown: u64,
    differing: u64,
    differing_since: u128,
}

impl Gauge {
    /// Nothing known yet.
    pub(super) fn new(enforcing: bool) -> Self {
        Self {
            since: Instant::ZERO,
            up: true,
            enforcing,
            users: 0,
            classes: [0; 4],
            replica: [0; 4],
            reasons: [0; 6],
            hops: BTreeMap::new(),
            behind: 0,
            crossed: 0,
            wrong: 0,
            unknown: 0,
            differing: 0,
            differing_since: 0,
        }
    }

    /// How many addresses are counted whose answer is not current.
    pub(super) fn wrong(&self) -> u64 {
        self.reasons.iter().sum()
    }

    /// Counts an address in.
    pub(super) fn give(&mut self, shown: &Shown) {
        if let Some(class) = shown.class {
            self.classes[class as usize] += 1;
        }
        if let Some(class) = shown.replica {
            self.replica[class as usize] += 1;
        }
        if let Some((reason, edge)) = shown.reason {
            self.reasons[reason as usize] += 1;
            if reason == Reason::InTransit {
                *self.hops.entry(edge).or_default() += 1;
            }
        }
        self.behind += shown.behind;
        if shown.crossed {
            self.crossed += 1;
            self.wrong += u64::from(shown.class == Some(Class::Outdated));
            self.unknown += u64::from(shown.class == Some(Class::Missing));
        }
        if let Some(since) = shown.differs_since {
            self.differing += 1;
            self.differing_since += u128::from(since.nanos());
        }
    }

    /// Counts an address out that was counted in as `shown`.
    pub(super) fn take(&mut self, shown: &Shown) {
        if let Some(class) = shown.class {
            self.classes[class as usize] -= 1;
        }
        if let Some(class) = shown.replica {
            self.replica[class as usize] -= 1;
        }
        if let Some((reason, edge)) = shown.reason {
            self.reasons[reason as usize] -= 1;
            if reason == Reason::InTransit {
                let count = self.hops.get_mut(&edge).expect("what is counted out was counted in");
                *count -= 1;
                if *count == 0 {
                    self.hops.remove(&edge);
                }
            }
        }
        self.behind -= shown.behind;
        if shown.crossed {
            self.crossed -= 1;
            self.wrong -= u64::from(shown.class == Some(Class::Outdated));
            self.unknown -= u64::from(shown.class == Some(Class::Missing));
        }
        if let Some(since) = shown.differs_since {
            self.differing -= 1;
            self.differing_since -= u128::from(since.nanos());
        }
    }
}

/// Integrals on their way to findings.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// What is found so far.
    pub(super) findings: PointFindings,
    window: Classes,
    replica_window: Classes,
}

impl Running {
    /// Adds `gauge`'s counts over [`from`, `to`], a time in which the point is up.
    pub(super) fn charge(&mut self, gauge: &Gauge, edges: &[Edge], from: Instant, to: Instant) {
        let span = u128::from(to.since(from).nanos());
        let times = |count: u64| u128::from(count) * span;
        self.window.add(&classes(&gauge.classes, span));
        self.replica_window.add(&classes(&gauge.replica, span));
        let found = &mut self.findings;
        found.behind_area += times(gauge.behind);
        let reason = |reason: Reason| times(gauge.reasons[reason as usize]);
        found.blame.conflict += reason(Reason::Conflict);
        found.blame.disconnected += reason(Reason::Disconnected);
        found.blame.expired += reason(Reason::Expired);
        found.blame.in_transit += reason(Reason::InTransit);
        found.blame.lost += reason(Reason::Lost);
        found.blame.unobserved += reason(Reason::Unobserved);
        for (edge, count) in &gauge.hops {
            let hop = (edges[*edge].from, edges[*edge].to);
            *found.blame.hops.entry(hop).or_default() += times(*count);
        }
        found.exposure.stays += times(gauge.crossed);
        found.exposure.wrong += times(gauge.wrong);
        found.exposure.unknown += times(gauge.unknown);
        // Twice the integral of (t - since) over [from, to], summed over the differing addresses:
        // (to - from) * (to + from - 2 * since) each.
        let ends = u128::from(to.nanos()) + u128::from(from.nanos());
        found.incorrect_area_twice += span * (u128::from(gauge.differing) * ends - 2 * gauge.differing_since);
    }

    /// A window ends.
    pub(super) fn close_window(&mut self) {
        self.findings.classes.add(&self.window);
        self.findings.replica.add(&self.replica_window);
        self.findings.windows.push(std::mem::take(&mut self.window));
        self.findings.replica_windows.push(std::mem::take(&mut self.replica_window));
    }
}

fn classes(counts: &[u64; 4], span: u128) -> Classes {
    let times = |class: Class| u128::from(counts[class as usize]) * span;
    Classes {
        current: times(Class::Current),
        outdated: times(Class::Outdated),
        missing: times(Class::Missing),
        lingering: times(Class::Lingering),
    }
}
