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

/// What a client is to be told.
enum News<'a> {
    /// From the journal.
    Lent(Vec<&'a Mapping>),
    /// A whole table.
    Held(Vec<Mapping>),
}

impl News<'_> {
    /// Leaves out what is not wanted, and gives the identities of that.
    fn filter(&mut self, is_wanted: impl Fn(&Mapping) -> bool) -> Vec<(NodeId, u64)> {
        let mut filtered = Vec::new();
        let mut wants = |mapping: &Mapping| {
            let wanted = is_wanted(mapping);
            if !wanted {
                filtered.push(identity(mapping));
            }
            wanted
        };
        match self {
            Self::Lent(news) => news.retain(|mapping| wants(mapping)),
            Self::Held(news) => news.retain(|mapping| wants(mapping)),
        }
        filtered
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Lent(news) => news.is_empty(),
            Self::Held(news) => news.is_empty(),
        }
    }

    fn into_owned(self) -> Vec<Mapping> {
        match self {
            Self::Lent(news) => news.into_iter().copied().collect(),
            Self::Held(news) => news,
        }
    }
}

fn identity(mapping: &Mapping) -> (NodeId, u64) {
    (mapping.source, mapping.sequence)
}

impl Useridd {
    /// From now on whoever sees a frame sent sees to it that it is written.
    pub fn write_later(&mut self) {
        self.server.writes_later = true;
    }

    /// What a client at a stage is to be told.
    pub(super) fn write(&self, client: &Client, stage: Stage) -> Written {
        let (mut news, coalesced) = self.news(stage);
        let filtered = news.filter(|mapping| client.wants(&self.codec, mapping));
        Written {
            stage,
            include: client.include.clone(),
            exclude: client.exclude.clone(),
            frame: (!news.is_empty()).then(|| self.frame(news)),
            coalesced,
            filtered,
        }
    }

    /// What is new to whoever is at a stage, and the identities of what is left out because something newer is told.
    fn news(&self, stage: Stage) -> (News<'_>, Vec<(NodeId, u64)>) {
        let lent = |news| (News::Lent(news), Vec::new());
        match stage {
            Stage::Away => lent(Vec::new()),
            Stage::InStep => unreachable!("a position stands for it"),
            Stage::Waiting => (News::Held(self.table.holdings().collect()), Vec::new()),
            Stage::Following(position) if !self.settings.announce.coalesce => {
                lent(self.server.journal.since(position).collect())
            }
            Stage::Following(position) => {
                let mut later = BTreeSet::new();
                let news: Vec<&Mapping> = self.server.journal.since(position).collect();
                let (kept, dropped): (Vec<_>, Vec<_>) =
                    news.into_iter().rev().partition(|m| later.insert(m.address));
                let coalesced = dropped.into_iter().rev().map(identity).collect();
                (News::Lent(kept.into_iter().rev().collect()), coalesced)
            }
        }
    }

    /// A frame of news, written now or once somebody asks.
    fn frame(&self, news: News<'_>) -> Arc<Frame<Decoded>> {
        let per_message = self.settings.announce.mappings_per_message;
        let full = matches!(news, News::Held(_));
        if self.server.writes_later {
            return self.codec.passed_on_later(news.into_owned(), self.id, full, per_message);
        }
        match news {
            News::Lent(news) => self.codec.passed_on(&news, self.id, full, per_message),
            News::Held(news) => self.codec.passed_on(&news, self.id, full, per_message),
        }
    }
}
