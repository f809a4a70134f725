//! The cast as the engine sees it: one type, told apart here and nowhere else.

use std::sync::Arc;

use super::clients::Clients;
use super::engine::AutomationEngine;
use super::ledger::LedgerSource;
use super::log::LogSource;
use super::push::PushSource;
use super::useridd::Useridd;
use super::{Note, useridd};
use crate::engine::{Change, Frame, Node, Order, Outbox};
use crate::ids::ConnId;
use crate::units::Instant;
use crate::wire::{Codec, Decoded};

/// The outbox of the cast.
pub(super) type Out = Outbox<Role>;

/// A node of the cast.
#[derive(Debug)]
pub enum Role {
    /// An automation engine.
    Engine(AutomationEngine),
    /// The computers that an agent probes.
    Clients(Clients),
    /// A directory or terminal server.
    Ledger(LedgerSource),
    /// A source whose log is polled.
    Log(LogSource),
    /// A node with a user table.
    Point(Box<Useridd>),
    /// A source that pushes.
    Push(PushSource),
}

impl Role {
    /// Once nothing happens any more, gives back its table and its names, in whose place are those that `nobody` has.
    pub fn retire(&mut self, nobody: &Codec) {
        match self {
            Self::Engine(engine) => engine.retire(nobody),
            Self::Clients(clients) => clients.retire(nobody),
            Self::Ledger(ledger) => ledger.retire(nobody),
            Self::Log(log) => log.retire(nobody),
            Self::Point(point) => point.retire(nobody),
            Self::Push(push) => push.retire(nobody),
        }
    }
}

/// What a node of the cast is woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A directory or terminal server is asked.
    Ask {
        /// Which of those that the node follows.
        index: usize,
        /// The connection it was armed for.
        conn: ConnId,
    },
    /// A query's time is over.
    Answer {
        /// Who asked.
        conn: ConnId,
    },
    /// A polling client asks for what is new.
    ClientPoll {
        /// Which upstream.
        index: usize,
        /// The connection it was armed for.
        conn: ConnId,
    },
    /// A datum's time may be over.
    EndData,
    /// An entry's time may be over.
    Expire,
    /// A source tells what it has gathered.
    Flush,
    /// A directory or terminal server is dialled again.
    Follow {
        /// Which of those that the node follows.
        index: usize,
    },
    /// A source notices something.
    Notice,
    /// A client's own send tick.
    OwnTick {
        /// Which client.
        index: usize,
    },
    /// The peer of a pair has been silent long enough.
    Promote {
        /// Void unless it is the pair's latest.
        generation: u32,
    },
    /// An address is due to be probed.
    Probe {
        /// The probe's number.
        sequence: u64,
    },
    /// A log is queried.
    Query {
        /// Which log.
        index: usize,
        /// The connection it was armed for.
        conn: ConnId,
    },
    /// An engine reacts to what it was told.
    React {
        /// Which.
        number: u64,
    },
    /// A record can be read from now on, and held queries want to know.
    Readable,
    /// A connection is dialled again.
    Redial {
        /// Which of the node's dials.
        index: usize,
    },
    /// What the pair's other member lacks is sent.
    Sync,
    /// A firewall meets a threat.
    Threat,
    /// A member of an active/active pair has been back long enough to enforce.
    Tentative {
        /// Void unless it is the member's latest return.
        generation: u32,
    },
    /// The send tick.
    Tick,
}

impl Node for Role {
    type Memo = Decoded;
    type Note = Note;
    type Timer = Timer;

    fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Out) {
        match self {
            Self::Engine(engine) => engine.on_change(now, conn, change, out),
            Self::Clients(clients) => clients.on_change(conn, change, out),
            Self::Ledger(ledger) => ledger.on_change(conn, change),
            Self::Log(log) => log.on_change(conn, change),
            Self::Point(point) => point.on_change(now, conn, change, out),
            Self::Push(push) => push.on_change(now, conn, change, out),
        }
    }

    fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Arc<Frame<Decoded>>, out: &mut Out) {
        match self {
            Self::Engine(engine) => engine.on_frame(now, frame, out),
            Self::Clients(clients) => clients.on_frame(now, conn, frame, out),
            Self::Ledger(ledger) => ledger.on_frame(now, conn, frame, out),
            Self::Log(log) => log.on_frame(now, conn, frame, out),
            Self::Point(point) => point.on_frame(now, conn, frame, out),
            Self::Push(_) => {}
        }
    }

    fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match self {
            Self::Engine(engine) => engine.on_order(now, order, out),
            Self::Clients(clients) => clients.on_order(order, out),
            Self::Ledger(ledger) => ledger.on_order(order),
            Self::Log(log) => log.on_order(now, order, out),
            Self::Point(point) => point.on_order(now, order, out),
            Self::Push(push) => push.on_order(now, order, out),
        }
    }

    fn on_start(&mut self, now: Instant, out: &mut Out) {
        match self {
            Self::Engine(engine) => engine.on_start(out),
            Self::Clients(_) | Self::Ledger(_) => {}
            Self::Log(log) => log.on_start(out),
            Self::Point(point) => point.on_start(now, out),
            Self::Push(push) => push.on_start(now, out),
        }
    }

    fn on_timer(&mut self, now: Instant, timer: Timer, out: &mut Out) {
        match (self, timer) {
            (Self::Engine(engine), Timer::Notice) => engine.on_notice(now, out),
            (Self::Engine(engine), Timer::React { number }) => engine.on_react(now, number, out),
            (Self::Engine(engine), Timer::Redial { .. }) => engine.on_redial(out),
            (Self::Clients(clients), Timer::Answer { conn }) => clients.on_answer(now, conn, out),
            (Self::Ledger(ledger), Timer::Answer { conn }) => ledger.on_answer(now, conn, out),
            (Self::Ledger(ledger), Timer::Readable) => ledger.on_readable(now, out),
            (Self::Log(log), Timer::Notice) => log.on_notice(now, out),
            (Self::Log(log), Timer::Answer { conn }) => log.on_answer(conn, out),
            (Self::Log(log), Timer::Readable) => log.on_readable(now, out),
            (Self::Push(push), Timer::Notice) => push.on_notice(now, out),
            (Self::Push(push), Timer::Flush) => push.on_flush(now, out),
            (Self::Push(push), Timer::Redial { index }) => push.on_redial(now, index, out),
            (Self::Point(point), timer) => useridd::on_timer(point, now, timer, out),
            (Self::Clients(_) | Self::Engine(_) | Self::Ledger(_) | Self::Log(_) | Self::Push(_), timer) => {
                unreachable!("a source arms no {timer:?}")
            }
        }
    }
}
