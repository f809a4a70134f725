//! Sightings: what the sources notice of the users' stays.
//!
//! Knows stays, sites and the sources' reach. Must not know how an address was chosen.

use crate::ids::{AddressId, UserId};
use crate::random::{Seed, Stream};
use crate::units::Instant;

use super::generate::Noticed;
use super::visits::Visit;
use super::{Event, Population, SourceReach, Telling, Update};

/// The sources that notice single things at a site, with the running sum of their weights.
pub(super) struct Listeners<'a>(Vec<(u64, &'a SourceReach)>);

impl<'a> Listeners<'a> {
    /// Those of the site at position `site`.
    pub(super) fn of(population: &'a Population, site: usize) -> Self {
        let mut sum = 0;
        let here = population.sites[site].site;
        let notices = |reach: &&SourceReach| {
            let by_itself = matches!(reach.telling, Telling::Log { .. } | Telling::Noticing);
            by_itself && reach.weight > 0 && reach.sites.contains(&here)
        };
        let sum_up = |reach: &'a SourceReach| {
            sum += u64::from(reach.weight);
            (sum, reach)
        };
        Self(population.sources.iter().filter(notices).map(sum_up).collect())
    }

    /// One of them, by weight; `None` where nobody listens. Takes one draw either way.
    fn draw(&self, stream: &mut Stream) -> Option<&'a SourceReach> {
        let total = self.0.last().map_or(1, |(sum, _)| *sum);
        let drawn = stream.below(total);
        self.0.iter().find(|(sum, _)| drawn < *sum).map(|(_, reach)| *reach)
    }
}

/// Everything that can be noticed of one user, and what decides about it.
pub(super) struct Watch<'a> {
    population: &'a Population,
    first_service: usize,
    refresh: Stream,
    log_off: Stream,
    service: Stream,
    source: Stream,
    network_session: Stream,
}

impl<'a> Watch<'a> {
    /// Watches the user of this name. Service accounts have the ids from `first_service` on.
    pub(super) fn new(population: &'a Population, seed: Seed, name: &str, first_service: usize) -> Self {
        Self {
            population,
            first_service,
            refresh: seed.stream(name, "refresh"),
            log_off: seed.stream(name, "log-off"),
            service: seed.stream(name, "service"),
            source: seed.stream(name, "source"),
            network_session: seed.stream(name, "network session"),
        }
    }

    /// Adds to `noticed` what is noticed of `visit`, which takes place at `address`, until `horizon`.
    ///
    /// What lies before virtual zero is drawn and left out: nobody was listening yet.
    pub(super) fn watch(
        &mut self,
        visit: &Visit,
        address: AddressId,
        listeners: &Listeners<'_>,
        horizon: i128,
        noticed: &mut Noticed,
    ) {
        let mut events = vec![(visit.start, visit.user, Event::LogOn)];
        let until = visit.end.min(horizon + 1);
        let mut at = visit.start + i128::from(self.population.refresh_gap.draw(&mut self.refresh).nanos());
        while at < until && noticed.spend() {
            events.push((at, visit.user, Event::Refresh));
            at += i128::from(self.population.refresh_gap.draw(&mut self.refresh).nanos());
        }
        if let Some(service) = self.population.service.as_ref().filter(|service| service.accounts > 0) {
            let mut at = visit.start + i128::from(service.gap.draw(&mut self.service).nanos());
            while at < until && noticed.spend() {
                let account = self.service.below(u64::from(service.accounts)) as usize;
                events.push((at, UserId::new(self.first_service + account), Event::ServiceLogOn));
                at += i128::from(service.gap.draw(&mut self.service).nanos());
            }
        }
        if self.log_off.chance(self.population.log_off_observed) {
            events.push((visit.end, visit.user, Event::LogOff));
        }
        events.sort_by_key(|(at, _, _)| *at);
        for (at, user, event) in events {
            let Some(source) = listeners.draw(&mut self.source) else { continue };
            let ends = self.session_end(&source.telling, at, event).filter(|ends| *ends < visit.end);
            let all = std::iter::once((at, event)).chain(ends.map(|ends| (ends, Event::LogOff)));
            for (at, event) in all.filter(|(_, event)| source.telling.writes(*event)) {
                if let Ok(at) = u64::try_from(at) {
                    noticed.spend();
                    let update = Update::new(Instant::from_nanos(at), address, Some(user), event);
                    noticed.add(source.source, update);
                }
            }
        }
    }

    /// When a log tells of the end of the network session that an event began, if it tells of such.
    fn session_end(&mut self, telling: &Telling, at: i128, event: Event) -> Option<i128> {
        let Telling::Log { session_ends: Some(length), .. } = telling else { return None };
        let begins = event != Event::LogOff;
        begins.then(|| at + i128::from(length.draw(&mut self.network_session).nanos()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ratio;
    use crate::workload::Stay;
    use crate::workload::laws::{at_hours, count, people, two_sites};

    #[test]
    fn the_set_share_of_log_offs_is_noticed() {
        let workload = people(&two_sites(), 240, 3);
        let ended = workload.stays.iter().filter(|stay| stay.end <= at_hours(240)).count();
        let share = count(&workload, Event::LogOff) as f64 / ended as f64;
        assert!(ended > 8_000 && (share - 0.2).abs() < 0.02, "{share} of {ended}");
        for update in workload.updates.iter().flatten().filter(|update| update.event() == Event::LogOff) {
            let is_end = |stay: &&Stay| stay.address == update.address && stay.end == update.occurred;
            let stay = workload.stays.iter().find(is_end).expect("a log-off ends a stay");
            assert_eq!(Some(stay.user), update.user());
        }
    }

    #[test]
    fn sources_share_by_weight_what_they_both_hear() {
        let mut population = two_sites();
        population.sites.remove(0);
        population.roaming = Ratio::ZERO;
        let workload = people(&population, 240, 1);
        let (one, three) = (workload.updates[2].len() as f64, workload.updates[4].len() as f64);
        assert!((three / (one + three) - 0.75).abs() < 0.02, "{one} {three}");
        assert!(workload.updates[3].is_empty());
    }

    #[test]
    fn refreshes_and_service_log_ons_fall_into_a_stay_at_their_rate() {
        let mut population = two_sites();
        population.roaming = Ratio::ZERO;
        let workload = people(&population, 120, 1);
        let run_end = at_hours(120);
        let present: f64 =
            workload.stays.iter().map(|stay| stay.end.min(run_end).since(stay.start).seconds()).sum();
        for (event, gap_hours) in [(Event::Refresh, 2.0), (Event::ServiceLogOn, 6.0)] {
            let wanted = present / 3_600.0 / gap_hours;
            let found = count(&workload, event) as f64;
            assert!((found / wanted - 1.0).abs() < 0.05, "{event:?}: {found} for {wanted}");
        }
        for update in workload.updates.iter().flatten() {
            let is_there = |stay: &&Stay| {
                stay.address == update.address && stay.start <= update.occurred && update.occurred <= stay.end
            };
            let stay = workload.stays.iter().find(is_there).expect("nothing is noticed where nobody is");
            let is_service =
                update.user().is_some_and(|user| workload.users[user.index()].starts_with("svc-"));
            assert_eq!(is_service, update.event() == Event::ServiceLogOn);
            assert!(is_service || update.user() == Some(stay.user));
        }
    }
}
