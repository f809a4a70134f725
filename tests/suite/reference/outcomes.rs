//! Whether a node's verdict on a mapping is what model.md says it must be.

use uidsim::ids::NodeId;
use uidsim::mapping::{Outcome, ROUTE_MAX};
use uidsim::roles::Feed;

use super::facts::EdgeKind;
use super::law;
use super::state::State;
use super::wire::Copy;

impl State {
    /// Asserts that `outcome` is lawful for `copy`, given to `node` by `from`.
    pub(super) fn check_outcome(&self, node: NodeId, from: Option<NodeId>, copy: &Copy, outcome: Outcome) {
        let mut lawful = Vec::new();
        if from.is_some_and(|from| self.is_left_out(from, node, copy)) {
            lawful.push(Outcome::Filtered);
        }
        if from.is_some() && (copy.route.contains(&node) || copy.route.len() > ROUTE_MAX) {
            lawful.push(Outcome::Hops);
        }
        if lawful.is_empty() {
            lawful = self.by_law(node, copy);
        }
        assert!(
            lawful.contains(&outcome),
            "at {}: {node:?} given {copy:?} by {from:?}: {outcome:?}, lawful is {lawful:?}; it holds {:?}",
            self.now,
            self.slot(node, copy.address)
        );
    }

    /// What the merge law allows: one outcome, but for a log-off that is forgotten at this very instant.
    fn by_law(&self, node: NodeId, copy: &Copy) -> Vec<Outcome> {
        let settings = self.facts.point(node).expect("only tables merge");
        let mut table = self.tables.get(&node).cloned().unwrap_or_default();
        let mut lawful = vec![law::judge(settings, &table, copy)];
        let is_ending =
            table.get(&copy.address).is_some_and(|slot| slot.user.is_none() && slot.expires == self.now);
        if is_ending {
            table.remove(&copy.address);
            lawful.push(law::judge(settings, &table, copy));
        }
        lawful
    }

    fn is_left_out(&self, from: NodeId, node: NodeId, copy: &Copy) -> bool {
        match self.facts.edges[&(from, node)] {
            EdgeKind::Log | EdgeKind::Push => {
                let ignored = &self.facts.point(node).expect("a learner has a table").ignore_users;
                let Some(user) = copy.user else { return false };
                let name = &self.facts.workload.users[user.index()];
                ignored.iter().any(|pattern| matches(pattern, name))
            }
            EdgeKind::Session => {
                let ip = self.facts.workload.addresses[copy.address.index()];
                self.facts.scenario.topology.sessions.iter().any(|session| {
                    let is_it = (session.upstream, session.client) == (from, node)
                        && session.feed != Feed::HighAvailability;
                    let is_included =
                        session.include.is_empty() || session.include.iter().any(|net| net.contains(&ip));
                    let is_excluded = session.exclude.iter().any(|net| net.contains(&ip));
                    is_it && (!is_included || is_excluded)
                })
            }
            EdgeKind::Ha => false,
        }
    }
}

/// Whether `text` is what `pattern` says, where `*` stands for any text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(i, _)| i).chain([rest.len()]).any(|from| matches(tail, &rest[from..]))
        }),
    }
}
