//! Measures: the keys that an enforcement point and the fleet share. Order of fields is order of keys.

use serde::Serialize;

use super::Decimal;
use super::enforcement::{DataCounts, DataplaneFill, PolicyRow, QuarantineFlows, QuarantineTimes};

/// What one enforcement point (or all) knew, when, and why it was wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Against the truth.
    pub consistency: Consistency,
    /// Against the authority's table.
    pub replica_consistency: Consistency,
    /// Address-seconds in each class.
    pub class_seconds: ClassSeconds,
    /// Time without enforcement.
    pub down_seconds: Decimal,
    /// Event to application, of all applied updates.
    pub staleness_seconds: Distribution,
    /// The same of updates that changed the authority's answer.
    pub change_staleness_seconds: Distribution,
    /// How updates ended.
    pub fates: FateCounts,
    /// How old the newest word of a source was.
    pub age_of_information_seconds: AgeOfInformation,
    /// How long answers had been wrong.
    pub age_of_incorrect_information_seconds: Mean,
    /// Versions that the authority was ahead.
    pub versions_behind: Mean,
    /// Where staleness went, as means; `None` without a sample.
    pub delay_breakdown_seconds: BreakdownMeans,
    /// The same per hop; the hops add up to the parts.
    pub delay_breakdown_hops: Vec<HopMeans>,
    /// Why entries were wrong.
    pub blame_seconds: BlameSeconds,
    /// Where the copies under way were.
    pub blame_in_transit_hops: Vec<HopSeconds>,
    /// Shares of updates visible within given spans.
    pub visibility: Vec<Visibility>,
    /// What policy met.
    pub exposure: ExposureShares,
    /// How full the table was.
    pub table: TableFill,
    /// What policy made of the flows; only with `policies`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRow>,
    /// How soon users were blocked about whom a threat was logged; only with `threats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_quarantine_seconds: Option<QuarantineTimes>,
    /// The flows of those users, and of innocents who were blocked; only with `threats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<QuarantineFlows>,
    /// How full the dataplane's table was; only with a `dataplane_capacity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataplane: Option<DataplaneFill>,
    /// Address-seconds of entries of the management plane's table that the dataplane did not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataplane_hidden_seconds: Option<Decimal>,
    /// What became of tags, HIP reports and the quarantine list; only where a session carries such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataCounts>,
}

/// A share of address-seconds over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Consistency {
    /// Over the whole run.
    pub mean: Decimal,
    /// In the worst window.
    pub min: Decimal,
    /// In the last window.
    #[serde(rename = "final")]
    pub last: Decimal,
}

/// Address-seconds in each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClassSeconds {
    /// The right user.
    pub current: Decimal,
    /// Another user.
    pub outdated: Decimal,
    /// Nobody, where somebody is.
    pub missing: Decimal,
    /// Somebody, where nobody is.
    pub lingering: Decimal,
}

/// A distribution of spans. `None` without a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// Samples.
    pub count: u64,
    /// Their mean.
    pub mean: Option<Decimal>,
    /// Their median.
    pub p50: Option<Decimal>,
    /// 90 % are at most this.
    pub p90: Option<Decimal>,
    /// 99 % are at most this.
    pub p99: Option<Decimal>,
    /// 99.9 % are at most this.
    pub p999: Option<Decimal>,
    /// The largest.
    pub max: Option<Decimal>,
    /// Relative error of the percentiles beyond the histogram's three digits.
    pub percentile_error: Decimal,
}

/// How updates ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FateCounts {
    /// Applied at least once.
    pub applied: u64,
    /// A newer one got there first.
    pub superseded: u64,
    /// The last copy was dropped.
    pub lost: LostCounts,
    /// By the conflict rule or a full table.
    pub refused: u64,
    /// By a list, or without a configured path.
    pub filtered: u64,
    /// Under way at the end.
    pub pending: u64,
    /// Copies after the first; no fate of their own.
    pub duplicates: u64,
}

/// Lost updates by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LostCounts {
    /// All of them.
    pub total: u64,
    /// By the way.
    pub loss: u64,
    /// By a full queue.
    pub queue: u64,
    /// By a crash.
    pub crash: u64,
    /// By the route check.
    pub hops: u64,
    /// By a blocked port.
    pub port: u64,
    /// By a wrong key.
    pub key: u64,
}

/// How old the newest word of a source was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgeOfInformation {
    /// Over time and sources.
    pub mean: Option<Decimal>,
    /// Of the values just before a fresher word.
    pub peak_mean: Option<Decimal>,
    /// The highest of these.
    pub max: Option<Decimal>,
    /// The source with the largest mean.
    pub worst_source: Option<String>,
}

/// A mean alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mean {
    /// `None` without a sample.
    pub mean: Option<Decimal>,
}

/// Mean delay per part; rounded so that the parts add up to the mean staleness to the last digit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BreakdownMeans {
    /// Until a learner has it.
    pub observe: Option<Decimal>,
    /// The rest.
    #[serde(flatten)]
    pub parts: PartMeans,
}

/// Mean delay per part after the learner has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartMeans {
    /// Waiting for a send tick, HA1 lag.
    pub batch: Option<Decimal>,
    /// Waiting for a busy processor or line.
    pub queue: Option<Decimal>,
    /// Service times.
    pub process: Option<Decimal>,
    /// Bytes over rate.
    pub transmit: Option<Decimal>,
    /// Latency and jitter.
    pub propagate: Option<Decimal>,
    /// Retransmission, reconnecting, full tables.
    pub recover: Option<Decimal>,
}

/// A hop's share of the mean delay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HopMeans {
    /// The feeding node.
    pub from: String,
    /// The fed node.
    pub to: String,
    /// Over all updates applied at the enforcement point.
    #[serde(flatten)]
    pub parts: PartMeans,
}

/// Address-seconds that are not current, by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BlameSeconds {
    /// No source noticed.
    pub unobserved: Decimal,
    /// A copy is on its way.
    pub in_transit: Decimal,
    /// The last copy was dropped.
    pub lost: Decimal,
    /// The table's own timer ended it.
    pub expired: Decimal,
    /// Another mapping won.
    pub conflict: Decimal,
    /// Every copy waits for a session, or the node has restarted.
    pub disconnected: Decimal,
}

/// Address-seconds charged to a hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HopSeconds {
    /// The feeding node.
    pub from: String,
    /// The fed node.
    pub to: String,
    /// How many.
    pub seconds: Decimal,
}

/// The share of updates visible within a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Visibility {
    /// The span.
    pub within_seconds: Decimal,
    /// The share; `None` where no update occurred that long before the end.
    pub share: Option<Decimal>,
}

/// Flows by what the table said of their user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ExposureShares {
    /// Expected flows: the rate times the stays' seconds.
    pub flows: Decimal,
    /// Those under another user's policy.
    pub wrong_user: Decimal,
    /// Those of nobody known.
    pub unknown_user: Decimal,
    /// Their share; `None` without a flow.
    pub wrong_user_share: Option<Decimal>,
    /// Their share; `None` without a flow.
    pub unknown_user_share: Option<Decimal>,
}

/// How full the table was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TableFill {
    /// Entries over time.
    pub entries_mean: Option<Decimal>,
    /// The most at once.
    pub entries_peak: u64,
    /// At the end.
    pub entries_final: u64,
    /// How many it holds.
    pub capacity: u64,
    /// Updates refused because it was full.
    pub refused: u64,
}
