//! Voice: what an authority answered to each address, and what a hub told its leaves of it.
//!
//! Knows the journals of the core. Must not know leaves' answers.

use std::sync::Arc;

use super::leaf::{Log, Stamp};
use super::station::NONE;
use super::story::{Above, Shelves};
use crate::ids::{AddressId, NodeId};
use crate::workload::{Event, Workload};

/// What one authority did. Cost: 9 bytes an update that it applied.
pub(super) struct Voice {
    /// By address: (which instant, update); `NONE` as the update: its timer ended the entry.
    deeds: Shelves<(u32, u32)>,
    /// All instants at which it did something, in order. They are few: what one frame brings is applied at one, and times out at
    /// one.
    instants: Vec<u64>,
    /// Per update: whether it changed the answer.
    is_change: Vec<bool>,
}

impl Voice {
    /// Cost: a few passes over the authority's journal.
    pub(super) fn new(above: &Above<'_>, workload: &Workload) -> Self {
        let speaker = &above.record.stations[above.class.authority.index()];
        let node = above.class.authority;
        let in_order = |each: &mut dyn FnMut(AddressId, u64, u32)| {
            let mut expired = speaker.expired.iter().peekable();
            for update in speaker.journal.iter() {
                let (source, position) = above.record.identity(*update);
                let at = above.applied_at(node, source, position);
                // At one instant an application goes before an expiry.
                while let Some((gone, address)) = expired.next_if(|(gone, _)| gone.at < at) {
                    each(*address, gone.at, NONE);
                }
                each(above.update(*update).address, at, *update);
            }
            expired.for_each(|(gone, address)| each(*address, gone.at, NONE));
        };
        let mut instants = Vec::new();
        in_order(&mut |_, at, _| {
            if instants.last() != Some(&at) {
                instants.push(at);
            }
        });
        let deeds = Shelves::new(workload.addresses.len(), |put| {
            let mut now = 0;
            in_order(&mut |address, at, update| {
                now += usize::from(instants[now] != at);
                put(address, (u32::try_from(now).expect("fewer instants than updates"), update));
            });
        });
        let updates = above.record.numbers.count();
        let mut voice = Self { deeds, instants, is_change: Vec::new() };
        let mut is_change = vec![false; updates];
        for address in (0..workload.addresses.len()).map(AddressId::new) {
            voice.changes(above, address).for_each(|update| is_change[update as usize] = true);
        }
        voice.is_change = is_change;
        voice
    }

    /// What the authority did to `address`.
    pub(super) fn deeds(&self, address: AddressId) -> Deeds<'_> {
        Deeds { deeds: self.deeds.of(address), instants: &self.instants }
    }

    /// Whether an update changed the authority's answer.
    pub(super) fn is_change(&self, update: u32) -> bool {
        self.is_change[update as usize]
    }

    /// The updates of `address` that changed the authority's answer, in the order in which it applied them.
    pub(super) fn changes<'b>(
        &'b self,
        above: &'b Above<'_>,
        address: AddressId,
    ) -> impl Iterator<Item = u32> + 'b {
        let mut voice = NONE;
        self.deeds(address).iter().filter_map(move |(_, update)| {
            let before = voice;
            voice = match update {
                NONE => NONE,
                update => {
                    let item = above.update(update);
                    let user = item.user().filter(|_| item.event() != Event::LogOff);
                    user.map_or(NONE, |user| user.index() as u32)
                }
            };
            (update != NONE && voice != before).then_some(update)
        })
    }
}

/// What an authority did to one address, in order: when, and with which update; `NONE`: its timer ended the entry.
#[derive(Clone, Copy)]
pub(super) struct Deeds<'b> {
    deeds: &'b [(u32, u32)],
    instants: &'b [u64],
}

impl<'b> Deeds<'b> {
    pub(super) fn get(self, place: usize) -> Option<(u64, u32)> {
        self.deeds.get(place).map(|(instant, update)| (self.instants[*instant as usize], *update))
    }

    /// How many came by `at`. Cost: a search.
    pub(super) fn known(self, at: u64) -> usize {
        self.deeds.partition_point(|(instant, _)| self.instants[*instant as usize] <= at)
    }

    pub(super) fn before(self, place: usize) -> Self {
        Self { deeds: &self.deeds[..place], ..self }
    }

    pub(super) fn from(self, place: usize) -> Self {
        Self { deeds: &self.deeds[place..], ..self }
    }

    pub(super) fn iter(
        self,
    ) -> impl DoubleEndedIterator<Item = (u64, u32)> + ExactSizeIterator + Clone + use<'b> {
        self.deeds.iter().map(move |(instant, update)| (self.instants[*instant as usize], *update))
    }
}

/// What a hub tells its leaves of each address.
pub(super) struct Told {
    /// Whose frames these are.
    pub(super) hub: NodeId,
    /// What the hub's frames hold of each address: (update, frame).
    pub(super) entries: Arc<Shelves<(u32, u32)>>,
    /// What the authority did.
    pub(super) voice: Arc<Voice>,
    /// All that the hub learned, by its places in the hub's journal, and when its timers ended entries. Only where some leaf is
    /// told something of its own.
    pub(super) learned: Arc<Shelves<u32>>,
    has_learned: bool,
    pub(super) gone: Shelves<Stamp>,
}

impl Told {
    /// Takes from what was told by the hub `before` what is the same. Cost: a few passes over the hub's journal, for the rest.
    pub(super) fn new(
        above: &Above<'_>,
        workload: &Workload,
        voice: Arc<Voice>,
        before: Option<Arc<Self>>,
    ) -> Self {
        let addresses = workload.addresses.len();
        let stations = &above.record.stations;
        let hub = &stations[above.class.hub.index()];
        let before = before.filter(|before| hub.tells_the_same_as(&stations[before.hub.index()]));
        let entries = || {
            Shelves::new(addresses, |put| {
                for frame in 0..hub.volleys.len() {
                    for update in hub.contents(frame) {
                        put(above.update(*update).address, (*update, frame as u32));
                    }
                }
            })
        };
        let entries = before.as_ref().map_or_else(|| Arc::new(entries()), |before| before.entries.clone());
        let leaves = above.record.cast.leaves.iter().zip(&above.record.logs);
        let mut mine =
            leaves.filter(|(leaf, _)| above.record.cast.classes[leaf.class].hub == above.class.hub);
        let is_odd = |log: &Log| !log.is_plain() || !log.unreached.is_empty();
        let some_broke = !hub.tables.is_empty() || mine.any(|(_, log)| is_odd(log));
        let learned = || {
            Shelves::new(addresses, |put| {
                let all = hub.journal.iter().zip(0..).filter(|_| some_broke);
                all.for_each(|(update, place)| put(above.update(*update).address, place));
            })
        };
        let known = before.filter(|before| before.has_learned == some_broke);
        let learned = known.map_or_else(|| Arc::new(learned()), |before| before.learned.clone());
        let gone = Shelves::new(addresses, |put| {
            let all = hub.expired.iter().filter(|_| some_broke);
            all.for_each(|(gone, address)| put(*address, *gone));
        });
        Self { hub: above.class.hub, entries, voice, learned, has_learned: some_broke, gone }
    }
}
