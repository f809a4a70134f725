//! The report: what scripts read. Order of fields is order of keys; a change here is a change of
//! `SCHEMA_VERSION`. Spans are seconds in keys that end in `_seconds`, ratios are 0 to 1.

use serde::Serialize;

use super::measures::Distribution;
use super::{Decimal, Measures, Series};
use crate::scenario::Quantity;

/// The version of the keys below.
pub const SCHEMA_VERSION: u32 = 1;

/// What a run found, named and serialisable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// `SCHEMA_VERSION`.
    pub schema_version: u32,
    /// The program's version.
    pub uidsim_version: String,
    /// The scenario's name.
    pub topology: String,
    /// The seed of the run.
    pub seed: u64,
    /// A hash of the resolved scenario.
    pub scenario_hash: String,
    /// `generated` or `assumed`.
    pub truth: &'static str,
    /// From when on things were measured.
    pub measured_from_seconds: Decimal,
    /// How far the run came.
    pub virtual_seconds: Decimal,
    /// Whether it stopped before its end.
    pub partial: bool,
    /// A hash of the scenario and all integer findings.
    pub digest: String,
    /// What the run cost; not in the digest.
    pub run: Run,
    /// All enforcement points together.
    pub fleet: Fleet,
    /// One each, in declared order.
    pub enforcement_points: Vec<Point>,
    /// One each, in declared order.
    pub nodes: Vec<NodeRow>,
    /// Two for each link, one per direction.
    pub links: Vec<LinkRow>,
    /// Feeds that are wanted and do not stand at the end, and why; by their ends.
    pub sessions_down: Vec<SessionRow>,
    /// Faults, then storms, then failovers.
    pub disturbances: Vec<DisturbanceRow>,
    /// One each, in declared order; absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terminal_servers: Vec<TerminalServerRow>,
    /// What was expected, and whether it held.
    pub expectations: Vec<Judgement>,
    /// What the workload's reader has to say.
    pub remarks: Vec<String>,
    /// Window by window, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

/// What the run cost. Differs from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Events handled.
    pub events: u64,
    /// Mappings delivered, each receiver counted.
    pub mapping_deliveries: u64,
    /// Frames delivered, each receiver counted.
    pub frame_deliveries: u64,
    /// The share of frame deliveries that were scanned outside the agenda.
    pub scanned_share: Decimal,
    /// Processor time; `None` where the system does not tell.
    pub cpu_seconds: Option<Decimal>,
    /// Time on the wall.
    pub wall_seconds: Decimal,
    /// The most memory at once; `None` where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
}

/// All enforcement points together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fleet {
    /// Sums and merged histograms.
    #[serde(flatten)]
    pub measures: Measures,
    /// How far the points agree among themselves.
    pub agreement: Agreement,
    /// How long updates took to reach everyone.
    pub convergence_seconds: ConvergenceRow,
}

/// How far the points agree among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Share of known addresses on which all agree, averaged over windows; `None` without one.
    pub mean: Option<Decimal>,
}

/// How long updates took to reach everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConvergenceRow {
    /// Updates that did.
    pub count: u64,
    /// Their mean.
    pub mean: Option<Decimal>,
    /// Their median.
    pub p50: Option<Decimal>,
    /// 99 % are at most this.
    pub p99: Option<Decimal>,
    /// The longest.
    pub max: Option<Decimal>,
    /// Updates that did not.
    pub not_converged: u64,
    /// (Update, point) that could not be reached.
    pub unreachable: u64,
}

/// One enforcement point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it stands.
    pub site: String,
    /// Its HA pair, if any.
    pub pair: Option<String>,
    /// What it knew.
    #[serde(flatten)]
    pub measures: Measures,
    /// From a change of anybody's groups to its knowing of it; absent where it reads no directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_staleness_seconds: Option<Distribution>,
}

/// A terminal server, and who reads its agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TerminalServerRow {
    /// Its name.
    pub name: String,
    /// Blocks of ports that it has.
    pub blocks: u64,
    /// The most of them that were in use, or at rest, at once.
    pub blocks_peak: u64,
    /// Users who came.
    pub log_ons: u64,
    /// Those of them for whom no block was left.
    pub refused_log_ons: u64,
    /// Second blocks that were not left.
    pub refused_second_blocks: u64,
    /// One each, in declared order.
    pub readers: Vec<BlockReaderRow>,
}

/// What a node knew of a terminal server's blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockReaderRow {
    /// Its name.
    pub name: String,
    /// From a block's change of hands to its knowing of it.
    pub staleness_seconds: Distribution,
    /// Changes that it did not know at the end.
    pub unread: u64,
}

/// What a node spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Messages served.
    pub messages_in: u64,
    /// Messages handed to connections.
    pub messages_out: u64,
    /// Mappings served.
    pub mappings_in: u64,
    /// Mappings handed to connections.
    pub mappings_out: u64,
    /// Its processor's busy share of the measured time.
    pub utilisation: Option<Decimal>,
    /// Jobs waiting, over time.
    pub queue_mean: Option<Decimal>,
    /// The most at once.
    pub queue_peak: u64,
    /// Full tables received.
    pub resyncs: u64,
    /// Sessions reset for their backlog.
    pub sessions_reset: u64,
}

/// A feed that is wanted and does not stand at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// The feeding end.
    pub from: String,
    /// The fed end.
    pub to: String,
    /// `redistribution`, `log`, `push` or `ha1`.
    pub kind: &'static str,
    /// The port that is dialled.
    pub port: u16,
    /// `port`, `collector_name`, `pre_shared_key`, `serial_number`, `certificate`, `dns`, `service_route` or
    /// `unanswered`.
    pub why: &'static str,
    /// What keeps it from standing, in words.
    pub because: String,
    /// When it first stood; `None`: never.
    pub stood_at_seconds: Option<Decimal>,
    /// How many dials came to nothing.
    pub dials_failed: u64,
}

/// What one direction of a link carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkRow {
    /// The link's name.
    pub name: String,
    /// The node or site it leads from.
    pub from: String,
    /// The node or site it leads to.
    pub to: String,
    /// Messages that entered.
    pub messages: u64,
    /// Bytes that entered.
    pub bytes: u64,
    /// Its transmitting share of the measured time.
    pub utilisation: Option<Decimal>,
    /// Frames dropped.
    pub lost: u64,
    /// Frames retransmitted.
    pub retransmitted: u64,
    /// Connections opened over it.
    pub sessions_opened: u64,
}

/// A disturbance and how long it took to heal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisturbanceRow {
    /// Its name in the file; a failover's is `failover-NODE`.
    pub name: String,
    /// When it began.
    pub at_seconds: Decimal,
    /// When it ended; `None`: not within the run.
    pub until_seconds: Option<Decimal>,
    /// What it was.
    pub kind: &'static str,
    /// The node, link or site it struck; `None`: everywhere.
    pub target: Option<String>,
    /// Whether everyone reachable caught up within the run.
    pub converged: bool,
    /// How long that took from its end.
    pub convergence_seconds: Option<Decimal>,
    /// Enforcement points not reachable at its end.
    pub unreachable: u64,
}

/// One expectation, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// As written in the file.
    pub selector: String,
    /// As written in the file.
    pub metric: String,
    /// As written in the file.
    pub limit: String,
    /// What kind of number it is.
    #[serde(skip)]
    pub quantity: Quantity,
    /// The worst value found; `None` without a sample.
    pub measured: Option<Decimal>,
    /// How far it lies inside the limit; negative outside.
    pub margin: Option<Decimal>,
    /// Whether every match held.
    pub held: bool,
    /// Where the worst value was found.
    pub worst: Option<String>,
}
