//! Agreement: on how many addresses all enforcing points answer the same, at windows' ends.
//!
//! Knows which addresses were touched since they were last judged. Must not know time.

use super::witness::Witness;
use crate::ids::AddressId;

/// What is known and agreed on.
#[derive(Debug)]
pub(super) struct Agreement {
    /// Per window: agreed on, known.
    pub(super) windows: Vec<(u64, u64)>,
    agreed: u64,
    known: u64,
    judged: Vec<(bool, bool)>,
    is_stale: Vec<bool>,
    stale: Vec<AddressId>,
}

impl Agreement {
    /// Nothing judged yet.
    pub(super) fn new(addresses: usize) -> Self {
        let mut agreement = Self {
            windows: Vec::new(),
            agreed: 0,
            known: 0,
            judged: vec![(false, false); addresses],
            is_stale: vec![false; addresses],
            stale: Vec::new(),
        };
        agreement.touch_all();
        agreement
    }

    /// An answer or the truth of `address` may have changed.
    pub(super) fn touch(&mut self, address: AddressId) {
        if !std::mem::replace(&mut self.is_stale[address.index()], true) {
            self.stale.push(address);
        }
    }

    /// Somebody enforces, or no longer.
    pub(super) fn touch_all(&mut self) {
        for index in 0..self.is_stale.len() {
            self.touch(AddressId::new(index));
        }
    }

    fn judge(&mut self, address: AddressId, verdict: (bool, bool)) {
        let old = std::mem::replace(&mut self.judged[address.index()], verdict);
        self.is_stale[address.index()] = false;
        self.agreed = self.agreed + u64::from(verdict.0) - u64::from(old.0);
        self.known = self.known + u64::from(verdict.1) - u64::from(old.1);
    }
}

impl Witness {
    /// A window ends now.
    pub(super) fn count_agreement(&mut self) {
        if self.now <= self.measure_from {
            self.agreement.windows.push((0, 0));
            return;
        }
        for address in std::mem::take(&mut self.agreement.stale) {
            let verdict = self.agree(address);
            self.agreement.judge(address, verdict);
        }
        self.agreement.windows.push((self.agreement.agreed, self.agreement.known));
    }

    /// Whether all who enforce agree on `address`, and whether anybody knows it.
    fn agree(&self, address: AddressId) -> (bool, bool) {
        let asked = (0..self.paths.rows.len())
            .filter(|row| self.fleet.enforces(*row) && self.cell(*row, address).in_scope);
        let mut answers = asked.map(|row| self.tables.answer(self.paths.rows[row], address));
        let first = answers.next();
        let same = answers.all(|answer| Some(answer) == first);
        let known = self.truth.fact(address).user().is_some() || !same || first.flatten().is_some();
        (known && same, known)
    }
}
