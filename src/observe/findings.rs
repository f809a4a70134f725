//! Findings: what was measured, in integers and histograms. Units: nanoseconds and counts, unless said.

use std::collections::BTreeMap;

use super::classes::Classes;
use super::enforced::{DataUse, DataplaneUse, PolicyUse, QuarantineUse};
use super::lately::Lately;
use super::samples::Samples;
use super::windows::ClassWindows;
use crate::engine::Way;
use crate::ids::{LinkId, NodeId};
use crate::units::{Instant, Span};

/// The spans of the visibility table. Source: metrics.md, "Fate and freshness of updates".
pub const VISIBILITY_SPANS: [Span; 9] = [
    Span::from_millis(100),
    Span::from_millis(500),
    Span::from_seconds(1),
    Span::from_seconds(2),
    Span::from_seconds(5),
    Span::from_seconds(10),
    Span::from_seconds(30),
    Span::from_seconds(60),
    Span::from_seconds(300),
];

/// How each (update, enforcement point in scope) ended; see `docs/semantics.md`, "Fates".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Applied at least once.
    pub applied: u64,
    /// A newer one got there first.
    pub superseded: u64,
    /// Refused by the conflict rule, or by a full table.
    pub refused: u64,
    /// Left out by a list, or there is no configured path.
    pub filtered: u64,
    /// Under way at the end.
    pub pending: u64,
    /// Lost to the way.
    pub lost_loss: u64,
    /// Lost to a full queue.
    pub lost_queue: u64,
    /// Lost to a crash.
    pub lost_crash: u64,
    /// Dropped by the route check.
    pub lost_hops: u64,
    /// Lost to a blocked port.
    pub lost_port: u64,
    /// Lost to a wrong key.
    pub lost_key: u64,
    /// Copies that arrived after the first application; no fate of their own.
    pub duplicates: u64,
}

impl Fates {
    /// Everything lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost_loss + self.lost_queue + self.lost_crash + self.lost_hops + self.lost_port + self.lost_key
    }

    /// All updates, each in exactly one fate.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.applied + self.superseded + self.refused + self.filtered + self.pending + self.lost()
    }
}

/// Age of information, summed over the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// The integral of the age over time. Units: ns².
    pub area: u128,
    /// How long an age existed. Units: ns.
    pub time: u128,
    /// How many peaks.
    pub peaks: u64,
    /// Their sum.
    pub peak_sum: u128,
    /// The highest.
    pub peak_max: u64,
    /// The source whose own mean age is the largest (lowest `NodeId` of equals); `None` without any.
    pub worst_source: Option<NodeId>,
}

/// The parts of a delay after the learner has it. Units: ns, summed over updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Waiting for a send tick, HA1 lag.
    pub batch: u128,
    /// Waiting for a busy processor or line.
    pub queue: u128,
    /// Service times.
    pub process: u128,
    /// Bytes over rate.
    pub transmit: u128,
    /// Latency and jitter.
    pub propagate: u128,
    /// Retransmission, reconnecting, full tables.
    pub recover: u128,
}

impl Parts {
    /// Of one frame's way.
    #[must_use]
    pub fn of(way: &Way) -> Self {
        let nanos = |span: Span| u128::from(span.nanos());
        Self {
            batch: 0,
            queue: nanos(way.queue),
            process: nanos(way.process),
            transmit: nanos(way.transmit),
            propagate: nanos(way.propagate),
            recover: nanos(way.recover),
        }
    }

    /// Adds another's parts.
    pub fn add(&mut self, other: &Self) {
        self.batch += other.batch;
        self.queue += other.queue;
        self.process += other.process;
        self.transmit += other.transmit;
        self.propagate += other.propagate;
        self.recover += other.recover;
    }

    /// Takes away another's parts, which are among these.
    pub fn take(&mut self, other: &Self) {
        self.batch -= other.batch;
        self.queue -= other.queue;
        self.process -= other.process;
        self.transmit -= other.transmit;
        self.propagate -= other.propagate;
        self.recover -= other.recover;
    }

    /// Their sum.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.batch + self.queue + self.process + self.transmit + self.propagate + self.recover
    }
}

/// One hop, from the feeding to the fed node.
pub type Hop = (NodeId, NodeId);

/// Where the staleness of the applied updates went; the parts add up to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// Until a learner has it.
    pub observe: u128,
    /// The rest, over all hops.
    pub parts: Parts,
    /// The rest, per hop.
    pub hops: BTreeMap<Hop, Parts>,
}

/// The address-nanoseconds that are not current, by cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// No source noticed.
    pub unobserved: u128,
    /// A copy is on its way.
    pub in_transit: u128,
    /// The last copy was dropped.
    pub lost: u128,
    /// The table's own timer ended it.
    pub expired: u128,
    /// Another mapping won.
    pub conflict: u128,
    /// Every live copy waits for a session, or the node has restarted.
    pub disconnected: u128,
    /// `in_transit` per hop of the copy nearest to the enforcement point.
    pub hops: BTreeMap<Hop, u128>,
}

impl Blame {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.unobserved + self.in_transit + self.lost + self.expired + self.conflict + self.disconnected
    }
}

/// The stays whose flows cross a point, by what its table says of them. Units: address-nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// All of them, while the point is up.
    pub stays: u128,
    /// Those on which it has another user.
    pub wrong: u128,
    /// Those on which it has nobody.
    pub unknown: u128,
}

/// How full a table was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableUse {
    /// The integral of the number of addresses with a user. Units: ns.
    pub area: u128,
    /// The most at once.
    pub peak: u64,
    /// At the end.
    pub last: u64,
    /// Updates refused because it was full.
    pub refused: u64,
}

/// What one enforcement point knew, when, and why it was wrong. Also the fleet's sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointFindings {
    /// Against the truth.
    pub classes: Classes,
    /// Against the truth, window by window from virtual zero; the last may be short.
    pub windows: ClassWindows,
    /// Against its authority's table.
    pub replica: Classes,
    /// Against its authority's table, window by window.
    pub replica_windows: ClassWindows,
    /// Time in which it enforced nothing because it was down. Units: ns.
    pub down: u128,
    /// Of first applications.
    pub staleness: Samples,
    /// The same in the course of the run, where that is asked for; the fleet's is empty.
    pub lately: Lately,
    /// Of first applications that changed the authority's answer.
    pub change_staleness: Samples,
    /// How updates ended.
    pub fates: Fates,
    /// How old its knowledge was.
    pub age: Age,
    /// Twice the integral of the age of incorrect information. Units: ns².
    pub incorrect_area_twice: u128,
    /// The integral of versions behind the authority. Units: version-ns.
    pub behind_area: u128,
    /// Where staleness went.
    pub breakdown: Breakdown,
    /// Why entries were wrong.
    pub blame: Blame,
    /// Per span of `VISIBILITY_SPANS`: updates visible within it, and updates that had the chance.
    pub visibility: [(u64, u64); 9],
    /// What policy met.
    pub exposure: Exposure,
    /// How full its table was.
    pub table: TableUse,
    /// A commutative sum of hashes of the entries of its final table.
    pub table_hash: u64,
    /// What policy made of it; `None` without policy.
    pub policy: Option<PolicyUse>,
    /// How soon users were blocked; `None` without threats.
    pub quarantine: Option<QuarantineUse>,
    /// How full its dataplane's table was; `None` where that is the management plane's.
    pub dataplane: Option<DataplaneUse>,
    /// What became of data beside mappings; `None` where no session carries any.
    pub data: Option<DataUse>,
}

impl PointFindings {
    /// Nothing is asked any more but what a report without series says.
    pub fn sum_up(&mut self) {
        self.windows.sum_up();
        self.replica_windows.sum_up();
        self.staleness.sum_up();
        self.change_staleness.sum_up();
    }
}

/// How long updates took to reach everyone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Convergence {
    /// Updates that reached every enforcement point reachable when they occurred.
    pub samples: Samples,
    /// Updates that did not.
    pub not_converged: u64,
    /// (Update, enforcement point) that could not be reached when the update occurred.
    pub unreachable: u64,
}

/// What kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisturbanceKind {
    /// A pair's other member took over.
    Failover,
    /// A booked fault, by its position.
    Fault(usize),
    /// A mass log-on, by its position.
    Storm(usize),
}

/// A disturbance and how long it took to heal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// What it was.
    pub kind: DisturbanceKind,
    /// The node that took over, of a failover.
    pub node: Option<NodeId>,
    /// When it began.
    pub at: Instant,
    /// When it ended; `None`: not within the run.
    pub until: Option<Instant>,
    /// From its end until everyone reachable then held what their authority held; `None`: not within the run.
    pub convergence: Option<Span>,
    /// Enforcement points not reachable at its end.
    pub unreachable: u64,
}

/// What a node spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeUse {
    /// Messages served.
    pub messages_in: u64,
    /// Messages handed to connections.
    pub messages_out: u64,
    /// Mappings served.
    pub mappings_in: u64,
    /// Mappings handed to connections.
    pub mappings_out: u64,
    /// The processor's busy time since `measure_from`. Units: ns.
    pub busy: u128,
    /// The integral of jobs waiting for the processor, the one in service left out. Units: ns.
    pub queue_area: u128,
    /// The most waiting at once.
    pub queue_peak: u64,
    /// Full tables received.
    pub resyncs: u64,
    /// Sessions reset for their backlog.
    pub resets: u64,
}

/// What one direction of a link carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkUse {
    /// Messages that entered.
    pub messages: u64,
    /// Bytes that entered, headers and heartbeats included.
    pub bytes: u64,
    /// Time under transmission since `measure_from`. Units: ns.
    pub busy: u128,
    /// Frames that entered.
    pub entered: u64,
    /// Frames that left at the far end.
    pub left: u64,
    /// Frames dropped.
    pub lost: u64,
    /// Frames retransmitted.
    pub retransmitted: u64,
    /// Connections opened over it.
    pub sessions_opened: u64,
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// When measuring began.
    pub measured_from: Instant,
    /// When the run ended.
    pub end: Instant,
    /// Per enforcement point, in `NodeId` order.
    pub points: Vec<(NodeId, PointFindings)>,
    /// Their sums, merged as metrics.md says.
    pub fleet: PointFindings,
    /// Per window: addresses on which all agree, and known addresses, at its end.
    pub agreement: Vec<(u64, u64)>,
    /// How long updates took to reach everyone.
    pub convergence: Convergence,
    /// Faults in their order, then storms, then failovers as they came.
    pub disturbances: Vec<Disturbance>,
    /// Per node, in `NodeId` order.
    pub nodes: Vec<NodeUse>,
    /// Per link and direction, in `LinkId` order.
    pub links: Vec<(LinkId, [LinkUse; 2])>,
}
