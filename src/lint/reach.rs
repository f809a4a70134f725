//! `no-path-from-source`, `unused-node`: does a way of feeds lead from a source to an enforcement point?

use std::collections::BTreeSet;

use super::keepers::is_unread;
use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::{Kind, Role, Rule};

/// Nodes from which data beside mappings come or at which they are registered, computers that are probed, directories and
/// terminal servers that somebody reads: they need lie on no way of mappings. Cost: once over the nodes.
fn apart(view: &View<'_>) -> BTreeSet<NodeId> {
    let topology = view.topology();
    let read = topology.ledgers().filter(|(_, _, follows)| !follows.readers.is_empty());
    let mut apart: BTreeSet<NodeId> = read.map(|(ledger, _, _)| ledger).collect();
    for (index, node) in topology.nodes.iter().enumerate() {
        if let Role::Engine(engine) = &node.role {
            apart.insert(NodeId::new(index));
            apart.extend(&engine.to);
        }
        if node.kind == Kind::Clients {
            apart.insert(NodeId::new(index));
        }
    }
    apart
}

/// Looks from both ends.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let (told, telling) = (view.feeds.told(), view.feeds.telling());
    let sources = view.feeds.sources().count();
    let apart = apart(view);
    for (index, node) in view.topology().nodes.iter().enumerate() {
        let id = NodeId::new(index);
        let enforces = matches!(&node.role, Role::Point(settings) if settings.enforces);
        let key = view.places(id).key;
        let is_empty = view.crowds.as_ref().is_some_and(|crowds| crowds.at(id).users == 0) && sources > 0;
        if enforces && told[index] && is_empty {
            let fact = "include and exclude lists on the way let nobody of the workload through".to_owned();
            sayings.say(Rule::NoPathFromSource, key, &node.name, fact);
        }
        if enforces && !told[index] {
            let fact = match (view.feeds.leading_to(id).count(), sources) {
                (0, _) => "it reads no log and has no upstream, so its table stays empty".to_owned(),
                (feeds, sources) => {
                    format!("none of the {sources} sources in use leads here over its {feeds} feeds")
                }
            };
            sayings.say(Rule::NoPathFromSource, key, &node.name, fact);
        }
        let is_on_a_way = told[index] && telling[index];
        if !enforces && !is_on_a_way && !is_unread(view, id) && !apart.contains(&id) {
            let fact = match (told[index], telling[index]) {
                (true, _) => "what it knows reaches no enforcement point",
                (false, true) => "no source tells it anything",
                (false, false) => "no source tells it anything, and nobody who enforces asks it",
            };
            sayings.say(Rule::UnusedNode, key, &node.name, fact.to_owned());
        }
    }
}
