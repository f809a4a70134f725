//! Age: how old a leaf's newest word of each source is.
//!
//! Knows the order of frames. Must not know answers.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Field;
use crate::ids::NodeId;
use crate::observe::SourceAges;

/// What one frame tells of one source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raise {
    source: NodeId,
    /// How often the newest rises once something is known, and the sum of what it was before each time.
    peaks: u64,
    sum: u128,
    /// The least of these.
    least: u64,
    /// The newest afterwards.
    after: u64,
}

/// What each frame tells, in order.
pub(super) struct Raises(Vec<Vec<Raise>>);

impl Raises {
    /// Of a class, without the mappings that `refused` names (frame, update).
    pub(super) fn new(field: &Field<'_>, refused: &BTreeSet<(u32, u32)>) -> Self {
        let hub = &field.record.stations[field.class.hub.index()];
        let mut newest: BTreeMap<NodeId, u64> = BTreeMap::new();
        let mut all = Vec::with_capacity(hub.volleys.len());
        for frame in 0..hub.volleys.len() {
            let mut raises: BTreeMap<NodeId, Raise> = BTreeMap::new();
            for update in hub.contents(frame) {
                if refused.contains(&(frame as u32, *update)) {
                    continue;
                }
                let (source, _) = field.record.identity(*update);
                let occurred = field.above.update(*update).occurred.nanos();
                let known = newest.get(&source).copied();
                if known.is_some_and(|known| occurred <= known) {
                    continue;
                }
                newest.insert(source, occurred);
                let raise = raises.entry(source).or_insert(Raise {
                    source,
                    peaks: 0,
                    sum: 0,
                    least: u64::MAX,
                    after: occurred,
                });
                raise.after = occurred;
                if let Some(known) = known {
                    raise.peaks += 1;
                    raise.sum += u128::from(known);
                    raise.least = raise.least.min(known);
                }
            }
            all.push(raises.into_values().collect());
        }
        Self(all)
    }

    /// The ages of a leaf that applied frame `f` at `applied[f]`, for as many frames as it applied by the end.
    pub(super) fn of(&self, field: &Field<'_>, applied: &[u64]) -> SourceAges {
        let mut newest: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
        let mut ages = SourceAges::default();
        for (raises, at) in self.0.iter().zip(applied.iter().copied()) {
            for raise in raises {
                if let Some((occurred, since)) = newest.insert(raise.source, (raise.after, at)) {
                    settle(&mut ages, field.from, raise.source, occurred, since, at);
                }
                if at >= field.from && raise.peaks > 0 {
                    ages.peaks += raise.peaks;
                    ages.peak_sum += u128::from(raise.peaks) * u128::from(at) - raise.sum;
                    ages.peak_max = ages.peak_max.max(at - raise.least);
                }
            }
        }
        for (source, (occurred, since)) in newest {
            settle(&mut ages, field.from, source, occurred, since, field.end);
        }
        ages
    }
}

/// Adds the age of one word from `since` to `until`.
fn settle(ages: &mut SourceAges, from: u64, source: NodeId, occurred: u64, since: u64, until: u64) {
    let sum = ages.sums.entry(source).or_default();
    let since = since.max(from);
    if until > since {
        let span = u128::from(until - since);
        sum.0 += span * (u128::from(until) + u128::from(since) - 2 * u128::from(occurred));
        sum.1 += span;
    }
}
