//! Applied: with which of a node's deliveries each update of a source was applied there, in little more than a byte each.
//!
//! Knows numbers. Must not know what a delivery is.

use std::collections::BTreeMap;

use super::numbers::NONE;

/// So many updates, one after the other, take one line of the cache.
const BLOCK: usize = 60;
/// In the place of how far a delivery lies after the first of its block: there is none; it lies too far.
const NO_DELIVERY: u8 = u8::MAX;
const FAR: u8 = NO_DELIVERY - 1;
/// Up to one of so many may lie too far. Source: a choice; one that does takes some 20 bytes.
const FAR_SHARE: usize = 16;

/// Of each update its delivery, or `NONE`.
#[derive(Debug, PartialEq)]
pub(super) enum Applied {
    /// Where updates that follow one another came with deliveries near one another, as they do when many come at once.
    Near { blocks: Vec<Block>, far: BTreeMap<usize, u32> },
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

impl Applied {
    /// Cost: a few steps an update.
    pub(super) fn new(deliveries: Vec<u32>) -> Self {
        let mut far = BTreeMap::new();
        let blocks = deliveries.chunks(BLOCK).enumerate().map(|(block, here)| {
            let first = here.iter().copied().min().unwrap_or(NONE);
            let mut after = [NO_DELIVERY; BLOCK];
            for (place, delivery) in
                here.iter().copied().enumerate().filter(|(_, delivery)| *delivery != NONE)
            {
                let near = u8::try_from(delivery - first).ok().filter(|after| *after < FAR);
                after[place] = near.unwrap_or_else(|| {
                    far.insert(block * BLOCK + place, delivery);
                    FAR
                });
            }
            Block { first, after }
        });
        let blocks = blocks.collect();
        if far.len() * FAR_SHARE > deliveries.len() {
            return Self::Plain(deliveries);
        }
        Self::Near { blocks, far }
    }

    /// The delivery of the update at a position. Cost: constant, for nearly all.
    pub(super) fn delivery(&self, position: usize) -> u32 {
        match self {
            Self::Near { blocks, far } => {
                let block = &blocks[position / BLOCK];
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

    fn whole(deliveries: &[u32]) -> Applied {
        let applied = Applied::new(deliveries.to_vec());
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
        let apart: Vec<u32> = (0..1_000).map(|position| position * 1_000).collect();
        assert_eq!(far(&whole(&apart)), None, "nearly all do");
        assert_eq!((far(&whole(&[NONE; 61])), far(&whole(&[]))), (Some(0), Some(0)));
        let edge: Vec<u32> = (0..60).map(|place| if place == 59 { 253 } else { 0 }).collect();
        assert_eq!(far(&whole(&edge)), Some(0));
    }

    #[test]
    fn a_block_takes_one_line_of_the_cache() {
        assert_eq!(size_of::<Block>(), 64);
    }
}
