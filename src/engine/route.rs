//! Routes: over which links two nodes reach each other, while which are up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;

use crate::ids::{LinkId, NodeId};
use crate::units::Span;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A single node.
    Host(NodeId),
    /// A place, with everyone who stands there.
    Place(usize),
}

/// The links of a way in order, each with the direction in which it is crossed.
pub(super) type Links = Arc<[(LinkId, usize)]>;

/// The cost to a vertex, the vertex before it and the link from there.
type Step = (u128, NodeIndex, LinkId);

/// Finds ways of least latency, then fewest links. A link between two nodes is theirs whatever else there is.
#[derive(Debug)]
pub(super) struct Router {
    homes: Vec<usize>,
    places: usize,
    links: Vec<([End; 2], Span, bool)>,
    /// The links that join two nodes, by their ends, the lower first, in declared order.
    wires: BTreeMap<[NodeId; 2], Vec<LinkId>>,
    /// Per node, whether a link ends at it rather than at its place.
    is_wired: Vec<bool>,
    graph: UnGraph<(), LinkId>,
    /// Per vertex, whether at most one link that is up ends at it: no way leads through it.
    is_dead_end: Vec<bool>,
    /// Ways that have been searched for, by where they begin and end: all of a place who have no link of their own
    /// share theirs.
    known: BTreeMap<(NodeIndex, NodeIndex), Option<Links>>,
}

impl Router {
    /// A router for nodes at `homes` (places) and links with their latencies, all of them up.
    #[must_use]
    pub(super) fn new(homes: Vec<usize>, links: Vec<([End; 2], Span)>) -> Self {
        let place_of = |end: &End| match end {
            End::Host(_) => 0,
            End::Place(place) => place + 1,
        };
        let linked = links.iter().flat_map(|(ends, _)| ends.iter().map(place_of)).max().unwrap_or(0);
        let places = homes.iter().map(|home| home + 1).max().unwrap_or(0).max(linked);
        let mut router = Self {
            is_wired: vec![false; homes.len()],
            homes,
            places,
            links: links.into_iter().map(|(ends, latency)| (ends, latency, true)).collect(),
            wires: BTreeMap::new(),
            graph: UnGraph::default(),
            is_dead_end: Vec::new(),
            known: BTreeMap::new(),
        };
        for (index, (ends, _, _)) in router.links.iter().enumerate() {
            for end in ends {
                if let End::Host(node) = end {
                    router.is_wired[node.index()] = true;
                }
            }
            if let [End::Host(a), End::Host(b)] = *ends {
                router.wires.entry([a.min(b), a.max(b)]).or_default().push(LinkId::new(index));
            }
        }
        router.rebuild();
        router
    }

    /// Takes a link out of use, or back into it.
    pub(super) fn set_up(&mut self, link: LinkId, up: bool) {
        self.links[link.index()].2 = up;
        self.rebuild();
    }

    fn vertex(&self, end: End) -> NodeIndex {
        match end {
            End::Host(node) => NodeIndex::new(self.places + node.index()),
            End::Place(place) => NodeIndex::new(place),
        }
    }

    fn rebuild(&mut self) {
        self.known.clear();
        self.graph = UnGraph::default();
        for _ in 0..self.places + self.homes.len() {
            self.graph.add_node(());
        }
        for (index, (ends, _, up)) in self.links.iter().enumerate() {
            if *up {
                let [a, b] = ends.map(|end| self.vertex(end));
                self.graph.add_edge(a, b, LinkId::new(index));
            }
        }
        let is_dead_end = |vertex| self.graph.edges(vertex).nth(1).is_none();
        self.is_dead_end = self.graph.node_indices().map(is_dead_end).collect();
    }

    /// The way from one node to another over links that are up; `None` when there is none.
    /// Cost: one search a pair of places and change of links; of a node with a link of its own, a pair with it.
    pub(super) fn way(&mut self, from: NodeId, to: NodeId) -> Option<Links> {
        if let Some(own) = self.direct(from, to) {
            return Some(own);
        }
        let key = (self.stand(from), self.stand(to));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found = self.search(from, to);
        self.known.insert(key, found.clone());
        found
    }

    /// Where a node's ways begin and end, as far as they differ from its neighbours'.
    fn stand(&self, node: NodeId) -> NodeIndex {
        let is_wired = self.is_wired[node.index()];
        self.vertex(if is_wired { End::Host(node) } else { End::Place(self.homes[node.index()]) })
    }

    fn direct(&self, from: NodeId, to: NodeId) -> Option<Links> {
        let wires = self.wires.get(&[from.min(to), from.max(to)])?;
        let link = wires.iter().find(|link| self.links[link.index()].2)?;
        let direction = usize::from(self.links[link.index()].0 != [End::Host(from), End::Host(to)]);
        Some(Links::from([(*link, direction)]))
    }

    /// Leaves from the node itself or from its home, arrives at either; homes are free. Of equal ways the one over
    /// the earlier declared places and links, whatever else there is: an unrelated node moves nobody's way.
    fn search(&self, from: NodeId, to: NodeId) -> Option<Links> {
        let (home, goal_home) = (self.homes[from.index()], self.homes[to.index()]);
        if home == goal_home {
            return Some(Links::from([]));
        }
        let starts = [End::Place(home), End::Host(from)].map(|end| self.vertex(end));
        let goals = [End::Place(goal_home), End::Host(to)].map(|end| self.vertex(end));
        let mut best: BTreeMap<NodeIndex, Step> = BTreeMap::new();
        let mut open: BTreeSet<(u128, NodeIndex)> = starts.iter().map(|start| (0, *start)).collect();
        let mut done = BTreeSet::new();
        while let Some((cost, vertex)) = open.pop_first() {
            if goals.contains(&vertex) {
                return Some(self.way_back(&best, vertex));
            }
            if !done.insert(vertex) {
                continue;
            }
            for edge in self.graph.edges(vertex) {
                let (next, link) = (edge.target(), *edge.weight());
                let is_dead_end = self.is_dead_end[next.index()] && !goals.contains(&next);
                if is_dead_end || starts.contains(&next) || done.contains(&next) {
                    continue;
                }
                let step = (cost + self.cost(link), vertex, link);
                if best.get(&next).is_none_or(|known| step < *known) {
                    best.insert(next, step);
                    open.insert((step.0, next));
                }
            }
        }
        None
    }

    /// Latency first, then the number of links.
    fn cost(&self, link: LinkId) -> u128 {
        (u128::from(self.links[link.index()].1.nanos()) << 16) + 1
    }

    fn way_back(&self, best: &BTreeMap<NodeIndex, Step>, goal: NodeIndex) -> Links {
        let mut way = Vec::new();
        let mut at = goal;
        while let Some((_, before, link)) = best.get(&at) {
            way.push((*link, usize::from(self.vertex(self.links[link.index()].0[0]) != *before)));
            at = *before;
        }
        way.reverse();
        way.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(index: usize) -> NodeId {
        NodeId::new(index)
    }

    fn names(way: Option<Links>) -> Vec<(usize, usize)> {
        way.expect("a way").iter().map(|(link, direction)| (link.index(), *direction)).collect()
    }

    /// Places 0, 1, 2 in a line 0 -10ms- 1 -10ms- 2, a slow link 0 -50ms- 2, and nodes 0, 0, 1, 2 there;
    /// nodes 0 and 1 share a wire of their own.
    fn router() -> Router {
        let span = Span::from_millis;
        Router::new(
            vec![0, 0, 1, 2],
            vec![
                ([End::Place(0), End::Place(1)], span(10)),
                ([End::Place(2), End::Place(1)], span(10)),
                ([End::Place(0), End::Place(2)], span(50)),
                ([End::Host(node(1)), End::Host(node(0))], span(1)),
            ],
        )
    }

    #[test]
    fn ways_take_the_least_latency_and_know_their_direction() {
        let mut router = router();
        assert_eq!(names(router.way(node(0), node(3))), [(0, 0), (1, 1)]);
        assert_eq!(names(router.way(node(3), node(0))), [(1, 0), (0, 1)]);
        assert_eq!(names(router.way(node(0), node(1))), [(3, 1)]);
        assert!(names(router.way(node(2), node(2))).is_empty());
    }

    #[test]
    fn equal_ways_are_chosen_by_declaration_and_not_by_what_else_there_is() {
        let span = Span::from_millis(10);
        let between = |a: usize, b: usize| ([End::Place(a), End::Place(b)], span);
        let diamond = |extra: usize| {
            let mut links = vec![
                between(0, 1),
                between(0, 2),
                between(0, 3),
                between(1, 4),
                between(2, 4),
                between(3, 4),
            ];
            links.extend((0..extra).map(|n| between(0, 5 + n)));
            Router::new(vec![0, 4], links)
        };
        for extra in 0..6 {
            assert_eq!(names(diamond(extra).way(node(0), node(1))), [(0, 0), (3, 0)], "{extra}");
        }
    }

    #[test]
    fn a_node_with_a_link_of_its_own_does_not_lend_its_way_to_its_place() {
        let span = Span::from_millis;
        let mut router = Router::new(
            vec![0, 0, 1],
            vec![
                ([End::Place(0), End::Place(1)], span(10)),
                ([End::Host(node(0)), End::Place(1)], span(1)),
                ([End::Host(node(2)), End::Host(node(1))], span(5)),
            ],
        );
        for _ in 0..2 {
            assert_eq!(names(router.way(node(0), node(2))), [(1, 0)]);
            assert_eq!(names(router.way(node(1), node(2))), [(2, 1)]);
        }
        router.set_up(LinkId::new(2), false);
        assert_eq!(names(router.way(node(1), node(2))), [(0, 0)]);
        assert_eq!(names(router.way(node(0), node(2))), [(1, 0)]);
    }

    #[test]
    fn a_link_that_is_down_is_avoided() {
        let mut router = router();
        router.set_up(LinkId::new(1), false);
        assert_eq!(names(router.way(node(0), node(3))), [(2, 0)]);
        router.set_up(LinkId::new(2), false);
        assert_eq!(router.way(node(0), node(3)), None);
    }
}
