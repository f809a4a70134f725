//! Authorities: the merged answer of each set of authorities, and the versions it went through.
//!
//! Knows the tables of authorities. Must not know who compares with them.

use std::collections::BTreeSet;

use super::book::{Book, UpdateId};
use super::paths::Paths;
use super::tables::Tables;
use crate::ids::{AddressId, NodeId, UserId};

/// The slot that speaks for a set of authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voice {
    /// Its update.
    pub(super) update: UpdateId,
    /// Its user; `None` for a log-off.
    pub(super) user: Option<UserId>,
    /// The authority whose slot it is, the lowest of equals.
    pub(super) owner: NodeId,
}

#[derive(Clone, Debug, Default)]
struct Line {
    voice: Option<Voice>,
    mark: Option<UpdateId>,
    /// In key order.
    versions: Vec<UpdateId>,
}

/// All sets of authorities.
#[derive(Debug)]
pub(super) struct Authorities {
    lines: Vec<Vec<Line>>,
    changed: BTreeSet<(UpdateId, usize)>,
}

impl Authorities {
    /// None has learned anything yet.
    pub(super) fn new(paths: &Paths, addresses: usize) -> Self {
        Self { lines: vec![vec![Line::default(); addresses]; paths.groups.len()], changed: BTreeSet::new() }
    }

    /// What speaks for `group` at `address`.
    pub(super) fn voice(&self, group: usize, address: AddressId) -> Option<Voice> {
        self.lines[group][address.index()].voice
    }

    /// The newest update that any of `group` ever applied at `address`.
    pub(super) fn mark(&self, group: usize, address: AddressId) -> Option<UpdateId> {
        self.lines[group][address.index()].mark
    }

    /// Whether an application of `update` changed the answer of `group`.
    pub(super) fn was_change(&self, update: UpdateId, group: usize) -> bool {
        self.changed.contains(&(update, group))
    }

    /// How many versions of `group` at `address` are newer than `mark`.
    pub(super) fn behind(
        &self,
        book: &Book,
        group: usize,
        address: AddressId,
        mark: Option<UpdateId>,
    ) -> u64 {
        let versions = &self.lines[group][address.index()].versions;
        let Some(mark) = mark else { return versions.len() as u64 };
        let key = book.key(mark);
        let newer = versions.iter().rev().take_while(|version| book.key(**version) > key);
        newer.count() as u64
    }

    /// One of `group` applied `update` at `address`; the tables already say so.
    pub(super) fn apply(&mut self, world: (&Book, &Paths, &Tables), group: usize, update: UpdateId) {
        let (book, paths, tables) = world;
        let address = book.item(update).address;
        let before = self.voice(group, address).and_then(|voice| voice.user);
        self.listen(paths, tables, group, address);
        let line = &mut self.lines[group][address.index()];
        if book.is_newer(update, line.mark) {
            line.mark = Some(update);
        }
        if line.voice.and_then(|voice| voice.user) != before {
            let key = book.key(update);
            let position = line.versions.partition_point(|version| book.key(*version) <= key);
            line.versions.insert(position, update);
            self.changed.insert((update, group));
        }
    }

    /// Rebuilds the answer of `group` at `address` from the tables.
    pub(super) fn listen(&mut self, paths: &Paths, tables: &Tables, group: usize, address: AddressId) {
        let mut best = None;
        for owner in &paths.groups[group] {
            let Some((update, user)) = tables.held(*owner, address) else { continue };
            let rank = tables.rank(*owner, address);
            if best.is_none_or(|(other, _)| rank > other) {
                best = Some((rank, Voice { update, user, owner: *owner }));
            }
        }
        self.lines[group][address.index()].voice = best.map(|(_, voice)| voice);
    }
}
