//! Enforcement: what firewalls do with what they know: policy, tags, the size of the dataplane's table; and what is
//! registered and met in a run.
//!
//! Resolved values only. Must not know how a flow is judged.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ids::{LabelId, NodeId, SiteId};
use crate::units::{Instant, Ratio, Span};
use crate::workload::ThreatSpec;

/// What a file says of enforcement; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enforcement {
    /// Policy; `None`: no flow is judged.
    pub policy: Option<Policy>,
    /// How many addresses the dataplane of each of these firewalls holds; of others as many as the management plane.
    pub dataplane: BTreeMap<NodeId, u64>,
    /// Threats to come.
    pub threats: Vec<ThreatSpec>,
    /// What XML API clients register by themselves.
    pub registrations: Vec<Registration>,
    /// Tags, hosts and devices, in `LabelId` order.
    pub labels: Vec<String>,
}

/// What an XML API client registers, or takes back, at a stated instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The client.
    pub engine: NodeId,
    /// When.
    pub at: Instant,
    /// What.
    pub subject: Subject,
    /// The tag, the host or the device.
    pub label: LabelId,
    /// Whether it is taken back.
    pub removed: bool,
    /// For how long; `None`: until it is taken back.
    pub timeout: Option<Span>,
    /// Whether it survives a restart.
    pub persistent: bool,
}

/// What is registered.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// An address is tagged.
    Address(IpAddr),
    /// A device is quarantined.
    Device,
    /// A host's HIP report.
    Host,
    /// A user is tagged.
    User(String),
}

/// Policy, the same at every firewall.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Where flows come from.
    pub zones: Vec<Zone>,
    /// Where flows go to, and in which proportion; at least one.
    pub traffic: Vec<(String, u32)>,
    /// Groups of users.
    pub groups: Vec<Group>,
    /// Groups of addresses.
    pub address_groups: Vec<AddressGroup>,
    /// The rules; the first that fits decides, and what none fits is denied.
    pub rules: Vec<Rule>,
}

/// Where flows come from: a flow is in it when its user's site or address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Sites.
    pub sites: Vec<SiteId>,
    /// Networks.
    pub networks: Vec<IpNet>,
}

/// A group of users.
#[derive(Clone, Debug, PartialEq)]
pub enum Group {
    /// Whoever a directory lists in the group of this name.
    Directory {
        /// The group's name.
        name: String,
        /// The directory.
        from: NodeId,
        /// The share of all users who are in it at the start, drawn user by user from streams named after the group.
        share: Ratio,
    },
    /// A share of all users, drawn user by user from streams named after this.
    Share(String, Ratio),
    /// Whoever has this tag.
    Tag(LabelId),
    /// Users by name; `*` stands for any text.
    Users(Vec<String>),
}

/// A group of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressGroup {
    /// Some networks.
    Networks(Vec<IpNet>),
    /// Whichever address has this tag.
    Tag(LabelId),
}

/// Whom a rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Any user that is known.
    Known,
    /// Users by name; `*` stands for any text.
    Named(String),
    /// An address without a user.
    Unknown,
}

/// One rule. An empty list fits everything; users and groups are one list.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Positions of zones.
    pub from: Vec<usize>,
    /// Positions of destinations.
    pub to: Vec<usize>,
    /// Users.
    pub users: Vec<Whom>,
    /// Positions of groups of users.
    pub groups: Vec<usize>,
    /// Positions of groups of addresses.
    pub address_groups: Vec<usize>,
    /// How long ago at most the user has authenticated at a captive portal; `None`: it does not matter.
    pub authenticated_within: Option<Span>,
    /// Whether the flow is let through.
    pub allows: bool,
}
