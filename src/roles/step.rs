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
        assert!(self.position().is_none_or(|here| here == position), "all in step are at one position");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_is_told_nothing_more_with_the_others() {
        let mut volleys = Volleys::default();
        let conn = |client: usize| ConnId::new(10 + client);
        let mut step = Step::new(3);
        assert_eq!((step.position(), step.others().count()), (None, 3));
        for client in [2, 0, 1] {
            step.enter(client, 7);
        }
        assert_eq!(*step.row(conn, &mut volleys), [conn(0), conn(1), conn(2)]);
        step.go_on(9);
        step.leave(0);
        assert_eq!((step.position(), step.first(), step.others().collect()), (Some(9), 1, vec![0]));
        assert_eq!(*step.row(conn, &mut volleys), [conn(1), conn(2)]);
        step.enter(0, 9);
        assert_eq!(*step.row(conn, &mut volleys), [conn(0), conn(1), conn(2)]);
    }

    #[test]
    #[should_panic(expected = "at one position")]
    fn nobody_is_in_step_who_is_elsewhere() {
        let mut step = Step::new(2);
        step.enter(0, 3);
        step.enter(1, 4);
    }
}
