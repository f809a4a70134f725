//! Merges: what a node noted of the mappings it was given, of its timers and of its memory.
//!
//! Knows how each touches tables, marks, authorities and copies. Must not know classes.

use std::rc::Rc;

use super::book::{End, Loss, UpdateId};
use super::breakdown::{self, Trail};
use super::cells::Own;
use super::tables::Held;
use super::witness::Witness;
use crate::ids::{AddressId, NodeId};
use crate::mapping::{Mapping, Outcome};
use crate::roles::EdgeState;

impl Witness {
    /// What became of each mapping that `node` was given.
    pub(super) fn on_merged(&mut self, node: NodeId, segment: &[Mapping], outcomes: &[Outcome], fed: bool) {
        self.feeds.forget_last(node);
        let arrival =
            self.feeds.arrival.take().filter(|(to, arrival)| fed && *to == node && arrival.at == self.now);
        let row = self.paths.row_of[node.index()];
        for (position, (mapping, outcome)) in segment.iter().zip(outcomes).enumerate() {
            let update = self.book.find(mapping.source, mapping.sequence);
            if let Some(row) = row {
                self.count_duplicate(row, update);
            }
            match outcome {
                Outcome::Applied => {
                    let trail = match &arrival {
                        None => breakdown::loaded(self.now),
                        Some((_, arrival)) => {
                            let same = |at: &usize| arrival.cargo.updates.get(*at) == Some(&update);
                            let mut all = 0..arrival.cargo.updates.len();
                            let found = Some(position).filter(same).or_else(|| all.find(same));
                            let edge = &self.paths.edges[arrival.edge];
                            let occurred = self.book.item(update).occurred;
                            let at = found.expect("what is merged was in the frame delivered before");
                            breakdown::trail(arrival, at, edge, occurred)
                        }
                    };
                    self.apply(node, update, mapping, trail);
                }
                Outcome::Duplicate => {
                    let clock = (&mut self.clock, self.now);
                    let moved = self.tables.repeat(clock, node, update, mapping.address);
                    if let (Some(expires), true) = (moved, self.is_merged[node.index()]) {
                        self.forgettings.insert((expires, node, mapping.address));
                    }
                }
                Outcome::Filtered => self.bury(update, node, End::Filtered),
                Outcome::Full => {
                    if let Some(row) = row.filter(|_| self.now >= self.measure_from) {
                        self.running[row].findings.table.refused += 1;
                    }
                    self.bury(update, node, End::Full);
                }
                Outcome::Hops => self.bury(update, node, End::Lost(Loss::Hops)),
                Outcome::Refused { holder } => {
                    let holder = self.book.find(holder.0, holder.1);
                    let newer = self.book.is_newer(holder, Some(update));
                    self.bury(update, node, if newer { End::Superseded } else { End::Refused });
                }
            }
        }
    }

    fn apply(&mut self, node: NodeId, update: UpdateId, mapping: &Mapping, trail: Trail) {
        let address = mapping.address;
        let old = self.tables.apply((&mut self.clock, self.now), node, update, mapping);
        if let Some(old) = old.filter(|old| old.user.is_some()) {
            let newer = self.book.is_newer(update, Some(old.update));
            self.bury_stuck(node, old.update, if newer { End::Superseded } else { End::Refused });
        }
        if mapping.log_off {
            self.bury_stuck(node, update, End::Lost(Loss::Way));
        }
        self.await_ticks(node, update);
        for position in 0..self.paths.leaving[node.index()].len() {
            let edge = self.paths.leaving[node.index()][position];
            self.mark_fed(self.paths.edges[edge].to, address);
        }
        if mapping.log_off && self.is_merged[node.index()] {
            let expires = self.tables.forgets(&self.clock, node, address);
            self.forgettings.extend(expires.map(|expires| (expires, node, address)));
        }
        for position in 0..self.paths.groups_with[node.index()].len() {
            let group = self.paths.groups_with[node.index()][position];
            self.authorities.apply((&self.book, &self.paths, &self.tables), group, update);
            self.mark_group(group, address);
        }
        if let Some(row) = self.paths.row_of[node.index()] {
            self.apply_at_point(row, update, old, &trail);
        }
        if !self.paths.leaving[node.index()].is_empty() {
            self.trails.keep(node, update, Rc::new(trail));
        }
    }

    fn apply_at_point(&mut self, row: usize, update: UpdateId, old: Option<Held>, trail: &Trail) {
        let address = self.book.item(update).address;
        self.lose(row, address, old, Own::Replaced);
        if self.truth.fact(address).said_by.contains(&update) {
            self.cell_mut(row, address).own = Own::Held;
        }
        let item = self.book.item(update);
        if !item.is_initial() {
            self.ages[row].apply(self.measure_from, self.now, item.source, item.occurred);
        }
        if let Some(held) = self.relearned[row].as_mut().map(|all| &mut all[address.index()])
            && self.book.is_newer(update, *held)
        {
            *held = Some(update);
        }
        self.close_gaps(row, update);
        self.touched.push((row, address));
        self.see(row, update);
        self.count_first(row, update, trail);
    }

    /// What `row` held of `address` is gone; the cause is looked up only where it told the truth.
    fn lose(&mut self, row: usize, address: AddressId, old: Option<Held>, how: Own) {
        let now = self.now;
        let cell = self.cell_mut(row, address);
        if cell.own == Own::Held {
            let forgotten = old.is_none_or(|old| old.is_forgotten(now));
            cell.own = if forgotten { Own::Expired } else { how };
        }
    }

    /// Ends `update` on every edge of `node` that waits for a full table.
    fn bury_stuck(&mut self, node: NodeId, update: UpdateId, end: End) {
        for position in 0..self.paths.leaving[node.index()].len() {
            let edge = self.paths.leaving[node.index()][position];
            if self.feeds.is_waiting_for_table(&self.paths, edge) {
                self.bury(update, self.paths.edges[edge].to, end);
            }
        }
    }

    /// Timers of `node` ended.
    pub(super) fn on_expired(&mut self, node: NodeId, addresses: &[AddressId]) {
        for address in addresses {
            if let Some(update) = self.tables.live(node, *address) {
                self.bury_stuck(node, update, End::Lost(Loss::Way));
            }
            self.forget(node, *address, Own::Expired);
            self.excuse_expired(node, *address);
        }
    }

    /// `node` has nothing of `address` any more.
    pub(super) fn forget(&mut self, node: NodeId, address: AddressId, how: Own) {
        let old = self.tables.forget(&self.clock, node, address);
        for position in 0..self.paths.leaving[node.index()].len() {
            let edge = self.paths.leaving[node.index()][position];
            self.mark_fed(self.paths.edges[edge].to, address);
        }
        for position in 0..self.paths.groups_with[node.index()].len() {
            let group = self.paths.groups_with[node.index()][position];
            self.authorities.listen(&self.paths, &self.tables, group, address);
            self.mark_group(group, address);
        }
        if let Some(row) = self.paths.row_of[node.index()]
            && old.is_some()
        {
            self.lose(row, address, old, how);
            self.touched.push((row, address));
        }
    }

    /// `node` stopped.
    pub(super) fn on_node_down(&mut self, node: NodeId, keeps_memory: bool) {
        self.cut(node);
        self.set_up(node, false);
        if keeps_memory {
            return;
        }
        for index in 0..self.addresses {
            let address = AddressId::new(index);
            if let Some(update) = self.tables.live(node, address) {
                for position in 0..self.paths.leaving[node.index()].len() {
                    let edge = self.paths.leaving[node.index()][position];
                    if self.feeds.state(edge) != EdgeState::Idle {
                        self.bury(update, self.paths.edges[edge].to, End::Lost(Loss::Crash));
                    }
                }
            }
            if self.tables.held(node, address).is_some() {
                self.forget(node, address, Own::Forgotten);
            }
        }
        if let Some(row) = self.paths.row_of[node.index()] {
            self.relearned[row] = Some(vec![None; self.addresses]);
        }
        self.excuse_owner(node);
    }

    /// `node` went down or came up: what waits in its table lives only while it does.
    pub(super) fn set_up(&mut self, node: NodeId, up: bool) {
        self.reach.set_node(node, up);
        if let Some(row) = self.paths.row_of[node.index()] {
            self.accrue(row);
            self.gauges[row].up = up;
            if !self.fleet.is_paired(row) || !up {
                self.set_enforcing(row, up);
            }
        }
        for position in 0..self.paths.fed_rows[node.index()].len() {
            self.mark_wrong(self.paths.fed_rows[node.index()][position]);
        }
    }

    fn mark_group(&mut self, group: usize, address: AddressId) {
        for position in 0..self.paths.rows_in[group].len() {
            self.mark(self.paths.rows_in[group][position], address);
        }
    }
}
