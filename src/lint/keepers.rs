//! `unread-server`, `interim-above-timeout`: logs that nobody reads, and entries that end between two signs of life.

use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::{Kind, Role, Rule};
use crate::units::Span;
use crate::workload::{Spec, Telling};

/// Looks at servers, and at those who keep sessions.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    for source in view.feeds.sources() {
        if is_unread(view, source) {
            let fact = format!(
                "no learner reads its log{}; what is written there is written nowhere else",
                share(view, source)
            );
            sayings.say(Rule::UnreadServer, view.places(source).key, view.name(source), fact);
        }
        if let Some((silence, what)) = silence(view, source) {
            ageing(view, sayings, source, (silence, what));
        }
    }
}

/// Whether `source` is a server of which the workload makes use and whose log nobody reads.
pub(super) fn is_unread(view: &View<'_>, source: NodeId) -> bool {
    let node = view.node(source);
    let keeps_log = matches!(node.role, Role::Log(_)) && node.kind != Kind::SessionTable;
    keeps_log && view.feeds.is_source[source.index()] && view.feeds.leading_from(source).next().is_none()
}

/// What part of what happens at the site that it has most of goes to a source.
fn share(view: &View<'_>, source: NodeId) -> String {
    let Spec::Population(people) = &view.scenario.workload else { return String::new() };
    let is_list = |telling: &Telling| matches!(telling, Telling::Sessions { .. });
    let Some(own) = people.sources.iter().find(|reach| reach.source == source) else { return String::new() };
    let part = |site| {
        let others = people.sources.iter().filter(|r| r.sites.contains(site) && !is_list(&r.telling));
        100 * u64::from(own.weight) / others.map(|reach| u64::from(reach.weight)).sum::<u64>().max(1)
    };
    let most =
        own.sites.iter().map(|site| (part(site), site)).max_by_key(|(part, site)| (*part, site.index()));
    let Some((percent, site)) = most else { return String::new() };
    format!(", which has {percent} % of what happens at site {}", view.topology().sites[site.index()].name)
}

/// The longest time between two things that a keeper tells of a user who is there.
fn silence(view: &View<'_>, source: NodeId) -> Option<(Span, &'static str)> {
    let Role::Push(push) = &view.node(source).role else { return None };
    match &push.more.telling {
        Telling::Gateway { check, .. } => Some((*check, "between two checks of its tunnel")),
        Telling::Portal { session, .. } => Some((*session, "between two log-ons at the portal")),
        Telling::Radius { interim, .. } => Some((*interim, "between two interim updates")),
        Telling::Log { .. } | Telling::Noticing | Telling::Sessions { .. } => None,
    }
}

/// Whose entries of `source` end before the next sign of life.
fn ageing(view: &View<'_>, sayings: &mut Sayings, source: NodeId, (silence, what): (Span, &str)) {
    let fed = view.feeds.fed_by(source);
    for (id, node, settings) in view.tables().filter(|(id, _, point)| point.enforces && fed[id.index()]) {
        let is_learner = view.feeds.leading_from(source).any(|feed| feed.to == id);
        let lives = settings.timeout.filter(|_| !is_learner || !has_lifetime(view, source));
        if let Some(timeout) = lives.filter(|timeout| *timeout < silence) {
            let fact =
                format!("an entry lives {timeout}, and {what} (`{}`) pass {silence}", view.name(source));
            sayings.say(Rule::InterimAboveTimeout, view.places(id).timeout, &node.name, fact);
        }
    }
}

/// Whether the learners of a source keep its entries by a lifetime of its own.
fn has_lifetime(view: &View<'_>, source: NodeId) -> bool {
    matches!(view.node(source).kind, Kind::CaptivePortal | Kind::GlobalProtectGateway)
}
