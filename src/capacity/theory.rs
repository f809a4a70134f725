//! Theory: what three laws of waiting lines say of the bottleneck along an axis, beside what was measured.
//!
//! Knows utilisations and levels. Must not know why a node is busy.

use super::axis::Axis;
use super::row::Row;
use crate::report::Decimal;

/// From this utilisation on a level does not count for the utilisation law: what saturates is no longer in proportion to
/// its load. Source: none, a choice.
const PROPORTIONAL_BELOW: f64 = 0.9;
/// How far a law may miss a level, as a part of the largest utilisation, and still be called a law. Source: none, a choice.
const MISS_MAX: f64 = 0.05;

/// What theory says of one node or link, level by level.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The node, or the direction of a link.
    pub name: String,
    /// Where along the axis the utilisation law has it saturated; `None` where its utilisation follows no law.
    pub saturated_at: Option<String>,
    /// One for each row that names it, in their order.
    pub levels: Vec<AtLevel>,
}

/// What was measured at one level, and what theory says.
#[derive(Clone, Debug, PartialEq)]
pub struct AtLevel {
    /// The level as it stands in the file.
    pub level: String,
    /// The measured utilisation.
    pub utilisation: f64,
    /// The utilisation by the utilisation law, at most 1.
    pub utilisation_by_law: Option<f64>,
    /// Jobs measured waiting, over time; `None` of a link.
    pub waiting: Option<f64>,
    /// Jobs that would wait if they came at random and all took as long; `None` from saturation on.
    pub waiting_constant: Option<f64>,
    /// The same if the times that they take were exponential.
    pub waiting_exponential: Option<f64>,
    /// How long what piled up in an outage takes to drain, as a multiple of the outage; `None` from saturation on.
    pub drain: Option<f64>,
}

impl Theory {
    /// Of the node or link `name`, along an axis that is a range.
    #[must_use]
    pub(super) fn new(name: &str, axis: &Axis, rows: &[Row]) -> Self {
        let mut measured: Vec<(f64, String, f64, Option<f64>)> = Vec::new();
        for row in rows {
            let Some((_, text)) = row.point.0.first() else { continue };
            let (Some(number), Some(busy)) =
                (axis.number(text), row.busiest().into_iter().find(|busy| busy.name == name))
            else {
                continue;
            };
            measured.push((
                number,
                text.clone(),
                busy.utilisation.to_f64(),
                busy.queue_mean.map(Decimal::to_f64),
            ));
        }
        let law =
            Law::of(measured.iter().map(|(number, _, utilisation, _)| (*number, *utilisation)).collect());
        let levels = measured.into_iter().map(|(number, level, utilisation, waiting)| AtLevel {
            level,
            utilisation,
            utilisation_by_law: law.map(|law| law.utilisation(number).clamp(0.0, 1.0)),
            waiting,
            waiting_constant: queue_constant(utilisation),
            waiting_exponential: queue_constant(utilisation).map(|queue| 2.0 * queue),
            drain: drain(utilisation),
        });
        let saturated_at = law.and_then(Law::saturation).and_then(|number| axis.said(number));
        Self { name: name.to_owned(), saturated_at, levels: levels.collect() }
    }
}

/// Jobs that wait on average where jobs come at random and all take as long, at a utilisation; `None` from saturation on.
/// Twice as many wait where the times that they take are exponential. Source: Pollaczek and Khinchine.
fn queue_constant(utilisation: f64) -> Option<f64> {
    (utilisation < 1.0).then(|| utilisation * utilisation / (2.0 * (1.0 - utilisation)))
}

/// Source: a backlog that grew by `utilisation` a second and is drained with what is left.
fn drain(utilisation: f64) -> Option<f64> {
    (utilisation < 1.0).then(|| utilisation / (1.0 - utilisation))
}

/// The utilisation law, busy = jobs a second × seconds a job, with one of the two along the axis and a part that does not
/// depend on it: a + b·x where the axis is a load, a + b/x where it is a rate or a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Law {
    a: f64,
    b: f64,
    is_inverse: bool,
}

impl Law {
    /// The one of the two that fits (level, utilisation) better; `None` where neither does, where it does not move, and where
    /// fewer than three levels tell.
    fn of(mut points: Vec<(f64, f64)>) -> Option<Self> {
        points.retain(|(level, utilisation)| *level > 0.0 && *utilisation < PROPORTIONAL_BELOW);
        if points.len() < 3 {
            return None;
        }
        let laws = [false, true].map(|is_inverse| Self::fitted(&points, is_inverse));
        let best = laws.into_iter().flatten().min_by(|a, b| a.miss(&points).total_cmp(&b.miss(&points)))?;
        let largest = points.iter().map(|point| point.1).fold(0.0, f64::max);
        let smallest = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let (miss, moves) = (best.miss(&points), largest - smallest);
        // What does not move along the axis is not its load.
        (miss <= MISS_MAX * largest && moves > MISS_MAX * largest).then_some(best)
    }

    /// Least squares.
    fn fitted(points: &[(f64, f64)], is_inverse: bool) -> Option<Self> {
        let x = |point: &(f64, f64)| if is_inverse { 1.0 / point.0 } else { point.0 };
        let count = points.len() as f64;
        let middle = points.iter().map(x).sum::<f64>() / count;
        let mean = points.iter().map(|point| point.1).sum::<f64>() / count;
        let square: f64 = points.iter().map(|point| (x(point) - middle).powi(2)).sum();
        let b = points.iter().map(|point| (x(point) - middle) * (point.1 - mean)).sum::<f64>() / square;
        b.is_finite().then_some(Self { a: mean - b * middle, b, is_inverse })
    }

    fn utilisation(self, level: f64) -> f64 {
        self.a + self.b * if self.is_inverse { 1.0 / level } else { level }
    }

    fn miss(self, points: &[(f64, f64)]) -> f64 {
        points.iter().map(|(level, found)| (self.utilisation(*level) - found).abs()).fold(0.0, f64::max)
    }

    /// Where it reaches one.
    fn saturation(self) -> Option<f64> {
        let x = (1.0 - self.a) / self.b;
        let level = if self.is_inverse { 1.0 / x } else { x };
        (level.is_finite() && level > 0.0).then_some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(one: Option<f64>, other: f64) -> bool {
        one.is_some_and(|one| (one - other).abs() < 1e-9)
    }

    #[test]
    fn the_laws_are_the_textbooks() {
        assert_eq!(queue_constant(0.5), Some(0.25));
        assert_eq!(queue_constant(1.0), None);
        assert_eq!(drain(0.75), Some(3.0));
    }

    #[test]
    fn the_utilisation_law_is_found_along_a_load_and_along_a_gap() {
        let load = Law::of(vec![(100.0, 0.25), (200.0, 0.5), (300.0, 0.75)]).expect("a law");
        assert!(!load.is_inverse && is_near(load.saturation(), 400.0), "{load:?}");
        // 10 ms a job: at a gap of 10 ms there is no rest.
        let gap = Law::of([14.0, 20.0, 27.0, 40.0].map(|gap| (gap, 10.0 / gap)).to_vec()).expect("a law");
        assert!(gap.is_inverse && is_near(gap.saturation(), 10.0), "{gap:?}");
        // What is saturated already says nothing; what follows neither law has none; two levels follow both.
        let bent = Law::of(vec![(100.0, 0.25), (200.0, 0.5), (300.0, 0.75), (900.0, 1.0)]).expect("a law");
        assert!(is_near(bent.saturation(), 400.0), "{bent:?}");
        assert_eq!(Law::of(vec![(1.0, 0.1), (2.0, 0.8), (3.0, 0.1)]), None);
        assert_eq!(Law::of(vec![(1.0, 0.1), (2.0, 0.2)]), None);
        assert_eq!(Law::of(vec![(1.0, 0.5), (2.0, 0.5), (3.0, 0.501)]), None);
    }
}
