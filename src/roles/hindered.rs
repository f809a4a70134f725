//! Hindered: what a node tells of a connection that did not come about.
//!
//! Knows the node's dials. Must not know when it dials again.

use super::role::Out;
use super::useridd::{Purpose, Useridd};
use super::{Bar, EdgeState, Feed, Hindrance, Joining, Note};
use crate::engine::Why;
use crate::ids::{ConnId, NodeId};
use crate::mapping::DataType;
use crate::units::Instant;

/// Why a dial came to nothing, in the words of the cast.
pub(super) fn hindrance(why: Why) -> Hindrance {
    match why {
        Why::PortBlocked => Hindrance::Port,
        Why::NameUnknown => Hindrance::Name,
        Why::NoRoute => Hindrance::ServiceRoute,
        Why::Backlog | Why::Closed | Why::Dead | Why::Reset | Why::Unanswered => Hindrance::Unanswered,
    }
}

impl Joining {
    /// Why the upstream refuses the client at `now`, if it does.
    pub(super) fn refusal(&self, now: Instant) -> Option<Hindrance> {
        let expired = self.valid_until.filter(|until| *until <= now).map(|_| Hindrance::Certificate);
        self.mismatch.or(expired)
    }
}

impl Useridd {
    /// Turns a client away that has named itself; `feed` is what it asked for.
    pub(super) fn refuse(&mut self, conn: ConnId, (to, feed): (NodeId, Feed), why: Hindrance, out: &mut Out) {
        let from = self.id;
        self.conns.remove(&conn);
        out.close(conn);
        if !feed.carries(DataType::IpUser) {
            return;
        }
        out.note(Note::Edge { from, to, state: EdgeState::Barred(Bar::Key) });
        out.note(Note::Hindered { from, to, why });
    }

    /// Tells of a dial of this node that came to nothing. A standby's watch feeds nobody.
    pub(super) fn tell_hindrance(&self, purpose: Purpose, why: Why, out: &mut Out) {
        let (to, why) = (self.id, hindrance(why));
        let from = match purpose {
            Purpose::Upstream(index) if !self.upstreams[index].session.feed.carries(DataType::IpUser) => {
                return;
            }
            Purpose::Upstream(index) => self.upstreams[index].session.upstream,
            Purpose::Reader(index) => self.readers[index].read.source,
            Purpose::Pair => self.pair.as_ref().expect("HA1 belongs to a pair").settings.peer,
            Purpose::Clients => self.prober.as_ref().expect("who dials clients probes").clients,
            Purpose::Accepted | Purpose::Client(_) | Purpose::Ledger(_) | Purpose::Watch(_) => return,
        };
        if let (Purpose::Upstream(_), Hindrance::Port) = (purpose, why) {
            out.note(Note::Edge { from, to, state: EdgeState::Barred(Bar::Port) });
        }
        out.note(Note::Hindered { from, to, why });
    }
}
