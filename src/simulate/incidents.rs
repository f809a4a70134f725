//! Incidents: the threats of a workload, once it is known who is where; and whether registrations mean anybody.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ids::{NodeId, SiteId};
use crate::problem::Problem;
use crate::random::Seed;
use crate::scenario::{Scenario, Subject};
use crate::topology::Kind;
use crate::workload::{self, Workload};

/// Adds the threats that `scenario` asks for.
///
/// Errors: a threat or a registration that is about nobody.
pub(super) fn add(scenario: &Scenario, workload: &mut Workload, seed: Seed) -> Result<(), Vec<Problem>> {
    let enforcement = &scenario.enforcement;
    check(scenario, workload)?;
    if !enforcement.threats.is_empty() {
        let met_at = |site| firewalls_of(scenario, site);
        workload.threats = workload::threats(&enforcement.threats, workload, &met_at, seed)?.into();
    }
    Ok(())
}

/// The firewalls that the flows of a site's users cross: its own, or else those that all flows cross.
fn firewalls_of(scenario: &Scenario, site: SiteId) -> Vec<NodeId> {
    let nodes = scenario.topology.nodes.iter().enumerate();
    let own = nodes.filter(|(_, node)| node.kind == Kind::Firewall && node.site == site);
    let own: Vec<NodeId> = own.map(|(index, _)| NodeId::new(index)).collect();
    if own.is_empty() { scenario.flows.through.clone() } else { own }
}

fn check(scenario: &Scenario, workload: &Workload) -> Result<(), Vec<Problem>> {
    let registrations = &scenario.enforcement.registrations;
    if registrations.is_empty() {
        return Ok(());
    }
    let addresses: BTreeSet<IpAddr> = workload.addresses.iter().copied().collect();
    let users: BTreeSet<&str> = workload.users.iter().map(String::as_str).collect();
    let problem = |code, fact| Problem {
        code,
        fact,
        hint: "name an address or a user of the workload".to_owned(),
        place: None,
    };
    let unknown = registrations.iter().filter_map(|one| match &one.subject {
        Subject::Address(address) if !addresses.contains(address) => {
            Some(problem("unknown-address", format!("{address} is tagged, and nobody is ever there")))
        }
        Subject::User(user) if !users.contains(user.as_str()) => {
            Some(problem("unknown-user", format!("`{user}` is tagged, whom the workload does not know")))
        }
        Subject::Address(_) | Subject::Device | Subject::Host | Subject::User(_) => None,
    });
    let unknown: Vec<Problem> = unknown.collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown) }
}
