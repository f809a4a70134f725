//! Draft of policy: zones, groups, and rules that the workload's flows are held against.
//!
//! Must not know how a flow is judged.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{At, NetworkText, Table, Unit};
use crate::units::{Ratio, Span};

/// Policy, the same at every firewall. Nothing is allowed that no rule allows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct PolicyDraft {
    /// Where flows come from: a zone is some sites or networks. The name of a site is a zone without being declared.
    #[schemars(extend("default" = {}))]
    pub zones: Table<ZoneDraft>,
    /// Where flows go to, by name, and in which proportion. Default: all to one place, which no rule need name.
    #[schemars(extend("default" = {}))]
    pub traffic: Table<At<u32>>,
    /// Groups of users.
    #[schemars(extend("default" = {}))]
    pub groups: Table<GroupDraft>,
    /// Groups of addresses.
    #[schemars(extend("default" = {}))]
    pub address_groups: Table<AddressGroupDraft>,
    /// The rules; the first that fits decides.
    #[schemars(required, extend("minItems" = 1, "maxItems" = 1_000))]
    pub rules: Option<Vec<RuleDraft>>,
}

/// Where flows come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ZoneDraft {
    /// Sites, or globs over sites.
    #[schemars(extend("default" = []))]
    pub sites: Vec<At<String>>,
    /// Networks of the users' addresses.
    #[schemars(extend("default" = []))]
    pub networks: Vec<Unit<NetworkText>>,
}

/// A group of users: exactly one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct GroupDraft {
    /// Users by name; `*` stands for any text.
    pub users: Option<Vec<At<String>>>,
    /// A share of all users, drawn user by user.
    pub share: Option<Unit<Ratio>>,
    /// A group of a directory, as each firewall last read it.
    pub directory: Option<DirectoryGroupDraft>,
    /// A dynamic user group: whoever has this tag at the firewall.
    pub tag: Option<At<String>>,
}

/// A group that a directory keeps. With each change of the directory somebody joins or leaves one of its groups.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct DirectoryGroupDraft {
    /// The directory. Only nodes that read it (`group_mapping`) know who is in the group.
    #[schemars(required)]
    pub from: Option<At<String>>,
    /// The share of all users who are in it at the start, drawn user by user. (guess)
    #[schemars(extend("default" = "10%"))]
    pub share: Unit<Ratio>,
}

/// A group of addresses: exactly one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct AddressGroupDraft {
    /// Networks.
    pub networks: Option<Vec<Unit<NetworkText>>>,
    /// A dynamic address group: whichever address has this tag at the firewall.
    pub tag: Option<At<String>>,
}

/// One rule. What is not said fits everything.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct RuleDraft {
    /// Its name in the report.
    #[schemars(required)]
    pub name: Option<At<String>>,
    /// Zones that the flow may come from.
    #[schemars(extend("default" = []))]
    pub from: Vec<At<String>>,
    /// Where the flow may go to, as named under `traffic`.
    #[schemars(extend("default" = []))]
    pub to: Vec<At<String>>,
    /// Users by name (`*` stands for any text), `known-user` or `unknown`.
    #[schemars(extend("default" = []))]
    pub users: Vec<At<String>>,
    /// Groups of users; one fits beside `users`.
    #[schemars(extend("default" = []))]
    pub groups: Vec<At<String>>,
    /// Groups of addresses that the flow may come from.
    #[schemars(extend("default" = []))]
    pub address_groups: Vec<At<String>>,
    /// How long ago at most the user has authenticated at a captive portal, by the time stamp that travels with the
    /// mapping (documented). Default: it does not matter. Range: 1s to 366d.
    #[schemars(extend("x-minimum" = "1s", "x-maximum" = "366d"))]
    pub authenticated_within: Option<Unit<Span>>,
    /// What becomes of the flow.
    #[schemars(required)]
    pub action: Option<ActionDraft>,
}

/// What becomes of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionDraft {
    /// It is let through.
    Allow,
    /// It is not.
    Deny,
}
