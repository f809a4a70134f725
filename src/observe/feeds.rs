//! Feeds: the state of every edge, and where each update's copies are: in frames, waiting for a tick,
//! unread in a log, buffered at a source.
//!
//! Knows frames' contents and edges. Must not know answers.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::book::{End, Loss, UpdateId};
use super::breakdown::{Arrival, Cargo};
use super::paths::{Feeder, Paths};
use super::witness::Witness;
use crate::engine::{Cause, FlightId, Frame, Way};
use crate::ids::{AddressId, NodeId};
use crate::roles::{Bar, EdgeState, Withholding};
use crate::units::Instant;
use crate::wire::{Decoded, Message};

#[derive(Debug)]
struct Flight {
    edge: usize,
    cargo: Rc<Cargo>,
    sent: Instant,
}

/// A frame sent just now; its other receivers share what it carries.
#[derive(Debug)]
struct Last {
    frame: Arc<Frame<Decoded>>,
    from: NodeId,
    at: Instant,
    cargo: Rc<Cargo>,
}

/// The state of every edge.
#[derive(Debug)]
pub(super) struct Feeds {
    /// What each edge is: idle, or as it was noted.
    states: Vec<EdgeState>,
    noted: Vec<EdgeState>,
    idle: Vec<bool>,
    waiting: Vec<BTreeSet<UpdateId>>,
    positions: Vec<u64>,
    /// Per row: edges from tables that lead to it and are down or resyncing.
    stuck: Vec<usize>,
    flights: BTreeMap<FlightId, Flight>,
    last: Option<Last>,
    /// What was delivered just now, and to whom.
    pub(super) arrival: Option<(NodeId, Arrival)>,
}

impl Feeds {
    /// Every edge is down.
    pub(super) fn new(paths: &Paths) -> Self {
        let from_table = |edge: &&usize| paths.edges[**edge].feeder == Feeder::Table;
        Self {
            states: vec![EdgeState::Down; paths.edges.len()],
            noted: vec![EdgeState::Down; paths.edges.len()],
            idle: vec![false; paths.edges.len()],
            waiting: vec![BTreeSet::new(); paths.edges.len()],
            positions: vec![0; paths.edges.len()],
            stuck: paths.by_nearness.iter().map(|edges| edges.iter().filter(from_table).count()).collect(),
            flights: BTreeMap::new(),
            last: None,
            arrival: None,
        }
    }

    /// The state of `edge`.
    pub(super) fn state(&self, edge: usize) -> EdgeState {
        self.states[edge]
    }

    /// The first record of a log that its reader on `edge` has not been sent.
    pub(super) fn position(&self, edge: usize) -> u64 {
        self.positions[edge]
    }

    /// Whether `edge` comes from a table and is down or resyncing.
    pub(super) fn is_waiting_for_table(&self, paths: &Paths, edge: usize) -> bool {
        paths.edges[edge].feeder == Feeder::Table
            && matches!(self.states[edge], EdgeState::Down | EdgeState::Resyncing)
    }

    /// Whether any edge that leads to `row` is.
    pub(super) fn is_stuck(&self, row: usize) -> bool {
        self.stuck[row] > 0
    }

    /// `node` has learnt something: frames sent from now on may carry another way.
    pub(super) fn forget_last(&mut self, node: NodeId) {
        self.last = self.last.take().filter(|last| last.from != node);
    }
}

fn loss(bar: Bar) -> Loss {
    match bar {
        Bar::Key => Loss::Key,
        Bar::Port => Loss::Port,
    }
}

impl Witness {
    /// `node` noted the state of an edge.
    pub(super) fn on_edge(&mut self, node: NodeId, edge: usize, state: EdgeState) {
        let ends = self.paths.edges[edge];
        if state == EdgeState::Idle {
            self.feeds.idle[edge] = true;
        } else {
            self.feeds.noted[edge] = state;
            if node == ends.to || ends.feeder == Feeder::Push {
                self.feeds.idle[edge] = false;
            }
        }
        self.settle_edge(edge);
    }

    /// `node` went down: its sessions did, too.
    pub(super) fn cut(&mut self, node: NodeId) {
        for position in 0..self.paths.leaving[node.index()].len() {
            let edge = self.paths.leaving[node.index()][position];
            if self.paths.edges[edge].feeder == Feeder::Table {
                self.feeds.noted[edge] = EdgeState::Down;
                self.settle_edge(edge);
            }
        }
    }

    /// What was noted of an edge may have changed what it is.
    fn settle_edge(&mut self, edge: usize) {
        let state = if self.feeds.idle[edge] { EdgeState::Idle } else { self.feeds.noted[edge] };
        let old = self.feeds.states[edge];
        if old == state {
            return;
        }
        let was = self.feeds.is_waiting_for_table(&self.paths, edge);
        self.feeds.states[edge] = state;
        let is = self.feeds.is_waiting_for_table(&self.paths, edge);
        let ends = self.paths.edges[edge];
        if old == EdgeState::Up {
            for update in std::mem::take(&mut self.feeds.waiting[edge]) {
                let item = self.book.item_mut(update);
                item.aloft_on(edge).waits = false;
                item.tidy(edge);
                let address = item.address;
                if self.tables.live(ends.from, address) != Some(update) {
                    self.bury(update, ends.to, End::Lost(Loss::Way));
                }
            }
        }
        if let EdgeState::Barred(bar) = state {
            for address in (0..self.addresses).map(AddressId::new) {
                if let Some(update) = self.tables.live(ends.from, address) {
                    self.bury(update, ends.to, End::Lost(loss(bar)));
                }
            }
        }
        for position in 0..self.paths.fed_rows[ends.to.index()].len() {
            let row = self.paths.fed_rows[ends.to.index()][position];
            self.feeds.stuck[row] = self.feeds.stuck[row] + usize::from(is) - usize::from(was);
            self.mark_wrong(row);
        }
    }

    /// `node` applied `update`: it waits for the tick of every edge that is up, and is lost to those that are barred.
    pub(super) fn await_ticks(&mut self, node: NodeId, update: UpdateId) {
        let address = self.book.item(update).address;
        for position in 0..self.paths.leaving[node.index()].len() {
            let edge = self.paths.leaving[node.index()][position];
            if self.feeds.states[edge] == EdgeState::Up {
                self.book.item_mut(update).aloft_on(edge).waits = true;
                self.feeds.waiting[edge].insert(update);
                self.mark_fed(self.paths.edges[edge].to, address);
            }
            if let EdgeState::Barred(bar) = self.feeds.states[edge] {
                self.bury(update, self.paths.edges[edge].to, End::Lost(loss(bar)));
            }
        }
    }

    /// A frame was handed to a connection.
    pub(super) fn on_sent(
        &mut self,
        flight: FlightId,
        from: NodeId,
        to: NodeId,
        frame: &Arc<Frame<Decoded>>,
    ) {
        let is_cargo =
            |message: &Message| matches!(message, Message::Mappings { .. } | Message::Records { .. });
        if !frame.memo().messages.iter().any(is_cargo) {
            return;
        }
        let cargo = self.cargo(from, frame);
        let edge = self.paths.edge(from, to);
        for update in &cargo.updates {
            let item = self.book.item_mut(*update);
            let copies = item.aloft_on(edge);
            copies.flights += 1;
            copies.waits = false;
            item.buffered = false;
            let address = item.address;
            self.feeds.waiting[edge].remove(update);
            self.mark_fed(to, address);
        }
        if self.paths.edges[edge].feeder == Feeder::Log {
            self.on_read(edge, &cargo);
        }
        self.feeds.flights.insert(flight, Flight { edge, cargo, sent: self.now });
    }

    fn cargo(&mut self, from: NodeId, frame: &Arc<Frame<Decoded>>) -> Rc<Cargo> {
        if let Some(last) = &self.feeds.last
            && (Arc::ptr_eq(&last.frame, frame) && last.from == from && last.at == self.now)
        {
            return last.cargo.clone();
        }
        let memo = frame.memo();
        let updates: Vec<UpdateId> =
            memo.mappings.iter().map(|mapping| self.book.find(mapping.source, mapping.sequence)).collect();
        let mut full = Vec::with_capacity(updates.len());
        let mut next_position = None;
        for message in &memo.messages {
            match message {
                Message::Mappings { full: whole, count } => {
                    full.extend(std::iter::repeat_n(*whole, *count as usize));
                }
                Message::Records { next_position: next, count } => {
                    full.extend(std::iter::repeat_n(false, *count as usize));
                    next_position = next_position.max(Some(*next));
                }
                _ => {}
            }
        }
        let trails = updates.iter().map(|update| self.trails.find(from, *update)).collect();
        let cargo = Rc::new(Cargo { updates, full, trails, next_position });
        self.feeds.last = Some(Last { frame: frame.clone(), from, at: self.now, cargo: cargo.clone() });
        cargo
    }

    /// A log answered: what lies before the next query's position and is not in the answer is skipped.
    fn on_read(&mut self, edge: usize, cargo: &Cargo) {
        let ends = self.paths.edges[edge];
        let (old, next) = (self.feeds.positions[edge], cargo.next_position.unwrap_or(0));
        let sent: BTreeSet<UpdateId> = cargo.updates.iter().copied().collect();
        for sequence in old..next.min(self.book.len_of(ends.from)) {
            let update = self.book.find(ends.from, sequence);
            if self.book.item(update).noticed && !sent.contains(&update) {
                self.bury(update, ends.to, End::Lost(Loss::Way));
            }
        }
        self.feeds.positions[edge] = old.max(next);
    }

    /// A frame was served; what became of its mappings follows.
    pub(super) fn on_delivered(&mut self, flight: FlightId, to: NodeId, way: Way, served: Way) {
        let Some(Flight { edge, cargo, sent }) = self.land(flight) else { return };
        let at = self.now;
        self.feeds.arrival = Some((to, Arrival { edge, cargo, sent, at, way, served }));
    }

    /// A frame will not arrive.
    pub(super) fn on_dropped(&mut self, flight: FlightId, to: NodeId, cause: Cause) {
        let Some(Flight { edge, cargo, .. }) = self.land(flight) else { return };
        if self.paths.edges[edge].feeder == Feeder::Log {
            let first = cargo.updates.iter().map(|update| self.book.item(*update).sequence).min();
            let position = &mut self.feeds.positions[edge];
            *position = first.unwrap_or(*position).min(*position);
            for position in 0..self.paths.fed_rows[to.index()].len() {
                self.mark_wrong(self.paths.fed_rows[to.index()][position]);
            }
            return;
        }
        let loss = match cause {
            Cause::Crash => Loss::Crash,
            Cause::Loss => Loss::Way,
            Cause::Port => Loss::Port,
            Cause::Queue => Loss::Queue,
        };
        for update in &cargo.updates {
            self.bury(*update, to, End::Lost(loss));
        }
    }

    fn land(&mut self, flight: FlightId) -> Option<Flight> {
        let landed = self.feeds.flights.remove(&flight)?;
        for update in &landed.cargo.updates {
            let item = self.book.item_mut(*update);
            item.aloft_on(landed.edge).flights -= 1;
            item.tidy(landed.edge);
            let address = item.address;
            self.mark_fed(self.paths.edges[landed.edge].to, address);
        }
        Some(landed)
    }

    /// Copies will not be sent.
    pub(super) fn on_withheld(
        &mut self,
        from: NodeId,
        to: NodeId,
        updates: &[(NodeId, u64)],
        why: Withholding,
    ) {
        let edge = self.paths.edge(from, to);
        let end = match why {
            Withholding::Coalesced => End::Superseded,
            Withholding::Filtered => End::Filtered,
            Withholding::Overflow => End::Lost(Loss::Queue),
        };
        for (source, sequence) in updates {
            let update = self.book.find(*source, *sequence);
            let item = self.book.item_mut(update);
            item.aloft_on(edge).waits = false;
            item.tidy(edge);
            let address = item.address;
            if self.paths.edges[edge].feeder == Feeder::Push {
                self.book.item_mut(update).buffered = false;
                self.mark_fed(from, address);
            }
            self.feeds.waiting[edge].remove(&update);
            self.bury(update, to, end);
        }
    }
}
