//! Probes: who would be found at each address if it were probed at each instant at which that may be.
//!
//! Knows stays. Must not know which addresses an agent has learned, so that most of it may never be asked.

use super::generate::{EVENTS_MAX, too_much};
use super::{Event, Update, Workload};
use crate::ids::{AddressId, NodeId};
use crate::problem::Problem;
use crate::units::{Instant, Span};

/// At which instants which address is due: each once in an interval, one after the other, evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// From one probe of an address to the next.
    pub interval: Span,
    /// How many addresses there are.
    pub addresses: usize,
}

impl Rounds {
    /// When the probe of this number is due, and its number; `None`: there is no address, or no such instant.
    #[must_use]
    pub fn at(&self, sequence: u64) -> Option<(Instant, u64)> {
        let all = u128::from(sequence) + 1;
        let nanos = (all * u128::from(self.interval.nanos())).checked_div(self.addresses as u128)?;
        u64::try_from(nanos).ok().map(|nanos| (Instant::from_nanos(nanos), sequence))
    }

    /// The first probe that is due after `now`.
    #[must_use]
    pub fn after(&self, now: Instant) -> Option<(Instant, u64)> {
        let passed = u128::from(now.nanos()) * self.addresses as u128;
        let mut sequence = u64::try_from(passed.checked_div(u128::from(self.interval.nanos()))?).ok()?;
        sequence = sequence.saturating_sub(1);
        while self.at(sequence)?.0 <= now {
            sequence += 1;
        }
        self.at(sequence)
    }

    /// The address of the probe of this number.
    #[must_use]
    pub fn address(&self, sequence: u64) -> AddressId {
        AddressId::new((sequence % self.addresses as u64) as usize)
    }
}

/// Adds to a workload what would be found by probes of every address in rounds of `interval`, told by `clients`.
///
/// Errors: that would be more than a workload may hold.
pub fn probe(
    workload: &mut Workload,
    clients: NodeId,
    interval: Span,
    duration: Span,
) -> Result<(), Problem> {
    let rounds = Rounds { interval, addresses: workload.addresses.len() };
    let end = Instant::after_start(duration);
    let count = u128::from(duration.nanos()) * rounds.addresses as u128 / u128::from(interval.nanos().max(1));
    let known: usize = workload.updates.iter().map(Vec::len).sum();
    if count + known as u128 > EVENTS_MAX as u128 {
        return Err(too_much());
    }
    let mut stays: Vec<Vec<usize>> = vec![Vec::new(); rounds.addresses];
    for (index, stay) in workload.stays.iter().enumerate() {
        stays[stay.address.index()].push(index);
    }
    let mut found = Vec::new();
    while let Some((occurred, sequence)) = rounds.at(found.len() as u64).filter(|(at, _)| *at <= end) {
        let address = rounds.address(sequence);
        let here = &stays[address.index()];
        let begun = here.partition_point(|index| workload.stays[*index].start <= occurred);
        let last = begun.checked_sub(1).map(|last| workload.stays[here[last]]);
        let user = last.filter(|stay| occurred < stay.end).map(|stay| stay.user);
        let event = if user.is_some() { Event::Refresh } else { Event::LogOff };
        found.push(Update::new(occurred, address, user, event));
    }
    let mut updates = std::mem::take(&mut workload.updates);
    let lists = std::sync::Arc::make_mut(&mut updates);
    if lists.len() <= clients.index() {
        lists.resize_with(clients.index() + 1, Vec::new);
    }
    lists[clients.index()] = found;
    workload.updates = updates;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::laws::{hours, people, two_sites};

    #[test]
    fn rounds_name_each_address_once_and_go_on_after_any_instant() {
        let rounds = Rounds { interval: Span::from_seconds(10), addresses: 7 };
        let all: Vec<(Instant, u64)> = (0..50).filter_map(|n| rounds.at(n)).collect();
        assert_eq!(all[6].0, Instant::after_start(Span::from_seconds(10)));
        assert_eq!(all[20].0, Instant::after_start(Span::from_seconds(30)));
        for (now, _) in &all[..40] {
            for at in [*now, Instant::from_nanos(now.nanos() + 1), Instant::from_nanos(now.nanos() - 1)] {
                assert_eq!(rounds.after(at), all.iter().copied().find(|(due, _)| *due > at));
            }
        }
        assert_eq!(Rounds { addresses: 0, ..rounds }.at(0), None);
    }

    #[test]
    fn a_probe_finds_who_is_there() {
        let mut workload = people(&two_sites(), 24, 1);
        let (interval, clients) = (Span::from_seconds(1_200), NodeId::new(9));
        probe(&mut workload, clients, interval, hours(24)).expect("few");
        let found = &workload.updates[9];
        assert_eq!(found.len(), 72 * workload.addresses.len());
        for update in found.iter().step_by(17) {
            let is_there = |stay: &&super::super::Stay| {
                stay.address == update.address && stay.start <= update.occurred && update.occurred < stay.end
            };
            let truth = workload.stays.iter().find(is_there).map(|stay| stay.user);
            assert_eq!(update.user(), truth);
        }
        assert!(found.iter().any(|update| update.user().is_none()));
        assert!(probe(&mut workload, clients, Span::from_nanos(1_000), hours(24)).is_err());
    }
}
