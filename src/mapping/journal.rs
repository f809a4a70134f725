//! The journal: what a node has applied, in order, for all its clients. A replica is a position in it.

use std::collections::VecDeque;

use super::Mapping;

/// An append-only list of entries, forgotten from the front once every reader is past them.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: VecDeque<Mapping>,
    /// The position of the first entry still kept.
    first: u64,
}

impl Journal {
    /// The position after the last entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Adds what was just applied.
    pub fn append(&mut self, mapping: Mapping) {
        self.entries.push_back(mapping);
    }

    /// The entries from `position` on. Panics when they are forgotten already.
    pub fn since(&self, position: u64) -> impl Iterator<Item = &Mapping> {
        let skip = position.checked_sub(self.first).expect("a reader's position is kept");
        self.entries.iter().skip(usize::try_from(skip).expect("the journal fits in memory"))
    }

    /// Forgets everything before `position`.
    pub fn forget_before(&mut self, position: u64) {
        while self.first < position && self.entries.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
