//! Draft of the sources that keep sessions and push their begin and end: RADIUS accounting, GlobalProtect gateways,
//! captive portals.
//!
//! Must not know what is emitted when; `workload::telling` does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::value::{Lifetime, Unit};
use crate::units::{Ratio, Span};

/// What a bridge from RADIUS accounting tells of each session: Start, interim updates, Stop.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Radius {
    /// Between two interim updates of a session, each a refresh. (reported) 600 s; below the mapping timeout. Range: 1s
    /// to 1d.
    #[schemars(extend("default" = "600s", "x-minimum" = "1s", "x-maximum" = "1d"))]
    pub interim: Unit<Span>,
    /// The share of sessions whose Stop never comes. (guess)
    #[schemars(extend("default" = "5%"))]
    pub stop_missing: Unit<Ratio>,
}

/// What a GlobalProtect gateway tells of each tunnel; the firewall it runs on is the learner.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Gateway {
    /// After so long a user must log in again. (documented) 30 days. Range: 1m to 366d.
    #[schemars(extend("default" = "30d", "x-minimum" = "1m", "x-maximum" = "366d"))]
    pub login_lifetime: Unit<Span>,
    /// A tunnel of which nothing is heard for so long is logged out. (documented) 180 min. Range: 1s to 30d.
    #[schemars(extend("default" = "180m", "x-minimum" = "1s", "x-maximum" = "30d"))]
    pub inactivity: Unit<Span>,
    /// Between two signs of life of a tunnel that is used, each a refresh. (documented) host checks every hour. Range:
    /// 1s to 1d.
    #[schemars(extend("default" = "1h", "x-minimum" = "1s", "x-maximum" = "1d"))]
    pub check: Unit<Span>,
    /// The share of users who leave with a log-out signal. (guess)
    #[schemars(extend("default" = "50%"))]
    pub log_out: Unit<Ratio>,
    /// From the end of the login lifetime until the user has logged in again. (guess)
    #[schemars(extend("default" = {"exponential": "2m"}))]
    pub again: DistributionDraft,
    /// How long the learner keeps such an entry without a sign of life, instead of its own timeout. (documented)
    /// 10,800 s.
    #[schemars(extend("default" = "10800s", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub lifetime: Unit<Lifetime>,
}

/// What a captive portal (authentication portal) tells of each web session.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Portal {
    /// A user of whom nothing is seen for so long is logged off. (documented) 15 min, 1 to 1440. Range: 1s to 366d.
    #[schemars(extend("default" = "15m", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub idle: Unit<Span>,
    /// After so long a session ends, whether the user is there or not. (documented) 60 min, 1 to 1440. Range: 1s to
    /// 366d.
    #[schemars(extend("default" = "60m", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub session: Unit<Span>,
    /// From the end of a session until the user, still there, has logged on again. (guess)
    #[schemars(extend("default" = {"exponential": "2m"}))]
    pub again: DistributionDraft,
    /// How long the learner keeps such an entry by itself. (documented) the mapping timeout does not apply to it.
    #[schemars(extend("default" = "never", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub lifetime: Unit<Lifetime>,
}
