//! Answers: what single tables say at single instants of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use super::{Stop, Watch, realise, run_with};
use crate::engine::Observer;
use crate::ids::{AddressId, NodeId};
use crate::observe::Past;
use crate::problem::Problem;
use crate::random::Seed;
use crate::roles::Role;
use crate::scenario::Scenario;

/// Asks every table that the scenario's `expect_at:` names, in their order; an answer is a user's name, `None` where
/// nobody is known. The whole is `None` when it was interrupted. Costs a run up to each instant that is named.
///
/// Errors: what the workload cannot be made from. Panics when an invariant breaks.
pub fn answers(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
    watch: &Watch<'_>,
) -> Result<Option<Vec<Option<String>>>, Vec<Problem>> {
    let asked = &scenario.entries_expected;
    if asked.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let workload = realise(scenario, seed, read)?;
    let addresses: BTreeMap<IpAddr, AddressId> = workload
        .addresses
        .iter()
        .enumerate()
        .map(|(index, address)| (*address, AddressId::new(index)))
        .collect();
    let mut answers = vec![None; asked.len()];
    for at in asked.iter().map(|asked| asked.at).collect::<BTreeSet<_>>() {
        let now = || asked.iter().enumerate().filter(|(_, asked)| asked.at == at);
        let nodes: BTreeSet<NodeId> = now().map(|(_, asked)| asked.node).collect();
        let mut pasts: Vec<Past> =
            nodes.into_iter().map(|node| Past::new(scenario, &workload, node, None)).collect();
        let mut observers: Vec<&mut dyn Observer<Role>> =
            pasts.iter_mut().map(|past| past as &mut dyn Observer<Role>).collect();
        let course = run_with(scenario, &workload, seed, watch, Some(at), &mut observers);
        if course.stop == Stop::Cancelled {
            return Ok(None);
        }
        for (index, asked) in now() {
            let past = pasts.iter().find(|past| past.node == asked.node);
            let held = addresses.get(&asked.address).and_then(|address| past?.table.get(address));
            let user = held.and_then(|held| held.mapping.user);
            answers[index] = user.map(|user| workload.users[user.index()].clone());
        }
    }
    Ok(Some(answers))
}
