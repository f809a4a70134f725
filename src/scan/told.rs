//! Told: what hubs send their leaves through the agenda, and what becomes of it.
//!
//! Knows frames and sessions of leaves. Must not know the core.

use std::sync::Arc;

use super::cast::Part;
use super::leaf::{TABLE, Turn};
use super::record::{Aloft, Recorder};
use super::station::Volley;
use crate::engine::{FlightId, Frame};
use crate::ids::NodeId;
use crate::roles::EdgeState;
use crate::units::Instant;
use crate::wire::{Decoded, is_full_table};

impl Recorder<'_> {
    /// Whether a leaf's session broke, or it could not be reached for a while: it takes far longer to fold than others.
    #[must_use]
    pub fn is_broken(&self, leaf: usize) -> bool {
        !self.logs[leaf].is_plain() || !self.logs[leaf].unreached.is_empty()
    }

    /// Whether a leaf only follows its hub: nobody else tells it, it tells nobody, and its session stood once and for all.
    #[must_use]
    pub fn only_follows(&self, leaf: usize) -> bool {
        !self.is_broken(leaf) && matches!(self.cast.leaves[leaf].part, Part::Alone)
    }

    /// How many frames a hub sent its leaves.
    #[must_use]
    pub fn frames(&self, hub: NodeId) -> usize {
        self.stations[hub.index()].volleys.len()
    }

    /// A hub sends one leaf a frame.
    pub(super) fn send_leaf(
        &mut self,
        at: Instant,
        flight: FlightId,
        (from, leaf): (NodeId, usize),
        frame: &Arc<Frame<Decoded>>,
    ) {
        if from != self.cast.classes[self.cast.leaves[leaf].class].hub {
            return;
        }
        let number = if !self.is_last(from, frame) && is_full_table(frame) {
            self.on_full(at, from, frame)
        } else if frame.mappings() > 0 {
            Some(self.frame_number(at, from, frame))
        } else {
            None
        };
        let Some(number) = number else { return };
        let begun = self.stamp(at);
        let fare = self.logs[leaf].fares.begin(number, begun);
        self.flights.insert(flight, Aloft::Leaf { fare });
    }

    /// A leaf is given a full table: the one with which leaves begin, or one of its own. Its number; `None` where it
    /// holds nothing.
    fn on_full(&mut self, at: Instant, from: NodeId, frame: &Arc<Frame<Decoded>>) -> Option<u32> {
        let made = self.stamp(at);
        let station = &mut self.stations[from.index()];
        let learned = station.journal.len();
        let first = *station.full_at.get_or_insert((made, learned));
        let is_common = first.1 == learned && (learned == 0 || first.0.at == made.at);
        if !is_common {
            let number = station.table(made, (frame.messages(), frame.mappings()));
            return (frame.mappings() > 0).then_some(TABLE + number);
        }
        if learned > 0 && station.volleys.is_empty() {
            let mappings = frame.memo().mappings.iter();
            let held: Vec<u32> =
                mappings.map(|mapping| self.number(mapping.source, mapping.sequence)).collect();
            if held.is_empty() {
                self.give_up("leaves began with an empty table of a hub that had learned something");
            }
            self.stations[from.index()].full = held;
            self.last.insert(from, frame.clone());
            self.volley(at, from, frame, true);
        }
        (learned > 0).then_some(0)
    }

    /// The number of a frame for leaves that is no full table; a new one where it is another than the last. What it holds is
    /// known without reading it.
    pub(super) fn frame_number(&mut self, at: Instant, from: NodeId, frame: &Arc<Frame<Decoded>>) -> u32 {
        if !self.is_last(from, frame) {
            self.last.insert(from, frame.clone());
            self.volley(at, from, frame, false);
        }
        u32::try_from(self.stations[from.index()].volleys.len() - 1).expect("few frames")
    }

    fn is_last(&self, from: NodeId, frame: &Arc<Frame<Decoded>>) -> bool {
        self.last.get(&from).is_some_and(|last| Arc::ptr_eq(last, frame))
    }

    /// The number here of the frame that the machine gave this number.
    #[must_use]
    pub fn frame_of(&self, hub: NodeId, number: u32) -> u32 {
        self.stations[hub.index()].numbers[number as usize]
    }

    /// A hub sends its leaves what it has applied since the last time.
    fn volley(&mut self, at: Instant, from: NodeId, frame: &Frame<Decoded>, full: bool) {
        let station = &mut self.stations[from.index()];
        let end = u32::try_from(station.journal.len()).expect("limits on input keep updates within 32 bits");
        if !full {
            station.bridge(end - frame.mappings());
        }
        let begin = station.volleys.last().map_or(0, |volley| volley.end);
        let holds = if full { end - begin } else { frame.mappings() };
        assert_eq!(end - begin, holds, "a frame for leaves holds what was applied since the last one");
        station.volleys.push(Volley { sent: at, end, full, messages: frame.messages() });
    }

    /// A feed of a leaf changed its state.
    pub(super) fn turn_leaf(&mut self, at: Instant, from: NodeId, leaf: usize, state: EdgeState) {
        let about = &self.cast.leaves[leaf];
        let is_hub = from == self.cast.classes[about.class].hub;
        match (&about.part, state) {
            (_, EdgeState::Barred(_)) => self.give_up("a session cannot come about"),
            (Part::Alone | Part::First { .. }, EdgeState::Idle) if is_hub => {
                self.give_up("a feed is on standby");
            }
            (Part::Alone | Part::First { .. }, _) if is_hub => self.turn_session(at, leaf, state),
            (Part::Second { .. }, EdgeState::Up) if !is_hub && self.joined_at[leaf].is_none() => {
                self.joined_at[leaf] = Some(at);
            }
            (Part::Second { .. }, EdgeState::Down | EdgeState::Resyncing)
                if !is_hub && self.joined_at[leaf].is_none() => {}
            (_, EdgeState::Idle) => {}
            _ => self.give_up("the members of a pair parted"),
        }
    }

    /// A node begins or ends to enforce.
    pub(super) fn on_enforcing(&mut self, at: Instant, node: NodeId) {
        let part = self.cast.leaf_of[node.index()].map(|leaf| &self.cast.leaves[leaf].part);
        let is_usual = match part {
            Some(Part::Second { .. }) => false,
            Some(Part::First { .. }) => at == Instant::ZERO,
            Some(Part::Alone) | None => true,
        };
        if !is_usual {
            self.give_up("a member of a pair took over");
        }
    }

    fn turn_session(&mut self, at: Instant, leaf: usize, state: EdgeState) {
        let when = self.stamp(at);
        let turns = &mut self.logs[leaf].turns;
        if turns.last().map_or(EdgeState::Down, |turn| turn.state) != state {
            turns.push(Turn { when, state });
        }
    }

    /// The processor of `node` deals with a frame at some time; of a member of a pair that is to be known where the frame
    /// holds no mappings.
    pub(super) fn set_aside(&mut self, node: NodeId, frame: &Frame<Decoded>, time: (u64, u64)) {
        if let Some(leaf) = self.cast.leaf_of[node.index()].filter(|_| frame.mappings() == 0)
            && !matches!(self.cast.leaves[leaf].part, Part::Alone)
        {
            self.logs[leaf].asides.push(time);
        }
    }

    /// A leaf is, or is not, reachable from `at` on.
    pub(super) fn turn_reachable(&mut self, at: Instant, leaf: usize, is_reached: bool) {
        let unreached = &mut self.logs[leaf].unreached;
        match unreached.last_mut().filter(|(_, until)| *until == u64::MAX) {
            Some(open) if is_reached => open.1 = at.nanos(),
            None if !is_reached => unreached.push((at.nanos(), u64::MAX)),
            _ => {}
        }
    }
}
