//! Arrivals: log-ons with drawn gaps on addresses taken in turn, for theory and single mechanisms.
//!
//! Knows one source and one network. Must not know days or habits.

use crate::ids::{AddressId, UserId};
use crate::problem::Problem;
use crate::random::{Seed, Stream};
use crate::units::{Instant, Span};

use super::addresses::Hosts;
use super::generate::Noticed;
use super::{Arrivals, Event, Stay, Truth, Update, Workload};

/// The workload of `arrivals`.
///
/// Users are named `user-1`, `user-2`, … in the order in which they come. The last user of an address
/// stays for ever unless a stay is drawn. A user whose successor comes at the same instant has no stay,
/// yet his log-on is noticed.
pub(super) fn generate(arrivals: &Arrivals, duration: Span, seed: Seed) -> Result<Workload, Vec<Problem>> {
    let hosts = Hosts::new(std::slice::from_ref(&arrivals.network));
    check(arrivals, &hosts)?;
    let count = arrivals.addresses as usize;
    let end = Instant::after_start(duration);
    let mut noticed = Noticed::until(end);
    let starts = log_ons(arrivals, end, seed, &mut noticed);
    noticed.check()?;
    let mut lengths = seed.stream("arrivals", "stay");
    let mut log_off = seed.stream("arrivals", "log-off");
    let mut stays = Vec::new();
    for (index, start) in starts.iter().copied().enumerate() {
        let next = starts.get(index + count).copied().unwrap_or(Instant::NEVER);
        let own = arrivals.stay.as_ref().map(|stay| start.later(stay.draw(&mut lengths)));
        // One draw per user, whether it is needed or not, keeps users apart from each other.
        let is_seen = log_off.chance(arrivals.log_off_observed);
        let stay = Stay {
            user: UserId::new(index),
            address: AddressId::new(index % count),
            site: arrivals.site,
            start,
            end: own.unwrap_or(next).min(next),
        };
        // Refreshes are drawn until the run ends, so each user draws from his own stream.
        let mut refresh = seed.stream(&format!("user-{}", index + 1), "refresh");
        watch(arrivals, &stay, is_seen && own.is_some_and(|own| own < next), &mut refresh, &mut noticed);
        if stay.start < stay.end {
            stays.push(stay);
        }
    }
    stays.sort_by_key(|stay| (stay.start, stay.address));
    let used = count.min(starts.len());
    let addresses = (0..used).map(|i| hosts.get(i as u128).expect("checked above")).collect();
    let users = (1..=starts.len()).map(|k| format!("user-{k}")).collect();
    let updates = noticed.finish()?;
    Ok(Workload { addresses, users, stays, updates, truth: Truth::Generated, remarks: Vec::new() })
}

fn check(arrivals: &Arrivals, hosts: &Hosts) -> Result<(), Vec<Problem>> {
    let problem =
        |code, fact, hint: &str| Err(vec![Problem { code, fact, hint: hint.to_owned(), place: None }]);
    let (wanted, held) = (arrivals.addresses, hosts.count());
    if wanted == 0 || u128::from(wanted) > held {
        let fact = format!("{} holds {held} hosts, {wanted} addresses are asked for", arrivals.network);
        return problem("out-of-addresses", fact, "at least 1, at most as many as the network holds");
    }
    let gaps = [Some(&arrivals.gap), arrivals.refresh_gap.as_ref()];
    if gaps.into_iter().flatten().any(crate::random::Distribution::is_zero) {
        let fact = "log-ons or refreshes follow each other without any time between".to_owned();
        return problem("zero-gap", fact, "write a gap such as \"10s\"");
    }
    Ok(())
}

fn log_ons(arrivals: &Arrivals, end: Instant, seed: Seed, noticed: &mut Noticed) -> Vec<Instant> {
    let mut gaps = seed.stream("arrivals", "gap");
    let mut starts = Vec::new();
    let mut at = Instant::ZERO.later(arrivals.gap.draw(&mut gaps));
    while at <= end && noticed.spend() {
        starts.push(at);
        at = at.later(arrivals.gap.draw(&mut gaps));
    }
    starts
}

fn watch(arrivals: &Arrivals, stay: &Stay, is_seen: bool, refresh: &mut Stream, noticed: &mut Noticed) {
    let add = |occurred, event, noticed: &mut Noticed| {
        let update = Update { occurred, address: stay.address, user: Some(stay.user), event };
        noticed.add(arrivals.source, update);
    };
    add(stay.start, Event::LogOn, noticed);
    if let Some(gap) = &arrivals.refresh_gap {
        let mut at = stay.start.later(gap.draw(refresh));
        while at < stay.end && noticed.is_running(at) && noticed.spend() {
            add(at, Event::Refresh, noticed);
            at = at.later(gap.draw(refresh));
        }
    }
    if is_seen {
        add(stay.end, Event::LogOff, noticed);
    }
}
