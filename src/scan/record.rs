//! Record: what happened above the leaves, and when each frame reached them.
//!
//! Knows moments of sources, learners and hubs. Keeps four bytes an update and node that applied it. Must not
//! know answers. What it cannot carry exactly makes the record *uneven*: the run is then made in the agenda.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cast::Cast;
use super::leaf::Heard;
use super::station::{Death, Delivery, End, NONE, Station, Volley};
use crate::engine::{FlightId, Frame, Moment, Node, Observer, Way};
use crate::ids::{AddressId, NodeId};
use crate::mapping::{Mapping, Outcome};
use crate::roles::{EdgeState, Note};
use crate::units::Instant;
use crate::wire::{Decoded, Message};
use crate::workload::Workload;

/// Watches a run and keeps what the leaves' findings are made from.
pub struct Recorder<'a> {
    pub(super) cast: &'a Cast,
    pub(super) workload: &'a Workload,
    /// Per source: the number of its first update.
    pub(super) first_of: Vec<u32>,
    /// Per source: how many of its updates it has noticed.
    pub(super) noticed: Vec<u64>,
    /// Per node.
    pub(super) stations: Vec<Station>,
    /// When each edge of the core came up.
    pub(super) up_at: BTreeMap<(NodeId, NodeId), Instant>,
    /// In order.
    pub(super) deaths: Vec<Death>,
    /// When each booked fault ended.
    pub(super) fault_ends: Vec<(usize, Instant)>,
    /// When something happened last.
    pub(super) last_at: Instant,
    /// Per leaf: the frames that reached it, where the agenda carried them.
    pub(super) heard: Vec<Vec<Heard>>,
    flights: BTreeMap<FlightId, Aloft>,
    /// The frame that each hub sent last, if it was to leaves.
    last: BTreeMap<NodeId, Arc<Frame<Decoded>>>,
    arrival: Option<(NodeId, Delivery)>,
    positions: BTreeMap<(NodeId, NodeId), u64>,
    uneven: Option<String>,
}

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
struct Aloft {
    sent: Instant,
    full: bool,
    /// Of a frame to a leaf.
    volley: u32,
}

impl<'a> Recorder<'a> {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(cast: &'a Cast, workload: &'a Workload) -> Self {
        let mut first_of = Vec::with_capacity(workload.updates.len() + 1);
        let mut next = 0_u32;
        for updates in workload.updates.iter() {
            first_of.push(next);
            next += u32::try_from(updates.len()).expect("limits on input keep updates within 32 bits");
        }
        first_of.push(next);
        let nodes = cast.is_core.len();
        let mut stations: Vec<Station> = (0..nodes).map(|_| Station::default()).collect();
        for class in &cast.classes {
            for (source, path) in class.paths.iter().enumerate() {
                let len = workload.updates.get(source).map_or(0, Vec::len);
                for node in path.iter().flatten() {
                    let applied = &mut stations[node.index()].applied;
                    applied.entry(NodeId::new(source)).or_insert_with(|| vec![NONE; len]);
                }
            }
        }
        Self {
            cast,
            workload,
            first_of,
            noticed: vec![0; nodes],
            stations,
            up_at: BTreeMap::new(),
            deaths: Vec::new(),
            fault_ends: Vec::new(),
            last_at: Instant::ZERO,
            heard: vec![Vec::new(); cast.leaves.len()],
            flights: BTreeMap::new(),
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

    /// The frames that reached a leaf, where the agenda carried them.
    #[must_use]
    pub fn heard(&self, leaf: usize) -> &[Heard] {
        &self.heard[leaf]
    }

    /// Called when the run is over: every feed must have come to stand.
    pub fn close(&mut self) {
        let core = self.cast.feeds.iter().enumerate();
        let core = core.flat_map(|(from, all)| all.iter().map(move |to| (NodeId::new(from), *to)));
        let leaves = self.cast.leaves.iter().map(|leaf| (self.cast.classes[leaf.class].hub, leaf.node));
        if core.chain(leaves).any(|edge| !self.up_at.contains_key(&edge)) {
            self.give_up("a feed never came to stand");
        }
    }

    fn give_up(&mut self, why: &str) {
        if self.uneven.is_none() {
            self.uneven = Some(why.to_owned());
        }
    }

    /// The number of an update.
    pub(super) fn number(&self, source: NodeId, sequence: u64) -> u32 {
        let position = u32::try_from(sequence).expect("limits on input keep updates within 32 bits");
        self.first_of[source.index()] + position
    }

    /// Whose update it is, and its position there. Cost: a search among the sources.
    pub(super) fn identity(&self, update: u32) -> (NodeId, usize) {
        let source = self.first_of.partition_point(|first| *first <= update) - 1;
        (NodeId::new(source), (update - self.first_of[source]) as usize)
    }

    fn is_leaf(&self, node: NodeId) -> bool {
        self.cast.leaf_of[node.index()].is_some()
    }

    fn on_edge(&mut self, at: Instant, from: NodeId, to: NodeId, state: EdgeState) {
        let concerns = self.cast.is_core[from.index()] && (self.cast.is_core[to.index()] || self.is_leaf(to));
        if !concerns {
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
            EdgeState::Idle => self.give_up("a feed is on standby"),
            _ if is_up => self.give_up("a session of the core or of a leaf broke"),
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
        if self.is_leaf(to) && is_full(frame.memo()) {
            self.on_full(at, from, frame);
        }
        if !self.cast.is_core[from.index()] || frame.mappings() == 0 && !is_answer(frame.memo()) {
            return;
        }
        if self.is_leaf(to) {
            let full = is_full(frame.memo());
            let volley = self.frame_number(at, from, frame);
            self.flights.insert(flight, Aloft { sent: at, full, volley });
        } else if self.cast.is_core[to.index()] {
            self.check_answer(from, to, frame.memo());
            self.flights.insert(flight, Aloft { sent: at, full: is_full(frame.memo()), volley: NONE });
        }
    }

    /// A leaf begins with a full table: all leaves of a hub must begin with the same.
    fn on_full(&mut self, at: Instant, from: NodeId, frame: &Frame<Decoded>) {
        let station = &mut self.stations[from.index()];
        let learned = station.journal.len();
        let first = *station.full_at.get_or_insert((at, learned));
        if first.1 != learned || learned > 0 && first.0 != at {
            self.give_up("leaves of one hub began with different tables");
        } else if learned > 0 && station.volleys.is_empty() {
            let mappings = frame.memo().mappings.iter();
            let held: Vec<u32> =
                mappings.map(|mapping| self.number(mapping.source, mapping.sequence)).collect();
            if held.is_empty() {
                self.give_up("leaves began with an empty table of a hub that had learned something");
            }
            self.stations[from.index()].full = held;
        }
    }

    /// The number of a frame for leaves; a new one where it is another than the last.
    fn frame_number(&mut self, at: Instant, from: NodeId, frame: &Arc<Frame<Decoded>>) -> u32 {
        if is_full(frame.memo()) && !self.stations[from.index()].volleys.is_empty() {
            // Without a tick each leaf's is written by itself.
            return 0;
        }
        if !self.last.get(&from).is_some_and(|last| Arc::ptr_eq(last, frame)) {
            self.last.insert(from, frame.clone());
            self.volley(at, from, frame);
        }
        u32::try_from(self.stations[from.index()].volleys.len() - 1).expect("few frames")
    }

    /// The number here of the frame that the machine gave this number.
    #[must_use]
    pub fn frame_of(&self, hub: NodeId, number: u32) -> u32 {
        self.stations[hub.index()].numbers[number as usize]
    }

    /// A hub sends its leaves what it has applied since the last time.
    fn volley(&mut self, at: Instant, from: NodeId, frame: &Frame<Decoded>) {
        let full = is_full(frame.memo());
        let station = &mut self.stations[from.index()];
        let begin = station.volleys.last().map_or(0, |volley| volley.end);
        let end = u32::try_from(station.journal.len()).expect("limits on input keep updates within 32 bits");
        let holds = if full { end - begin } else { frame.mappings() };
        assert_eq!(end - begin, holds, "a frame for leaves holds what was applied since the last one");
        station.volleys.push(Volley { sent: at, end, full });
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

    fn on_delivered(&mut self, at: Instant, flight: FlightId, to: NodeId, ways: (Way, Way)) {
        let Some(Aloft { sent, full, volley }) = self.flights.remove(&flight) else { return };
        let (way, served) = ways;
        if let Some(leaf) = self.cast.leaf_of[to.index()] {
            self.heard[leaf].push(Heard { number: volley, sent, done: at, way, served });
        } else {
            self.arrival = Some((to, Delivery { at, sent, way, served, full }));
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
        let number = u32::try_from(self.stations[node.index()].deliveries.len()).expect("few frames");
        self.stations[node.index()].deliveries.push(delivery);
        for (mapping, outcome) in segment.iter().zip(outcomes) {
            let update = self.number(mapping.source, mapping.sequence);
            match outcome {
                Outcome::Applied => self.on_applied(node, update, mapping, number),
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

    fn on_applied(&mut self, node: NodeId, update: u32, mapping: &Mapping, delivery: u32) {
        let feeds = &self.cast.feeds[node.index()];
        let waits = feeds.iter().any(|to| !self.up_at.contains_key(&(node, *to)));
        let station = &mut self.stations[node.index()];
        station.journal.push(update);
        let applied =
            station.applied.get_mut(&mapping.source).expect("a source's path runs over its learners");
        applied[usize::try_from(mapping.sequence).expect("a position")] = delivery;
        let known = waits && station.early.insert(mapping.address, update).is_some();
        if known || waits && mapping.log_off {
            self.give_up("something was overtaken before a session stood");
        }
    }

    fn bury(&mut self, at: Instant, update: u32, place: NodeId, end: End) {
        let number = u32::try_from(self.deaths.len()).expect("limits on input keep updates within 32 bits");
        self.deaths.push(Death { update, place, order: (at, number), end });
    }

    /// What makes an update newer than others.
    pub(super) fn key(&self, update: u32) -> (Instant, u32) {
        let (source, position) = self.identity(update);
        // Numbers go by source, then by sequence.
        (self.workload.updates[source.index()][position].occurred, update)
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
        if self.cast.classes.iter().any(|class| class.authority == node) {
            station.expired.extend(addresses.iter().map(|address| (at, *address)));
        }
        if station.volleys.is_empty() && self.cast.classes.iter().any(|class| class.hub == node) {
            station.expired_early.extend(addresses.iter().map(|address| (at, *address)));
        }
    }

    fn on_note(&mut self, at: Instant, node: NodeId, note: &Note) {
        match note {
            Note::Edge { from, to, state } => self.on_edge(at, *from, *to, *state),
            Note::Enforcing(_) => {}
            Note::Expired(addresses) => self.on_expired(at, node, addresses),
            Note::Merged { segment, outcomes, .. } => self.on_merged(at, node, segment, outcomes),
            Note::Noticed { sequence } => self.noticed[node.index()] = sequence + 1,
            Note::Withheld { to, .. } => {
                if self.cast.is_core[to.index()] || self.is_leaf(*to) {
                    self.give_up("something was withheld");
                }
            }
        }
    }
}

fn is_answer(decoded: &Decoded) -> bool {
    matches!(decoded.messages.first(), Some(Message::Records { .. }))
}

fn is_full(decoded: &Decoded) -> bool {
    matches!(decoded.messages.first(), Some(Message::Mappings { full: true, .. }))
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Recorder<'_> {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        self.last_at = at;
        if self.uneven.is_some() {
            return;
        }
        match *moment {
            Moment::Delivered { flight, to, way, served, .. } => {
                self.on_delivered(at, flight, to, (way, served));
            }
            Moment::Dropped { flight, .. } => {
                if self.flights.remove(&flight).is_some() {
                    self.give_up("a frame was dropped");
                }
            }
            Moment::FaultBegins { .. } => {}
            Moment::FaultEnds { fault } => self.fault_ends.push((fault, at)),
            Moment::LinkChanged { .. } => self.give_up("a link went down"),
            Moment::NodeDown { .. } | Moment::NodeUp { .. } => self.give_up("a node went down"),
            Moment::Note { node, note } => self.on_note(at, node, note),
            Moment::Sent { flight, from, to, frame, .. } => self.on_sent(at, flight, (from, to), frame),
            Moment::Volley { from, frame, .. } => {
                let number = self.frame_number(at, from, frame);
                self.stations[from.index()].numbers.push(number);
            }
        }
    }
}
