//! `block-mappings-stay`: terminal servers behind a redistribution that does not carry their blocks of ports.

use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::{Kind, Rule};

/// Looks at everybody behind a node that reads a terminal server.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let terminal = |id: &NodeId| view.node(*id).kind == Kind::TerminalServer;
    for (server, _, follows) in view.topology().ledgers().filter(|(id, ..)| terminal(id)) {
        let readers: Vec<NodeId> = follows.readers.iter().map(|(reader, ..)| *reader).collect();
        for reader in &readers {
            let behind = view.feeds.fed_by(*reader);
            let lacks = |id: &NodeId| behind[id.index()] && !readers.contains(id);
            for point in view.feeds.points.iter().copied().filter(lacks) {
                let fact = format!(
                    "`{}` reads `{}` and does not redistribute its blocks of ports, so that their users are unknown here",
                    view.name(*reader),
                    view.name(server)
                );
                sayings.say(Rule::BlockMappingsStay, view.places(point).key, view.name(point), fact);
            }
        }
    }
}
