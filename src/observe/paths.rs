//! Paths: the configured feeds as a graph, and what follows from it for every enforcement point.
//!
//! Knows edges, who lies upstream of whom, authorities and distances; all fixed for a run. Must not
//! know what happens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ids::NodeId;
use crate::mapping::DataType;
use crate::topology::{Kind, Role, Topology};

/// What feeds an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feeder {
    /// A source that keeps a log.
    Log,
    /// A source that pushes.
    Push,
    /// A node with a table.
    Table,
}

/// A configured feed from one node to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The feeding end.
    pub(super) from: NodeId,
    /// The fed end.
    pub(super) to: NodeId,
    /// What the feeding end is.
    pub(super) feeder: Feeder,
}

/// The graph. A *row* is the position of an enforcement point in `NodeId` order; a *group* is a set of
/// authorities that some rows share.
#[derive(Debug)]
pub(super) struct Paths {
    /// In (from, to) order, each pair of ends once.
    pub(super) edges: Vec<Edge>,
    /// Positions of the edges that leave each node.
    pub(super) leaving: Vec<Vec<usize>>,
    /// The enforcement points.
    pub(super) rows: Vec<NodeId>,
    /// The row of each node.
    pub(super) row_of: Vec<Option<usize>>,
    /// Per node: the rows that it is or lies upstream of.
    pub(super) fed_rows: Vec<Vec<usize>>,
    /// Per row: the edges that lead to it, the nearest first.
    pub(super) by_nearness: Vec<Vec<usize>>,
    /// Sets of authorities, each in `NodeId` order.
    pub(super) groups: Vec<Vec<NodeId>>,
    /// The group of each row; `None` without any authority.
    pub(super) group_of: Vec<Option<usize>>,
    /// Per node: the groups it belongs to.
    pub(super) groups_with: Vec<Vec<usize>>,
    /// Per group: its rows.
    pub(super) rows_in: Vec<Vec<usize>>,
    leads: Vec<Vec<bool>>,
    upstreams: Vec<Vec<bool>>,
    ranks: Vec<Vec<u32>>,
}

impl Paths {
    /// The graph of `topology`.
    pub(super) fn new(topology: &Topology) -> Self {
        let nodes = topology.nodes.len();
        let edges = edges_of(topology);
        let mut leaving = vec![Vec::new(); nodes];
        let mut entering = vec![Vec::new(); nodes];
        for (position, edge) in edges.iter().enumerate() {
            leaving[edge.from.index()].push(position);
            entering[edge.to.index()].push(position);
        }
        let rows: Vec<NodeId> = (0..nodes)
            .filter(|node| matches!(&topology.nodes[*node].role, Role::Point(point) if point.enforces))
            .map(NodeId::new)
            .collect();
        let mut row_of = vec![None; nodes];
        for (row, node) in rows.iter().enumerate() {
            row_of[node.index()] = Some(row);
        }
        let mut paths = Self {
            leaving,
            row_of,
            fed_rows: vec![Vec::new(); nodes],
            by_nearness: Vec::new(),
            groups: Vec::new(),
            group_of: Vec::new(),
            groups_with: vec![Vec::new(); nodes],
            rows_in: Vec::new(),
            leads: Vec::new(),
            upstreams: Vec::new(),
            ranks: Vec::new(),
            edges,
            rows,
        };
        for row in 0..paths.rows.len() {
            paths.measure(row, &entering);
        }
        paths.appoint(topology);
        paths
    }

    /// The edge from `from` to `to`. Panics when none is configured: nobody else may feed.
    pub(super) fn edge(&self, from: NodeId, to: NodeId) -> usize {
        self.find(from, to).expect("mappings travel on configured feeds only")
    }

    /// The edge from `from` to `to`, if one is configured.
    pub(super) fn find(&self, from: NodeId, to: NodeId) -> Option<usize> {
        self.edges.binary_search_by_key(&(from, to), |edge| (edge.from, edge.to)).ok()
    }

    /// Whether `node` is the point of `row` or lies upstream of it.
    pub(super) fn leads(&self, row: usize, node: NodeId) -> bool {
        self.leads[row][node.index()]
    }

    /// Whether a configured path leads from `node` to `row`'s point over at least one edge.
    pub(super) fn is_upstream(&self, row: usize, node: NodeId) -> bool {
        self.upstreams[row][node.index()]
    }

    /// The position of `edge` among those that lead to `row`, the nearest first; `None`: it does not.
    pub(super) fn rank(&self, row: usize, edge: usize) -> Option<u32> {
        Some(self.ranks[row][edge]).filter(|rank| *rank != u32::MAX)
    }

    fn measure(&mut self, row: usize, entering: &[Vec<usize>]) {
        let nodes = self.row_of.len();
        let point = self.rows[row].index();
        let mut distance = vec![usize::MAX; nodes];
        let mut upstream = vec![false; nodes];
        let mut queue = VecDeque::from([point]);
        distance[point] = 0;
        while let Some(node) = queue.pop_front() {
            for edge in &entering[node] {
                let from = self.edges[*edge].from.index();
                upstream[from] = true;
                if distance[from] == usize::MAX {
                    distance[from] = distance[node] + 1;
                    queue.push_back(from);
                }
            }
        }
        let mut near: Vec<usize> = (0..self.edges.len())
            .filter(|edge| distance[self.edges[*edge].to.index()] != usize::MAX)
            .collect();
        // Edges are in (from, to) order and the sort is stable, so equals stay in that order.
        near.sort_by_key(|edge| distance[self.edges[*edge].to.index()]);
        let mut ranks = vec![u32::MAX; self.edges.len()];
        for (rank, edge) in near.iter().enumerate() {
            ranks[*edge] = u32::try_from(rank).expect("limits on input keep edges within 32 bits");
        }
        let leads: Vec<bool> = distance.iter().map(|steps| *steps != usize::MAX).collect();
        for (node, fed) in self.fed_rows.iter_mut().enumerate() {
            if leads[node] {
                fed.push(row);
            }
        }
        self.by_nearness.push(near);
        self.ranks.push(ranks);
        self.leads.push(leads);
        self.upstreams.push(upstream);
    }

    fn appoint(&mut self, topology: &Topology) {
        let mut known: BTreeMap<Vec<NodeId>, usize> = BTreeMap::new();
        for row in 0..self.rows.len() {
            let authorities = self.authorities(row, topology);
            if authorities.is_empty() {
                self.group_of.push(None);
                continue;
            }
            let next = known.len();
            let group = *known.entry(authorities.clone()).or_insert(next);
            if group == next {
                for node in &authorities {
                    self.groups_with[node.index()].push(group);
                }
                self.groups.push(authorities);
                self.rows_in.push(Vec::new());
            }
            self.group_of.push(Some(group));
            self.rows_in[group].push(row);
        }
    }

    fn authorities(&self, row: usize, topology: &Topology) -> Vec<NodeId> {
        let point = self.rows[row];
        let pair = topology.pairs.iter().find(|pair| pair.members.contains(&point));
        let members: Vec<usize> = match pair {
            Some(pair) => pair.members.iter().filter_map(|member| self.row_of[member.index()]).collect(),
            None => vec![row],
        };
        let nodes = 0..topology.nodes.len();
        let above = |node: usize| members.iter().any(|member| self.upstreams[*member][node]);
        let panoramas: Vec<NodeId> = nodes
            .clone()
            .filter(|node| topology.nodes[*node].kind == Kind::Panorama && above(*node))
            .map(NodeId::new)
            .collect();
        if !panoramas.is_empty() {
            return panoramas;
        }
        let learners: BTreeSet<NodeId> =
            self.edges.iter().filter(|edge| edge.feeder != Feeder::Table).map(|edge| edge.to).collect();
        let here = |node: usize| members.iter().any(|member| self.leads[*member][node]);
        nodes.filter(|node| here(*node)).map(NodeId::new).filter(|node| learners.contains(node)).collect()
    }
}

fn edges_of(topology: &Topology) -> Vec<Edge> {
    let mut ends: BTreeMap<(NodeId, NodeId), Feeder> = BTreeMap::new();
    for session in topology.sessions.iter().filter(|session| session.feed.carries(DataType::IpUser)) {
        ends.insert((session.upstream, session.client), Feeder::Table);
    }
    for (index, node) in topology.nodes.iter().enumerate() {
        let here = NodeId::new(index);
        match &node.role {
            Role::Engine(_) | Role::Log(_) => {}
            Role::Point(point) => {
                for read in &point.reads {
                    ends.insert((read.source, here), Feeder::Log);
                }
            }
            Role::Push(push) => {
                for learner in &push.learners {
                    ends.insert((here, *learner), Feeder::Push);
                }
            }
        }
    }
    ends.into_iter().map(|((from, to), feeder)| Edge { from, to, feeder }).collect()
}
