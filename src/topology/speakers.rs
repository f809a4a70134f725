//! Speakers: from drafts of sources to what they tell, to whom and in which texts.
//!
//! Knows templates, profiles and learners. Must not know how a text is carried.

use std::sync::Arc;

use super::cast::Cast;
use super::draft::node::{KeepaliveDraft, Push, Reach, ReconnectDraft};
use super::draft::speaker::{
    NacDraft, SyslogDraft, SyslogFormatDraft, SyslogTransportDraft, TransportDraft, XmlApiDraft,
};
use super::draft::value::At;
use super::expand::Planned;
use super::profiles;
use super::resolved::Role;
use super::settings::keepalive;
use crate::engine::Transport;
use crate::formats::{LINE_BYTES_MAX, Leef};
use crate::ids::NodeId;
use crate::ports;
use crate::roles::{Export, Manner, PushMore, PushSettings};
use crate::units::Span;
use crate::wire::{Speech, SyslogFormat, SyslogSpeech, fill};

/// What templates may have filled in.
const PLACEHOLDERS: [&str; 3] = ["{account}", "{address}", "{user}"];

impl Cast<'_, '_> {
    fn learners(&mut self, id: NodeId, to: Option<&Vec<At<String>>>, planned: &Planned<'_>) -> Vec<NodeId> {
        let mut learners = Vec::new();
        for name in to.into_iter().flatten() {
            for learner in self.refer(name, &planned.vars, true).iter() {
                self.talk(id, *learner, name.place);
                learners.push(*learner);
            }
        }
        learners
    }

    /// What every pushing source has: its line to its learners, its clock, its buffer and timers, how it speaks.
    fn pusher(
        &mut self,
        (transport, port, learners): (Transport, u16, Vec<NodeId>),
        reach: &Reach,
        (buffer, reconnect, alive): (&At<u32>, &ReconnectDraft, &KeepaliveDraft),
        manner: Option<Manner>,
    ) -> PushSettings {
        PushSettings {
            transport,
            learners,
            port,
            clock_offset_nanos: reach.clock_offset.value.0,
            buffer_records_max: buffer.value,
            reconnect: self.reconnect(reconnect),
            keepalive: keepalive(alive),
            manner: manner.map(Arc::new),
            more: PushMore::default(),
        }
    }

    pub(super) fn push(
        &mut self,
        id: NodeId,
        push: &Push,
        reach: &Reach,
        planned: &Planned<'_>,
    ) -> PushSettings {
        let transport = match push.transport {
            TransportDraft::Tcp => Transport::Tcp,
            TransportDraft::Udp => Transport::Udp,
        };
        let learners = self.learners(id, push.to.as_ref(), planned);
        let line = (transport, push.port.value, learners);
        self.pusher(line, reach, (&push.buffer_records, &push.reconnect, &push.keepalive), None)
    }

    pub(super) fn syslog(
        &mut self,
        id: NodeId,
        draft: &SyslogDraft,
        reach: &Reach,
        planned: &Planned<'_>,
    ) -> PushSettings {
        let by_transport = match draft.transport {
            SyslogTransportDraft::Tls => ports::SYSLOG_TLS,
            SyslogTransportDraft::Tcp | SyslogTransportDraft::Udp => ports::SYSLOG,
        };
        let is_leef = draft.format == SyslogFormatDraft::Leef;
        let speech = SyslogSpeech {
            format: match draft.format {
                SyslogFormatDraft::Leef | SyslogFormatDraft::Rfc3164 => SyslogFormat::Rfc3164,
                SyslogFormatDraft::Rfc5424 => SyslogFormat::Rfc5424,
            },
            host: planned.name.clone(),
            login: self.template(draft.login.as_ref(), is_leef).unwrap_or_default(),
            logout: self.template(draft.logout.as_ref(), is_leef),
            profiles: profiles::named(self.context, draft.profiles.as_deref().unwrap_or_default()),
            line_bytes_max: draft.line_bytes.value as usize,
            start: self.start,
        };
        let manner = Manner {
            speech: Speech::Syslog(Arc::new(speech)),
            batch: 1,
            every: Span::ZERO,
            export: None,
            lifetime: None,
            tls_round_trips: draft.tls_round_trips.value,
        };
        let transport = match draft.transport {
            SyslogTransportDraft::Tcp | SyslogTransportDraft::Tls => Transport::Tcp,
            SyslogTransportDraft::Udp => Transport::Udp,
        };
        if let At { value: 1.., place } = draft.tls_round_trips
            && draft.transport != SyslogTransportDraft::Tls
        {
            let fact = "there is no TLS handshake without `transport: tls`";
            self.context.say("impossible", place, fact, "write `transport: tls`, or leave the key out");
        }
        let port = draft.port.as_ref().map_or(by_transport, |port| port.value);
        let line = (transport, port, self.learners(id, draft.to.as_ref(), planned));
        self.pusher(line, reach, (&draft.buffer_records, &draft.reconnect, &draft.keepalive), Some(manner))
    }

    pub(super) fn xml_api(
        &mut self,
        id: NodeId,
        draft: &XmlApiDraft,
        reach: &Reach,
        planned: &Planned<'_>,
    ) -> PushSettings {
        let timeout = draft.timeout.as_ref().map(|timeout| timeout.value);
        let manner = Manner {
            speech: Speech::UidMessage { timeout_minutes: timeout },
            batch: draft.batch.value,
            every: draft.every.value,
            export: None,
            lifetime: timeout.map(lifetime),
            tls_round_trips: draft.tls_round_trips.value,
        };
        let line = (Transport::Tcp, draft.port.value, self.learners(id, draft.to.as_ref(), planned));
        self.pusher(line, reach, (&draft.buffer_records, &draft.reconnect, &draft.keepalive), Some(manner))
    }

    pub(super) fn nac(
        &mut self,
        id: NodeId,
        draft: &NacDraft,
        reach: &Reach,
        planned: &Planned<'_>,
    ) -> PushSettings {
        let timeout = draft.timeout.as_ref().map(|timeout| timeout.value);
        let manner = Manner {
            speech: Speech::UidMessage { timeout_minutes: timeout },
            batch: draft.batch.value,
            every: Span::ZERO,
            export: Some(Export { interval: draft.interval.value, window: draft.window.value }),
            lifetime: timeout.map(lifetime),
            tls_round_trips: 0,
        };
        let line = (Transport::Tcp, draft.port.value, self.learners(id, draft.to.as_ref(), planned));
        self.pusher(line, reach, (&draft.buffer_records, &draft.reconnect, &draft.keepalive), Some(manner))
    }

    /// A template whose placeholders are known; of LEEF, one that is an event.
    fn template(&mut self, draft: Option<&At<String>>, is_leef: bool) -> Option<String> {
        let At { value, place } = draft?;
        let mut wrong = |fact: String, hint: &str| self.context.say("wrong-value", *place, fact, hint);
        let bare = PLACEHOLDERS.iter().fold(value.clone(), |text, placeholder| text.replace(placeholder, ""));
        if bare.contains(['{', '}']) {
            let fact = "the message has a placeholder that is unknown".to_owned();
            wrong(fact, "known are {account}, {address} and {user}");
        }
        if value.len() > LINE_BYTES_MAX {
            wrong(format!("the message has {} bytes, more than {LINE_BYTES_MAX}", value.len()), "");
        }
        if is_leef && let Err(why) = Leef::read(&fill(value, "user", "10.0.0.1")) {
            wrong(
                format!("the message is no LEEF event: {why}"),
                "LEEF:1.0|vendor|product|version|event|key=value",
            );
        }
        Some(value.clone())
    }
}

/// How long a login lives that says so many minutes.
fn lifetime(minutes: u32) -> Option<Span> {
    (minutes > 0).then(|| Span::from_seconds(u64::from(minutes) * 60))
}

/// Tells every learner how long what a source tells it lives there.
pub(super) fn tell_lifetimes(roles: &mut [Role]) {
    let mut told = Vec::new();
    for (index, role) in roles.iter().enumerate() {
        let Role::Push(push) = role else { continue };
        let Some(lifetime) = push.manner.as_ref().and_then(|manner| manner.lifetime) else { continue };
        told.extend(push.learners.iter().map(|learner| (*learner, NodeId::new(index), lifetime)));
    }
    for (learner, source, lifetime) in told {
        if let Role::Point(point) = &mut roles[learner.index()] {
            point.lifetimes.push((source, lifetime));
        }
    }
}
