//! Enforced: findings of policy, quarantine, dataplanes and data beside mappings, and how a fleet's are made of its rows'.
//!
//! Units: nanoseconds and counts, unless said. Must not know how anything was judged.

use super::findings::PointFindings;
use super::samples::Samples;

/// Flows by what policy made of them. Units: address-nanoseconds times the share of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyUse {
    /// The sum of the shares of all destinations.
    pub weight: u64,
    /// Per rule that decided, the one that denies the rest last: decided right, let through wrongly, denied wrongly.
    pub rules: Vec<[u128; 3]>,
}

/// How soon and how well users were blocked about whom a threat was logged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuarantineUse {
    /// From the log until the firewall blocked the user.
    pub samples: Samples,
    /// Users it never did.
    pub not_quarantined: u64,
    /// Stay time of users who should be blocked and were. Units: address-nanoseconds.
    pub blocked: u128,
    /// Of users who should be and were not.
    pub let_through: u128,
    /// Of users who were and should not be.
    pub innocent: u128,
}

/// How full a dataplane's table was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataplaneUse {
    /// How many addresses it holds.
    pub capacity: u64,
    /// The integral of the number of its entries. Units: ns.
    pub area: u128,
    /// Entries at the end.
    pub last: u64,
    /// Entries that it was handed while it was full.
    pub refused: u64,
    /// Time of entries of the management plane, in scope, that it did not hold. Units: address-nanoseconds.
    pub hidden: u128,
}

/// What became of data beside mappings at one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataUse {
    /// Versions that were newer than what it had.
    pub applied: u64,
    /// Versions that it had already.
    pub duplicates: u64,
    /// Older ones.
    pub refused: u64,
    /// Those that had crossed too many hops, or the node itself.
    pub hops: u64,
    /// Those whose time was over.
    pub ended: u64,
    /// Live ones at the end.
    pub last: u64,
}

/// Adds a row to the fleet: what it integrates where it stands for itself, what it counts where it stands for its pair.
pub(super) fn absorb(fleet: &mut PointFindings, row: &PointFindings, is_alone: bool, is_preferred: bool) {
    if let (Some(fleet), Some(row), true) = (&mut fleet.policy, &row.policy, is_alone) {
        for (sum, one) in fleet.rules.iter_mut().flatten().zip(row.rules.iter().flatten()) {
            *sum += one;
        }
    }
    if let (Some(fleet), Some(row)) = (&mut fleet.quarantine, &row.quarantine) {
        if is_alone {
            fleet.blocked += row.blocked;
            fleet.let_through += row.let_through;
            fleet.innocent += row.innocent;
        }
        if is_preferred {
            fleet.samples.add(&row.samples);
            fleet.not_quarantined += row.not_quarantined;
        }
    }
    if let (Some(fleet), Some(row), true) = (&mut fleet.data, &row.data, is_preferred) {
        fleet.applied += row.applied;
        fleet.duplicates += row.duplicates;
        fleet.refused += row.refused;
        fleet.hops += row.hops;
        fleet.ended += row.ended;
        fleet.last += row.last;
    }
    if let (Some(row), true) = (&row.dataplane, is_preferred) {
        let fleet = fleet.dataplane.get_or_insert_default();
        fleet.capacity += row.capacity;
        fleet.area += row.area;
        fleet.last += row.last;
        fleet.refused += row.refused;
        fleet.hidden += row.hidden;
    }
}
