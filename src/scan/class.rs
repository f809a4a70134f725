//! Class: everything that a pattern and its leaves are walked with.
//!
//! Knows how to lay out the ground of one address. Must not know what is summed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agreement::window_ends;
use super::cast::Class;
use super::cell::Law;
use super::leaf::{Stamp, TABLE};
use super::notes::Noted;
use super::numbers::NONE;
use super::record::Recorder;
use super::station::End;
use super::story::{Above, Common};
use super::voice::{Told, Voice};
use crate::ids::{AddressId, NodeId};
use crate::observe::entry_hash;
use crate::scenario::Scenario;
use crate::units::Instant;
use crate::workload::Event;

/// How much later than it was sent a leaf may apply a frame before each of its addresses is walked again. Units:
/// nanoseconds. Longer than a retransmission; longer still would only list more that seldom matters.
pub(super) const REACH: u64 = 2_000_000_000;

/// The ground of one class.
pub(super) struct Field<'a> {
    pub(super) record: &'a Recorder<'a>,
    pub(super) common: &'a Common,
    pub(super) above: Above<'a>,
    pub(super) told: Arc<Told>,
    pub(super) class: &'a Class,
    pub(super) law: Law,
    /// From when on is measured, no later than the end, and the end of the run. Units: nanoseconds.
    pub(super) from: u64,
    pub(super) end: u64,
    /// From when on is measured, which a run that was cut off may not have come to. Units: nanoseconds.
    measured: u64,
    /// The windows. Units: nanoseconds.
    pub(super) window: u64,
    /// When they end.
    pub(super) ends: Vec<u64>,
    pub(super) sites: usize,
}

impl<'a> Field<'a> {
    /// The ground of `class`; `told` is shared with the other classes of its hub, once it is known, and as far as it is the same
    /// with the hub before; `voices` with all that have its authority.
    pub(super) fn new(
        record: &'a Recorder<'a>,
        common: &'a Common,
        scenario: &Scenario,
        class: &'a Class,
        end: Instant,
        (told, voices): (&mut Option<Arc<Told>>, &mut BTreeMap<NodeId, Arc<Voice>>),
    ) -> Self {
        let above = Above::new(record, scenario, class);
        let mut voice =
            || voices.entry(class.authority).or_insert_with(|| Arc::new(Voice::new(&above, common))).clone();
        let mine = match told.take() {
            Some(mine) if mine.hub == class.hub => mine,
            before => Arc::new(Told::new(&above, common, voice(), before)),
        };
        *told = Some(mine.clone());
        let law = Law {
            timeout: class.timeout.map_or(u64::MAX, |timeout| timeout.nanos()),
            conflict: class.conflict,
            restarts: class.restarts,
        };
        Self {
            record,
            common,
            above,
            told: mine,
            class,
            law,
            from: scenario.measure_from.nanos().min(end.nanos()),
            end: end.nanos(),
            measured: scenario.measure_from.nanos(),
            window: scenario.window.nanos(),
            ends: window_ends(scenario.window.nanos(), end.nanos()),
            sites: scenario.topology.sites.len(),
        }
    }

    /// Whether the class compares `address`.
    pub(super) fn in_scope(&self, address: AddressId) -> bool {
        let ip = &self.record.workload.addresses[address.index()];
        self.class.scope.is_empty() || self.class.scope.iter().any(|network| network.contains(ip))
    }

    /// How much later than it was sent a leaf may apply a frame and still only move steps. Units: nanoseconds.
    pub(super) fn reach(&self) -> u64 {
        REACH
    }

    /// When each of the hub's frames for leaves was sent. Units: nanoseconds.
    pub(super) fn sent(&self) -> Vec<u64> {
        let volleys = &self.record.stations[self.class.hub.index()].volleys;
        volleys.iter().map(|volley| volley.sent.nanos()).collect()
    }

    /// How an update ended in the core, if it did.
    pub(super) fn end_in_core(&self, update: u32) -> Option<End> {
        if !self.above.feeds(update) {
            return Some(End::Filtered);
        }
        self.above.death(update).map(|death| death.end)
    }

    /// The same, or how the hub forgot it before leaves were sent anything.
    pub(super) fn end_above(&self, update: u32) -> Option<End> {
        if !self.above.feeds(update) {
            return Some(End::Filtered);
        }
        self.above.death_before(update).map(|death| death.end)
    }

    /// Whether a frame is the full table that leaves begin with.
    pub(super) fn is_full(&self, frame: u32) -> bool {
        self.record.stations[self.class.hub.index()].volleys[frame as usize].full
    }

    /// The messages and mappings of a frame or full table.
    pub(super) fn size(&self, number: u32) -> (u32, u32) {
        let hub = &self.record.stations[self.class.hub.index()];
        if number >= TABLE {
            return hub.tables[(number - TABLE) as usize].size;
        }
        (hub.volleys[number as usize].messages, hub.contents(number as usize).len() as u32)
    }

    /// What the hub's frames hold of `address`: (update, frame).
    pub(super) fn entries(&self, address: AddressId) -> Noted<'_> {
        self.told.entries.of(self.common, address)
    }

    /// What a full table of the hub's holds of `address`.
    pub(super) fn held_in(&self, table: u32, address: AddressId) -> Option<u32> {
        let hub = &self.record.stations[self.class.hub.index()];
        let last = self.last_learned(table, address)?;
        let table = &hub.tables[table as usize];
        let is_gone = |gone: &Stamp| {
            let (source, position) = self.record.identity(last);
            let learned = hub.delivery(source, position).map_or(u32::MAX, |delivery| delivery.order);
            learned < gone.order && gone.order < table.made.order
        };
        let holds = self.above.update(last).event() != Event::LogOff;
        (holds && !self.told.gone.of(address).iter().any(is_gone)).then_some(last)
    }

    /// What the hub learned of `address` last before a full table was made, if it was live when leaves began.
    fn last_learned(&self, table: u32, address: AddressId) -> Option<u32> {
        let hub = &self.record.stations[self.class.hub.index()];
        let (learned, frames) = (hub.tables[table as usize].learned, self.told.frames_before[table as usize]);
        let entries = self.entries(address);
        let mut known = entries.until(|frame| frame < frames);
        // Of a frame that was sent to others, the table may hold the first part. After the last frame no table was made.
        let begun = hub.begun(frames, learned);
        while entries.number(known) == Some(frames) && begun.contains(&entries.at(known).0) {
            known += 1;
        }
        Some(entries.at(known.checked_sub(1)?).0)
    }

    /// What the hub learned of `address`, in order.
    pub(super) fn learned(&self, address: AddressId) -> impl DoubleEndedIterator<Item = u32> {
        let hub = &self.record.stations[self.class.hub.index()];
        let apart = self.told.apart.of(address);
        let (first, rest) =
            apart.split_at(apart.partition_point(|place| (*place as usize) < hub.told_whole()));
        let entries = self.entries(address);
        let whole = if hub.told_whole() > 0 { entries.until(|frame| frame == 0) } else { 0 };
        let told = entries.range(whole..entries.len()).iter().map(|(update, _)| update);
        let of = |place: &u32| hub.journal[*place as usize];
        first.iter().map(of).chain(told).chain(rest.iter().map(of))
    }

    /// What a change from one live entry to another adds to the hash of the table.
    pub(super) fn hash_jump(&self, address: AddressId, (before, after): (u32, u32)) -> u64 {
        let hash = |update: u32| {
            if update == NONE {
                return 0;
            }
            let (source, position) = self.record.identity(update);
            let user = self.above.update(update).user().expect("a live entry names a user");
            entry_hash(address, user, source, position as u64)
        };
        hash(after).wrapping_sub(hash(before))
    }

    /// Whether an update has fates and samples.
    pub(super) fn is_counted(&self, update: u32) -> bool {
        self.is_measured(self.above.update(update).occurred.nanos())
    }

    /// Whether an instant is in the measured time.
    pub(super) fn is_measured(&self, at: u64) -> bool {
        at >= self.measured
    }
}
