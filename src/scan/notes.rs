//! Notes: a number for some of each address's updates, in order, in four bytes each where that is enough.
//!
//! Knows places among an address's updates. Must not know what the numbers are of.

use std::ops::Range;

use super::numbers::NONE;
use super::story::{Common, Shelves};
use crate::ids::AddressId;

/// Notes by address. Cost: 4 bytes each, or 8.
pub(super) enum Notes {
    /// In the lowest bits the place among the address's updates, one more than the last for `NONE`; above them the number.
    Near { bits: u32, notes: Shelves<u32> },
    /// (update, number)
    Wide(Shelves<(u32, u32)>),
}

impl Notes {
    /// Of (update or `NONE`, number); numbers are below a bound. Cost: a pass, address by address.
    pub(super) fn new(common: &Common, notes: Shelves<(u32, u32)>, bound: usize) -> Self {
        let most = common.updates.longest();
        let bits = usize::BITS - most.leading_zeros();
        if bits >= u32::BITS || bound > 1 << (u32::BITS - bits) {
            return Self::Wide(notes);
        }
        let near = |address, (update, number): (u32, u32)| {
            let none = common.updates.of(address).len();
            let place = if update == NONE { none } else { common.place(address, update) };
            number << bits | place as u32
        };
        Self::Near { bits, notes: notes.map(near) }
    }

    /// Those of `address`.
    pub(super) fn of<'b>(&'b self, common: &'b Common, address: AddressId) -> Noted<'b> {
        match self {
            Self::Near { bits, notes } => {
                Noted::Near { bits: *bits, notes: notes.of(address), updates: common.updates.of(address) }
            }
            Self::Wide(notes) => Noted::Wide(notes.of(address)),
        }
    }
}

/// Notes of one address, or some of them: (update or `NONE`, number).
#[derive(Clone, Copy)]
pub(super) enum Noted<'b> {
    Near { bits: u32, notes: &'b [u32], updates: &'b [u32] },
    Wide(&'b [(u32, u32)]),
}

impl<'b> Noted<'b> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Near { notes, .. } => notes.len(),
            Self::Wide(notes) => notes.len(),
        }
    }

    pub(super) fn get(self, place: usize) -> Option<(u32, u32)> {
        match self {
            Self::Near { bits, notes, updates } => {
                let note = *notes.get(place)?;
                let place = (note & ((1 << bits) - 1)) as usize;
                Some((updates.get(place).copied().unwrap_or(NONE), note >> bits))
            }
            Self::Wide(notes) => notes.get(place).copied(),
        }
    }

    /// The same; panics where there is none.
    pub(super) fn at(self, place: usize) -> (u32, u32) {
        self.get(place).expect("a place among those that there are")
    }

    /// The number at a place.
    pub(super) fn number(self, place: usize) -> Option<u32> {
        match self {
            Self::Near { bits, notes, .. } => Some(notes.get(place)? >> bits),
            Self::Wide(notes) => Some(notes.get(place)?.1),
        }
    }

    pub(super) fn last(self) -> Option<(u32, u32)> {
        self.get(self.len().checked_sub(1)?)
    }

    /// How many of the first have numbers for which this is so. Cost: a search.
    pub(super) fn until(self, is_so: impl Fn(u32) -> bool) -> usize {
        match self {
            Self::Near { bits, notes, .. } => notes.partition_point(|note| is_so(note >> bits)),
            Self::Wide(notes) => notes.partition_point(|(_, number)| is_so(*number)),
        }
    }

    pub(super) fn range(self, places: Range<usize>) -> Self {
        match self {
            Self::Near { bits, notes, updates } => Self::Near { bits, notes: &notes[places], updates },
            Self::Wide(notes) => Self::Wide(&notes[places]),
        }
    }

    pub(super) fn iter(
        self,
    ) -> impl DoubleEndedIterator<Item = (u32, u32)> + ExactSizeIterator + Clone + use<'b> {
        (0..self.len()).map(move |place| self.at(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three addresses with three, no and five updates; the second is not noted of.
    fn noted(bound: usize) -> (Common, Notes) {
        let updates: [&[u32]; 3] = [&[4, 0, 9], &[], &[1, 2, 3, 5, 7]];
        let shelves = Shelves::new(3, |put| {
            let each = updates.iter().enumerate();
            each.for_each(|(index, all)| all.iter().for_each(|one| put(AddressId::new(index), *one)));
        });
        let common = Common { changes: Shelves::new(3, |_| {}), updates: shelves };
        let notes = Shelves::new(3, |put| {
            for (number, update) in [(0, 9), (3, NONE), (3, 4)] {
                put(AddressId::new(0), (update, number));
            }
            put(AddressId::new(2), (7, bound as u32 - 1));
        });
        let notes = Notes::new(&common, notes, bound);
        (common, notes)
    }

    #[test]
    fn notes_come_out_as_they_went_in_however_they_are_kept() {
        for (bound, is_near) in [(4, true), (1 << 29, true), ((1 << 29) + 1, false)] {
            let (common, notes) = noted(bound);
            assert_eq!(matches!(notes, Notes::Near { .. }), is_near, "{bound}");
            let here = notes.of(&common, AddressId::new(0));
            let all = [(9, 0), (NONE, 3), (4, 3)];
            assert!(here.iter().eq(all) && here.last() == Some(all[2]) && here.get(3).is_none());
            assert_eq!((here.until(|number| number < 3), here.until(|number| number <= 3)), (1, 3));
            assert!(here.range(1..2).iter().eq([all[1]]) && here.number(2) == Some(3));
            assert_eq!(notes.of(&common, AddressId::new(1)).last(), None);
            assert_eq!(notes.of(&common, AddressId::new(2)).at(0), (7, bound as u32 - 1));
        }
    }
}
