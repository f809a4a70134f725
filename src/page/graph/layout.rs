//! Layout: a column for each layer, boxes one below the other, near to what feeds them.
//!
//! Knows numbers of boxes and arrows. Must not know what they stand for. Units: pixels.

use std::collections::BTreeSet;

use crate::topology::draw::Way;

/// Layers; what is farther (a loop) stands in the last.
const LAYERS_MAX: usize = 14;
/// A box's width; in a layer of more than `CROWDED` boxes the second.
const WIDTHS: [usize; 2] = [140, 104];
const CROWDED: usize = 48;
/// The gap to the box on the right, and the distance to the one below.
const SPACE: usize = 12;
const STEP: usize = 34;
/// The gap between layers, for arrows.
const GAP: usize = 60;
const MARGIN: usize = 12;
/// Boxes below each other at least, before a layer takes a second column.
const ROWS_MIN: usize = 14;

/// Where boxes stand.
pub(super) struct Spots {
    /// The left upper corner of each, and its width.
    pub(super) places: Vec<(usize, usize, usize)>,
    /// Of the whole picture.
    pub(super) width: usize,
    /// Of the whole picture.
    pub(super) height: usize,
}

/// The layer of every box: one after the farthest that feeds it.
#[must_use]
pub(super) fn layers(count: usize, arrows: &BTreeSet<(usize, usize, Way)>) -> Vec<usize> {
    let mut layers = vec![0; count];
    for _ in 0..LAYERS_MAX {
        let mut has_changed = false;
        for (from, to, way) in arrows {
            let wanted = (layers[*from] + 1).min(LAYERS_MAX - 1);
            if *way != Way::HighAvailability && layers[*to] < wanted {
                layers[*to] = wanted;
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    layers
}

/// The places of boxes in these layers.
#[must_use]
pub(super) fn spots(layers: &[usize], arrows: &BTreeSet<(usize, usize, Way)>) -> Spots {
    let used: BTreeSet<usize> = layers.iter().copied().collect();
    let columns: Vec<Vec<usize>> =
        used.iter().map(|layer| (0..layers.len()).filter(|one| layers[*one] == *layer).collect()).collect();
    let largest = columns.iter().map(Vec::len).max().unwrap_or(0);
    // Five columns' worth of a square: wide layers are some ten boxes wide at most.
    let rows = ROWS_MIN.max((largest * 5).isqrt()).min(largest.max(1));
    let height = rows * STEP;
    let mut places = vec![(0, 0, 0); layers.len()];
    let mut x = MARGIN;
    for mut column in columns {
        // In thousandths of the picture's height, the mean of what feeds it from the left.
        let near = |one: usize| {
            let feeding = arrows.iter().filter(|(from, to, _)| *to == one && layers[*from] < layers[one]);
            let heights: Vec<usize> = feeding.map(|(from, _, _)| places[*from].1).collect();
            if heights.is_empty() {
                0
            } else {
                heights.iter().sum::<usize>() * 1_000 / heights.len() / height.max(1)
            }
        };
        column.sort_by_cached_key(|one| (near(*one), *one));
        let wide = column.len().div_ceil(rows).max(1);
        let high = column.len().div_ceil(wide);
        let top = MARGIN + (rows - high.min(rows)) * STEP / 2;
        let width = WIDTHS[usize::from(column.len() > CROWDED)];
        for (position, one) in column.iter().enumerate() {
            // Row by row, so that what is fed by the same stays together.
            places[*one] = (x + position % wide * (width + SPACE), top + position / wide * STEP, width);
        }
        x += wide * (width + SPACE) - SPACE + GAP;
    }
    // Without boxes there is no gap before the next column either.
    Spots { places, width: (x + MARGIN).saturating_sub(GAP), height: height + 2 * MARGIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_boxes_share_a_place_and_all_are_inside() {
        for count in [0_usize, 1, 5, 40, 320] {
            let arrows: BTreeSet<_> = (1..count)
                .map(|to| (to / 4, to, Way::Redistribution))
                .filter(|(from, to, _)| from != to)
                .collect();
            let layers = layers(count, &arrows);
            let spots = spots(&layers, &arrows);
            let places: BTreeSet<_> = spots.places.iter().collect();
            assert_eq!(places.len(), count);
            assert!(
                spots.places.iter().all(|(x, y, width)| x + width < spots.width && y + 30 < spots.height)
            );
            assert!(arrows.iter().all(|(from, to, _)| layers[*from] < layers[*to]));
        }
    }

    #[test]
    fn a_loop_ends() {
        let arrows = BTreeSet::from([(0, 1, Way::Redistribution), (1, 0, Way::Redistribution)]);
        assert!(layers(2, &arrows).iter().all(|layer| *layer < LAYERS_MAX));
    }
}
