//! The resolved scenario; `simulate` turns it and a seed into findings.

use std::net::IpAddr;

use super::enforcement::Enforcement;
use super::margin::Margin;
use super::metric::Better;
use crate::ids::{LinkId, NodeId, SiteId};
use crate::random::{Distribution, Seed};
use crate::topology::Topology;
use crate::topology::tree::Tree;
use crate::units::{BitRate, Instant, Ratio, Span};
use crate::workload::Spec;

/// What one file means.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name without its ending, or what the file says under `name`.
    pub name: String,
    /// Network, nodes, sessions.
    pub topology: Topology,
    /// Users and what sources notice of them.
    pub workload: Spec,
    /// What goes wrong, in the order of the file.
    pub faults: Vec<Fault>,
    /// What must hold.
    pub expectations: Vec<Expectation>,
    /// What single tables must answer.
    pub entries_expected: Vec<EntryExpectation>,
    /// What a baseline holds of a run, and how far each may move.
    pub tolerances: Vec<Tolerance>,
    /// The file as typed, with the values of the command line put in.
    pub typed: Tree,
    /// The flows that policy is applied to.
    pub flows: Flows,
    /// The time of day at virtual zero.
    pub start: Span,
    /// How long the run is.
    pub duration: Span,
    /// From when on things are measured.
    pub measure_from: Instant,
    /// The window of minima and time series.
    pub window: Span,
    /// Whether tables hold the truth of virtual zero at the start.
    pub warm: bool,
    /// The seed that the file names; the command line may name another.
    pub seed: Seed,
    /// Events after which a run stops and says that the topology does not come to rest.
    pub events_max: u64,
    /// A hash of the file but what is judged, and of the files that it names, as 16 hexadecimal digits.
    pub hash: String,
    /// What firewalls do with what they know.
    pub enforcement: Enforcement,
    /// What the file says beside that.
    pub margin: Margin,
}

impl Scenario {
    /// Whether anything but tables of IP-user mappings decides what firewalls do.
    #[must_use]
    pub fn enforces_more_than_mappings(&self) -> bool {
        self.enforcement != Enforcement::default() || self.topology.carries_data()
    }
}

/// The flows that policy is applied to.
#[derive(Clone, Debug, PartialEq)]
pub struct Flows {
    /// Flows that a user starts. Units: per second.
    pub per_second: f64,
    /// Enforcement points that all users' flows cross, besides those of the user's site.
    pub through: Vec<NodeId>,
}

/// Something that goes wrong at a time given in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name in the report.
    pub name: String,
    /// When it begins.
    pub at: Instant,
    /// When it ends; `None`: never.
    pub until: Option<Instant>,
    /// What it is.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A node stops, and starts again at the fault's end.
    Crash {
        /// The node.
        node: NodeId,
        /// Whether its table survives.
        keeps_table: bool,
    },
    /// A link is worse than it was.
    Degraded {
        /// The link.
        link: LinkId,
        /// How.
        to: Degraded,
    },
    /// A link carries nothing.
    LinkDown {
        /// The link.
        link: LinkId,
    },
    /// Every link of a site to elsewhere carries nothing.
    Partition {
        /// The site.
        site: SiteId,
    },
    /// Every session that a node keeps to its upstreams is cut by a TCP reset. Ends as it begins.
    Reset {
        /// The node.
        node: NodeId,
    },
    /// Nodes cannot look up host names.
    DnsDown {
        /// The nodes.
        nodes: Vec<NodeId>,
    },
    /// What a node dials and answers over its service route comes to nothing.
    ServiceRouteDown {
        /// The node.
        node: NodeId,
    },
    /// An HA member is suspended by hand.
    Suspend {
        /// The member.
        node: NodeId,
    },
}

/// What a degraded link does instead; `None` leaves a setting as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Degraded {
    /// Propagation.
    pub latency: Option<Span>,
    /// Jitter.
    pub jitter: Option<Distribution>,
    /// Rate.
    pub bandwidth: Option<BitRate>,
    /// Loss per packet.
    pub loss: Option<Ratio>,
}

/// One line of `expect:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// `fleet`, a node's name, a glob over names, or `disturbance/NAME`.
    pub selector: String,
    /// The metric path as written, without `_seconds`: `staleness.p99`.
    pub metric: String,
    /// The limit as written: `< 5s`.
    pub limit: String,
    /// How the measured value compares with `bound`.
    pub comparison: Comparison,
    /// The bound. Units: seconds for spans, 0 to 1 for shares, else a count.
    pub bound: f64,
    /// What kind of number it is.
    pub quantity: Quantity,
}

/// One line of `expect_at:` at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryExpectation {
    /// When its table is asked.
    pub at: Instant,
    /// The same as written.
    pub when: String,
    /// Whose table.
    pub node: NodeId,
    /// For which address.
    pub address: IpAddr,
    /// Who must be there; `None`: nobody known.
    pub user: Option<String>,
}

/// One line of `baseline:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerance {
    /// `fleet`, a node's name, a glob over names, or `disturbance/NAME`.
    pub selector: String,
    /// The metric path as written, without `_seconds`: `staleness.p99`.
    pub metric: String,
    /// What is allowed, as written: `1%`.
    pub text: String,
    /// What is allowed.
    pub allowed: Allowance,
    /// Which way the metric is better.
    pub better: Better,
    /// What kind of number it is.
    pub quantity: Quantity,
}

/// How far a metric may move the worse way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowance {
    /// By so much. Units: seconds for spans, 0 to 1 for shares, else a count.
    Absolute(f64),
    /// By this part of the baseline's value.
    Relative(f64),
}

/// How a measured value must relate to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `<`
    Less,
    /// `>`
    More,
}

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A whole number, or a mean of whole numbers.
    Count,
    /// `true` or `false`, as 1 or 0.
    Flag,
    /// From 0 to 1.
    Share,
    /// Seconds.
    Span,
}

impl Quantity {
    /// Whether a move of it is told as a part of the earlier value; of the others the difference is told.
    #[must_use]
    pub fn moves_in_parts(self) -> bool {
        matches!(self, Self::Count | Self::Span)
    }

    /// The move from `then` to `now`, as such a part or difference; `None` where zero became something.
    #[must_use]
    pub fn change(self, then: f64, now: f64) -> Option<f64> {
        match self.moves_in_parts() {
            true if then == 0.0 => (now == 0.0).then_some(0.0),
            true => Some(now / then - 1.0),
            false => Some(now - then),
        }
    }
}
