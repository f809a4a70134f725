//! The client's side of a redistribution session: dial, handshake, filter, full table, deltas, redial.

use super::redial::Redial;
use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{EdgeState, Feed, Mode, Note, Reconnect, SessionSettings};
use crate::engine::Dial;
use crate::ids::ConnId;
use crate::mapping::DataType;
use crate::random::Stream;
use crate::units::Instant;
use crate::wire::Message;

/// One upstream that this node follows.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) session: SessionSettings,
    /// Whether it follows it now; a standby or passive node does not. `None` before the start.
    pub(super) is_wanted: Option<bool>,
    conn: Option<ConnId>,
    /// Whether the upstream has answered the dial.
    is_connected: bool,
    /// Whether the session is believed to stand, or to come about: until a dial fails or a session ends, and again
    /// from when it has told something.
    is_trusted: bool,
    redial: Redial,
}

impl Upstream {
    pub(super) fn new(session: SessionSettings, reconnect: Reconnect, jitter: Stream) -> Self {
        Self {
            session,
            is_wanted: None,
            conn: None,
            is_connected: false,
            is_trusted: true,
            redial: Redial::new(reconnect, jitter),
        }
    }

    pub(super) fn crash(&mut self) {
        self.is_wanted = None;
        self.conn = None;
        self.is_connected = false;
        self.is_trusted = true;
    }
}

impl Useridd {
    /// Begins or ends what each session and log should do now. Called after whatever may have changed that.
    pub(super) fn follow_wants(&mut self, out: &mut Out) {
        let serves = self.is_active();
        for index in 0..self.upstreams.len() {
            let upstream = &self.upstreams[index];
            let before = &upstream.session.standby_after;
            let wanted = serves && self.standby.may_act(before) && self.is_needed(index);
            let upstream = &self.upstreams[index];
            if upstream.is_wanted != Some(wanted) {
                self.want_upstream(index, wanted, out);
            }
        }
        for index in 0..self.readers.len() {
            let reader = &self.readers[index];
            let wanted = serves && self.standby.may_act(&reader.read.standby_after);
            if reader.is_wanted != Some(wanted) {
                self.want_log(index, wanted, out);
            }
        }
    }

    /// Whether no other upstream that this one stands in for is believed to stand.
    fn is_needed(&self, index: usize) -> bool {
        let Some(first) = self.upstreams[index].session.joining.backup_of else { return true };
        !self.upstreams.iter().any(|other| other.session.upstream == first && other.is_trusted)
    }

    fn want_upstream(&mut self, index: usize, wanted: bool, out: &mut Out) {
        let upstream = &mut self.upstreams[index];
        upstream.is_wanted = Some(wanted);
        let (from, to) = (upstream.session.upstream, self.id);
        let is_feed = upstream.session.feed.carries(DataType::IpUser);
        if wanted {
            if is_feed {
                out.note(Note::Edge { from, to, state: EdgeState::Down });
            }
            self.dial_upstream(index, out);
        } else {
            upstream.is_connected = false;
            if let Some(conn) = upstream.conn.take() {
                self.conns.remove(&conn);
                out.close(conn);
            }
            if is_feed {
                out.note(Note::Edge { from, to, state: EdgeState::Idle });
            }
        }
    }

    fn dial_upstream(&mut self, index: usize, out: &mut Out) {
        let upstream = &mut self.upstreams[index];
        if upstream.is_wanted != Some(true) || upstream.conn.is_some() {
            return;
        }
        let SessionSettings { upstream: to, port, joining, .. } = &upstream.session;
        let timeout = self.settings.reconnect.connect_timeout;
        let conn = out.dial(Dial {
            backlog_messages_max: self.settings.announce.backlog_messages_max,
            handshake_round_trips: joining.tls_round_trips,
            by_name: joining.by_host_name,
            ..Dial::plain(*to, *port, self.settings.keepalive, timeout)
        });
        upstream.conn = Some(conn);
        self.conns.insert(conn, Purpose::Upstream(index));
    }

    /// A wait is over: an upstream, a log or a watched member is dialled again.
    pub(super) fn redial(&mut self, index: usize, out: &mut Out) {
        let (upstreams, readers) = (self.upstreams.len(), self.readers.len());
        if index < upstreams {
            self.dial_upstream(index, out);
        } else if index < upstreams + readers {
            self.dial_log(index - upstreams, out);
        } else if index < upstreams + readers + self.standby.len() {
            self.dial_member(index - upstreams - readers, out);
        } else if self.prober.is_some() {
            self.dial_clients(out);
        } else {
            self.dial_peer(out);
        }
    }

    pub(super) fn upstream_connected(&mut self, index: usize, conn: ConnId, out: &mut Out) {
        self.upstreams[index].is_connected = true;
        out.send(conn, self.codec.control(&Message::Hello { node: self.id }));
    }

    pub(super) fn ask_for_all(&self, index: usize, conn: ConnId, out: &mut Out) {
        let session = &self.upstreams[index].session;
        if !session.include.is_empty() || !session.exclude.is_empty() {
            let (include, exclude) = (session.include.clone(), session.exclude.clone());
            out.send(conn, self.codec.control(&Message::SetFilter { include, exclude }));
        }
        if let Feed::Typed(types) = session.feed {
            out.send(conn, self.codec.control(&Message::SetTypes(types)));
        }
        out.send(conn, self.codec.control(&Message::GetAll));
    }

    /// Mappings have come: the session stands. A polling client asks again after its interval.
    pub(super) fn upstream_told(&mut self, now: Instant, index: usize, conn: ConnId, out: &mut Out) {
        let upstream = &mut self.upstreams[index];
        upstream.redial.reset();
        let is_news = !std::mem::replace(&mut upstream.is_trusted, true);
        if let Mode::Poll { interval } = upstream.session.mode {
            out.arm(now.later(interval), Timer::ClientPoll { index, conn });
        }
        if is_news {
            self.follow_wants(out);
        }
    }

    pub(super) fn ask_for_news(&self, index: usize, conn: ConnId, out: &mut Out) {
        if self.upstreams[index].conn == Some(conn) {
            out.send(conn, self.codec.control(&Message::Poll));
        }
    }

    /// Every session to an upstream that stands is cut, as by a TCP reset: this end knows at once, the other hears
    /// of it over the network. A dial that is under way is none yet.
    pub(super) fn reset_upstreams(&mut self, now: Instant, out: &mut Out) {
        for index in 0..self.upstreams.len() {
            let upstream = &self.upstreams[index];
            if let Some(conn) = upstream.conn.filter(|_| upstream.is_connected) {
                self.conns.remove(&conn);
                out.close(conn);
                self.upstream_left(now, index, conn, out);
            }
        }
    }

    pub(super) fn upstream_left(&mut self, now: Instant, index: usize, conn: ConnId, out: &mut Out) {
        let upstream = &mut self.upstreams[index];
        if upstream.conn == Some(conn) {
            upstream.conn = None;
            upstream.is_connected = false;
            let at = upstream.redial.next(now);
            out.arm(at, Timer::Redial { index });
            if std::mem::replace(&mut upstream.is_trusted, false) {
                self.follow_wants(out);
            }
        }
    }
}
