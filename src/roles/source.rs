//! Sources: what all of them do: notice. No source is a node of the redistribution.

use std::sync::Arc;

use super::Note;
use super::role::{Out, Timer};
use crate::ids::NodeId;
use crate::mapping::{Mapping, Route};
use crate::units::Instant;
use crate::workload::{Event, Update};

/// What every source does: notice its updates as they occur.
#[derive(Debug)]
pub(super) struct Noticing {
    pub(super) id: NodeId,
    /// Of all sources.
    pub(super) updates: Arc<Vec<Vec<Update>>>,
    pub(super) next: usize,
    pub(super) clock_offset_nanos: i64,
}

impl Noticing {
    pub(super) fn new(id: NodeId, updates: Arc<Vec<Vec<Update>>>, clock_offset_nanos: i64) -> Self {
        Self { id, updates, next: 0, clock_offset_nanos }
    }

    pub(super) fn own(&self) -> &[Update] {
        self.updates.get(self.id.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn arm(&self, out: &mut Out) {
        if let Some(update) = self.own().get(self.next) {
            out.arm(update.occurred, Timer::Notice);
        }
    }

    /// Notices what occurs at `now`; the sequences.
    pub(super) fn notice(&mut self, now: Instant, out: &mut Out) -> std::ops::Range<usize> {
        let first = self.next;
        while self.own().get(self.next).is_some_and(|update| update.occurred <= now) {
            out.note(Note::Noticed { sequence: self.next as u64 });
            self.next += 1;
        }
        self.arm(out);
        first..self.next
    }

    /// After a restart: what occurred meanwhile was noticed by nobody.
    pub(super) fn skip_to(&mut self, now: Instant, out: &mut Out) {
        self.next += self.own()[self.next..].partition_point(|update| update.occurred < now);
        self.arm(out);
    }

    /// The record of an update, with the time at which it occurred.
    pub(super) fn record(&self, sequence: usize) -> Mapping {
        self.record_at(sequence, self.own()[sequence].occurred)
    }

    /// The record of an update that is written at `at`.
    pub(super) fn record_at(&self, sequence: usize, at: Instant) -> Mapping {
        let update = &self.own()[sequence];
        let written = i64::try_from(at.nanos()).expect("a run is shorter than 292 years");
        Mapping {
            address: update.address,
            user: update.user(),
            log_off: update.event() == Event::LogOff,
            timestamp: written.saturating_add(self.clock_offset_nanos),
            source: self.id,
            sequence: sequence as u64,
            origin: self.id,
            route: Route::new(),
        }
    }
}
