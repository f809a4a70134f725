//! Draft of what pairs and virtual systems add to a firewall or Panorama. Must not know how either behaves.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::At;

/// The virtual systems of a firewall.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct VirtualSystems {
    /// Its virtual systems, each a node `NAME-VSYS` with a table, a processor (a choice) and a row of its own. What
    /// the firewall reads and follows, the hub does; without a hub the first, and the others learn nothing: mappings are not
    /// shared (documented). Default: none, one table for the whole firewall.
    #[schemars(extend("default" = []))]
    pub vsys: Vec<At<String>>,
    /// The virtual system that is the User-ID hub, which all others learn from; each is a hop (documented).
    pub user_id_hub: Option<At<String>>,
}

/// Who of a pair enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairModeDraft {
    /// Both; the active-primary alone talks to upstreams and clients (documented).
    ActiveActive,
    /// The active one, which alone talks to upstreams and clients.
    ActivePassive,
}
