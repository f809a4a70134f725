//! Retold: what full tables tell leaves again, and the timers that this may restart to some effect.
//!
//! Knows the hub's journal. Must not know any leaf.

use super::class::Field;
use super::leaf::Stamp;
use super::numbers::NONE;
use super::tape::{Cause, Tape};
use crate::ids::AddressId;
use crate::workload::Event;

/// An entry that a timer ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// The frame that brought it.
    pub(super) frame: u32,
    /// The next frame with something of the address; `NONE`: there is none.
    pub(super) next: u32,
    pub(super) address: AddressId,
}

/// What the hub's full tables tell again.
#[derive(Clone)]
pub(super) struct Retold {
    /// The entries that timers end.
    pub(super) endings: Vec<Ending>,
    /// Per full table: how many counted mappings in scope it holds.
    pub(super) counts: Vec<u64>,
}

impl Retold {
    /// Of a class, whose addresses are taken next.
    pub(super) fn new(field: &Field<'_>) -> Self {
        Self { endings: Vec::new(), counts: field.held_counts() }
    }

    /// Takes what was found on one address.
    pub(super) fn take(&mut self, field: &Field<'_>, address: AddressId, tape: &Tape) {
        if self.counts.is_empty() {
            return;
        }
        let entries = field.entries(address);
        for step in &tape.steps {
            if let Cause::Expire(frame) = step.cause {
                let next = entries.number(entries.until(|other| other <= frame)).unwrap_or(NONE);
                self.endings.push(Ending { frame, next, address });
            }
        }
    }
}

impl Field<'_> {
    /// Per full table of the hub's: how many counted mappings in scope it holds. Cost: a pass over its journal.
    fn held_counts(&self) -> Vec<u64> {
        let hub = &self.record.stations[self.class.hub.index()];
        let mut live = vec![false; self.record.workload.addresses.len()];
        let mut count = 0;
        let mut turn = |address: AddressId, holds: bool| {
            let before = std::mem::replace(&mut live[address.index()], holds);
            count = count + u64::from(holds) - u64::from(before);
            count
        };
        let mut learned = hub.journal.iter().peekable();
        let mut gone = hub.expired.iter().peekable();
        let order = |update: u32| {
            let (source, position) = self.record.identity(update);
            hub.delivery(source, position).map_or(u32::MAX, |delivery| delivery.order)
        };
        let mut now = 0;
        let mut counts = Vec::new();
        for table in &hub.tables {
            loop {
                let next = learned.peek().map_or(u32::MAX, |update| order(**update));
                // What a timer ends at the moment of a merge ends before it.
                let is_gone = |gone: &Stamp| gone.order <= next && gone.order < table.made.order;
                if let Some((_, address)) = gone.next_if(|(gone, _)| is_gone(gone)) {
                    now = turn(address, false);
                } else if let Some(update) = learned.next_if(|_| next < table.made.order) {
                    let item = self.above.update(*update);
                    let is_meant = self.is_counted(*update) && self.in_scope(item.address);
                    now = turn(item.address, item.event() != Event::LogOff && is_meant);
                } else {
                    break;
                }
            }
            counts.push(now);
        }
        counts
    }
}
