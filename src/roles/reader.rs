//! Reading a log: query, answer, wait, query.

use super::redial::Redial;
use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{EdgeState, Note, Read, Reconnect};
use crate::engine::Dial;
use crate::ids::ConnId;
use crate::random::Stream;
use crate::units::Instant;
use crate::wire::Message;
use crate::workload::Classes;

/// One log that this node reads.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) read: Read,
    port: u16,
    /// Whether it reads now; a standby does not. `None` before the start.
    pub(super) is_wanted: Option<bool>,
    conn: Option<ConnId>,
    is_up: bool,
    /// Where the next query begins; `None` before the first answer.
    position: Option<u64>,
    redial: Redial,
    phase: Stream,
}

impl Reader {
    pub(super) fn new(read: Read, port: u16, reconnect: Reconnect, stream: Stream) -> Self {
        let redial = Redial::new(reconnect, stream.clone());
        Self { read, port, is_wanted: None, conn: None, is_up: false, position: None, redial, phase: stream }
    }

    pub(super) fn crash(&mut self, keeps_memory: bool) {
        self.conn = None;
        self.is_wanted = None;
        self.is_up = false;
        if !keeps_memory {
            self.position = None;
        }
    }

    fn first_query(&mut self, now: Instant) -> Instant {
        now.later(self.read.phase.within(self.read.interval, &mut self.phase))
    }
}

impl Useridd {
    fn log_edge(&self, index: usize, state: EdgeState) -> Note {
        Note::Edge { from: self.readers[index].read.source, to: self.id, state }
    }

    /// Begins or ends reading, as `wanted` says.
    pub(super) fn want_log(&mut self, index: usize, wanted: bool, out: &mut Out) {
        let reader = &mut self.readers[index];
        reader.is_wanted = Some(wanted);
        if wanted {
            out.note(self.log_edge(index, EdgeState::Down));
            self.dial_log(index, out);
        } else {
            reader.position = None;
            reader.is_up = false;
            if let Some(conn) = reader.conn.take() {
                self.conns.remove(&conn);
                out.close(conn);
            }
            out.note(self.log_edge(index, EdgeState::Idle));
        }
    }

    pub(super) fn dial_log(&mut self, index: usize, out: &mut Out) {
        let reader = &mut self.readers[index];
        if reader.is_wanted != Some(true) || reader.conn.is_some() {
            return;
        }
        let conn = out.dial(Dial::plain(
            reader.read.source,
            reader.port,
            self.settings.keepalive,
            self.settings.reconnect.connect_timeout,
        ));
        reader.conn = Some(conn);
        self.conns.insert(conn, Purpose::Reader(index));
    }

    pub(super) fn reader_connected(&mut self, now: Instant, index: usize, conn: ConnId, out: &mut Out) {
        let reader = &mut self.readers[index];
        reader.redial.reset();
        reader.is_up = true;
        let at = reader.first_query(now);
        out.note(self.log_edge(index, EdgeState::Up));
        out.arm(at, Timer::Query { index, conn });
    }

    pub(super) fn reader_disconnected(&mut self, now: Instant, index: usize, conn: ConnId, out: &mut Out) {
        let reader = &mut self.readers[index];
        if reader.conn == Some(conn) {
            reader.conn = None;
            let at = reader.redial.next(now);
            if std::mem::replace(&mut reader.is_up, false) {
                out.note(self.log_edge(index, EdgeState::Down));
            }
            out.arm(at, Timer::Redial { index: self.upstreams.len() + index });
        }
    }

    pub(super) fn query(&mut self, now: Instant, index: usize, conn: ConnId, out: &mut Out) {
        let reader = &self.readers[index];
        if reader.conn != Some(conn) {
            return;
        }
        let takes = reader.read.takes.map_or(0, Classes::bits);
        let message = match (reader.position, self.settings.timeout) {
            (Some(position), _) => Message::Query { position, not_before: i64::MIN, newest_max: 0, takes },
            (None, timeout) => {
                let now = i64::try_from(now.nanos()).expect("a run is shorter than 292 years");
                let reach = timeout.and_then(|timeout| i64::try_from(timeout.nanos()).ok());
                let not_before = reach.map_or(i64::MIN, |reach| now.saturating_sub(reach));
                let newest_max = reader.read.history_records_max;
                Message::Query { position: 0, not_before, newest_max, takes }
            }
        };
        out.send(conn, self.codec.control(&message));
    }

    pub(super) fn log_answered(
        &mut self,
        now: Instant,
        index: usize,
        conn: ConnId,
        next_position: u64,
        out: &mut Out,
    ) {
        let reader = &mut self.readers[index];
        reader.position = Some(next_position);
        out.arm(now.later(reader.read.interval), Timer::Query { index, conn });
    }
}
