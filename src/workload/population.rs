//! A population with working days, made real: names, visits, addresses, what is noticed.
//!
//! Knows sites, users and sources. Must not know firewalls or sessions. Synthetic by intent: the
//! shape is the known one (about one log-on per user and day, a morning peak), the people are not real.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ids::{AddressId, UserId};
use crate::problem::Problem;
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::addresses::{Hosts, overlap};
use super::generate::{EVENTS_MAX, Noticed, too_much};
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
    let hosts = lease(population, seed, &visits)?;
    let (addresses, ids) = number(population, &visits, &hosts, horizon);
    let mut noticed = Noticed::until(Instant::after_start(duration));
    let mut stays = Vec::new();
    let listeners: Vec<Listeners> =
        (0..population.sites.len()).map(|site| Listeners::of(population, site)).collect();
    let mut watch = None;
    for (visit, host) in visits.iter().zip(&hosts) {
        let Some(address) = ids.get(&(visit.site, *host)).copied() else { continue };
        if !is_within(visit, horizon) {
            continue;
        }
        stays.push(stay(population, visit, address));
        if watch.as_ref().is_none_or(|(user, _)| *user != visit.user) {
            let name = &users[visit.user.index()];
            watch = Some((visit.user, Watch::new(population, seed, name, homes.len())));
        }
        if let Some((_, watch)) = &mut watch {
            watch.watch(visit, address, &listeners[visit.site], horizon, &mut noticed);
        }
    }
    stays.sort_by_key(|stay| (stay.start, stay.address));
    let accounts = population.service.as_ref().map_or(0, |service| service.accounts);
    users.extend((1..=accounts).map(|k| format!("svc-{k}")));
    let updates = noticed.finish()?;
    Ok(Workload { addresses, users, stays, updates, truth: Truth::Generated, remarks: Vec::new() })
}

fn check(population: &Population, duration: Span) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let nanos = u128::from(population.start.nanos()) + u128::from(duration.nanos());
    let days = nanos / DAY_NANOS.unsigned_abs() + 2;
    let users: u128 = population.sites.iter().map(|site| u128::from(site.users)).sum();
    if users.saturating_mul(days) > EVENTS_MAX as u128 {
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
    horizon: i128,
) -> (Vec<IpAddr>, BTreeMap<(usize, usize), AddressId>) {
    let mut ids = BTreeMap::new();
    for (visit, host) in visits.iter().zip(hosts).filter(|(visit, _)| is_within(visit, horizon)) {
        ids.insert((visit.site, *host), AddressId::new(0));
    }
    let mut addresses = Vec::with_capacity(ids.len());
    for ((site, host), id) in &mut ids {
        *id = AddressId::new(addresses.len());
        let hosts = Hosts::new(&population.sites[*site].networks);
        addresses.push(hosts.get(*host as u128).expect("leases stay below the count of hosts"));
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
