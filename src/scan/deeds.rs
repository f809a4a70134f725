//! Deeds: what an authority did to each address, in order.
//!
//! Knows instants. Must not know what was answered.

use super::notes::{Noted, Notes};
use super::story::{Common, Shelves};
use crate::ids::AddressId;

/// What one authority did to all addresses. Cost: 4 bytes a deed, or 8.
pub(super) struct Archive {
    /// By address: update, or `NONE` where its timer ended the entry; and which instant.
    notes: Notes,
    /// All instants at which it did something, in order. They are few: what one frame brings is applied at one, and times out at
    /// one.
    instants: Vec<u64>,
}

impl Archive {
    /// `each` gives deeds in order, the same way however often it is run. Cost: a few passes over them.
    pub(super) fn new(common: &Common, each: impl Fn(&mut dyn FnMut(AddressId, u64, u32))) -> Self {
        let mut instants = Vec::new();
        each(&mut |_, at, _| {
            if instants.last() != Some(&at) {
                instants.push(at);
            }
        });
        let notes = Shelves::new(common.addresses(), |put| {
            let mut now = 0;
            each(&mut |address, at, update| {
                now += usize::from(instants[now] != at);
                put(address, (update, u32::try_from(now).expect("fewer instants than updates")));
            });
        });
        Self { notes: Notes::new(common, notes, instants.len()), instants }
    }

    /// What it did to `address`.
    pub(super) fn of<'b>(&'b self, common: &'b Common, address: AddressId) -> Deeds<'b> {
        Deeds { notes: self.notes.of(common, address), instants: &self.instants }
    }
}

/// What an authority did to one address, in order: when, and with which update; `NONE`: its timer ended the entry.
#[derive(Clone, Copy)]
pub(super) struct Deeds<'b> {
    notes: Noted<'b>,
    instants: &'b [u64],
}

impl<'b> Deeds<'b> {
    pub(super) fn get(self, place: usize) -> Option<(u64, u32)> {
        self.notes.get(place).map(|note| self.deed(note))
    }

    /// How many came by `at`. Cost: a search.
    pub(super) fn known(self, at: u64) -> usize {
        self.notes.until(|instant| self.instants[instant as usize] <= at)
    }

    pub(super) fn before(self, place: usize) -> Self {
        Self { notes: self.notes.range(0..place), ..self }
    }

    pub(super) fn from(self, place: usize) -> Self {
        Self { notes: self.notes.range(place..self.notes.len()), ..self }
    }

    pub(super) fn iter(
        self,
    ) -> impl DoubleEndedIterator<Item = (u64, u32)> + ExactSizeIterator + Clone + use<'b> {
        self.notes.iter().map(move |note| self.deed(note))
    }

    fn deed(self, (update, instant): (u32, u32)) -> (u64, u32) {
        (self.instants[instant as usize], update)
    }
}
