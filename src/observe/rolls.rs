//! Rolls: who is in the directories' groups that policy names, as truth has it and as a firewall was last told.
//!
//! Knows changes by number. Must not know rules, nor how a firewall is told.

use crate::ids::{NodeId, UserId};
use crate::random::Seed;
use crate::scenario::{Group, Policy, Scenario};
use crate::units::Instant;
use crate::workload::{self, GroupChange, Membership, Workload};

/// One directory with groups that policy names.
#[derive(Debug)]
struct Listed {
    directory: NodeId,
    at: Vec<Instant>,
    /// The positions of its groups among those of the policy.
    groups: Vec<usize>,
    membership: Membership,
}

/// The directories with groups that policy names, and all that they ever say.
#[derive(Debug, Default)]
pub(super) struct Rolls {
    all: Vec<Listed>,
    groups: usize,
    users: usize,
}

/// What somebody knows of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Roll {
    /// Per directory, how many of its changes are known; `None`: not even who was in a group at the start.
    known: Vec<Option<usize>>,
    /// Per group of the policy, whether each user is in it; empty for groups of other kinds.
    members: Vec<Vec<bool>>,
}

impl Roll {
    /// Whether a user is in the group at this position.
    pub(super) fn has(&self, group: usize, user: UserId) -> bool {
        self.members[group].get(user.index()).copied().unwrap_or(false)
    }
}

impl Rolls {
    /// The directories of `policy` in a run of this workload.
    pub(super) fn new(policy: &Policy, scenario: &Scenario, workload: &Workload, seed: Seed) -> Self {
        let all = scenario.topology.ledgers().filter_map(|(directory, _, follows)| {
            let listed = policy.groups.iter().enumerate().filter_map(|(position, group)| match group {
                Group::Directory { name, from, share } if *from == directory => {
                    Some((position, (name.as_str(), *share)))
                }
                _ => None,
            });
            let (groups, shares): (Vec<usize>, Vec<_>) = listed.unzip();
            let key = scenario.topology.nodes[directory.index()].key.as_str();
            let made = workload::ledger(&follows.spec, key, seed, scenario.duration);
            let at = made.expect("the workload was made with it").changes;
            let membership = workload::membership(&shares, at.len(), &workload.users, (key, seed));
            (!groups.is_empty()).then_some(Listed { directory, at, groups, membership })
        });
        Self { all: all.collect(), groups: policy.groups.len(), users: workload.users.len() }
    }

    /// Of somebody who has not been told anything.
    pub(super) fn blank(&self) -> Roll {
        Roll { known: vec![None; self.all.len()], members: vec![Vec::new(); self.groups] }
    }

    /// As it is at the start.
    pub(super) fn first(&self) -> Roll {
        let mut roll = self.blank();
        for listed in 0..self.all.len() {
            self.tell(&mut roll, listed, 0);
        }
        roll
    }

    /// Somebody is told the first `count` changes of `directory`; whether that is news to him.
    pub(super) fn on_told(&self, roll: &mut Roll, directory: NodeId, count: u64) -> bool {
        let listed = self.all.iter().position(|listed| listed.directory == directory);
        listed.is_some_and(|listed| self.tell(roll, listed, usize::try_from(count).unwrap_or(usize::MAX)))
    }

    fn tell(&self, roll: &mut Roll, listed: usize, count: usize) -> bool {
        let Listed { groups, membership, .. } = &self.all[listed];
        let before = roll.known[listed];
        if before.is_none() {
            for (group, first) in groups.iter().zip(&membership.first) {
                roll.members[*group] = vec![false; self.users];
                first.iter().for_each(|user| roll.members[*group][user.index()] = true);
            }
        }
        let (from, to) = (before.unwrap_or(0), count.min(membership.changes.len()));
        for GroupChange { group, user, joins } in membership.changes[from.min(to)..to].iter().flatten() {
            roll.members[groups[*group]][user.index()] = *joins;
        }
        roll.known[listed] = Some(from.max(to));
        before.is_none() || to > from
    }

    /// When truth, which knows this much, changes next.
    pub(super) fn next_at(&self, truth: &Roll) -> Option<Instant> {
        let next = |(listed, known): (&Listed, &Option<usize>)| listed.at.get((*known)?).copied();
        self.all.iter().zip(&truth.known).filter_map(next).min()
    }

    /// Truth as of `now`.
    pub(super) fn pass(&self, truth: &mut Roll, now: Instant) {
        for (listed, Listed { at, .. }) in self.all.iter().enumerate() {
            self.tell(truth, listed, at.partition_point(|at| *at <= now));
        }
    }
}
