//! Draft of the servers whose logs learners read: domain controllers, Exchange, eDirectory, cloud identity engines.
//!
//! Every key with its doc, default and range, as in `node`. Must not know how a log is read.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{At, Unit};
use crate::ports;
use crate::roles::Phase;
use crate::units::Span;

/// Over what a server's log is read; it decides the port. Source of the ports: the vendor's list (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitoringDraft {
    /// WinRM over HTTP, port 5985; Kerberos encrypts what it carries.
    WinrmHttp,
    /// WinRM over HTTPS, port 5986.
    WinrmHttps,
    /// WMI over RPC: port 135, then a dynamic one of 49152 to 65535, which is taken as open where 135 is.
    Wmi,
}

impl MonitoringDraft {
    /// The port that is dialled.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::WinrmHttp => ports::WINRM_HTTP,
            Self::WinrmHttps => ports::WINRM_HTTPS,
            Self::Wmi => ports::RPC,
        }
    }
}

/// Over what an eDirectory is queried; it decides the port. Source of the ports: the vendor's list (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LdapDraft {
    /// LDAP, port 389.
    Ldap,
    /// LDAP over TLS, port 636.
    Ldaps,
}

impl LdapDraft {
    /// The port that is dialled.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::Ldap => ports::LDAP,
            Self::Ldaps => ports::LDAPS,
        }
    }
}

/// A domain controller, whose security log learners poll.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Log {
    /// From an event until its record can be read. (guess)
    #[schemars(extend("default" = "100ms"))]
    pub log_lag: DistributionDraft,
    /// From the instant a query reads the log until its answer leaves. (guess)
    #[schemars(extend("default" = "50ms"))]
    pub query_time: DistributionDraft,
    /// What each record in the answer adds to `query_time`; a poll slips by it under load. (guess) Range: 0s to 1m.
    #[schemars(extend("default" = "0s", "x-maximum" = "1m"))]
    pub query_time_per_record: Unit<Span>,
    /// Over what the log is read: WinRM or WMI. (documented) both; WinRM over HTTP (a guess as to which).
    #[schemars(extend("default" = "winrm_http"))]
    pub protocol: MonitoringDraft,
    /// The port that learners dial. Default: that of `protocol`. Range: 1 to 65535.
    #[schemars(extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// How often learners query it that say nothing else, from the end of one query to the start of the next.
    /// (documented) 2 s. Range: 1ms to 1d.
    #[schemars(extend("default" = "2s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub read_interval: Unit<Span>,
    /// The security events that its audit policy writes: 4624 (log-on), 4768 (ticket granted), 4769 and 4770 (ticket
    /// used, renewed), 4634 and 4647 (log-off). Default: whatever the workload says is noticed.
    #[schemars(extend("minItems" = 1))]
    pub events: Option<Vec<At<u16>>>,
    /// From a network log-on (4624 type 3) to the end of its session, which 4634 tells although the user is still
    /// there. (guess)
    #[schemars(extend("default" = {"exponential": "30s"}))]
    pub session_length: DistributionDraft,
    /// Its list of open file and print sessions, for learners that read it. Default: it keeps none.
    pub sessions: Option<SessionsDraft>,
}

/// The open file and print sessions of a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SessionsDraft {
    /// Between two times at which a user who is there is seen with an open session. (guess)
    #[schemars(extend("default" = {"exponential": "5m"}))]
    pub gap: DistributionDraft,
}

/// An Exchange server, whose log of mailbox log-ons learners poll.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Exchange {
    /// From an event until its record can be read. (guess)
    #[schemars(extend("default" = "500ms"))]
    pub log_lag: DistributionDraft,
    /// From the instant a query reads the log until its answer leaves. (guess)
    #[schemars(extend("default" = "100ms"))]
    pub query_time: DistributionDraft,
    /// What each record in the answer adds to `query_time`. (guess) Range: 0s to 1m.
    #[schemars(extend("default" = "0s", "x-maximum" = "1m"))]
    pub query_time_per_record: Unit<Span>,
    /// Over what the log is read: WinRM or WMI. (documented) both; WinRM over HTTP (a guess as to which).
    #[schemars(extend("default" = "winrm_http"))]
    pub protocol: MonitoringDraft,
    /// The port that learners dial. Default: that of `protocol`. Range: 1 to 65535.
    #[schemars(extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// How often learners query it that say nothing else. (documented) 2 s, as all monitored servers. Range: 1ms to 1d.
    #[schemars(extend("default" = "2s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub read_interval: Unit<Span>,
    /// Its list of open sessions, for learners that read it. Default: it keeps none.
    pub sessions: Option<SessionsDraft>,
}

/// A Novell eDirectory server, whose log-on attributes learners query.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct EDirectory {
    /// From an event until a query finds it. (guess)
    #[schemars(extend("default" = "1s"))]
    pub log_lag: DistributionDraft,
    /// From the instant a query reads the directory until its answer leaves. (guess)
    #[schemars(extend("default" = "200ms"))]
    pub query_time: DistributionDraft,
    /// What each record in the answer adds to `query_time`. (guess) Range: 0s to 1m.
    #[schemars(extend("default" = "0s", "x-maximum" = "1m"))]
    pub query_time_per_record: Unit<Span>,
    /// Over what it is queried: LDAP with or without TLS. (documented) both.
    #[schemars(extend("default" = "ldap"))]
    pub protocol: LdapDraft,
    /// The port that learners dial. Default: that of `protocol`. Range: 1 to 65535.
    #[schemars(extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// How often learners query it that say nothing else. (documented) 30 s, 1 to 3600. Range: 1ms to 1d.
    #[schemars(extend("default" = "30s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub read_interval: Unit<Span>,
}

/// A cloud identity engine: user mappings over HTTPS, for a Panorama or a firewall.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct CloudEngine {
    /// From an event until the engine has it. (guess)
    #[schemars(extend("default" = "30s"))]
    pub log_lag: DistributionDraft,
    /// From the instant a query reads the engine until its answer leaves. (guess)
    #[schemars(extend("default" = "200ms"))]
    pub query_time: DistributionDraft,
    /// What each record in the answer adds to `query_time`. (guess) Range: 0s to 1m.
    #[schemars(extend("default" = "0s", "x-maximum" = "1m"))]
    pub query_time_per_record: Unit<Span>,
    /// The port that learners dial. (documented) HTTPS. Range: 1 to 65535.
    #[schemars(extend("default" = ports::CLOUD_IDENTITY, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// Whether learners ask again and again, or their query is held until there is something to tell. (guess)
    #[schemars(extend("default" = "poll"))]
    pub mode: CloudModeDraft,
    /// How often learners query it that say nothing else, in mode `poll`. (guess) Range: 1ms to 1d.
    #[schemars(extend("default" = "60s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub read_interval: Unit<Span>,
}

/// How a cloud identity engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloudModeDraft {
    /// At an interval.
    Poll,
    /// A query is held until there is something to tell, and the next follows at once.
    Subscribe,
}

/// One log that a learner polls; a plain name is its `source`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "source"))]
pub struct ReadDraft {
    /// The domain controller; a glob stands for all that match.
    #[schemars(required)]
    pub source: Option<At<String>>,
    /// From the end of one query to the start of the next. (documented) 1 s to 3600 s. Default: the source's
    /// `read_interval`. Range: 1ms to 1d.
    #[schemars(extend("x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub interval: Option<Unit<Span>>,
    /// The security events that it takes from the log, by their numbers; the others count as filtered. Default: 4624,
    /// 4768, 4769 and 4770 (documented) of a source that says which `events` its log has, and all of one that does not.
    #[schemars(extend("minItems" = 1))]
    pub events: Option<Vec<At<u16>>>,
    /// Reads the server's open sessions as well, from the end of one query to the start of the next: a refresh for
    /// every user who is seen there. (documented) off; 10 s where it is on, 1 to 3600. Range: 1ms to 1d.
    #[schemars(extend("x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub session_interval: Option<Unit<Span>>,
    /// From the start or a (re)connect to the first query: a span, or `drawn` from the interval.
    #[schemars(extend("default" = "drawn", "x-maximum" = "1d"))]
    pub phase: Unit<Phase>,
    /// Records read at the first connect, the newest ones; 0: the whole log. None is older than the reader's own
    /// timeout. (reported) 50,000. Range: 0 to 10000000.
    #[schemars(extend("default" = 50_000, "minimum" = 0, "maximum" = 10_000_000))]
    pub history_records: At<u64>,
}
