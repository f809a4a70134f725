//! Draft of HA pairs: members, HA1, heartbeats.
//!
//! Every key with its doc, default and range, and how sure the default is. Must not know what a member does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::node::MemberDraft;
use super::value::{At, Unit};
use super::vsys::PairModeDraft;
use crate::units::Span;

/// A pair of firewalls.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct HighAvailability {
    /// Its two members, the preferred one first. Default: the pair's name with `-a` and `-b`.
    #[schemars(extend("minItems" = 2, "maxItems" = 2))]
    pub members: Option<Vec<MemberDraft>>,
    /// Who enforces, and who talks to upstreams.
    #[schemars(extend("default" = "active_passive"))]
    pub mode: PairModeDraft,
    /// Active/active: how long a member that returns enforces nothing. (documented) 60 s. Range: 0s to 1h.
    #[schemars(extend("default" = "60s", "x-maximum" = "1h"))]
    pub tentative_hold: Unit<Span>,
    /// From an entry's arrival until it is sent to the peer over HA1. (guess) 100 ms. Range: 0s to 1h.
    #[schemars(extend("default" = "100ms", "x-maximum" = "1h"))]
    pub sync_lag: Unit<Span>,
    /// Entries are gathered on this grid before they are sent; `0s`: not gathered. (guess) Range: 0s to 1h.
    #[schemars(extend("default" = "0s", "x-maximum" = "1h"))]
    pub sync_interval: Unit<Span>,
    /// HA1 heartbeats.
    #[schemars(extend("default" = {}))]
    pub heartbeat: HeartbeatDraft,
    /// From the peer's death to taking over. (documented) recommended 2000 ms, aggressive 500 ms. Range: 0s to 1h.
    #[schemars(extend("default" = "2s", "x-maximum" = "1h"))]
    pub promotion_hold: Unit<Span>,
}

/// Heartbeats over HA1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct HeartbeatDraft {
    /// Between heartbeats. (documented) 1000 ms on large hardware, 2000 ms on others and VMs. Range: 1ms to 1h.
    #[schemars(extend("default" = "2s", "x-minimum" = "1ms", "x-maximum" = "1h"))]
    pub interval: Unit<Span>,
    /// Misses in a row before the peer is dead. (guess) 3, widely repeated. Range: 1 to 100.
    #[schemars(extend("default" = 3, "minimum" = 1, "maximum" = 100))]
    pub misses: At<u32>,
}
