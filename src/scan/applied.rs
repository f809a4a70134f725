//! Applied: with which of a node's deliveries each update of a source was applied there, in little more than a byte each.
//!
//! Knows numbers, and that deliveries come in their order. Must not know what a delivery is.

use std::collections::BTreeMap;

use super::numbers::NONE;

/// So many updates, one after the other, take one line of the cache.
const BLOCK: usize = 60;
/// In the place of how far a delivery lies after the first of its block: there is none; it lies too far.
const NO_DELIVERY: u8 = u8::MAX;
const FAR: u8 = NO_DELIVERY - 1;
/// Up to one of so many may lie too far. Source: a choice; one that does takes some 20 bytes.
const FAR_SHARE: usize = 16;

/// Of each of a source's updates its delivery, or `NONE`.
#[derive(Debug, PartialEq)]
pub(super) enum Applied {
    /// Where updates that follow one another came with deliveries near one another, as they do when many come at once.
    Near {
        /// As far as something came.
        blocks: Vec<Block>,
        far: BTreeMap<usize, u32>,
        /// How many updates there are.
        len: usize,
    },
    /// Where they did not.
    Plain(Vec<u32>),
}

/// Some updates one after the other.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Block {
    /// The first delivery with which one of them came.
    first: u32,
    /// Of each how many deliveries later it came.
    after: [u8; BLOCK],
}

impl Block {
    const NONE: Self = Self { first: NONE, after: [NO_DELIVERY; BLOCK] };
}

impl Applied {
    /// Of so many updates, none of which has come.
    pub(super) fn new(len: usize) -> Self {
        Self::Near { blocks: Vec::new(), far: BTreeMap::new(), len }
    }

    /// The update at a position comes with a delivery, after all that came with those before. Cost: constant, for nearly all.
    pub(super) fn put(&mut self, position: usize, delivery: u32) {
        let (blocks, far, len) = match self {
            Self::Near { blocks, far, len } => (blocks, far, *len),
            Self::Plain(deliveries) => return deliveries[position] = delivery,
        };
        if blocks.len() <= position / BLOCK {
            blocks.resize(position / BLOCK + 1, Block::NONE);
        }
        let block = &mut blocks[position / BLOCK];
        block.first = block.first.min(delivery);
        let near = u8::try_from(delivery - block.first).ok().filter(|after| *after < FAR);
        block.after[position % BLOCK] = near.unwrap_or(FAR);
        if near.is_none() {
            far.insert(position, delivery);
            if far.len() * FAR_SHARE > len {
                *self = Self::Plain((0..len).map(|position| self.delivery(position)).collect());
            }
        }
    }

    /// The delivery of the update at a position. Cost: constant, for nearly all.
    pub(super) fn delivery(&self, position: usize) -> u32 {
        match self {
            Self::Near { blocks, far, .. } => {
                let Some(block) = blocks.get(position / BLOCK) else { return NONE };
                match block.after[position % BLOCK] {
                    NO_DELIVERY => NONE,
                    FAR => far[&position],
                    after => block.first + u32::from(after),
                }
            }
            Self::Plain(deliveries) => deliveries[position],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the order of deliveries.
    fn whole(deliveries: &[u32]) -> Applied {
        let mut order: Vec<usize> = (0..deliveries.len()).filter(|at| deliveries[*at] != NONE).collect();
        order.sort_by_key(|position| deliveries[*position]);
        let mut applied = Applied::new(deliveries.len());
        order.into_iter().for_each(|position| applied.put(position, deliveries[position]));
        let all = (0..deliveries.len()).map(|position| applied.delivery(position));
        assert!(all.eq(deliveries.iter().copied()), "{deliveries:?}");
        applied
    }

    #[test]
    fn deliveries_come_out_as_they_went_in_wherever_they_lie() {
        let near: Vec<u32> = (0..1_000).map(|position| 7 + position / 3).collect();
        let mut odd = near.clone();
        for (position, delivery) in
            [(0, NONE), (60, NONE), (61, 0), (200, NONE - 1), (239, 27 + 253), (999, 0)]
        {
            odd[position] = delivery;
        }
        let far = |applied: &Applied| match applied {
            Applied::Near { far, .. } => Some(far.len()),
            Applied::Plain(_) => None,
        };
        assert_eq!(far(&whole(&near)), Some(0));
        assert!(far(&whole(&odd)).is_some_and(|far| far > 0), "some lie far");
        let apart: Vec<u32> = (0..1_000).map(|position| position % 7 * 1_000).collect();
        assert_eq!(far(&whole(&apart)), None, "nearly all do");
        assert_eq!((far(&whole(&[NONE; 61])), far(&whole(&[]))), (Some(0), Some(0)));
        let edge: Vec<u32> = (0..60).map(|place| if place == 59 { 253 } else { 0 }).collect();
        assert_eq!(far(&whole(&edge)), Some(0));
    }

    #[test]
    fn what_comes_again_comes_with_the_later_delivery() {
        let mut applied = Applied::new(100);
        for (position, delivery) in [(70, 5), (71, 6), (70, 7), (71, 1_000), (71, 2_000)] {
            applied.put(position, delivery);
        }
        let all: Vec<u32> = [0, 69, 70, 71, 72, 99].map(|position| applied.delivery(position)).to_vec();
        assert_eq!(all, [NONE, NONE, 7, 2_000, NONE, NONE]);
    }

    #[test]
    fn a_block_takes_one_line_of_the_cache() {
        assert_eq!(size_of::<Block>(), 64);
    }
}
