//! Leases: who gets which address of a site, and when somebody else may have it.
//!
//! Knows one site's visits in time order. Must not know other sites, days or sources.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::ids::UserId;
use crate::random::{Distribution, Stream};

use super::visits::Visit;

/// The addresses of one site.
///
/// Who comes back before his last address has rested gets it again. Everybody else gets one that has
/// rested, drawn among all such, so that addresses do change hands; only when there is none is a new
/// one opened, the lowest. So a site uses no more addresses than it needs, however large its networks.
pub(super) struct Leases<'a> {
    hosts: u128,
    rest: &'a Distribution,
    /// For choosing among the free addresses and for how long they rest.
    choice: Stream,
    resting: Stream,
    opened: Vec<Lease>,
    free: Vec<usize>,
    /// Addresses that are leased or rest, by the instant from which on anybody may have them, and
    /// the lease that this is the rest of.
    taken: BinaryHeap<Reverse<(i128, usize, u32)>>,
    /// Each user's last address here. Its order is never looked at.
    last: HashMap<UserId, usize, FixedState>,
}

#[derive(Clone, Copy)]
struct Lease {
    user: UserId,
    end: i128,
    /// From when on anybody may have the address.
    free_from: i128,
    /// How many leases of the address there were before.
    before: u32,
}

impl<'a> Leases<'a> {
    /// A site with `hosts` addresses, each of which rests as `rest` says.
    pub(super) fn new(hosts: u128, rest: &'a Distribution, choice: Stream, resting: Stream) -> Self {
        Self {
            hosts,
            rest,
            choice,
            resting,
            opened: Vec::new(),
            free: Vec::new(),
            taken: BinaryHeap::new(),
            last: HashMap::default(),
        }
    }

    /// The number of the address for `visit`, which begins no earlier than the one asked for before;
    /// `None` when every address is leased or rests.
    pub(super) fn take(&mut self, visit: &Visit) -> Option<usize> {
        self.free_rested(visit.start);
        let own = self.last.get(&visit.user).copied();
        let reserved = own.filter(|host| !visit.moved && self.is_reserved(*host, visit));
        let host = reserved.or_else(|| self.free_host(own.filter(|_| visit.moved)))?;
        let free_from = visit.end + i128::from(self.rest.draw(&mut self.resting).nanos());
        let lease = Lease { user: visit.user, end: visit.end, free_from, before: 0 };
        match self.opened.get_mut(host) {
            Some(slot) => *slot = Lease { before: slot.before + 1, ..lease },
            None => self.opened.push(lease),
        }
        self.taken.push(Reverse((free_from, host, self.opened[host].before)));
        self.last.insert(visit.user, host);
        Some(host)
    }

    fn free_rested(&mut self, now: i128) {
        while let Some(Reverse((from, host, before))) = self.taken.peek().copied() {
            if from > now {
                break;
            }
            self.taken.pop();
            // A lease that its user came back to is no longer the address's last.
            if self.opened[host].before == before {
                self.free.push(host);
            }
        }
    }

    fn is_reserved(&self, host: usize, visit: &Visit) -> bool {
        let lease = self.opened[host];
        lease.user == visit.user && lease.end <= visit.start && lease.free_from > visit.start
    }

    /// A free address other than `avoid`.
    fn free_host(&mut self, avoid: Option<usize>) -> Option<usize> {
        let avoid = avoid.and_then(|host| self.free.iter().position(|free| *free == host));
        let choices = self.free.len() - usize::from(avoid.is_some());
        if choices > 0 {
            let mut index = self.choice.below(choices as u64) as usize;
            if avoid.is_some_and(|avoid| index >= avoid) {
                index += 1;
            }
            return Some(self.free.swap_remove(index));
        }
        ((self.opened.len() as u128) < self.hosts).then_some(self.opened.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ids::SiteId;
    use crate::random::Seed;
    use crate::units::{Ratio, Span};
    use crate::workload::Stay;
    use crate::workload::laws::{hours, people, two_sites};

    #[test]
    fn addresses_change_hands_after_their_rest() {
        let workload = people(&two_sites(), 72, 1);
        let mut last: BTreeMap<_, &Stay> = BTreeMap::new();
        let mut by_others = 0;
        for stay in &workload.stays {
            if let Some(before) = last.insert(stay.address, stay)
                && before.user != stay.user
            {
                assert!(stay.start >= before.end + hours(1), "{stay:?} follows {before:?}");
                by_others += 1;
            }
        }
        assert!(by_others > workload.stays.len() / 3, "{by_others} of {}", workload.stays.len());
        assert!(workload.addresses.len() < 1_200);
    }

    fn visit(user: usize, start: i128, end: i128, moved: bool) -> Visit {
        Visit { user: UserId::new(user), site: 0, start, end, moved }
    }

    #[test]
    fn who_comes_back_in_time_gets_his_address_again() {
        let rest = Distribution::Constant(Span::from_nanos(10));
        let seed = Seed(1);
        let mut leases = Leases::new(2, &rest, seed.stream("site", "leases"), seed.stream("site", "rest"));
        assert_eq!(leases.take(&visit(1, 0, 5, false)), Some(0));
        assert_eq!(leases.take(&visit(1, 9, 20, false)), Some(0));
        assert_eq!(leases.take(&visit(2, 15, 16, false)), Some(1));
        // The first lease would have been free from 15 on; the second rests until 30.
        assert_eq!(leases.take(&visit(3, 20, 21, false)), None);
        assert_eq!(leases.take(&visit(3, 26, 28, false)), Some(1));
        assert_eq!(leases.take(&visit(4, 30, 31, false)), Some(0));
    }

    #[test]
    fn who_moves_gets_another_address() {
        let mut population = two_sites();
        population.sites.truncate(1);
        population.roaming = Ratio::from_parts_per_billion(Ratio::WHOLE).expect("the whole");
        for rest in [hours(0), hours(1)] {
            population.lease_rest = Distribution::Constant(rest);
            let workload = people(&population, 24, 1);
            let mut last: BTreeMap<UserId, &Stay> = BTreeMap::new();
            let mut moves = 0;
            for stay in &workload.stays {
                if let Some(before) = last.insert(stay.user, stay)
                    && before.end == stay.start
                {
                    assert_ne!(before.address, stay.address);
                    moves += 1;
                }
            }
            assert!((398..=400).contains(&moves), "{moves}");
            assert!(workload.stays.iter().all(|stay| stay.site == SiteId::new(0)));
        }
    }
}
