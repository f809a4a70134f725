//! `ignore-list-without-effect`, `polling-many-servers`: what a node does with the logs that it reads itself.

use super::feeds::By;
use super::limits::SERVERS_OF_INTEGRATED_MAX;
use super::view::{Sayings, View};
use crate::topology::{Kind, Rule};

/// Looks at first learners, and at those who are none.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    for (id, node, settings) in view.tables() {
        let learns_first = view.feeds.leading_to(id).any(|feed| matches!(feed.by, By::Push(_) | By::Read(_)));
        if let (false, Some(first)) = (learns_first, settings.ignore_users.first()) {
            let fact = format!(
                "it ignores `{first}` but reads no log and no source pushes to it; entries of upstreams are not filtered"
            );
            sayings.say(Rule::IgnoreListWithoutEffect, view.places(id).ignore_users, &node.name, fact);
        }
        let reads = settings.reads.len();
        if node.kind != Kind::Agent && reads > SERVERS_OF_INTEGRATED_MAX {
            let place = view.places(id).partners.first().copied().unwrap_or_default();
            let fact = format!(
                "it polls {reads} domain controllers itself; agents of their own are advised beyond {SERVERS_OF_INTEGRATED_MAX}"
            );
            sayings.say(Rule::PollingManyServers, place, &node.name, fact);
        }
    }
}
