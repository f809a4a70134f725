//! Ways: where the time of updates went above the leaves, hop by hop.
//!
//! Knows deliveries of the core. Must not know answers, nor any leaf.

use super::class::Field;
use super::station::Delivery;
use crate::observe::Parts;

/// The way of some updates above the leaves, summed. Units: nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    pub(super) observe: u128,
    /// Per hop: over how many updates, and their parts. Of the last hop nothing.
    pub(super) hops: Vec<(u32, Parts)>,
    /// What was waited at the hub for a tick, and for a full table.
    pub(super) batch: u128,
    pub(super) recover: u128,
}

impl Ways {
    /// None yet, over so many hops.
    pub(super) fn none(hops: usize) -> Self {
        Self { hops: vec![Default::default(); hops], ..Self::default() }
    }

    /// Adds `other`.
    pub(super) fn put(&mut self, other: &Self) {
        self.observe += other.observe;
        self.batch += other.batch;
        self.recover += other.recover;
        for (here, there) in self.hops.iter_mut().zip(&other.hops) {
            here.0 += there.0;
            here.1.add(&there.1);
        }
    }

    /// Takes `other` away, which is part of it.
    pub(super) fn take(&mut self, other: &Self) {
        self.observe -= other.observe;
        self.batch -= other.batch;
        self.recover -= other.recover;
        for (here, there) in self.hops.iter_mut().zip(&other.hops) {
            here.0 -= there.0;
            here.1.take(&there.1);
        }
    }

    /// Adds the way of one update to the hub, which sends it on at `sent`, in a full table or in another frame.
    pub(super) fn enter(&mut self, field: &Field<'_>, (update, is_full): (u32, bool), sent: u64) {
        let (observe, wait) = way(field, update, sent, |hop, parts| {
            self.hops[hop].0 += 1;
            self.hops[hop].1.add(parts);
        });
        self.observe += observe;
        *(if is_full { &mut self.recover } else { &mut self.batch }) += wait;
    }
}

/// The way of an update to the hub, which sends it on at `sent`: what is spent until a learner has it, each hop's
/// parts, and the wait at the hub.
pub(super) fn way(
    field: &Field<'_>,
    update: u32,
    sent: u64,
    mut each: impl FnMut(usize, &Parts),
) -> (u128, u128) {
    let (source, position) = field.record.identity(update);
    let path = field.class.paths[source.index()].as_ref().expect("what is in a frame came over a path");
    let occurred = field.record.workload.updates[source.index()][position].occurred;
    let mut observe = 0;
    let mut before = None;
    for (step, node) in path.iter().enumerate() {
        let station = &field.record.stations[node.index()];
        let delivery = station.delivery(source, position).expect("what is in a frame was applied on its way");
        let mut parts = Parts::of(&delivery.served);
        match before {
            None if field.above.is_log(source) => {
                observe = u128::from((delivery.at.since(occurred) - delivery.served.total()).nanos());
            }
            None => {
                parts.add(&Parts::of(&delivery.way));
                observe = u128::from(delivery.sent.since(occurred).nanos());
            }
            Some(applied) => {
                parts.add(&Parts::of(&delivery.way));
                wait(&mut parts, delivery, applied);
            }
        }
        each(field.above.hop(source, step), &parts);
        before = Some(delivery.at.nanos());
    }
    (observe, u128::from(sent - before.expect("a path has nodes")))
}

fn wait(parts: &mut Parts, delivery: &Delivery, applied: u64) {
    let waited = u128::from(delivery.sent.nanos() - applied);
    if delivery.full {
        parts.recover += waited;
    } else {
        parts.batch += waited;
    }
}
