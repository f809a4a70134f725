//! Classes: what an entry is against the truth, or against its authority's.

/// The integral of each class's count of addresses. Units: address-nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// The right user.
    pub current: u128,
    /// Another user.
    pub outdated: u128,
    /// Nobody, where somebody is.
    pub missing: u128,
    /// Somebody, where nobody is.
    pub lingering: u128,
}

impl Classes {
    /// All address-nanoseconds.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.current + self.outdated + self.missing + self.lingering
    }

    /// The share that is current; 1 where no address is known at all.
    #[must_use]
    pub fn consistency(&self) -> f64 {
        if self.total() == 0 { 1.0 } else { self.current as f64 / self.total() as f64 }
    }

    /// Adds another's integrals.
    pub fn add(&mut self, other: &Self) {
        self.current += other.current;
        self.outdated += other.outdated;
        self.missing += other.missing;
        self.lingering += other.lingering;
    }
}
