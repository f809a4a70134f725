//! `blocked-port`, `plain-text-session`: on what port one node dials another, and over which links.

use super::feeds::{By, Feed, Feeds};
use super::starved::Starved;
use super::view::{Sayings, View};
use super::ways::{Step, Ways};
use crate::engine::Transport;
use crate::ids::NodeId;
use crate::ports;
use crate::problem::Place;
use crate::scenario::Scenario;
use crate::topology::{Role, Rule, Topology};

/// Looks at every dial.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let links = &view.topology().links;
    let some_block = links.iter().any(|link| !link.settings.ports_blocked.is_empty());
    let mut ways = Ways::new(view.topology(), &view.feeds);
    let mut blocked = Vec::new();
    let dials = view.feeds.all.iter().enumerate();
    for (position, dial) in dials.filter_map(|(position, feed)| Some((position, Dial::of(view, feed)?))) {
        let Dial { from, to, port, is_datagram, place } = dial;
        let dialler = view.name(from);
        let is_closed = view.node(to).ports_blocked.contains(&port);
        if is_closed {
            let fact = format!("it dials `{}` on port {port}, on which nothing gets in there", view.name(to));
            blocked.push((position, place, dialler, fact));
        }
        let is_plain = is_datagram || ports::is_plain(port);
        if !some_block && !is_plain {
            continue;
        }
        let way = ways.way(from, to);
        let by = way.iter().find_map(|step| blocker(view.topology(), step, port));
        if let (false, Some(by)) = (is_closed, by) {
            let fact = format!("it dials `{}` on port {port}, which {by}", view.name(to));
            blocked.push((position, place, dialler, fact));
        }
        if let (true, Some(step)) = (is_plain, way.first()) {
            let link = &links[step.link.index()].name;
            let over = if is_datagram { "UDP" } else { "TCP" };
            let fact = format!(
                "what it says to `{}` on port {port} over {over} crosses link `{link}`",
                view.name(to)
            );
            sayings.say(Rule::PlainTextSession, place, dialler, fact);
        }
    }
    let starved = Starved::new(view, &blocked.iter().map(|(position, ..)| *position).collect());
    for (position, place, dialler, fact) in blocked {
        let behind = starved.behind(view, view.feeds.all[position].to);
        sayings.say(Rule::BlockedPort, place, dialler, fact + &behind);
    }
}

/// What does not let `port` pass on a step of a way, if anything does not.
fn blocker(topology: &Topology, step: &Step, port: u16) -> Option<String> {
    let link = &topology.links[step.link.index()];
    let block = link.settings.blocks(port, step.direction)?;
    let name = &link.name;
    Some(block.by.map_or_else(
        || format!("link `{name}` does not carry"),
        |by| format!("firewall `{}` on link `{name}` denies", topology.nodes[by.index()].name),
    ))
}

/// What keeps each dial `(from, to, port)` from coming about, as the end of a sentence about the port; `None`: nothing.
#[must_use]
pub fn blocked_by(scenario: &Scenario, dials: &[(NodeId, NodeId, u16)]) -> Vec<Option<String>> {
    let topology = &scenario.topology;
    let mut ways = Ways::new(topology, &Feeds::new(scenario));
    let mut by = |&(from, to, port): &(NodeId, NodeId, u16)| {
        let dialled = &topology.nodes[to.index()];
        if dialled.ports_blocked.contains(&port) {
            return Some(format!("`{}` blocks", dialled.name));
        }
        ways.way(from, to).iter().find_map(|step| blocker(topology, step, port))
    };
    dials.iter().map(&mut by).collect()
}

/// Who dials whom.
struct Dial {
    from: NodeId,
    to: NodeId,
    port: u16,
    is_datagram: bool,
    place: Place,
}

impl Dial {
    /// The dial behind a feed; of the two feeds of a pair only one is dialled.
    fn of(view: &View<'_>, feed: &Feed) -> Option<Self> {
        let partner = |id: NodeId, position: usize| view.places(id).partners.get(position).copied();
        let session = |id: crate::ids::SessionId| &view.topology().sessions[id.index()];
        match (feed.by, &view.node(feed.from).role, &view.node(feed.to).role) {
            (By::Session(id), ..) => {
                let (port, place) = (session(id).port, view.session_place(id));
                Some(Self { from: feed.to, to: feed.from, port, is_datagram: false, place })
            }
            (By::Read(position), Role::Log(log), _) => {
                let place = partner(feed.to, position).unwrap_or_default();
                Some(Self { from: feed.to, to: feed.from, port: log.port, is_datagram: false, place })
            }
            (By::Push(_), Role::Push(push), _) if push.more.probed.is_some() => {
                let place = view.places(feed.from).key;
                Some(Self { from: feed.to, to: feed.from, port: push.port, is_datagram: false, place })
            }
            (By::Push(position), Role::Push(push), _) => {
                let place = partner(feed.from, position).unwrap_or_default();
                let is_datagram = push.transport == Transport::Udp;
                Some(Self { from: feed.from, to: feed.to, port: push.port, is_datagram, place })
            }
            (By::Pair, _, Role::Point(member)) => {
                let ha = member.ha.as_ref().filter(|ha| !ha.preferred)?;
                let (port, place) = (session(ha.feed_in).port, view.session_place(ha.feed_in));
                Some(Self { from: feed.to, to: feed.from, port, is_datagram: false, place })
            }
            _ => None,
        }
    }
}
