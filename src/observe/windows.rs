//! Windows: the classes of each window of a run, kept small.
//!
//! Knows integrals. Must not know how long a window is.

use std::collections::BTreeMap;

use super::Classes;

/// In the place of integrals that are kept as they are.
const LARGE: [u64; 4] = [u64::MAX; 4];

/// Classes window by window from virtual zero on. Cost: 32 bytes a window, unless some integral in it is longer than 584
/// address-years.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassWindows {
    small: Vec<[u64; 4]>,
    large: BTreeMap<usize, Classes>,
}

impl ClassWindows {
    /// So many windows in which nothing is known.
    #[must_use]
    pub fn empty(windows: usize) -> Self {
        Self { small: vec![[0; 4]; windows], large: BTreeMap::new() }
    }

    /// No window, and room for so many.
    #[must_use]
    pub fn with_capacity(windows: usize) -> Self {
        Self { small: Vec::with_capacity(windows), large: BTreeMap::new() }
    }

    /// How many windows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.small.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.small.is_empty()
    }

    /// Adds a window.
    pub fn push(&mut self, classes: Classes) {
        self.small.push(LARGE);
        self.set(self.small.len() - 1, classes);
    }

    /// Window by window.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Classes> + ExactSizeIterator {
        (0..self.small.len()).map(|window| self.get(window))
    }

    /// Adds another's integrals, window by window, as far as both go.
    pub fn add(&mut self, other: &Self) {
        for (window, more) in other.iter().enumerate().take(self.small.len()) {
            let mut sum = self.get(window);
            sum.add(&more);
            self.set(window, sum);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_come_out_as_they_went_in_however_large() {
        let far = u128::from(u64::MAX);
        let of = |outdated, missing| Classes { current: 7, outdated, missing, lingering: 0 };
        let whole = Classes { current: far, outdated: far, missing: far, lingering: far };
        let all = [of(1, far - 1), of(far, 2), of(far + 1, 3), whole, of(0, 0)];
        let mut windows: ClassWindows = all.into_iter().collect();
        assert!(windows.iter().eq(all) && windows.large.len() == 2, "{windows:?}");
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
