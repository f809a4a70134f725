//! Ground: what there is to walk through for one address.
//!
//! Knows where it lies. Must not know what a walk finds.

use std::ops::Deref;

use super::cell::Law;
use super::class::{Field, REACH};
use super::deeds::Deeds;
use super::hop::Hop;
use super::notes::Noted;
use super::story::{Above, Change};
use super::stretch::{Rest, Stretch};
use crate::ids::AddressId;

/// What there is to walk through.
pub(super) struct Ground<'a> {
    pub(super) above: &'a Above<'a>,
    pub(super) law: Law,
    pub(super) changes: &'a [Change],
    pub(super) updates: &'a [u32],
    pub(super) entries: Noted<'a>,
    pub(super) authority: Deeds<'a>,
    pub(super) in_scope: bool,
    /// Where it begins, if not at virtual zero.
    pub(super) rest: Option<Rest>,
    /// The end of the run, or of the stretch.
    pub(super) end: u64,
    /// How much later steps may come at other leaves; `None`: nobody asks.
    pub(super) reach: Option<u64>,
    /// Where copies are on the last hop, where that is not as for all leaves.
    pub(super) hop: Option<&'a dyn Deref<Target = Hop>>,
    /// Whether frames that are applied at one instant come as one.
    pub(super) merges: bool,
}

impl Field<'_> {
    /// The ground of one address, for a leaf.
    pub(super) fn ground(&self, address: AddressId, stretch: &Stretch) -> Ground<'_> {
        let rest = stretch.begin;
        let [change, update, deed] = rest.map_or([0; 3], |rest| rest.next);
        Ground {
            above: &self.above,
            law: self.law,
            changes: &self.common.changes.of(address)[change..],
            updates: &self.common.updates.of(address)[update..],
            entries: stretch.entries(self.entries(address)),
            authority: self.told.voice.deeds(self.common, address).from(deed),
            in_scope: self.in_scope(address),
            rest,
            end: stretch.end.map_or(self.end, |rest| rest.at),
            reach: None,
            hop: None,
            merges: false,
        }
    }

    /// Looks at what a walk through a stretch of `address` will ask for and does nothing with it, so that memory fetches it all
    /// at once; the walk would wait for each in turn.
    pub(super) fn warm(&self, address: AddressId, stretch: &Stretch) {
        let (record, mut seen) = (self.record, 0);
        for update in stretch.updates(self.common.updates.of(address)) {
            let (source, position) = record.identity(*update);
            seen ^= record.workload.updates[source.index()][position].occurred.nanos();
            for node in self.class.paths[source.index()].iter().flatten() {
                seen ^= u64::from(record.stations[node.index()].delivery_number(source, position));
            }
        }
        std::hint::black_box(seen);
    }

    /// The ground of one address, for the pattern.
    pub(super) fn pattern_ground(&self, address: AddressId) -> Ground<'_> {
        Ground { reach: Some(REACH), ..self.ground(address, &Stretch::default()) }
    }
}
