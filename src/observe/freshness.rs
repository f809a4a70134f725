//! Freshness: when each update is noticed, first applied and visible, and by whom it should be.
//!
//! Knows applications and audiences. Must not know how updates ended.

use super::book::UpdateId;
use super::breakdown::{self, Trail};
use super::clock::NEVER;
use super::paths::Feeder;
use super::witness::Witness;
use crate::ids::NodeId;

impl Witness {
    /// A source noticed its update.
    pub(super) fn on_noticed(&mut self, source: NodeId, sequence: u64) {
        let update = self.book.find(source, sequence);
        let pushes = |edge: &usize| self.paths.edges[*edge].feeder == Feeder::Push;
        let buffered = self.paths.leaving[source.index()].iter().any(pushes);
        let item = self.book.item_mut(update);
        item.noticed = true;
        item.buffered = buffered;
        let address = item.address;
        self.truth.hear(update, self.book.item(update));
        if self.book.item(update).counted {
            self.invite(update);
        }
        let key = self.book.key(update);
        let history = &mut self.histories[address.index()];
        let position = history.partition_point(|other| self.book.key(*other) < key);
        history.insert(position, update);
        for row in 0..self.paths.rows.len() {
            self.mark(row, address);
            let mark = self.cell(row, address).mark;
            if mark.is_some_and(|mark| self.book.key(mark) >= key) {
                self.show(row, update, false);
            }
        }
    }

    /// Finds out who should hear of a counted update.
    fn invite(&mut self, update: UpdateId) {
        let address = self.book.item(update).address;
        let audience = self.fleet.audience(self.reach.rows(&self.paths));
        let stand = self.fleet.stand(self.now);
        let rows = self.paths.rows.len();
        let mut unseen = 0;
        for unit in &self.fleet.units {
            let mut in_scope = unit.rows.iter().filter(|row| self.cell(**row, address).in_scope).peekable();
            if in_scope.peek().is_none() {
                continue;
            }
            let hearing = in_scope.filter(|row| self.fleet.hears(audience, **row)).count();
            if hearing == 0 {
                self.convergence.unreachable += 1;
            }
            unseen += u32::try_from(hearing).expect("a pair has two members");
        }
        let item = self.book.item_mut(update);
        item.applied = vec![NEVER; rows];
        item.audience = audience;
        item.stand = stand;
        item.unseen = unseen;
    }

    /// `row` applied `update`: it sees it and everything older of the address.
    pub(super) fn see(&mut self, row: usize, update: UpdateId) {
        let address = self.book.item(update).address;
        let mark = self.cell(row, address).mark;
        if !self.book.is_newer(update, mark) {
            return;
        }
        self.cell_mut(row, address).mark = Some(update);
        let key = self.book.key(update);
        // What is visible already comes first, and there is most often little else.
        let history = &self.histories[address.index()];
        let unseen = history.iter().rev().take_while(|next| self.book.is_newer(**next, mark)).count();
        for place in history.len() - unseen..history.len() {
            let next = self.histories[address.index()][place];
            if self.book.key(next) > key {
                return;
            }
            self.show(row, next, next == update);
        }
    }

    /// `update` is visible at `row` from now on, where it `comes` itself or is older than what did.
    fn show(&mut self, row: usize, update: UpdateId, comes: bool) {
        let (now, stamp) = (self.now, self.stamp());
        let item = self.book.item_mut(update);
        if !item.counted || !self.cells[item.address.index()][row].in_scope {
            return;
        }
        if !comes {
            item.show_alone(row, stamp);
        }
        if self.fleet.hears(item.audience, row) {
            item.unseen -= 1;
            if item.unseen == 0 {
                self.convergence.samples.record(now.since(item.occurred));
            }
        }
    }

    /// `row` was given `update` once more, if it had applied it.
    pub(super) fn count_duplicate(&mut self, row: usize, update: UpdateId) {
        let item = self.book.item(update);
        if item.counted && item.applied.get(row).is_some_and(|applied| *applied != NEVER) {
            self.running[row].findings.fates.duplicates += 1;
            if self.fleet.stands_for_pair(item.stand, row) {
                self.fleet_running.findings.fates.duplicates += 1;
            }
        }
    }

    /// `row` applied `update`, which came by `trail`; only the first time counts.
    pub(super) fn count_first(&mut self, row: usize, update: UpdateId, trail: &Trail) {
        let stamp = self.stamp();
        let item = self.book.item_mut(update);
        let in_scope = self.cells[item.address.index()][row].in_scope;
        if !item.counted || !in_scope || item.applied[row] != NEVER {
            return;
        }
        item.applied[row] = stamp;
        breakdown::add(&mut self.running[row].findings.breakdown, &self.paths.edges, trail);
        if self.fleet.stands_for_pair(item.stand, row) {
            breakdown::add(&mut self.fleet_running.findings.breakdown, &self.paths.edges, trail);
        }
    }
}
