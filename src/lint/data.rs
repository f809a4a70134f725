//! `dataplane-below-scope`, `empty-session`, `quarantine-without-panorama`, `tags-over-one-hop`: what sessions carry beside
//! mappings, and what a dataplane holds.

use std::collections::{BTreeMap, BTreeSet};

use super::view::{Sayings, View};
use crate::ids::{NodeId, SessionId};
use crate::mapping::{DataType, DataTypes};
use crate::roles::{Feed, SessionSettings};
use crate::topology::{Kind, Role, Rule};

/// Tags, of addresses and of users.
const TAGS: [DataType; 2] = [DataType::IpTag, DataType::UserTag];

/// Looks at sessions with types of their own, and at small dataplanes.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let sessions = &view.topology().sessions;
    let typed = sessions.iter().enumerate().filter_map(|(index, session)| match session.feed {
        Feed::Typed(types) => Some((SessionId::new(index), session, types)),
        Feed::HighAvailability | Feed::Redistribution => None,
    });
    let typed: Vec<(SessionId, &SessionSettings, DataTypes)> = typed.collect();
    for (id, session, types) in &typed {
        let (place, client) = (view.session_place(*id), view.name(session.client));
        let upstream = view.name(session.upstream);
        if types.is_empty() {
            let fact = format!("its session to `{upstream}` names no data type, so nothing comes over it");
            sayings.say(Rule::EmptySession, place, client, fact);
        }
        if types.holds(DataType::Quarantine) && view.node(session.upstream).kind != Kind::Panorama {
            let fact =
                format!("it asks `{upstream}` for the quarantine list, which is no Panorama and sends none");
            sayings.say(Rule::QuarantineWithoutPanorama, place, client, fact);
        }
    }
    tags(view, &typed, sayings);
    dataplanes(view, sayings);
}

/// A session asks for tags of a node that can only have them from another session.
fn tags(view: &View<'_>, typed: &[(SessionId, &SessionSettings, DataTypes)], sayings: &mut Sayings) {
    let registers = view.topology().nodes.iter().filter_map(|node| match &node.role {
        Role::Engine(engine) => Some(&engine.to),
        Role::Log(_) | Role::Point(_) | Role::Push(_) => None,
    });
    let registered: BTreeSet<NodeId> = registers.flatten().copied().collect();
    let mut told: BTreeMap<NodeId, Vec<(NodeId, DataTypes)>> = BTreeMap::new();
    for (_, session, types) in typed {
        told.entry(session.client).or_default().push((session.upstream, *types));
    }
    for (id, session, types) in typed {
        let upstream = session.upstream;
        let over = TAGS.into_iter().filter(|tag| types.holds(*tag)).find_map(|tag| {
            let from = told.get(&upstream)?.iter().find(|(_, types)| types.holds(tag))?.0;
            (!registered.contains(&upstream)).then_some(from)
        });
        if let Some(from) = over {
            let fact = format!(
                "tags that `{}` tells `{}` would cross a second hop to get here, and are dropped",
                view.name(from),
                view.name(upstream)
            );
            sayings.say(Rule::TagsOverOneHop, view.session_place(*id), view.name(session.client), fact);
        }
    }
}

/// A dataplane holds fewer addresses than the management plane is told of.
fn dataplanes(view: &View<'_>, sayings: &mut Sayings) {
    let Some(crowds) = &view.crowds else { return };
    for (id, capacity) in &view.scenario.enforcement.dataplane {
        let users = crowds.at(*id).users;
        if users > *capacity {
            let fact = format!("its dataplane holds {capacity} addresses, and it is told of {users} users");
            sayings.say(Rule::DataplaneBelowScope, view.places(*id).key, view.name(*id), fact);
        }
    }
}
