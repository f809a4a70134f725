//! Blocks: which ports a link does not carry: its own, and those that firewalls on the way deny.
//!
//! Knows links, their ends and the firewalls they pass. Must not know who dials.

use super::context::Context;
use super::draft::network::LinkDraft;
use super::draft::value::At;
use super::expand::{Part, Plan};
use super::names::Vars;
use super::resolve::end;
use super::resolved::{Kind, Place};
use crate::engine::PortBlock;
use crate::ids::NodeId;

/// What a link between `ends` does not carry.
pub(super) fn of_link(
    context: &mut Context<'_>,
    draft: &LinkDraft,
    vars: &Vars,
    ends: [Place; 2],
    plan: &Plan<'_>,
) -> Vec<PortBlock> {
    let mut blocks = Vec::new();
    for blocked in &draft.blocked_ports {
        let Some(port) = blocked.port.as_ref().map(|port| port.value) else { continue };
        let direction = match &blocked.towards {
            None => None,
            Some(name) => {
                let Some(direction) = towards(context, name, vars, ends) else { continue };
                Some(direction)
            }
        };
        blocks.push(PortBlock { port, direction, by: None });
    }
    for name in &draft.through {
        for by in firewalls(context, name, vars, plan) {
            let Part::Point(point, _) = &plan.nodes[by.index()].part else { continue };
            if !context.affords(point.denied_ports.len(), name.place) {
                return blocks;
            }
            let denied = point.denied_ports.iter().map(|port| port.value);
            blocks.extend(denied.map(|port| PortBlock { port, direction: None, by: Some(by) }));
        }
    }
    blocks
}

/// The direction in which a link leads to the end of this name.
fn towards(context: &mut Context<'_>, name: &At<String>, vars: &Vars, ends: [Place; 2]) -> Option<usize> {
    let place = end(context, name, vars)?;
    // Direction 0 leads from the first end to the second.
    let direction = ends.iter().position(|end| *end == place).map(|end| 1 - end);
    if direction.is_none() {
        let fact = format!("`{}` is no end of the link", vars.fill(&name.value));
        context.say("impossible", name.place, fact, "write one of the two names under `between`");
    }
    direction
}

/// The firewalls of a name; none after a problem.
fn firewalls(context: &mut Context<'_>, name: &At<String>, vars: &Vars, plan: &Plan<'_>) -> Vec<NodeId> {
    let text = vars.fill(&name.value);
    let Some(found) = context.nodes.get(&text).cloned() else {
        let hint = context.hint(&text, context.nodes.keys().map(String::as_str), "declared nodes");
        context.say("dangling-reference", name.place, format!("there is no node `{text}`"), hint);
        return Vec::new();
    };
    if found.iter().any(|id| plan.nodes[id.index()].kind != Kind::Firewall) {
        let fact = format!("`{text}` is no firewall, and lets everything through");
        context.say(
            "wrong-kind",
            name.place,
            fact,
            "name a firewall or an HA pair; ports of the link itself stand under `blocked_ports`",
        );
        return Vec::new();
    }
    found
}
