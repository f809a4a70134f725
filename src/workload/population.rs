//! A population with working days, made real: names, visits, addresses, what is noticed.
//!
//! Knows sites, users and sources. Must not know firewalls or sessions. Synthetic by intent: the
//! shape is the known one (about one log-on per user and day, a morning peak), the people are not real.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::ids::{AddressId, UserId};
use crate::problem::Problem;
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::addresses::{Hosts, overlap};
use super::generate::{EVENTS_MAX, Noticed, too_much};
use super::keepers::Keepers;
use super::leases::Leases;
use super::sightings::{Listeners, Watch};
use super::visits::{DAY_NANOS, Planner, Visit};
use super::{Population, Stay, Truth, Workload};

/// The workload of `population`.
///
/// Users are named `SITE-user-N`, site by site, and service accounts `svc-N` after them. A user who is
/// there at virtual zero has a stay from then on, and nobody noticed his coming.
pub(super) fn generate(
    population: &Population,
    duration: Span,
    seed: Seed,
) -> Result<Workload, Vec<Problem>> {
    check(population, duration)?;
    let horizon = i128::from(duration.nanos());
    let (mut users, homes) = people(population);
    let planner = Planner { population, seed, horizon };
    let mut visits = Vec::new();
    for (index, home) in homes.iter().enumerate() {
        visits.extend(planner.visits(UserId::new(index), &users[index], *home));
    }
    let mut hosts = lease(population, seed, &visits)?;
    // What lies outside the run has had its addresses; its memory goes to the updates.
    let mut within = visits.iter().map(|visit| is_within(visit, horizon)).collect::<Vec<bool>>().into_iter();
    hosts.retain(|_| within.next().unwrap_or(false));
    visits.retain(|visit| is_within(visit, horizon));
    hosts.shrink_to_fit();
    visits.shrink_to_fit();
    let (addresses, ids) = number(population, &visits, &hosts);
    let mut noticed = Noticed::until(Instant::after_start(duration));
    let mut stays = Vec::new();
    let listeners: Vec<Listeners<'_>> =
        (0..population.sites.len()).map(|site| Listeners::of(population, site)).collect();
    let keepers = Keepers::of(population, seed);
    let mut next = 0;
    // Users come one after the other, each with all his visits.
    for visits in visits.chunk_by(|one, other| one.user == other.user) {
        let name = &users[visits[0].user.index()];
        let mut watch = Watch::new(population, seed, name, homes.len());
        let kept_by = keepers.as_ref().map(|keepers| keepers.assign(name, visits));
        let mut at = Vec::new();
        for (position, visit) in visits.iter().enumerate() {
            let host = hosts[next];
            next += 1;
            let address = ids[visit.site][host].expect("every host of a visit within the run has a number");
            stays.push(stay(population, visit, address));
            if kept_by.as_ref().is_none_or(|kept_by| kept_by[position].is_none()) {
                watch.watch(visit, address, &listeners[visit.site], horizon, &mut noticed);
            }
            at.push((*visit, address));
        }
        if let (Some(keepers), Some(kept_by)) = (&keepers, &kept_by) {
            keepers.tell(name, &at, kept_by, horizon, &mut noticed);
        }
    }
    stays.sort_by_key(|stay| (stay.start, stay.address));
    let accounts = population.service.as_ref().map_or(0, |service| service.accounts);
    users.extend((1..=accounts).map(|k| format!("svc-{k}")));
    let updates = noticed.finish().map_err(|problem| vec![problem])?;
    Ok(Workload {
        threats: Arc::default(),
        addresses,
        users,
        stays,
        updates: updates.into(),
        truth: Truth::Generated,
        remarks: Vec::new(),
    })
}

fn check(population: &Population, duration: Span) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let nanos = u128::from(population.start.nanos()) + u128::from(duration.nanos());
    let days = nanos / DAY_NANOS.unsigned_abs() + 2;
    let users: u128 = population.sites.iter().map(|site| u128::from(site.users)).sum();
    let accounts = population.service.as_ref().map_or(0, |service| u128::from(service.accounts));
    if users.saturating_mul(days).saturating_add(accounts) > EVENTS_MAX as u128 {
        problems.push(too_much());
    }
    let gaps = [Some(&population.refresh_gap), population.service.as_ref().map(|service| &service.gap)];
    if gaps.into_iter().flatten().any(crate::random::Distribution::is_zero) {
        problems.push(Problem {
            code: "zero-gap",
            fact: "refreshes or service log-ons follow each other without any time between".to_owned(),
            hint: "write a gap such as \"1h\"".to_owned(),
            place: None,
        });
    }
    let networks: Vec<(usize, IpNet)> = population
        .sites
        .iter()
        .enumerate()
        .flat_map(|(site, people)| people.networks.iter().map(move |network| (site, *network)))
        .collect();
    let plain: Vec<IpNet> = networks.iter().map(|(_, network)| *network).collect();
    if let Some((one, other)) = overlap(&plain) {
        let name =
            |index: usize| format!("{} of site {}", plain[index], population.sites[networks[index].0].name);
        problems.push(Problem {
            code: "overlapping-networks",
            fact: format!("the networks {} and {} share addresses", name(one), name(other)),
            hint: "a user's address must belong to one site".to_owned(),
            place: None,
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Every user's name and the position of his site.
fn people(population: &Population) -> (Vec<String>, Vec<usize>) {
    let sites = population.sites.iter().enumerate();
    sites
        .flat_map(|(index, site)| (1..=site.users).map(move |k| (format!("{}-user-{k}", site.name), index)))
        .unzip()
}

/// The number of each visit's address within its site.
fn lease(population: &Population, seed: Seed, visits: &[Visit]) -> Result<Vec<usize>, Vec<Problem>> {
    let mut by_site: Vec<Vec<usize>> = vec![Vec::new(); population.sites.len()];
    for (index, visit) in visits.iter().enumerate() {
        by_site[visit.site].push(index);
    }
    let mut hosts = vec![0; visits.len()];
    let mut problems = Vec::new();
    for (site, mut order) in population.sites.iter().zip(by_site) {
        order.sort_by_key(|index| (visits[*index].start, *index));
        let count = Hosts::new(&site.networks).count();
        let choice = seed.stream(&site.name, "leases");
        let resting = seed.stream(&site.name, "lease rest");
        let mut leases = Leases::new(count, &population.lease_rest, choice, resting);
        for index in order {
            match leases.take(&visits[index]) {
                Some(host) => hosts[index] = host,
                None => {
                    problems.push(out_of_addresses(&site.name, count, visits[index].start));
                    break;
                }
            }
        }
    }
    if problems.is_empty() { Ok(hosts) } else { Err(problems) }
}

fn out_of_addresses(site: &str, count: u128, at: i128) -> Problem {
    let when = match u64::try_from(at) {
        Ok(nanos) => format!("{} after the start", Span::from_nanos(nanos)),
        Err(_) => "before the start".to_owned(),
    };
    Problem {
        code: "out-of-addresses",
        fact: format!("site {site} runs out of addresses {when}: all {count} are leased or resting"),
        hint: "larger networks, fewer users or a shorter lease rest".to_owned(),
        place: None,
    }
}

/// Numbers the addresses that stays name: site by site, in the order in which they were first leased.
fn number(
    population: &Population,
    visits: &[Visit],
    hosts: &[usize],
) -> (Vec<IpAddr>, Vec<Vec<Option<AddressId>>>) {
    let mut ids: Vec<Vec<Option<AddressId>>> = vec![Vec::new(); population.sites.len()];
    for (visit, host) in visits.iter().zip(hosts) {
        let of_site = &mut ids[visit.site];
        // Hosts are opened one after the other, so few below the highest are nobody's.
        of_site.resize(of_site.len().max(host + 1), None);
        of_site[*host] = Some(AddressId::new(0));
    }
    let mut addresses = Vec::new();
    for (of_site, people) in ids.iter_mut().zip(&population.sites) {
        let hosts = Hosts::new(&people.networks);
        for (host, id) in of_site.iter_mut().enumerate().filter(|(_, id)| id.is_some()) {
            *id = Some(AddressId::new(addresses.len()));
            addresses.push(hosts.get(host as u128).expect("leases stay below the count of hosts"));
        }
    }
    (addresses, ids)
}

fn is_within(visit: &Visit, horizon: i128) -> bool {
    visit.end > 0 && visit.start <= horizon
}

fn stay(population: &Population, visit: &Visit, address: AddressId) -> Stay {
    let instant = |at: i128| Instant::from_nanos(u64::try_from(at.max(0)).unwrap_or(u64::MAX));
    Stay {
        user: visit.user,
        address,
        site: population.sites[visit.site].site,
        start: instant(visit.start),
        end: instant(visit.end),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::SiteId;
    use crate::random::Distribution;
    use crate::units::Ratio;
    use crate::workload::laws::{at_hours, check, count, hours, people, percent, site, stays_of, two_sites};
    use crate::workload::{Event, Spec, Storm, Update, generate};

    #[test]
    fn a_seed_gives_one_workload_and_another_seed_another() {
        let shape = |seed| {
            let workload = people(&two_sites(), 48, seed);
            format!("{:?} {:?} {:?}", workload.stays, workload.updates, workload.addresses)
        };
        assert_eq!(shape(1), shape(1));
        assert_ne!(shape(1), shape(2));
    }

    #[test]
    fn log_ons_peak_in_the_morning() {
        let mut population = two_sites();
        (population.day.breaks, population.roaming) = (Ratio::ZERO, Ratio::ZERO);
        let workload = people(&population, 24, 1);
        let all = count(&workload, Event::LogOn);
        let is_early = |at: Instant| at >= at_hours(1) && at < at_hours(3);
        let early = workload.updates.iter().flatten();
        let early =
            early.filter(|update| update.event() == Event::LogOn && is_early(update.occurred)).count();
        // 07 to 09 h is two standard deviations to either side: 95.4 %.
        assert_eq!(all, 600);
        assert!((550..=595).contains(&early), "{early}");
    }

    #[test]
    fn one_more_site_leaves_the_others_alone() {
        let mut population = two_sites();
        population.roaming = Ratio::ZERO;
        let before = people(&population, 48, 1);
        population.sites.push(site(2, "west", 50));
        let after = people(&population, 48, 1);
        for name in ["north", "south"] {
            assert_eq!(stays_of(&before, name), stays_of(&after, name));
        }
        assert!(!stays_of(&after, "west").is_empty());
        let only = |workload: &Workload| {
            let updates =
                workload.updates.iter().flatten().filter(|update| update.event() != Event::ServiceLogOn);
            updates.copied().collect::<Vec<_>>()
        };
        // Nobody listens at the new site.
        assert_eq!(only(&before), only(&after));
    }

    #[test]
    fn a_longer_run_begins_as_the_shorter_did() {
        let (short, long) = (people(&two_sites(), 30, 1), people(&two_sites(), 60, 1));
        for (short, long) in short.updates.iter().zip(long.updates.iter()) {
            let simple = |updates: &[Update]| {
                updates
                    .iter()
                    .map(|update| (update.occurred, update.user(), update.event()))
                    .collect::<Vec<_>>()
            };
            assert!(simple(long).starts_with(&simple(short)));
        }
    }

    #[test]
    fn who_is_there_at_the_start_was_not_seen_coming() {
        let mut population = two_sites();
        population.start = hours(12);
        let workload = people(&population, 1, 1);
        let there = workload.stays.iter().filter(|stay| stay.start == Instant::ZERO).count();
        assert!((450..=600).contains(&there), "{there}");
        assert!(workload.updates.iter().flatten().all(|update| update.occurred > Instant::ZERO));
    }

    #[test]
    fn a_site_without_addresses_left_is_named() {
        let mut population = two_sites();
        population.sites[1].networks = vec!["192.0.2.0/25".parse().expect("a network")];
        let no_files = |_: &std::path::Path| Err(String::new());
        let problems = generate(&Spec::Population(population.clone()), hours(12), Seed(1), &no_files);
        let problems = problems.expect_err("126 hosts for 200 users");
        assert_eq!(problems[0].code, "out-of-addresses");
        assert!(problems[0].fact.contains("site south") && problems[0].fact.contains("all 126"));
        let mut crowded = population.clone();
        crowded.sites[1].users = u32::MAX;
        let problems = generate(&Spec::Population(crowded), hours(12), Seed(1), &no_files);
        assert_eq!(problems.expect_err("billions")[0].code, "workload-too-large");
        population.sites[1].networks = vec!["10.0.8.0/24".parse().expect("a network")];
        let problems = generate(&Spec::Population(population), hours(12), Seed(1), &no_files);
        assert_eq!(problems.expect_err("shared with north")[0].code, "overlapping-networks");
    }

    #[test]
    fn one_more_site_wins_roamers_and_moves_nobody_else() {
        let mut population = two_sites();
        population.day.breaks = Ratio::ZERO;
        population.sites.push(site(2, "west", 50));
        let trips = |population: &Population| {
            let workload = people(population, 24, 1);
            let mut trips: BTreeMap<String, Vec<(Instant, SiteId)>> = BTreeMap::new();
            for stay in &workload.stays {
                trips
                    .entry(workload.users[stay.user.index()].clone())
                    .or_default()
                    .push((stay.start, stay.site));
            }
            trips
        };
        let before = trips(&population);
        population.sites.push(site(3, "east", 0));
        let after = trips(&population);
        let changed: Vec<&String> = before.keys().filter(|user| before[*user] != after[*user]).collect();
        assert!((10..=40).contains(&changed.len()), "{}", changed.len());
        for user in changed {
            assert!(after[user].iter().any(|(_, site)| *site == SiteId::new(3)), "{user}");
        }
    }

    fn span(hours_max: u64) -> impl Strategy<Value = Span> {
        prop_oneof![Just(Span::ZERO), (0..hours_max * 3_600_000).prop_map(Span::from_millis)]
    }

    fn lengths() -> impl Strategy<Value = Distribution> {
        prop_oneof![
            span(40).prop_map(Distribution::Constant),
            span(40).prop_map(|mean| Distribution::Exponential { mean }),
            (span(9), 0.5..3.0).prop_map(|(scale, shape)| Distribution::Pareto { scale, shape }),
        ]
    }

    prop_compose! {
        fn populations()(
            users in 0_u32..40,
            prefix in 25_u8..=32,
            (log_on, log_on_deviation, start) in (span(24), span(12), span(24)),
            (length, break_length, lease_rest) in (lengths(), lengths(), lengths()),
            shares in prop::array::uniform4(0_u32..=100),
            storm in prop::option::of((span(48), span(3))),
            has_one_site in any::<bool>(),
        ) -> Population {
            let mut population = two_sites();
            population.sites.truncate(2 - usize::from(has_one_site));
            for (index, site) in population.sites.iter_mut().enumerate() {
                site.users = users;
                site.networks = vec![format!("10.{index}.0.0/{prefix}").parse().expect("a network")];
            }
            let [breaks, roaming, log_offs, joining] = shares.map(percent);
            let day = &mut population.day;
            (day.log_on, day.log_on_deviation, day.length) = (log_on, log_on_deviation, length);
            (day.breaks, day.break_length) = (breaks, break_length);
            (population.roaming, population.log_off_observed, population.start) = (roaming, log_offs, start);
            population.lease_rest = lease_rest;
            let storm = storm.map(|(at, within)| (Instant::after_start(at), within));
            population.storms.extend(storm.map(|(at, within)| Storm {
                name: "storm".to_owned(), at, within, site: None, share: joining,
            }));
            population
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn every_population_keeps_the_laws(population in populations(), seed in any::<u64>()) {
            let no_files = |_: &std::path::Path| Err(String::new());
            match generate(&Spec::Population(population.clone()), hours(60), Seed(seed), &no_files) {
                Ok(workload) => {
                    check(&workload, hours(60));
                    let mut until = vec![Instant::ZERO; workload.users.len()];
                    for stay in &workload.stays {
                        prop_assert!(until[stay.user.index()] <= stay.start, "in two places: {stay:?}");
                        until[stay.user.index()] = stay.end;
                    }
                }
                Err(problems) => {
                    let held = Hosts::new(&population.sites[0].networks).count();
                    prop_assert!(problems.iter().all(|problem| problem.code == "out-of-addresses"));
                    prop_assert!(held < 128, "{held} hosts for {} users", population.sites[0].users);
                }
            }
        }
    }
}
