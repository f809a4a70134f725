//! Fan-out with a hash table for each firewall.

use rustc_hash::FxHashMap;
use uidsim_peer_naive::fanout::entry_hash;
use uidsim_peer_naive::{Table, Update, run};

struct Entry {
    user: u32,
    occurred_ns: u64,
}

struct Hashed(FxHashMap<u32, Entry>);

impl Table for Hashed {
    fn new(_addresses: u32) -> Self {
        Self(FxHashMap::default())
    }

    fn apply(&mut self, update: Update) {
        let Update { address, user, occurred_ns } = update;
        let entry = self.0.entry(address).or_insert(Entry { user, occurred_ns });
        if occurred_ns > entry.occurred_ns {
            *entry = Entry { user, occurred_ns };
        }
    }

    fn hash(&self) -> u64 {
        let hashes = self.0.iter().map(|(address, entry)| entry_hash(*address, entry.user));
        hashes.fold(0, u64::wrapping_add)
    }
}

fn main() {
    run::<Hashed>("naive-hash");
}
