//! Glance: which updates frames made visible in time, at all leaves of a line at once.
//!
//! Frame by frame and not leaf by leaf, so that a frame's updates are at hand; where one leaf's place among them was, the
//! next one's is near. Knows instants. Must not know answers.

use super::freshness::Freshness;
use crate::observe::VISIBILITY_SPANS;

/// Per span, how many updates are visible from it on, and not within any shorter one: what is seen within a span is the sum
/// up to it.
pub(super) type Glance = [u64; VISIBILITY_SPANS.len()];

/// Of leaves that were told every frame, one after the other, and applied them at these instants. Cost: a few steps a frame and
/// leaf.
pub(super) fn glances(fresh: &Freshness, leaves: &[&[u64]], end: u64) -> Vec<Glance> {
    let mut glances = vec![Glance::default(); leaves.len()];
    if leaves.is_empty() {
        return glances;
    }
    for frame in 0..fresh.lots.len() {
        let each = leaves.iter().map(|done| done[frame]);
        let each = each.enumerate().filter(|(_, at)| *at <= end);
        match fresh.visible.get(&(frame as u32)) {
            Some(list) => look_all(&mut glances, list.len(), |place| list[place], each, end),
            None => {
                let list = fresh.samples(frame);
                look_all(&mut glances, list.len(), |place| list.at(place).occurred(), each, end);
            }
        }
    }
    for glance in &mut glances {
        let mut sum = 0_u64;
        for count in glance {
            sum = sum.wrapping_add(*count);
            *count = sum;
        }
    }
    glances
}

/// Counts, of `len` updates in the order in which they occurred, those that are visible within each span to each leaf,
/// to which they become visible at an instant of its own. Only the sums are whole, what lies between may be below zero.
fn look_all(
    glances: &mut [Glance],
    len: usize,
    occurred: impl Fn(usize) -> u64,
    each: impl Iterator<Item = (usize, u64)>,
    end: u64,
) {
    const SPANS: usize = VISIBILITY_SPANS.len();
    let spans = VISIBILITY_SPANS.map(|span| span.nanos());
    let Some(final_place) = len.checked_sub(1) else { return };
    let (first, last) = (occurred(0), occurred(final_place));
    // How many had the chance by the end.
    let known = if last + spans[SPANS - 1] <= end {
        [len; SPANS]
    } else {
        spans.map(|span| if last + span <= end { len } else { place(len, &occurred, len, end + 1, span) })
    };
    let mut near = [0; SPANS];
    for (leaf, at) in each {
        let glance = &mut glances[leaf];
        let mut before = 0;
        for span in 0..SPANS {
            if last + spans[span] < at {
                continue;
            }
            let late = if first + spans[span] >= at {
                0
            } else {
                place(len, &occurred, near[span], at, spans[span])
            };
            near[span] = late;
            let seen = known[span].saturating_sub(late) as u64;
            glance[span] = glance[span].wrapping_add(seen.wrapping_sub(before));
            before = seen;
            if late == 0 && known[SPANS - 1] == len {
                // So are all spans after it.
                break;
            }
        }
    }
}

/// How many of the first updates are more than `length` old at `at`; it is near `near`.
fn place(len: usize, occurred: &impl Fn(usize) -> u64, near: usize, at: u64, length: u64) -> usize {
    let is_before = |place: usize| occurred(place) + length < at;
    let mut step = 1;
    let (mut low, mut high);
    if near < len && is_before(near) {
        low = near + 1;
        while low + step <= len && is_before(low + step - 1) {
            low += step;
            step *= 2;
        }
        high = (low + step).min(len);
    } else {
        high = near.min(len);
        while high >= step && !is_before(high - step) {
            high -= step;
            step *= 2;
        }
        low = (high + 1).saturating_sub(step);
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_from_wherever_it_is_looked_for() {
        let list = [1, 3, 3, 4, 8, 9, 9, 9, 12, 20, 21, 30];
        for len in 0..=list.len() {
            for near in 0..=len {
                for at in 0..35 {
                    let wanted = list[..len].iter().filter(|one| **one + 2 < at).count();
                    assert_eq!(place(len, &|place| list[place], near, at, 2), wanted, "{len} {near} {at}");
                }
            }
        }
    }
}
