//! Learning: what a node makes of the records and texts that its sources tell it.
//!
//! Knows ignored users and what a text left unsaid. Must not know how a source is reached.

use std::sync::Arc;

use super::role::Out;
use super::useridd::{Useridd, matches};
use crate::ids::NodeId;
use crate::mapping::{Mapping, Outcome};
use crate::units::Instant;
use crate::wire::Decoded;

impl Useridd {
    /// Records become mappings of which this node is the origin; of a text that says nothing to it, none.
    pub(super) fn learn_records(&mut self, now: Instant, from: NodeId, decoded: &Decoded, out: &mut Out) {
        let records = decoded.mappings.iter();
        let segment: Arc<[Mapping]> = records.map(|r| Mapping { origin: self.id, ..*r }).collect();
        if decoded.unread.is_empty() {
            return self.merge(now, from, segment, Self::is_ignored, out);
        }
        let unread = |mapping: &Mapping| {
            decoded.unread.iter().any(|place| decoded.mappings[*place].sequence == mapping.sequence)
        };
        let refusal =
            |point: &Self, m: &Mapping| if unread(m) { Some(Outcome::Filtered) } else { point.is_ignored(m) };
        self.merge(now, from, segment, refusal, out);
    }

    /// What is not even offered to the table: a record of an ignored user.
    fn is_ignored(&self, record: &Mapping) -> Option<Outcome> {
        let patterns = &self.settings.ignore_users;
        let ignores = |user| patterns.iter().any(|pattern| matches(pattern, self.codec.user(user)));
        record.user.is_some_and(|user| !patterns.is_empty() && ignores(user)).then_some(Outcome::Filtered)
    }
}
