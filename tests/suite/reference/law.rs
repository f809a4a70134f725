//! The merge law once more, from model.md, "Tables": one plain map per node.

use std::collections::BTreeMap;

use uidsim::ids::{AddressId, NodeId, UserId};
use uidsim::mapping::{Conflict, Outcome};
use uidsim::roles::PointSettings;
use uidsim::units::Instant;

use super::facts::Id;
use super::wire::Copy;

/// What a node remembers of an address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) id: Id,
    /// Nobody, where the newest is a log-off.
    pub(crate) user: Option<UserId>,
    pub(crate) timestamp: i64,
    pub(crate) origin: NodeId,
    pub(crate) expires: Instant,
}

impl Slot {
    /// What nodes compare by.
    pub(crate) fn rank(&self) -> (i64, NodeId, u64) {
        (self.timestamp, self.origin, self.id.1)
    }
}

/// One node's table.
pub(crate) type Table = BTreeMap<AddressId, Slot>;

/// How many addresses have a user.
pub(crate) fn users(table: &Table) -> u64 {
    table.values().filter(|slot| slot.user.is_some()).count() as u64
}

/// What the law says of `copy` at a node that remembers `table`; changes nothing.
pub(crate) fn judge(settings: &PointSettings, table: &Table, copy: &Copy) -> Outcome {
    let held = table.get(&copy.address);
    if let Some(slot) = held {
        if slot.id == copy.id {
            return Outcome::Duplicate;
        }
        let refused = Outcome::Refused { holder: slot.id };
        let is_newer = (copy.timestamp, copy.origin, copy.id.1) > slot.rank();
        if settings.conflict == Conflict::Newest && !is_newer {
            return refused;
        }
        let is_about_another = slot.user.is_some() && copy.user.is_some() && slot.user != copy.user;
        if copy.log_off && is_about_another {
            return refused;
        }
    }
    let knows_a_user = held.is_some_and(|slot| slot.user.is_some());
    if !copy.log_off && !knows_a_user && users(table) >= settings.capacity {
        return Outcome::Full;
    }
    Outcome::Applied
}

/// Changes `table` as `outcome` says.
pub(crate) fn carry_out(
    (node, settings): (NodeId, &PointSettings),
    table: &mut Table,
    now: Instant,
    copy: &Copy,
    outcome: Outcome,
) {
    let ends = |origin: NodeId, is_log_off: bool| {
        let told = settings.lifetimes.iter().filter(|_| origin == node && !is_log_off);
        let lifetime = told.filter(|(source, _)| *source == copy.id.0).map(|(_, own)| *own).next();
        lifetime.unwrap_or(settings.timeout).map_or(Instant::NEVER, |lifetime| now.later(lifetime))
    };
    match outcome {
        Outcome::Applied => {
            let user = if copy.log_off { None } else { copy.user };
            let (id, timestamp, origin) = (copy.id, copy.timestamp, copy.origin);
            let expires = ends(origin, copy.log_off);
            table.insert(copy.address, Slot { id, user, timestamp, origin, expires });
        }
        Outcome::Duplicate if settings.resync_restarts_timer => {
            let slot = table.get_mut(&copy.address).expect("a duplicate has an original");
            slot.expires = ends(slot.origin, slot.user.is_none());
        }
        Outcome::Duplicate | Outcome::Hops | Outcome::Full | Outcome::Filtered | Outcome::Refused { .. } => {}
    }
}
