//! Bunch: the updates that a frame brings, by when they occurred, in four bytes each if that was within two seconds of the
//! newest.
//!
//! Knows instants. Must not know what an update says.

/// An update that a frame brings first: when it occurred (nanoseconds), and whether it changed the authority's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sample(u64);

impl Sample {
    pub(super) fn new(occurred: u64, changed: bool) -> Self {
        Self(occurred << 1 | u64::from(changed))
    }

    /// When it occurred. Units: nanoseconds.
    pub(super) fn occurred(self) -> u64 {
        self.0 >> 1
    }

    /// Whether it changed the authority's answer.
    pub(super) fn changed(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The updates of one frame, the oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bunch<'b> {
    /// Those that occurred long before the newest.
    far: &'b [Sample],
    /// Of the others, twice how long before it, and one more if they changed the authority's answer.
    near: &'b [u32],
    newest: u64,
}

impl<'b> Bunch<'b> {
    /// Of a list, the oldest first.
    pub(super) fn of(list: &'b [Sample]) -> Self {
        Self { far: list, near: &[], newest: 0 }
    }

    pub(super) fn len(self) -> usize {
        self.far.len() + self.near.len()
    }

    /// The update at a place.
    pub(super) fn at(self, place: usize) -> Sample {
        match self.far.get(place) {
            Some(far) => *far,
            None => self.near_one(self.near[place - self.far.len()]),
        }
    }

    fn near_one(self, near: u32) -> Sample {
        Sample::new(self.newest - u64::from(near >> 1), near & 1 == 1)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Sample> + Clone + use<'b> {
        self.far.iter().copied().chain(self.near.iter().map(move |near| self.near_one(*near)))
    }

    /// The first ones, and the rest.
    pub(super) fn split(self, place: usize) -> (Self, Self) {
        let (far, more_far) = self.far.split_at(place.min(self.far.len()));
        let (near, more_near) = self.near.split_at(place - far.len());
        (Self { far, near, ..self }, Self { far: more_far, near: more_near, ..self })
    }
}

/// The bunches of all frames, one after the other.
#[derive(Default)]
pub(super) struct Bunches {
    far: Vec<Sample>,
    near: Vec<u32>,
    /// Per frame: where its updates end among those, and when the newest of it occurred.
    ends: Vec<(usize, usize, u64)>,
}

impl Bunches {
    /// Adds the updates of the next frame, the oldest first.
    pub(super) fn push(&mut self, list: &[Sample]) {
        let newest = list.last().map_or(0, |sample| sample.occurred());
        for sample in list {
            match u32::try_from((newest - sample.occurred()) << 1 | u64::from(sample.changed())) {
                Ok(near) => self.near.push(near),
                Err(_) => self.far.push(*sample),
            }
        }
        self.ends.push((self.far.len(), self.near.len(), newest));
    }

    /// The updates of a frame.
    pub(super) fn of(&self, frame: usize) -> Bunch<'_> {
        let (far, near, _) = frame.checked_sub(1).map_or((0, 0, 0), |before| self.ends[before]);
        let (far_end, near_end, newest) = self.ends[frame];
        Bunch { far: &self.far[far..far_end], near: &self.near[near..near_end], newest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bunches_come_out_as_they_went_in() {
        const SECOND: u64 = 1_000_000_000;
        let all = [0, 5, 6, 9 * SECOND, 9 * SECOND + 1, 11 * SECOND, 11 * SECOND, 12 * SECOND];
        let all: Vec<Sample> =
            all.into_iter().enumerate().map(|(place, at)| Sample::new(at, place % 3 == 0)).collect();
        let mut bunches = Bunches::default();
        let lists: Vec<&[Sample]> = (0..=all.len()).map(|begin| &all[begin..]).collect();
        lists.iter().for_each(|list| bunches.push(list));
        // More than 2^31 ns before the newest lie the first five.
        assert_eq!((bunches.far.len(), bunches.near.len()), (5 + 4 + 3 + 2 + 1, 5 * 3 + 3 + 2 + 1));
        for (frame, list) in lists.iter().enumerate() {
            let bunch = bunches.of(frame);
            assert!(bunch.iter().eq(list.iter().copied()) && bunch.len() == list.len(), "{frame}");
            assert!(Bunch::of(list).iter().eq(list.iter().copied()));
            for place in 0..=list.len() {
                let (first, rest) = bunch.split(place);
                assert!(first.iter().eq(list[..place].iter().copied()), "{frame} {place}");
                assert!(rest.iter().eq(list[place..].iter().copied()), "{frame} {place}");
            }
        }
    }
}
