//! Starved: which enforcement points hear of nobody any more where some feeds never come about.
//!
//! Knows the graph of feeds. Must not know why a feed is dead.

use std::collections::BTreeSet;

use super::view::View;
use crate::ids::NodeId;

/// Names that are listed before the rest is counted.
const NAMED_MAX: usize = 3;

/// What is left when some feeds are dead.
pub(super) struct Starved {
    told: Vec<bool>,
    told_still: Vec<bool>,
}

impl Starved {
    /// What is left without the feeds at these positions.
    pub(super) fn new(view: &View<'_>, dead: &BTreeSet<usize>) -> Self {
        Self { told: view.feeds.told(), told_still: view.feeds.told_without(dead) }
    }

    /// Who is starved at and behind the fed end of a dead feed, as the end of a sentence; empty where nobody is.
    /// Cost: the graph behind it, once.
    pub(super) fn behind(&self, view: &View<'_>, to: NodeId) -> String {
        let behind = view.feeds.behind(to);
        let is_starved = |id: &&NodeId| {
            let index = id.index();
            behind[index] && self.told[index] && !self.told_still[index]
        };
        let starved: Vec<NodeId> = view.feeds.points.iter().filter(is_starved).copied().collect();
        let [first, ..] = starved.as_slice() else { return String::new() };
        if starved.len() == 1 && *first == to {
            return ", so that its table stays empty".to_owned();
        }
        let names = starved.iter().take(NAMED_MAX).map(|id| format!("`{}`", view.name(*id)));
        let names: Vec<String> = names.collect();
        let more = starved.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(", so that the table of {}{more} stays empty", names.join(", "))
    }
}
