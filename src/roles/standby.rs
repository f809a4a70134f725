//! Standby in a collector group: a member acts only while no member before it lives.
//!
//! It knows by a connection to each of them, watched like any other. [choice: the vendor does not publish it]

use super::Reconnect;
use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use crate::engine::Dial;
use crate::ids::{ConnId, NodeId};
use crate::ports;
use crate::units::Instant;

#[derive(Debug)]
struct Member {
    node: NodeId,
    conn: Option<ConnId>,
    lives: bool,
}

/// The members before this one.
#[derive(Debug)]
pub(super) struct Standby {
    members: Vec<Member>,
    reconnect: Reconnect,
}

impl Standby {
    pub(super) fn new(mut members: Vec<NodeId>, reconnect: Reconnect) -> Self {
        members.sort_unstable();
        members.dedup();
        let member = |node| Member { node, conn: None, lives: true };
        Self { members: members.into_iter().map(member).collect(), reconnect }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether all of these are believed dead. A member is believed to live until a dial or its connection fails.
    pub(super) fn may_act(&self, before: &[NodeId]) -> bool {
        !self.members.iter().any(|member| member.lives && before.contains(&member.node))
    }

    pub(super) fn crash(&mut self) {
        for member in &mut self.members {
            member.conn = None;
            member.lives = true;
        }
    }
}

impl Useridd {
    pub(super) fn watch_members(&mut self, out: &mut Out) {
        for index in 0..self.standby.len() {
            self.dial_member(index, out);
        }
    }

    pub(super) fn dial_member(&mut self, index: usize, out: &mut Out) {
        let member = &mut self.standby.members[index];
        if member.conn.is_none() {
            let conn = out.dial(Dial::plain(
                member.node,
                ports::REDISTRIBUTION,
                self.settings.keepalive,
                self.settings.reconnect.connect_timeout,
            ));
            member.conn = Some(conn);
            self.conns.insert(conn, Purpose::Watch(index));
        }
    }

    /// A watched member answered, or did not, or is gone. It is dialled again at a steady pace, so that
    /// handing back does not wait for a back-off.
    pub(super) fn member_changed(&mut self, now: Instant, index: usize, lives: bool, out: &mut Out) {
        let base = self.upstreams.len() + self.readers.len();
        let member = &mut self.standby.members[index];
        member.lives = lives;
        if !lives {
            member.conn = None;
            out.arm(now.later(self.standby.reconnect.first), Timer::Redial { index: base + index });
        }
        self.follow_wants(out);
    }
}
