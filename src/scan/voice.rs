//! Voice: what an authority answered to each address, and what a hub told its leaves of it.
//!
//! Knows the journals of the core. Must not know leaves' answers.

use std::sync::Arc;

use super::deeds::{Archive, Deeds};
use super::leaf::{Log, Stamp};
use super::notes::Notes;
use super::numbers::NONE;
use super::story::{Above, Common, Shelves};
use crate::ids::{AddressId, NodeId};

/// What one authority did. Cost: 4 bytes an update that it applied, or 8.
pub(super) struct Voice {
    archive: Archive,
    /// Per update a bit: whether it changed the answer.
    changes: Vec<u64>,
}

impl Voice {
    /// Cost: a few passes over the authority's journal.
    pub(super) fn new(above: &Above<'_>, common: &Common) -> Self {
        let speaker = &above.record.stations[above.class.authority.index()];
        let node = above.class.authority;
        let archive = Archive::new(common, |each| {
            let mut expired = speaker.expired.iter().peekable();
            for update in speaker.journal.iter() {
                let (source, position) = above.record.identity(*update);
                let at = above.applied_at(node, source, position);
                // At one instant an application goes before an expiry.
                while let Some((gone, address)) = expired.next_if(|(gone, _)| gone.at < at) {
                    each(address, gone.at, NONE);
                }
                each(above.update(*update).address, at, *update);
            }
            expired.for_each(|(gone, address)| each(address, gone.at, NONE));
        });
        let mut changes = vec![0; above.record.numbers.count().div_ceil(64)];
        for address in (0..common.addresses()).map(AddressId::new) {
            let (mut voice, deeds) = (NONE, archive.of(common, address));
            above.record.warm(deeds.iter().map(|(_, update)| update));
            for (_, update) in deeds.iter() {
                let before = voice;
                voice = above.answer(update);
                if update != NONE && voice != before {
                    changes[update as usize / 64] |= 1_u64 << (update % 64);
                }
            }
        }
        Self { archive, changes }
    }

    /// What the authority did to `address`.
    pub(super) fn deeds<'b>(&'b self, common: &'b Common, address: AddressId) -> Deeds<'b> {
        self.archive.of(common, address)
    }

    /// Whether an update changed the authority's answer.
    pub(super) fn is_change(&self, update: u32) -> bool {
        self.changes[update as usize / 64] >> (update % 64) & 1 == 1
    }
}

/// What a hub tells its leaves of each address.
pub(super) struct Told {
    /// Whose frames these are.
    pub(super) hub: NodeId,
    /// What the hub's frames hold of each address: (update, frame).
    pub(super) entries: Arc<Notes>,
    /// What the authority did.
    pub(super) voice: Arc<Voice>,
    /// What the hub learned and tells with no frame but full tables: before the one that leaves begin with, and after the last
    /// frame; by places in its journal. Only where some leaf is told something of its own, like the rest.
    pub(super) apart: Shelves<u32>,
    /// When its timers ended entries.
    pub(super) gone: Shelves<Stamp>,
    /// Per full table of some leaves' own: how many frames are before it.
    pub(super) frames_before: Vec<u32>,
}

impl Told {
    /// Takes from what was told by the hub `before` what is the same. Cost: a few passes over the hub's journal, for the rest.
    pub(super) fn new(
        above: &Above<'_>,
        common: &Common,
        voice: Arc<Voice>,
        before: Option<Arc<Self>>,
    ) -> Self {
        let addresses = common.addresses();
        let stations = &above.record.stations;
        let hub = &stations[above.class.hub.index()];
        let before = before.filter(|before| hub.tells_the_same_as(&stations[before.hub.index()]));
        let entries = || {
            let entries = Shelves::new(addresses, |put| {
                for frame in 0..hub.volleys.len() {
                    for update in hub.contents(frame) {
                        put(above.update(*update).address, (*update, frame as u32));
                    }
                }
            });
            Notes::new(common, entries, hub.volleys.len())
        };
        let entries = before.as_ref().map_or_else(|| Arc::new(entries()), |before| before.entries.clone());
        let leaves = above.record.cast.leaves.iter().zip(&above.record.logs);
        let mut mine =
            leaves.filter(|(leaf, _)| above.record.cast.classes[leaf.class].hub == above.class.hub);
        let is_odd = |log: &Log| !log.is_plain() || !log.unreached.is_empty();
        let some_broke = !hub.tables.is_empty() || mine.any(|(_, log)| is_odd(log));
        let (first, rest) = (0..hub.told_whole(), hub.told_in_frames()..hub.journal.len());
        let apart = Shelves::new(addresses, |put| {
            for place in first.clone().chain(rest.clone()).filter(|_| some_broke) {
                put(above.update(hub.journal[place]).address, place as u32);
            }
        });
        let gone = Shelves::new(addresses, |put| {
            let all = hub.expired.iter().filter(|_| some_broke);
            all.for_each(|(gone, address)| put(address, gone));
        });
        let frames_before = hub.tables.iter().map(|table| hub.frames_before(table) as u32).collect();
        Self { hub: above.class.hub, entries, voice, apart, gone, frames_before }
    }
}
