//! Part: what is known of some addresses, put together to what is known of all, whoever walked through which.
//!
//! Knows that everything is a sum, or a list in the order of addresses. Must not know what is summed.

use std::ops::Range;

use super::class::Field;
use super::crew::in_ranges;
use super::freshness::Freshness;
use super::pattern::{Moves, Pattern};
use super::stretch::Stretch;
use super::tape::Tape;
use super::walk::walk;
use crate::ids::AddressId;

/// What is known of some addresses.
pub(super) struct Part {
    pub(super) pattern: Pattern,
    pub(super) fresh: Freshness,
    /// Those of which what says the truth was on two hops at once, which are not in the pattern.
    pub(super) double: Vec<AddressId>,
}

impl Part {
    /// All addresses, walked through by so many threads. `has_second`: those on two hops at once are told apart.
    pub(super) fn whole(field: &Field<'_>, has_second: bool, threads: usize) -> Self {
        let empty = Pattern::empty(field);
        let parts = in_ranges(empty.is_wild.len(), threads, |addresses| {
            Self::new(field, empty.clone(), has_second, addresses)
        });
        let joined = parts.into_iter().reduce(|mut all, part| {
            all.join(part);
            all
        });
        joined.expect("there is a thread")
    }

    fn new(field: &Field<'_>, pattern: Pattern, has_second: bool, addresses: Range<usize>) -> Self {
        let mut part = Self { pattern, fresh: Freshness::new(), double: Vec::new() };
        let mut tape = Tape::default();
        for address in addresses.map(AddressId::new) {
            field.warm(address, &Stretch::default());
            let pattern = &mut part.pattern;
            walk(&field.pattern_ground(address), |frame| pattern.sent[frame as usize], &mut tape);
            if tape.is_wild {
                pattern.wild.push(address);
                pattern.is_wild[address.index()] = true;
                continue;
            }
            pattern.is_orderly[address.index()] = tape.is_orderly;
            pattern.retold.take(field, address, &tape);
            part.fresh.take(field, address);
            if has_second && tape.is_double.get() {
                part.double.push(address);
                continue;
            }
            pattern.take(field, address, &tape);
            if has_second || field.class.relay.is_some() {
                pattern.take_relays(field, address, &tape);
            }
        }
        part
    }

    fn join(&mut self, other: Self) {
        self.pattern.join(other.pattern);
        self.fresh.join(other.fresh);
        self.double.extend(other.double);
    }
}

impl Pattern {
    fn join(&mut self, other: Self) {
        let add =
            |all: &mut [i128], more: &[i128]| all.iter_mut().zip(more).for_each(|(all, more)| *all += more);
        self.meter.join(&other.meter);
        add(&mut self.sums, &other.sums);
        add(&mut self.hops, &other.hops);
        for (here, more) in self.crossed.iter_mut().zip(&other.crossed) {
            here.stays += more.stays;
            here.wrong += more.wrong;
            here.unknown += more.unknown;
        }
        self.incorrect += other.incorrect;
        self.applies.join(&other.applies);
        self.expires.join(&other.expires);
        self.both.join(other.both);
        let lists = self.hop_steps.iter_mut().chain(&mut self.site_steps);
        lists
            .zip(other.hop_steps.into_iter().chain(other.site_steps))
            .for_each(|(all, more)| all.extend(more));
        self.late.extend(other.late);
        self.close.extend(other.close);
        self.relays.extend(other.relays);
        self.close_relays.extend(other.close_relays);
        self.wild.extend(other.wild);
        let either =
            |all: &mut [bool], more: &[bool]| all.iter_mut().zip(more).for_each(|(all, more)| *all |= more);
        either(&mut self.is_wild, &other.is_wild);
        either(&mut self.is_orderly, &other.is_orderly);
        self.retold.endings.extend(other.retold.endings);
    }
}

impl Moves {
    fn join(&mut self, other: &Self) {
        for (jump, more) in self.jumps.iter_mut().zip(&other.jumps) {
            jump.iter_mut().zip(more).for_each(|(sum, by)| *sum += by);
        }
        for (all, more) in [(&mut self.begins, &other.begins), (&mut self.ends, &other.ends)] {
            all.iter_mut().zip(more).for_each(|(all, more)| *all = (all.0 + more.0, all.1 + more.1));
        }
        self.hashes.iter_mut().zip(&other.hashes).for_each(|(hash, more)| *hash = hash.wrapping_add(*more));
    }
}
