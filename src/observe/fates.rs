//! Fates: how every counted update ended at every point, and the samples that hang on it. The last look.
//!
//! Knows what the run left behind. Must not know moments.

use super::book::{End, Item, Loss, UpdateId};
use super::clock::NEVER;
use super::findings::{Fates, PointFindings, VISIBILITY_SPANS};
use super::witness::Witness;
use crate::ids::{AddressId, NodeId, UserId};
use crate::units::Instant;

/// How an update ended at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Applied,
    Filtered,
    Lost(Loss),
    Pending,
    Refused,
    Superseded,
}

impl Witness {
    /// Judges every counted update that was noticed.
    pub(super) fn judge_all(&mut self, end: Instant) {
        for update in self.book.all() {
            let item = self.book.item(update);
            if !item.counted || !item.noticed {
                continue;
            }
            let address = item.address;
            let mut heard = 0;
            let mut latest = Instant::ZERO;
            for row in 0..self.paths.rows.len() {
                if !self.cell(row, address).in_scope {
                    continue;
                }
                let fate = self.fate(row, update);
                let item = self.book.item(update);
                let changed =
                    self.paths.group_of[row].is_some_and(|group| self.authorities.was_change(update, group));
                let fleet = Some(&mut self.fleet_running.findings)
                    .filter(|_| self.fleet.stands_for_pair(item.stand, row));
                for found in [Some(&mut self.running[row].findings), fleet].into_iter().flatten() {
                    count(&mut found.fates, fate);
                    sample(found, item, self.clock.at(item.applied[row]), changed);
                }
                if fate != Fate::Filtered {
                    let visible = self.clock.at(item.visible(row));
                    see(&mut self.running[row].findings, item.occurred, visible, end);
                    if self.fleet.hears(item.audience, row) {
                        heard += 1;
                        latest = latest.max(visible);
                    }
                }
            }
            let item = self.book.item(update);
            if heard > 0 {
                see(&mut self.fleet_running.findings, item.occurred, latest, end);
            }
            self.convergence.not_converged += u64::from(item.unseen > 0);
        }
    }

    fn fate(&self, row: usize, update: UpdateId) -> Fate {
        let item = self.book.item(update);
        if item.applied[row] != NEVER {
            return Fate::Applied;
        }
        let mark = self.cell(row, item.address).mark;
        let is_passed = mark.is_some_and(|mark| self.book.is_newer(mark, Some(update)));
        if self.is_alive(row, update) {
            return if is_passed { Fate::Superseded } else { Fate::Pending };
        }
        match self.last_death(row, update).map(|death| death.end) {
            Some(End::Filtered) => Fate::Filtered,
            Some(End::Full | End::Refused) => Fate::Refused,
            Some(End::Lost(loss)) => Fate::Lost(loss),
            Some(End::Superseded) => Fate::Superseded,
            None if !self.paths.is_upstream(row, item.source) => Fate::Filtered,
            None if is_passed => Fate::Superseded,
            None => Fate::Lost(Loss::Way),
        }
    }

    /// The hash of the final table of `row`.
    pub(super) fn hash_table(&self, row: usize) -> u64 {
        let node = self.paths.rows[row];
        let entries = (0..self.addresses).map(AddressId::new).filter_map(|address| {
            let (update, user) = self.tables.held(node, address)?;
            let item = self.book.item(update);
            Some(entry_hash(address, user?, item.source, item.sequence))
        });
        entries.fold(0, u64::wrapping_add)
    }
}

fn count(fates: &mut Fates, fate: Fate) {
    let counter = match fate {
        Fate::Applied => &mut fates.applied,
        Fate::Filtered => &mut fates.filtered,
        Fate::Lost(Loss::Crash) => &mut fates.lost_crash,
        Fate::Lost(Loss::Hops) => &mut fates.lost_hops,
        Fate::Lost(Loss::Key) => &mut fates.lost_key,
        Fate::Lost(Loss::Way) => &mut fates.lost_loss,
        Fate::Lost(Loss::Port) => &mut fates.lost_port,
        Fate::Lost(Loss::Queue) => &mut fates.lost_queue,
        Fate::Pending => &mut fates.pending,
        Fate::Refused => &mut fates.refused,
        Fate::Superseded => &mut fates.superseded,
    };
    *counter += 1;
}

fn sample(found: &mut PointFindings, item: &Item, applied: Instant, changed: bool) {
    if applied == Instant::NEVER {
        return;
    }
    let staleness = applied.since(item.occurred);
    found.staleness.record(staleness);
    found.lately.enter(applied, 1, staleness.nanos().into());
    if changed {
        found.change_staleness.record(staleness);
    }
}

/// Enters an update that was visible at `visible` (`NEVER`: not) into the table of visibility.
fn see(found: &mut PointFindings, occurred: Instant, visible: Instant, end: Instant) {
    for (counts, span) in found.visibility.iter_mut().zip(VISIBILITY_SPANS) {
        let due = occurred.later(span);
        if due <= end {
            counts.0 += u64::from(visible <= due);
            counts.1 += 1;
        }
    }
}

/// The hash of one live entry; a table's is the wrapping sum over its entries.
#[must_use]
pub fn entry_hash(address: AddressId, user: UserId, source: NodeId, sequence: u64) -> u64 {
    fnv(&[address.index() as u64, user.index() as u64, source.index() as u64, sequence])
}

/// The prime of 64-bit FNV-1a, to the power of 0 to 8. Source: draft-eastlake-fnv.
const PRIME_POWERS: [u64; 9] = {
    let mut powers = [1_u64; 9];
    let mut power = 1;
    while power < 9 {
        powers[power] = powers[power - 1].wrapping_mul(0x0000_0100_0000_01b3);
        power += 1;
    }
    powers
};

/// 64-bit FNV-1a of numbers, each in little-endian order. Cost: a step for each byte that is not among the zeros at the end of
/// its number, which all come in one.
fn fnv(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, |hash, number| {
        let zeros = number.leading_zeros() as usize / 8;
        let bytes = number.to_le_bytes();
        let hash = bytes[..8 - zeros]
            .iter()
            .fold(hash, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME_POWERS[1]));
        hash.wrapping_mul(PRIME_POWERS[zeros])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // FNV-1a of eight zero bytes, and of none. Source: draft-eastlake-fnv, offset basis.
        assert_eq!(fnv(&[]), 0xcbf2_9ce4_8422_2325);
        let by_hand = (0..8).fold(0xcbf2_9ce4_8422_2325_u64, |hash, _| hash.wrapping_mul(0x0100_0000_01b3));
        assert_eq!(fnv(&[0]), by_hand);
    }

    #[test]
    fn zeros_count_wherever_they_are() {
        let plain = |numbers: &[u64]| {
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        };
        for number in [1, 255, 256, 0x0100_00ff, 1 << 55, 1 << 56, u64::MAX, 0x00ff_0000_0000_0000] {
            assert_eq!(fnv(&[number, 7, 0, number]), plain(&[number, 7, 0, number]), "{number:#x}");
        }
    }
}
