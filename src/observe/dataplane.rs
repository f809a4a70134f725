//! Dataplane: which addresses of the management plane's table a firewall's dataplane holds as well.
//!
//! Knows arrivals and departures. Must not know who is behind an address. A full dataplane refuses what arrives, whether
//! known to the management plane before or not, until it arrives again (guess: what an overflow does is not published).

use super::enforced::DataplaneUse;
use crate::ids::AddressId;

/// The dataplane's table of one firewall.
#[derive(Debug)]
pub(super) struct Dataplane {
    pub(super) found: DataplaneUse,
    holds: Vec<bool>,
    pub(super) count: u64,
}

impl Dataplane {
    /// An empty table for so many addresses.
    pub(super) fn new(capacity: u64, addresses: usize) -> Self {
        let found = DataplaneUse { capacity, ..DataplaneUse::default() };
        Self { found, holds: vec![false; addresses], count: 0 }
    }

    /// Whether it holds `address`.
    pub(super) fn holds(&self, address: AddressId) -> bool {
        self.holds[address.index()]
    }

    /// The management plane has applied something: it hands a user down, or takes the address out.
    pub(super) fn hand_down(&mut self, address: AddressId, has_user: bool, counts: bool) {
        let holds = &mut self.holds[address.index()];
        match (*holds, has_user) {
            (false, true) if self.count < self.found.capacity => {
                *holds = true;
                self.count += 1;
            }
            (false, true) => self.found.refused += u64::from(counts),
            (true, false) => {
                *holds = false;
                self.count -= 1;
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Everything is lost.
    pub(super) fn clear(&mut self) {
        self.holds.fill(false);
        self.count = 0;
    }
}
