//! Engines: from the draft of an automation engine to its settings, and which data types a session carries.
//!
//! Knows firewalls by name. Must not know what a schedule says: instants are the scenario's.

use super::cast::{Cast, Talk};
use super::context::Context;
use super::draft::engine::{DataTypeDraft, EngineDraft, TaggedDraft};
use super::draft::value::Unit;
use super::expand::Plan;
use super::names::{self, Vars};
use super::resolved::Kind;
use super::settings::keepalive;
use crate::ids::NodeId;
use crate::mapping::{DataType, DataTypes};
use crate::problem::Place;
use crate::roles::{EngineSettings, Feed, Reaction, Reconnect};
use crate::units::Span;

/// What stands for all firewalls.
const ALL: &str = "*";

impl Cast<'_, '_> {
    pub(super) fn engine(&mut self, id: NodeId, engine: &EngineDraft, vars: &Vars) -> EngineSettings {
        let mut to = Vec::new();
        for name in engine.to.iter().flatten() {
            for node in self.refer(name, vars, true).iter() {
                self.talk(id, *node, name.place);
                to.push(*node);
            }
        }
        let watches = watched(self.context, self.plan, engine, vars);
        for (firewall, place) in &watches {
            self.talks.push(Talk { client: *firewall, server: id, place: *place });
        }
        let watches = watches.into_iter().map(|(firewall, _)| firewall).collect();
        EngineSettings {
            to,
            watches,
            reconnect: self.reconnect(&engine.reconnect),
            ..settings(self.context, engine)
        }
    }
}

/// What a session of these types is.
pub(super) fn carried(types: &[DataTypeDraft]) -> Feed {
    let types: Vec<DataType> = types
        .iter()
        .map(|one| match one {
            DataTypeDraft::Hip => DataType::Hip,
            DataTypeDraft::IpTag => DataType::IpTag,
            DataTypeDraft::IpUser => DataType::IpUser,
            DataTypeDraft::Quarantine => DataType::Quarantine,
            DataTypeDraft::UserTag => DataType::UserTag,
        })
        .collect();
    let types = DataTypes::of(&types);
    if types == DataTypes::of(&[DataType::IpUser]) { Feed::Redistribution } else { Feed::Typed(types) }
}

/// The firewalls that tell an engine of threats, and where the file says so; none where it reacts to nothing.
pub(super) fn watched(
    context: &mut Context<'_>,
    plan: &Plan<'_>,
    engine: &EngineDraft,
    vars: &Vars,
) -> Vec<(NodeId, Place)> {
    let mut watched: Vec<(NodeId, Place)> = Vec::new();
    if engine.reaction.is_none() {
        return watched;
    }
    let is_firewall = |id: &NodeId| plan.nodes[id.index()].kind == Kind::Firewall;
    for name in &engine.watches {
        let text = vars.fill(&name.value);
        let found: Vec<NodeId> = if names::is_glob(&text) {
            let all = (0..plan.nodes.len()).map(NodeId::new);
            all.filter(|id| is_firewall(id) && names::matches(&text, &plan.nodes[id.index()].name)).collect()
        } else {
            context.nodes.get(&text).into_iter().flatten().copied().filter(is_firewall).collect()
        };
        if found.is_empty() && text != ALL {
            let known = plan.nodes.iter().filter(|node| node.kind == Kind::Firewall);
            let hint = context.hint(&text, known.map(|node| node.name.as_str()), "firewalls");
            let fact = format!("there is no firewall or pair `{text}`");
            context.say("dangling-reference", name.place, fact, hint);
        }
        if !context.affords(found.len(), name.place) {
            return Vec::new();
        }
        let new = found.into_iter().filter(|id| watched.iter().all(|(known, _)| known != id));
        let new: Vec<NodeId> = new.collect();
        watched.extend(new.into_iter().map(|id| (id, name.place)));
    }
    watched
}

/// A tag's timeout; the XML API counts it in whole seconds.
pub fn tag_timeout(context: &mut Context<'_>, timeout: &Unit<Span>) -> Span {
    if !timeout.value.nanos().is_multiple_of(1_000_000_000) {
        let fact = format!("a tag's timeout is {}; the XML API counts whole seconds", timeout.value);
        context.say("wrong-value", timeout.place, fact, "write whole seconds, such as \"90s\"");
    }
    timeout.value
}

/// What an engine's settings are but for its partners and its back-off, which the caller fills in.
pub(super) fn settings(context: &mut Context<'_>, engine: &EngineDraft) -> EngineSettings {
    let reaction = engine.reaction.as_ref().map(|reaction| Reaction {
        registers: match reaction.registers {
            TaggedDraft::IpTag => DataType::IpTag,
            TaggedDraft::UserTag => DataType::UserTag,
        },
        tag: context.label(&reaction.tag.value),
        timeout: reaction.timeout.as_ref().map(|timeout| tag_timeout(context, timeout)),
        persistent: reaction.persistent,
    });
    let nothing = Span::ZERO;
    EngineSettings {
        to: Vec::new(),
        port: engine.port.value,
        log_port: engine.log_port.value,
        watches: Vec::new(),
        delay: context.distribution(&engine.delay),
        reaction,
        clock_offset_nanos: engine.clock_offset.value.0,
        buffer_max: engine.buffer_records.value,
        reconnect: Reconnect { first: nothing, max: nothing, jitter_percent: 0, connect_timeout: nothing },
        keepalive: keepalive(&engine.keepalive),
    }
}
