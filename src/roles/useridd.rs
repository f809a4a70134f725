//! The User-ID service (PAN-OS calls its process `useridd`): a table, and the sessions that feed and drain it.
//!
//! Agent, collector, Panorama, hub and firewall are the same machine with different settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::birth::Birth;
use super::data::DataDesk;
use super::follower::{Followed, Follower};
use super::pair::Pair;
use super::prober::Prober;
use super::reader::Reader;
use super::role::{Out, Timer};
use super::server::Server;
use super::standby::Standby;
use super::threats::ThreatLog;
use super::upstream::Upstream;
use super::{EdgeState, Note, PointSettings};
use crate::engine::{Change, Frame, Order};
use crate::ids::{ConnId, NodeId};
use crate::mapping::{Lifetimes, Mapping, Outcome, ROUTE_MAX, Rules, Table};
use crate::units::Instant;
use crate::wire::{Codec, Decoded, Message, holds_mappings};

/// Mappings whose slots are fetched together before they are merged.
const WARMED: usize = 64;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Accepted, and has not said anything yet; a standby's watch never does.
    Accepted,
    /// A client that named itself.
    Client(usize),
    /// The computers that it probes.
    Clients,
    /// A directory or terminal server.
    Ledger(usize),
    /// HA1.
    Pair,
    /// A log.
    Reader(usize),
    /// An upstream.
    Upstream(usize),
    /// An earlier member of the collector group.
    Watch(usize),
}

/// A node with a user table.
#[derive(Debug)]
pub struct Useridd {
    pub(super) id: NodeId,
    pub(super) settings: PointSettings,
    pub(super) codec: Codec,
    pub(super) table: Table,
    pub(super) conns: BTreeMap<ConnId, Purpose>,
    pub(super) server: Server,
    pub(super) upstreams: Vec<Upstream>,
    pub(super) readers: Vec<Reader>,
    pub(super) standby: Standby,
    pub(super) pair: Option<Pair>,
    pub(super) data: DataDesk,
    pub(super) threats: ThreatLog,
    pub(super) prober: Option<Prober>,
    pub(super) followers: Vec<Follower>,
    expiry_armed: Instant,
    loaded: Arc<[Mapping]>,
    keeps_table: bool,
}

impl Useridd {
    /// The node, before it starts.
    #[must_use]
    pub fn new(birth: Birth<'_>) -> Self {
        let Birth { id, names, log_ports, settings, sessions, codec, seed, keeps_table, .. } = birth;
        let loaded = if keeps_table { birth.loaded } else { Arc::from([]) };
        let name = names[id.index()].as_str();
        let upstreams: Vec<Upstream> = birth
            .fed_by
            .iter()
            .map(|position| {
                let session = &sessions[*position];
                let purpose = format!("redial/{}", names[session.upstream.index()]);
                Upstream::new(session.clone(), settings.reconnect, seed.stream(name, &purpose))
            })
            .collect();
        let readers: Vec<Reader> = settings
            .reads
            .iter()
            .map(|read| {
                let purpose = format!("read/{}", names[read.source.index()]);
                Reader::new(
                    read.clone(),
                    log_ports[read.source.index()],
                    settings.reconnect,
                    seed.stream(name, &purpose),
                )
            })
            .collect();
        let data = DataDesk::new(birth.feeds.len());
        let threats = ThreatLog::new(id, birth.threats, birth.engines);
        let clients = birth.feeds.iter().map(|position| sessions[*position].clone());
        let server = Server::new(clients.collect(), settings.announce, seed.stream(name, "announce/phase"));
        let members = upstreams.iter().flat_map(|u| u.session.standby_after.iter());
        let members = members.chain(readers.iter().flat_map(|r| r.read.standby_after.iter())).copied();
        let standby = Standby::new(members.collect(), settings.reconnect);
        let pair = settings.ha.clone().map(Pair::new);
        let follower = |followed: Followed| {
            let stream = seed.stream(name, &format!("follow/{}", names[followed.ledger.index()]));
            Follower::new(followed, settings.reconnect, stream)
        };
        let followers = birth.followed.into_iter().map(follower).collect();
        let table = table(id, &settings);
        Self {
            id,
            table,
            settings,
            codec,
            conns: BTreeMap::new(),
            server,
            upstreams,
            readers,
            standby,
            pair,
            data,
            threats,
            followers,
            prober: birth.probed.map(|(clients, how, addresses)| Prober::new(clients, how, addresses)),
            expiry_armed: Instant::NEVER,
            loaded,
            keeps_table,
        }
    }

    /// Its names are those that `nobody` has from now on, and its table is empty.
    pub(super) fn retire(&mut self, nobody: &Codec) {
        self.codec = nobody.clone();
        self.table = table(self.id, &self.settings);
    }

    /// How many entries its journal keeps for clients that lag.
    #[must_use]
    pub fn journal_len(&self) -> usize {
        self.server.journal.len()
    }

    /// Frames of mappings that it has written into bytes for its clients, each counted once for all that got it.
    #[must_use]
    pub fn frames_encoded(&self) -> u64 {
        self.server.frames_encoded
    }

    pub(super) fn on_start(&mut self, now: Instant, out: &mut Out) {
        if !self.loaded.is_empty() {
            let loaded = std::mem::replace(&mut self.loaded, Arc::from([]));
            let outcomes = loaded.iter().map(|mapping| self.table.merge(now, mapping)).collect();
            out.note(Note::Merged { from: None, segment: loaded, outcomes });
        }
        self.begin_pair(now, true, out);
        self.watch_members(out);
        self.follow_wants(out);
        self.begin_probing(now, out);
        self.begin_following(out);
        self.arm_expiry(now, out);
        self.begin_threats(now, out);
    }

    pub(super) fn on_order(&mut self, now: Instant, order: Order, out: &mut Out) {
        match order {
            Order::Crash { keeps_memory } => self.crash(keeps_memory, out),
            Order::Restart => {
                self.expire(now, out);
                self.begin_pair(now, false, out);
                self.watch_members(out);
                self.follow_wants(out);
                self.end_data(now, out);
                self.begin_threats(now, out);
                self.begin_probing(now, out);
                self.begin_following(out);
            }
            Order::Reset => self.reset_upstreams(now, out),
            Order::Resume => self.resume(now, out),
            Order::Suspend => self.suspend(out),
        }
    }

    fn crash(&mut self, keeps_memory: bool, out: &mut Out) {
        self.conns.clear();
        self.server.crash(self.id, out);
        self.data.crash(keeps_memory);
        for reader in &mut self.readers {
            let state = if reader.is_wanted == Some(true) { EdgeState::Down } else { EdgeState::Idle };
            reader.crash(keeps_memory);
            out.note(Note::Edge { from: reader.read.source, to: self.id, state });
        }
        for upstream in &mut self.upstreams {
            upstream.crash();
        }
        if let Some(prober) = &mut self.prober {
            prober.crash(self.id, out);
        }
        self.followers.iter_mut().for_each(|follower| follower.crash(keeps_memory));
        self.standby.crash();
        self.crash_pair();
        self.expiry_armed = Instant::NEVER;
        if !keeps_memory {
            self.table = table(self.id, &self.settings);
        }
    }

    pub(super) fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Out) {
        if let Change::Accepted { from, port } = change {
            let purpose = if self.is_pair_port(from, port) { Purpose::Pair } else { Purpose::Accepted };
            self.conns.insert(conn, purpose);
            if purpose == Purpose::Pair {
                self.pair_connected(conn, out);
            }
            return;
        }
        let ends = matches!(change, Change::Closed(_) | Change::Failed(_));
        let purpose = if ends { self.conns.remove(&conn) } else { self.conns.get(&conn).copied() };
        if let (Change::Failed(why), Some(purpose)) = (change, purpose) {
            self.tell_hindrance(purpose, why, out);
        }
        match (purpose, ends) {
            (None | Some(Purpose::Accepted), _) => {}
            (Some(Purpose::Client(index)), _) => self.client_left(index, conn, out),
            (Some(Purpose::Clients), ended) => self.clients_changed(now, conn, !ended, out),
            (Some(Purpose::Ledger(index)), ended) => self.ledger_changed(now, index, conn, !ended, out),
            (Some(Purpose::Pair), false) => self.pair_connected(conn, out),
            (Some(Purpose::Pair), true) => self.pair_disconnected(now, conn, out),
            (Some(Purpose::Reader(index)), false) => self.reader_connected(now, index, conn, out),
            (Some(Purpose::Reader(index)), true) => self.reader_disconnected(now, index, conn, out),
            (Some(Purpose::Upstream(index)), false) => self.upstream_connected(index, conn, out),
            (Some(Purpose::Upstream(index)), true) => self.upstream_left(now, index, conn, out),
            (Some(Purpose::Watch(index)), up) => self.member_changed(now, index, !up, out),
        }
    }

    pub(super) fn on_frame(&mut self, now: Instant, conn: ConnId, frame: &Frame<Decoded>, out: &mut Out) {
        let purpose = self.conns.get(&conn).copied();
        if let Some(Purpose::Upstream(index)) = purpose.filter(|_| !self.keeps_table && holds_mappings(frame))
        {
            self.upstream_told(now, index, conn, out);
            return;
        }
        let decoded = frame.memo();
        for message in &decoded.messages {
            match (message, purpose) {
                (Message::Hello { node }, Some(Purpose::Accepted)) => self.greet(now, conn, *node, out),
                (Message::HelloReply { .. }, Some(Purpose::Upstream(index))) => {
                    self.ask_for_all(index, conn, out)
                }
                (Message::SetFilter { include, exclude }, _) => self.set_filter(conn, include, exclude, out),
                (Message::GetAll, _) => self.all_asked(now, conn, out),
                (Message::Poll, _) => self.polled(now, conn, out),
                (Message::SetTypes(types), _) => self.set_types(conn, *types, out),
                (Message::Data { data, .. }, Some(purpose)) => self.data_came(now, conn, purpose, data, out),
                (Message::PairState(state), Some(Purpose::Pair)) => self.peer_says(*state, out),
                _ => {}
            }
        }
        if let Some(from) = decoded.records_from() {
            self.learn_records(now, from, decoded, out);
        }
        match (decoded.messages.first(), purpose) {
            (Some(Message::Mappings { .. }), Some(Purpose::Upstream(index))) => {
                let from = self.upstreams[index].session.upstream;
                self.learn(now, from, decoded.mappings.clone(), true, out);
                self.upstream_told(now, index, conn, out);
            }
            (Some(Message::Mappings { .. }), Some(Purpose::Pair)) => {
                let from = self.pair.as_ref().expect("HA1 belongs to a pair").settings.peer;
                self.learn(now, from, decoded.mappings.clone(), false, out);
            }
            (Some(Message::Told { next_position }), Some(Purpose::Ledger(index))) => {
                self.ledger_told(now, index, conn, *next_position, out);
            }
            (Some(Message::Records { .. }), Some(Purpose::Clients)) => self.probe_answered(),
            (Some(Message::Records { next_position, .. }), Some(Purpose::Reader(index))) => {
                self.log_answered(now, index, conn, *next_position, out);
            }
            _ => {}
        }
    }

    /// A mapping that has been here already, or would make a hop too many.
    fn has_crossed(&self, mapping: &Mapping) -> Option<Outcome> {
        let route = mapping.route.nodes();
        let crossed = mapping.origin == self.id || route.contains(&self.id) || route.len() > ROUTE_MAX;
        crossed.then_some(Outcome::Hops)
    }

    /// Mappings from another node; `checks_route` on redistribution sessions.
    fn learn(
        &mut self,
        now: Instant,
        from: NodeId,
        segment: Arc<[Mapping]>,
        checks_route: bool,
        out: &mut Out,
    ) {
        let refusal = if checks_route { Self::has_crossed } else { |_: &Self, _: &Mapping| None };
        self.merge(now, from, segment, refusal, out);
    }

    pub(super) fn merge(
        &mut self,
        now: Instant,
        from: NodeId,
        segment: Arc<[Mapping]>,
        refusal: impl Fn(&Self, &Mapping) -> Option<Outcome>,
        out: &mut Out,
    ) {
        if segment.is_empty() {
            return;
        }
        let mut outcomes = Vec::with_capacity(segment.len());
        for some in segment.chunks(WARMED) {
            self.table.warm(some);
            for mapping in some {
                let outcome = refusal(self, mapping).unwrap_or_else(|| self.table.merge(now, mapping));
                if outcome == Outcome::Applied {
                    self.server.journal.append(*mapping);
                }
                outcomes.push(outcome);
            }
        }
        let applied = outcomes.contains(&Outcome::Applied);
        out.note(Note::Merged { from: Some(from), segment, outcomes });
        self.arm_expiry(now, out);
        if applied {
            self.announce(now, out);
            self.arm_sync(now, out);
        }
    }

    /// One timer a node: for its earliest expiry, after everything else of that instant.
    fn arm_expiry(&mut self, now: Instant, out: &mut Out) {
        if let Some(at) = self.table.next_expiry().filter(|at| *at < self.expiry_armed) {
            self.expiry_armed = at.max(now);
            out.arm_last(self.expiry_armed, Timer::Expire);
        }
    }

    fn expire(&mut self, now: Instant, out: &mut Out) {
        self.expiry_armed = Instant::NEVER;
        let gone = self.table.expire(now);
        if !gone.is_empty() {
            out.note(Note::Expired(gone));
        }
        self.arm_expiry(now, out);
    }
}

pub(super) fn on_timer(point: &mut Useridd, now: Instant, timer: Timer, out: &mut Out) {
    match timer {
        Timer::ClientPoll { index, conn } => point.ask_for_news(index, conn, out),
        Timer::Expire => point.expire(now, out),
        Timer::EndData => point.end_data(now, out),
        Timer::OwnTick { index } => point.own_tick(now, index, out),
        Timer::Promote { generation } => point.promote(generation, out),
        Timer::Ask { index, conn } => point.ask(index, conn, out),
        Timer::Follow { index } => point.dial_ledger(index, out),
        Timer::Probe { sequence } => point.probe(now, sequence, out),
        Timer::Query { index, conn } => point.query(now, index, conn, out),
        Timer::Redial { index } => point.redial(index, out),
        Timer::Sync => point.sync(now, out),
        Timer::Threat => point.log_threats(now, out),
        Timer::Tentative { generation } => point.end_tentative(generation, out),
        Timer::Tick => point.tick(now, out),
        Timer::Answer { .. } | Timer::Flush | Timer::Notice | Timer::React { .. } | Timer::Readable => {
            unreachable!("only sources arm {timer:?}")
        }
    }
}

/// An empty table with the settings of node `id`.
fn table(id: NodeId, settings: &PointSettings) -> Table {
    let rules = Rules {
        capacity: settings.capacity,
        conflict: settings.conflict,
        duplicate_restarts_timer: settings.resync_restarts_timer,
    };
    Table::new(rules, Lifetimes::new(id, settings.timeout, &settings.lifetimes))
}

/// Whether `pattern` means `text`; `*` stands for any text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|skip| rest.is_char_boundary(skip) && matches(tail, &rest[skip..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("svc-*", "svc-backup", true),
            ("corp\\svc-*", "corp\\svc-", true),
            ("*\\svc-*", "corp\\svc-1", true),
            ("svc", "svc-1", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
