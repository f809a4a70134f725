//! An automation engine: hears of threats, and registers data over the XML API of a node; some by a schedule of its own.
//!
//! No node of the redistribution. Must not know who enforces what it registers.

use std::collections::{BTreeMap, VecDeque};

use super::redial::Redial;
use super::role::{Out, Timer};
use super::{EngineSettings, Scheduled};
use crate::engine::{Change, Dial, Frame, Order};
use crate::ids::{AddressId, ConnId, NodeId, UserId};
use crate::mapping::{DataType, Datum, DatumKey, Route};
use crate::random::Stream;
use crate::units::{Instant, Span};
use crate::wire::{Codec, Decoded, Message};

/// The automation engine.
#[derive(Debug)]
pub struct AutomationEngine {
    id: NodeId,
    settings: EngineSettings,
    codec: Codec,
    /// In order of time.
    schedule: Vec<Scheduled>,
    next: usize,
    delay: Stream,
    redial: Redial,
    /// Which node it registers at now.
    target: usize,
    conn: Option<ConnId>,
    is_up: bool,
    /// Registered while no node answered.
    buffer: VecDeque<Datum>,
    /// Threats that it is about to react to, by their timers.
    pending: BTreeMap<u64, (AddressId, Option<UserId>)>,
    reactions: u64,
    sequence: u64,
}

impl AutomationEngine {
    /// The engine `id`. The streams are of its delays and of its dials.
    #[must_use]
    pub fn new(
        id: NodeId,
        settings: EngineSettings,
        codec: Codec,
        schedule: Vec<Scheduled>,
        [delay, jitter]: [Stream; 2],
    ) -> Self {
        let redial = Redial::new(settings.reconnect, jitter);
        Self {
            id,
            settings,
            codec,
            schedule,
            next: 0,
            delay,
            redial,
            target: 0,
            conn: None,
            is_up: false,
            buffer: VecDeque::new(),
            pending: BTreeMap::new(),
            reactions: 0,
            sequence: 0,
        }
    }

    /// Its names are those that `nobody` has from now on.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
    }

    pub(super) fn on_start(&mut self, out: &mut Out) {
        self.dial(out);
        self.arm(out);
    }

    fn arm(&self, out: &mut Out) {
        if let Some(scheduled) = self.schedule.get(self.next) {
            out.arm(scheduled.at, Timer::Notice);
        }
    }

    fn dial(&mut self, out: &mut Out) {
        if self.settings.to.is_empty() {
            return;
        }
        self.conn = Some(out.dial(Dial::plain(
            self.settings.to[self.target],
            self.settings.port,
            self.settings.keepalive,
            self.settings.reconnect.connect_timeout,
        )));
    }

    /// What the schedule says for `now`.
    pub(super) fn on_notice(&mut self, now: Instant, out: &mut Out) {
        while let Some(scheduled) = self.schedule.get(self.next).filter(|scheduled| scheduled.at <= now) {
            let Scheduled { key, removed, timeout, persistent, .. } = *scheduled;
            self.next += 1;
            self.register(now, (key, removed), timeout, persistent, out);
        }
        self.arm(out);
    }

    /// A firewall logs a threat: it is reacted to after a while.
    pub(super) fn on_frame(&mut self, now: Instant, frame: &Frame<Decoded>, out: &mut Out) {
        for message in &frame.memo().messages {
            if let Message::Threat { address, user, .. } = message {
                let number = self.reactions;
                self.reactions += 1;
                self.pending.insert(number, (*address, *user));
                let at = now.later(self.settings.delay.draw(&mut self.delay));
                out.arm(at, Timer::React { number });
            }
        }
    }

    /// Its reaction is due. A user who is not known cannot be tagged.
    pub(super) fn on_react(&mut self, now: Instant, number: u64, out: &mut Out) {
        let Some((address, user)) = self.pending.remove(&number) else { return };
        let Some(reaction) = self.settings.reaction else { return };
        let key = match (reaction.registers, user) {
            (DataType::IpTag, _) => Some(DatumKey::IpTag(address, reaction.tag)),
            (DataType::UserTag, Some(user)) => Some(DatumKey::UserTag(user, reaction.tag)),
            _ => None,
        };
        if let Some(key) = key {
            self.register(now, (key, false), reaction.timeout, reaction.persistent, out);
        }
    }

    fn register(
        &mut self,
        now: Instant,
        (key, removed): (DatumKey, bool),
        time_left: Option<Span>,
        persistent: bool,
        out: &mut Out,
    ) {
        let at = i64::try_from(now.nanos()).expect("a run is shorter than 292 years");
        let datum = Datum {
            key,
            removed,
            time_left: time_left.filter(|_| !removed),
            persistent,
            timestamp: at.saturating_add(self.settings.clock_offset_nanos),
            source: self.id,
            sequence: self.sequence,
            origin: self.id,
            route: Route::new(),
        };
        self.sequence += 1;
        if self.is_up {
            self.send(datum, out);
        } else if self.buffer.len() < self.settings.buffer_max as usize {
            self.buffer.push_back(datum);
        }
    }

    fn send(&self, datum: Datum, out: &mut Out) {
        if let Some(conn) = self.conn {
            out.send(conn, self.codec.registration(&datum));
        }
    }

    pub(super) fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Out) {
        if self.conn != Some(conn) {
            return;
        }
        match change {
            Change::Accepted { .. } => {}
            Change::Established => {
                self.is_up = true;
                self.redial.reset();
                for datum in std::mem::take(&mut self.buffer) {
                    self.send(datum, out);
                }
            }
            Change::Closed(_) | Change::Failed(_) => {
                self.is_up = false;
                self.conn = None;
                self.target = (self.target + 1) % self.settings.to.len();
                let at = if self.target == 0 { self.redial.next(now) } else { now };
                out.arm(at, Timer::Redial { index: 0 });
            }
        }
    }

    pub(super) fn on_redial(&mut self, out: &mut Out) {
        if self.conn.is_none() {
            self.dial(out);
        }
    }

    /// A crash loses what it had not registered yet, and what the schedule said meanwhile.
    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { .. } => {
                self.conn = None;
                self.is_up = false;
                self.buffer.clear();
                self.pending.clear();
            }
            Order::Restart => {
                self.next += self.schedule[self.next..].partition_point(|scheduled| scheduled.at < now);
                self.dial(out);
                self.arm(out);
            }
            Order::Reset | Order::Resume | Order::Suspend => {}
        }
    }
}
