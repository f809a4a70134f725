//! Latest: when the last of some saw each update, in five bytes.
//!
//! Knows how long after it occurred. Must not know who saw it.

use std::collections::BTreeMap;

/// In the place of how long it took: nobody saw it; somebody never did; longer than 18 minutes, which is kept by itself.
const NOBODY: u64 = 0;
const NEVER: u64 = (1 << 40) - 1;
const FAR: u64 = NEVER - 1;

/// Per update. An instant is one more than it is, 0 that there is none, and `u64::MAX` that it never came.
#[derive(Clone)]
pub(super) struct Latest {
    /// One more than how long after the update occurred. Units: nanoseconds.
    spans: Vec<[u8; 5]>,
    far: BTreeMap<u32, u64>,
}

impl Latest {
    /// Of so many updates, which nobody saw.
    pub(super) fn new(updates: usize) -> Self {
        Self { spans: vec![[0; 5]; updates], far: BTreeMap::new() }
    }

    /// Somebody saw an update that occurred at an instant. Cost: constant, for nearly all.
    pub(super) fn see(&mut self, update: u32, occurred: u64, seen: u64) {
        if seen <= self.of(update, occurred) {
            return;
        }
        let span = match seen {
            u64::MAX => NEVER,
            seen => seen.checked_sub(occurred).filter(|span| (1..FAR).contains(span)).unwrap_or(FAR),
        };
        if span == FAR {
            self.far.insert(update, seen);
        }
        self.spans[update as usize] = *span.to_le_bytes().first_chunk().expect("five of eight");
    }

    /// When the last of those saw it who saw an update that occurred at an instant.
    pub(super) fn of(&self, update: u32, occurred: u64) -> u64 {
        let mut bytes = [0; 8];
        bytes[..5].copy_from_slice(&self.spans[update as usize]);
        match u64::from_le_bytes(bytes) {
            NOBODY => 0,
            NEVER => u64::MAX,
            FAR => self.far[&update],
            span => occurred + span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_instant_is_kept_however_far_it_lies() {
        const HOUR: u64 = 3_600_000_000_000;
        let mut latest = Latest::new(2);
        let occurred = 5 * HOUR;
        assert_eq!(latest.of(1, occurred), 0);
        let rising =
            [1, occurred, occurred + 1, occurred + FAR - 1, occurred + FAR, occurred + NEVER, 9 * HOUR];
        for seen in rising.into_iter().chain([u64::MAX]) {
            latest.see(1, occurred, seen);
            latest.see(1, occurred, occurred.min(seen));
            assert_eq!(latest.of(1, occurred), seen);
        }
        assert_eq!(latest.of(0, occurred), 0, "the other one was not seen");
    }
}
