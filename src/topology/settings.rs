//! Settings: drafts of timers and ports that resolve by themselves, without a name to look up.

use super::context::Context;
use super::draft::node::{AnnounceDraft, KeepaliveDraft, Point};
use super::draft::pair::HighAvailability;
use super::draft::value::At;
use super::expand::{Part, Planned};
use super::places::NodePlaces;
use crate::engine::Keepalive;
use crate::ids::{NodeId, SessionId};
use crate::roles::{Announce, HaSettings, Phase};
use crate::units::Span;

/// What the text of one user's name weighs.
const USER_PARTS: usize = 4;

/// The ports of a list, unless groups have copied too many such lists already.
pub(super) fn ports(context: &mut Context<'_>, drafts: &[At<u16>]) -> Vec<u16> {
    if drafts.first().is_some_and(|first| !context.affords(drafts.len(), first.place)) {
        return Vec::new();
    }
    drafts.iter().map(|port| port.value).collect()
}

/// The users whose records a node ignores, unless groups have copied too many such lists already.
pub(super) fn ignored(context: &mut Context<'_>, point: &Point) -> Vec<String> {
    let users = &point.ignore_users;
    let parts = users.len().saturating_mul(USER_PARTS);
    if users.first().is_some_and(|first| !context.affords(parts, first.place)) {
        return Vec::new();
    }
    users.iter().map(|user| user.value.clone()).collect()
}

pub(super) fn ha_settings(
    keys: &HighAvailability,
    peer: NodeId,
    preferred: bool,
    feed_out: SessionId,
    feed_in: SessionId,
) -> HaSettings {
    let heartbeat = &keys.heartbeat;
    HaSettings {
        peer,
        preferred,
        sync_lag: keys.sync_lag.value,
        sync_interval: keys.sync_interval.value,
        keepalive: Keepalive { interval: heartbeat.interval.value, misses: heartbeat.misses.value },
        promotion_hold: keys.promotion_hold.value,
        tentative_hold: None,
        feed_out,
        feed_in,
    }
}

pub(super) fn keepalive(draft: &KeepaliveDraft) -> Keepalive {
    Keepalive { interval: draft.interval.value, misses: draft.misses.value }
}

pub(super) fn announce(draft: &AnnounceDraft) -> Announce {
    Announce {
        interval: draft.interval.value,
        phase: if draft.interval.value.is_zero() { Phase::At(Span::ZERO) } else { draft.phase.value },
        coalesce: draft.coalesce,
        mappings_per_message: draft.mappings_per_message.value,
        backlog_messages_max: draft.backlog_messages.value,
    }
}

/// Where the file says what of a node, its partners aside.
pub(super) fn places(planned: &Planned<'_>) -> NodePlaces {
    let at_key = NodePlaces::at(planned.place);
    let Part::Point(point, _) = &planned.part else { return at_key };
    NodePlaces {
        timeout: point.timeout.place,
        capacity: point.capacity.place,
        ignore_users: point.ignore_users.first().map_or(planned.place, |user| user.place),
        interval: point.announce.interval.place,
        ..at_key
    }
}
