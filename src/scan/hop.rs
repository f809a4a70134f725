//! Hop: where the copies of one address's updates are on the last hop, to a leaf whose session has broken.
//!
//! Knows what the hub holds of the address, what the leaf was sent of it, and how the session stood. Must not know what
//! the leaf made of it.

use std::cell::LazyCell;

use super::class::Field;
use super::fare::Over;
use super::leaf::{Stamp, TABLE};
use super::numbers::NONE;
use super::own::Own;
use super::station::End;
use super::story::Place;
use super::stretch::Stretch;
use crate::ids::AddressId;
use crate::roles::EdgeState;
use crate::units::Instant;
use crate::workload::Event;

/// Where copies are, from when on.
#[derive(Debug, Default)]
pub(super) struct Hop {
    copies: Vec<Copies>,
    /// Whether the leaf, or the one that tells it, was told something of its own.
    is_own: bool,
    /// The hop from the hub.
    last: u16,
}

/// Where copies are, found out only when somebody asks: of most addresses nobody does.
pub(super) type Here<'a> = LazyCell<Hop, Box<dyn FnOnce() -> Hop + 'a>>;

/// What `find` would find.
pub(super) fn here<'a>(find: impl FnOnce() -> Hop + 'a) -> Here<'a> {
    LazyCell::new(Box::new(find))
}

/// The copies of one update.
#[derive(Debug)]
struct Copies {
    update: u32,
    flights: u32,
    /// Whether it waits for a tick.
    waits: bool,
    death: Option<(Stamp, End)>,
    spells: Vec<(u64, Place)>,
}

impl Copies {
    fn bury(&mut self, when: Stamp, end: End) {
        self.death = Some((when, end));
    }
}

/// Something that happens on the hop.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// The hub applies an update.
    Learned(u32),
    /// The hub's timer ends its entry.
    Gone,
    Turned(EdgeState),
    Sent(u32),
    Landed(u32),
    Dropped(u32),
}

impl Hop {
    /// Of a stretch of one address. Cost: some steps an update of it.
    pub(super) fn new(field: &Field<'_>, own: &Own<'_>, address: AddressId, stretch: &Stretch) -> Self {
        let mut deeds = deeds(field, own, address, stretch);
        deeds.sort_by_key(|(when, _)| *when);
        let last = u16::try_from(field.class.last_hop()).expect("a tree has few edges");
        let mut hop = Self { is_own: true, last, ..Self::default() };
        let (mut live, mut state) = (NONE, EdgeState::Down);
        if let Some(rest) = stretch.begin {
            // Of that one nobody asks.
            (live, state) = (rest.update, own.state(learned(field, rest.update)));
            hop.copies_of(live);
        }
        for (when, deed) in deeds {
            let is_stuck = matches!(state, EdgeState::Down | EdgeState::Resyncing);
            match deed {
                Deed::Learned(update) => {
                    let item = field.above.update(update);
                    hop.learn(field, when, update, (live, state));
                    live = if item.event() == Event::LogOff { NONE } else { update };
                    if live == NONE && is_stuck {
                        hop.of(update).bury(when, End::Lost);
                    }
                }
                Deed::Gone => {
                    if live != NONE && is_stuck {
                        hop.of(live).bury(when, End::Lost);
                    }
                    live = NONE;
                }
                Deed::Turned(now) => {
                    if state == EdgeState::Up {
                        for copies in hop.copies.iter_mut().filter(|copies| copies.waits) {
                            copies.waits = false;
                            if copies.update != live {
                                copies.bury(when, End::Lost);
                            }
                        }
                    }
                    state = now;
                }
                Deed::Sent(update) => {
                    let copies = hop.of(update);
                    copies.flights += 1;
                    copies.waits = false;
                }
                Deed::Landed(update) => hop.of(update).flights -= 1,
                Deed::Dropped(update) => {
                    let copies = hop.of(update);
                    copies.flights -= 1;
                    copies.bury(when, End::Lost);
                }
            }
            hop.look(when.at, live, state);
        }
        hop
    }

    fn learn(&mut self, field: &Field<'_>, when: Stamp, update: u32, (live, state): (u32, EdgeState)) {
        if live != NONE && state != EdgeState::Up {
            let newer = field.record.key(update) > field.record.key(live);
            self.of(live).bury(when, if newer { End::Superseded } else { End::Refused });
        }
        let waits = state == EdgeState::Up;
        self.copies.push(Copies { update, flights: 0, waits, death: None, spells: Vec::new() });
    }

    fn of(&mut self, update: u32) -> &mut Copies {
        let found = self.copies.iter_mut().find(|copies| copies.update == update);
        found.expect("a hub sends what it has learned")
    }

    /// Notes where all copies are now.
    fn look(&mut self, at: u64, live: u32, state: EdgeState) {
        for copies in &mut self.copies {
            let place = if copies.flights > 0 || copies.waits {
                Place::Moving(self.last)
            } else if copies.update == live && state != EdgeState::Up {
                Place::Waiting
            } else if let Some((when, end)) = copies.death {
                let by_law = matches!(end, End::Refused | End::Superseded);
                Place::Dead { order: (Instant::from_nanos(when.at), when.order), by_law }
            } else {
                Place::Nowhere
            };
            match copies.spells.last_mut() {
                Some((_, last)) if *last == place => {}
                Some((since, last)) if *since == at => *last = place,
                _ => copies.spells.push((at, place)),
            }
        }
    }

    /// Where the copy of an update that the hub has applied is at the end of the instant `at`, and when that changes.
    /// `None`: it is on its way from the hub.
    pub(super) fn place(&self, update: u32, at: u64) -> Option<(Place, u64)> {
        let spells = &self.copies.iter().find(|copies| copies.update == update)?.spells;
        let known = spells.partition_point(|(since, _)| *since <= at);
        let next = spells.get(known).map_or(u64::MAX, |(since, _)| *since);
        let place = match known.checked_sub(1) {
            Some(last) => spells[last].1,
            None => Place::Moving(self.last),
        };
        Some((place, next))
    }

    /// Whether the leaf, or the one that tells it, was told something of its own.
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// From the hop to the first member of a pair to that to the second. `applied`: what the first applied: the update,
    /// when, and when the second had it. `refused`: what it refused: the update, when, and how that ended.
    pub(super) fn relay(
        mut self,
        field: &Field<'_>,
        applied: impl Iterator<Item = (u32, u64, u64)>,
        refused: impl Iterator<Item = (u32, u64, End)>,
    ) -> Self {
        self.last = u16::try_from(field.class.last_hop()).expect("a tree has few edges");
        for (update, from, until) in applied {
            let copies = self.copies_of(update);
            // The nearest counts.
            let mut before = std::mem::take(&mut copies.spells);
            let after: Vec<(u64, Place)> = before.extract_if(.., |(since, _)| *since >= from).collect();
            let resumes = after.iter().rev().find(|(since, _)| *since <= until).copied();
            let left = before.last().map_or(Place::Nowhere, |(_, place)| *place);
            before.push((from, Place::Moving(0)));
            if until != u64::MAX {
                before.push((until, resumes.map_or(left, |(_, place)| place)));
                before.extend(after.into_iter().filter(|(since, _)| *since > until));
            }
            copies.spells = before;
        }
        for (update, at, end) in refused {
            let copies = self.copies_of(update);
            copies.death = copies.death.max(Some((Stamp { at, order: u32::MAX }, end)));
            let by_law = matches!(end, End::Refused | End::Superseded);
            let refusal = Place::Dead { order: (Instant::from_nanos(at), u32::MAX), by_law };
            let known = copies.spells.partition_point(|(since, _)| *since < at);
            if copies.spells.get(known).is_none_or(|(since, _)| *since > at) {
                copies.spells.insert(known, (at, refusal));
            }
            for (_, place) in &mut copies.spells[known..] {
                let is_older = |order: (Instant, u32)| order <= (Instant::from_nanos(at), u32::MAX);
                match *place {
                    Place::Nowhere => *place = refusal,
                    Place::Dead { order, .. } if is_older(order) => *place = refusal,
                    Place::Dead { .. } | Place::Moving(_) | Place::Waiting => {}
                }
            }
        }
        self
    }

    fn copies_of(&mut self, update: u32) -> &mut Copies {
        let found = self.copies.iter().position(|copies| copies.update == update);
        let place = found.unwrap_or_else(|| {
            self.copies.push(Copies { update, flights: 0, waits: false, death: None, spells: Vec::new() });
            self.copies.len() - 1
        });
        &mut self.copies[place]
    }

    /// How the last copy of an update that the hub has applied ended here, if it did, and whether one is alive at the
    /// end of the run.
    pub(super) fn end(&self, update: u32) -> (Option<(Stamp, End)>, bool) {
        let Some(copies) = self.copies.iter().find(|copies| copies.update == update) else {
            return (None, true);
        };
        let place = copies.spells.last().map(|(_, place)| *place);
        (copies.death, matches!(place, Some(Place::Moving(_) | Place::Waiting)))
    }
}

/// When the hub had learned an update.
fn learned(field: &Field<'_>, update: u32) -> Stamp {
    let hub = &field.record.stations[field.class.hub.index()];
    let (source, position) = field.record.identity(update);
    let delivery = hub.delivery(source, position).expect("what a hub has learned it has applied");
    Stamp::new(delivery.at, delivery.order)
}

/// Everything that happens on the hop in a stretch of `address`, by kinds.
fn deeds(field: &Field<'_>, own: &Own<'_>, address: AddressId, stretch: &Stretch) -> Vec<(Stamp, Deed)> {
    let mut deeds = Vec::new();
    let mut add_fare = |frame: u32, update: u32| {
        let Some((begun, over)) = own.fare(frame) else { return };
        deeds.push((begun, Deed::Sent(update)));
        match over {
            Over::Aloft => {}
            Over::Dropped(when) => deeds.push((when, Deed::Dropped(update))),
            Over::Landed(when) => deeds.push((when, Deed::Landed(update))),
        }
    };
    for (update, frame) in stretch.entries(field.entries(address)).iter() {
        add_fare(frame, update);
    }
    let all: Vec<u32> = field.learned(address).collect();
    let place =
        |update: u32| all.iter().rposition(|other| *other == update).expect("frames hold what is learned");
    let begin = stretch.begin.map(|rest| place(rest.update));
    let end = stretch.end.map_or(all.len(), |rest| place(rest.update) + 1);
    let within = &all[begin.map_or(0, |begin| begin + 1)..end];
    for table in own.tables_sent() {
        let held = field.held_in(table, address);
        let is_within = |update: &u32| {
            within.contains(update) || stretch.begin.is_some_and(|rest| rest.update == *update)
        };
        if let Some(update) = held.filter(is_within) {
            add_fare(TABLE + table, update);
        }
    }
    deeds.extend(within.iter().map(|update| (learned(field, *update), Deed::Learned(*update))));
    deeds.extend(field.told.gone.of(address).iter().map(|gone| (*gone, Deed::Gone)));
    deeds.extend(own.turns().iter().map(|turn| (turn.when, Deed::Turned(turn.state))));
    if let Some(rest) = stretch.begin {
        let from = learned(field, rest.update);
        deeds.retain(|(when, _)| *when > from);
    }
    deeds
}
