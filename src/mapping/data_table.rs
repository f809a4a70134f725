//! Data table: a node's tags, HIP reports and quarantine list, and the law by which versions of a key merge.
//!
//! Of one key the newest version stays; one that is taken back is remembered, so that a late copy does not bring it
//! back (guess: the vendor does not publish the rule). Few against mappings, so a plain ordered map.

use std::collections::BTreeMap;

use super::{Datum, DatumKey, Outcome};
use crate::units::Instant;

#[derive(Clone, Copy, Debug)]
struct Slot {
    datum: Datum,
    /// When it ends by itself; `Instant::NEVER`: it does not, or has.
    ends: Instant,
    is_live: bool,
}

/// The newest version of every key that a node has been told of.
#[derive(Clone, Debug, Default)]
pub struct DataTable {
    slots: BTreeMap<DatumKey, Slot>,
}

impl DataTable {
    /// Merges one version at `now`.
    pub fn merge(&mut self, now: Instant, new: &Datum) -> Outcome {
        if let Some(slot) = self.slots.get(&new.key) {
            let old = slot.datum;
            if (old.source, old.sequence) == (new.source, new.sequence) {
                return Outcome::Duplicate;
            }
            if old.rank() >= new.rank() {
                return Outcome::Refused { holder: (old.source, old.sequence) };
            }
        }
        let ends = new.time_left.filter(|_| !new.removed).map_or(Instant::NEVER, |left| now.later(left));
        self.slots.insert(new.key, Slot { datum: *new, ends, is_live: !new.removed });
        Outcome::Applied
    }

    /// Every live datum, in key order, with the time that it has left at `now`.
    pub fn holdings(&self, now: Instant) -> impl Iterator<Item = Datum> {
        let live = self.slots.values().filter(|slot| slot.is_live);
        live.map(move |slot| with_time_left(slot, now))
    }

    /// A version that was applied, as it is sent on at `now`. What has been replaced or has ended since goes on as it came,
    /// with no time left.
    #[must_use]
    pub fn sent_on(&self, now: Instant, datum: &Datum) -> Datum {
        match self.slots.get(&datum.key) {
            Some(slot) if slot.datum.sequence == datum.sequence && slot.datum.source == datum.source => {
                with_time_left(slot, now)
            }
            _ => *datum,
        }
    }

    /// When the next datum ends by itself.
    #[must_use]
    pub fn next_end(&self) -> Option<Instant> {
        self.slots
            .values()
            .filter(|slot| slot.is_live)
            .map(|slot| slot.ends)
            .min()
            .filter(|at| *at < Instant::NEVER)
    }

    /// Ends what has no time left at `now`; the keys. Their versions stay remembered.
    pub fn expire(&mut self, now: Instant) -> Vec<DatumKey> {
        let ended = self.slots.iter_mut().filter(|(_, slot)| slot.is_live && slot.ends <= now);
        ended
            .map(|(key, slot)| {
                slot.is_live = false;
                *key
            })
            .collect()
    }

    /// Loses everything but what survives a restart.
    pub fn lose_memory(&mut self) {
        self.slots.retain(|_, slot| slot.is_live && slot.datum.persistent);
    }
}

fn with_time_left(slot: &Slot, now: Instant) -> Datum {
    let left = slot
        .datum
        .time_left
        .map(|_| if slot.is_live { slot.ends.since(now) } else { crate::units::Span::ZERO });
    Datum { time_left: left.filter(|_| !slot.datum.removed), ..slot.datum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AddressId, LabelId, NodeId};
    use crate::mapping::Route;
    use crate::units::Span;

    fn at(second: u64) -> Instant {
        Instant::after_start(Span::from_seconds(second))
    }

    fn tag(address: usize, second: u64, left: Option<u64>) -> Datum {
        Datum {
            key: DatumKey::IpTag(AddressId::new(address), LabelId::new(0)),
            removed: false,
            time_left: left.map(Span::from_seconds),
            persistent: address == 1,
            timestamp: second as i64,
            source: NodeId::new(0),
            sequence: second,
            origin: NodeId::new(1),
            route: Route::new(),
        }
    }

    #[test]
    fn the_newest_version_stays_and_a_late_copy_brings_nothing_back() {
        let mut table = DataTable::default();
        assert_eq!(table.merge(at(1), &tag(0, 5, None)), Outcome::Applied);
        assert_eq!(table.merge(at(2), &tag(0, 5, None)), Outcome::Duplicate);
        assert_eq!(table.merge(at(2), &Datum { removed: true, ..tag(0, 6, None) }), Outcome::Applied);
        assert_eq!(table.holdings(at(3)).count(), 0);
        let refused = Outcome::Refused { holder: (NodeId::new(0), 6) };
        assert_eq!(table.merge(at(4), &tag(0, 5, None)), refused);
        assert_eq!(table.merge(at(4), &tag(0, 7, None)), Outcome::Applied);
        assert_eq!(table.holdings(at(4)).count(), 1);
    }

    #[test]
    fn what_is_sent_on_carries_the_time_that_is_left() {
        let mut table = DataTable::default();
        let sent = tag(0, 1, Some(100));
        table.merge(at(10), &sent);
        assert_eq!(table.next_end(), Some(at(110)));
        assert_eq!(table.sent_on(at(40), &sent).time_left, Some(Span::from_seconds(70)));
        assert_eq!(table.expire(at(109)), []);
        assert_eq!(table.expire(at(110)), [sent.key]);
        assert_eq!((table.holdings(at(110)).count(), table.next_end()), (0, None));
        assert_eq!(table.merge(at(111), &sent), Outcome::Duplicate, "what has ended stays remembered");
    }

    #[test]
    fn only_what_is_persistent_survives() {
        let mut table = DataTable::default();
        table.merge(at(1), &tag(0, 1, None));
        table.merge(at(1), &tag(1, 2, None));
        table.lose_memory();
        let held: Vec<DatumKey> = table.holdings(at(2)).map(|datum| datum.key).collect();
        assert_eq!(held, [tag(1, 0, None).key]);
    }
}
