//! Settings of the cast, as the topology resolves them. Every one is spelled by the caller; the
//! defaults, their sources and how sure they are stand in `topology/draft`.

use std::sync::Arc;

use ipnet::IpNet;

use super::{Hindrance, Manner};
use crate::engine::{Keepalive, Transport};
use crate::ids::{NodeId, SessionId};
use crate::mapping::{Conflict, DataType, DataTypes};
use crate::random::{Distribution, Stream};
use crate::units::{Instant, Span};
use crate::workload::{Classes, LedgerSpec, Telling};

/// A source whose log is polled (domain controller).
#[derive(Clone, Debug, PartialEq)]
pub struct LogSettings {
    /// From the event until its record can be read; records keep their order.
    pub log_lag: Distribution,
    /// From the instant a query reads the log until its answer leaves.
    pub query_time: Distribution,
    /// How far the source's clock is ahead. Units: nanoseconds, negative when behind.
    pub clock_offset_nanos: i64,
    /// The port its learners dial.
    pub port: u16,
    /// What only some logs do.
    pub more: LogMore,
}

/// A source that pushes what it notices.
#[derive(Clone, Debug, PartialEq)]
pub struct PushSettings {
    /// How its messages are carried.
    pub transport: Transport,
    /// The learners it may push to, in order: the first that answers is used (TCP), or simply the first (UDP).
    pub learners: Vec<NodeId>,
    /// The port it dials.
    pub port: u16,
    /// How far its clock is ahead. Units: nanoseconds, negative when behind.
    pub clock_offset_nanos: i64,
    /// Records kept while no learner is connected (TCP); more are lost to the queue.
    pub buffer_records_max: u32,
    /// When it dials again.
    pub reconnect: Reconnect,
    /// How it notices a dead learner (TCP).
    pub keepalive: Keepalive,
    /// How it speaks; `None`: in records of the simulator's own, each at once.
    pub manner: Option<Arc<Manner>>,
    /// What only some sources do.
    pub more: PushMore,
}

/// When a client dials again after a session ended: `first`, doubling to `max`, each stretched by a
/// uniform share up to `jitter_percent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The first wait.
    pub first: Span,
    /// The longest wait, before jitter.
    pub max: Span,
    /// Percent of the wait that may be added.
    pub jitter_percent: u32,
    /// How long a dial may go unanswered.
    pub connect_timeout: Span,
}

/// Where a node's send ticks lie on the grid of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// At this offset.
    At(Span),
    /// Drawn once, uniformly, from the node's own stream.
    Drawn,
}

impl Phase {
    /// The offset on the grid of `interval`; drawn where it is to be.
    pub(super) fn within(self, interval: Span, stream: &mut Stream) -> Span {
        match self {
            Self::At(span) => span,
            Self::Drawn if interval.is_zero() => Span::ZERO,
            Self::Drawn => Span::from_nanos(stream.below(interval.nanos())),
        }
    }
}

/// One log that a learner polls.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The source.
    pub source: NodeId,
    /// From the end of one query to the start of the next.
    pub interval: Span,
    /// The first query starts here after the start or a (re)connect.
    pub phase: Phase,
    /// Records read at the first connect, the newest ones, none older than the reader's own timeout.
    pub history_records_max: u64,
    /// Members of the collector group before the reader: it reads only while none of them lives.
    pub standby_after: Vec<NodeId>,
    /// The only records that it takes; `None`: all.
    pub takes: Option<Classes>,
}

/// Sending to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announce {
    /// The send tick; zero: at once.
    pub interval: Span,
    /// Where the ticks lie.
    pub phase: Phase,
    /// Whether of several updates of one address in a tick only the last is sent.
    pub coalesce: bool,
    /// Mappings in one message.
    pub mappings_per_message: u32,
    /// Messages that may wait in one session before it is reset.
    pub backlog_messages_max: u32,
}

/// Everything that has a user table: agent, collector, Panorama, hub, firewall.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSettings {
    /// How long an entry lives without a refresh; `None`: for ever.
    pub timeout: Option<Span>,
    /// Sources whose entries live otherwise where this node learns them itself: an XML API client that says how long.
    /// Nodes further on age what they are told by their own timeouts.
    pub lifetimes: Vec<(NodeId, Option<Span>)>,
    /// How many addresses the table holds.
    pub capacity: u64,
    /// Which of two mappings of an address wins.
    pub conflict: Conflict,
    /// Whether an identical version that arrives again restarts the timer.
    pub resync_restarts_timer: bool,
    /// Users whose records this node ignores where it is the first learner; `*` stands for any text.
    pub ignore_users: Vec<String>,
    /// The logs it polls.
    pub reads: Vec<Read>,
    /// Sending to clients.
    pub announce: Announce,
    /// How it notices a dead peer.
    pub keepalive: Keepalive,
    /// When it dials again.
    pub reconnect: Reconnect,
    /// Whether it enforces policy, so that the report has a row for it.
    pub enforces: bool,
    /// The addresses whose users cross it; empty: all.
    pub scope: Vec<IpNet>,
    /// Its place in an HA pair.
    pub ha: Option<HaSettings>,
}

/// A member's view of its HA pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaSettings {
    /// The other member.
    pub peer: NodeId,
    /// Whether this member is active at the start, and stays so when both are.
    pub preferred: bool,
    /// From an entry's arrival (or the next point of `sync_interval`'s grid) until it is sent to the peer.
    pub sync_lag: Span,
    /// Entries are gathered on this grid; zero: not gathered.
    pub sync_interval: Span,
    /// HA1 heartbeats.
    pub keepalive: Keepalive,
    /// From the peer's death to taking over.
    pub promotion_hold: Span,
    /// How long a member that returns enforces nothing in an active/active pair, where both enforce; `None`: an
    /// active/passive one.
    pub tentative_hold: Option<Span>,
    /// The feed from this member to the peer.
    pub feed_out: SessionId,
    /// The feed from the peer to this member.
    pub feed_in: SessionId,
}

/// How a session's deltas come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The client asks, from the end of one answer to the next question.
    Poll {
        /// That time.
        interval: Span,
    },
    /// The upstream sends at its tick.
    Push,
}

/// What a session carries entries for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// From the enforcing member of an HA pair to the other, over HA1.
    HighAvailability,
    /// From an upstream to a client, port 5007: IP-user mappings and nothing else.
    Redistribution,
    /// The same, of these data types.
    Typed(DataTypes),
}

impl Feed {
    /// Whether it is a redistribution session.
    #[must_use]
    pub fn is_session(self) -> bool {
        self != Self::HighAvailability
    }

    /// Whether it carries data of a type.
    #[must_use]
    pub fn carries(self, one: DataType) -> bool {
        match self {
            Self::HighAvailability | Self::Redistribution => one == DataType::IpUser,
            Self::Typed(types) => types.holds(one),
        }
    }

    /// Whether it is a session that carries IP-user mappings.
    #[must_use]
    pub fn redistributes_mappings(self) -> bool {
        self.is_session() && self.carries(DataType::IpUser)
    }
}

/// What must be so for a session to come about, beside links and ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    /// Why the two ends never know each other.
    pub mismatch: Option<Hindrance>,
    /// When the first certificate expires that only one of the two ends has; what stands by then goes on.
    pub valid_until: Option<Instant>,
    /// Round trips of the TLS handshake, after that of TCP.
    pub tls_round_trips: u32,
    /// Whether the client names the upstream by host name, so that each dial asks for it.
    pub by_host_name: bool,
    /// Another upstream of the client, without which alone it dials this one.
    pub backup_of: Option<NodeId>,
}

/// One configured session. An HA pair has two, one per direction, of which one is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSettings {
    /// Who dials and receives.
    pub client: NodeId,
    /// Who is dialled and sends.
    pub upstream: NodeId,
    /// What it is for.
    pub feed: Feed,
    /// The port dialled.
    pub port: u16,
    /// How deltas come.
    pub mode: Mode,
    /// A tick of its own on the upstream's interval; `None`: the upstream's tick.
    pub phase: Option<Phase>,
    /// Only these networks; empty: all.
    pub include: Vec<IpNet>,
    /// Not these networks.
    pub exclude: Vec<IpNet>,
    /// Members of the collector group before the client: it dials only while none of them lives.
    pub standby_after: Vec<NodeId>,
    /// What must be so for it to come about.
    pub joining: Joining,
}

impl SessionSettings {
    /// One that pushes everything at its upstream's tick, and joins without a word.
    #[must_use]
    pub fn plain(client: NodeId, upstream: NodeId, feed: Feed, port: u16) -> Self {
        Self {
            client,
            upstream,
            feed,
            port,
            mode: Mode::Push,
            phase: None,
            include: Vec::new(),
            exclude: Vec::new(),
            standby_after: Vec::new(),
            joining: Joining::default(),
        }
    }
}

/// What only some logs do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogMore {
    /// What each record in an answer adds to the query's time.
    pub per_record: Span,
    /// Whether a query is held until there is something to tell.
    pub holds: bool,
    /// By what rule it tells of stays.
    pub telling: Telling,
    /// The numbered changes that it keeps instead of records, and who reads them.
    pub follows: Option<Follows>,
}

/// A directory's or terminal server's changes and their readers.
#[derive(Clone, Debug, PartialEq)]
pub struct Follows {
    /// What changes.
    pub spec: LedgerSpec,
    /// Who reads it: from an answer to the next question, and when first.
    pub readers: Vec<(NodeId, Span, Phase)>,
}

/// What only some pushing sources do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PushMore {
    /// By what rule it tells of stays.
    pub telling: Telling,
    /// The computers that its one learner probes: it tells what it is asked.
    pub probed: Option<Probed>,
}

/// How the computers behind addresses are probed.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// From one probe of an address to the next.
    pub interval: Span,
    /// The port that is probed.
    pub port: u16,
    /// Until a computer with a user has answered.
    pub answer: Distribution,
    /// Until an address without a user is taken for such.
    pub no_answer: Span,
    /// Questions that may be open at once.
    pub at_once: u32,
}
