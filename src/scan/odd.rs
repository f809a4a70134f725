//! Odd: what leaves answered where that does not follow from when they applied frames, as runs of windows.
//!
//! Knows windows by their numbers. Must not know why an answer is odd.

use std::ops::Range;

use super::fold::Found;
use super::story::Shelves;
use crate::ids::AddressId;

/// What one leaf answered to an address at the ends of some windows.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) address: AddressId,
    pub(super) windows: Range<u32>,
    /// `NONE`: nobody.
    pub(super) user: u32,
}

/// The same of one of several leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    leaf: u32,
    begin: u32,
    end: u32,
    user: u32,
}

/// The answers of several leaves. Cost: 16 bytes a run, and 4 an address if there are any.
pub(super) struct Odd(Option<Shelves<Run>>);

impl Odd {
    /// Of leaves that are numbered in this order.
    pub(super) fn new<'b>(addresses: usize, leaves: impl Iterator<Item = &'b Found> + Clone) -> Self {
        let is_any = leaves.clone().any(|found| !found.answers.is_empty());
        Self(is_any.then(|| {
            Shelves::new(addresses, |put| {
                for (leaf, found) in (0..).zip(leaves.clone()) {
                    for Answer { address, windows, user } in &found.answers {
                        put(*address, Run { leaf, begin: windows.start, end: windows.end, user: *user });
                    }
                }
            })
        }))
    }

    fn of(&self, address: AddressId) -> &[Run] {
        self.0.as_ref().map_or(&[], |runs| runs.of(address))
    }

    /// The windows at whose ends some leaf answered oddly, in order, each once.
    pub(super) fn windows(&self, address: AddressId) -> Vec<u32> {
        let mut windows: Vec<u32> = self.of(address).iter().flat_map(|run| run.begin..run.end).collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// Who answered oddly at the end of a window, and what, in the order of leaves.
    pub(super) fn at(&self, window: usize, address: AddressId) -> impl Iterator<Item = (usize, u32)> {
        let holds = move |run: &&Run| (run.begin as usize..run.end as usize).contains(&window);
        self.of(address).iter().filter(holds).map(|run| (run.leaf as usize, run.user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_by_address_and_by_window_in_the_order_of_leaves() {
        let answer = |address, windows, user| Answer { address: AddressId::new(address), windows, user };
        let leaf = |answers| Found { answers, ..Found::default() };
        let leaves = [
            leaf(vec![answer(1, 5..7, 10), answer(1, 2..3, 11), answer(3, 0..1, 12)]),
            leaf(Vec::new()),
            leaf(vec![answer(1, 6..9, 13)]),
        ];
        let odd = Odd::new(4, leaves.iter());
        let at = |window, address| odd.at(window, AddressId::new(address)).collect::<Vec<_>>();
        assert_eq!(odd.windows(AddressId::new(1)), [2, 5, 6, 7, 8]);
        assert_eq!((at(6, 1), at(7, 1), at(2, 1)), (vec![(0, 10), (2, 13)], vec![(2, 13)], vec![(0, 11)]));
        assert_eq!((odd.windows(AddressId::new(0)), at(0, 3), at(1, 3)), (vec![], vec![(0, 12)], vec![]));
        assert_eq!(Odd::new(4, leaves[1..2].iter()).windows(AddressId::new(1)), [0; 0]);
    }
}
