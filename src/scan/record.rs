//! Record: what happened above the leaves, and when each frame reached them.
//!
//! Knows moments of sources, learners and hubs. Keeps a byte an update and node that applied it. Must not know answers. What it
//! cannot carry exactly makes the record *uneven*: the run is then made in the agenda.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::cast::Cast;
use super::fare::Over;
use super::hearing::Hearing;
use super::leaf::{Log, Stamp};
use super::numbers::{NONE, Numbers};
use super::reach::Reach;
use super::station::{Death, Delivery, End, Station};
use crate::engine::{Cause, FlightId, Frame, Moment, Node, Observer, Way};
use crate::ids::{AddressId, LinkId, NodeId};
use crate::mapping::{Mapping, Outcome};
use crate::roles::{EdgeState, Note};
use crate::units::Instant;
use crate::wire::{Decoded, Message, is_full_table};
use crate::workload::Workload;

/// Watches a run and keeps what the leaves' findings are made from.
pub struct Recorder<'a> {
    pub(super) cast: &'a Cast,
    pub(super) workload: &'a Workload,
    pub(super) numbers: Numbers,
    /// Per source: how many of its updates it has noticed.
    pub(super) noticed: Vec<u64>,
    /// Per node.
    pub(super) stations: Vec<Station>,
    /// When each edge of the core came up.
    pub(super) up_at: BTreeMap<(NodeId, NodeId), Instant>,
    /// In order.
    pub(super) deaths: Vec<Death>,
    /// When each booked fault ended, and the leaves that were not reachable then.
    pub(super) fault_ends: Vec<(usize, Instant, Vec<usize>)>,
    /// Per leaf: what the agenda carried to it, and what its session did.
    pub(super) logs: Vec<Log>,
    /// Per leaf: when the other member of its pair began to tell it.
    pub(super) joined_at: Vec<Option<Instant>>,
    reach: Reach,
    pub(super) flights: HashMap<FlightId, Aloft, FixedState>,
    /// The place of the present moment among all.
    order: u32,
    /// The frame that each hub sent last, if it was to leaves.
    pub(super) last: BTreeMap<NodeId, Arc<Frame<Decoded>>>,
    arrival: Option<(NodeId, Delivery)>,
    positions: BTreeMap<(NodeId, NodeId), u64>,
    uneven: Option<String>,
}

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aloft {
    /// To a node of the core.
    Core { sent: Instant, from: NodeId },
    /// To a leaf: its place among the leaf's fares.
    Leaf { fare: usize },
}

impl<'a> Recorder<'a> {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(cast: &'a Cast, workload: &'a Workload) -> Self {
        let nodes = cast.is_core.len();
        Self {
            cast,
            workload,
            numbers: Numbers::new(workload),
            noticed: vec![0; nodes],
            stations: Station::all(cast, workload),
            up_at: BTreeMap::new(),
            deaths: Vec::new(),
            fault_ends: Vec::new(),
            logs: cast.leaves.iter().map(Log::new).collect(),
            joined_at: vec![None; cast.leaves.len()],
            reach: cast.reach.clone(),
            order: 0,
            flights: HashMap::default(),
            last: BTreeMap::new(),
            arrival: None,
            positions: BTreeMap::new(),
            uneven: None,
        }
    }

    /// Why what happened cannot be followed exactly from this record; `None`: it can.
    #[must_use]
    pub fn uneven(&self) -> Option<&str> {
        self.uneven.as_deref()
    }

    /// The frames that the agenda carried to a leaf, or carries still.
    #[must_use]
    pub fn heard(&self, leaf: usize) -> Hearing {
        let fares = self.logs[leaf].fares.iter().filter(|fare| !matches!(fare.over, Over::Dropped(_)));
        let mut hearing = Hearing::default();
        fares.for_each(|fare| hearing.add(fare.heard));
        hearing
    }

    /// Called when the run is over: every feed of the core must have come to stand.
    pub fn close(&mut self) {
        let core = self.cast.feeds.iter().enumerate();
        let core = core.flat_map(|(from, all)| all.iter().map(move |to| (NodeId::new(from), *to)));
        if core.into_iter().any(|edge| !self.up_at.contains_key(&edge)) {
            self.give_up("a feed never came to stand");
        }
        for station in &mut self.stations {
            station.bridge(u32::MAX);
        }
        Station::close(&mut self.stations);
    }

    pub(super) fn give_up(&mut self, why: &str) {
        self.uneven.get_or_insert_with(|| why.to_owned());
    }

    /// The number of an update.
    pub(super) fn number(&self, source: NodeId, sequence: u64) -> u32 {
        self.numbers.of(source, sequence)
    }

    /// Whether every source has noticed all that it ever will.
    pub(super) fn has_noticed_all(&self) -> bool {
        self.workload.updates.iter().zip(&self.noticed).all(|(list, noticed)| list.len() as u64 == *noticed)
    }

    /// The leaves, of pairs the first member, that no chain of links led to at `at`.
    pub(super) fn unreached(&self, at: u64) -> Vec<usize> {
        let enforcing = self.cast.hubs().map(|(leaf, _)| leaf);
        enforcing.filter(|leaf| self.logs[*leaf].is_unreached(at)).collect()
    }

    /// The updates that were noticed and occurred in a time.
    pub(super) fn occurred_in(&self, from: u64, until: u64) -> impl Iterator<Item = u32> {
        self.workload.updates.iter().enumerate().flat_map(move |(source, list)| {
            let noticed = &list[..usize::try_from(self.noticed[source]).expect("a position")];
            let place = |at: u64| noticed.partition_point(|update| update.occurred.nanos() < at);
            (place(from)..place(until)).map(move |position| self.number(NodeId::new(source), position as u64))
        })
    }

    /// Whose update it is, and its position there. Cost: a search among the sources.
    pub(super) fn identity(&self, update: u32) -> (NodeId, usize) {
        self.numbers.identity(update)
    }

    fn on_edge(&mut self, at: Instant, from: NodeId, to: NodeId, state: EdgeState) {
        if let Some(leaf) = self.cast.leaf_of[to.index()] {
            self.turn_leaf(at, from, leaf, state);
            return;
        }
        if !self.cast.is_core[from.index()] || !self.cast.is_core[to.index()] {
            return;
        }
        let is_up = self.up_at.contains_key(&(from, to));
        match state {
            EdgeState::Up if !is_up => {
                self.up_at.insert((from, to), at);
                let station = &mut self.stations[from.index()];
                if self.cast.feeds[from.index()].iter().all(|to| self.up_at.contains_key(&(from, *to))) {
                    station.early.clear();
                }
            }
            EdgeState::Barred(_) => self.give_up("a session cannot come about"),
            EdgeState::Idle => self.give_up("a feed is on standby"),
            _ if is_up => self.give_up("a session of the core broke"),
            _ => {}
        }
    }

    fn on_sent(
        &mut self,
        at: Instant,
        flight: FlightId,
        ends: (NodeId, NodeId),
        frame: &Arc<Frame<Decoded>>,
    ) {
        let (from, to) = ends;
        if let Some(leaf) = self.cast.leaf_of[to.index()] {
            self.send_leaf(at, flight, (from, leaf), frame);
        } else if self.cast.is_core[from.index()]
            && self.cast.is_core[to.index()]
            && (frame.mappings() > 0 || is_answer(frame.memo()))
        {
            self.flights.insert(flight, Aloft::Core { sent: at, from });
        }
    }

    /// A log's answer must hold everything from the last position on.
    fn check_answer(&mut self, from: NodeId, to: NodeId, decoded: &Decoded) {
        let next = decoded.messages.iter().filter_map(|message| match message {
            Message::Records { next_position, .. } => Some(*next_position),
            _ => None,
        });
        let Some(next) = next.max() else { return };
        let position = self.positions.entry((from, to)).or_insert(0);
        let told = decoded.mappings.len() as u64;
        let skipped = next.saturating_sub(*position) != told;
        *position = next.max(*position);
        if skipped {
            self.give_up("a log's reader skipped records");
        }
    }

    fn on_delivered(
        &mut self,
        at: Instant,
        flight: FlightId,
        to: NodeId,
        frame: &Frame<Decoded>,
        (way, served): (Way, Way),
    ) {
        match self.flights.remove(&flight) {
            None => {}
            Some(Aloft::Core { sent, from }) => {
                self.check_answer(from, to, frame.memo());
                let (full, order) = (is_full_table(frame), self.order);
                self.arrival = Some((to, Delivery { at, sent, way, served, full, order }));
            }
            Some(Aloft::Leaf { fare }) => {
                let over = self.stamp(at);
                self.logs[self.cast.leaf(to)].fares.land(fare, over, [way, served]);
            }
        }
    }

    fn on_dropped(&mut self, at: Instant, flight: FlightId, to: NodeId, cause: Cause) {
        match self.flights.remove(&flight) {
            None => {}
            Some(Aloft::Leaf { fare }) if cause == Cause::Loss => {
                let over = self.stamp(at);
                self.logs[self.cast.leaf(to)].fares.lose(fare, over);
            }
            Some(_) => self.give_up("a frame was dropped"),
        }
    }

    /// The present moment, which is at `at`.
    pub(super) fn stamp(&self, at: Instant) -> Stamp {
        Stamp::new(at, self.order)
    }

    fn on_link(&mut self, at: Instant, link: LinkId, up: bool) {
        self.reach.set(link, up);
        let joined = self.reach.joined();
        for leaf in 0..self.logs.len() {
            let is_reached = self.cast.is_reached(leaf, &joined);
            self.turn_reachable(at, leaf, is_reached);
        }
    }

    fn on_merged(&mut self, at: Instant, node: NodeId, segment: &[Mapping], outcomes: &[Outcome]) {
        if !self.cast.is_core[node.index()] {
            return;
        }
        let Some((_, delivery)) = self.arrival.take().filter(|(to, _)| *to == node) else {
            self.give_up("a table was loaded");
            return;
        };
        let number = self.stations[node.index()].deliver(delivery);
        let waits = self.cast.feeds[node.index()].iter().any(|to| !self.up_at.contains_key(&(node, *to)));
        for (mapping, outcome) in segment.iter().zip(outcomes) {
            let update = self.number(mapping.source, mapping.sequence);
            match outcome {
                Outcome::Applied => self.on_applied(node, update, mapping, (number, waits)),
                Outcome::Filtered => self.bury(at, update, node, End::Filtered),
                Outcome::Refused { holder } => {
                    let holder = self.number(holder.0, holder.1);
                    let newer = self.key(holder) > self.key(update);
                    self.bury(at, update, node, if newer { End::Superseded } else { End::Refused });
                }
                Outcome::Duplicate => self.give_up("a node of the core was told something twice"),
                Outcome::Full => self.give_up("a table of the core was full"),
                Outcome::Hops => self.give_up("something crossed too many hops"),
            }
        }
    }

    /// `waits`: not all of the node's sessions stand.
    fn on_applied(&mut self, node: NodeId, update: u32, mapping: &Mapping, (delivery, waits): (u32, bool)) {
        let station = &mut self.stations[node.index()];
        if station.keeps_journal {
            station.journal.open().push(update);
        }
        let position = usize::try_from(mapping.sequence).expect("a position");
        station.applied.open()[mapping.source.index()].put(position, delivery);
        let known = waits && station.early.insert(mapping.address, update).is_some();
        if known || waits && mapping.log_off {
            self.give_up("something was overtaken before a session stood");
        }
    }

    fn bury(&mut self, at: Instant, update: u32, place: NodeId, end: End) {
        let number = u32::try_from(self.deaths.len()).expect("limits on input keep updates within 32 bits");
        self.deaths.push(Death { update, place, order: (at, number), end });
    }

    /// Looks at updates and does nothing with them, so that memory fetches them all at once; whoever asks next would wait for
    /// each in turn.
    pub(super) fn warm(&self, updates: impl Iterator<Item = u32>) {
        let known = updates.filter(|update| *update != NONE);
        std::hint::black_box(known.fold(0, |seen, update| seen ^ self.key(update).0.nanos()));
    }

    /// What makes an update newer than others.
    pub(super) fn key(&self, update: u32) -> (Instant, u32) {
        self.numbers.key(self.workload, update)
    }

    fn on_expired(&mut self, at: Instant, node: NodeId, addresses: &[AddressId]) {
        if !self.cast.is_core[node.index()] {
            return;
        }
        let station = &mut self.stations[node.index()];
        if addresses.iter().any(|address| station.early.contains_key(address)) {
            self.give_up("something timed out before a session stood");
            return;
        }
        if self.cast.classes.iter().any(|class| class.authority == node || class.hub == node) {
            let stamp = Stamp::new(at, self.order);
            station.expired.put(stamp, addresses);
        }
    }

    fn on_note(&mut self, at: Instant, node: NodeId, note: &Note) {
        match note {
            Note::Data(_) => self.give_up("data beside mappings are carried"),
            Note::Edge { from, to, state } => self.on_edge(at, *from, *to, *state),
            Note::Enforcing(_) => self.on_enforcing(at, node),
            Note::Expired(addresses) => self.on_expired(at, node, addresses),
            Note::Followed { .. } | Note::Hindered { .. } => {}
            Note::Merged { segment, outcomes, .. } => self.on_merged(at, node, segment, outcomes),
            Note::Noticed { sequence } => self.noticed[node.index()] = sequence + 1,
            Note::Withheld { to, .. } => {
                if self.cast.is_core[to.index()] || self.cast.leaf_of[to.index()].is_some() {
                    self.give_up("something was withheld");
                }
            }
        }
    }
}

fn is_answer(decoded: &Decoded) -> bool {
    matches!(decoded.messages.first(), Some(Message::Records { .. }))
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Recorder<'_> {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        self.order += 1;
        if self.uneven.is_some() {
            return;
        }
        match *moment {
            Moment::Delivered { flight, to, frame, way, served, .. } => {
                self.set_aside(to, frame, (at.nanos() - served.total().nanos(), at.nanos()));
                self.on_delivered(at, flight, to, frame, (way, served));
            }
            Moment::Dropped { flight, to, cause, .. } => self.on_dropped(at, flight, to, cause),
            Moment::FaultEnds { fault } => {
                let unreached = self.unreached(at.nanos());
                self.fault_ends.push((fault, at, unreached));
            }
            Moment::FaultBegins { .. } => {}
            Moment::LinkChanged { link, up } => self.on_link(at, link, up),
            Moment::NodeDown { .. } | Moment::NodeUp { .. } => self.give_up("a node went down"),
            Moment::Note { node, note } => self.on_note(at, node, note),
            Moment::Sent { flight, from, to, frame, .. } => {
                self.set_aside(from, frame, (at.nanos(), at.nanos()));
                self.on_sent(at, flight, (from, to), frame);
            }
            Moment::Volley { from, frame, .. } => {
                let number = self.frame_number(at, from, frame);
                self.stations[from.index()].numbers.push(number);
            }
        }
    }
}
