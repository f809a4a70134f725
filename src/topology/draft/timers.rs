//! Draft of the timers of connections. Must not know who keeps them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{At, Unit};
use crate::units::Span;

/// How a connection's end notices that the other is gone. (guess) not published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct KeepaliveDraft {
    /// Silence before a question, and the time for its answer. (guess) Range: 1ms to 1d.
    #[schemars(extend("default" = "5s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub interval: Unit<Span>,
    /// Questions in a row without an answer. (guess) Range: 1 to 100.
    #[schemars(extend("default" = 3, "minimum" = 1, "maximum" = 100))]
    pub misses: At<u32>,
}

/// When a client dials again after a session ended. (guess) not published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ReconnectDraft {
    /// The first wait, doubled each time. (guess) Range: 1ms to 1d.
    #[schemars(extend("default" = "5s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub first: Unit<Span>,
    /// The longest wait, before jitter. (guess) Range: 1ms to 1d.
    #[schemars(extend("default" = "60s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub max: Unit<Span>,
    /// Percent of the wait that may be added. (guess) Range: 0 to 100.
    #[schemars(extend("default" = 20, "minimum" = 0, "maximum" = 100))]
    pub jitter_percent: At<u32>,
    /// How long a dial may go unanswered. (guess) Range: 1ms to 1h.
    #[schemars(extend("default" = "10s", "x-minimum" = "1ms", "x-maximum" = "1h"))]
    pub connect_timeout: Unit<Span>,
}
