//! Virtual systems: one node for each, and the session of each to the User-ID hub among them.
//!
//! Knows what a firewall's entry says. Must not know what its tables hold.

use super::context::Context;
use super::draft::node::{Point, Standing};
use super::draft::value::At;
use super::draft::vsys::VirtualSystems;
use super::expand::{Membership, Part, Plan, Seat, seats};
use super::naming::{is_good_name, is_new_name};
use super::resolved::{Kind, Site};
use crate::ids::NodeId;
use crate::roles::{Feed, SessionSettings};

/// Where a virtual system learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Learns {
    /// From what its firewall reads and follows.
    #[default]
    Itself,
    /// From the hub among the virtual systems.
    FromHub(NodeId),
    /// From nobody.
    Nothing,
}

/// One node for each virtual system; the firewall's name stands for all of them.
pub(super) fn expand<'a>(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &mut Plan<'a>,
    key: &At<String>,
    standing: &'a Standing,
    systems: &'a VirtualSystems,
    point: &'a Point,
) {
    let hub = systems.user_id_hub.as_ref();
    let position = hub.map(|hub| systems.vsys.iter().position(|vsys| vsys.value == hub.value));
    if let (Some(hub), Some(None)) = (hub, position) {
        let known = systems.vsys.iter().map(|vsys| vsys.value.as_str());
        let hint = context.hint(&hub.value, known, "virtual systems of this firewall");
        context.say(
            "dangling-reference",
            hub.place,
            format!("there is no virtual system `{}`", hub.value),
            hint,
        );
    }
    for seat in seats(context, sites, plan, key, standing) {
        if !is_new_name(context, &seat.name, key.place) {
            continue;
        }
        context.nodes.insert(seat.name.clone(), Vec::new());
        let first = plan.nodes.len();
        let hub = position.flatten().map(|position| NodeId::new(first + position));
        let mut all = Vec::new();
        for (number, vsys) in systems.vsys.iter().enumerate() {
            let name = format!("{}-{}", seat.name, vsys.value);
            if !is_good_name(context, &name, vsys.place) || !is_new_name(context, &name, vsys.place) {
                return;
            }
            let own = NodeId::new(first + number);
            let learns = match hub {
                Some(hub) if hub != own => Learns::FromHub(hub),
                None if number > 0 => Learns::Nothing,
                _ => Learns::Itself,
            };
            let named =
                Seat { name: name.clone(), key: format!("{}-{}", seat.key, vsys.value), ..seat.clone() };
            let membership = Membership { learns, ..Membership::default() };
            let id = plan.add(Kind::Firewall, &named, standing, Part::Point(point, membership));
            context.nodes.insert(name, vec![id]);
            all.push(id);
        }
        context.nodes.insert(seat.name, all);
    }
}

/// What a virtual system learns over from the hub: it crosses no network and no port.
pub(super) fn session(client: NodeId, hub: NodeId) -> SessionSettings {
    SessionSettings::plain(client, hub, Feed::Redistribution, 0)
}
