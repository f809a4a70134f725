//! Story: what happens to one address whatever a leaf knows of it: who is there, what is noticed, how far each
//! update has come, and what the authority answers.
//!
//! Knows the record and the truth. Must not know leaves.

use std::collections::BTreeMap;

use super::cast::Class;
use super::hop::Hop;
use super::numbers::{NONE, Numbers};
use super::record::Recorder;
use super::station::{Death, End};
use crate::ids::{AddressId, NodeId};
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Instant;
use crate::workload::{Event, Stay, Update, Workload};

/// Items in the order of their addresses.
#[derive(Debug)]
pub(super) struct Shelves<T> {
    first: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Shelves<T> {
    /// Sorts what `each` gives by address; of one address it stays in the order given. `each` is run twice.
    pub(super) fn new(addresses: usize, each: impl Fn(&mut dyn FnMut(AddressId, T))) -> Self {
        let mut first = vec![0_u32; addresses + 1];
        each(&mut |address, _| first[address.index() + 1] += 1);
        for index in 0..addresses {
            first[index + 1] += first[index];
        }
        let mut next = first.clone();
        let mut items = vec![T::default(); first[addresses] as usize];
        each(&mut |address, item| {
            let place = &mut next[address.index()];
            items[*place as usize] = item;
            *place += 1;
        });
        Self { first, items }
    }

    /// The same shelves with what `each` makes of every item. Cost: one pass, address by address.
    pub(super) fn map<U>(self, each: impl Fn(AddressId, T) -> U) -> Shelves<U> {
        let mut items = Vec::with_capacity(self.items.len());
        for address in (0..self.first.len() - 1).map(AddressId::new) {
            items.extend(self.of(address).iter().map(|item| each(address, *item)));
        }
        Shelves { first: self.first, items }
    }

    /// How many belong to the address with the most.
    pub(super) fn longest(&self) -> usize {
        self.first.windows(2).map(|ends| (ends[1] - ends[0]) as usize).max().unwrap_or(0)
    }

    /// What belongs to `address`.
    pub(super) fn of(&self, address: AddressId) -> &[T] {
        &self.items[self.first[address.index()] as usize..self.first[address.index() + 1] as usize]
    }

    /// The same, to be sorted.
    pub(super) fn of_mut(&mut self, address: AddressId) -> &mut [T] {
        &mut self.items[self.first[address.index()] as usize..self.first[address.index() + 1] as usize]
    }
}

/// Who is at an address from an instant on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// From when on.
    pub(super) at: u64,
    /// Whose stay began or ended; `NONE`: nobody's.
    who: u32,
    /// At which site it began; `NONE`: it ended.
    site: u32,
}

impl Change {
    /// Nobody was there yet.
    pub(super) const NOTHING: Self = Self { at: 0, who: NONE, site: NONE };

    /// Who is there; `NONE`: nobody.
    pub(super) fn user(&self) -> u32 {
        if self.site == NONE { NONE } else { self.who }
    }

    /// At which site who is there is.
    pub(super) fn site(&self) -> Option<u32> {
        (self.site != NONE).then_some(self.site)
    }

    /// Whose stay ended, where nobody is; `NONE`: nobody's.
    fn ended(&self) -> u32 {
        if self.site == NONE { self.who } else { NONE }
    }
}

impl Default for Change {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// What all classes share: truth and updates, by address.
#[derive(Debug)]
pub struct Common {
    /// Truth changes in order; one at zero stands for those who are there from the start.
    pub(super) changes: Shelves<Change>,
    /// Updates that were noticed, in key order.
    pub(super) updates: Shelves<u32>,
}

impl Common {
    /// Of a run in which every source notices all that it can, as nearly always; before it is known that it does.
    #[must_use]
    pub fn in_advance(workload: &Workload, stays: &[Stay]) -> Self {
        Self::new((workload, stays), &Numbers::new(workload), |source| workload.updates[source].len())
    }

    /// Of a run that is over.
    pub(super) fn of(record: &Recorder<'_>, stays: &[Stay]) -> Self {
        let noticed = |source: usize| usize::try_from(record.noticed[source]).expect("a position");
        Self::new((record.workload, stays), &record.numbers, noticed)
    }

    /// `noticed`: how many of its updates a source has noticed. Cost: a few passes over stays and updates.
    fn new(
        (workload, stays): (&Workload, &[Stay]),
        numbers: &Numbers,
        noticed: impl Fn(usize) -> usize,
    ) -> Self {
        let addresses = workload.addresses.len();
        let stays = Shelves::new(addresses, |put| {
            for stay in stays.iter().filter(|stay| stay.end > stay.start) {
                let (who, site) = (stay.user.index() as u32, stay.site.index() as u32);
                put(stay.address, (stay.start.nanos(), stay.end.nanos(), who, site));
            }
        });
        let changes = Shelves::new(addresses, |put| {
            for index in 0..addresses {
                let address = AddressId::new(index);
                let stays = stays.of(address);
                for (position, (start, end, user, site)) in stays.iter().copied().enumerate() {
                    put(address, Change { at: start, who: user, site });
                    if stays.get(position + 1).is_none_or(|next| next.0 != end) {
                        put(address, Change { at: end, who: user, site: NONE });
                    }
                }
            }
        });
        let mut updates = Shelves::new(addresses, |put| {
            for (source, list) in workload.updates.iter().enumerate() {
                for (position, update) in list.iter().take(noticed(source)).enumerate() {
                    put(update.address, numbers.of(NodeId::new(source), position as u64));
                }
            }
        });
        let key = |update: &u32| numbers.key(workload, *update);
        for index in 0..addresses {
            let here = updates.of_mut(AddressId::new(index));
            // Memory fetches all of them at once.
            std::hint::black_box(here.iter().fold(0, |seen, update| seen ^ key(update).0.nanos()));
            here.sort_by_key(key);
        }
        Self { changes, updates }
    }

    /// How many addresses there are.
    pub(super) fn addresses(&self) -> usize {
        self.updates.first.len() - 1
    }

    /// The place of an update that was noticed among all of its address. Cost: a look at some of their numbers, not at
    /// themselves.
    pub(super) fn place(&self, address: AddressId, update: u32) -> usize {
        let found = self.updates.of(address).iter().position(|other| *other == update);
        found.expect("what was sent was noticed")
    }
}

/// What lies above the leaves of one class.
pub(super) struct Above<'a> {
    pub(super) record: &'a Recorder<'a>,
    pub(super) class: &'a Class,
    /// Per source: by how much its clock is ahead.
    offsets: Vec<i64>,
    /// Per source: the hop into each node of its path. Hop 0 leads from the hub to the leaf.
    hops: Vec<Vec<u16>>,
    /// When each hop's edge came up.
    up_at: Vec<u64>,
    /// In the core, by update.
    deaths: Vec<Death>,
    /// Of what the hub had forgotten before the leaves began with its table, by update.
    forgotten: Vec<Death>,
    /// When the leaves were sent the full table that they began with; 0: it was empty.
    stands_at: u64,
    /// Per node: whether it keeps a log.
    is_log: Vec<bool>,
}

/// Where the copy of an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has ended; whether the merge law ended it.
    Dead { order: (Instant, u32), by_law: bool },
    /// On this hop.
    Moving(u16),
    /// It never was on a path to the leaf.
    Nowhere,
    /// Before a feed that does not stand.
    Waiting,
}

impl<'a> Above<'a> {
    /// What lies above `class`.
    pub(super) fn new(record: &'a Recorder<'a>, scenario: &Scenario, class: &'a Class) -> Self {
        let offset = |role: &Role| match role {
            Role::Log(log) => log.clock_offset_nanos,
            Role::Engine(_) | Role::Point(_) => 0,
            Role::Push(push) => push.clock_offset_nanos,
        };
        let hops = class.paths.iter().enumerate().map(|(source, path)| {
            let mut from = NodeId::new(source);
            let mut hops = Vec::new();
            for to in path.iter().flatten() {
                hops.push(u16::try_from(class.edge(from, *to) + 1).expect("a tree has few edges"));
                from = *to;
            }
            hops
        });
        let up = class.edges.iter().map(|edge| match record.up_at.get(edge) {
            // To the first member of a pair: what a leaf is told is not asked here.
            None if edge.0 == edge.1 => 0,
            up => up.map_or(u64::MAX, |at| at.nanos()),
        });
        let mut deaths = record.deaths.clone();
        let leads = |death: &Death| class.paths.iter().flatten().any(|path| path.contains(&death.place));
        deaths.retain(leads);
        let hub = &record.stations[class.hub.index()];
        let full = hub.volleys.first().filter(|volley| volley.full);
        let mut forgotten = full.map_or_else(Vec::new, |full| before_table(record, class, full.end as usize));
        deaths.sort_by_key(|death| death.update);
        forgotten.sort_by_key(|death| death.update);
        Self {
            record,
            class,
            offsets: scenario.topology.nodes.iter().map(|node| offset(&node.role)).collect(),
            hops: hops.collect(),
            up_at: std::iter::once(0).chain(up).collect(),
            deaths,
            forgotten,
            stands_at: full.map_or(0, |full| full.sent.nanos()),
            is_log: scenario.topology.nodes.iter().map(|node| matches!(node.role, Role::Log(_))).collect(),
        }
    }

    /// Whether `source` keeps a log that is polled.
    pub(super) fn is_log(&self, source: NodeId) -> bool {
        self.is_log[source.index()]
    }

    /// The hop into the node at `step` of the path of `source`.
    pub(super) fn hop(&self, source: NodeId, step: usize) -> usize {
        usize::from(self.hops[source.index()][step])
    }

    /// The update itself.
    pub(super) fn update(&self, update: u32) -> &Update {
        let (source, position) = self.record.identity(update);
        &self.record.workload.updates[source.index()][position]
    }

    /// Whom a table names whose entry came with `update`, or whose timer ended it (`NONE`); `NONE`: nobody.
    pub(super) fn answer(&self, update: u32) -> u32 {
        if update == NONE {
            return NONE;
        }
        let item = self.update(update);
        let user = item.user().filter(|_| item.event() != Event::LogOff);
        user.map_or(NONE, |user| user.index() as u32)
    }

    /// What tables compare: timestamp, origin and sequence.
    pub(super) fn rank(&self, update: u32) -> (i64, NodeId, u64) {
        let (source, position) = self.record.identity(update);
        let occurred = self.record.workload.updates[source.index()][position].occurred.nanos();
        let occurred = i64::try_from(occurred).expect("a run is shorter than 292 years");
        let origin = self.class.paths[source.index()].as_ref().map_or(source, |path| path[0]);
        (occurred.saturating_add(self.offsets[source.index()]), origin, position as u64)
    }

    /// When `update` was applied at `node`; `NEVER`: it was not.
    pub(super) fn applied_at(&self, node: NodeId, source: NodeId, position: usize) -> u64 {
        self.record.stations[node.index()].applied_at(source, position)
    }

    /// How the copy of `update` ended in the core, if it did.
    pub(super) fn death(&self, update: u32) -> Option<&Death> {
        find(&self.deaths, update)
    }

    /// The same, or how the hub forgot it before the leaves began with its table.
    pub(super) fn death_before(&self, update: u32) -> Option<&Death> {
        self.death(update).or_else(|| find(&self.forgotten, update))
    }

    /// Whether the source of `update` feeds the leaves.
    pub(super) fn feeds(&self, update: u32) -> bool {
        self.class.paths[self.record.identity(update).0.index()].is_some()
    }

    /// Where the copy of a noticed `update` is at the end of the instant `at`, and when that changes next, as long as
    /// no leaf is asked; `hop` tells where copies are on a last hop that is not like others.
    pub(super) fn place(&self, update: u32, at: u64, hop: Option<&Hop>) -> (Place, u64) {
        let (source, position) = self.record.identity(update);
        let Some(path) = &self.class.paths[source.index()] else { return (Place::Nowhere, u64::MAX) };
        let is_own = hop.is_some_and(Hop::is_own);
        let death = if is_own { self.death(update) } else { self.death_before(update) };
        if let Some(death) = death.filter(|death| death.order.0.nanos() <= at) {
            let by_law = matches!(death.end, End::Refused | End::Superseded);
            return (Place::Dead { order: death.order, by_law }, u64::MAX);
        }
        let mut next = death.map_or(u64::MAX, |death| death.order.0.nanos());
        for (step, node) in path.iter().enumerate() {
            let applied = self.applied_at(*node, source, position);
            if applied <= at {
                continue;
            }
            next = next.min(applied);
            let hop = self.hops[source.index()][step];
            let up = self.up_at[usize::from(hop)];
            if up <= at {
                return (Place::Moving(hop), next);
            }
            return (Place::Waiting, next.min(up));
        }
        if self.stands_at > at && !is_own {
            return (Place::Waiting, next.min(self.stands_at));
        }
        let here = hop.and_then(|hop| hop.place(update, at));
        here.unwrap_or((Place::Moving(self.class.last_hop() as u16), next))
    }
}

/// What the hub had learned, and forgot again, before the leaves were sent its table: replaced, ended by a log-off
/// or by a timer. Cost: the first `learned` entries of its journal.
fn before_table(record: &Recorder<'_>, class: &Class, learned: usize) -> Vec<Death> {
    let hub = &record.stations[class.hub.index()];
    let mut live: BTreeMap<AddressId, u32> = BTreeMap::new();
    let mut deaths = Vec::new();
    let mut bury = |update, at, end| {
        let number = u32::MAX / 2 + deaths.len() as u32;
        deaths.push(Death { update, place: class.hub, order: (at, number), end });
    };
    let made = hub.full_at.map_or(0, |(made, _)| made.order);
    let mut expired = hub.expired.iter().filter(|(gone, _)| gone.order < made).peekable();
    for update in &hub.journal[..learned] {
        let (source, position) = record.identity(*update);
        let item = &record.workload.updates[source.index()][position];
        let at = hub.delivery(source, position).expect("what is in a journal was applied").at;
        while let Some((gone, address)) = expired.next_if(|(gone, _)| gone.at < at.nanos()) {
            if let Some(old) = live.remove(&address) {
                bury(old, Instant::from_nanos(gone.at), End::Lost);
            }
        }
        if let Some(old) = live.insert(item.address, *update) {
            let newer = record.key(*update) > record.key(old);
            bury(old, at, if newer { End::Superseded } else { End::Refused });
        }
        if item.event() == Event::LogOff {
            live.remove(&item.address);
            bury(*update, at, End::Lost);
        }
    }
    for (gone, address) in expired {
        if let Some(old) = live.remove(&address) {
            bury(old, Instant::from_nanos(gone.at), End::Lost);
        }
    }
    deaths
}

fn find(deaths: &[Death], update: u32) -> Option<&Death> {
    let position = deaths.binary_search_by_key(&update, |death| death.update).ok()?;
    Some(&deaths[position])
}

/// Whether `update` says that `change` is true.
pub(super) fn says(update: &Update, change: &Change) -> bool {
    let user = update.user().map(|user| user.index() as u32);
    match update.event() {
        Event::LogOn | Event::Refresh => change.user() != NONE && user == Some(change.user()),
        Event::LogOff => change.ended() != NONE && user.is_none_or(|user| user == change.ended()),
        Event::ServiceLogOn => false,
    }
}
