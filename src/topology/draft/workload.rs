//! Draft of the workload. Everything about people is synthetic, and so every default of it is (guess).
//!
//! Must not know how stays and updates are made of it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{At, Moment, NetworkText, Table, TimeOfDay, Unit};
use crate::units::{Ratio, Span};

/// Where log-ons come from: exactly one of `population`, `arrivals`, `replay`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct WorkloadDraft {
    /// A seeded population with working days.
    pub population: Option<PopulationDraft>,
    /// A stream of log-ons with drawn gaps; for theory and tests of one mechanism.
    pub arrivals: Option<ArrivalsDraft>,
    /// A log of real events, or a list of them, which are merged by time; a plain name is its `file`.
    #[schemars(extend("minItems" = 1, "maxItems" = 100, "x-single" = true))]
    pub replay: Option<Vec<ReplayDraft>>,
    /// The flows that policy is applied to.
    #[schemars(extend("default" = {}))]
    pub flows: FlowsDraft,
    /// Users who misbehave, and the firewalls that log it.
    #[schemars(extend("default" = []))]
    pub threats: Vec<ThreatDraft>,
}

/// Threats: one `at` an instant, or one after the other `every` so often.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ThreatDraft {
    /// Its name; what is random about it is drawn under this name.
    #[schemars(required)]
    pub name: Option<At<String>>,
    /// When: a time of day or a span from the start.
    pub at: Option<Unit<Moment>>,
    /// From one to the next; the first comes after one gap.
    pub every: Option<DistributionDraft>,
    /// From when on, with `every`. Default: the start.
    pub from: Option<Unit<Moment>>,
    /// Until when, with `every`. Default: the end.
    pub until: Option<Unit<Moment>>,
    /// Who misbehaves. Default: somebody who is there, drawn. A threat that he is not there for does not come.
    pub user: Option<At<String>>,
    /// The firewalls and pairs that log it; globs allowed. Default: those of the site where the user is, or else those
    /// that all flows cross.
    #[schemars(extend("default" = []))]
    pub firewalls: Vec<At<String>>,
}

/// The flows that policy is applied to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct FlowsDraft {
    /// Flows that a user starts. Units: per second. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 0.1, "minimum" = 0, "maximum" = 1_000_000))]
    pub per_second: At<f64>,
    /// Firewalls and pairs that all users' flows cross, besides those of the user's own site; globs allowed.
    #[schemars(extend("default" = []))]
    pub through: Vec<At<String>>,
}

/// A seeded population with working days.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct PopulationDraft {
    /// Users and addresses by site; a key is a site's name or a glob over sites.
    #[schemars(required, extend("minProperties" = 1))]
    pub sites: Option<Table<PeopleDraft>>,
    /// When people come and go.
    #[schemars(extend("default" = {}))]
    pub day: DayDraft,
    /// Between two refreshes (ticket renewals, file accesses) during a stay. (guess)
    #[schemars(extend("default" = {"log_normal": {"median": "20m", "sigma": 0.5}}))]
    pub refresh_gap: DistributionDraft,
    /// The share of log-offs that a source notices. (guess) log-off events are not dependable.
    #[schemars(extend("default" = "10%"))]
    pub log_off_observed: Unit<Ratio>,
    /// The share of users who move to another site (with one site: another address) once a day. (guess)
    #[schemars(extend("default" = "5%"))]
    pub roaming: Unit<Ratio>,
    /// How long an address rests after a stay before somebody else may get it. (guess)
    #[schemars(extend("default" = "10m"))]
    pub lease_rest: DistributionDraft,
    /// Service accounts that log on at users' addresses and hide the user. Default: none.
    pub service: Option<ServiceDraft>,
    /// Mass log-ons: a shift, the end of a power cut.
    #[schemars(extend("default" = []))]
    pub storms: Vec<StormDraft>,
}

/// The people of a site.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct PeopleDraft {
    /// Users of each matching site. Range: 0 to 10000000.
    #[schemars(required, extend("minimum" = 0, "maximum" = 10_000_000))]
    pub users: Option<At<u64>>,
    /// Networks whose addresses are leased there; `{n}` counts the matching sites from 1.
    #[schemars(required, extend("minItems" = 1))]
    pub networks: Option<Vec<Unit<NetworkText>>>,
    /// Gives each matching site the next subnet of this prefix length out of the one network named.
    /// Default: not split. Range: 1 to 128.
    #[schemars(extend("minimum" = 1, "maximum" = 128))]
    pub split: Option<At<u8>>,
}

/// When people come and go. (guess) throughout; log-ons peak between 07 and 09 h.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct DayDraft {
    /// The mean time of the day's first log-on. (guess)
    #[schemars(extend("default" = "08:00"))]
    pub log_on: Unit<TimeOfDay>,
    /// Its standard deviation. (guess) Range: 0s to 1d.
    #[schemars(extend("default" = "30m", "x-maximum" = "1d"))]
    pub log_on_deviation: Unit<Span>,
    /// How long a user stays, breaks included. (guess)
    #[schemars(extend("default" = {"normal": {"mean": "8h", "deviation": "45m"}}))]
    pub length: DistributionDraft,
    /// The share of users who leave for a break and log on again afterwards. (guess)
    #[schemars(extend("default" = "60%"))]
    pub breaks: Unit<Ratio>,
    /// How long the break lasts. (guess)
    #[schemars(extend("default" = {"normal": {"mean": "45m", "deviation": "15m"}}))]
    pub break_length: DistributionDraft,
}

/// Service accounts: backup, antivirus, software distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ServiceDraft {
    /// How many such accounts there are. Range: 1 to 1000.
    #[schemars(extend("default" = 1, "minimum" = 1, "maximum" = 1_000))]
    pub accounts: At<u32>,
    /// Between two service log-ons at one user's address. (guess)
    #[schemars(extend("default" = {"exponential": "4h"}))]
    pub gap: DistributionDraft,
}

/// Many users log on at once.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct StormDraft {
    /// Its name in the report.
    #[schemars(required)]
    pub name: Option<At<String>>,
    /// When it begins: a time of day or a span from the start.
    #[schemars(required)]
    pub at: Option<Unit<Moment>>,
    /// Over how long the log-ons spread. Range: 0s to 1d.
    #[schemars(extend("default" = "5m", "x-maximum" = "1d"))]
    pub within: Unit<Span>,
    /// Where. Default: everywhere.
    pub site: Option<At<String>>,
    /// The share of the users then absent who log on.
    #[schemars(extend("default" = "100%"))]
    pub share: Unit<Ratio>,
}

/// Log-ons with drawn gaps, each by a user never seen before, on addresses taken in turn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ArrivalsDraft {
    /// The network the addresses come from.
    #[schemars(extend("default" = "10.0.0.0/8"))]
    pub network: Unit<NetworkText>,
    /// How many addresses are used in turn. Range: 1 to 10000000.
    #[schemars(extend("default" = 1_000, "minimum" = 1, "maximum" = 10_000_000))]
    pub addresses: At<u32>,
    /// Between two log-ons.
    #[schemars(required)]
    pub gap: Option<DistributionDraft>,
    /// How long a user stays. Default: until the next user of the address.
    pub stay: Option<DistributionDraft>,
    /// Between two refreshes of a stay. Default: none.
    pub refresh_gap: Option<DistributionDraft>,
    /// The share of log-offs (of stays that end by themselves) that the source notices.
    #[schemars(extend("default" = "100%"))]
    pub log_off_observed: Unit<Ratio>,
    /// The source that notices them.
    #[schemars(required)]
    pub source: Option<At<String>>,
    /// The site whose firewalls the flows cross. Default: the source's.
    pub site: Option<At<String>>,
}

/// A log of real events. Its truth is assumed, and the report says so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "file"))]
pub struct ReplayDraft {
    /// The log, relative to the topology file: Windows security events (`.ndjson`, `.json`), `uid-message` documents
    /// (`.xml`) or `.csv` with the header `time,user,ip,event`; other endings need a `format`. A time is RFC 3339 or a
    /// span from the start (a plain number counts seconds); an event is login, logon, log-on, refresh, logout, logoff or
    /// log-off.
    #[schemars(required, extend("format" = "file"))]
    pub file: Option<At<String>>,
    /// How it is written. Default: by the file's ending.
    pub format: Option<FormatDraft>,
    /// Of syslog lines: the parse profiles, applied in order; the first that finds its event decides.
    #[schemars(extend("default" = [], "x-single" = true))]
    pub profile: Vec<At<String>>,
    /// Of syslog lines: the longest that is read; longer ones are left out. Units: bytes. (documented) 8,000 from
    /// 10.0 on, 2,048 before. Range: 1 to 65536.
    #[schemars(extend("default" = 8_000, "minimum" = 1, "maximum" = 65_536))]
    pub line_bytes: At<u32>,
    /// Of syslog lines with the header of RFC 3164, which names no year: the year of the first. Needed where several
    /// dated logs are merged. Default: none, as the year does not matter for one log alone. Range: 1970 to 2200.
    #[schemars(extend("minimum" = 1_970, "maximum" = 2_200))]
    pub year: Option<At<u16>>,
    /// Of a `uid-message` document, which names no time: when it was sent, where no line with a time stands before it.
    pub at: Option<Unit<Moment>>,
    /// The sources that wrote it. Default: all sources of the topology.
    pub sources: Option<Vec<At<String>>>,
    /// The site whose firewalls the users' flows cross. Default: the first source's.
    pub site: Option<At<String>>,
    /// How long a stay is assumed to last when no log-off is joined to it. Range: 1s to 30d.
    #[schemars(extend("default" = "8h", "x-minimum" = "1s", "x-maximum" = "30d"))]
    pub assume_stay: Unit<Span>,
    /// Gaps longer than this are shortened to it; of several logs the longest counts. Range: 1s to 366d.
    #[schemars(extend("default" = "10m", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub gaps_over: Unit<Span>,
    /// Whether machine accounts (names that end in `$`) are kept.
    #[schemars(extend("default" = false))]
    pub machine_accounts: bool,
}

/// How a replayed log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatDraft {
    /// `time,user,ip,event` with a header line.
    Csv,
    /// Syslog lines (RFC 3164, RFC 5424, LEEF), read through parse profiles.
    Syslog,
    /// `uid-message` documents of the XML API, each after a line with its time.
    UidMessage,
    /// USERID log lines of PAN-OS, with or without a syslog header.
    UseridLog,
    /// Windows security events, one JSON object a line.
    WindowsNdjson,
}
