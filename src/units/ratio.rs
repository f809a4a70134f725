//! Ratio: a share between 0 and 1, exact to a billionth.

/// A share. Units: parts per billion, at most one billion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u32);

impl Ratio {
    /// Parts in the whole.
    pub const WHOLE: u32 = 1_000_000_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A share of `parts` in a billion; `None` above the whole.
    #[must_use]
    pub const fn from_parts_per_billion(parts: u32) -> Option<Self> {
        if parts <= Self::WHOLE { Some(Self(parts)) } else { None }
    }

    /// Parts per billion.
    #[must_use]
    pub const fn parts_per_billion(self) -> u32 {
        self.0
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(Self::WHOLE)
    }
}
