//! Origins: from the drafts of sources to their settings: what a log holds, what a keeper of sessions tells.
//!
//! Knows security events by number. Must not know who reads or learns.

use super::context::Context;
use super::draft::distribution::DistributionDraft;
use super::draft::keeper::{Gateway, Portal, Radius};
use super::draft::node::Reach;
use super::draft::probing::ProbingDraft;
use super::draft::server::{CloudEngine, CloudModeDraft, EDirectory, Exchange, Log, SessionsDraft};
use super::draft::value::{At, Unit};
use super::resolved::Kind;
use crate::engine::{Keepalive, Transport};
use crate::ids::NodeId;
use crate::problem::Place;
use crate::roles::{LogMore, LogSettings, Probed, PushMore, PushSettings, Reconnect};
use crate::units::Span;
use crate::workload::{Classes, Telling};

/// Security events: their numbers, and whether each proves a log-on, a refresh or a log-off. Source: vendor
/// documentation of server monitoring (documented); 4624 is also written for each network log-on of a user who is there.
const EVENTS: [(u16, Classes); 6] = [
    (4_624, Classes { log_ons: true, refreshes: true, log_offs: false }),
    (4_634, Classes { log_ons: false, refreshes: false, log_offs: true }),
    (4_647, Classes { log_ons: false, refreshes: false, log_offs: true }),
    (4_768, Classes { log_ons: true, refreshes: false, log_offs: false }),
    (4_769, Classes { log_ons: false, refreshes: true, log_offs: false }),
    (4_770, Classes { log_ons: false, refreshes: true, log_offs: false }),
];
/// What is read of a log that says which events it has. Source: the same; log-offs are no dependable signal (documented).
const READ: [u16; 4] = [4_624, 4_768, 4_769, 4_770];
/// The event that ends a network session, although the user is still there.
const SESSION_END: u16 = 4_634;

/// A log as any of the drafts describes it.
#[derive(Clone, Copy)]
pub(super) struct LogDraft<'a> {
    log_lag: &'a DistributionDraft,
    query_time: &'a DistributionDraft,
    per_record: Span,
    port: u16,
    holds: bool,
    read_interval: Span,
    events: Option<&'a [At<u16>]>,
    session_length: Option<&'a DistributionDraft>,
    sessions: Option<&'a SessionsDraft>,
    is_sessions: bool,
}

impl<'a> LogDraft<'a> {
    /// One with nothing but what all have: its lag and query time, what a record adds to that, where and how often it is read.
    fn plain(
        (log_lag, query_time): (&'a DistributionDraft, &'a DistributionDraft),
        per_record: &Unit<Span>,
        port: u16,
        read_interval: &Unit<Span>,
    ) -> Self {
        Self {
            log_lag,
            query_time,
            per_record: per_record.value,
            port,
            holds: false,
            read_interval: read_interval.value,
            events: None,
            session_length: None,
            sessions: None,
            is_sessions: false,
        }
    }

    /// A domain controller's security log.
    pub(super) fn of_controller(log: &'a Log) -> Self {
        let port = log.port.as_ref().map_or(log.protocol.port(), |port| port.value);
        Self {
            events: log.events.as_deref(),
            session_length: Some(&log.session_length),
            sessions: log.sessions.as_ref(),
            ..Self::plain(
                (&log.log_lag, &log.query_time),
                &log.query_time_per_record,
                port,
                &log.read_interval,
            )
        }
    }

    /// An Exchange server's log.
    pub(super) fn of_exchange(log: &'a Exchange) -> Self {
        let port = log.port.as_ref().map_or(log.protocol.port(), |port| port.value);
        Self {
            sessions: log.sessions.as_ref(),
            ..Self::plain(
                (&log.log_lag, &log.query_time),
                &log.query_time_per_record,
                port,
                &log.read_interval,
            )
        }
    }

    /// An eDirectory's log-on attributes.
    pub(super) fn of_edirectory(log: &'a EDirectory) -> Self {
        let port = log.port.as_ref().map_or(log.protocol.port(), |port| port.value);
        Self::plain((&log.log_lag, &log.query_time), &log.query_time_per_record, port, &log.read_interval)
    }

    /// A cloud identity engine's mappings.
    pub(super) fn of_engine(log: &'a CloudEngine) -> Self {
        let (times, port) = ((&log.log_lag, &log.query_time), log.port.value);
        let polled = Self::plain(times, &log.query_time_per_record, port, &log.read_interval);
        match log.mode {
            CloudModeDraft::Poll => polled,
            CloudModeDraft::Subscribe => Self { holds: true, read_interval: Span::ZERO, ..polled },
        }
    }

    /// The list of open sessions beside it, if it keeps one.
    pub(super) fn of_sessions(&self) -> Option<Self> {
        let whole = Self { events: None, session_length: None, is_sessions: true, ..*self };
        self.sessions.map(|_| whole)
    }

    /// How often it is read where the reader does not say.
    pub(super) fn read_interval(&self) -> Span {
        self.read_interval
    }

    /// Whether it keeps a list of open sessions.
    pub(super) fn keeps_sessions(&self) -> bool {
        self.sessions.is_some()
    }

    /// What a reader that asks for these events takes; `None`: everything.
    pub(super) fn taken(&self, context: &mut Context<'_>, asked_at: Option<&[At<u16>]>) -> Option<Classes> {
        let asked = match (asked_at, self.events) {
            (Some(asked), _) => numbers(context, asked),
            (None, Some(_)) => READ.to_vec(),
            (None, None) => return None,
        };
        let held = self.events.map(|events| numbers(context, events));
        let both = asked.into_iter().filter(|number| held.as_ref().is_none_or(|held| held.contains(number)));
        let taken = classes(both);
        let place =
            asked_at.or(self.events).and_then(<[_]>::first).map_or_else(Place::default, |event| event.place);
        if taken == Classes::default() {
            let fact = "the reader takes none of the events that the log has";
            context.say("impossible", place, fact, "name an event that both `events` lists have");
        }
        Some(taken)
    }

    /// The settings.
    pub(super) fn settings(&self, context: &mut Context<'_>, reach: &Reach) -> LogSettings {
        let telling = match (self.sessions.filter(|_| self.is_sessions), self.events) {
            (Some(sessions), _) => Telling::Sessions { gap: context.distribution(&sessions.gap) },
            (None, Some(events)) => {
                let numbers = numbers(context, events);
                let length = self.session_length.filter(|_| numbers.contains(&SESSION_END));
                let session_ends = length.map(|length| context.distribution(length));
                Telling::Log { holds: classes(numbers), session_ends }
            }
            (None, None) => Telling::default(),
        };
        LogSettings {
            log_lag: context.distribution(self.log_lag),
            query_time: context.distribution(self.query_time),
            clock_offset_nanos: reach.clock_offset.value.0,
            port: self.port,
            more: LogMore { per_record: self.per_record, holds: self.holds, telling, follows: None },
        }
    }
}

/// The numbers of a list that are events; the others are problems.
fn numbers(context: &mut Context<'_>, events: &[At<u16>]) -> Vec<u16> {
    let mut numbers = Vec::new();
    for event in events {
        if EVENTS.iter().any(|(number, _)| *number == event.value) {
            numbers.push(event.value);
        } else {
            let fact = format!("no security event {} tells where a user is", event.value);
            let known: Vec<String> = EVENTS.iter().map(|(number, _)| number.to_string()).collect();
            context.say("wrong-value", event.place, fact, format!("known events: {}", known.join(", ")));
        }
    }
    numbers
}

/// What events tell of.
fn classes(numbers: impl IntoIterator<Item = u16>) -> Classes {
    numbers.into_iter().fold(Classes::default(), |all, number| {
        let of = EVENTS.iter().find(|(known, _)| *known == number).map_or(0, |(_, of)| of.bits());
        Classes::from_bits(all.bits() | of)
    })
}

/// Who keeps sessions, as typed.
#[derive(Clone, Copy)]
pub(super) enum KeeperDraft<'a> {
    /// Nobody: single things are noticed.
    None,
    /// A GlobalProtect gateway.
    Gateway(&'a Gateway),
    /// A captive portal.
    Portal(&'a Portal),
    /// A bridge from RADIUS accounting.
    Radius(&'a Radius),
}

impl KeeperDraft<'_> {
    /// By what rule it tells of stays.
    pub(super) fn telling(self, context: &mut Context<'_>) -> Telling {
        match self {
            Self::None => Telling::default(),
            Self::Gateway(gateway) => Telling::Gateway {
                login_lifetime: gateway.login_lifetime.value,
                inactivity: gateway.inactivity.value,
                check: gateway.check.value,
                log_out: gateway.log_out.value,
                again: context.distribution(&gateway.again),
            },
            Self::Portal(portal) => Telling::Portal {
                idle: portal.idle.value,
                session: portal.session.value,
                again: context.distribution(&portal.again),
            },
            Self::Radius(radius) => {
                Telling::Radius { interim: radius.interim.value, stop_missing: radius.stop_missing.value }
            }
        }
    }

    /// How long the learner keeps what it tells, where not by its own timeout.
    pub(super) fn lifetime(self) -> Option<Option<Span>> {
        match self {
            Self::None | Self::Radius(_) => None,
            Self::Gateway(gateway) => Some(gateway.lifetime.value.0),
            Self::Portal(portal) => Some(portal.lifetime.value.0),
        }
    }
}

/// The computers that `agent` probes.
pub(super) fn probed(
    context: &mut Context<'_>,
    agent: NodeId,
    draft: &ProbingDraft,
    (reconnect, keepalive): (Reconnect, Keepalive),
) -> PushSettings {
    let probed = Probed {
        interval: draft.interval.value,
        port: draft.port.value,
        answer: context.distribution(&draft.answer),
        no_answer: draft.no_answer.value,
        at_once: draft.at_once.value,
    };
    PushSettings {
        transport: Transport::Tcp,
        learners: vec![agent],
        port: draft.port.value,
        clock_offset_nanos: 0,
        buffer_records_max: 0,
        reconnect,
        keepalive,
        manner: None,
        more: PushMore { probed: Some(probed), ..PushMore::default() },
    }
}

/// What is called so that stands beside the node of this name.
pub(super) fn companion(name: &str, kind: Kind) -> String {
    let end = match kind {
        Kind::Clients => "clients",
        Kind::SessionTable => "sessions",
        other => unreachable!("{other:?} stands alone"),
    };
    format!("{name}:{end}")
}
