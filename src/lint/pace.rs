//! `interval-too-long`, `link-too-slow`: does what is noticed at the peak fit through sessions and links?

use super::feeds::By;
use super::limits::{LINK_LOAD_MAX, MAPPING_BYTES};
use super::view::{Sayings, View};
use super::ways::Ways;
use crate::ids::LinkId;
use crate::roles::Mode;
use crate::topology::Rule;
use crate::units::BitRate;

/// Looks at send ticks and at links.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    ticks(view, sayings);
    links(view, sayings);
}

fn ticks(view: &View<'_>, sayings: &mut Sayings) {
    let Some(crowds) = &view.crowds else { return };
    for (id, node, settings) in view.tables() {
        let pushes = |by| match by {
            By::Session(session) => view.topology().sessions[session.index()].mode == Mode::Push,
            By::Pair | By::Push(_) | By::Read(_) => false,
        };
        let announce = &settings.announce;
        let per_tick = crowds.at(id).per_second * announce.interval.seconds();
        let messages = (per_tick / f64::from(announce.mappings_per_message)).ceil();
        if messages > f64::from(announce.backlog_messages_max)
            && view.feeds.leading_from(id).any(|feed| pushes(feed.by))
        {
            let fact = format!(
                "in {} about {per_tick:.0} mappings gather at the peak, {messages:.0} messages, and {} may wait",
                announce.interval, announce.backlog_messages_max
            );
            sayings.say(Rule::IntervalTooLong, view.places(id).interval, &node.name, fact);
        }
    }
}

fn links(view: &View<'_>, sayings: &mut Sayings) {
    let topology = view.topology();
    let Some(crowds) =
        view.crowds.as_ref().filter(|_| topology.links.iter().any(|l| l.settings.bandwidth.is_some()))
    else {
        return;
    };
    let mut ways = Ways::new(topology, &view.feeds);
    let mut loads = vec![[0.0; 2]; topology.links.len()];
    for (position, feed) in
        view.feeds.all.iter().enumerate().filter(|(_, feed)| !feed.is_standby && feed.by != By::Pair)
    {
        let bits = crowds.over(position).per_second * MAPPING_BYTES * 8.0;
        if bits > 0.0 {
            for step in ways.way(feed.from, feed.to).iter() {
                loads[step.link.index()][step.direction] += bits;
            }
        }
    }
    for (index, (link, load)) in topology.links.iter().zip(loads).enumerate() {
        let Some(rate) = link.settings.bandwidth else { continue };
        let most = load[0].max(load[1]);
        if most > rate.bits_per_second() as f64 * LINK_LOAD_MAX {
            let needed = BitRate::new(most as u64).map_or_else(String::new, |rate| rate.to_string());
            let fact = format!("its sessions want about {needed} one way at the peak, and it carries {rate}");
            sayings.say(Rule::LinkTooSlow, view.link_place(LinkId::new(index)), &link.name, fact);
        }
    }
}
