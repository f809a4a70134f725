//! Written: what one tick tells all clients that wait for the same.
//!
//! Knows the journal, the table and filters. Must not know who is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::IpNet;

use super::served::{Client, Stage};
use super::useridd::Useridd;
use crate::engine::Frame;
use crate::ids::NodeId;
use crate::mapping::Mapping;
use crate::wire::Decoded;

/// What is written for all clients that wait for the same.
pub(super) struct Written {
    pub(super) stage: Stage,
    pub(super) include: Vec<IpNet>,
    pub(super) exclude: Vec<IpNet>,
    pub(super) frame: Option<Arc<Frame<Decoded>>>,
    pub(super) coalesced: Vec<(NodeId, u64)>,
    pub(super) filtered: Vec<(NodeId, u64)>,
}

impl Useridd {
    /// What a client at a stage is to be told.
    pub(super) fn write(&self, client: &Client, stage: Stage) -> Written {
        let identity = |m: &Mapping| (m.source, m.sequence);
        let full = stage == Stage::Waiting;
        let mut coalesced = Vec::new();
        let held: Vec<Mapping>;
        let mut news: Vec<&Mapping> = match stage {
            Stage::Away => Vec::new(),
            Stage::InStep => unreachable!("a position stands for it"),
            Stage::Waiting => {
                held = self.table.holdings().collect();
                held.iter().collect()
            }
            Stage::Following(position) if !self.settings.announce.coalesce => {
                self.server.journal.since(position).collect()
            }
            Stage::Following(position) => {
                let mut later = BTreeSet::new();
                let news: Vec<&Mapping> = self.server.journal.since(position).collect();
                let (kept, dropped): (Vec<_>, Vec<_>) =
                    news.into_iter().rev().partition(|m| later.insert(m.address));
                coalesced = dropped.into_iter().rev().map(identity).collect();
                kept.into_iter().rev().collect()
            }
        };
        let mut filtered = Vec::new();
        news.retain(|m| {
            let wanted = client.wants(&self.codec, m);
            if !wanted {
                filtered.push(identity(m));
            }
            wanted
        });
        let per_message = self.settings.announce.mappings_per_message;
        let frame = (!news.is_empty()).then(|| self.codec.passed_on(&news, self.id, full, per_message));
        Written {
            stage,
            include: client.include.clone(),
            exclude: client.exclude.clone(),
            frame,
            coalesced,
            filtered,
        }
    }
}
