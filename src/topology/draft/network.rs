//! Draft of sites and links. Must not know what travels over them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{At, Unit};
use crate::units::{BitRate, Ratio, Span};

/// A site; its nodes reach each other without a link.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SiteDraft {
    /// How many sites of this kind; the name must contain `{n}`, which counts from 1. Range: 1 to 100000.
    #[schemars(extend("minimum" = 1, "maximum" = 100_000))]
    pub count: Option<At<u64>>,
}

/// A link: one pipe per direction, shared by all sessions routed over it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LinkDraft {
    /// Its two ends, sites or nodes; may contain `{n}` or `{site}`.
    #[schemars(required, extend("minItems" = 2, "maxItems" = 2))]
    pub between: Option<Vec<At<String>>>,
    /// How many links of this kind; the name must contain `{n}`, which counts from 1. Range: 1 to 200000.
    #[schemars(extend("minimum" = 1, "maximum" = 200_000))]
    pub count: Option<At<u64>>,
    /// One link for every site that matches this glob; `{site}` stands for its name, `{1}` for what the glob's
    /// first star stands for there, and so on. Default: none.
    pub at_each: Option<At<String>>,
    /// The name it had before a rename, with the same placeholders as the new one; what is random about it stays as
    /// it was under that name.
    pub was: Option<At<String>>,
    /// Propagation. Range: 0s to 1h.
    #[schemars(required, extend("x-maximum" = "1h"))]
    pub latency: Option<Unit<Span>>,
    /// Added to the latency of each frame; order is kept all the same.
    #[schemars(extend("default" = "0s"))]
    pub jitter: DistributionDraft,
    /// Transmission rate. Default: none, which takes no time.
    pub bandwidth: Option<Unit<BitRate>>,
    /// Probability that a packet is lost. Range: 0% to 100%.
    #[schemars(extend("default" = "0%"))]
    pub loss: Unit<Ratio>,
    /// What a lost TCP packet costs. (documented) 200 ms is the least that Linux waits; RFC 6298 asks for 1 s.
    /// Range: 1ms to 1h.
    #[schemars(extend("default" = "200ms", "x-minimum" = "1ms", "x-maximum" = "1h"))]
    pub retransmission_timeout: Unit<Span>,
    /// Frames that may wait in one direction before UDP frames are dropped and TCP senders held back.
    /// Default: no bound. Range: 1 to 1000000.
    #[schemars(extend("minimum" = 1, "maximum" = 1_000_000))]
    pub queue_frames: Option<At<u32>>,
    /// Ports that do not pass. A plain number does not pass in either direction.
    #[schemars(extend("default" = []))]
    pub blocked_ports: Vec<BlockedPortDraft>,
    /// Firewalls that its traffic passes, alone or in a pair, may contain `{n}` or `{site}`: their `denied_ports` do
    /// not pass. One that is down still lets the rest pass (a choice); book a `link_down` beside its crash.
    #[schemars(extend("default" = []))]
    pub through: Vec<At<String>>,
}

/// A port on which nothing is dialled over the link; a plain number is its `port`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "port"))]
pub struct BlockedPortDraft {
    /// The port. Range: 1 to 65535.
    #[schemars(required, extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// Only dials towards this end of the link (a name as under `between`) do not pass. Default: neither way.
    pub towards: Option<At<String>>,
}
