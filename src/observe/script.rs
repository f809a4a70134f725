//! Script: the moments of a run written by hand, for tests of the witness. The cast stands in `plan`.

use std::sync::Arc;

use bytes::Bytes;

use super::findings::{Findings, PointFindings};
use super::plan::{EAST, INITIAL, LEARNER, Plan, SOURCE, WEST, at, node};
use super::witness::Witness;
use crate::engine::{Cause, Change, FlightId, Frame, Moment, Node, Observer, Order, Outbox, Way};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::mapping::{Mapping, Outcome, Route};
use crate::roles::{EdgeState, Note};
use crate::units::{Instant, Span};
use crate::wire::{Decoded, Message};
use crate::workload::{Event, Workload};

/// A node that does nothing.
pub(super) struct FakeNode;

impl Node for FakeNode {
    type Memo = Decoded;
    type Note = Note;
    type Timer = ();

    fn on_change(&mut self, _: Instant, _: ConnId, _: Change, _: &mut Outbox<Self>) {}
    fn on_frame(&mut self, _: Instant, _: ConnId, _: &Arc<Frame<Decoded>>, _: &mut Outbox<Self>) {}
    fn on_order(&mut self, _: Instant, _: Order, _: &mut Outbox<Self>) {}
    fn on_start(&mut self, _: Instant, _: &mut Outbox<Self>) {}
    fn on_timer(&mut self, _: Instant, (): (), _: &mut Outbox<Self>) {}
}

/// A frame on its way.
pub(super) struct Flying {
    flight: FlightId,
    from: NodeId,
    to: NodeId,
    frame: Arc<Frame<Decoded>>,
}

/// A run written by hand. All moments are given in milliseconds.
pub(super) struct Script {
    /// Watches it.
    pub(super) witness: Witness,
    workload: Workload,
    flights: u64,
}

/// The findings of a firewall.
pub(super) fn row(findings: &Findings, index: usize) -> &PointFindings {
    let found = findings.points.iter().find(|(point, _)| *point == node(index));
    &found.expect("the firewall has a row").1
}

impl Script {
    /// A run with a window of ten seconds, measured from virtual zero.
    pub(super) fn new(plan: &Plan) -> Self {
        let workload = plan.workload();
        let witness = Witness::new(&plan.scenario(), &workload);
        Self { witness, workload, flights: 0 }
    }

    fn tell(&mut self, millis: u64, moment: &Moment<'_, FakeNode>) {
        self.witness.on_moment(at(millis), moment);
    }

    /// A node notes something.
    pub(super) fn note(&mut self, millis: u64, index: usize, note: &Note) {
        self.tell(millis, &Moment::Note { node: node(index), note });
    }

    /// The fed end of an edge notes its state; of a push, the source.
    pub(super) fn edge(&mut self, millis: u64, from: usize, to: usize, state: EdgeState) {
        self.note(millis, to, &Note::Edge { from: node(from), to: node(to), state });
    }

    /// Every feed to learner and firewalls is up at zero.
    pub(super) fn all_up(&mut self) {
        for (from, to) in [(SOURCE, LEARNER), (LEARNER, EAST), (LEARNER, WEST)] {
            self.edge(0, from, to, EdgeState::Up);
        }
    }

    /// The source notices its update at the instant at which it occurred.
    pub(super) fn noticed(&mut self, sequence: u64) {
        let second = self.workload.updates[SOURCE][usize::try_from(sequence).unwrap()].occurred;
        let moment = Moment::Note { node: node(SOURCE), note: &Note::Noticed { sequence } };
        Observer::<FakeNode>::on_moment(&mut self.witness, second, &moment);
    }

    fn mapping(&self, sequence: u64) -> Mapping {
        let (address, user, log_off, occurred) = if sequence >= INITIAL {
            let stay = self.workload.stays[usize::try_from(sequence - INITIAL).unwrap()];
            (stay.address, Some(stay.user), false, Instant::ZERO)
        } else {
            let update = self.workload.updates[SOURCE][usize::try_from(sequence).unwrap()];
            (update.address, update.user(), update.event() == Event::LogOff, update.occurred)
        };
        Mapping {
            address,
            user,
            log_off,
            timestamp: i64::try_from(occurred.nanos()).unwrap(),
            source: node(SOURCE),
            sequence,
            origin: node(LEARNER),
            route: Route::new(),
        }
    }

    /// A node merges mappings, of the frame just delivered or (`from` = `None`) at the start.
    pub(super) fn merged(&mut self, millis: u64, to: usize, from: Option<usize>, fates: &[(u64, Outcome)]) {
        let segment: Arc<[Mapping]> = fates.iter().map(|(sequence, _)| self.mapping(*sequence)).collect();
        let outcomes = fates.iter().map(|(_, outcome)| *outcome).collect();
        self.note(millis, to, &Note::Merged { from: from.map(node), segment, outcomes });
    }

    /// A node hands updates to a connection, in one frame; of a table, `full` or not.
    pub(super) fn sent(
        &mut self,
        millis: u64,
        from: usize,
        to: usize,
        sequences: &[u64],
        full: bool,
    ) -> Flying {
        let mappings: Arc<[Mapping]> = sequences.iter().map(|sequence| self.mapping(*sequence)).collect();
        let count = u32::try_from(sequences.len()).unwrap();
        let next_position = sequences.last().map_or(0, |sequence| sequence + 1);
        let message = match from {
            SOURCE => Message::Records { next_position, count },
            _ => Message::Mappings { full, count },
        };
        let decode = move |_: &Bytes| Decoded {
            messages: vec![message.clone()],
            mappings: mappings.clone(),
            unread: Vec::new(),
        };
        let frame = Arc::new(Frame::new(Bytes::new(), 1, count, Arc::new(decode)));
        self.flights += 1;
        let flying = Flying { flight: FlightId(self.flights), from: node(from), to: node(to), frame };
        let Flying { flight, from, to, ref frame } = flying;
        self.tell(millis, &Moment::Sent { flight, conn: ConnId::new(0), from, to, frame });
        flying
    }

    /// A frame is served; its way is told in milliseconds of propagation and of service.
    pub(super) fn delivered(
        &mut self,
        millis: u64,
        flying: &Flying,
        way: (u64, u64),
        fates: &[(u64, Outcome)],
    ) {
        let Flying { flight, from, to, ref frame } = *flying;
        let moment = Moment::Delivered {
            flight,
            conn: ConnId::new(0),
            from,
            to,
            frame,
            way: Way { propagate: Span::from_millis(way.0), ..Way::default() },
            served: Way { process: Span::from_millis(way.1), ..Way::default() },
        };
        self.tell(millis, &moment);
        self.merged(millis, to.index(), Some(from.index()), fates);
    }

    /// A frame is lost.
    pub(super) fn dropped(&mut self, millis: u64, flying: &Flying, cause: Cause) {
        let Flying { flight, from, to, ref frame } = *flying;
        self.tell(millis, &Moment::Dropped { flight, from, to, frame, cause });
    }

    /// Sends one update on an edge at one instant and applies it at another, all the way propagation.
    pub(super) fn pass(&mut self, sent: u64, applied: u64, from: usize, to: usize, sequence: u64) {
        let flying = self.sent(sent, from, to, &[sequence], false);
        self.delivered(applied, &flying, (applied - sent, 0), &[(sequence, Outcome::Applied)]);
    }

    /// A node stops.
    pub(super) fn down(&mut self, millis: u64, index: usize, keeps_memory: bool) {
        self.tell(millis, &Moment::NodeDown { node: node(index), keeps_memory });
    }

    /// A node starts again.
    pub(super) fn up(&mut self, millis: u64, index: usize) {
        self.tell(millis, &Moment::NodeUp { node: node(index) });
    }

    /// The link between the sites changes.
    pub(super) fn link(&mut self, millis: u64, up: bool) {
        self.tell(millis, &Moment::LinkChanged { link: LinkId::new(0), up });
    }

    /// A booked fault ends.
    pub(super) fn fault_ends(&mut self, millis: u64, fault: usize) {
        self.tell(millis, &Moment::FaultEnds { fault });
    }

    /// The run ends.
    pub(super) fn finish(self, millis: u64) -> Findings {
        self.witness.finish(at(millis))
    }
}
