//! Brief: of leaves that only follow their hub, how stale updates were when applied, how they ended, and the final table.
//!
//! Knows when frames were applied. Must not know truth, windows, or where time went.

use super::fold::{Folding, Found};
use super::moving::Turn;
use super::pattern::Moves;
use crate::observe::TableUse;

impl Folding<'_> {
    /// What every step of the pattern leaves in the table, as far as it came by the end.
    pub(super) fn land(&mut self) {
        let pattern = self.frame.pattern;
        self.land_all(&pattern.applies, 0);
        let timeout = self.frame.field.law.timeout;
        if timeout != u64::MAX {
            self.land_all(&pattern.expires, timeout);
        }
    }

    fn land_all(&mut self, moves: &Moves, after: u64) {
        let end = self.frame.field.end;
        // Frames are applied in order.
        let landed = self.applied.partition_point(|at| at.saturating_add(after) <= end);
        let mut users = 0;
        for (hash, by) in moves.hashes.iter().zip(&moves.users).take(landed) {
            self.hash = self.hash.wrapping_add(*hash);
            users += i64::from(*by);
        }
        self.users.push(Turn { at: 0, by_timer: false, rank: 0, by: users });
    }

    /// What is brief, once all is in.
    pub(super) fn finish_briefly(mut self) -> Found {
        let last: i64 = self.users.iter().map(|turn| turn.by).sum();
        let last = u64::try_from(last).expect("a table never has fewer than no users");
        self.found.table = TableUse { last, ..TableUse::default() };
        self.found.table_hash = self.hash;
        self.found.staleness.histogram.pack();
        self.found.change_staleness.histogram.pack();
        Found { findings: self.found, ..Found::default() }
    }
}
