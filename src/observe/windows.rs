//! Windows: the classes of each window of a run, kept small.
//!
//! Knows integrals. Must not know how long a window is.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Classes;

/// In the place of integrals that are kept as they are.
const LARGE: [u64; 4] = [u64::MAX; 4];

/// Classes window by window from virtual zero on. Cost: 32 bytes a window, unless some integral in it is longer than 584
/// address-years; once they are summed up some 200 bytes in all.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassWindows(Form);

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Whole(Windows),
    SummedUp(Box<Summary>),
}

/// Window by window.
#[derive(Clone, Debug, Default, PartialEq)]
struct Windows {
    small: Vec<[u64; 4]>,
    large: BTreeMap<usize, Classes>,
}

/// What a report without series says of windows.
#[derive(Clone, Debug, PartialEq)]
struct Summary {
    len: usize,
    worst: Option<Classes>,
    last: Option<Classes>,
    hash: [u8; 32],
}

/// No window.
impl Default for ClassWindows {
    fn default() -> Self {
        Self(Form::Whole(Windows::default()))
    }
}

impl ClassWindows {
    /// So many windows in which nothing is known.
    #[must_use]
    pub fn empty(windows: usize) -> Self {
        Self(Form::Whole(Windows { small: vec![[0; 4]; windows], large: BTreeMap::new() }))
    }

    /// No window, and room for so many.
    #[must_use]
    pub fn with_capacity(windows: usize) -> Self {
        Self(Form::Whole(Windows { small: Vec::with_capacity(windows), large: BTreeMap::new() }))
    }

    /// Keeps how many they are, the worst, the last, and their hash: what else there was panics when it is asked for, or changed.
    pub fn sum_up(&mut self) {
        let (len, worst, last, hash) = (self.len(), self.worst(), self.last(), self.hash());
        self.0 = Form::SummedUp(Box::new(Summary { len, worst, last, hash }));
    }

    /// The one with the smallest current share; one in which no address is known has all of it.
    #[must_use]
    pub fn worst(&self) -> Option<Classes> {
        match &self.0 {
            Form::Whole(windows) => windows.iter().min_by(by_share),
            Form::SummedUp(sum) => sum.worst,
        }
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<Classes> {
        match &self.0 {
            Form::Whole(windows) => windows.iter().next_back(),
            Form::SummedUp(sum) => sum.last,
        }
    }

    /// A word that differs whenever any of them differs.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        match &self.0 {
            Form::Whole(windows) => windows.hash(),
            Form::SummedUp(sum) => sum.hash,
        }
    }

    /// How many windows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Whole(windows) => windows.small.len(),
            Form::SummedUp(sum) => sum.len,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a window.
    pub fn push(&mut self, classes: Classes) {
        let windows = self.whole_mut();
        windows.small.push(LARGE);
        windows.set(windows.small.len() - 1, classes);
    }

    /// Window by window.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Classes> + ExactSizeIterator {
        match &self.0 {
            Form::Whole(windows) => windows.iter(),
            Form::SummedUp(_) => unreachable!("who asks for windows has them kept"),
        }
    }

    /// Adds another's integrals, window by window, as far as both go.
    pub fn add(&mut self, other: &Self) {
        let windows = self.whole_mut();
        for (window, more) in other.iter().enumerate().take(windows.small.len()) {
            let mut sum = windows.get(window);
            sum.add(&more);
            windows.set(window, sum);
        }
    }

    fn whole_mut(&mut self) -> &mut Windows {
        match &mut self.0 {
            Form::Whole(windows) => windows,
            Form::SummedUp(_) => unreachable!("what is summed up is added to no more"),
        }
    }
}

impl Windows {
    fn iter(&self) -> impl DoubleEndedIterator<Item = Classes> + ExactSizeIterator {
        (0..self.small.len()).map(|window| self.get(window))
    }

    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for Classes { current, outdated, missing, lingering } in self.iter() {
            [current, outdated, missing, lingering].iter().for_each(|sum| hash.update(sum.to_le_bytes()));
        }
        hash.finalize().into()
    }

    fn get(&self, window: usize) -> Classes {
        match self.small[window] {
            LARGE => self.large[&window],
            small => {
                let [current, outdated, missing, lingering] = small.map(u128::from);
                Classes { current, outdated, missing, lingering }
            }
        }
    }

    fn set(&mut self, window: usize, classes: Classes) {
        let Classes { current, outdated, missing, lingering } = classes;
        let parts = [current, outdated, missing, lingering].map(u64::try_from);
        self.small[window] = match parts {
            [Ok(current), Ok(outdated), Ok(missing), Ok(lingering)] => {
                [current, outdated, missing, lingering]
            }
            _ => LARGE,
        };
        if self.small[window] == LARGE {
            self.large.insert(window, classes);
        }
    }
}

impl FromIterator<Classes> for ClassWindows {
    fn from_iter<I: IntoIterator<Item = Classes>>(all: I) -> Self {
        let mut windows = Self::default();
        all.into_iter().for_each(|classes| windows.push(classes));
        windows
    }
}

/// By current share, exactly: the quotients, and if these are the same what is left of both, turned around.
fn by_share(one: &Classes, other: &Classes) -> Ordering {
    let share = |classes: &Classes| match classes.total() {
        0 => (1, 1),
        total => (classes.current, total),
    };
    let ((mut a, mut b), (mut c, mut d)) = (share(one), share(other));
    loop {
        let quotients = (a / b).cmp(&(c / d));
        if quotients != Ordering::Equal {
            return quotients;
        }
        (a, c) = (a % b, c % d);
        if a == 0 || c == 0 {
            return a.cmp(&c);
        }
        (a, b, c, d) = (d, c, b, a);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_summed_up_says_what_it_said() {
        let of = |current, outdated| Classes { current, outdated, missing: 0, lingering: 0 };
        let far = u128::from(u64::MAX) << 40;
        let all = [of(2, 1), of(0, 0), of(far, far - 1), of(far - 1, far - 1), of(far, far + 1), of(7, 6)];
        for len in 0..=all.len() {
            let windows: ClassWindows = all[..len].iter().copied().collect();
            let mut sum = windows.clone();
            sum.sum_up();
            assert_eq!(
                (sum.len(), sum.worst(), sum.last(), sum.hash()),
                (len, windows.worst(), windows.last(), windows.hash())
            );
            let worst = [None, Some(0), Some(0), Some(2), Some(3), Some(4), Some(4)][len];
            assert_eq!(
                (sum.worst(), sum.last()),
                (worst.map(|one: usize| all[one]), all[..len].last().copied())
            );
        }
        let hash = |all: &[Classes]| all.iter().copied().collect::<ClassWindows>().hash();
        assert!(hash(&all) != hash(&all[..5]) && hash(&all[..1]) != hash(&[of(1, 2)]));
    }

    #[test]
    fn windows_come_out_as_they_went_in_however_large() {
        let far = u128::from(u64::MAX);
        let of = |outdated, missing| Classes { current: 7, outdated, missing, lingering: 0 };
        let whole = Classes { current: far, outdated: far, missing: far, lingering: far };
        let all = [of(1, far - 1), of(far, 2), of(far + 1, 3), whole, of(0, 0)];
        let mut windows: ClassWindows = all.into_iter().collect();
        assert!(windows.iter().eq(all) && windows.whole_mut().large.len() == 2, "{windows:?}");
        windows.add(&[of(far, 1), of(0, 0)].into_iter().collect());
        let doubled = |outdated, missing| Classes { current: 14, outdated, missing, lingering: 0 };
        let sums = [doubled(far + 1, far), doubled(far, 2), all[2], all[3], all[4]];
        assert!(windows.iter().eq(sums), "{windows:?}");
        assert_eq!(
            (windows.len(), ClassWindows::empty(2)),
            (5, [Classes::default(); 2].into_iter().collect())
        );
    }
}
