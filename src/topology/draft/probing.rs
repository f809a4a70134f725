//! Draft of client probing. Must not know when which address is probed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{At, Unit};
use crate::ports;
use crate::units::Span;

/// Asking the computer behind each address that the node has learned who is logged on there (WMI or NetBIOS). It finds
/// log-offs that nobody told of; a user who is still there is refreshed (guess).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ProbingDraft {
    /// From one probe of an address to the next. (documented) 20 min, 1 to 1440. Range: 1m to 1d.
    #[schemars(extend("default" = "20m", "x-minimum" = "1m", "x-maximum" = "1d"))]
    pub interval: Unit<Span>,
    /// The port that is probed. (documented) WMI 135; NetBIOS is 139. Range: 1 to 65535.
    #[schemars(extend("default" = ports::RPC, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// Until a computer with a user has answered. (guess)
    #[schemars(extend("default" = {"exponential": "50ms"}))]
    pub answer: DistributionDraft,
    /// Until an address that does not answer is taken for one without a user. (guess) Range: 0s to 5m.
    #[schemars(extend("default" = "2s", "x-maximum" = "5m"))]
    pub no_answer: Unit<Span>,
    /// Questions that may be open at once; an address that is due then waits for the next round. (guess) Range: 1 to
    /// 10000.
    #[schemars(extend("default" = 20, "minimum" = 1, "maximum" = 10_000))]
    pub at_once: At<u32>,
}
