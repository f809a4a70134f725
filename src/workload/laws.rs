//! What holds for every workload, and what the room's tests share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{
    Event, Population, Service, SitePopulation, SourceReach, Spec, Stay, Telling, WorkingDay, Workload,
    generate,
};
use crate::ids::{NodeId, SiteId};
use crate::random::{Distribution, Seed};
use crate::units::{Instant, Ratio, Span};

pub(super) fn hours(hours: u64) -> Span {
    Span::from_seconds(3_600 * hours)
}

pub(super) fn at_hours(h: u64) -> Instant {
    Instant::after_start(hours(h))
}

pub(super) fn percent(percent: u32) -> Ratio {
    Ratio::from_parts_per_billion(percent * 10_000_000).expect("at most the whole")
}

pub(super) fn made(spec: &Spec, hours_long: u64, seed: u64) -> Workload {
    let no_files = |_: &Path| Err("no files here".to_owned());
    let workload = generate(spec, hours(hours_long), Seed(seed), &no_files).expect("it can be had");
    check(&workload, hours(hours_long));
    workload
}

/// The laws of every workload.
pub(super) fn check(workload: &Workload, duration: Span) {
    let end = Instant::after_start(duration);
    let mut until: BTreeMap<_, Instant> = BTreeMap::new();
    for pair in workload.stays.windows(2) {
        assert!((pair[0].start, pair[0].address) < (pair[1].start, pair[1].address));
    }
    for stay in &workload.stays {
        assert!(stay.start < stay.end && stay.start <= end, "{stay:?}");
        assert!(until.get(&stay.address).is_none_or(|last| *last <= stay.start), "overlap: {stay:?}");
        until.insert(stay.address, stay.end);
        assert!(stay.user.index() < workload.users.len());
        assert!(stay.address.index() < workload.addresses.len());
    }
    for update in workload.updates.iter().flatten() {
        assert!(update.occurred <= end);
        assert!(update.user().is_none_or(|user| user.index() < workload.users.len()));
        assert!(update.address.index() < workload.addresses.len());
    }
    for list in workload.updates.iter() {
        assert!(list.windows(2).all(|pair| pair[0].occurred <= pair[1].occurred));
    }
    assert_eq!(workload.users.iter().collect::<BTreeSet<_>>().len(), workload.users.len());
    assert_eq!(workload.addresses.iter().collect::<BTreeSet<_>>().len(), workload.addresses.len());
}

pub(super) fn count(workload: &Workload, event: Event) -> usize {
    workload.updates.iter().flatten().filter(|update| update.event() == event).count()
}

pub(super) fn site(index: usize, name: &str, users: u32) -> SitePopulation {
    let network = format!("10.{index}.0.0/20").parse().expect("a network");
    SitePopulation { site: SiteId::new(index), name: name.to_owned(), users, networks: vec![network] }
}

pub(super) fn two_sites() -> Population {
    let both = vec![SiteId::new(0), SiteId::new(1)];
    Population {
        sites: vec![site(0, "north", 400), site(1, "south", 200)],
        sources: vec![
            SourceReach { source: NodeId::new(2), sites: both, weight: 1, telling: Telling::default() },
            SourceReach {
                source: NodeId::new(4),
                sites: vec![SiteId::new(1)],
                weight: 3,
                telling: Telling::default(),
            },
        ],
        day: WorkingDay {
            log_on: hours(8),
            log_on_deviation: Span::from_seconds(1_800),
            length: Distribution::Normal { mean: hours(9), deviation: hours(1) },
            breaks: percent(50),
            break_length: Distribution::Exponential { mean: hours(1) },
        },
        refresh_gap: Distribution::Exponential { mean: hours(2) },
        log_off_observed: percent(20),
        roaming: percent(10),
        lease_rest: Distribution::Constant(hours(1)),
        service: Some(Service { accounts: 3, gap: Distribution::Exponential { mean: hours(6) } }),
        storms: Vec::new(),
        start: hours(6),
    }
}

pub(super) fn people(population: &Population, hours_long: u64, seed: u64) -> Workload {
    made(&Spec::Population(population.clone()), hours_long, seed)
}

/// A user's stays by name, without ids, which depend on who else is there.
pub(super) fn stays_of<'a>(workload: &'a Workload, name: &str) -> Vec<&'a Stay> {
    workload.stays.iter().filter(|stay| workload.users[stay.user.index()].starts_with(name)).collect()
}
