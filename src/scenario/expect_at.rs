//! Expect at: what one table must answer at one instant, for unit tests of a design.
//!
//! Knows nodes by name. Must not know how an answer is found. Model: the alert tests of promtool.

use super::load::Clock;
use super::resolved::EntryExpectation;
use crate::ids::NodeId;
use crate::topology::draft::EntryDraft;
use crate::topology::{Context, Role, Topology, names};
use crate::units::Instant;

/// The most of them; each needs its own look into the past of a run.
const ENTRIES_MAX: usize = 10_000;

/// Resolves every line, a glob once for each node that it names; problems go to `context`.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: &[EntryDraft],
    topology: &Topology,
    clock: Clock,
) -> Vec<EntryExpectation> {
    let mut entries = Vec::new();
    for draft in drafts {
        let (Some(at), Some(node), Some(ip)) = (&draft.at, &draft.node, &draft.ip) else { continue };
        let since = at.value.since(clock.start);
        if since > clock.duration {
            let fact = format!(
                "a table is asked at {}, {since} after the start, and the run is over after {}",
                at.value, clock.duration
            );
            context.say("after-the-end", at.place, fact, "raise `duration`, or choose an earlier time");
        }
        let instant = Instant::after_start(since);
        let user = match (&draft.user, draft.unknown) {
            (Some(user), false) => Some(user.value.clone()),
            (None, true) => None,
            (Some(user), true) => {
                let fact = "an address is expected to have a user and to be unknown";
                context.say("impossible", user.place, fact, "remove `user` or `unknown`");
                continue;
            }
            (None, false) => {
                let fact = "the line says neither which `user` is expected nor that he is `unknown`";
                context.say("missing-key", ip.place, fact, "write `user: NAME`, or `unknown: true`");
                continue;
            }
        };
        let asked: Vec<NodeId> = (0..topology.nodes.len())
            .map(NodeId::new)
            .filter(|id| {
                let known = &topology.nodes[id.index()];
                matches!(known.role, Role::Point(_)) && names::matches(&node.value, &known.name)
            })
            .collect();
        if asked.is_empty() {
            let tables = topology.nodes.iter().filter(|known| matches!(known.role, Role::Point(_)));
            let hint =
                context.hint(&node.value, tables.map(|known| known.name.as_str()), "nodes with a user table");
            let fact = format!("there is no node `{}` with a user table", node.value);
            context.say("unknown-selector", node.place, fact, hint);
        }
        if entries.len() + asked.len() > ENTRIES_MAX {
            let fact = format!("`expect_at` asks more than {ENTRIES_MAX} tables");
            context.say("too-large", node.place, fact, "name fewer nodes");
            return entries;
        }
        let when = draft.at.as_ref().map_or(String::new(), |at| at.value.to_string());
        entries.extend(asked.into_iter().map(|node| EntryExpectation {
            at: instant,
            when: when.clone(),
            node,
            address: ip.value.0,
            user: user.clone(),
        }));
    }
    entries
}
