//! The upstream's side of redistribution sessions: one journal, one tick, one encoding for all who wait for the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;

use super::data::Told;
use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::volleys::Volleys;
use super::{Announce, EdgeState, Mode, Note, Phase, SessionSettings, Withholding};
use crate::engine::Frame;
use crate::ids::{ConnId, NodeId};
use crate::mapping::{DataType, Journal, Mapping};
use crate::random::Stream;
use crate::units::{Instant, Span};
use crate::wire::{Codec, Decoded, Message};

/// How far a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not connected, or has not asked for anything.
    Away,
    /// Has its table; wants the journal from this position on.
    Following(u64),
    /// Waits for a full table.
    Waiting,
}

/// One client of this node.
#[derive(Debug)]
struct Client {
    session: SessionSettings,
    conn: Option<ConnId>,
    stage: Stage,
    include: Vec<IpNet>,
    exclude: Vec<IpNet>,
    own_tick_armed: bool,
}

impl Client {
    fn wants(&self, codec: &Codec, mapping: &Mapping) -> bool {
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let address = codec.address(mapping.address);
        let included = self.include.is_empty() || self.include.iter().any(|net| net.contains(&address));
        included && !self.exclude.iter().any(|net| net.contains(&address))
    }
}

/// What is written for all clients that wait for the same.
struct Written {
    stage: Stage,
    include: Vec<IpNet>,
    exclude: Vec<IpNet>,
    frame: Option<Arc<Frame<Decoded>>>,
    coalesced: Vec<(NodeId, u64)>,
    filtered: Vec<(NodeId, u64)>,
}

/// All clients of this node, and what it has to tell them.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) journal: Journal<Mapping>,
    /// How far the pair's other member is.
    pub(super) peer_position: Option<u64>,
    clients: Vec<Client>,
    /// Which client a node is.
    of_node: BTreeMap<NodeId, usize>,
    /// The clients with ticks of their own.
    own_ticks: Vec<usize>,
    /// How many clients follow the journal.
    following: usize,
    /// Whether a position may have changed since the journal was last trimmed.
    is_untrimmed: bool,
    announce: Announce,
    phase: Span,
    tick_armed: bool,
    volleys: Volleys,
    /// Frames of mappings written into bytes, however many clients they went to.
    pub(super) frames_encoded: u64,
}

impl Server {
    pub(super) fn new(sessions: Vec<SessionSettings>, announce: Announce, mut stream: Stream) -> Self {
        let phase = announce.phase.offset(announce.interval, &mut stream);
        let client = |session: SessionSettings| Client {
            session,
            conn: None,
            stage: Stage::Away,
            include: Vec::new(),
            exclude: Vec::new(),
            own_tick_armed: false,
        };
        let clients: Vec<Client> = sessions.into_iter().map(client).collect();
        let numbered = || clients.iter().enumerate();
        // Of two sessions of one client the first counts, so it is put in last.
        let of_node = numbered().rev().map(|(index, client)| (client.session.client, index)).collect();
        let own_ticks = numbered().filter(|(_, c)| c.session.phase.is_some()).map(|(index, _)| index);
        Self {
            journal: Journal::default(),
            peer_position: None,
            of_node,
            own_ticks: own_ticks.collect(),
            following: 0,
            is_untrimmed: false,
            clients,
            announce,
            phase,
            tick_armed: false,
            volleys: Volleys::default(),
            frames_encoded: 0,
        }
    }

    pub(super) fn crash(&mut self, id: NodeId, out: &mut Out) {
        for client in &mut self.clients {
            if client.stage != Stage::Away && client.session.feed.carries(DataType::IpUser) {
                out.note(Note::Edge { from: id, to: client.session.client, state: EdgeState::Down });
            }
            client.conn = None;
            client.stage = Stage::Away;
            client.own_tick_armed = false;
        }
        self.tick_armed = false;
        self.following = 0;
        self.peer_position = None;
        self.journal.forget_before(self.journal.end());
    }

    /// Forgets what every client has. Cost: all clients, if any of them follows.
    pub(super) fn trim(&mut self) {
        self.is_untrimmed = false;
        let following = if self.following == 0 { &[][..] } else { &self.clients };
        let followed = following.iter().filter_map(|client| match client.stage {
            Stage::Following(position) => Some(position),
            Stage::Away | Stage::Waiting => None,
        });
        let oldest = followed.chain(self.peer_position).min();
        self.journal.forget_before(oldest.unwrap_or_else(|| self.journal.end()));
    }

    /// After something was appended: as `trim`, and for nothing where it would forget nothing.
    fn trim_if_needed(&mut self) {
        if self.is_untrimmed || self.following == 0 {
            self.trim();
        }
    }
}

impl Useridd {
    /// A client names itself. Only the active member of a pair serves clients.
    pub(super) fn greet(&mut self, now: Instant, conn: ConnId, node: NodeId, out: &mut Out) {
        let found = self.server.of_node.get(&node).copied();
        let Some(index) = found.filter(|_| self.is_active()) else {
            self.conns.remove(&conn);
            out.close(conn);
            return;
        };
        let client = &mut self.server.clients[index];
        if let Some(why) = client.session.joining.refusal(now) {
            let feed = client.session.feed;
            self.refuse(conn, (node, feed), why, out);
            return;
        }
        if let Some(old) = client.conn.replace(conn) {
            self.conns.remove(&old);
            out.close(old);
        }
        self.data.greet(index);
        client.include.clear();
        client.exclude.clear();
        self.conns.insert(conn, Purpose::Client(index));
        self.set_stage(index, Stage::Away, out);
        out.bound(conn, self.settings.announce.backlog_messages_max);
        out.send(conn, self.codec.control(&Message::HelloReply { node: self.id }));
    }

    fn set_stage(&mut self, index: usize, stage: Stage, out: &mut Out) {
        let client = &mut self.server.clients[index];
        let state = |stage| match stage {
            Stage::Away => EdgeState::Down,
            Stage::Following(_) => EdgeState::Up,
            Stage::Waiting => EdgeState::Resyncing,
        };
        if state(client.stage) != state(stage) && client.session.feed.carries(DataType::IpUser) {
            out.note(Note::Edge { from: self.id, to: client.session.client, state: state(stage) });
        }
        let follows = |stage| usize::from(matches!(stage, Stage::Following(_)));
        if stage == Stage::Away {
            self.data.part(index);
        }
        self.server.following = self.server.following + follows(stage) - follows(client.stage);
        self.server.is_untrimmed |= client.stage != stage;
        client.stage = stage;
    }

    pub(super) fn set_filter(&mut self, conn: ConnId, include: &[IpNet], exclude: &[IpNet]) {
        if let Some(Purpose::Client(index)) = self.conns.get(&conn) {
            let client = &mut self.server.clients[*index];
            client.include = include.to_vec();
            client.exclude = exclude.to_vec();
        }
    }

    pub(super) fn all_asked(&mut self, now: Instant, conn: ConnId, out: &mut Out) {
        let Some(&Purpose::Client(index)) = self.conns.get(&conn) else { return };
        self.set_stage(index, Stage::Waiting, out);
        let polls = self.server.clients[index].session.mode != Mode::Push;
        if polls || self.server.announce.interval.is_zero() {
            self.write_to(now, &[index], out);
        } else {
            self.announce(now, out);
        }
    }

    /// A polling client is answered at once, with nothing if there is nothing.
    pub(super) fn polled(&mut self, now: Instant, conn: ConnId, out: &mut Out) {
        if let Some(&Purpose::Client(index)) = self.conns.get(&conn) {
            self.write_to(now, &[index], out);
        }
    }

    pub(super) fn client_left(&mut self, index: usize, conn: ConnId, out: &mut Out) {
        if self.server.clients[index].conn == Some(conn) {
            self.server.clients[index].conn = None;
            self.set_stage(index, Stage::Away, out);
            self.server.trim();
        }
    }

    /// Sends away every client: this node steps back.
    pub(super) fn dismiss_clients(&mut self, out: &mut Out) {
        for index in 0..self.server.clients.len() {
            if let Some(conn) = self.server.clients[index].conn.take() {
                self.conns.remove(&conn);
                out.close(conn);
                self.set_stage(index, Stage::Away, out);
            }
        }
    }

    fn is_due(&self, index: usize) -> bool {
        let client = &self.server.clients[index];
        let pushes = client.session.mode == Mode::Push;
        pushes
            && match client.stage {
                Stage::Away => false,
                Stage::Following(position) => position < self.server.journal.end() || self.data.is_due(index),
                Stage::Waiting => true,
            }
    }

    /// There may be something to send: at once without ticks, else at the next tick of those who wait. Cost: nothing
    /// while a tick is armed; else up to the first client that waits.
    pub(super) fn announce(&mut self, now: Instant, out: &mut Out) {
        let interval = self.server.announce.interval;
        let clients = &self.server.clients;
        if interval.is_zero() {
            let all: Vec<usize> = (0..clients.len()).filter(|index| self.is_due(*index)).collect();
            self.write_to(now, &all, out);
            return;
        }
        let waits = |index: usize| clients[index].session.phase.is_none() && self.is_due(index);
        if !self.server.tick_armed && (0..clients.len()).any(waits) {
            self.server.tick_armed = true;
            out.arm(now.next_on_grid(self.server.phase, interval), Timer::Tick);
        }
        let own: Vec<usize> =
            self.server.own_ticks.iter().copied().filter(|index| self.is_due(*index)).collect();
        for index in own {
            let client = &mut self.server.clients[index];
            if !client.own_tick_armed {
                client.own_tick_armed = true;
                let phase = match client.session.phase {
                    Some(Phase::At(span)) => span,
                    Some(Phase::Drawn) | None => unreachable!("the stage draws a session's own phase"),
                };
                out.arm(now.next_on_grid(phase, interval), Timer::OwnTick { index });
            }
        }
        self.server.trim_if_needed();
    }

    /// The send tick: one frame for all clients that wait for the same, sessions in declared order.
    pub(super) fn tick(&mut self, now: Instant, out: &mut Out) {
        self.server.tick_armed = false;
        let clients = self.server.clients.iter().enumerate();
        let due = clients.filter(|(index, c)| c.session.phase.is_none() && self.is_due(*index));
        let due: Vec<usize> = due.map(|(index, _)| index).collect();
        self.write_to(now, &due, out);
    }

    pub(super) fn own_tick(&mut self, now: Instant, index: usize, out: &mut Out) {
        self.server.clients[index].own_tick_armed = false;
        if self.is_due(index) {
            self.write_to(now, &[index], out);
        }
    }

    /// Cost: one encoding per (position, filter) among `indices`, then one send each, or one for all in a row of
    /// those that follow in step.
    fn write_to(&mut self, now: Instant, indices: &[usize], out: &mut Out) {
        let mut written: Vec<Written> = Vec::new();
        let mut told: Vec<Told> = Vec::new();
        let mut empty = [None, None];
        for &index in indices {
            let client = &self.server.clients[index];
            let Some(conn) = client.conn.filter(|_| client.stage != Stage::Away) else { continue };
            let same = |w: &Written| {
                w.stage == client.stage && w.include == client.include && w.exclude == client.exclude
            };
            let answers = client.session.mode != Mode::Push || client.stage == Stage::Waiting;
            told.push(Told { client: index, conn, full: client.stage == Stage::Waiting, answers });
            if !self.data.wants_mappings(index) {
                self.set_stage(index, Stage::Following(self.server.journal.end()), out);
                continue;
            }
            if !written.iter().any(same) {
                written.push(self.write(client));
            }
            let write = written.iter().find(|w| same(w)).expect("it was just written");
            let to = client.session.client;
            let in_step = !answers && client.session.phase.is_none();
            if !in_step || !write.coalesced.is_empty() || !write.filtered.is_empty() {
                self.server.volleys.hand_over(out);
            }
            for (updates, why) in
                [(&write.coalesced, Withholding::Coalesced), (&write.filtered, Withholding::Filtered)]
            {
                if !updates.is_empty() {
                    out.note(Note::Withheld { to, updates: updates.clone(), why });
                }
            }
            match &write.frame {
                Some(frame) if in_step => self.server.volleys.add(conn, frame, out),
                Some(frame) => out.send(conn, frame.clone()),
                None if answers => {
                    let full = client.stage == Stage::Waiting;
                    let frame = empty[usize::from(full)].get_or_insert_with(|| {
                        self.server.frames_encoded += 1;
                        self.codec.mappings(&[], full, self.server.announce.mappings_per_message)
                    });
                    out.send(conn, frame.clone());
                }
                None => {}
            }
            self.set_stage(index, Stage::Following(self.server.journal.end()), out);
        }
        self.server.frames_encoded += written.iter().filter(|w| w.frame.is_some()).count() as u64;
        self.server.volleys.end(out);
        self.server.trim();
        self.tell_data(now, &told, out);
    }

    /// What a client at its stage is to be told.
    fn write(&self, client: &Client) -> Written {
        let identity = |m: &Mapping| (m.source, m.sequence);
        let full = client.stage == Stage::Waiting;
        let mut coalesced = Vec::new();
        let news: Vec<Mapping> = match client.stage {
            Stage::Away => Vec::new(),
            Stage::Waiting => self.table.holdings().collect(),
            Stage::Following(position) if !self.server.announce.coalesce => {
                self.server.journal.since(position).copied().collect()
            }
            Stage::Following(position) => {
                let mut later = BTreeSet::new();
                let news: Vec<Mapping> = self.server.journal.since(position).copied().collect();
                let (kept, dropped): (Vec<_>, Vec<_>) =
                    news.into_iter().rev().partition(|m| later.insert(m.address));
                coalesced = dropped.iter().rev().map(identity).collect();
                kept.into_iter().rev().collect()
            }
        };
        let mut filtered = Vec::new();
        let mut routed = news;
        routed.retain_mut(|m| {
            let wanted = client.wants(&self.codec, m);
            if wanted {
                assert!(m.route.push(self.id), "what crossed too much is not applied");
            } else {
                filtered.push(identity(m));
            }
            wanted
        });
        let per_message = self.server.announce.mappings_per_message;
        let frame = (!routed.is_empty()).then(|| self.codec.mappings(&routed, full, per_message));
        Written {
            stage: client.stage,
            include: client.include.clone(),
            exclude: client.exclude.clone(),
            frame,
            coalesced,
            filtered,
        }
    }
}
