//! Arrivals: log-ons with drawn gaps on addresses taken in turn, for theory and single mechanisms.
//!
//! Knows one source and one network. Must not know days or habits.

use std::sync::Arc;

use crate::ids::{AddressId, UserId};
use crate::problem::Problem;
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::addresses::Hosts;
use super::generate::Noticed;
use super::telling::{Kept, Luck, told};
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
    noticed.check().map_err(|problem| vec![problem])?;
    let mut lengths = seed.stream("arrivals", "stay");
    let mut log_off = seed.stream("arrivals", "log-off");
    let mut stays = Vec::with_capacity(starts.len());
    let users: Vec<String> = (1..=starts.len()).map(|number| format!("user-{number}")).collect();
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
        let own_draws = (seed, users[index].as_str());
        if arrivals.telling.keeps_sessions() {
            keep(arrivals, &stay, own_draws, end, &mut noticed);
            stays.extend(Some(stay).filter(|stay| stay.start < stay.end));
            continue;
        }
        watch(arrivals, &stay, is_seen && own.is_some_and(|own| own < next), own_draws, &mut noticed);
        if stay.start < stay.end {
            stays.push(stay);
        }
    }
    stays.sort_by_key(|stay| (stay.start, stay.address));
    let used = count.min(starts.len());
    let addresses = (0..used).map(|i| hosts.get(i as u128).expect("checked above")).collect();
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

/// The source keeps a session for each stay.
fn keep(arrivals: &Arrivals, stay: &Stay, (seed, name): (Seed, &str), end: Instant, noticed: &mut Noticed) {
    let nanos = |at: Instant| i128::from(at.nanos());
    let kept = Kept { start: nanos(stay.start), end: nanos(stay.end), next: None, horizon: nanos(end) };
    let mut luck = Luck { again: seed.stream(name, "again"), leaving: seed.stream(name, "leaving") };
    for (at, event) in told(&arrivals.telling, kept, &mut luck, noticed) {
        let occurred = Instant::from_nanos(u64::try_from(at).unwrap_or(u64::MAX));
        let update = Update::new(occurred, stay.address, Some(stay.user), event);
        noticed.add(arrivals.source, update);
    }
}

fn watch(arrivals: &Arrivals, stay: &Stay, is_seen: bool, (seed, name): (Seed, &str), noticed: &mut Noticed) {
    let add = |occurred, event, noticed: &mut Noticed| {
        let update = Update::new(occurred, stay.address, Some(stay.user), event);
        noticed.add(arrivals.source, update);
    };
    add(stay.start, Event::LogOn, noticed);
    if let Some(gap) = &arrivals.refresh_gap {
        let mut refresh = seed.stream(name, "refresh");
        let mut at = stay.start.later(gap.draw(&mut refresh));
        while at < stay.end && noticed.is_running(at) && noticed.spend() {
            add(at, Event::Refresh, noticed);
            at = at.later(gap.draw(&mut refresh));
        }
    }
    if is_seen {
        add(stay.end, Event::LogOff, noticed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{NodeId, SiteId};
    use crate::random::Distribution;
    use crate::workload::laws::{count, hours, made, percent};
    use crate::workload::{Spec, Telling, generate};

    fn arrivals() -> Arrivals {
        Arrivals {
            network: "2001:db8::/64".parse().expect("a network"),
            addresses: 10,
            gap: Distribution::Constant(Span::from_seconds(10)),
            stay: None,
            refresh_gap: None,
            log_off_observed: percent(100),
            source: NodeId::new(1),
            site: SiteId::new(0),
            telling: Telling::default(),
        }
    }

    #[test]
    fn arrivals_take_addresses_in_turn_and_end_the_stay_before() {
        let workload = made(&Spec::Arrivals(arrivals()), 1, 1);
        assert_eq!((workload.stays.len(), workload.addresses.len()), (360, 10));
        for (index, stay) in workload.stays.iter().enumerate() {
            assert_eq!(stay.start, Instant::after_start(Span::from_seconds(10 * (index as u64 + 1))));
            assert_eq!((stay.user.index(), stay.address.index()), (index, index % 10));
            let end = if index < 350 { stay.start + Span::from_seconds(100) } else { Instant::NEVER };
            assert_eq!(stay.end, end);
        }
        assert_eq!((count(&workload, Event::LogOn), count(&workload, Event::LogOff)), (360, 0));
        assert_eq!(workload.users[359], "user-360");
    }

    #[test]
    fn arrivals_with_a_stay_leave_by_themselves() {
        let mut spec = arrivals();
        spec.stay = Some(Distribution::Constant(Span::from_seconds(40)));
        spec.refresh_gap = Some(Distribution::Constant(Span::from_seconds(15)));
        let workload = made(&Spec::Arrivals(spec), 1, 1);
        assert!(workload.stays.iter().all(|stay| stay.end == stay.start + Span::from_seconds(40)));
        // Log-offs of the first 356; refreshes 15 and 30 s after each log-on, cut at 3,600 s.
        assert_eq!((count(&workload, Event::LogOff), count(&workload, Event::Refresh)), (356, 358 + 357));
    }

    #[test]
    fn arrivals_that_cannot_be_are_problems() {
        let code = |spec: Arrivals| {
            let problems = generate(&Spec::Arrivals(spec), hours(1), Seed(1), &|_| Err(String::new()));
            problems.expect_err("cannot be")[0].code
        };
        let narrow = "10.0.0.0/29".parse().expect("a network");
        assert_eq!(code(Arrivals { network: narrow, ..arrivals() }), "out-of-addresses");
        assert_eq!(code(Arrivals { addresses: 0, ..arrivals() }), "out-of-addresses");
        assert_eq!(code(Arrivals { gap: Distribution::ZERO, ..arrivals() }), "zero-gap");
        let dense = Distribution::Constant(Span::from_nanos(1));
        assert_eq!(code(Arrivals { gap: dense, ..arrivals() }), "workload-too-large");
    }
}
