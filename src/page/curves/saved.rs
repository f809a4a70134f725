//! Saved: the curves that a report in JSON holds: visibility, staleness at its percentiles, and consistency over time where
//! the report was saved with its series.

use serde::Deserialize;

use super::{Curves, Staleness, Visible};
use crate::page::number;

/// Windows of a series up to which it is drawn, each a point. Source: a day of minutes, and some more.
const WINDOWS_MAX: usize = 2_000;

#[derive(Deserialize)]
struct Read {
    fleet: Fleet,
    series: Option<Series>,
}

#[derive(Deserialize)]
struct Fleet {
    staleness_seconds: Percentiles,
    visibility: Vec<Seen>,
}

#[derive(Deserialize)]
struct Percentiles {
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    max: Option<f64>,
}

#[derive(Deserialize)]
struct Seen {
    within_seconds: f64,
    share: Option<f64>,
}

#[derive(Deserialize)]
struct Series {
    window_seconds: f64,
    fleet: Windows,
}

#[derive(Deserialize)]
struct Windows {
    consistency: Vec<f64>,
}

impl Curves {
    /// What a report in JSON holds of them; `None` where it holds none, because another version has written it.
    #[must_use]
    pub fn saved(report: &str) -> Option<Self> {
        let Read { fleet, series } = serde_json::from_str(report).ok()?;
        let series = series.filter(|series| series.fleet.consistency.len() <= WINDOWS_MAX);
        let seen = |seen: &Seen| Visible {
            within: number::short(seen.within_seconds),
            fleet: seen.share.and_then(number::short),
            least: None,
            tenth: None,
            median: None,
            most: None,
        };
        let current = series.iter().flat_map(|series| &series.fleet.consistency);
        Some(Self {
            axis_seconds: series.as_ref().map_or(0.0, |series| series.window_seconds),
            current: current.map(|share| number::short(*share)).collect(),
            outdated: Vec::new(),
            missing: Vec::new(),
            lingering: Vec::new(),
            authority: Vec::new(),
            agreement: Vec::new(),
            staleness: fleet.staleness_seconds.steps(),
            visibility: fleet.visibility.iter().map(seen).collect(),
        })
    }
}

impl Percentiles {
    /// As steps that end at the percentiles; none without a sample.
    fn steps(&self) -> Staleness {
        let ends =
            [(self.p50, 0.5), (self.p90, 0.4), (self.p99, 0.09), (self.p999, 0.009), (self.max, 0.001)];
        let known = ends.iter().filter_map(|(end, share)| Some((number::short((*end)?), Some(*share))));
        let (within, share) = known.unzip();
        Staleness { within, share, is_near: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_series_has_percentiles_and_visibility_only() {
        let report = |series: &str| {
            format!(
                r#"{{"fleet": {{"staleness_seconds": {{"count": 9, "p50": 1.0, "p90": 2.0, "p99": 3.0, "p999": 3.5, "max": 4.0}},
                "visibility": [{{"within_seconds": 1.0, "share": 0.5}}, {{"within_seconds": 2.0, "share": null}}]}}{series}}}"#
            )
        };
        let plain = Curves::saved(&report("")).expect("a report");
        assert!(plain.current.is_empty());
        assert_eq!(plain.staleness.within, [1.0, 2.0, 3.0, 3.5, 4.0].map(Some));
        let sum: f64 = plain.staleness.share.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        assert_eq!((plain.visibility[0].fleet, plain.visibility[1].fleet), (Some(0.5), None));
        let windows = r#", "series": {"window_seconds": 60.0, "fleet": {"consistency": [0.25, 1.0]}}"#;
        let whole = Curves::saved(&report(windows)).expect("a report");
        assert_eq!((whole.axis_seconds, &whole.current[..]), (60.0, &[Some(0.25), Some(1.0)][..]));
        assert!(Curves::saved("{}").is_none());
    }
}
