//! Meant: what firewalls would know had everybody it at once: who is condemned by a threat, what was registered by
//! schedule, and who is in which group.
//!
//! Knows threats, engines and their schedules. Must not know tables.

use std::collections::{BTreeMap, BTreeSet};

use super::rolls::{Roll, Rolls};
use crate::assemble::registrations;
use crate::ids::{AddressId, LabelId, NodeId, UserId};
use crate::mapping::DatumKey;
use crate::roles::{Reaction, Scheduled};
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Instant;
use crate::workload::Workload;

/// An engine that reacts to threats.
#[derive(Debug)]
struct Reacting {
    watches: Vec<NodeId>,
    reaction: Reaction,
}

/// What truth says of tags and groups.
#[derive(Debug)]
pub(super) struct Meant {
    engines: Vec<Reacting>,
    /// Until when a user is condemned to a tag; `None`: by a threat that no engine is told of.
    condemned: BTreeMap<(UserId, Option<LabelId>), Instant>,
    schedule: Vec<Scheduled>,
    next: usize,
    /// Until when what was registered by schedule is.
    registered: BTreeMap<DatumKey, Instant>,
    pub(super) rolls: Rolls,
    /// Who is in which group.
    pub(super) roll: Roll,
}

impl Meant {
    /// Nobody is meant yet.
    pub(super) fn new(scenario: &Scenario, workload: &Workload, rolls: Rolls) -> Self {
        let engines = scenario.topology.nodes.iter().filter_map(|node| match &node.role {
            Role::Engine(engine) => {
                Some(Reacting { watches: engine.watches.clone(), reaction: engine.reaction? })
            }
            _ => None,
        });
        let schedule = registrations(scenario, workload).into_iter().map(|(_, scheduled)| scheduled);
        Self {
            engines: engines.collect(),
            condemned: BTreeMap::new(),
            schedule: schedule.collect(),
            next: 0,
            registered: BTreeMap::new(),
            roll: rolls.first(),
            rolls,
        }
    }

    /// The tags that engines give to those who are to be blocked, each with what it is given to.
    pub(super) fn blocking(&self) -> BTreeSet<LabelId> {
        self.engines.iter().map(|engine| engine.reaction.tag).collect()
    }

    /// When it changes next by itself.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let scheduled = self.schedule.get(self.next).map(|scheduled| scheduled.at);
        let ends = self.condemned.values().chain(self.registered.values()).copied();
        scheduled
            .into_iter()
            .chain(ends)
            .chain(self.rolls.next_at(&self.roll))
            .min()
            .filter(|at| *at < Instant::NEVER)
    }

    /// What changes by itself at `now`, does.
    pub(super) fn step(&mut self, now: Instant) {
        self.condemned.retain(|_, until| *until > now);
        self.registered.retain(|_, until| *until > now);
        self.rolls.pass(&mut self.roll, now);
        while let Some(scheduled) = self.schedule.get(self.next).filter(|scheduled| scheduled.at <= now) {
            self.next += 1;
            if scheduled.removed {
                self.registered.remove(&scheduled.key);
            } else {
                let until = scheduled.timeout.map_or(Instant::NEVER, |timeout| now.later(timeout));
                self.registered.insert(scheduled.key, until);
            }
        }
    }

    /// `firewall` logs a threat about `user`; whether he was not condemned before.
    pub(super) fn condemn(&mut self, now: Instant, user: UserId, firewall: NodeId) -> bool {
        let is_new = !self.is_condemned(user);
        let told = self.engines.iter().filter(|engine| engine.watches.contains(&firewall));
        let mut sentences: Vec<(Option<LabelId>, Instant)> = told
            .map(|engine| {
                let Reaction { tag, timeout, .. } = engine.reaction;
                (Some(tag), timeout.map_or(Instant::NEVER, |timeout| now.later(timeout)))
            })
            .collect();
        if sentences.is_empty() {
            sentences.push((None, Instant::NEVER));
        }
        for (tag, until) in sentences {
            let known = self.condemned.entry((user, tag)).or_insert(until);
            *known = until.max(*known);
        }
        is_new
    }

    /// Whether a threat about `user` has been logged, and what it was to bring is not over.
    pub(super) fn is_condemned(&self, user: UserId) -> bool {
        let first = (user, None);
        self.condemned.range(first..).next().is_some_and(|((other, _), _)| *other == user)
    }

    /// Whether a user should have a tag.
    pub(super) fn user_has(&self, user: UserId, tag: LabelId) -> bool {
        self.condemned.contains_key(&(user, Some(tag)))
            || self.registered.contains_key(&DatumKey::UserTag(user, tag))
    }

    /// Whether an address should have a tag, where `present` is.
    pub(super) fn address_has(&self, address: AddressId, present: Option<UserId>, tag: LabelId) -> bool {
        present.is_some_and(|user| self.condemned.contains_key(&(user, Some(tag))))
            || self.registered.contains_key(&DatumKey::IpTag(address, tag))
    }
}
