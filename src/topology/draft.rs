//! Draft: the topology file as a person types it. Every key, its doc, its default and its range stand
//! here and nowhere else; the JSON Schema and the check of the file are both made from these types.
//!
//! Knows how values are written. Must not know what names refer to. Three rules keep it honest: a field
//! that is no `Option` has a `default`; an `Option` with `required` must be written; a plain `Option` may be.

pub mod distribution;
pub mod engine;
pub mod joining;
pub mod keeper;
pub mod ledger;
pub mod lint;
pub mod network;
pub mod node;
pub mod pair;
pub mod policy;
pub mod probing;
pub mod profile;
pub mod server;
pub mod speaker;
pub mod timers;
pub mod value;
pub mod vsys;
pub mod workload;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{BitRate, Ratio, Span};
use distribution::DistributionDraft;
use joining::CertificateDraft;
use lint::LintDraft;
use network::{LinkDraft, SiteDraft};
use node::Defaults;
use policy::PolicyDraft;
use profile::ProfileDraft;
use value::{Address, At, Moment, Table, TimeOfDay, Unit};
use workload::WorkloadDraft;

/// Everything in the file besides the nodes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct General {
    /// The name in reports. Default: the file's name without its ending.
    pub name: Option<At<String>>,
    /// The time of day at which the run starts.
    #[schemars(extend("default" = "06:00"))]
    pub start: Unit<TimeOfDay>,
    /// How long the run is. Range: 1ms to 366d.
    #[schemars(extend("default" = "12h", "x-minimum" = "1ms", "x-maximum" = "366d"))]
    pub duration: Unit<Span>,
    /// From when on things are measured: a time of day or a span from the start.
    #[schemars(extend("default" = "0s"))]
    pub measure_from: Unit<Moment>,
    /// The window of minima and of time series. Range: 1ms to 366d.
    #[schemars(extend("default" = "1m", "x-minimum" = "1ms", "x-maximum" = "366d"))]
    pub window: Unit<Span>,
    /// The seed of everything random; the command line may name another. Range: 0 to 18446744073709551615.
    #[schemars(extend("default" = 1))]
    pub seed: At<u64>,
    /// Whether tables are empty at the start or hold the truth.
    #[schemars(extend("default" = "cold"))]
    pub start_state: StartState,
    /// Events after which a run stops and says that the topology does not come to rest.
    /// Range: 1 to 1000000000000000.
    #[schemars(extend("default" = 10_000_000_000_u64, "minimum" = 1, "maximum" = 1_000_000_000_000_000_u64))]
    pub events_max: At<u64>,
    /// What all nodes or links of a kind have unless they say otherwise.
    pub defaults: Option<Defaults>,
    /// Sites. Within one, nodes reach each other without a link.
    #[schemars(required, extend("minProperties" = 1))]
    pub sites: Option<Table<SiteDraft>>,
    /// Syslog parse profiles by name: how a learner finds event, user and address in a line.
    #[schemars(extend("default" = {}))]
    pub syslog_profiles: Table<ProfileDraft>,
    /// Links between sites, or between two nodes.
    #[schemars(extend("default" = {}))]
    pub links: Table<LinkDraft>,
    /// Certificates, of which nodes may have one each (`certificate`). Between two nodes with different ones no
    /// session comes about from when the first of the two expires; one that stands goes on until it breaks.
    #[schemars(extend("default" = {}))]
    pub certificates: Table<CertificateDraft>,
    /// Where log-ons come from, and the flows that policy is applied to.
    #[schemars(required)]
    pub workload: Option<WorkloadDraft>,
    /// Policy that the workload's flows are held against, the same at every firewall. Default: none.
    pub policies: Option<PolicyDraft>,
    /// What goes wrong, and when.
    #[schemars(extend("default" = []))]
    pub faults: Vec<FaultDraft>,
    /// What must hold: selector (`fleet`, a node, a glob, `disturbance/NAME`), metric path, limit.
    #[schemars(extend("default" = {}))]
    pub expect: Table<Table<At<String>>>,
    /// What `uidsim lint` is told; it changes nothing of a run.
    #[schemars(extend("default" = {}))]
    pub lint: LintDraft,
    /// What single tables must answer at single instants; `uidsim check` asks them in the run of the file's own seed.
    #[schemars(extend("default" = []))]
    pub expect_at: Vec<EntryDraft>,
    /// What `uidsim check` keeps in a baseline and compares with it: selector (as in `expect`), metric path, how far it may
    /// move the worse way: a part of its value (`1%`), percentage points of a share (`0.1%`), a span, a count.
    /// Default: eleven metrics of the fleet, and two of every enforcement point while there are at most 100.
    pub baseline: Option<Table<Table<At<String>>>>,
}

/// What one table must answer at one instant: exactly one of `user` and `unknown`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct EntryDraft {
    /// When: a time of day or a span from the start.
    #[schemars(required)]
    pub at: Option<Unit<Moment>>,
    /// Whose table; a glob asks every node that matches.
    #[schemars(required)]
    pub node: Option<At<String>>,
    /// Which address.
    #[schemars(required)]
    pub ip: Option<Unit<Address>>,
    /// Who must be there.
    pub user: Option<At<String>>,
    /// Nobody must be known there.
    #[schemars(extend("default" = false))]
    pub unknown: bool,
}

/// Whether tables are empty at the start or hold the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartState {
    /// Empty.
    Cold,
    /// The truth of that instant.
    Warm,
}

/// Something that goes wrong: exactly one of `link_down`, `degraded`, `partition`, `crash`,
/// `suspend`, `reset`, `dns_down`, `service_route_down`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct FaultDraft {
    /// Its name in the report. Default: what it does and to whom.
    pub name: Option<At<String>>,
    /// When it begins: a time of day or a span from the start.
    #[schemars(required)]
    pub at: Option<Unit<Moment>>,
    /// When it ends: a time of day or a span from the start. Default: never.
    pub until: Option<Unit<Moment>>,
    /// How long it lasts; instead of `until`. Range: 1ms to 366d.
    #[schemars(extend("x-minimum" = "1ms", "x-maximum" = "366d"))]
    pub r#for: Option<Unit<Span>>,
    /// How many of them one after the other; `{n}` in names counts from 1. Range: 1 to 100000.
    #[schemars(extend("minimum" = 1, "maximum" = 100_000))]
    pub count: Option<At<u64>>,
    /// From the beginning of one to the beginning of the next, with `count`. Range: 0s to 366d.
    #[schemars(extend("default" = "0s", "x-maximum" = "366d"))]
    pub every: Unit<Span>,
    /// A link carries nothing.
    pub link_down: Option<At<String>>,
    /// A link is worse than it was.
    pub degraded: Option<DegradedDraft>,
    /// Every link of this site to elsewhere carries nothing.
    pub partition: Option<At<String>>,
    /// A node stops, and starts again at the fault's end; a plain name is its `node`.
    pub crash: Option<CrashDraft>,
    /// A member of an HA pair is suspended by hand.
    pub suspend: Option<At<String>>,
    /// Every session that this node keeps to its upstreams is cut by a TCP reset, and dialled again after the
    /// back-off. It ends as it begins: neither `until` nor `for`.
    pub reset: Option<At<String>>,
    /// Host names cannot be looked up at this site (or at sites that match this glob): what a node there dials by
    /// host name is not answered.
    pub dns_down: Option<At<String>>,
    /// The service route of this node is down: what it dials comes to nothing, and nobody who dials it is answered.
    /// Sessions that stand are over; it knows at once, the others by its silence. HA1 and datagrams go on.
    pub service_route_down: Option<At<String>>,
}

/// A link is worse than it was; what is not said stays as it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct DegradedDraft {
    /// The link.
    #[schemars(required)]
    pub link: Option<At<String>>,
    /// Propagation. Range: 0s to 1h.
    #[schemars(extend("x-maximum" = "1h"))]
    pub latency: Option<Unit<Span>>,
    /// Jitter.
    pub jitter: Option<DistributionDraft>,
    /// Rate.
    pub bandwidth: Option<Unit<BitRate>>,
    /// Loss of a packet. Range: 0% to 100%.
    pub loss: Option<Unit<Ratio>>,
}

/// A node stops.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "node"))]
pub struct CrashDraft {
    /// The node.
    #[schemars(required)]
    pub node: Option<At<String>>,
    /// Whether its table survives. (guess)
    #[schemars(extend("default" = false))]
    pub keeps_table: bool,
}
