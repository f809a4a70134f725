//! Busy: how busy nodes and directions of links were in each bin of a page. Of several, the busiest counts.
//!
//! A byte b below 255 says that it was busy for the share (b / 254)² of the bin's measured time, as in `heat`; 255 says that
//! nothing of the bin was measured.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::bins::Bins;
use super::heat::{NOBODY, shade};
use super::number;
use crate::engine::Load;
use crate::report::Report;
use crate::simulate::Outcome;
use crate::units::{Instant, Span};

/// Nodes and directions of links that have a curve of their own. Source: none, a choice: more cannot be told apart.
const CURVES_MAX: usize = 6;

/// How much of each bin was measured.
pub(super) struct Measured {
    /// Units: ns.
    lengths: Vec<u64>,
}

/// What was busiest in any bin.
#[derive(Serialize)]
pub(super) struct Busiest {
    name: String,
    /// A node's kind, or `link`.
    kind: &'static str,
    /// The share of each bin's measured time; `None`: nothing of it was measured.
    shares: Vec<Option<f64>>,
}

impl Measured {
    /// Of bins of this length, from an instant to another.
    #[must_use]
    pub(super) fn new(bins: &Bins, each: Span, from: Instant, end: Instant) -> Self {
        let length = |bin: usize| {
            let begin = each.nanos() * u64::try_from(bin).expect("a page has few bins");
            let until = begin.saturating_add(each.nanos()).min(end.nanos());
            until.saturating_sub(begin.max(from.nanos()))
        };
        Self { lengths: (0..bins.count).map(length).collect() }
    }

    /// The busy share in each bin.
    fn shares(&self, load: &Load) -> impl Iterator<Item = Option<f64>> {
        let busy = |bin: usize| load.bins().get(bin).copied().unwrap_or(0);
        let lengths = self.lengths.iter().enumerate();
        lengths.map(move |(bin, length)| (*length > 0).then(|| busy(bin) as f64 / *length as f64))
    }

    /// A byte for each bin, of the busiest of `loads`.
    #[must_use]
    pub(super) fn levels<'a>(&self, loads: impl Iterator<Item = &'a Load>) -> Vec<u8> {
        let mut most = vec![0; self.lengths.len()];
        for load in loads {
            most.iter_mut().zip(load.bins()).for_each(|(most, busy)| *most = (*most).max(*busy));
        }
        let bins = most.iter().zip(&self.lengths);
        bins.map(|(busy, length)| if *length == 0 { NOBODY } else { shade((*busy).into(), (*length).into()) })
            .collect()
    }
}

/// Rows of bytes as one text.
#[must_use]
pub(super) fn plane(rows: &[Vec<u8>]) -> String {
    STANDARD.encode(rows.concat())
}

/// What was busiest in any bin, the busiest first; none of what was never busy.
#[must_use]
pub(super) fn busiest(measured: &Measured, outcome: &Outcome, report: &Report) -> Vec<Busiest> {
    let loads = &outcome.course.loads;
    let peak = |load: &Load| measured.shares(load).flatten().fold(0.0, f64::max);
    let nodes = loads.hosts.iter().zip(&report.nodes);
    let nodes = nodes.map(|(load, node)| (load, node.name.clone(), node.kind));
    let links = loads.pipes.iter().flatten().zip(&report.links);
    let links = links.map(|(load, link)| {
        let name = format!("{} from {} to {}", link.name, link.from, link.to);
        (load, name, "link")
    });
    let mut all: Vec<(f64, &Load, String, &'static str)> = nodes
        .chain(links)
        .filter(|(load, _, _)| !load.bins().is_empty())
        .map(|(load, name, kind)| (peak(load), load, name, kind))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.truncate(CURVES_MAX);
    let curve = |(_, load, name, kind): (f64, &Load, String, &'static str)| Busiest {
        name,
        kind,
        shares: measured.shares(load).map(|share| share.and_then(number::short)).collect(),
    };
    all.into_iter().map(curve).collect()
}
