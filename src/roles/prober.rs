//! Probing: the agent asks the computer behind each address that it has learned who is logged on there.
//!
//! Each known address once in an interval, spread evenly over it. At most so many questions are open at a time; what is due
//! then waits for the next round. [choice: how a real agent spreads its probes is not published]

use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{EdgeState, Note, Probed};
use crate::engine::Dial;
use crate::ids::{AddressId, ConnId, NodeId};
use crate::units::Instant;
use crate::wire::Message;
use crate::workload::Rounds;

/// What an agent needs to probe.
#[derive(Debug)]
pub(super) struct Prober {
    pub(super) clients: NodeId,
    settings: Probed,
    rounds: Rounds,
    conn: Option<ConnId>,
    is_up: bool,
    /// Questions that are not answered.
    open: u32,
}

impl Prober {
    pub(super) fn new(clients: NodeId, settings: Probed, addresses: usize) -> Self {
        let rounds = Rounds { interval: settings.interval, addresses };
        Self { clients, settings, rounds, conn: None, is_up: false, open: 0 }
    }

    pub(super) fn crash(&mut self, id: NodeId, out: &mut Out) {
        (self.conn, self.is_up, self.open) = (None, false, 0);
        out.note(Note::Edge { from: self.clients, to: id, state: EdgeState::Down });
    }
}

impl Useridd {
    pub(super) fn begin_probing(&mut self, now: Instant, out: &mut Out) {
        self.dial_clients(out);
        self.arm_probe(now, out);
    }

    fn arm_probe(&self, now: Instant, out: &mut Out) {
        let next = self.prober.as_ref().and_then(|prober| prober.rounds.after(now));
        if let Some((at, sequence)) = next {
            out.arm(at, Timer::Probe { sequence });
        }
    }

    pub(super) fn dial_clients(&mut self, out: &mut Out) {
        let Some(prober) = self.prober.as_mut().filter(|prober| prober.conn.is_none()) else { return };
        let conn = out.dial(Dial::plain(
            prober.clients,
            prober.settings.port,
            self.settings.keepalive,
            self.settings.reconnect.connect_timeout,
        ));
        prober.conn = Some(conn);
        self.conns.insert(conn, Purpose::Clients);
    }

    pub(super) fn clients_changed(&mut self, now: Instant, conn: ConnId, is_up: bool, out: &mut Out) {
        let base = self.upstreams.len() + self.readers.len() + self.standby.len();
        let (id, first) = (self.id, self.settings.reconnect.first);
        let Some(prober) = self.prober.as_mut().filter(|prober| prober.conn == Some(conn)) else { return };
        (prober.is_up, prober.open) = (is_up, 0);
        let state = if is_up { EdgeState::Up } else { EdgeState::Down };
        out.note(Note::Edge { from: prober.clients, to: id, state });
        if !is_up {
            prober.conn = None;
            out.arm(now.later(first), Timer::Redial { index: base });
        }
    }

    /// A probe is due, and so may be others of this instant, each with a timer of its own.
    pub(super) fn probe(&mut self, now: Instant, sequence: u64, out: &mut Out) {
        let Some(prober) = &mut self.prober else { return };
        let address: AddressId = prober.rounds.address(sequence);
        let knows = self.table.learned_by(address, self.id);
        if let Some(conn) =
            prober.conn.filter(|_| prober.is_up && knows && prober.open < prober.settings.at_once)
        {
            prober.open += 1;
            out.send(conn, self.codec.control(&Message::Probe { sequence }));
        }
        if let Some((at, next)) = prober.rounds.at(sequence + 1) {
            out.arm(at.max(now), Timer::Probe { sequence: next });
        }
    }

    pub(super) fn probe_answered(&mut self) {
        if let Some(prober) = &mut self.prober {
            prober.open = prober.open.saturating_sub(1);
        }
    }
}
