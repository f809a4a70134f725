//! Draft of directories and terminal servers, which nodes read for themselves and never redistribute.
//!
//! Must not know how they are read.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{At, Unit};
use crate::ports;
use crate::roles::Phase;
use crate::units::{Ratio, Span};

/// Over what a directory is read; it decides the port. Source of the ports: the vendor's list (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryDraft {
    /// LDAP to the global catalog, port 3268.
    GlobalCatalog,
    /// LDAP over TLS to the global catalog, port 3269.
    GlobalCatalogTls,
    /// HTTPS, port 443: the directory of a cloud identity engine.
    Https,
    /// LDAP, port 389.
    Ldap,
    /// LDAP over TLS, port 636.
    Ldaps,
}

impl DirectoryDraft {
    /// The port that is dialled.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Self::GlobalCatalog => ports::GLOBAL_CATALOG,
            Self::GlobalCatalogTls => ports::GLOBAL_CATALOG_TLS,
            Self::Https => ports::CLOUD_IDENTITY,
            Self::Ldap => ports::LDAP,
            Self::Ldaps => ports::LDAPS,
        }
    }
}

/// A directory, of which firewalls and Panoramas read who is in which group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Directory {
    /// Over what it is read. (documented) LDAP 389 and 636, global catalog 3268 and 3269, cloud
    /// identity engine 443.
    #[schemars(extend("default" = "ldap"))]
    pub protocol: DirectoryDraft,
    /// The port that is dialled. Default: that of `protocol`. Range: 1 to 65535.
    #[schemars(extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// From a question to its answer. (guess)
    #[schemars(extend("default" = "2s"))]
    pub query_time: DistributionDraft,
    /// What each change in the answer adds to `query_time`. (guess) Range: 0s to 1m.
    #[schemars(extend("default" = "0s", "x-maximum" = "1m"))]
    pub query_time_per_record: Unit<Span>,
    /// Between two changes of anybody's groups. (guess)
    #[schemars(extend("default" = {"exponential": "30m"}))]
    pub changes: DistributionDraft,
}

/// One directory that a node reads groups of; a plain name is its `from`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "from"))]
pub struct GroupMappingDraft {
    /// The directory; a glob stands for all that match.
    #[schemars(required)]
    pub from: Option<At<String>>,
    /// From an answer to the next question. (reported) 60 min. Range: 1s to 366d.
    #[schemars(extend("default" = "60m", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub interval: Unit<Span>,
    /// From the start or a (re)connect to the first question: a span, or `drawn` from the interval.
    #[schemars(extend("default" = "0s", "x-maximum" = "366d"))]
    pub phase: Unit<Phase>,
}

/// A terminal server with an agent that gives each user a block of ports of the one address that all share.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct TerminalServer {
    /// The port of its agent, which firewalls dial. (documented) Range: 1 to 65535.
    #[schemars(extend("default" = ports::TERMINAL_SERVER_AGENT, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// The first and the last port that are given out. (documented)
    #[schemars(extend("default" = [1_025, 65_534], "minItems" = 2, "maxItems" = 2))]
    pub ports: Vec<At<u16>>,
    /// Ports in a block. (documented) 200. Range: 1 to 65535.
    #[schemars(extend("default" = 200, "minimum" = 1, "maximum" = 65_535))]
    pub ports_per_block: At<u16>,
    /// How long a block rests after its user has left. (documented) TcpTimedWaitDelay, 240 s, 30 to 300. Range: 0s to 1d.
    #[schemars(extend("default" = "240s", "x-maximum" = "1d"))]
    pub rest: Unit<Span>,
    /// Between two log-ons. (guess)
    #[schemars(extend("default" = {"exponential": "3m"}))]
    pub log_ons: DistributionDraft,
    /// How long a user stays. (guess)
    #[schemars(extend("default" = {"log_normal": {"median": "3h", "sigma": 0.6}}))]
    pub stay: DistributionDraft,
    /// The share of users who need a second block, from the middle of their stay on. (guess)
    #[schemars(extend("default" = "10%"))]
    pub second_block: Unit<Ratio>,
    /// From a change to the message about it. (guess)
    #[schemars(extend("default" = "500ms"))]
    pub query_time: DistributionDraft,
}
