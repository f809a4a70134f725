//! A firewall's threat log: what it meets at stated instants, it tells the automation engines over UDP.
//!
//! Knows its own table's word for who is behind an address. Must not know who really is.

use std::sync::Arc;

use super::role::{Out, Timer};
use super::useridd::Useridd;
use super::{DataNote, Note};
use crate::engine::{Dial, Transport};
use crate::ids::{ConnId, NodeId};
use crate::units::Instant;
use crate::wire::Message;
use crate::workload::Threat;

/// The threats of a run, those that this firewall meets, and whom it tells.
#[derive(Debug, Default)]
pub(super) struct ThreatLog {
    all: Arc<Vec<Threat>>,
    /// Positions among all, in order of time.
    own: Vec<usize>,
    next: usize,
    engines: Vec<(NodeId, u16)>,
    conns: Vec<ConnId>,
}

impl ThreatLog {
    /// The log of firewall `id`, which tells these engines on these ports.
    pub(super) fn new(id: NodeId, all: Arc<Vec<Threat>>, engines: Vec<(NodeId, u16)>) -> Self {
        let own = all.iter().enumerate().filter(|(_, threat)| threat.logged_by.contains(&id));
        let own = own.map(|(number, _)| number).collect();
        Self { all, own, next: 0, engines, conns: Vec::new() }
    }
}

impl Useridd {
    /// The node runs: engines can be told, and the next threat is awaited.
    pub(super) fn begin_threats(&mut self, now: Instant, out: &mut Out) {
        let log = &mut self.threats;
        if log.own.is_empty() {
            return;
        }
        log.conns = log
            .engines
            .iter()
            .map(|(to, port)| {
                let timeout = self.settings.reconnect.connect_timeout;
                out.dial(Dial {
                    transport: Transport::Udp,
                    is_routed: false,
                    ..Dial::plain(*to, *port, self.settings.keepalive, timeout)
                })
            })
            .collect();
        log.next += log.own[log.next..].partition_point(|number| log.all[*number].at < now);
        self.await_threat(out);
    }

    fn await_threat(&self, out: &mut Out) {
        let log = &self.threats;
        if let Some(number) = log.own.get(log.next) {
            out.arm(log.all[*number].at, Timer::Threat);
        }
    }

    /// A threat is met. The passive member of a pair sees no traffic.
    pub(super) fn log_threats(&mut self, now: Instant, out: &mut Out) {
        while let Some(number) = self.threats.own.get(self.threats.next).copied() {
            let Threat { at, address, .. } = self.threats.all[number];
            if at > now {
                break;
            }
            self.threats.next += 1;
            if !self.is_active() {
                continue;
            }
            let number = number as u64;
            out.note(Note::Data(DataNote::Logged { threat: number }));
            let user = self.table.user(address);
            let frame = self.codec.control(&Message::Threat { number, address, user });
            for conn in &self.threats.conns {
                out.send(*conn, frame.clone());
            }
        }
        self.await_threat(out);
    }
}
