//! Heat: how wrong each row was in each bin, as a byte; many rows of bytes are one text.
//!
//! A byte b below 255 says that the share (b / 254)² of address time was not current: fine steps where the share is small.
//! 255 says that nobody was known, so that there was nothing to be wrong about.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::bins::Bins;
use crate::observe::{Classes, PointFindings};

const LEVELS: f64 = 254.0;
const NOBODY: u8 = 255;

/// How many planes there are.
pub(super) const PLANES: usize = 2;

/// Two planes of the same rows.
#[derive(Serialize)]
pub(super) struct Planes {
    /// Against the truth.
    truth: String,
    /// Against the authority's table.
    authority: String,
}

/// The planes of rows, each a sum over points.
#[must_use]
pub(super) fn planes(bins: &Bins, rows: &[Vec<&PointFindings>]) -> Planes {
    let plane = |windows: fn(&PointFindings) -> &[Classes]| {
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
    Planes { truth: plane(|point| &point.windows), authority: plane(|point| &point.replica_windows) }
}

fn level(classes: &Classes) -> u8 {
    let total = classes.total();
    if total == 0 {
        return NOBODY;
    }
    let wrong = total - classes.current;
    let level = ((wrong as f64 / total as f64).sqrt() * LEVELS).round() as u8;
    // What is not exactly nothing is never shown as such.
    level.max(u8::from(wrong > 0))
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
    }
}
