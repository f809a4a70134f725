//! What is carried outside the agenda: who is attached to which lane, and how both meet at the links that they share.
//!
//! Whatever a lane does not carry exactly abandons the run: it is to be done again with nobody scanned.

use std::sync::Arc;

use super::conn::EarOf;
use super::connect::HEARTBEAT_BYTES;
use super::host::Workbench;
use super::lane::{Backlog, Ear, Lane, Loan, Tally};
use super::pipe::Pipe;
use super::{Node, World};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::{Instant, Span};

impl<N: Node> World<N> {
    /// Whether what `node` sends over `conn` may from now on be carried outside the agenda: nothing of the
    /// connection is under way, nothing is booked at the receiver's processor, and the link is this sender's.
    pub(super) fn is_attachable(&self, conn: ConnId, node: NodeId) -> bool {
        let entry = &self.conns[conn.index()];
        let side = entry.side_of(node);
        let (sender, receiver) = (&entry.sides[side], &entry.sides[1 - side]);
        let host = &self.hosts[receiver.node.index()];
        host.scanned_from.is_some_and(|from| from <= self.agenda.now())
            && !host.is_away
            && host.down == 0
            && host.bench.unfinished == 0
            && entry.is_tcp()
            && entry.ear.is_none()
            && entry.sides.iter().all(|side| side.open && side.flights.is_empty())
            && match (&sender.way[..], &receiver.way[..]) {
                ([], []) => true,
                ([(link, there)], [(same, back)]) => {
                    let pipe = &self.pipes[link.index()][*there];
                    let is_free = pipe.lane.is_none_or(|lane| self.lanes[lane].sender == node);
                    let is_quiet = pipe.down == 0 && pipe.held.is_empty();
                    // Else what was booked to look for its death might miss what a lane has heard since.
                    let is_heard = receiver.heard >= pipe.up_since;
                    link == same && there != back && is_free && is_quiet && is_heard
                }
                _ => false,
            }
    }

    /// From now on what `node` sends over `conn` is carried outside the agenda, for good.
    pub(super) fn attach(&mut self, conn: ConnId, node: NodeId) {
        let entry = &self.conns[conn.index()];
        let side = entry.side_of(node);
        let place = entry.sides[side].way.first().copied();
        let lane = self.lane_to(node, place);
        let entry = &mut self.conns[conn.index()];
        let (sender, receiver) = (&entry.sides[side], &entry.sides[1 - side]);
        let host = &mut self.hosts[receiver.node.index()];
        host.is_away = true;
        let ears = &mut self.lanes[lane];
        let ear = u32::try_from(ears.ears.len()).expect("connections are numbered with 32 bits");
        ears.ears.push(Ear {
            node: receiver.node,
            conn,
            bench: std::mem::replace(&mut host.bench, Workbench::hollow()),
            heard: receiver.heard,
            keepalive: entry.dial.keepalive,
            // What went before has arrived by now, so that it holds nothing back any more.
            exit: (Instant::ZERO, Instant::ZERO),
            changes_seen: ears.changes.len(),
            backlog: Backlog::new(sender.backlog_max),
        });
        entry.ear = Some(EarOf { lane, ear, side: 1 - side });
    }

    /// The lane of a sender over a link, or to its own place; a new one if there is none yet.
    fn lane_to(&mut self, sender: NodeId, place: Option<(LinkId, usize)>) -> usize {
        let new = self.lanes.len();
        let salvo = &mut self.salvos[sender.index()];
        let mut intact_since = Instant::ZERO;
        let lane = match place {
            None => &mut salvo.home,
            Some((link, direction)) => {
                let pipe = &mut self.pipes[link.index()][direction];
                intact_since = pipe.up_since;
                &mut pipe.lane
            }
        };
        let lane = *lane.get_or_insert(new);
        if lane == new {
            self.lanes.push(Lane::new(new, sender, place, salvo.volleys.len(), intact_since));
        }
        lane
    }

    /// Brings a link's lane up to now. Call before anything else touches the link.
    pub(super) fn catch_up(&mut self, now: Instant, link: LinkId, direction: usize) {
        let pipe = &mut self.pipes[link.index()][direction];
        if let Some(lane) = pipe.lane {
            let lane = &mut self.lanes[lane];
            let volleys = &self.salvos[lane.sender.index()].volleys;
            lane.catch_up(pipe, volleys, (now, self.agenda.current()));
        }
    }

    /// A link is about to change: its lanes remember the round trip until now.
    pub(super) fn note_change(&mut self, now: Instant, link: LinkId) {
        let round_trip = self.round_trip(link);
        for direction in 0..2 {
            self.catch_up(now, link, direction);
            if let Some(lane) = self.pipes[link.index()][direction].lane {
                self.lanes[lane].changes.push((now, round_trip));
            }
        }
    }

    fn round_trip(&self, link: LinkId) -> Span {
        let [there, back] = &self.pipes[link.index()];
        there.settings().latency + back.settings().latency
    }

    /// Something happens to a connection that its lane does not carry.
    pub(super) fn abandon_if_attached(&mut self, conn: ConnId) {
        self.is_abandoned |= self.conns[conn.index()].ear.is_some();
    }

    /// The processor of a node whose work its lane does is asked to do something else.
    pub(super) fn abandon_if_away(&mut self, node: NodeId) {
        self.is_abandoned |= self.hosts[node.index()].is_away;
    }

    /// The lanes, ready to be scanned up to `end`, each by itself and in any order. The world must not be
    /// finished nor asked what was spent before they are given back.
    pub fn take_lanes(&mut self, end: Instant) -> Vec<Lane> {
        let mut lanes = std::mem::take(&mut self.lanes);
        for lane in &mut lanes {
            lane.loan = Loan {
                pipe: None,
                volleys: Arc::clone(&self.salvos[lane.sender.index()].volleys),
                end,
                measure_from: self.measure_from,
                round_trip: lane.place.map_or(Span::ZERO, |(link, _)| self.round_trip(link)),
            };
        }
        for lane in &mut lanes {
            self.salvos[lane.sender.index()].volleys = Arc::default();
            if let Some((link, direction)) = lane.place {
                let pipe = &mut self.pipes[link.index()][direction];
                lane.loan.pipe = Some(std::mem::replace(pipe, Pipe::hollow()));
            }
        }
        self.lanes_out = lanes.len();
        lanes
    }

    /// Takes scanned lanes back, all at once, with what they counted. Panics when one is missing or has not been
    /// scanned to its end.
    pub fn give_back(&mut self, mut lanes: Vec<Lane>) {
        assert_eq!(lanes.len(), self.lanes_out, "all lanes come back at once");
        self.lanes_out = 0;
        for lane in &mut lanes {
            assert!(lane.is_scanned(), "a lane is scanned to its end before it is given back");
            if let (Some((link, direction)), Some(mut pipe)) = (lane.place, lane.loan.pipe.take()) {
                pipe.lane_inside = lane.tally.inside;
                self.pipes[link.index()][direction] = pipe;
            }
        }
        for lane in lanes {
            let Tally { frames, mappings, small_back, .. } = lane.tally;
            self.frame_deliveries += frames;
            self.mapping_deliveries += mappings;
            self.scanned_deliveries.0 += frames;
            self.scanned_deliveries.1 += mappings;
            if let Some((link, direction)) = lane.place {
                self.pipes[link.index()][1 - direction].count_more_small(small_back, HEARTBEAT_BYTES);
            }
            for ear in lane.ears {
                let entry = &mut self.conns[ear.conn.index()];
                if let Some(EarOf { side, .. }) = entry.ear.take() {
                    entry.sides[side].heard = ear.heard;
                }
                let host = &mut self.hosts[ear.node.index()];
                host.bench = ear.bench;
                host.is_away = false;
            }
        }
    }

    /// Frames and mappings, of those that `counts` tells, that were served outside the agenda.
    #[must_use]
    pub fn scanned_counts(&self) -> (u64, u64) {
        self.scanned_deliveries
    }
}
