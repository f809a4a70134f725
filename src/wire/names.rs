//! Names: the texts behind ids, and the ids behind texts.
//!
//! Knows addresses and users of one run. Must not know how either is written in a frame.

use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use crate::ids::{AddressId, UserId};

/// The names behind ids, shared by all frames of a run. The order of the tables is never looked at. Cost: one look
/// into a table a name; 44 bytes an address, and a user's text and 14 bytes.
#[derive(Debug)]
pub(super) struct Names {
    addresses: Vec<IpAddr>,
    four: HashMap<Ipv4Addr, AddressId, FixedState>,
    six: HashMap<Ipv6Addr, AddressId, FixedState>,
    /// All users' names, one after the other, and where each ends.
    text: String,
    ends: Vec<u32>,
    users: HashTable<UserId>,
    hasher: FixedState,
    /// Per address, the user found or written there last, as an index: most news repeat him. Only a guess, held against the text.
    guesses: Vec<AtomicU32>,
    /// Whether no two users have one name.
    is_unique: bool,
    /// Tags and what else names a datum; few.
    pub(super) labels: Vec<String>,
}

impl Names {
    /// The names in id order.
    pub(super) fn new(addresses: &[IpAddr], users: &[String]) -> Self {
        let mut four = HashMap::with_hasher(FixedState::default());
        let mut six = HashMap::with_hasher(FixedState::default());
        for (index, address) in addresses.iter().enumerate() {
            match address {
                IpAddr::V4(address) => four.insert(*address, AddressId::new(index)),
                IpAddr::V6(address) => six.insert(*address, AddressId::new(index)),
            };
        }
        let ends = users.iter().scan(0, |end, user| {
            *end += user.len();
            Some(u32::try_from(*end).expect("all names together stay below 4 GiB, by the limits on input"))
        });
        let mut names = Self {
            is_unique: true,
            guesses: addresses.iter().map(|_| AtomicU32::new(u32::MAX)).collect(),
            addresses: addresses.to_vec(),
            labels: Vec::new(),
            four,
            six,
            text: users.concat(),
            ends: ends.collect(),
            users: HashTable::with_capacity(users.len()),
            hasher: FixedState::default(),
        };
        for index in 0..users.len() {
            names.add_user(UserId::new(index));
        }
        names
    }

    /// Of two users of one name the later is found.
    fn add_user(&mut self, id: UserId) {
        let Self { text, ends, users, hasher, is_unique, .. } = self;
        let name = |id: UserId| name_of(text, ends, id);
        let hash = |id: &UserId| hasher.hash_one(name(*id).as_bytes());
        match users.find_mut(hash(&id), |known| name(*known) == name(id)) {
            Some(known) => {
                *known = id;
                *is_unique = false;
            }
            None => {
                users.insert_unique(hash(&id), id, hash);
            }
        }
    }

    /// The address of an id.
    pub(super) fn address(&self, id: AddressId) -> IpAddr {
        self.addresses[id.index()]
    }

    /// How long the name of a user id is. Units: bytes. Cost: the text itself is not looked at.
    pub(super) fn user_length(&self, id: UserId) -> usize {
        let begin = id.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        (self.ends[id.index()] - begin) as usize
    }

    /// The name of a user id.
    pub(super) fn user(&self, id: UserId) -> &str {
        name_of(&self.text, &self.ends, id)
    }

    /// The id of an address.
    pub(super) fn address_id(&self, address: IpAddr) -> Option<AddressId> {
        match address {
            IpAddr::V4(address) => self.four.get(&address).copied(),
            IpAddr::V6(address) => self.six.get(&address).copied(),
        }
    }

    /// The id of a user's name, as its bytes.
    pub(super) fn user_id(&self, name: &[u8]) -> Option<UserId> {
        self.users.find(self.hasher.hash_one(name), |id| self.is_called(*id, name)).copied()
    }

    /// The same, of a user at `address`. Cost: no look into a table for whom was found or written there last.
    pub(super) fn user_id_at(&self, address: AddressId, name: &[u8]) -> Option<UserId> {
        let guess = &self.guesses[address.index()];
        let index = guess.load(Ordering::Relaxed) as usize;
        if index < self.ends.len() && self.is_called(UserId::new(index), name) {
            return Some(UserId::new(index));
        }
        let found = self.user_id(name)?;
        guess.store(u32::try_from(found.index()).unwrap_or(u32::MAX), Ordering::Relaxed);
        Some(found)
    }

    /// That a user's name is about to be read at an address, which spares the look into the table.
    pub(super) fn suppose(&self, address: AddressId, user: UserId) {
        if self.is_unique {
            let index = u32::try_from(user.index()).unwrap_or(u32::MAX);
            self.guesses[address.index()].store(index, Ordering::Relaxed);
        }
    }

    fn is_called(&self, id: UserId, name: &[u8]) -> bool {
        let from = id.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.as_bytes()[from as usize..self.ends[id.index()] as usize] == *name
    }
}

#[inline]
fn name_of<'a>(text: &'a str, ends: &[u32], id: UserId) -> &'a str {
    let from = id.index().checked_sub(1).map_or(0, |before| ends[before]);
    &text[from as usize..ends[id.index()] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_users_of_one_name_the_later_is_found_whoever_was_written() {
        let addresses = [IpAddr::from([10, 0, 0, 1])];
        let at = AddressId::new(0);
        for (names, wanted) in [(["a", "b"], 0), (["a", "a"], 1)] {
            let names = Names::new(&addresses, &names.map(str::to_owned));
            names.suppose(at, UserId::new(0));
            assert_eq!(names.user_id_at(at, b"a"), Some(UserId::new(wanted)));
            names.suppose(at, UserId::new(1));
            assert_eq!(names.user_id_at(at, b"c"), None);
        }
    }
}
