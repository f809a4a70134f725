//! Breakdown: the way that each copy came, hop by hop, and its sum over first applications.
//!
//! Knows frames' ways and instants. Must not know answers.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::book::UpdateId;
use super::findings::{Breakdown, Parts};
use super::paths::{Edge, Feeder};
use crate::engine::Way;
use crate::ids::NodeId;
use crate::units::{Instant, Span};

/// The way of one copy to one node.
#[derive(Debug)]
pub(super) struct Trail {
    observe: Span,
    hop: Option<(usize, Parts)>,
    before: Option<Rc<Self>>,
    applied: Instant,
}

/// What a frame carries, position by position.
#[derive(Debug)]
pub(super) struct Cargo {
    /// The updates.
    pub(super) updates: Vec<UpdateId>,
    /// Whether each is part of a full table.
    pub(super) full: Vec<bool>,
    /// The ways to the sender.
    pub(super) trails: Vec<Option<Rc<Trail>>>,
    /// Where the next query of a log begins.
    pub(super) next_position: Option<u64>,
}

/// How one frame came.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// On which edge.
    pub(super) edge: usize,
    /// What it carries.
    pub(super) cargo: Rc<Cargo>,
    /// When it was sent.
    pub(super) sent: Instant,
    /// When its service ended.
    pub(super) at: Instant,
    /// Its way until it arrived.
    pub(super) way: Way,
    /// Its way from then on.
    pub(super) served: Way,
}

/// Every way to every node that feeds others.
#[derive(Debug)]
pub(super) struct Trails {
    of: Vec<BTreeMap<UpdateId, Rc<Trail>>>,
}

impl Trails {
    /// No ways yet, to `nodes` nodes.
    pub(super) fn new(nodes: usize) -> Self {
        Self { of: vec![BTreeMap::new(); nodes] }
    }

    /// The way of what `node` applied last of `update`.
    pub(super) fn find(&self, node: NodeId, update: UpdateId) -> Option<Rc<Trail>> {
        self.of[node.index()].get(&update).cloned()
    }

    /// `node` applied `update`, which came by `trail`.
    pub(super) fn keep(&mut self, node: NodeId, update: UpdateId, trail: Rc<Trail>) {
        self.of[node.index()].insert(update, trail);
    }
}

/// The way of what was there at the start.
pub(super) fn loaded(now: Instant) -> Trail {
    Trail { observe: Span::ZERO, hop: None, before: None, applied: now }
}

/// The way of the update at `position` of a frame, which `occurred` then.
pub(super) fn trail(arrival: &Arrival, position: usize, edge: &Edge, occurred: Instant) -> Trail {
    let mut parts = Parts::of(&arrival.served);
    let made = |observe, parts, before| Trail {
        observe,
        hop: Some((arrival.edge, parts)),
        before,
        applied: arrival.at,
    };
    if edge.feeder == Feeder::Log {
        return made(arrival.at.since(occurred) - arrival.served.total(), parts, None);
    }
    parts.add(&Parts::of(&arrival.way));
    if edge.feeder == Feeder::Push {
        return made(arrival.sent.since(occurred), parts, None);
    }
    let before = arrival.cargo.trails[position].clone();
    let since = before.as_ref().map_or(arrival.sent, |before| before.applied);
    let wait = u128::from(arrival.sent.since(since).nanos());
    if arrival.cargo.full[position] {
        parts.recover += wait;
    } else {
        parts.batch += wait;
    }
    made(Span::ZERO, parts, before)
}

/// Adds the whole way of a first application.
pub(super) fn add(breakdown: &mut Breakdown, edges: &[Edge], trail: &Trail) {
    let mut step = Some(trail);
    while let Some(trail) = step {
        breakdown.observe += u128::from(trail.observe.nanos());
        if let Some((edge, parts)) = &trail.hop {
            breakdown.parts.add(parts);
            let edge = &edges[*edge];
            breakdown.hops.entry((edge.from, edge.to)).or_default().add(parts);
        }
        step = trail.before.as_deref();
    }
}
