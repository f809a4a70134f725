//! Own: what a leaf was told that is not simply every frame of its hub, one after the other.
//!
//! Frames that never reached it are *skipped*; what they held came with a full table, or not at all. For everything else
//! they count as applied as soon as they could be. Knows frames, tables and what they hold. Must not know answers.

use std::collections::BTreeMap;

use super::class::Field;
use super::fare::Over;
use super::leaf::{Heard, Log, Stamp, TABLE, Turn};
use super::numbers::NONE;
use super::pattern::Pattern;
use super::retold::Ending;
use super::stretch::{Spots, Stretch};
use crate::ids::AddressId;
use crate::roles::EdgeState;
use crate::units::Instant;

/// A full table that a leaf was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its number among those of the hub.
    pub(super) number: u32,
    /// When the leaf had merged it.
    pub(super) done: u64,
    /// The number of the first frame that comes after it.
    pub(super) next: u32,
    /// Its place among what was heard.
    place: usize,
}

/// What one leaf was told.
pub(super) struct Own<'a> {
    log: &'a Log,
    /// The fares by the numbers of their frames.
    fares: BTreeMap<u32, usize>,
    heard: &'a [Heard],
    /// Per frame: its place among those heard; `NONE`: it is skipped.
    place_of: Vec<u32>,
    /// Per frame: when it was applied, or counts as that.
    pub(super) applied: Vec<u64>,
    pub(super) tables: Vec<Table>,
}

impl<'a> Own<'a> {
    /// What the leaf of `log` was told; `None`: every frame, one after the other, and it was always reachable.
    pub(super) fn new(field: &Field<'_>, log: &'a Log, heard: &'a [Heard]) -> Option<Self> {
        let sent = field.sent();
        if is_whole(log, heard, sent.len()) {
            return None;
        }
        let hub = &field.record.stations[field.class.hub.index()];
        let mut place_of = vec![NONE; sent.len()];
        let mut tables = Vec::new();
        let last = heard.iter().rposition(|one| one.done.nanos() <= field.end);
        for (place, one) in heard.iter().enumerate() {
            let done = one.done.nanos();
            if one.number >= TABLE {
                let number = one.number - TABLE;
                let next = hub.frames_before(&hub.tables[number as usize]) as u32;
                if done <= field.end {
                    tables.push(Table { number, done, next, place });
                }
            } else if done <= field.end || last.is_none_or(|last| last < place) {
                place_of[one.number as usize] = u32::try_from(place).expect("few frames");
            }
        }
        let applied = applied(&sent, &place_of, heard);
        let fares = log.fares.iter().enumerate().map(|(fare, one)| (one.heard.number, fare)).collect();
        Some(Self { log, fares, heard, place_of, applied, tables })
    }

    /// What a leaf was told by one that was told this; `heard`: the same, with when it was merged there.
    pub(super) fn told_on<'b>(&'b self, field: &Field<'_>, heard: &'b [Heard]) -> Own<'b> {
        let done =
            |number: u32| heard.iter().find(|one| one.number == TABLE + number).map(|one| one.done.nanos());
        let tables = self.tables.iter().filter_map(|table| {
            let done = done(table.number).filter(|done| *done <= field.end)?;
            Some(Table { done, ..*table })
        });
        Own {
            log: self.log,
            fares: BTreeMap::new(),
            heard,
            place_of: self.place_of.clone(),
            applied: applied(&field.sent(), &self.place_of, heard),
            tables: tables.collect(),
        }
    }

    /// Whether a frame never reached the leaf.
    pub(super) fn is_skipped(&self, frame: usize) -> bool {
        self.place_of[frame] == NONE
    }

    /// The numbers of the skipped frames.
    pub(super) fn skipped(&self) -> impl Iterator<Item = usize> {
        (0..self.place_of.len()).filter(|frame| self.is_skipped(*frame))
    }

    /// When the leaf applied a frame or a full table; `u64::MAX`: not.
    pub(super) fn done(&self, frame: u32) -> u64 {
        if frame < TABLE {
            return self.applied[frame as usize];
        }
        let table = self.tables.iter().find(|table| table.number == frame - TABLE);
        table.map_or(u64::MAX, |table| table.done)
    }

    /// How a frame or full table reached the leaf.
    pub(super) fn heard(&self, frame: u32) -> &'a Heard {
        let found = if frame < TABLE {
            self.heard.get(self.place_of[frame as usize] as usize)
        } else {
            let table = self.tables.iter().find(|table| table.number == frame - TABLE);
            table.and_then(|table| self.heard.get(table.place))
        };
        found.expect("what was applied was heard")
    }

    /// A place for a frame or full table in the order in which they were applied.
    pub(super) fn rank(&self, frame: u32) -> u32 {
        if frame < TABLE {
            return 2 * frame + 1;
        }
        let table = self.tables.iter().find(|table| table.number == frame - TABLE);
        table.map_or(u32::MAX, |table| 2 * table.next)
    }

    /// When a frame or full table was sent to the leaf, and what became of it; `None`: it was not sent.
    pub(super) fn fare(&self, frame: u32) -> Option<(Stamp, Over)> {
        if let Some(fare) = self.fares.get(&frame) {
            let fare = self.log.fares.get(*fare);
            // Of the first member of a pair, who may have been busy passing things on, another instant is heard.
            let place = self.place_of.get(frame as usize).copied().unwrap_or(NONE);
            let done = self.heard.get(place as usize).map_or(fare.heard.done, |heard| heard.done);
            let over = match fare.over {
                Over::Landed(_) if done == Instant::NEVER => Over::Aloft,
                Over::Landed(_) if done != fare.heard.done => Over::Landed(Stamp::new(done, u32::MAX)),
                over => over,
            };
            return Some((fare.begun, over));
        }
        let place = *self.place_of.get(frame as usize)?;
        let heard = self.heard.get(place as usize)?;
        // In a lane, which nothing breaks.
        let stamp = |at| Stamp::new(at, u32::MAX);
        let over = if heard.done.nanos() == u64::MAX { Over::Aloft } else { Over::Landed(stamp(heard.done)) };
        Some((Stamp { order: u32::MAX - 1, ..stamp(heard.sent) }, over))
    }

    /// The numbers of the full tables that it was sent, whatever became of them.
    pub(super) fn tables_sent(&self) -> impl Iterator<Item = u32> {
        self.fares.range(TABLE..).map(|(number, _)| number - TABLE)
    }

    /// The state of its session at a moment.
    pub(super) fn state(&self, at: Stamp) -> EdgeState {
        let turns = &self.log.turns;
        let known = turns.partition_point(|turn| turn.when <= at);
        known.checked_sub(1).map_or(EdgeState::Down, |last| turns[last].state)
    }

    pub(super) fn turns(&self) -> &[Turn] {
        &self.log.turns
    }

    /// Whether the leaf was not reachable at `at`.
    pub(super) fn is_unreached(&self, at: u64) -> bool {
        self.log.is_unreached(at)
    }

    /// When the leaf was not reachable.
    pub(super) fn unreached(&self) -> &[(u64, u64)] {
        &self.log.unreached
    }

    /// What the leaf applied of a stretch of `address`, in order: (update, frame or full table).
    pub(super) fn entries(
        &self,
        field: &Field<'_>,
        address: AddressId,
        stretch: &Stretch,
    ) -> Vec<(u32, u32)> {
        let mut tables = self.tables.iter().filter(|table| stretch.holds_table(table.next)).peekable();
        let mut entries = Vec::new();
        let add_table = |entries: &mut Vec<(u32, u32)>, table: &Table| {
            entries.extend(field.held_in(table.number, address).map(|update| (update, TABLE + table.number)));
        };
        for (update, frame) in stretch.entries(field.entries(address)).iter() {
            while let Some(table) = tables.next_if(|table| table.next <= frame) {
                add_table(&mut entries, table);
            }
            if !self.is_skipped(frame as usize) {
                entries.push((update, frame));
            }
        }
        tables.for_each(|table| add_table(&mut entries, table));
        entries
    }

    /// Whether the leaf was told everything that the hub learned of a stretch of `address`, though perhaps more than once:
    /// then its copies were where all leaves' are.
    pub(super) fn is_told_all(&self, field: &Field<'_>, address: AddressId, stretch: &Stretch) -> bool {
        let entries = field.entries(address);
        let last = entries.last().map(|(update, _)| update);
        (stretch.end.is_some() || last == field.learned(address).next_back())
            && !stretch.entries(entries).iter().any(|(_, frame)| self.is_skipped(frame as usize))
    }

    /// The addresses of which the leaf may know something else, or at other times, than if it had been told every frame,
    /// though it missed no frame of theirs; and how many counted mappings in scope full tables told it again, were none of them
    /// news.
    pub(super) fn touched(&self, field: &Field<'_>, pattern: &Pattern) -> (Vec<(AddressId, u32, u32)>, u64) {
        let hub = &field.record.stations[field.class.hub.index()];
        let mut touched = Spots::default();
        let left =
            hub.journal[hub.told_in_frames()..].iter().map(|update| field.above.update(*update).address);
        left.for_each(|address| touched.add(address, NONE, NONE));
        let mut again = 0;
        for table in &self.tables {
            let is_present = |one: &&Ending| one.frame < table.next && table.next <= one.next;
            for Ending { frame, next, address } in pattern.retold.endings.iter().filter(is_present).copied() {
                let next = Some(next).filter(|next| *next != NONE);
                if !self.is_skipped(frame as usize)
                    && self.restarts(field, table.done, frame, next)
                    && field.held_in(table.number, address).is_some()
                {
                    touched.add(address, frame, frame);
                }
            }
            again += pattern.retold.counts[table.number as usize];
        }
        (touched.merged(), again)
    }

    /// How many of these `again` are none, because what full tables hold of `address` had never reached the leaf.
    pub(super) fn news(&self, field: &Field<'_>, address: AddressId) -> u64 {
        if !field.in_scope(address) {
            return 0;
        }
        let is_news = |table: &&Table| self.is_news(field, address, table) == Some(true);
        self.tables.iter().filter(is_news).count() as u64
    }

    /// Whether the frame of what a full table holds of `address` never reached the leaf; `None`: it holds no counted mapping.
    fn is_news(&self, field: &Field<'_>, address: AddressId, table: &Table) -> Option<bool> {
        field.held_in(table.number, address).filter(|update| field.is_counted(*update))?;
        let entries = field.entries(address);
        let after = entries.until(|frame| frame < table.next);
        Some(self.is_skipped(entries.at(after - 1).1 as usize))
    }

    /// The addresses of which it missed a frame.
    pub(super) fn missed(&self, field: &Field<'_>) -> Spots {
        let hub = &field.record.stations[field.class.hub.index()];
        let mut missed = Spots::default();
        for frame in self.skipped() {
            let addresses = hub.contents(frame).iter().map(|update| field.above.update(*update).address);
            addresses.for_each(|address| missed.add(address, frame as u32, frame as u32));
        }
        missed
    }

    /// How many counted mappings of a stretch of `address`, which is in scope, full tables told again, as `touched` counts
    /// them.
    pub(super) fn again(&self, field: &Field<'_>, address: AddressId, stretch: &Stretch) -> u64 {
        let tables = self.tables.iter().filter(|table| stretch.holds_table(table.next));
        tables.filter(|table| self.is_news(field, address, table) == Some(false)).count() as u64
    }

    /// Whether it matters that a full table, merged at `done`, holds what `frame` brought and `next` replaced.
    fn restarts(&self, field: &Field<'_>, done: u64, frame: u32, next: Option<u32>) -> bool {
        let expires = self.applied[frame as usize].saturating_add(field.law.timeout);
        let is_replaced = next
            .is_some_and(|next| !self.is_skipped(next as usize) && self.applied[next as usize] <= expires);
        let is_idle = !field.law.restarts || is_replaced || expires > field.end;
        done > expires || !is_idle
    }
}

/// Whether a leaf was told each of so many frames, one after the other, and was always reachable.
fn is_whole(log: &Log, heard: &[Heard], frames: usize) -> bool {
    log.is_plain() && log.unreached.is_empty() && heard.len() == frames
}

/// When frames were applied, or count as that.
fn applied(sent: &[u64], place_of: &[u32], heard: &[Heard]) -> Vec<u64> {
    let mut before = 0;
    let at = sent.iter().zip(place_of).map(|(sent, place)| {
        before = match *place {
            NONE => before.max(*sent),
            place => heard[place as usize].done.nanos(),
        };
        before
    });
    at.collect()
}
