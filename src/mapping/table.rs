//! Table: who is behind which address as one node sees it, and the law by which mappings merge.
//!
//! Rules: model.md, "Tables". A slot lives for the node's timeout; log-offs are remembered as long, so that
//! a late copy of a log-on does not revive a user who left.

use std::collections::VecDeque;

use super::Entry;
use crate::ids::{AddressId, NodeId, UserId};
use crate::units::{Instant, Span};

/// Which of two mappings of an address wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Whatever arrives last.
    Arrival,
    /// The newest `timestamp`, tie by (origin, sequence).
    Newest,
}

/// By what law a table merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a slot lives; `None`: for ever.
    pub timeout: Option<Span>,
    /// How many addresses may have a user at once.
    pub capacity: u64,
    /// Which of two mappings wins.
    pub conflict: Conflict,
    /// Whether an identical version restarts the timer.
    pub duplicate_restarts_timer: bool,
}

/// What became of one mapping at one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the address's newest now; goes on to the node's clients.
    Applied,
    /// It was the address's newest already.
    Duplicate,
    /// Its route holds this node, or one hop more than may be crossed.
    Hops,
    /// The table is full and does not know its address.
    Full,
    /// An ignore list or the receiver's networks leave it out.
    Filtered,
    /// The law prefers the slot's holder, whose identity this is; or a log-off names another user.
    Refused {
        /// The source of what stays.
        holder: (NodeId, u64),
    },
}

/// What a table remembers of one address.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The newest mapping, a log-off included.
    pub entry: Entry,
    /// When the slot is forgotten; `Instant::NEVER` without a timeout.
    pub expires: Instant,
}

impl Slot {
    /// The user behind the address; `None` where the newest is a log-off.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        let mapping = self.entry.mapping();
        if mapping.log_off { None } else { mapping.user }
    }
}

/// One node's table. Cost: one slot an address (32 bytes), contents shared with every other replica.
#[derive(Clone, Debug)]
pub struct Table {
    rules: Rules,
    slots: Vec<Option<Slot>>,
    /// (expiry, address) in ascending order of expiry; stale ones are skipped when they come up.
    deadlines: VecDeque<(Instant, AddressId)>,
    users: u64,
}

impl Table {
    /// An empty table over `addresses` addresses.
    #[must_use]
    pub fn new(rules: Rules, addresses: usize) -> Self {
        Self { rules, slots: vec![None; addresses], deadlines: VecDeque::new(), users: 0 }
    }

    /// How many addresses have a user.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.users
    }

    /// What is remembered of `address`.
    #[must_use]
    pub fn slot(&self, address: AddressId) -> Option<&Slot> {
        self.slots[address.index()].as_ref()
    }

    /// Every address with a user, in address order.
    pub fn holdings(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten().filter(|slot| slot.user().is_some())
    }

    /// Merges one mapping at `now`. Cost: constant.
    pub fn merge(&mut self, now: Instant, entry: Entry) -> Outcome {
        let new = entry.mapping();
        let address = new.address;
        let held = self.slots[address.index()].as_ref();
        if let Some(slot) = held {
            let old = slot.entry.mapping();
            if old.is_same_update(new) {
                if self.rules.duplicate_restarts_timer {
                    self.restart(now, address);
                }
                return Outcome::Duplicate;
            }
            let newer = self.rules.conflict == Conflict::Arrival
                || (new.timestamp, new.origin, new.sequence) > (old.timestamp, old.origin, old.sequence);
            let names_another =
                new.log_off && new.user.is_some() && slot.user().is_some() && slot.user() != new.user;
            if !newer || names_another {
                return Outcome::Refused { holder: (old.source, old.sequence) };
            }
        }
        let had = held.is_some_and(|slot| slot.user().is_some());
        let has = !new.log_off;
        if has && !had && self.users >= self.rules.capacity {
            return Outcome::Full;
        }
        self.users = self.users + u64::from(has) - u64::from(had);
        self.slots[address.index()] = Some(Slot { entry, expires: Instant::NEVER });
        self.restart(now, address);
        Outcome::Applied
    }

    fn restart(&mut self, now: Instant, address: AddressId) {
        let Some(timeout) = self.rules.timeout else { return };
        let expires = now.later(timeout);
        if let Some(slot) = &mut self.slots[address.index()] {
            slot.expires = expires;
            self.deadlines.push_back((expires, address));
        }
    }

    /// When the next slot is forgotten; drops deadlines that a refresh has moved.
    pub fn next_expiry(&mut self) -> Option<Instant> {
        while let Some((expires, address)) = self.deadlines.front().copied() {
            if self.slots[address.index()].as_ref().is_some_and(|slot| slot.expires == expires) {
                return Some(expires);
            }
            self.deadlines.pop_front();
        }
        None
    }

    /// Forgets what has reached its timeout at `now`; the addresses among it that had a user, in order of expiry.
    pub fn expire(&mut self, now: Instant) -> Vec<AddressId> {
        let mut gone = Vec::new();
        while let Some(at) = self.next_expiry() {
            if at > now {
                break;
            }
            let (_, address) = self.deadlines.pop_front().expect("there is a next expiry");
            let slot = self.slots[address.index()].take().expect("the next expiry has a slot");
            if slot.user().is_some() {
                self.users -= 1;
                gone.push(address);
            }
        }
        gone
    }
}
