//! Fan-out with an array for each firewall, indexed by the address.

use uidsim_peer_naive::fanout::entry_hash;
use uidsim_peer_naive::{Table, Update, run};

/// Nobody's entry has user 0.
#[derive(Clone)]
struct Entry {
    user: u32,
    occurred_ns: u64,
}

struct Dense(Vec<Entry>);

impl Table for Dense {
    fn new(addresses: u32) -> Self {
        Self(vec![Entry { user: 0, occurred_ns: 0 }; addresses as usize])
    }

    fn apply(&mut self, update: Update) {
        let Update { address, user, occurred_ns } = update;
        let entry = &mut self.0[address as usize];
        if occurred_ns > entry.occurred_ns {
            *entry = Entry { user, occurred_ns };
        }
    }

    fn hash(&self) -> u64 {
        let known = self.0.iter().zip(0..).filter(|(entry, _)| entry.user != 0);
        known.map(|(entry, address)| entry_hash(address, entry.user)).fold(0, u64::wrapping_add)
    }
}

fn main() {
    run::<Dense>("naive-dense");
}
