//! Clients: the computers that an agent probes, all together. Each answers who is logged on there.
//!
//! A probe is known by its number: the workload has worked out who is there at that instant. An address at which nobody
//! is answers nothing, and the agent takes that for a log-off when it has waited long enough.

use std::collections::VecDeque;
use std::sync::Arc;

use super::role::{Out, Timer};
use super::source::Noticing;
use super::{Note, Probed, Withholding};
use crate::engine::{Change, Frame, Order};
use crate::ids::{ConnId, NodeId};
use crate::random::Stream;
use crate::units::Instant;
use crate::wire::{Codec, Decoded, Message};
use crate::workload::{Event, Update};

/// The probed computers of one agent.
#[derive(Debug)]
pub struct Clients {
    noticing: Noticing,
    agent: NodeId,
    settings: Probed,
    codec: Codec,
    answering: Stream,
    /// What is asked and not yet answered.
    asked: VecDeque<(Instant, ConnId, usize)>,
}

impl Clients {
    /// The computers that node `id` stands for.
    #[must_use]
    pub fn new(
        id: NodeId,
        (agent, settings): (NodeId, Probed),
        codec: Codec,
        updates: Arc<Vec<Vec<Update>>>,
        answering: Stream,
    ) -> Self {
        let noticing = Noticing::new(id, updates, 0);
        Self { noticing, agent, settings, codec, answering, asked: VecDeque::new() }
    }

    /// Its names are those that `nobody` has from now on.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
    }

    pub(super) fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Frame<Decoded>, out: &mut Out) {
        for message in &frame.memo().messages {
            let Message::Probe { sequence } = *message else { continue };
            let position = usize::try_from(sequence).expect("a probe's number is a position");
            let Some(update) = self.noticing.own().get(position) else { continue };
            let is_there = update.event() != Event::LogOff;
            out.note(Note::Noticed { sequence });
            let answering = self.settings.answer.draw(&mut self.answering);
            let at = now.later(if is_there { answering } else { self.settings.no_answer });
            self.asked.push_back((at, conn, position));
            out.arm(at, Timer::Answer { conn });
        }
    }

    pub(super) fn on_answer(&mut self, now: Instant, conn: ConnId, out: &mut Out) {
        let due = self.asked.iter().position(|(at, other, _)| *other == conn && *at <= now);
        let Some((_, _, position)) = due.and_then(|due| self.asked.remove(due)) else { return };
        let record = [self.noticing.record(position)];
        out.send(conn, self.codec.records(&record, position as u64 + 1, 1));
    }

    pub(super) fn on_change(&mut self, conn: ConnId, change: Change, out: &mut Out) {
        if matches!(change, Change::Closed(_)) {
            let lost = self.asked.iter().filter(|(_, other, _)| *other == conn);
            let updates: Vec<_> = lost.map(|(_, _, position)| (self.noticing.id, *position as u64)).collect();
            self.asked.retain(|(_, other, _)| *other != conn);
            self.withhold(updates, out);
        }
    }

    pub(super) fn on_order(&mut self, order: Order, out: &mut Out) {
        if matches!(order, Order::Crash { .. }) {
            let updates =
                self.asked.drain(..).map(|(_, _, position)| (self.noticing.id, position as u64)).collect();
            self.withhold(updates, out);
        }
    }

    fn withhold(&self, updates: Vec<(NodeId, u64)>, out: &mut Out) {
        if !updates.is_empty() {
            out.note(Note::Withheld { to: self.agent, updates, why: Withholding::Overflow });
        }
    }
}
