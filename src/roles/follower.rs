//! Following: a node asks directories and terminal servers for what it does not know, for itself alone.

use super::redial::Redial;
use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{Note, Phase, Reconnect};
use crate::engine::Dial;
use crate::ids::{ConnId, NodeId};
use crate::random::Stream;
use crate::units::{Instant, Span};
use crate::wire::Message;

/// A directory or terminal server that a node follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// Whose changes.
    pub ledger: NodeId,
    /// The port that is dialled.
    pub port: u16,
    /// From an answer to the next question.
    pub interval: Span,
    /// The first question after the start or a (re)connect.
    pub phase: Phase,
}

/// A node's view of one of them.
#[derive(Debug)]
pub(super) struct Follower {
    followed: Followed,
    conn: Option<ConnId>,
    /// The first change that it does not know.
    position: u64,
    redial: Redial,
    phase: Stream,
}

impl Follower {
    pub(super) fn new(followed: Followed, reconnect: Reconnect, stream: Stream) -> Self {
        let redial = Redial::new(reconnect, stream.clone());
        Self { followed, conn: None, position: 0, redial, phase: stream }
    }

    pub(super) fn crash(&mut self, keeps_memory: bool) {
        self.conn = None;
        if !keeps_memory {
            self.position = 0;
        }
    }
}

impl Useridd {
    pub(super) fn begin_following(&mut self, out: &mut Out) {
        for index in 0..self.followers.len() {
            self.dial_ledger(index, out);
        }
    }

    pub(super) fn dial_ledger(&mut self, index: usize, out: &mut Out) {
        let follower = &mut self.followers[index];
        if follower.conn.is_some() {
            return;
        }
        let conn = out.dial(Dial::plain(
            follower.followed.ledger,
            follower.followed.port,
            self.settings.keepalive,
            self.settings.reconnect.connect_timeout,
        ));
        follower.conn = Some(conn);
        self.conns.insert(conn, Purpose::Ledger(index));
    }

    pub(super) fn ledger_changed(
        &mut self,
        now: Instant,
        index: usize,
        conn: ConnId,
        up: bool,
        out: &mut Out,
    ) {
        let follower = &mut self.followers[index];
        if follower.conn != Some(conn) {
            return;
        }
        if up {
            follower.redial.reset();
            let Followed { phase, interval, .. } = follower.followed;
            let at = now.later(phase.within(interval, &mut follower.phase));
            out.arm(at, Timer::Ask { index, conn });
        } else {
            follower.conn = None;
            let at = follower.redial.next(now);
            out.arm(at, Timer::Follow { index });
        }
    }

    pub(super) fn ask(&mut self, index: usize, conn: ConnId, out: &mut Out) {
        let follower = &self.followers[index];
        if follower.conn == Some(conn) {
            out.send(conn, self.codec.control(&Message::Ask { position: follower.position }));
        }
    }

    pub(super) fn ledger_told(
        &mut self,
        now: Instant,
        index: usize,
        conn: ConnId,
        next_position: u64,
        out: &mut Out,
    ) {
        let follower = &mut self.followers[index];
        follower.position = follower.position.max(next_position);
        out.note(Note::Followed { ledger: follower.followed.ledger, position: follower.position });
        out.arm(now.later(follower.followed.interval), Timer::Ask { index, conn });
    }
}
