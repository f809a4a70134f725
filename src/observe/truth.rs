//! Truth: who is behind each address now, since when, and which updates say so.
//!
//! Knows stays. Must not know tables, edges or copies.

use std::collections::BTreeMap;

use super::book::{Book, Item, UpdateId};
use crate::ids::{AddressId, SiteId, UserId};
use crate::units::Instant;
use crate::workload::{Event, Workload};

/// A change of the truth at one address.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Instant,
    address: AddressId,
    present: Option<(UserId, SiteId)>,
    ended: Option<UserId>,
}

/// What is true of one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Fact {
    /// Who is there, and at which site.
    pub(super) present: Option<(UserId, SiteId)>,
    /// Whose stay ended last, if one did.
    ended: Option<UserId>,
    /// The updates that say so: the set O of docs/semantics.md, in the order noticed.
    pub(super) said_by: Vec<UpdateId>,
}

impl Fact {
    /// Who is there.
    pub(super) fn user(&self) -> Option<UserId> {
        self.present.map(|(user, _)| user)
    }

    fn is_said_by(&self, item: &Item) -> bool {
        match (self.user(), item.event) {
            (Some(user), Event::LogOn | Event::Refresh) => item.user == Some(user),
            (None, Event::LogOff) => self.ended.is_some() && (item.user.is_none() || item.user == self.ended),
            _ => false,
        }
    }
}

/// The truth as far as time has come.
#[derive(Debug)]
pub(super) struct Truth {
    changes: Vec<Change>,
    next: usize,
    facts: Vec<Fact>,
}

impl Truth {
    /// The truth of virtual zero; the book's initial updates say so.
    pub(super) fn new(workload: &Workload, book: &Book) -> Self {
        let mut by_address: BTreeMap<AddressId, Vec<usize>> = BTreeMap::new();
        for (index, stay) in workload.stays.iter().enumerate() {
            if stay.end > stay.start {
                by_address.entry(stay.address).or_default().push(index);
            }
        }
        let mut facts = vec![Fact::default(); workload.addresses.len()];
        let mut changes = Vec::new();
        for (address, stays) in by_address {
            for (position, index) in stays.iter().enumerate() {
                let stay = workload.stays[*index];
                let present = Some((stay.user, stay.site));
                if stay.start == Instant::ZERO {
                    facts[address.index()].present = present;
                } else {
                    changes.push(Change { at: stay.start, address, present, ended: None });
                }
                let next = stays.get(position + 1).map(|next| workload.stays[*next].start);
                if next != Some(stay.end) {
                    changes.push(Change { at: stay.end, address, present: None, ended: Some(stay.user) });
                }
            }
        }
        changes.sort_by_key(|change| (change.at, change.address));
        for update in book.all() {
            let item = book.item(update);
            if item.is_initial() {
                facts[item.address.index()].said_by.push(update);
            }
        }
        Self { changes, next: 0, facts }
    }

    /// When it changes next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.changes.get(self.next).map(|change| change.at)
    }

    /// Makes the next change; its address.
    pub(super) fn step(&mut self) -> AddressId {
        let change = self.changes[self.next];
        self.next += 1;
        let fact = &mut self.facts[change.address.index()];
        fact.present = change.present;
        fact.ended = change.ended;
        fact.said_by.clear();
        change.address
    }

    /// What is true of `address`.
    pub(super) fn fact(&self, address: AddressId) -> &Fact {
        &self.facts[address.index()]
    }

    /// `update` was noticed; takes it up where it says what is true.
    pub(super) fn hear(&mut self, update: UpdateId, item: &Item) {
        let fact = &mut self.facts[item.address.index()];
        if fact.is_said_by(item) {
            fact.said_by.push(update);
        }
    }
}
