//! Visits: when each user means to be where, before anybody has an address.
//!
//! Knows one user at a time, by name, so that another user or site shifts nobody's draws.
//! Must not know addresses or sources.

use crate::ids::UserId;
use crate::random::{Distribution, Seed, Stream};

use super::{Population, Storm};

/// Nanoseconds of a day.
pub(super) const DAY_NANOS: i128 = 86_400_000_000_000;

/// One user's presence at one site. Units: nanoseconds from virtual zero, negative before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Who.
    pub(super) user: UserId,
    /// Where, as a position in `Population::sites`.
    pub(super) site: usize,
    /// From when on.
    pub(super) start: i128,
    /// Until when; later than `start`.
    pub(super) end: i128,
    /// Whether the user has just moved here and must not get the address that he comes from.
    pub(super) moved: bool,
}

/// One user and what he draws from.
pub(super) struct Planner<'a> {
    /// The people and their habits.
    pub(super) population: &'a Population,
    /// The run's seed.
    pub(super) seed: Seed,
    /// The last instant of the run.
    pub(super) horizon: i128,
}

impl Planner<'_> {
    /// The visits of `user`, who belongs to the site at `home`, in time order and never overlapping.
    ///
    /// Begins the day before virtual zero, for those who work through the night. A day's visit that
    /// would begin before the one before has ended does not take place: the user is still there.
    pub(super) fn visits(&self, user: UserId, name: &str, home: usize) -> Vec<Visit> {
        let mut stream = self.seed.stream(name, "day");
        let mut visits: Vec<Visit> = Vec::new();
        let mut midnight = -DAY_NANOS - i128::from(self.population.start.nanos());
        while midnight <= self.horizon {
            let parts = self.day(user, home, midnight, &mut stream);
            let is_free = match (visits.last(), parts.first()) {
                (Some(last), Some(first)) => last.end <= first.start,
                _ => true,
            };
            if is_free {
                visits.extend(parts);
            }
            midnight += DAY_NANOS;
        }
        for storm in &self.population.storms {
            self.join(storm, user, name, home, &mut visits);
        }
        visits
    }

    fn day(&self, user: UserId, home: usize, midnight: i128, stream: &mut Stream) -> Vec<Visit> {
        let day = &self.population.day;
        let log_on = Distribution::Normal { mean: day.log_on, deviation: day.log_on_deviation };
        let start = midnight + i128::from(log_on.draw(stream).nanos());
        let length = day.length.draw(stream).nanos();
        let takes_break = stream.chance(day.breaks);
        let roams = stream.chance(self.population.roaming);
        let end = start + i128::from(length);
        let mut parts = vec![Visit { user, site: home, start, end, moved: false }];
        if takes_break {
            let pause = day.break_length.draw(stream).nanos();
            if pause < length {
                let leave = start + middle(length - pause, stream);
                parts[0].end = leave;
                parts.push(Visit { start: leave + i128::from(pause), end, ..parts[0] });
            }
        }
        if roams {
            let there = self.other_site(home, stream.bits());
            let last = parts.len() - 1;
            let length = parts[last].end - parts[last].start;
            let at = parts[last].start + middle(u64::try_from(length).unwrap_or(u64::MAX), stream);
            parts.push(Visit { site: there, start: at, end, moved: true, ..parts[last] });
            parts[last].end = at;
        }
        parts.retain(|visit| visit.start < visit.end);
        parts
    }

    /// The site whose name goes best with `draw`, so that one more site only wins users for itself.
    fn other_site(&self, home: usize, draw: u64) -> usize {
        let others = self.population.sites.iter().enumerate();
        others
            .filter(|(index, site)| *index != home && !site.networks.is_empty())
            .max_by_key(|(_, site)| Seed(draw).stream(&site.name, "roamers").bits())
            .map_or(home, |(index, _)| index)
    }

    /// Adds the visit that `storm` causes: of a user who is absent when the storm begins and has not
    /// come by himself before the storm takes him. It ends where his next visit begins, at the latest.
    fn join(&self, storm: &Storm, user: UserId, name: &str, home: usize, visits: &mut Vec<Visit>) {
        if storm.site.is_some_and(|site| site != self.population.sites[home].site) {
            return;
        }
        let mut stream = self.seed.stream(name, &format!("storm {}", storm.name));
        if !stream.chance(storm.share) {
            return;
        }
        let at = i128::from(storm.at.nanos());
        let start = at + i128::from(stream.below(storm.within.nanos().saturating_add(1)));
        let length = i128::from(self.population.day.length.draw(&mut stream).nanos());
        let next = visits.partition_point(|visit| visit.start <= start);
        let is_there = next > 0 && visits[next - 1].end > at;
        let end = visits.get(next).map_or(start + length, |visit| visit.start.min(start + length));
        if !is_there && start < end {
            visits.insert(next, Visit { user, site: home, start, end, moved: false });
        }
    }
}

/// A point in the middle half of a stretch of `length` nanoseconds, each as likely.
fn middle(length: u64, stream: &mut Stream) -> i128 {
    i128::from(length / 4) + i128::from(stream.below(length / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SiteId;
    use crate::units::{Instant, Ratio, Span};
    use crate::workload::laws::{at_hours, hours, people, percent, two_sites};

    #[test]
    fn nobody_is_in_two_places() {
        let workload = people(&two_sites(), 96, 5);
        let mut until = vec![Instant::ZERO; workload.users.len()];
        let mut moves = 0;
        for stay in &workload.stays {
            assert!(until[stay.user.index()] <= stay.start, "{stay:?}");
            until[stay.user.index()] = stay.end;
            moves += usize::from(
                workload.users[stay.user.index()].starts_with("north") && stay.site == SiteId::new(1),
            );
        }
        // A tenth of 400 users on each of 4 days.
        assert!((110..=210).contains(&moves), "{moves}");
    }

    #[test]
    fn a_storm_brings_those_who_are_absent() {
        let mut population = two_sites();
        let storm = |site, share| Storm {
            name: "power".to_owned(),
            at: at_hours(16),
            within: Span::from_seconds(600),
            site,
            share,
        };
        let came = |population: &Population| {
            let workload = people(population, 18, 1);
            let is_in = |at: Instant| at >= at_hours(16) && at < at_hours(17);
            workload.stays.iter().filter(|stay| is_in(stay.start)).count()
        };
        // At 22 h nobody comes by himself.
        assert_eq!(came(&population), 0);
        population.storms = vec![storm(None, percent(50))];
        assert!((260..=340).contains(&came(&population)));
        population.storms = vec![storm(Some(SiteId::new(1)), percent(100))];
        assert_eq!(came(&population), 200);
    }

    #[test]
    fn a_storm_does_not_bring_back_those_who_leave_during_it() {
        let mut population = two_sites();
        let (at, within) = (11 * 3_600, 7_200);
        population.storms = vec![Storm {
            name: "shift".to_owned(),
            at: Instant::after_start(Span::from_seconds(at)),
            within: Span::from_seconds(within),
            site: None,
            share: percent(100),
        }];
        let calm = Population { storms: Vec::new(), ..population.clone() };
        let start = i128::from(at) * 1_000_000_000;
        let mut brought = 0;
        for k in 1..=400 {
            let name = format!("north-user-{k}");
            let plan = |population| {
                Planner { population, seed: Seed(1), horizon: DAY_NANOS }.visits(UserId::new(k), &name, 0)
            };
            let (calm, stormy) = (plan(&calm), plan(&population));
            let is_there = calm.iter().any(|visit| visit.start <= start && start < visit.end);
            assert!(!is_there || stormy == calm, "{name}");
            brought += usize::from(stormy != calm);
        }
        // At 17 h about half of them have gone.
        assert!((100..300).contains(&brought), "{brought}");
    }

    #[test]
    fn breaks_and_days_take_their_share() {
        let mut population = two_sites();
        population.roaming = Ratio::ZERO;
        population.day.break_length = Distribution::Constant(Span::from_seconds(1_800));
        let planner = Planner { population: &population, seed: Seed(1), horizon: 10 * DAY_NANOS - 1 };
        let mut pauses = 0;
        for k in 1..=400 {
            let visits = planner.visits(UserId::new(k), &format!("north-user-{k}"), 0);
            let breaks = visits.windows(2).filter(|pair| pair[1].start - pair[0].end == 1_800_000_000_000);
            pauses += breaks.count();
            assert!(visits.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
        // Twelve midnights lie between 06 h of the day before the start and 06 h of the tenth day: half
        // of 4,800, and three standard deviations to either side.
        assert!((2_296..=2_504).contains(&pauses), "{pauses}");
        assert_eq!(hours(24).nanos(), DAY_NANOS.unsigned_abs() as u64);
    }
}
