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
