//! Row: one point of a plan with what its runs found, as means over the seeds.
//!
//! Knows records. Must not know a format.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::knee::Ruling;
use super::point::Point;
use super::record::{Busy, Record};
use crate::gate::{Estimate, estimate, holds};
use crate::report::Decimal;
use crate::scenario::Expectation;

/// The parts of the delay from event to enforcement point. Source: metrics.md, "Where the time goes".
const PARTS: [&str; 7] = ["observe", "batch", "queue", "process", "transmit", "propagate", "recover"];

/// One point with its runs, in the order of their seeds.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its values.
    pub point: Point,
    /// One for each seed.
    pub records: Vec<Record>,
}

impl Row {
    /// The mean of a metric of the fleet over the seeds; `None` where a run has no sample.
    #[must_use]
    pub fn estimate(&self, metric: &str) -> Option<Estimate> {
        self.mean_of(|record| record.fleet.get(metric).copied())
    }

    /// The mean of the limit's metric over the seeds; `None` where a run has no sample.
    #[must_use]
    pub fn judged(&self, limit: &Expectation) -> Option<Estimate> {
        self.mean_of(|record| record.judged(limit))
    }

    fn mean_of(&self, value: impl Fn(&Record) -> Option<Decimal>) -> Option<Estimate> {
        let values: Option<Vec<f64>> =
            self.records.iter().map(|record| value(record).map(Decimal::to_f64)).collect();
        estimate(&values?)
    }

    /// What the mean says of a limit. A metric without a sample is a breach.
    #[must_use]
    pub fn ruling(&self, limit: &Expectation) -> Ruling {
        let Some(Estimate { mean, half_width }) = self.judged(limit) else {
            return Ruling { held: false, sure: true };
        };
        let held = Decimal::from_f64(mean).is_some_and(|mean| holds(limit, mean));
        Ruling { held, sure: half_width.is_some_and(|width| (mean - limit.bound).abs() > width) }
    }

    /// What is nearest to saturation, with means over the seeds, the busiest first; only what every run names.
    #[must_use]
    pub fn busiest(&self) -> Vec<Busy> {
        let mut named: BTreeMap<&str, Vec<&Busy>> = BTreeMap::new();
        for busy in self.records.iter().flat_map(|record| &record.busiest) {
            named.entry(&busy.name).or_default().push(busy);
        }
        let mean = |values: Vec<Decimal>| {
            let sum: f64 = values.iter().map(|value| value.to_f64()).sum();
            Decimal::from_f64(sum / values.len() as f64)
        };
        let whole = named.into_iter().filter(|(_, found)| found.len() == self.records.len());
        let mut all: Vec<Busy> = whole
            .filter_map(|(name, found)| {
                let queues: Option<Vec<Decimal>> = found.iter().map(|busy| busy.queue_mean).collect();
                Some(Busy {
                    name: name.to_owned(),
                    kind: found[0].kind.clone(),
                    utilisation: mean(found.iter().map(|busy| busy.utilisation).collect())?,
                    queue_mean: queues.and_then(mean),
                })
            })
            .collect();
        all.sort_by_key(|busy| Reverse(busy.utilisation));
        all
    }

    /// Where the delay from event to enforcement point goes: each part's share of the mean, the largest first; none
    /// without a sample.
    #[must_use]
    pub fn delay(&self) -> Vec<(&'static str, f64)> {
        let part = |name: &'static str| Some((name, self.estimate(&format!("delay_breakdown.{name}"))?.mean));
        let mut parts: Vec<(&'static str, f64)> = PARTS.into_iter().filter_map(part).collect();
        let whole: f64 = parts.iter().map(|(_, mean)| mean).sum();
        parts.retain(|(_, mean)| *mean > 0.0);
        parts.iter_mut().for_each(|(_, mean)| *mean /= whole);
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        parts
    }
}
