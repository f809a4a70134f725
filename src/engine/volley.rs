//! Volleys: one frame handed to many connections, kept as numbers only where they are carried outside the agenda.
//!
//! Knows when each frame of a volley is ready. Must not know links, nor what becomes of a frame.

use std::sync::Arc;

use super::agenda::Rank;
use super::host::Row;
use super::world::{Event, Eyes};
use super::{Frame, Moment, Node, World};
use crate::ids::{ConnId, NodeId};
use crate::units::Instant;

/// One of a volley's receivers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its place among all receivers of the volley.
    pub(super) position: u32,
    /// Its place in its lane.
    pub(super) ear: u32,
}

/// Who receives a volley, lane by lane. Shared by all volleys to the same receivers.
#[derive(Debug)]
pub(super) struct Roster {
    /// In the order of the lanes.
    lanes: Vec<(usize, Vec<Member>)>,
    count: u32,
}

impl Roster {
    /// The receivers in order: the lane of each and its place there.
    fn new(receivers: &[(usize, u32)]) -> Self {
        let mut order: Vec<usize> = (0..receivers.len()).collect();
        order.sort_by_key(|position| receivers[*position].0);
        let mut lanes: Vec<(usize, Vec<Member>)> = Vec::new();
        for position in order {
            let (lane, ear) = receivers[position];
            if lanes.last().is_none_or(|(last, _)| *last != lane) {
                lanes.push((lane, Vec::new()));
            }
            let position = u32::try_from(position).expect("connections are numbered with 32 bits");
            lanes.last_mut().expect("it was just pushed").1.push(Member { position, ear });
        }
        Self { lanes, count: receivers.len() as u32 }
    }

    /// The receivers that a lane leads to, in order. Cost: O(log lanes).
    pub(super) fn of(&self, lane: usize) -> &[Member] {
        let found = self.lanes.binary_search_by_key(&lane, |(lane, _)| *lane);
        found.map_or(&[], |index| self.lanes[index].1.as_slice())
    }
}

/// One frame, handed to connections that are carried outside the agenda.
#[derive(Debug)]
pub(super) struct Volley {
    /// The frame's number among those of its sender.
    pub(super) number: u32,
    /// When it was sent.
    pub(super) at: Instant,
    /// The place, among all of that instant, of what sent it.
    pub(super) sent_in: u64,
    /// The place of what would have taken it from the processor to the line.
    order: u64,
    /// Whether what is ready at once went on its way at once.
    is_idle: bool,
    row: Row,
    pub(super) messages: u32,
    pub(super) mappings: u32,
    /// Bytes of payload.
    pub(super) bytes: u64,
    pub(super) roster: Arc<Roster>,
}

impl Volley {
    /// When the processor starts with the frame of a position.
    pub(super) fn start(&self, position: u32) -> Instant {
        match (&self.row.drawn, position) {
            (None, _) => self.row.start + self.row.service.times(u64::from(position)),
            (Some(_), 0) => self.row.start,
            (Some(done), _) => done[position as usize - 1],
        }
    }

    /// When the processor is done with the frame of a position, and its place among all of that instant.
    pub(super) fn ready(&self, position: u32) -> (Instant, u64) {
        let ready = match &self.row.drawn {
            None => self.row.start + self.row.service.times(u64::from(position) + 1),
            Some(done) => done[position as usize],
        };
        (ready, if self.is_idle && ready == self.at { 0 } else { self.order })
    }
}

/// How the connections of a volley are carried: a run of consecutive ones together, or one by itself.
#[derive(Debug)]
enum Segment {
    Plain(ConnId),
    Together(Arc<Roster>),
}

#[derive(Debug)]
struct Formation {
    conns: Arc<[ConnId]>,
    segments: Vec<Segment>,
}

/// Formations kept a sender; past that all are worked out anew. Source: none, a guess; only memory sees it.
const FORMATIONS_MAX: usize = 1 << 16;

/// What a node has sent in volleys.
pub(super) struct Salvo<M> {
    pub(super) volleys: Arc<Vec<Volley>>,
    formations: Vec<Formation>,
    /// Where the next volley's formation most likely is.
    next: usize,
    /// The frames of the latest instant, with their numbers.
    frames: Vec<(Arc<Frame<M>>, u32)>,
    frames_at: Instant,
    frames_made: u32,
    /// The lane that leads to receivers without a link between.
    pub(super) home: Option<usize>,
}

impl<M> Salvo<M> {
    pub(super) fn new() -> Self {
        Self {
            volleys: Arc::new(Vec::new()),
            formations: Vec::new(),
            next: 0,
            frames: Vec::new(),
            frames_at: Instant::ZERO,
            frames_made: 0,
            home: None,
        }
    }

    fn find(&self, conns: &Arc<[ConnId]>) -> Option<usize> {
        let is_it = |formation: &Formation| Arc::ptr_eq(&formation.conns, conns);
        let likely = self.formations.get(self.next).is_some_and(is_it);
        if likely { Some(self.next) } else { self.formations.iter().position(is_it) }
    }

    /// The number of a frame, and whether it is a new one.
    fn number(&mut self, now: Instant, frame: &Arc<Frame<M>>) -> (u32, bool) {
        if self.frames_at != now {
            self.frames.clear();
            self.frames_at = now;
        }
        let known = self.frames.iter().rev().find(|(known, _)| Arc::ptr_eq(known, frame));
        if let Some((_, number)) = known {
            return (*number, false);
        }
        let number = self.frames_made;
        self.frames_made += 1;
        self.frames.push((frame.clone(), number));
        (number, true)
    }
}

impl<N: Node> World<N> {
    /// A node hands a frame to several connections. Cost: one record a run of connections that are carried
    /// outside the agenda, as long as none but these could be; else as many sends.
    pub(super) fn volley(
        &mut self,
        now: Instant,
        node: NodeId,
        conns: &Arc<[ConnId]>,
        frame: &Arc<Frame<N::Memo>>,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        if !self.scans {
            for conn in conns.iter() {
                self.send(now, *conn, node, frame.clone(), eyes);
            }
            return;
        }
        let index = self.form(node, conns);
        let segments = std::mem::take(&mut self.salvos[node.index()].formations[index].segments);
        for segment in &segments {
            match segment {
                Segment::Plain(conn) => self.send(now, *conn, node, frame.clone(), eyes),
                Segment::Together(roster) => self.fire(now, node, roster, frame, eyes),
            }
        }
        self.salvos[node.index()].formations[index].segments = segments;
    }

    /// The formation of these connections; whichever can now be is attached to its lane.
    fn form(&mut self, node: NodeId, conns: &Arc<[ConnId]>) -> usize {
        let salvo = &self.salvos[node.index()];
        let found = salvo.find(conns);
        let changes = |segment: &Segment| match segment {
            Segment::Plain(conn) => self.conns[conn.index()].ear.is_some() || self.is_attachable(*conn, node),
            Segment::Together(_) => false,
        };
        let is_current = found.is_some_and(|index| !salvo.formations[index].segments.iter().any(changes));
        let index = match found {
            Some(index) => index,
            None if salvo.formations.len() < FORMATIONS_MAX => salvo.formations.len(),
            None => 0,
        };
        if !is_current {
            let segments = self.segments(node, conns);
            let salvo = &mut self.salvos[node.index()];
            if found.is_none() {
                salvo.formations.truncate(index);
                salvo.formations.push(Formation { conns: conns.clone(), segments });
            } else {
                salvo.formations[index].segments = segments;
            }
        }
        self.salvos[node.index()].next = index + 1;
        index
    }

    fn segments(&mut self, node: NodeId, conns: &Arc<[ConnId]>) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut run: Vec<(usize, u32)> = Vec::new();
        for conn in conns.iter() {
            if self.is_attachable(*conn, node) {
                self.attach(*conn, node);
            }
            if let Some(ear) = self.conns[conn.index()].ear {
                run.push((ear.lane, ear.ear));
                continue;
            }
            if !run.is_empty() {
                segments.push(Segment::Together(Arc::new(Roster::new(&run))));
                run.clear();
            }
            segments.push(Segment::Plain(*conn));
        }
        if !run.is_empty() {
            segments.push(Segment::Together(Arc::new(Roster::new(&run))));
        }
        segments
    }

    /// Sends to all of a roster: their frames go through the processor one after the other.
    fn fire(
        &mut self,
        now: Instant,
        node: NodeId,
        roster: &Arc<Roster>,
        frame: &Arc<Frame<N::Memo>>,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        let (number, is_new) = self.salvos[node.index()].number(now, frame);
        if is_new {
            eyes.see(now, &Moment::Volley { from: node, number, frame });
        }
        let (messages, mappings, count) = (frame.messages(), frame.mappings(), u64::from(roster.count));
        let host = &mut self.hosts[node.index()];
        if host.is_away {
            self.is_abandoned = true;
            return;
        }
        host.bench.count_out(now, messages, mappings, count);
        let row = host.bench.send_row(now, messages, count);
        let is_idle = host.bench.unfinished == 0;
        let mut order = 0;
        if row.done > now || !is_idle {
            host.bench.unfinished += 1;
            let event = Event::VolleyDone { node, epoch: host.epoch };
            order = self.agenda.push(row.done, Rank::Ordinary, event);
        }
        let volley = Volley {
            number,
            at: now,
            sent_in: self.agenda.current(),
            order,
            is_idle,
            row,
            messages,
            mappings,
            bytes: frame.length() as u64,
            roster: roster.clone(),
        };
        let volleys = Arc::get_mut(&mut self.salvos[node.index()].volleys);
        volleys.expect("lanes share the volleys only after the run").push(volley);
    }

    /// The sender's processor is done with the last frame of a volley.
    pub(super) fn volley_done(&mut self, node: NodeId, epoch: u32) {
        let host = &mut self.hosts[node.index()];
        if host.epoch == epoch {
            host.bench.unfinished -= 1;
        }
    }
}
