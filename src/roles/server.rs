//! The upstream's side of redistribution sessions: one journal, one tick, one encoding for all who wait for the same.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::data::Told;
use super::role::{Out, Timer};
use super::served::{Client, Stage};
use super::step::Step;
use super::useridd::{Purpose, Useridd};
use super::volleys::Volleys;
use super::written::Written;
use super::{Announce, EdgeState, Mode, Note, Phase, SessionSettings, Withholding};
use crate::ids::{ConnId, NodeId};
use crate::mapping::{DataType, Journal, Mapping};
use crate::random::Stream;
use crate::units::{Instant, Span};
use crate::wire::Message;

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
    step: Step,
    /// Whether a position may have changed since the journal was last trimmed.
    is_untrimmed: bool,
    announce: Announce,
    phase: Span,
    tick_armed: bool,
    volleys: Volleys,
    /// Frames of mappings written into bytes, however many clients they went to.
    pub(super) frames_encoded: u64,
    /// Whether whoever sees a frame sent sees to it that it is written.
    pub(super) writes_later: bool,
}

impl Server {
    pub(super) fn new(sessions: Vec<SessionSettings>, announce: Announce, mut stream: Stream) -> Self {
        let phase = announce.phase.within(announce.interval, &mut stream);
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
            step: Step::new(clients.len()),
            clients,
            announce,
            phase,
            tick_armed: false,
            volleys: Volleys::default(),
            frames_encoded: 0,
            writes_later: false,
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
        self.step = Step::new(self.clients.len());
        self.tick_armed = false;
        self.following = 0;
        self.peer_position = None;
        self.journal.forget_before(self.journal.end());
    }

    /// Forgets what every client has. Cost: the clients that do not follow in step, if any follows.
    pub(super) fn trim(&mut self) {
        self.is_untrimmed = false;
        let others = self.step.others().filter(|_| self.following > 0);
        let followed = others.filter_map(|index| match self.clients[index].stage {
            Stage::Following(position) => Some(position),
            Stage::Away | Stage::InStep | Stage::Waiting => None,
        });
        let oldest = followed.chain(self.step.position()).chain(self.peer_position).min();
        self.journal.forget_before(oldest.unwrap_or_else(|| self.journal.end()));
    }

    /// How far a client is, told by a position of the journal also where it follows in step.
    fn stage(&self, index: usize) -> Stage {
        match self.clients[index].stage {
            Stage::InStep => Stage::Following(self.step.position().expect("it is in step")),
            stage => stage,
        }
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
            Stage::Following(_) | Stage::InStep => EdgeState::Up,
            Stage::Waiting => EdgeState::Resyncing,
        };
        if state(client.stage) != state(stage) && client.session.feed.carries(DataType::IpUser) {
            out.note(Note::Edge { from: self.id, to: client.session.client, state: state(stage) });
        }
        let follows = |stage| usize::from(matches!(stage, Stage::Following(_) | Stage::InStep));
        if stage == Stage::Away {
            self.data.part(index);
        }
        self.server.following = self.server.following + follows(stage) - follows(client.stage);
        self.server.is_untrimmed |= client.stage != stage;
        if client.stage == Stage::InStep {
            self.server.step.leave(index);
        }
        client.stage = stage;
    }

    pub(super) fn set_filter(&mut self, conn: ConnId, include: &[IpNet], exclude: &[IpNet], out: &mut Out) {
        if let Some(&Purpose::Client(index)) = self.conns.get(&conn) {
            self.step_out(index, out);
            let client = &mut self.server.clients[index];
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
            && match self.server.stage(index) {
                Stage::Away => false,
                Stage::InStep => unreachable!("a position stands for it"),
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

    /// The send tick: one frame for all clients that wait for the same, sessions in declared order. Cost: as `write_to`; where
    /// nobody waits but those who follow in step, one encoding and nothing a client.
    pub(super) fn tick(&mut self, now: Instant, out: &mut Out) {
        self.server.tick_armed = false;
        let is_due =
            |index: &usize| self.server.clients[*index].session.phase.is_none() && self.is_due(*index);
        if self.server.step.position().is_some() && !self.server.step.others().any(|index| is_due(&index)) {
            self.tell_in_step(out);
            return;
        }
        let due: Vec<usize> = (0..self.server.clients.len()).filter(is_due).collect();
        self.write_to(now, &due, out);
        self.fall_in(out);
    }

    /// Tells those who follow in step what is new.
    fn tell_in_step(&mut self, out: &mut Out) {
        let Server { step, clients, volleys, .. } = &mut self.server;
        let row = step.row(|index| clients[index].conn.expect("who is in step is connected"), volleys);
        let (first, stage) = (step.first(), step.position().map(Stage::Following));
        let written = self.write(&self.server.clients[first], stage.expect("somebody is in step"));
        if let Some(frame) = written.frame {
            self.server.frames_encoded += 1;
            out.volley(row, frame);
        }
        self.server.step.go_on(self.server.journal.end());
        self.server.trim();
    }

    /// Those who have everything, and are told it as it is, follow in step from now on.
    fn fall_in(&mut self, out: &mut Out) {
        let end = self.server.journal.end();
        let ready: Vec<usize> = self.server.step.others().filter(|index| self.may_fall_in(*index)).collect();
        for index in ready {
            self.set_stage(index, Stage::InStep, out);
            self.server.step.enter(index, end);
        }
    }

    fn may_fall_in(&self, index: usize) -> bool {
        let client = &self.server.clients[index];
        client.stage == Stage::Following(self.server.journal.end())
            && (client.session.mode, client.session.phase) == (Mode::Push, None)
            && !self.settings.announce.coalesce
            && client.include.is_empty()
            && client.exclude.is_empty()
            && !self.data.has_types(index)
    }

    /// A client is told something else than those who follow in step.
    pub(super) fn step_out(&mut self, index: usize, out: &mut Out) {
        if self.server.clients[index].stage == Stage::InStep {
            self.set_stage(index, self.server.stage(index), out);
        }
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
            let (client, stage) = (&self.server.clients[index], self.server.stage(index));
            let Some(conn) = client.conn.filter(|_| stage != Stage::Away) else { continue };
            let same =
                |w: &Written| w.stage == stage && w.include == client.include && w.exclude == client.exclude;
            let full = stage == Stage::Waiting;
            let answers = client.session.mode != Mode::Push || full;
            told.push(Told { client: index, conn, full, answers });
            if !self.data.wants_mappings(index) {
                self.set_stage(index, Stage::Following(self.server.journal.end()), out);
                continue;
            }
            if !written.iter().any(same) {
                written.push(self.write(client, stage));
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
}
