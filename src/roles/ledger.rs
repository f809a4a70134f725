//! Ledgers: a directory or a terminal server, whose numbered changes are asked for and never redistributed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::LogSettings;
use super::role::{Out, Timer};
use crate::engine::{Change, Frame, Order};
use crate::ids::ConnId;
use crate::random::Stream;
use crate::units::Instant;
use crate::wire::{Codec, Decoded, Message};

/// A directory or terminal server.
#[derive(Debug)]
pub struct LedgerSource {
    changes: Arc<[Instant]>,
    settings: LogSettings,
    codec: Codec,
    query: Stream,
    /// Answers under way: when, to whom, and up to which change.
    answers: VecDeque<(Instant, ConnId, u64)>,
    /// Who waits for a change, and which is the first that he does not know.
    held: VecDeque<(ConnId, u64)>,
}

impl LedgerSource {
    /// One with these changes, in order.
    #[must_use]
    pub fn new(changes: Arc<[Instant]>, settings: LogSettings, codec: Codec, query: Stream) -> Self {
        Self { changes, settings, codec, query, answers: VecDeque::new(), held: VecDeque::new() }
    }

    /// Its names are those that `nobody` has from now on.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
    }

    /// How many changes there have been.
    fn known(&self, now: Instant) -> u64 {
        self.changes.partition_point(|at| *at <= now) as u64
    }

    pub(super) fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Frame<Decoded>, out: &mut Out) {
        for message in &frame.memo().messages {
            let Message::Ask { position } = *message else { continue };
            if self.settings.more.holds && self.known(now) <= position {
                self.held.push_back((conn, position));
                let next = usize::try_from(position).ok().and_then(|next| self.changes.get(next));
                if let Some(at) = next {
                    out.arm(*at, Timer::Readable);
                }
            } else {
                self.answer(now, conn, position, out);
            }
        }
    }

    pub(super) fn on_readable(&mut self, now: Instant, out: &mut Out) {
        let known = self.known(now);
        for (conn, position) in std::mem::take(&mut self.held) {
            if known > position {
                self.answer(now, conn, position, out);
            } else {
                self.held.push_back((conn, position));
            }
        }
    }

    fn answer(&mut self, now: Instant, conn: ConnId, position: u64, out: &mut Out) {
        let known = self.known(now);
        let records = self.settings.more.per_record.times(known.saturating_sub(position));
        let at = now.later(self.settings.query_time.draw(&mut self.query)).later(records);
        out.arm(at, Timer::Answer { conn });
        self.answers.push_back((at, conn, known));
    }

    pub(super) fn on_answer(&mut self, now: Instant, conn: ConnId, out: &mut Out) {
        let due = self.answers.iter().position(|(at, other, _)| *other == conn && *at <= now);
        if let Some((_, _, next_position)) = due.and_then(|due| self.answers.remove(due)) {
            out.send(conn, self.codec.control(&Message::Told { next_position }));
        }
    }

    pub(super) fn on_change(&mut self, conn: ConnId, change: Change) {
        if matches!(change, Change::Closed(_)) {
            self.answers.retain(|(_, other, _)| *other != conn);
            self.held.retain(|(other, _)| *other != conn);
        }
    }

    pub(super) fn on_order(&mut self, order: Order) {
        if matches!(order, Order::Crash { .. }) {
            self.answers.clear();
            self.held.clear();
        }
    }
}
