//! Cells: one address at one enforcement point, and when it must be looked at again.
//!
//! Knows what a cell shows and counts it in and out of the gauges at the end of an instant. Must not
//! know why it changed.

use super::book::UpdateId;
use super::gauges::{Class, Reason, Shown};
use super::witness::Witness;
use crate::ids::{AddressId, NodeId, UserId};
use crate::units::Instant;

/// What became of the last application of an update that says what is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// The node's timer ended it.
    Expired,
    /// The node lost its memory.
    Forgotten,
    /// It is what the node holds.
    Held,
    /// There was none.
    None,
    /// Another mapping replaced it.
    Replaced,
}

/// One address at one enforcement point.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Whether it is in scope.
    pub(super) in_scope: bool,
    /// What became of what is true.
    pub(super) own: Own,
    /// The newest update ever applied here.
    pub(super) mark: Option<UpdateId>,
    /// The newest update applied here since the node last lost its memory.
    pub(super) held: Option<UpdateId>,
    /// How many of the address's updates, in key order, are visible here.
    pub(super) seen: usize,
    equal: bool,
    last_equal: Instant,
    dirty: bool,
    shown: Shown,
}

impl Cell {
    /// Nothing is known, and nobody is there.
    pub(super) fn new(in_scope: bool) -> Self {
        Self {
            in_scope,
            own: Own::None,
            mark: None,
            held: None,
            seen: 0,
            equal: false,
            last_equal: Instant::ZERO,
            dirty: false,
            shown: Shown::default(),
        }
    }
}

/// The class of an answer beside what it is compared with.
pub(super) fn class(right: Option<UserId>, answer: Option<UserId>) -> Option<Class> {
    match (right, answer) {
        (None, None) => None,
        (None, Some(_)) => Some(Class::Lingering),
        (Some(_), None) => Some(Class::Missing),
        (Some(right), Some(answer)) if right == answer => Some(Class::Current),
        (Some(_), Some(_)) => Some(Class::Outdated),
    }
}

impl Witness {
    /// The cell must be looked at again when the instant is over.
    pub(super) fn mark(&mut self, row: usize, address: AddressId) {
        let cell = &mut self.cells[row][address.index()];
        if !cell.dirty && cell.in_scope {
            cell.dirty = true;
            self.dirty.push((row, address));
        }
    }

    /// So must all cells of `row` that are not current.
    pub(super) fn mark_wrong(&mut self, row: usize) {
        for (index, cell) in self.cells[row].iter_mut().enumerate() {
            if !cell.dirty && cell.shown.reason.is_some() {
                cell.dirty = true;
                self.dirty.push((row, AddressId::new(index)));
            }
        }
    }

    /// So must the cells of `address` at all rows that `place` is or feeds.
    pub(super) fn mark_fed(&mut self, place: NodeId, address: AddressId) {
        for position in 0..self.paths.fed_rows[place.index()].len() {
            self.mark(self.paths.fed_rows[place.index()][position], address);
        }
    }

    /// Answer or truth may have changed: notes whether they are equal now, or were until now.
    pub(super) fn compare(&mut self, row: usize, address: AddressId) {
        let answer = self.tables.answer(self.paths.rows[row], address);
        let equal = answer == self.truth.fact(address).user();
        let cell = &mut self.cells[row][address.index()];
        if equal || cell.equal {
            cell.last_equal = self.now;
        }
        cell.equal = equal;
        self.agreement.touch(address);
        self.mark(row, address);
    }

    /// Compares what the moment just handled touched, and reads off the sizes of the tables.
    pub(super) fn settle_moment(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        for (row, address) in touched.drain(..) {
            self.compare(row, address);
            self.settle_users(row);
        }
        // The list is used again, with its memory.
        self.touched = touched;
    }

    /// Brings the count of users of `row` up to now.
    pub(super) fn settle_users(&mut self, row: usize) {
        let users = self.tables.users(self.paths.rows[row]);
        if users != self.gauges[row].users {
            self.accrue(row);
            self.gauges[row].users = users;
        }
        if self.begun {
            let peak = &mut self.running[row].findings.table.peak;
            *peak = users.max(*peak);
        }
    }

    /// The instant is over: counts every cell that must be looked at again as what it shows now.
    pub(super) fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for (row, address) in dirty.drain(..) {
            let shown = self.look(row, address);
            let cell = &mut self.cells[row][address.index()];
            cell.dirty = false;
            if cell.shown != shown {
                let old = std::mem::replace(&mut cell.shown, shown);
                self.accrue(row);
                self.gauges[row].take(&old);
                self.gauges[row].give(&shown);
            }
        }
        // The list is used again, with its memory.
        self.dirty = dirty;
    }

    /// What a cell in scope shows now.
    pub(super) fn look(&self, row: usize, address: AddressId) -> Shown {
        let cell = &self.cells[row][address.index()];
        let fact = self.truth.fact(address);
        let answer = self.tables.answer(self.paths.rows[row], address);
        let class = class(fact.user(), answer);
        let reason = match class {
            None | Some(Class::Current) => None,
            Some(_) => Some(self.reason(row, address)),
        };
        let (replica, behind) = match self.paths.group_of[row] {
            None => (None, 0),
            Some(group) => (
                self.replica(row, group, address, answer),
                self.authorities.behind(&self.book, group, address, cell.mark),
            ),
        };
        let crossed = fact.present.is_some_and(|(_, site)| self.through[row] || site == self.sites[row]);
        let differs_since = if cell.equal { None } else { Some(cell.last_equal) };
        Shown { class, replica, reason, behind, crossed, differs_since }
    }

    fn replica(&self, row: usize, group: usize, address: AddressId, answer: Option<UserId>) -> Option<Class> {
        let right = self.authorities.voice(group, address).and_then(|voice| voice.user);
        let class = class(right, answer)?;
        let mark = self.cells[row][address.index()].mark;
        let ahead = mark.is_some_and(|mark| self.book.is_newer(mark, self.authorities.mark(group, address)));
        Some(if ahead { Class::Current } else { class })
    }

    /// Charges `row`'s counts up to now, to itself and, where it enforces in a pair, to the fleet.
    pub(super) fn accrue(&mut self, row: usize) {
        let gauge = &mut self.gauges[row];
        let from = gauge.since.max(self.measure_from);
        gauge.since = self.now;
        if self.now <= from {
            return;
        }
        let span = u128::from(self.now.since(from).nanos());
        let edges = &self.paths.edges;
        let running = &mut self.running[row];
        running.findings.table.area += u128::from(gauge.users) * span;
        if !gauge.up {
            running.findings.down += span;
            return;
        }
        running.charge(gauge, edges, from, self.now);
        if gauge.enforcing && self.fleet.is_paired(row) {
            self.fleet_running.charge(gauge, edges, from, self.now);
        }
    }

    /// Class, cause and edge of one cell as they are now.
    pub(super) fn shown(&self, row: usize, address: AddressId) -> (Option<Class>, Option<(Reason, usize)>) {
        let shown = self.look(row, address);
        (shown.class, shown.reason)
    }
}
