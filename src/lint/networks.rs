//! `overlapping-networks`: lists divide addresses between the upstreams of a node, and yet some come from two.

use ipnet::IpNet;

use super::feeds::By;
use super::limits::UPSTREAMS_MAX;
use super::view::{Sayings, View};
use crate::roles::SessionSettings;
use crate::topology::Rule;

/// Looks at every node with two upstreams, of which one is limited to some networks.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    for (id, node, _) in view.tables() {
        let mut limited = false;
        let mut entries = Vec::new();
        for position in &view.feeds.into[id.index()] {
            let feed = &view.feeds.all[*position];
            let By::Session(session) = feed.by else { continue };
            let settings = &view.topology().sessions[session.index()];
            if !feed.is_standby && entries.len() < UPSTREAMS_MAX {
                limited |= !settings.include.is_empty();
                entries.push((*position, settings, view.session_place(session)));
            }
        }
        if !limited || entries.len() < 2 {
            continue;
        }
        let pairs = entries
            .iter()
            .enumerate()
            .flat_map(|(n, one)| entries[n + 1..].iter().map(move |other| (one, other)));
        let met = pairs.filter(|(one, other)| one.2 != other.2).find_map(|(one, other)| {
            let told = |crowds: &super::crowds::Crowds| crowds.share(one.0, other.0);
            let shared = shared(one.1, other.1)?;
            view.crowds.as_ref().is_none_or(told).then_some((one.1, other, shared))
        });
        let Some((one, (_, other, place), (of_one, of_other))) = met else { continue };
        let list =
            |network: Option<IpNet>| network.map_or_else(|| "everything".to_owned(), |n| n.to_string());
        let fact = format!(
            "`{}` tells it {} and `{}` {}, which share addresses",
            view.name(one.upstream),
            list(of_one),
            view.name(other.upstream),
            list(of_other)
        );
        sayings.say(Rule::OverlappingNetworks, *place, &node.name, fact);
    }
}

/// The two list entries that share addresses (`None`: no list), where one session is limited.
fn shared(one: &SessionSettings, other: &SessionSettings) -> Option<(Option<IpNet>, Option<IpNet>)> {
    let excluded =
        |network: &IpNet| one.exclude.iter().chain(&other.exclude).any(|list| list.contains(network));
    let narrow = |a: IpNet, b: IpNet| if a.prefix_len() > b.prefix_len() { a } else { b };
    match (one.include.is_empty(), other.include.is_empty()) {
        (true, true) => None,
        (true, false) => other.include.iter().find(|list| !excluded(list)).map(|list| (None, Some(*list))),
        (false, true) => one.include.iter().find(|list| !excluded(list)).map(|list| (Some(*list), None)),
        (false, false) => {
            let all = one.include.iter().flat_map(|a| other.include.iter().map(move |b| (*a, *b)));
            let meet = |(a, b): &(IpNet, IpNet)| a.contains(b) || b.contains(a);
            all.into_iter()
                .find(|pair| meet(pair) && !excluded(&narrow(pair.0, pair.1)))
                .map(|(a, b)| (Some(a), Some(b)))
        }
    }
}
