//! What a workload is asked to be (`Spec`), and what it is once a seed has made it so (`Workload`).

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use super::{Telling, Threat, Update};
use crate::formats::Profile;
use crate::ids::{AddressId, NodeId, SiteId, UserId};
use crate::random::Distribution;
use crate::units::{Instant, Ratio, Span};

/// Where the workload comes from.
#[derive(Clone, Debug)]
pub enum Spec {
    /// A stream of log-ons with drawn gaps; for theory and for tests of one mechanism.
    Arrivals(Arrivals),
    /// A seeded population with working days. Synthetic, and the report says so.
    Population(Population),
    /// Logs of real events, merged by time; the truth is assumed from them.
    Replay(Vec<Replay>),
}

/// Log-ons with drawn gaps, each by a user never seen before, on addresses taken in turn; each ends
/// the stay before it at that address.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// The network the addresses come from.
    pub network: IpNet,
    /// How many addresses are used in turn, at least 1.
    pub addresses: u32,
    /// The time between two log-ons; the first comes after one gap.
    pub gap: Distribution,
    /// How long a user stays; `None`: until the next user of the address.
    pub stay: Option<Distribution>,
    /// The time between two refreshes of a stay; `None`: none.
    pub refresh_gap: Option<Distribution>,
    /// The share of log-offs (of stays that end by themselves) that the source notices.
    pub log_off_observed: Ratio,
    /// The source that notices them.
    pub source: NodeId,
    /// The site whose firewalls the users' flows cross.
    pub site: SiteId,
    /// By what rule the source tells of the stays; a session keeper has no use for the two keys before.
    pub telling: Telling,
}

/// A population with working days.
#[derive(Clone, Debug)]
pub struct Population {
    /// Users and addresses of each site.
    pub sites: Vec<SitePopulation>,
    /// Which source notices what happens at which site; a site's events go to one of its sources,
    /// drawn per event by weight.
    pub sources: Vec<SourceReach>,
    /// When people come and go.
    pub day: WorkingDay,
    /// The time between two refreshes (ticket renewals, file accesses) during a stay.
    pub refresh_gap: Distribution,
    /// The share of log-offs that a source notices.
    pub log_off_observed: Ratio,
    /// The share of users who move to another site (or to another address, with one site) once a day.
    pub roaming: Ratio,
    /// How long an address rests after a stay before somebody else may get it.
    pub lease_rest: Distribution,
    /// Service accounts that log on at users' addresses.
    pub service: Option<Service>,
    /// Mass log-ons.
    pub storms: Vec<Storm>,
    /// The time of day at virtual zero.
    pub start: Span,
}

/// The people of one site.
#[derive(Clone, Debug)]
pub struct SitePopulation {
    /// The site.
    pub site: SiteId,
    /// Its name, for user names.
    pub name: String,
    /// How many users belong there.
    pub users: u32,
    /// The addresses leased there; must hold at least as many hosts as users may be present.
    pub networks: Vec<IpNet>,
}

/// The sites that one source hears of.
#[derive(Clone, Debug)]
pub struct SourceReach {
    /// The source.
    pub source: NodeId,
    /// The sites it hears of.
    pub sites: Vec<SiteId>,
    /// Its share of their events, relative to the other sources of the site; at least 1.
    pub weight: u32,
    /// By what rule it tells of their stays.
    pub telling: Telling,
}

/// When people come and go, as times of day.
#[derive(Clone, Debug)]
pub struct WorkingDay {
    /// The mean time of the day's first log-on (normal, cut at the day's begin).
    pub log_on: Span,
    /// Its standard deviation.
    pub log_on_deviation: Span,
    /// How long a user stays, breaks included.
    pub length: Distribution,
    /// The share of users who leave for a break and log on again afterwards.
    pub breaks: Ratio,
    /// How long the break lasts.
    pub break_length: Distribution,
}

/// Service accounts: backup, antivirus, software distribution.
#[derive(Clone, Debug)]
pub struct Service {
    /// How many such accounts there are (named svc-1, svc-2, …).
    pub accounts: u32,
    /// The time between two service log-ons at one user's address.
    pub gap: Distribution,
}

/// Many users log on at once: a shift, a power cut's end.
#[derive(Clone, Debug)]
pub struct Storm {
    /// Its name in the report.
    pub name: String,
    /// When it begins.
    pub at: Instant,
    /// Over how long the log-ons spread, uniformly.
    pub within: Span,
    /// Where; `None`: everywhere.
    pub site: Option<SiteId>,
    /// The share of the users then absent who log on.
    pub share: Ratio,
}

/// A log of real events.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The file.
    pub file: PathBuf,
    /// Its format.
    pub format: ReplayFormat,
    /// The sources that wrote it; an event goes to the source that its host is drawn to, by hash.
    pub sources: Vec<NodeId>,
    /// The site whose firewalls the users' flows cross.
    pub site: SiteId,
    /// How long a stay is assumed to last when no log-off is joined to it.
    pub assume_stay: Span,
    /// Gaps longer than this are shortened to it; of several logs the longest counts.
    pub gaps_over: Span,
    /// Whether machine accounts (names that end in `$`) are kept.
    pub machine_accounts: bool,
}

/// How a replayed file is written.
#[derive(Clone, Debug)]
pub enum ReplayFormat {
    /// `time,user,ip,event` with a header line.
    Csv,
    /// Syslog lines.
    Syslog(SyslogReplay),
    /// `uid-message` documents, each after a line with its time; the first may have this one, from the start, instead.
    UidMessage {
        /// When the first document was sent.
        at: Option<Span>,
    },
    /// USERID log lines of PAN-OS.
    UserIdLog,
    /// Windows security events, one JSON object a line.
    WindowsNdjson,
}

/// How syslog lines are understood.
#[derive(Clone, Debug)]
pub struct SyslogReplay {
    /// Applied in order; the first that finds its event decides.
    pub profiles: Vec<Profile>,
    /// The year of the first line where lines name none.
    pub year: Option<i16>,
    /// Longer lines are left out. Units: bytes.
    pub line_bytes_max: usize,
}

/// Whether the truth is known or assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// From a log by rule.
    Assumed,
    /// Made by the generator.
    Generated,
}

/// A user's time at an address. Stays at one address never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Who.
    pub user: UserId,
    /// Where.
    pub address: AddressId,
    /// The site whose firewalls the user's flows cross.
    pub site: SiteId,
    /// From when on.
    pub start: Instant,
    /// Until when; may lie past the end of the run.
    pub end: Instant,
}

/// A workload that a seed has made real.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Every address of it, in `AddressId` order.
    pub addresses: Vec<IpAddr>,
    /// Every user of it, in `UserId` order; service accounts included.
    pub users: Vec<String>,
    /// The truth, sorted by (start, address); at one address never overlapping. At an instant where one
    /// stay ends and the next begins, the address passes straight over.
    pub stays: Vec<Stay>,
    /// What each source notices, sorted by `occurred`; indexed by the source's `NodeId`, empty for the
    /// nodes that are no sources; it ends with the last source that noticed anything, so ask with `get`.
    /// Position in the list = `sequence`.
    /// Shared with the sources of a run, as it may be the largest thing of it.
    pub updates: Arc<Vec<Vec<Update>>>,
    /// Threats, in order of time.
    pub threats: Arc<Vec<Threat>>,
    /// Whether the truth is known or assumed.
    pub truth: Truth,
    /// What the reader has to say: lines left out, by reason, gaps shortened. Empty for generated ones.
    pub remarks: Vec<String>,
}
