//! What data beside mappings there are in a run: what each engine registers, and what a session really carries.
//!
//! Knows scenario and workload. Must not know how anything is sent.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::{DataType, DatumKey};
use crate::roles::{Feed, Scheduled, SessionSettings};
use crate::scenario::{Scenario, Subject};
use crate::topology::{Kind, Role};
use crate::workload::Workload;

/// What XML API clients register by themselves, with the client, in order of time. What is about an address or a user
/// that the workload does not have is left out.
#[must_use]
pub fn registrations(scenario: &Scenario, workload: &Workload) -> Vec<(NodeId, Scheduled)> {
    let registrations = &scenario.enforcement.registrations;
    if registrations.is_empty() {
        return Vec::new();
    }
    let addresses: BTreeMap<IpAddr, usize> =
        workload.addresses.iter().enumerate().map(|(index, address)| (*address, index)).collect();
    let users: BTreeMap<&str, usize> =
        workload.users.iter().enumerate().map(|(index, user)| (user.as_str(), index)).collect();
    let known = registrations.iter().filter_map(|one| {
        let key = match &one.subject {
            Subject::Address(address) => DatumKey::IpTag(AddressId::new(*addresses.get(address)?), one.label),
            Subject::Device => DatumKey::Quarantine(one.label),
            Subject::Host => DatumKey::Hip(one.label),
            Subject::User(user) => DatumKey::UserTag(UserId::new(*users.get(user.as_str())?), one.label),
        };
        let (at, removed, timeout, persistent) = (one.at, one.removed, one.timeout, one.persistent);
        Some((one.engine, Scheduled { at, key, removed, timeout, persistent }))
    });
    known.collect()
}

/// What one engine registers by itself.
pub(super) fn schedule(scenario: &Scenario, workload: &Workload, engine: NodeId) -> Vec<Scheduled> {
    let all = registrations(scenario, workload).into_iter();
    all.filter(|(other, _)| *other == engine).map(|(_, scheduled)| scheduled).collect()
}

/// The engines that each firewall tells of threats, and on which ports.
pub(super) fn told_of_threats(scenario: &Scenario) -> BTreeMap<NodeId, Vec<(NodeId, u16)>> {
    let mut told: BTreeMap<NodeId, Vec<(NodeId, u16)>> = BTreeMap::new();
    for (index, node) in scenario.topology.nodes.iter().enumerate() {
        let Role::Engine(engine) = &node.role else { continue };
        for firewall in &engine.watches {
            told.entry(*firewall).or_default().push((NodeId::new(index), engine.log_port));
        }
    }
    told
}

/// What a session really carries: the quarantine list comes from a Panorama only (documented).
pub(super) fn carried(scenario: &Scenario, session: &SessionSettings) -> Feed {
    let is_panorama = scenario.topology.nodes[session.upstream.index()].kind == Kind::Panorama;
    match session.feed {
        Feed::Typed(types) if !is_panorama => Feed::Typed(types.without(DataType::Quarantine)),
        feed => feed,
    }
}
