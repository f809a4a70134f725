//! The journal: what a node has applied, in order, for all its clients. A replica is a position in it.

use std::collections::VecDeque;

/// An append-only list of entries, forgotten from the front once every reader is past them.
#[derive(Clone, Debug)]
pub struct Journal<T> {
    entries: VecDeque<T>,
    /// The position of the first entry still kept.
    first: u64,
}

impl<T> Journal<T> {
    /// The position after the last entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Adds what was just applied.
    pub fn append(&mut self, entry: T) {
        self.entries.push_back(entry);
    }

    /// The entries from `position` on. Panics when they are forgotten already.
    pub fn since(&self, position: u64) -> impl Iterator<Item = &T> {
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

impl<T> Default for Journal<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), first: 0 }
    }
}
