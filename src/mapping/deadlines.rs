//! Deadlines: when slots may be forgotten, in the order in which they were last restarted.
//!
//! Knows instants and addresses. Must not know whether a deadline still counts.

use std::collections::VecDeque;

use crate::ids::AddressId;
use crate::units::Instant;

/// A queue of (expiry, address). A table restarts many timers at one instant, so an address costs four bytes and an
/// instant is kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    /// (expiry, how many), in ascending order of expiry.
    batches: VecDeque<(Instant, u32)>,
    addresses: VecDeque<AddressId>,
}

impl Deadlines {
    /// Adds a deadline, no earlier than the one before it.
    pub(super) fn push(&mut self, expires: Instant, address: AddressId) {
        match self.batches.back_mut().filter(|(last, count)| *last == expires && *count < u32::MAX) {
            Some((_, count)) => *count += 1,
            None => self.batches.push_back((expires, 1)),
        }
        self.addresses.push_back(address);
    }

    /// The earliest one.
    pub(super) fn front(&self) -> Option<(Instant, AddressId)> {
        Some((self.batches.front()?.0, *self.addresses.front()?))
    }

    /// Takes the earliest one away.
    pub(super) fn pop(&mut self) {
        self.addresses.pop_front();
        if let Some((_, count)) = self.batches.front_mut() {
            *count -= 1;
            if *count == 0 {
                self.batches.pop_front();
            }
        }
    }
}
