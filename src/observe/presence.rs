//! Presence: who is where in truth, and when he last authenticated at a captive portal.
//!
//! Knows stays and what portals notice. Must not know tables.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AddressId, SiteId, UserId};
use crate::scenario::Scenario;
use crate::topology::Kind;
use crate::units::Instant;
use crate::workload::{Event, Workload};

/// What one address passes over to at an instant.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Instant,
    address: AddressId,
    to: Option<(UserId, SiteId)>,
}

/// Somebody authenticates at a portal.
#[derive(Clone, Copy, Debug)]
struct Authentication {
    at: Instant,
    address: AddressId,
    user: UserId,
}

/// The truth of every address, as time goes on.
#[derive(Debug)]
pub(super) struct Presence {
    changes: Vec<Change>,
    next: usize,
    present: Vec<Option<(UserId, SiteId)>>,
    places: BTreeMap<UserId, BTreeSet<AddressId>>,
    authentications: Vec<Authentication>,
    authenticated: Vec<Option<(UserId, Instant)>>,
    next_authentication: usize,
}

impl Presence {
    /// Before anything happens.
    pub(super) fn new(scenario: &Scenario, workload: &Workload) -> Self {
        Self {
            changes: changes(workload),
            next: 0,
            present: vec![None; workload.addresses.len()],
            places: BTreeMap::new(),
            authentications: authentications(scenario, workload),
            authenticated: vec![None; workload.addresses.len()],
            next_authentication: 0,
        }
    }

    /// Every address, and who is there.
    pub(super) fn present(&self) -> &[Option<(UserId, SiteId)>] {
        &self.present
    }

    /// Where a user is.
    pub(super) fn places(&self, user: UserId) -> impl Iterator<Item = AddressId> {
        self.places.get(&user).into_iter().flatten().copied()
    }

    /// When `user` last authenticated at `address`, if nobody else has since.
    pub(super) fn authenticated(&self, address: AddressId, user: UserId) -> Option<Instant> {
        self.authenticated[address.index()].filter(|(who, _)| *who == user).map(|(_, at)| at)
    }

    /// When something changes next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let change = self.changes.get(self.next).map(|change| change.at);
        let authentication = self.authentications.get(self.next_authentication).map(|next| next.at);
        change.into_iter().chain(authentication).min()
    }

    /// Everything up to `now` happens; the addresses that it happens to, and whether somebody authenticated there.
    pub(super) fn pass(&mut self, now: Instant) -> Vec<(AddressId, bool)> {
        let mut touched = Vec::new();
        while let Some(Change { address, to, .. }) =
            self.changes.get(self.next).copied().filter(|change| change.at <= now)
        {
            self.next += 1;
            if let Some((user, _)) = std::mem::replace(&mut self.present[address.index()], to) {
                self.places.entry(user).or_default().remove(&address);
            }
            if let Some((user, _)) = to {
                self.places.entry(user).or_default().insert(address);
            }
            touched.push((address, false));
        }
        while let Some(Authentication { at, address, user }) =
            self.authentications.get(self.next_authentication).copied().filter(|next| next.at <= now)
        {
            self.next_authentication += 1;
            self.authenticated[address.index()] = Some((user, at));
            touched.push((address, true));
        }
        touched
    }
}

/// All changes of the truth, in order; where a stay ends as the next begins, the address passes straight over.
fn changes(workload: &Workload) -> Vec<Change> {
    let stays = workload.stays.iter().filter(|stay| stay.end > stay.start);
    let mut changes: Vec<Change> = stays
        .flat_map(|stay| {
            let there = Change { at: stay.start, address: stay.address, to: Some((stay.user, stay.site)) };
            [there, Change { at: stay.end, to: None, ..there }]
        })
        .collect();
    // Of one instant whoever leaves goes first.
    changes.sort_by_key(|change| (change.at, change.to.is_some()));
    changes
}

/// Everything that captive portals notice of somebody who is there, in order.
fn authentications(scenario: &Scenario, workload: &Workload) -> Vec<Authentication> {
    let portals =
        scenario.topology.nodes.iter().enumerate().filter(|(_, node)| node.kind == Kind::CaptivePortal);
    let noticed = portals.flat_map(|(index, _)| workload.updates.get(index).into_iter().flatten());
    let log_ons = noticed.filter(|update| update.event() != Event::LogOff).filter_map(|update| {
        Some(Authentication { at: update.occurred, address: update.address, user: update.user()? })
    });
    let mut all: Vec<Authentication> = log_ons.collect();
    all.sort_by_key(|one| (one.at, one.address, one.user));
    all
}
