//! Lineages: where mappings came from, each kind kept once and named by a small number.
//!
//! The mappings of one table came by few ways (source, origin, route), so a slot holds a number instead.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Mapping, Route};
use crate::ids::NodeId;

/// How many are searched one by one before the index is asked.
const SEARCHED: usize = 12;

/// Who noticed a mapping, who first learned it, and who redistributed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lineage {
    pub(super) source: NodeId,
    pub(super) origin: NodeId,
    pub(super) route: Route,
}

/// All lineages of one table, numbered as they were met; none is ever forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Lineages {
    list: Vec<Lineage>,
    /// Those past the searched ones. Its order is never looked at.
    numbers: HashMap<Lineage, u32, FixedState>,
}

impl Lineages {
    /// The lineage of a number that was given out.
    pub(super) fn get(&self, number: u32) -> &Lineage {
        &self.list[number as usize]
    }

    /// The number of a mapping's lineage. Cost: a few comparisons, or one hash.
    pub(super) fn number(&mut self, mapping: &Mapping) -> u32 {
        let searched = &self.list[..self.list.len().min(SEARCHED)];
        let is_its = |known: &Lineage| {
            known.source == mapping.source && known.origin == mapping.origin && known.route == mapping.route
        };
        if let Some(position) = searched.iter().position(is_its) {
            return position as u32;
        }
        let Mapping { source, origin, route, .. } = *mapping;
        let lineage = Lineage { source, origin, route };
        if let Some(number) = self.numbers.get(&lineage) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("a table meets fewer than 2^32 lineages");
        self.list.push(lineage);
        if number as usize >= SEARCHED {
            self.numbers.insert(lineage, number);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AddressId;

    #[test]
    fn a_lineage_has_one_number_however_many_there_are() {
        let mapping = |n: usize| Mapping {
            address: AddressId::new(0),
            user: None,
            log_off: true,
            timestamp: 0,
            source: NodeId::new(n % 3),
            sequence: 0,
            origin: NodeId::new(n % 5),
            route: Route::new().with(NodeId::new(n % 7)).expect("room"),
        };
        let mut lineages = Lineages::default();
        let numbers: Vec<u32> = (0..3 * 5 * 7).map(|n| lineages.number(&mapping(n))).collect();
        assert!(numbers.iter().copied().eq(0..3 * 5 * 7));
        for (n, number) in numbers.iter().enumerate() {
            assert_eq!(lineages.number(&mapping(n)), *number);
            let Mapping { source, origin, route, .. } = mapping(n);
            assert_eq!(*lineages.get(*number), Lineage { source, origin, route });
        }
    }
}
