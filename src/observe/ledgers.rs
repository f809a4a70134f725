//! Ledgers: how old the changes of directories and terminal servers are when a node first knows of them.
//!
//! Knows what each node says it has been told. Must not know mappings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::samples::Samples;
use crate::engine::{Moment, Node, Observer};
use crate::ids::NodeId;
use crate::roles::Note;
use crate::units::Instant;
use crate::wire::Decoded;
use crate::workload::BlockUse;

/// What one node knew of one ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerFindings {
    /// Who reads it.
    pub reader: NodeId,
    /// Whose it is.
    pub ledger: NodeId,
    /// From each change that occurred from the begin of measuring on to the reader's knowing of it.
    pub staleness: Samples,
    /// Changes of that time that the reader does not know at the end.
    pub unread: u64,
    /// What became of a terminal server's blocks.
    pub blocks: BlockUse,
}

/// Watches who is told what of every ledger.
#[derive(Clone, Debug)]
pub struct Ledgers {
    measured_from: Instant,
    rows: BTreeMap<(NodeId, NodeId), Row>,
}

#[derive(Clone, Debug)]
struct Row {
    changes: Arc<[Instant]>,
    blocks: BlockUse,
    known: usize,
    staleness: Samples,
}

impl Ledgers {
    /// Nobody knows anything yet.
    #[must_use]
    pub fn new(measured_from: Instant) -> Self {
        Self { measured_from, rows: BTreeMap::new() }
    }

    /// `reader` follows `ledger`, which has these changes.
    pub fn follow(&mut self, (reader, ledger): (NodeId, NodeId), changes: Arc<[Instant]>, blocks: BlockUse) {
        let row = Row { changes, blocks, known: 0, staleness: Samples::default() };
        self.rows.insert((reader, ledger), row);
    }

    /// What each reader knew of each of its ledgers, by reader and ledger.
    #[must_use]
    pub fn finish(self, end: Instant) -> Vec<LedgerFindings> {
        let from = self.measured_from;
        let finish = |((reader, ledger), row): ((NodeId, NodeId), Row)| {
            let left = row.changes[row.known..].iter().filter(|at| **at >= from && **at <= end);
            let unread = left.count() as u64;
            LedgerFindings { reader, ledger, staleness: row.staleness, unread, blocks: row.blocks }
        };
        self.rows.into_iter().map(finish).collect()
    }
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Ledgers {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        let Moment::Note { node, note: Note::Followed { ledger, position } } = moment else { return };
        let Some(row) = self.rows.get_mut(&(*node, *ledger)) else { return };
        let known = usize::try_from(*position).unwrap_or(usize::MAX).min(row.changes.len());
        while row.known < known {
            let occurred = row.changes[row.known];
            if occurred >= self.measured_from {
                row.staleness.record(at.since(occurred));
            }
            row.known += 1;
        }
    }
}
