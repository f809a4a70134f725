//! Blame: which copies of an update can still reach a point, and why an answer is wrong.
//!
//! Knows edges, copies aloft, tables and deaths. Must not know time: it judges what is.

use super::book::{Aloft, Death, End, UpdateId};
use super::cells::Own;
use super::gauges::Reason;
use super::paths::Feeder;
use super::witness::Witness;
use crate::ids::{AddressId, NodeId};
use crate::roles::EdgeState;

impl Witness {
    /// Why a cell whose answer is wrong is so, and the edge of what is in transit.
    pub(super) fn reason(&self, row: usize, address: AddressId) -> (Reason, usize) {
        let said_by = &self.truth.fact(address).said_by;
        if said_by.is_empty() {
            return (Reason::Unobserved, 0);
        }
        match self.cell(row, address).own {
            Own::Expired => return (Reason::Expired, 0),
            Own::Forgotten => return (Reason::Disconnected, 0),
            Own::Held | Own::Replaced => return (Reason::Conflict, 0),
            Own::None => {}
        }
        let mut nearest: Option<(u32, usize)> = None;
        let mut waits = false;
        for update in said_by {
            self.copies(row, *update, |edge, moves| {
                let rank = self.paths.rank(row, edge).filter(|_| moves).map(|rank| (rank, edge));
                waits = true;
                nearest = [nearest, rank].into_iter().flatten().min();
            });
        }
        if let Some((_, edge)) = nearest {
            return (Reason::InTransit, edge);
        }
        if waits {
            return (Reason::Disconnected, 0);
        }
        let last = said_by.iter().filter_map(|update| self.last_death(row, *update));
        match last.max_by_key(|death| death.order).map(|death| death.end) {
            Some(End::Superseded | End::Refused) => (Reason::Conflict, 0),
            Some(End::Filtered | End::Full | End::Lost(_)) | None => (Reason::Lost, 0),
        }
    }

    /// Tells `each` the edges on which a copy of `update` is alive for `row`, and whether it moves there:
    /// as a frame on its way, or on an edge that is neither down nor resyncing.
    pub(super) fn copies(&self, row: usize, update: UpdateId, mut each: impl FnMut(usize, bool)) {
        let item = self.book.item(update);
        let near = &self.paths.by_nearness[row];
        if near.len() < item.aloft.len() {
            near.iter().filter(|edge| item.is_aloft_on(**edge)).for_each(|edge| each(*edge, true));
        } else {
            let aloft = item.aloft.iter().map(Aloft::edge);
            aloft.filter(|edge| self.paths.rank(row, *edge).is_some()).for_each(|edge| each(edge, true));
        }
        if item.noticed && !item.is_initial() {
            for edge in &self.paths.leaving[item.source.index()] {
                let ends = self.paths.edges[*edge];
                let state = self.feeds.state(*edge);
                let unread = match ends.feeder {
                    Feeder::Log => item.sequence >= self.feeds.position(*edge),
                    Feeder::Push => item.buffered,
                    Feeder::Table => false,
                };
                if unread && state != EdgeState::Idle && self.paths.rank(row, *edge).is_some() {
                    each(*edge, state == EdgeState::Up);
                }
            }
        }
        if self.feeds.is_stuck(row) {
            for edge in &self.paths.by_nearness[row] {
                let from = self.paths.edges[*edge].from;
                let stuck = self.feeds.is_waiting_for_table(&self.paths, *edge) && self.reach.is_up(from);
                if stuck && self.tables.live(from, item.address) == Some(update) {
                    each(*edge, false);
                }
            }
        }
    }

    /// Whether any copy of `update` is alive for `row`.
    pub(super) fn is_alive(&self, row: usize, update: UpdateId) -> bool {
        let mut alive = false;
        self.copies(row, update, |_, _| alive = true);
        alive
    }

    /// The last end of a copy of `update` that was on its way to `row`.
    pub(super) fn last_death(&self, row: usize, update: UpdateId) -> Option<Death> {
        let deaths = &self.book.item(update).deaths;
        deaths.iter().rev().find(|death| self.paths.leads(row, death.place)).copied()
    }

    /// Writes down the end of a copy, and has the cells looked at that it may concern.
    pub(super) fn bury(&mut self, update: UpdateId, place: NodeId, end: End) {
        self.book.bury(update, place, end);
        self.mark_fed(place, self.book.item(update).address);
    }
}
