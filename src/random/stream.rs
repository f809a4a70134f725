//! Streams: portable generators, pinned by name, keyed by what they are for.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::units::Ratio;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The seed of a run; every draw follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of `owner` (a node's or link's name) for `purpose`.
    #[must_use]
    pub fn stream(self, owner: &str, purpose: &str) -> Stream {
        let mut hash = FNV_OFFSET;
        // The separator cannot occur in a checked name, so ("ab", "c") and ("a", "bc") differ.
        for byte in self.0.to_le_bytes().iter().chain(owner.as_bytes()).chain(&[0]).chain(purpose.as_bytes())
        {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
        Stream(Xoshiro256PlusPlus::seed_from_u64(hash))
    }
}

/// A sequence of draws for one purpose. The generator is xoshiro256++, documented as portable.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in [0, 1) with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        // Signed, as that is how processors do it; it fits.
        (self.bits() >> 11).cast_signed() as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number in `0..bound`, by multiplication. Panics on a bound of zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "nothing lies below zero");
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Whether a thing of probability `share` happens.
    pub fn chance(&mut self, share: Ratio) -> bool {
        self.below(u64::from(Ratio::WHOLE)) < u64::from(share.parts_per_billion())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_one_that_the_reports_were_made_with() {
        let mut known = Stream(Xoshiro256PlusPlus::seed_from_u64(42));
        assert_eq!(known.bits(), 0xd076_4d4f_4476_689f);
    }

    #[test]
    fn streams_differ_by_seed_owner_and_purpose() {
        let first = |seed: u64, owner: &str, purpose: &str| Seed(seed).stream(owner, purpose).bits();
        let all = [
            first(1, "a", "x"),
            first(2, "a", "x"),
            first(1, "b", "x"),
            first(1, "a", "y"),
            first(1, "ax", ""),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(one));
        }
        assert_eq!(first(1, "a", "x"), first(1, "a", "x"));
    }
}
