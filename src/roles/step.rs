//! Step: clients that have the journal up to one position and are told what follows all at once.
//!
//! Knows positions, and clients by number. Must not know what they are told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::volleys::Volleys;
use crate::ids::ConnId;

/// Those in step, and all others.
#[derive(Debug)]
pub(super) struct Step {
    position: u64,
    members: BTreeSet<usize>,
    others: BTreeSet<usize>,
    /// The connections of those in step, in declared order, until somebody comes or goes.
    row: Option<Arc<[ConnId]>>,
}

impl Step {
    /// Of so many clients nobody is in step.
    pub(super) fn new(clients: usize) -> Self {
        Self { position: 0, members: BTreeSet::new(), others: (0..clients).collect(), row: None }
    }

    /// Up to where those in step have the journal; `None`: nobody is in step.
    pub(super) fn position(&self) -> Option<u64> {
        Some(self.position).filter(|_| !self.members.is_empty())
    }

    /// Those that are not in step.
    pub(super) fn others(&self) -> impl Iterator<Item = usize> {
        self.others.iter().copied()
    }

    /// The first of those in step.
    pub(super) fn first(&self) -> usize {
        *self.members.first().expect("somebody is in step")
    }

    /// A client that has the journal up to `position`, as all of those in step have, is one of them.
    pub(super) fn enter(&mut self, client: usize, position: u64) {
        self.others.remove(&client);
        self.members.insert(client);
        (self.position, self.row) = (position, None);
    }

    pub(super) fn leave(&mut self, client: usize) {
        self.members.remove(&client);
        self.others.insert(client);
        self.row = None;
    }

    /// Those in step have been told what there was.
    pub(super) fn go_on(&mut self, position: u64) {
        self.position = position;
    }

    /// The connections of those in step. Cost: nothing as long as nobody comes or goes.
    pub(super) fn row(&mut self, conn: impl Fn(usize) -> ConnId, volleys: &mut Volleys) -> Arc<[ConnId]> {
        let members = &self.members;
        let new = || volleys.list(&members.iter().map(|client| conn(*client)).collect::<Vec<_>>());
        self.row.get_or_insert_with(new).clone()
    }
}
