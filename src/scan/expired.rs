//! Expired: when a node's timers ended entries, of which many end at one instant, as they came with one frame.
//!
//! Knows stamps. Must not know timers.

use super::leaf::Stamp;
use crate::ids::AddressId;

/// Entries that timers ended, in order. Cost: 4 bytes each, and 24 for all of one stamp.
#[derive(Debug, Default)]
pub(super) struct Expired {
    /// Each with the number of addresses up to it.
    stamps: Vec<(Stamp, u32)>,
    addresses: Vec<AddressId>,
}

impl Expired {
    /// Adds the entries of `addresses`, after all that are there.
    pub(super) fn put(&mut self, stamp: Stamp, addresses: &[AddressId]) {
        self.addresses.extend_from_slice(addresses);
        let end = u32::try_from(self.addresses.len()).expect("no more entries end than updates began");
        self.stamps.push((stamp, end));
    }

    /// Entry by entry.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Stamp, AddressId)> {
        let mut begin = 0;
        self.stamps.iter().flat_map(move |(stamp, end)| {
            let range = std::mem::replace(&mut begin, *end as usize)..*end as usize;
            self.addresses[range].iter().map(|address| (*stamp, *address))
        })
    }
}
