//! Looking back: a run up to an instant, watched for one node.

use std::net::IpAddr;
use std::path::Path;

use super::{Stop, Watch, realise, run_with};
use crate::engine::Observer;
use crate::ids::{AddressId, NodeId};
use crate::observe::{Judgement, Past, Witness};
use crate::problem::Problem;
use crate::random::Seed;
use crate::roles::Role;
use crate::scenario::Scenario;
use crate::topology;
use crate::units::Instant;
use crate::workload::Workload;

/// What one sees on looking back.
#[derive(Debug)]
pub struct Glimpse {
    /// The instant, after everything that happened at it.
    pub at: Instant,
    /// The workload that the seed made; gives addresses and users their names.
    pub workload: Workload,
    /// The node's table and sessions, and the address's story.
    pub past: Past,
    /// The address that was asked for.
    pub address: Option<AddressId>,
    /// What its answer is worth, at a node that enforces.
    pub judgement: Option<Judgement>,
    /// Why the run stopped; only a completed one came to `at`.
    pub stop: Stop,
}

/// Runs `scenario` with `seed` up to `at` and keeps what `node` then knew, and the story of `address`.
///
/// Errors: what the workload cannot be made from, or an address that it does not have. Panics when an
/// invariant breaks.
pub fn look_back(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
    watch: &Watch<'_>,
    at: Instant,
    node: NodeId,
    address: Option<IpAddr>,
) -> Result<Glimpse, Vec<Problem>> {
    let workload = realise(scenario, seed, read)?;
    let address = address.map(|address| find(&workload, address)).transpose()?;
    let mut past = Past::new(scenario, &workload, node, address);
    let enforces = matches!(
        &scenario.topology.nodes[node.index()].role,
        topology::Role::Point(point) if point.enforces
    );
    let mut witness = address.filter(|_| enforces).map(|_| Witness::new(scenario, &workload));
    let mut observers: Vec<&mut dyn Observer<Role>> = vec![&mut past];
    observers.extend(witness.as_mut().map(|witness| witness as &mut dyn Observer<Role>));
    let course = run_with(scenario, &workload, seed, watch, Some(at), &mut observers);
    let judgement = match (&mut witness, address) {
        (Some(witness), Some(address)) => Some(witness.judge(course.end, node, address)),
        _ => None,
    };
    Ok(Glimpse { at: course.end, workload, past, address, judgement, stop: course.stop })
}

fn find(workload: &Workload, address: IpAddr) -> Result<AddressId, Vec<Problem>> {
    if let Some(index) = workload.addresses.iter().position(|known| *known == address) {
        return Ok(AddressId::new(index));
    }
    let hint = match (workload.addresses.iter().min(), workload.addresses.iter().max()) {
        (Some(first), Some(last)) => format!("the workload uses addresses from {first} to {last}"),
        _ => "the workload has no address at all".to_owned(),
    };
    let fact = format!("nobody ever logs on at {address}");
    Err(vec![Problem { code: "unknown-address", fact, hint, place: None }])
}
