//! What a node does with data beside mappings: it takes registrations, merges, ages, and tells its clients.
//!
//! Knows sessions by the number of their client. Must not know what a tag does to policy.

use std::sync::Arc;

use super::role::{Out, Timer};
use super::useridd::{Purpose, Useridd};
use super::{DataNote, Note};
use crate::engine::Frame;
use crate::ids::{ConnId, NodeId};
use crate::mapping::{DataTable, DataType, DataTypes, Datum, DatumKey, Journal, Outcome};
use crate::units::Instant;
use crate::wire::Decoded;

/// A node's data, and how far each of its clients is. Every node with a table has one; it costs nothing while no session
/// carries data and nobody registers any.
#[derive(Debug, Default)]
pub(super) struct DataDesk {
    table: DataTable,
    journal: Journal<Datum>,
    /// Per client, what it asked for; `None`: nothing but mappings.
    types: Vec<Option<DataTypes>>,
    /// Per client that follows, where in the journal it is.
    positions: Vec<Option<u64>>,
    expiry_armed: Option<Instant>,
}

/// A client that is told something at this instant.
pub(super) struct Told {
    /// Which.
    pub(super) client: usize,
    /// Over what.
    pub(super) conn: ConnId,
    /// Whether it waits for everything.
    pub(super) full: bool,
    /// Whether it gets an answer though there be no news.
    pub(super) answers: bool,
}

/// What is written for all clients that wait for the same.
struct Written {
    position: Option<u64>,
    types: DataTypes,
    frame: Arc<Frame<Decoded>>,
}

impl DataDesk {
    /// The desk of a node with so many clients.
    pub(super) fn new(clients: usize) -> Self {
        Self { types: vec![None; clients], positions: vec![None; clients], ..Self::default() }
    }

    /// Whether a client gets mappings.
    pub(super) fn wants_mappings(&self, client: usize) -> bool {
        self.types[client].is_none_or(|types| types.holds(DataType::IpUser))
    }

    /// Whether a client has said what it wants.
    pub(super) fn has_types(&self, client: usize) -> bool {
        self.types[client].is_some()
    }

    /// Whether there may be news for a client that follows.
    pub(super) fn is_due(&self, client: usize) -> bool {
        self.positions[client].is_some_and(|position| position < self.journal.end())
    }

    /// A client begins anew, or is gone.
    pub(super) fn part(&mut self, client: usize) {
        self.positions[client] = None;
    }

    /// A client names itself: it wants mappings until it says otherwise.
    pub(super) fn greet(&mut self, client: usize) {
        self.types[client] = None;
    }

    /// The node stops.
    pub(super) fn crash(&mut self, keeps_memory: bool) {
        self.positions.fill(None);
        self.expiry_armed = None;
        self.journal.forget_before(self.journal.end());
        if !keeps_memory {
            self.table.lose_memory();
        }
    }

    /// What a client at `position`, or one that waits for everything, is to be told.
    fn news(&self, now: Instant, position: Option<u64>, types: DataTypes, id: NodeId) -> Vec<Datum> {
        let mut news: Vec<Datum> = match position {
            None => self.table.holdings(now).collect(),
            Some(position) => {
                self.journal.since(position).map(|datum| self.table.sent_on(now, datum)).collect()
            }
        };
        news.retain_mut(|datum| {
            let wanted = types.holds(datum.key.data_type());
            if wanted {
                assert!(datum.route.push(id), "what crossed too much is not applied");
            }
            wanted
        });
        news
    }

    fn trim(&mut self) {
        let oldest = self.positions.iter().flatten().min().copied();
        self.journal.forget_before(oldest.unwrap_or_else(|| self.journal.end()));
    }
}

impl Useridd {
    /// A client says what it wants.
    pub(super) fn set_types(&mut self, conn: ConnId, types: DataTypes, out: &mut Out) {
        if let Some(&Purpose::Client(client)) = self.conns.get(&conn) {
            self.step_out(client, out);
            self.data.types[client] = Some(types);
        }
    }

    /// Tells clients what is new beside mappings. One encoding for all that wait for the same.
    pub(super) fn tell_data(&mut self, now: Instant, told: &[Told], out: &mut Out) {
        let mut written: Vec<Written> = Vec::new();
        for Told { client, conn, full, answers } in told {
            let Some(types) = self.data.types[*client] else { continue };
            let position = self.data.positions[*client].filter(|_| !full);
            let same = |one: &&Written| (one.position, one.types) == (position, types);
            let known = written.iter().find(same).map(|one| one.frame.clone());
            let frame = known.unwrap_or_else(|| {
                let is_new = position.is_none() && !full;
                let news = if is_new { Vec::new() } else { self.data.news(now, position, types, self.id) };
                let frame = self.codec.data(&news, *full, self.settings.announce.mappings_per_message);
                written.push(Written { position, types, frame: frame.clone() });
                frame
            });
            if frame.mappings() > 0 || *answers && !types.holds(DataType::IpUser) {
                out.send(*conn, frame);
            }
            self.data.positions[*client] = Some(self.data.journal.end());
        }
        self.data.trim();
    }

    /// Data have come: from an XML API client, which registers them here, or from an upstream.
    pub(super) fn data_came(
        &mut self,
        now: Instant,
        conn: ConnId,
        purpose: Purpose,
        data: &[Datum],
        out: &mut Out,
    ) {
        match purpose {
            Purpose::Accepted => {
                let here: Vec<Datum> = data.iter().map(|datum| Datum { origin: self.id, ..*datum }).collect();
                let Some(from) = here.first().map(|datum| datum.source) else { return };
                self.merge_data(now, from, here, |_, _| false, out);
            }
            Purpose::Upstream(index) => {
                let session = &self.upstreams[index].session;
                let (from, carries_mappings) = (session.upstream, session.feed.carries(DataType::IpUser));
                self.merge_data(now, from, data.to_vec(), Self::has_crossed_too_much, out);
                if !carries_mappings {
                    self.upstream_told(now, index, conn, out);
                }
            }
            Purpose::Client(_)
            | Purpose::Clients
            | Purpose::Ledger(_)
            | Purpose::Pair
            | Purpose::Reader(_)
            | Purpose::Watch(_) => {}
        }
    }

    fn has_crossed_too_much(&self, datum: &Datum) -> bool {
        let route = datum.route.nodes();
        route.contains(&self.id) || route.len() > datum.key.hops_max()
    }

    fn merge_data(
        &mut self,
        now: Instant,
        from: NodeId,
        data: Vec<Datum>,
        is_over: impl Fn(&Self, &Datum) -> bool,
        out: &mut Out,
    ) {
        let mut outcomes = Vec::with_capacity(data.len());
        for datum in &data {
            let over = is_over(self, datum);
            let outcome = if over { Outcome::Hops } else { self.data.table.merge(now, datum) };
            if outcome == Outcome::Applied {
                self.data.journal.append(*datum);
            }
            outcomes.push(outcome);
        }
        if data.is_empty() {
            return;
        }
        let applied = outcomes.contains(&Outcome::Applied);
        out.note(Note::Data(DataNote::Merged { from, data, outcomes }));
        self.arm_data_end(now, out);
        if applied {
            self.announce(now, out);
            self.data.trim();
        }
    }

    /// One timer a node: for the datum that ends next, after everything else of that instant.
    fn arm_data_end(&mut self, now: Instant, out: &mut Out) {
        let next = self.data.table.next_end();
        if let Some(at) = next.filter(|at| self.data.expiry_armed.is_none_or(|armed| *at < armed)) {
            let at = at.max(now);
            self.data.expiry_armed = Some(at);
            out.arm_last(at, Timer::EndData);
        }
    }

    /// What has no time left ends.
    pub(super) fn end_data(&mut self, now: Instant, out: &mut Out) {
        self.data.expiry_armed = None;
        let ended: Vec<DatumKey> = self.data.table.expire(now);
        if !ended.is_empty() {
            out.note(Note::Data(DataNote::Ended(ended)));
        }
        self.arm_data_end(now, out);
    }
}
