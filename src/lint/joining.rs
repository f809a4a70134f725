//! `key-mismatch`, `certificate-expires`, `one-peer-named`: do the two ends of a session know each other, for the whole
//! run and after a failover?

use std::collections::BTreeSet;

use super::feeds::By;
use super::starved::Starved;
use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::roles::Hindrance;
use crate::topology::{Kind, Role, Rule};
use crate::units::Instant;

/// Looks at every redistribution session.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let end = Instant::after_start(view.scenario.duration);
    let mut refused = Vec::new();
    let mut clients: BTreeSet<(NodeId, NodeId)> = BTreeSet::new();
    for session in view.topology().sessions.iter().filter(|session| session.feed.is_session()) {
        clients.insert((session.client, session.upstream));
    }
    for (position, feed) in view.feeds.all.iter().enumerate() {
        let By::Session(id) = feed.by else { continue };
        let joining = &view.topology().sessions[id.index()].joining;
        let (client, upstream) = (view.name(feed.to), view.name(feed.from));
        let place = view.session_place(id);
        if let Some(why) = joining.mismatch {
            let fact = format!("`{upstream}` refuses it: {}", differs(why));
            refused.push((position, place, client, fact));
        } else if let Some(until) = joining.valid_until.filter(|until| *until < end) {
            let fact = format!(
                "a certificate that only one of it and `{upstream}` has expires {until} after the start; from \
                 then on no session between them comes about"
            );
            sayings.say(Rule::CertificateExpires, place, client, fact);
        }
        if let Some(peer) = peer(view, feed.from).filter(|peer| *peer != feed.to)
            && !clients.contains(&(feed.to, peer))
        {
            let fact =
                format!("it follows `{upstream}` and not `{}`, which stands in for it", view.name(peer));
            sayings.say(Rule::OnePeerNamed, place, client, fact);
        }
    }
    let starved = Starved::new(view, &refused.iter().map(|(position, ..)| *position).collect());
    for (position, place, client, fact) in refused {
        let behind = starved.behind(view, view.feeds.all[position].to);
        sayings.say(Rule::KeyMismatch, place, client, fact + &behind);
    }
}

/// The other Panorama, or the other member of its pair.
fn peer(view: &View<'_>, id: NodeId) -> Option<NodeId> {
    let names = |other: NodeId| view.places(other).ha_peer.is_some_and(|(peer, _)| peer == id);
    match &view.node(id).role {
        Role::Point(_) if view.node(id).kind == Kind::Panorama => {
            let own = view.places(id).ha_peer.map(|(peer, _)| peer);
            own.or_else(|| view.tables().map(|(other, ..)| other).find(|other| names(*other)))
        }
        Role::Point(settings) => settings.ha.as_ref().map(|ha| ha.peer),
        _ => None,
    }
}

fn differs(why: Hindrance) -> &'static str {
    match why {
        Hindrance::CollectorName => "the collector names differ",
        Hindrance::PreSharedKey => "the pre-shared keys differ",
        Hindrance::SerialNumber => "its serial number is another",
        Hindrance::Certificate
        | Hindrance::Name
        | Hindrance::Port
        | Hindrance::ServiceRoute
        | Hindrance::Unanswered => "they do not know each other",
    }
}
