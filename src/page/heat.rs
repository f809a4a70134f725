//! Heat: how wrong each row was in each bin, as a byte; many rows of bytes are one text.
//!
//! A byte b below 255 says that the share (b / 254)² of address time was not current: fine steps where the share is small.
//! 255 says that nobody was known, so that there was nothing to be wrong about. Of staleness 255 says that nothing was applied.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::bins::Bins;
use crate::observe::{ClassWindows, Classes, PointFindings};

const LEVELS: f64 = 254.0;
/// Nobody was known, or nothing measured.
pub(super) const NOBODY: u8 = 255;
/// Level 0 of staleness and below, and how many factors of ten lie between it and the last level.
const SHORTEST_NANOS: f64 = 1e6;
const TENS: f64 = 7.0;

/// How many planes there are.
pub(super) const PLANES: usize = 3;

/// Planes of the same rows.
#[derive(Serialize)]
pub(super) struct Planes {
    /// Against the truth.
    truth: String,
    /// Against the authority's table.
    authority: String,
    /// Mean staleness of what was applied: a level is the logarithm, from `SHORTEST_NANOS` over `TENS` factors of ten.
    staleness: String,
}

/// The planes of rows, each a sum over points whose staleness was kept in bins of the same length, or not at all.
#[must_use]
pub(super) fn planes(bins: &Bins, rows: &[Vec<&PointFindings>]) -> Planes {
    let plane = |windows: fn(&PointFindings) -> &ClassWindows| {
        let mut bytes = Vec::with_capacity(rows.len() * bins.count);
        for row in rows {
            let mut sums = vec![Classes::default(); bins.count];
            for point in row {
                sums.iter_mut().zip(bins.sums(windows(point))).for_each(|(sum, more)| sum.add(&more));
            }
            bytes.extend(sums.iter().map(level));
        }
        STANDARD.encode(bytes)
    };
    let mut staleness = Vec::with_capacity(rows.len() * bins.count);
    for row in rows {
        let late = |bin: usize| {
            let each = row.iter().filter_map(|point| point.lately.bins.get(bin));
            each.fold((0, 0), |(count, sum), late| (count + late.count, sum + late.sum))
        };
        staleness.extend((0..bins.count).map(late).map(lateness));
    }
    let staleness = STANDARD.encode(staleness);
    Planes {
        staleness,
        truth: plane(|point| &point.windows),
        authority: plane(|point| &point.replica_windows),
    }
}

fn lateness((count, sum): (u64, u128)) -> u8 {
    if count == 0 {
        return NOBODY;
    }
    let tens = libm::log10(sum as f64 / count as f64 / SHORTEST_NANOS).max(0.0);
    (tens / TENS * LEVELS).round().min(LEVELS) as u8
}

fn level(classes: &Classes) -> u8 {
    let total = classes.total();
    if total == 0 {
        return NOBODY;
    }
    shade(total - classes.current, total)
}

/// The level of a part of a whole that is not nothing.
pub(super) fn shade(part: u128, whole: u128) -> u8 {
    let level = ((part as f64 / whole as f64).sqrt() * LEVELS).round().min(LEVELS) as u8;
    // What is not exactly nothing is never shown as such.
    level.max(u8::from(part > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_the_root_of_the_share_and_nothing_wrong_is_not_a_little_wrong() {
        let classes = |current, outdated| Classes { current, outdated, ..Classes::default() };
        assert_eq!(level(&classes(0, 0)), NOBODY);
        assert_eq!(level(&classes(7, 0)), 0);
        assert_eq!(level(&classes(0, 7)), 254);
        assert_eq!(level(&classes(3, 1)), 127);
        assert_eq!(level(&classes(u128::MAX / 2, 1)), 1);
        assert_eq!(lateness((0, 0)), NOBODY);
        assert_eq!([0, 2_000_000, 2_000_000_000, u128::MAX].map(|sum| lateness((2, sum))), [0, 0, 109, 254]);
    }
}
