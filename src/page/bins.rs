//! Bins: how fine a page keeps time, so that it stays small.
//!
//! The rule: a bin is a whole number of windows of the run, the smallest for which all rows together have no more than
//! `CELLS_MAX` cells and none more than `BINS_MAX`. Integrals of a bin are the sums of its windows': nothing is sampled.

use serde::Serialize;

use super::heat::PLANES;
use super::number;
use super::tables::ROWS_MAX;
use crate::observe::{ClassWindows, Classes};
use crate::scenario::Scenario;
use crate::topology::{Node, Role};
use crate::units::Span;

/// Cells of all planes of the heat map together, a byte each. Source: 5 MB for a page of 12,500 rows, a third of it for these.
const CELLS_MAX: usize = 1_200_000;
/// Bins of a row. Source: none, a choice; a screen is as wide.
const BINS_MAX: usize = 480;

/// The bins of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bins {
    /// Windows that one bin sums up.
    pub(super) windows_each: usize,
    /// How many there are; the last may be short.
    pub(super) count: usize,
    window: Span,
}

/// The length of a bin of the heat map of `scenario`'s page.
#[must_use]
pub fn length(scenario: &Scenario) -> Span {
    scenario.window.times(planned(scenario).windows_each as u64)
}

/// The bins of the heat map when the run comes to its end.
fn planned(scenario: &Scenario) -> Bins {
    let enforces = |node: &&Node| matches!(&node.role, Role::Point(point) if point.enforces);
    let rows = scenario.topology.nodes.iter().filter(enforces).count().min(ROWS_MAX);
    let windows = scenario.duration.nanos().div_ceil(scenario.window.nanos().max(1));
    Bins::new(usize::try_from(windows).expect("a run has few windows"), scenario.window, rows * PLANES)
}

/// What the page says of its bins.
#[derive(Serialize)]
pub(super) struct Axis {
    bin_seconds: Option<f64>,
    window_seconds: Option<f64>,
    count: usize,
}

impl Bins {
    /// The bins of `windows` windows for so many `rows` of bytes.
    #[must_use]
    pub(super) fn new(windows: usize, window: Span, rows: usize) -> Self {
        let most = (CELLS_MAX / rows.max(1)).clamp(1, BINS_MAX);
        let windows_each = windows.div_ceil(most).max(1);
        Self { windows_each, count: windows.div_ceil(windows_each), window }
    }

    /// The bins of the heat map of a run of `scenario` that came so many windows far.
    #[must_use]
    pub(super) fn of(scenario: &Scenario, windows: usize) -> Self {
        let planned = planned(scenario);
        Self { count: windows.div_ceil(planned.windows_each), ..planned }
    }

    /// The sums over each bin.
    #[must_use]
    pub(super) fn sums(&self, windows: &ClassWindows) -> Vec<Classes> {
        let mut sums = vec![Classes::default(); windows.len().div_ceil(self.windows_each)];
        windows
            .iter()
            .enumerate()
            .for_each(|(window, classes)| sums[window / self.windows_each].add(&classes));
        sums
    }

    /// As the page says it.
    #[must_use]
    pub(super) fn axis(&self) -> Axis {
        let each = u128::try_from(self.windows_each).expect("a count fits");
        Axis {
            bin_seconds: number::seconds(u128::from(self.window.nanos()) * each),
            window_seconds: number::seconds(self.window.nanos().into()),
            count: self.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_bins_are_bounded_and_nothing_is_left_out() {
        for (windows, rows) in [(0, 0), (1, 1), (480, 48), (480, 20_000), (1_440, 20_000), (7, 3_000_000)] {
            let bins = Bins::new(windows, Span::from_seconds(60), rows);
            assert!(bins.count <= BINS_MAX && bins.count * bins.windows_each >= windows, "{bins:?}");
            assert!(bins.count <= 1 || bins.count * rows <= CELLS_MAX, "{bins:?}");
            let one = Classes { current: 1, outdated: 2, ..Classes::default() };
            let sums = bins.sums(&vec![one; windows].into_iter().collect());
            assert_eq!(sums.len(), bins.count);
            assert_eq!(sums.iter().map(|sum| sum.total()).sum::<u128>(), 3 * windows as u128);
        }
    }
}
