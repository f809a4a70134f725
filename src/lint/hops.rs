//! `too-many-hops`, `too-many-upstreams`: limits of what redistribution carries and of what one node follows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::feeds::By;
use super::limits::{HOPS_MAX, SERVERS_MAX, UPSTREAMS_MAX};
use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::topology::Rule;

/// Looks at the ways from learners, and at the number of feeds.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    hops(view, sayings);
    for (id, node, settings) in view.tables() {
        let session = |by| if let By::Session(session) = by { Some(session) } else { None };
        let mut sessions = view.feeds.leading_to(id).filter_map(|feed| session(feed.by)).peekable();
        let first = sessions.peek().copied();
        let (count, place) = (sessions.count(), first.map(|first| view.session_place(first)));
        if count > UPSTREAMS_MAX {
            let fact = format!("it has {count} upstreams; {UPSTREAMS_MAX} are supported");
            sayings.say(Rule::TooManyUpstreams, place.unwrap_or_default(), &node.name, fact);
        }
        let reads = settings.reads.len();
        if reads > SERVERS_MAX {
            let place = view.places(id).partners.first().copied().unwrap_or_default();
            let fact = format!("it reads {reads} logs; {SERVERS_MAX} monitored servers are supported");
            sayings.say(Rule::TooManyUpstreams, place, &node.name, fact);
        }
    }
}

/// Of each enforcement point the source that is farthest, where that is too far.
fn hops(view: &View<'_>, sayings: &mut Sayings) {
    let mut learners: BTreeMap<BTreeSet<NodeId>, NodeId> = BTreeMap::new();
    for source in view.feeds.sources() {
        learners.entry(view.feeds.leading_from(source).map(|feed| feed.to).collect()).or_insert(source);
    }
    let mut farthest: BTreeMap<NodeId, (usize, NodeId)> = BTreeMap::new();
    let mut walk = Walk { crossed: vec![usize::MAX; view.topology().nodes.len()], touched: Vec::new() };
    for (first, source) in learners {
        walk.from(view, &first);
        for id in &walk.touched {
            let crossed = walk.crossed[id.index()];
            let worst = farthest.get(id).map_or(HOPS_MAX, |(crossed, _)| *crossed);
            if crossed > worst {
                farthest.insert(*id, (crossed, source));
            }
        }
    }
    for point in &view.feeds.points {
        if let Some((crossed, source)) = farthest.get(point) {
            let fact = format!(
                "what `{}` notices crosses {crossed} sessions to get here; after {HOPS_MAX} it is dropped",
                view.name(*source)
            );
            sayings.say(Rule::TooManyHops, view.places(*point).key, view.name(*point), fact);
        }
    }
}

/// How many sessions are crossed to get anywhere.
struct Walk {
    crossed: Vec<usize>,
    touched: Vec<NodeId>,
}

impl Walk {
    fn from(&mut self, view: &View<'_>, learners: &BTreeSet<NodeId>) {
        for id in self.touched.drain(..) {
            self.crossed[id.index()] = usize::MAX;
        }
        let mut open: VecDeque<(NodeId, usize)> = learners.iter().map(|id| (*id, 0)).collect();
        while let Some((id, crossed)) = open.pop_front() {
            if self.crossed[id.index()] != usize::MAX {
                continue;
            }
            self.crossed[id.index()] = crossed;
            self.touched.push(id);
            for feed in view.feeds.leading_from(id) {
                // HA1 is no session: it goes to the front, before everything that crosses one more.
                match feed.by {
                    By::Pair => open.push_front((feed.to, crossed)),
                    By::Push(_) | By::Read(_) | By::Session(_) => open.push_back((feed.to, crossed + 1)),
                }
            }
        }
    }
}
