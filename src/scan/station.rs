//! Station: what one node of the core was given, applied and sent on.
//!
//! Knows deliveries and their order. Must not know moments.

use std::collections::BTreeMap;

use super::applied::Applied;
use super::cast::Cast;
use super::expired::Expired;
use super::leaf::Stamp;
use super::numbers::NONE;
use super::shared::Shared;
use crate::engine::Way;
use crate::ids::{AddressId, NodeId};
use crate::units::Instant;
use crate::workload::Workload;

/// One frame that a node of the core applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    /// When its service ended.
    pub(super) at: Instant,
    /// When it was sent.
    pub(super) sent: Instant,
    /// Its way until it arrived, and from then on.
    pub(super) way: Way,
    pub(super) served: Way,
    /// Whether it was part of a full table.
    pub(super) full: bool,
    /// Its place among all moments.
    pub(super) order: u32,
}

/// A node of the core that has a table.
#[derive(Debug, Default)]
pub(super) struct Station {
    /// What it was given.
    deliveries: Vec<Delivery>,
    /// When each of these was applied, which is asked for far more often than the rest. Units: nanoseconds.
    times: Vec<u64>,
    /// What it applied, in order; empty where that is not kept.
    pub(super) journal: Shared<u32>,
    /// Whether somebody asks for its journal: it feeds leaves, or is an authority.
    pub(super) keeps_journal: bool,
    /// Per source: the delivery with which each of its updates was applied here.
    pub(super) applied: Shared<Applied>,
    /// When its timers ended entries.
    pub(super) expired: Expired,
    /// Frames for leaves: when each was sent, and where in the journal it ends.
    pub(super) volleys: Vec<Volley>,
    /// What the full table held that all leaves began with, where it was not empty: it is their first frame.
    pub(super) full: Vec<u32>,
    /// When the first leaf was given its full table, and the length of the journal then.
    pub(super) full_at: Option<(Stamp, usize)>,
    /// Full tables that were not the one that all leaves begin with, in order.
    pub(super) tables: Vec<Snapshot>,
    /// When they were made, and the length of the journal then, as long as frames may have to be cut there.
    cuts: Vec<(Instant, u32)>,
    /// The frames that the machine carries outside the agenda, by its own numbers.
    pub(super) numbers: Vec<u32>,
    /// Addresses that it applied before all of its sessions stood.
    pub(super) early: BTreeMap<AddressId, u32>,
}

/// One frame for all leaves of a hub.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volley {
    /// When it was sent.
    pub(super) sent: Instant,
    /// The journal's length then.
    pub(super) end: u32,
    /// Whether it is the full table that leaves begin with.
    pub(super) full: bool,
    /// How many messages it is.
    pub(super) messages: u32,
}

/// A full table of some leaves' own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snapshot {
    pub(super) made: Stamp,
    /// The journal's length then.
    pub(super) learned: u32,
    /// Its messages and mappings.
    pub(super) size: (u32, u32),
}

impl Station {
    /// Of every node; of those on a path, for what they will apply.
    pub(super) fn all(cast: &Cast, workload: &Workload) -> Vec<Self> {
        let mut all: Vec<Self> = cast.is_core.iter().map(|_| Self::default()).collect();
        for class in &cast.classes {
            for node in [class.hub, class.authority] {
                all[node.index()].keeps_journal = true;
            }
            for (source, path) in class.paths.iter().enumerate() {
                let len = workload.updates.get(source).map_or(0, Vec::len);
                for node in path.iter().flatten() {
                    let applied = all[node.index()].applied.open();
                    applied.resize_with(applied.len().max(source + 1), || Applied::new(0));
                    applied[source] = Applied::new(len);
                }
            }
        }
        all
    }

    /// Nothing is applied any more. Hubs that were told the same have it in common, with the node above them what that applied
    /// first.
    pub(super) fn close(all: &mut [Self]) {
        Shared::close(all.iter_mut().map(|station| &mut station.journal));
        Shared::close(all.iter_mut().map(|station| &mut station.applied));
    }

    /// The number of the delivery with which an update of a source was applied here; `NONE`: it was not.
    pub(super) fn delivery_number(&self, source: NodeId, position: usize) -> u32 {
        self.applied[source.index()].delivery(position)
    }

    /// With what an update of a source was applied here, if it was.
    pub(super) fn delivery(&self, source: NodeId, position: usize) -> Option<&Delivery> {
        let delivery = self.delivery_number(source, position);
        (delivery != NONE).then(|| &self.deliveries[delivery as usize])
    }

    /// When an update of a source was applied here; `u64::MAX`: it was not.
    pub(super) fn applied_at(&self, source: NodeId, position: usize) -> u64 {
        let delivery = self.delivery_number(source, position);
        self.times.get(delivery as usize).copied().unwrap_or(u64::MAX)
    }

    /// A frame is applied; its number.
    pub(super) fn deliver(&mut self, delivery: Delivery) -> u32 {
        self.times.push(delivery.at.nanos());
        self.deliveries.push(delivery);
        u32::try_from(self.deliveries.len() - 1).expect("few frames")
    }

    /// A full table is made; its number. Clients of one tick share it.
    pub(super) fn table(&mut self, made: Stamp, size: (u32, u32)) -> u32 {
        let learned = u32::try_from(self.journal.len()).expect("limits on input keep updates within 32 bits");
        let same = |last: &Snapshot| (last.made.at, last.learned) == (made.at, learned);
        if !self.tables.last().is_some_and(same) {
            self.tables.push(Snapshot { made, learned, size });
            self.cuts.push((Instant::from_nanos(made.at), learned));
        }
        u32::try_from(self.tables.len() - 1).expect("few tables")
    }

    /// Adds the frames that nobody was sent for what lies between the last frame and `begin`: leaves have it from full
    /// tables.
    pub(super) fn bridge(&mut self, begin: u32) {
        for (sent, learned) in std::mem::take(&mut self.cuts) {
            if learned <= begin && learned > self.volleys.last().map_or(0, |volley| volley.end) {
                self.volleys.push(Volley { sent, end: learned, full: false, messages: 0 });
            }
        }
    }

    /// How many frames for leaves had been sent, or would have been, when a full table was made.
    pub(super) fn frames_before(&self, table: &Snapshot) -> usize {
        self.volleys.partition_point(|volley| volley.end <= table.learned)
    }

    /// Whether another one learned the same in the same order, and its frames hold the same as this one's. Cost: some steps a
    /// frame.
    pub(super) fn tells_the_same_as(&self, other: &Self) -> bool {
        let ends = |volley: &Volley| (volley.end, volley.full);
        self.journal.is_kept_with(&other.journal)
            && self.full == other.full
            && self.volleys.iter().map(ends).eq(other.volleys.iter().map(ends))
    }

    /// How much of the journal was told with the full table that leaves began with.
    pub(super) fn told_whole(&self) -> usize {
        self.volleys.first().filter(|volley| volley.full).map_or(0, |volley| volley.end as usize)
    }

    /// How much of it was told by the last frame.
    pub(super) fn told_in_frames(&self) -> usize {
        self.volleys.last().map_or(0, |volley| volley.end as usize)
    }

    /// What was learned between so many frames and a length of the journal.
    pub(super) fn begun(&self, frames: u32, learned: u32) -> &[u32] {
        let begin = (frames as usize).checked_sub(1).map_or(0, |before| self.volleys[before].end);
        &self.journal[begin as usize..learned as usize]
    }

    /// What a frame for leaves holds.
    pub(super) fn contents(&self, frame: usize) -> &[u32] {
        if self.volleys[frame].full {
            return &self.full;
        }
        let begin = frame.checked_sub(1).map_or(0, |before| self.volleys[before].end as usize);
        &self.journal[begin..self.volleys[frame].end as usize]
    }
}

/// How a copy ended in the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// Left out by a list.
    Filtered,
    /// It was gone before a leaf's full table was made.
    Lost,
    /// The merge law preferred an older one.
    Refused,
    /// The merge law preferred a newer one.
    Superseded,
}

/// The end of a copy in the core.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    /// Which update's.
    pub(super) update: u32,
    /// Where.
    pub(super) place: NodeId,
    /// Later ones are larger.
    pub(super) order: (Instant, u32),
    /// How.
    pub(super) end: End,
}
