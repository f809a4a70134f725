//! Age: how old a leaf's newest word of each source is.
//!
//! Knows the order of frames. Must not know answers.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Field;
use super::leaf::TABLE;
use super::own::{Own, Table};
use crate::ids::{AddressId, NodeId};
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
pub(super) struct Raises {
    /// Per frame.
    frames: Vec<Vec<Raise>>,
    /// The peaks of all sources with each frame.
    peaks: Vec<Peaks>,
    /// Per source: what the frames tell of it, one after the other.
    words: BTreeMap<NodeId, Vec<Word>>,
}

/// The peaks that come with one frame, and the sums of those that came with it and all before it.
#[derive(Clone, Copy, Debug)]
struct Peaks {
    count: u64,
    least: u64,
    count_by_now: u64,
    sum_by_now: u128,
}

/// The newest word of a source with a frame, and by how much it is newer than the one before; of the first one, than virtual
/// zero.
#[derive(Clone, Copy, Debug)]
struct Word {
    frame: u32,
    newer_by: u64,
}

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
        Self::of_frames(all)
    }

    fn of_frames(frames: Vec<Vec<Raise>>) -> Self {
        let mut peaks = Vec::with_capacity(frames.len());
        let mut words: BTreeMap<NodeId, Vec<Word>> = BTreeMap::new();
        let mut newest: BTreeMap<NodeId, u64> = BTreeMap::new();
        let (mut count_by_now, mut sum_by_now) = (0, 0);
        for (frame, raises) in frames.iter().enumerate() {
            let (mut count, mut least) = (0, u64::MAX);
            for raise in raises {
                count += raise.peaks;
                sum_by_now += raise.sum;
                least = least.min(raise.least);
                let known = newest.insert(raise.source, raise.after).unwrap_or(0);
                let word = Word { frame: frame as u32, newer_by: raise.after - known };
                words.entry(raise.source).or_default().push(word);
            }
            count_by_now += count;
            peaks.push(Peaks { count, least, count_by_now, sum_by_now });
        }
        Self { frames, peaks, words }
    }

    /// The ages of a leaf that applied frame `f` at `applied[f]`, for as many frames as it applied by the end.
    ///
    /// While a word that occurred at `o` is the newest, from `t` to `u`, it adds `(u - t)(u + t - 2 o)` to the twofold area:
    /// over all words that is a difference of squares, less twice the sum of what each word is newer by times how long
    /// from then on is left.
    pub(super) fn of(&self, field: &Field<'_>, applied: &[u64]) -> SourceAges {
        let mut ages = SourceAges::default();
        for (source, words) in &self.words {
            let told = words.partition_point(|word| (word.frame as usize) < applied.len());
            let Some(first) = words[..told].first() else { continue };
            let left = |word: &Word| u128::from(field.end - applied[word.frame as usize].max(field.from));
            let (time, end) = (left(first), u128::from(field.end));
            let newer: u128 = words[..told].iter().map(|word| u128::from(word.newer_by) * left(word)).sum();
            ages.sums.insert(*source, (time * (2 * end - time) - 2 * newer, time));
        }
        // Frames are applied in order.
        let first = applied.partition_point(|at| !field.is_measured(*at));
        for (peaks, at) in
            self.peaks[first..].iter().zip(&applied[first..]).filter(|(peaks, _)| peaks.count > 0)
        {
            ages.peak_sum += u128::from(peaks.count) * u128::from(*at);
            ages.peak_max = ages.peak_max.max(at - peaks.least);
        }
        let by_now = |frames: usize| {
            frames
                .checked_sub(1)
                .map_or((0, 0), |last| (self.peaks[last].count_by_now, self.peaks[last].sum_by_now))
        };
        let (before, all) = (by_now(first), by_now(applied.len()));
        ages.peaks = all.0 - before.0;
        ages.peak_sum -= all.1 - before.1;
        ages
    }

    /// The ages of a leaf that was told something of its own, without the mappings that `refused` names (frame, update),
    /// and with those that came first with full tables (table, address, update).
    pub(super) fn of_own(
        &self,
        field: &Field<'_>,
        own: &Own<'_>,
        refused: &BTreeSet<(u32, u32)>,
        news: &[(u32, AddressId, u32)],
    ) -> SourceAges {
        let hub = &field.record.stations[field.class.hub.index()];
        let mut ages = Knowing { field, newest: BTreeMap::new(), ages: SourceAges::default() };
        // What a leaf knows that is told every frame.
        let mut shared: BTreeMap<NodeId, u64> = BTreeMap::new();
        let mut is_in_step = true;
        let mut tables = own.tables.iter().peekable();
        let merge = |ages: &mut Knowing<'_>, table: &Table| {
            let number = TABLE + table.number;
            let first = news.partition_point(|(other, ..)| *other < number);
            for (_, _, update) in news[first..].iter().take_while(|(other, ..)| *other == number) {
                ages.hear(*update, table.done);
            }
        };
        for (frame, raises) in self.frames.iter().enumerate() {
            while let Some(table) = tables.next_if(|table| table.next as usize <= frame) {
                merge(&mut ages, table);
                is_in_step = false;
            }
            let at = own.applied[frame];
            if own.is_skipped(frame) {
                is_in_step = false;
            } else if at > field.end {
                break;
            } else if is_in_step {
                raises.iter().for_each(|raise| ages.raise(raise, at));
            } else {
                let is_merged = |update: &&u32| !refused.contains(&(frame as u32, **update));
                hub.contents(frame).iter().filter(is_merged).for_each(|update| ages.hear(*update, at));
            }
            shared.extend(raises.iter().map(|raise| (raise.source, raise.after)));
            is_in_step |= !own.is_skipped(frame) && ages.knows(&shared);
        }
        for table in tables {
            merge(&mut ages, table);
        }
        ages.finish()
    }
}

/// What a leaf knows of each source as time goes on.
struct Knowing<'a> {
    field: &'a Field<'a>,
    /// The newest word, and since when.
    newest: BTreeMap<NodeId, (u64, u64)>,
    ages: SourceAges,
}

impl Knowing<'_> {
    fn raise(&mut self, raise: &Raise, at: u64) {
        if let Some((occurred, since)) = self.newest.insert(raise.source, (raise.after, at)) {
            settle(&mut self.ages, self.field.from, raise.source, occurred, since, at);
        }
        if self.field.is_measured(at) && raise.peaks > 0 {
            self.ages.peaks += raise.peaks;
            self.ages.peak_sum += u128::from(raise.peaks) * u128::from(at) - raise.sum;
            self.ages.peak_max = self.ages.peak_max.max(at - raise.least);
        }
    }

    fn hear(&mut self, update: u32, at: u64) {
        let (source, _) = self.field.record.identity(update);
        let after = self.field.above.update(update).occurred.nanos();
        let known = self.newest.get(&source).map(|(known, _)| *known);
        if known.is_none_or(|known| after > known) {
            let (peaks, least) = (u64::from(known.is_some()), known.unwrap_or(u64::MAX));
            let sum = u128::from(known.unwrap_or(0));
            self.raise(&Raise { source, peaks, sum, least, after }, at);
        }
    }

    /// Whether the newest words are these.
    fn knows(&self, shared: &BTreeMap<NodeId, u64>) -> bool {
        let mine = self.newest.iter().map(|(source, (known, _))| (source, known));
        mine.eq(shared.iter())
    }

    fn finish(mut self) -> SourceAges {
        for (source, (occurred, since)) in self.newest {
            settle(&mut self.ages, self.field.from, source, occurred, since, self.field.end);
        }
        self.ages
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
