//! Cells: one address at one enforcement point, and when it must be looked at again.
//!
//! Knows what a cell shows and counts it in and out of the gauges at the end of an instant. Must not
//! know why it changed.

use super::book::UpdateId;
use super::clock::{Clock, NEVER, ZERO};
use super::gauges::{Class, Reason, Shown};
use super::witness::Witness;
use crate::ids::{AddressId, NodeId, UserId};

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

/// One address at one enforcement point: 24 bytes. There are as many as addresses times enforcement points.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// When answer and truth were last equal, as the clock's number.
    last_equal: u32,
    /// The newest update ever applied here.
    pub(super) mark: Option<UpdateId>,
    /// What it is counted as, but since when answer and truth differ: that follows from `equal` and `last_equal`, or
    /// stands beside the cell where it must be looked at again.
    behind: u32,
    edge: u32,
    class: Option<Class>,
    replica: Option<Class>,
    reason: Option<Reason>,
    crossed: bool,
    /// What became of what is true.
    pub(super) own: Own,
    /// Whether it is in scope.
    pub(super) in_scope: bool,
    equal: bool,
    dirty: bool,
}

impl Cell {
    /// Nothing is known, and nobody is there; it must be looked at when the first instant is over.
    pub(super) fn new(in_scope: bool) -> Self {
        Self {
            last_equal: ZERO,
            mark: None,
            behind: 0,
            edge: 0,
            class: None,
            replica: None,
            reason: None,
            crossed: false,
            own: Own::None,
            in_scope,
            equal: false,
            dirty: in_scope,
        }
    }

    /// Since when answer and truth differ, as the clock's number; `NEVER`: they do not.
    fn differs_since(&self) -> u32 {
        if self.equal { NEVER } else { self.last_equal }
    }

    /// What it is counted as; `since`: since when answer and truth are counted to differ.
    fn counted(&self, clock: &Clock, since: u32) -> Shown {
        Shown {
            class: self.class,
            replica: self.replica,
            reason: self.reason.map(|reason| (reason, self.edge as usize)),
            behind: u64::from(self.behind),
            crossed: self.crossed,
            differs_since: (since != NEVER).then(|| clock.at(since)),
        }
    }

    /// It is counted as `shown` from now on.
    fn count(&mut self, shown: &Shown) {
        let small = |number: u64| u32::try_from(number).expect("limits on input keep it within 32 bits");
        self.class = shown.class;
        self.replica = shown.replica;
        self.reason = shown.reason.map(|(reason, _)| reason);
        self.edge = small(shown.reason.map_or(0, |(_, edge)| edge as u64));
        self.behind = small(shown.behind);
        self.crossed = shown.crossed;
    }
}

/// A cell that must be looked at again when the instant is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dirty {
    row: u32,
    address: AddressId,
    /// Since when answer and truth are counted to differ, as the clock's number.
    since: u32,
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
    /// One address at one enforcement point.
    pub(super) fn cell(&self, row: usize, address: AddressId) -> &Cell {
        &self.cells[address.index()][row]
    }

    /// The same, to be changed.
    pub(super) fn cell_mut(&mut self, row: usize, address: AddressId) -> &mut Cell {
        &mut self.cells[address.index()][row]
    }

    /// The newest update applied at a cell since its node last lost its memory.
    pub(super) fn held(&self, row: usize, address: AddressId) -> Option<UpdateId> {
        let relearned = self.relearned[row].as_ref();
        relearned.map_or_else(|| self.cell(row, address).mark, |held| held[address.index()])
    }

    /// The cell must be looked at again when the instant is over.
    pub(super) fn mark(&mut self, row: usize, address: AddressId) {
        let cell = &mut self.cells[address.index()][row];
        if !cell.dirty && cell.in_scope {
            cell.dirty = true;
            self.dirty.push(Dirty { row: row as u32, address, since: cell.differs_since() });
        }
    }

    /// So must all cells of `row` that are not current. Cost: nothing where there is none, else up to the last of them.
    pub(super) fn mark_wrong(&mut self, row: usize) {
        let mut left = self.gauges[row].wrong();
        for index in 0..self.addresses {
            if left == 0 {
                break;
            }
            if self.cells[index][row].reason.is_some() {
                left -= 1;
                self.mark(row, AddressId::new(index));
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
        // Before what it is counted as can no longer be seen from the cell.
        self.mark(row, address);
        let answer = self.tables.answer(self.paths.rows[row], address);
        let equal = answer == self.truth.fact(address).user();
        let stamp = self.stamp();
        let cell = self.cell_mut(row, address);
        if equal || cell.equal {
            cell.last_equal = stamp;
        }
        cell.equal = equal;
        self.agreement.touch(address);
    }

    /// The clock's number of now.
    pub(super) fn stamp(&mut self) -> u32 {
        self.clock.stamp(self.now)
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
        if std::mem::take(&mut self.is_new) {
            let rows = self.gauges.len();
            let all =
                (0..self.addresses).flat_map(|index| (0..rows).map(move |row| (row, AddressId::new(index))));
            for (row, address) in all {
                if self.cell(row, address).in_scope {
                    self.look_again(row, address, NEVER);
                }
            }
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        for Dirty { row, address, since } in dirty.drain(..) {
            self.look_again(row as usize, address, since);
        }
        // The list is used again, with its memory.
        self.dirty = dirty;
    }

    /// Counts a cell in scope as what it shows now; `since`: since when answer and truth are counted to differ.
    fn look_again(&mut self, row: usize, address: AddressId, since: u32) {
        let shown = self.look(row, address);
        let cell = &mut self.cells[address.index()][row];
        cell.dirty = false;
        let old = cell.counted(&self.clock, since);
        if old != shown {
            cell.count(&shown);
            self.accrue(row);
            self.gauges[row].take(&old);
            self.gauges[row].give(&shown);
        }
    }

    /// What a cell in scope shows now.
    pub(super) fn look(&self, row: usize, address: AddressId) -> Shown {
        let cell = self.cell(row, address);
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
        let differs_since = (!cell.equal).then(|| self.clock.at(cell.last_equal));
        Shown { class, replica, reason, behind, crossed, differs_since }
    }

    fn replica(&self, row: usize, group: usize, address: AddressId, answer: Option<UserId>) -> Option<Class> {
        let right = self.authorities.voice(group, address).and_then(|voice| voice.user);
        let class = class(right, answer)?;
        let mark = self.cell(row, address).mark;
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
