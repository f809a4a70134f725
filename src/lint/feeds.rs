//! Feeds: who learns from whom, as one directed graph from sources to enforcement points.
//!
//! Knows logs, pushes, sessions and HA1. Must not know links or time.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::Transport;
use crate::ids::{NodeId, SessionId};
use crate::mapping::DataType;
use crate::roles::{Feed as Carried, PointSettings};
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::workload::Spec;

/// How one node learns from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Over HA1.
    Pair,
    /// The source pushes; its learner of this position.
    Push(usize),
    /// The learner polls; its read of this position.
    Read(usize),
    /// Over a redistribution session.
    Session(SessionId),
}

/// That one node learns from another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    /// Who knows.
    pub(super) from: NodeId,
    /// Who learns.
    pub(super) to: NodeId,
    /// How.
    pub(super) by: By,
    /// Whether it is used only while another is dead.
    pub(super) is_standby: bool,
}

/// All feeds of a topology.
pub(super) struct Feeds {
    /// Every feed.
    pub(super) all: Vec<Feed>,
    /// Per node, the positions of the feeds that lead to it.
    pub(super) into: Vec<Vec<usize>>,
    /// Per node, the positions of the feeds that lead from it.
    pub(super) out_of: Vec<Vec<usize>>,
    /// Per node, whether it is a source that the workload uses.
    pub(super) is_source: Vec<bool>,
    /// Every enforcement point.
    pub(super) points: Vec<NodeId>,
}

impl Feeds {
    /// The feeds of a scenario.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let nodes = &scenario.topology.nodes;
        let mut all = Vec::new();
        let mut points = Vec::new();
        // The passive member of a pair asks and serves nobody while the other lives.
        let is_passive = |id: NodeId| match &nodes[id.index()].role {
            Role::Point(settings) => settings.ha.as_ref().is_some_and(|ha| !ha.preferred),
            Role::Engine(_) | Role::Log(_) | Role::Push(_) => false,
        };
        for (index, node) in nodes.iter().enumerate() {
            let id = NodeId::new(index);
            match &node.role {
                Role::Engine(_) | Role::Log(_) => {}
                Role::Point(settings) => {
                    reads(id, settings, is_passive(id), &mut all);
                    if settings.enforces {
                        points.push(id);
                    }
                }
                Role::Push(settings) => {
                    let tried =
                        if settings.transport == Transport::Udp { 1 } else { settings.learners.len() };
                    let learners = settings.learners.iter().enumerate().take(tried);
                    all.extend(learners.map(|(position, to)| Feed {
                        from: id,
                        to: *to,
                        by: By::Push(position),
                        is_standby: position > 0,
                    }));
                }
            }
        }
        for (index, session) in scenario.topology.sessions.iter().enumerate() {
            let by = match session.feed {
                Carried::HighAvailability => By::Pair,
                Carried::Redistribution => By::Session(SessionId::new(index)),
                Carried::Typed(types) if types.holds(DataType::IpUser) => By::Session(SessionId::new(index)),
                Carried::Typed(_) => continue,
            };
            let is_passive = is_passive(session.client) || is_passive(session.upstream);
            let is_standby = is_passive || !session.standby_after.is_empty();
            all.push(Feed { from: session.upstream, to: session.client, by, is_standby });
        }
        let (mut into, mut out_of) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        for (position, feed) in all.iter().enumerate() {
            into[feed.to.index()].push(position);
            out_of[feed.from.index()].push(position);
        }
        Self { all, into, out_of, is_source: sources(scenario), points }
    }

    /// The feeds that lead to a node.
    pub(super) fn leading_to(&self, id: NodeId) -> impl Iterator<Item = &Feed> {
        self.into[id.index()].iter().map(|position| &self.all[*position])
    }

    /// The feeds that lead from a node.
    pub(super) fn leading_from(&self, id: NodeId) -> impl Iterator<Item = &Feed> {
        self.out_of[id.index()].iter().map(|position| &self.all[*position])
    }

    /// The sources that the workload uses.
    pub(super) fn sources(&self) -> impl Iterator<Item = NodeId> {
        self.is_source.iter().enumerate().filter(|(_, is)| **is).map(|(index, _)| NodeId::new(index))
    }

    /// Per node, whether what a source notices may reach it.
    pub(super) fn told(&self) -> Vec<bool> {
        self.spread(self.sources(), |id| &self.out_of[id.index()], |feed| feed.to)
    }

    /// Per node, whether what a source notices may reach it where the feeds at these positions are dead.
    pub(super) fn told_without(&self, dead: &BTreeSet<usize>) -> Vec<bool> {
        let mut reached = vec![false; self.into.len()];
        let mut open: Vec<NodeId> = self.sources().collect();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut reached[id.index()], true) {
                let alive = self.out_of[id.index()].iter().filter(|position| !dead.contains(position));
                open.extend(alive.map(|position| self.all[*position].to));
            }
        }
        reached
    }

    /// Per node, whether what `id` knows may reach it; itself included.
    pub(super) fn behind(&self, id: NodeId) -> Vec<bool> {
        self.spread(std::iter::once(id), |id| &self.out_of[id.index()], |feed| feed.to)
    }

    /// Per node, whether what it knows may reach an enforcement point.
    pub(super) fn telling(&self) -> Vec<bool> {
        self.spread(self.points.iter().copied(), |id| &self.into[id.index()], |feed| feed.from)
    }

    /// Per node, whether what `source` tells may reach it.
    pub(super) fn fed_by(&self, source: NodeId) -> Vec<bool> {
        self.spread(std::iter::once(source), |id| &self.out_of[id.index()], |feed| feed.to)
    }

    fn spread<'a>(
        &'a self,
        from: impl Iterator<Item = NodeId>,
        feeds: impl Fn(NodeId) -> &'a Vec<usize>,
        next: impl Fn(&Feed) -> NodeId,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.into.len()];
        let mut open: VecDeque<NodeId> = from.collect();
        while let Some(id) = open.pop_front() {
            if !std::mem::replace(&mut reached[id.index()], true) {
                open.extend(feeds(id).iter().map(|position| next(&self.all[*position])));
            }
        }
        reached
    }
}

fn reads(id: NodeId, settings: &PointSettings, is_passive: bool, all: &mut Vec<Feed>) {
    all.extend(settings.reads.iter().enumerate().map(|(position, read)| Feed {
        from: read.source,
        to: id,
        by: By::Read(position),
        is_standby: is_passive || !read.standby_after.is_empty(),
    }));
}

/// Per node, whether the workload has it notice anything.
fn sources(scenario: &Scenario) -> Vec<bool> {
    let mut is_source = vec![false; scenario.topology.nodes.len()];
    let used: Vec<NodeId> = match &scenario.workload {
        Spec::Arrivals(arrivals) => vec![arrivals.source],
        Spec::Population(people) => {
            people.sources.iter().filter(|reach| !reach.sites.is_empty()).map(|reach| reach.source).collect()
        }
        Spec::Replay(replays) => replays.iter().flat_map(|replay| replay.sources.iter().copied()).collect(),
    };
    for source in used {
        if let Some(is_source) = is_source.get_mut(source.index()) {
            *is_source = true;
        }
    }
    is_source
}
