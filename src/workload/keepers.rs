//! Keepers: which session keeper has which of a user's visits, and what it tells of them; and lists of open sessions.
//!
//! Knows one user's visits, sites and the sources' reach. Must not know a keeper's timers.

use super::generate::Noticed;
use super::telling::{Kept, Luck, told};
use super::visits::Visit;
use super::{Event, Population, SourceReach, Telling, Update};
use crate::ids::AddressId;
use crate::random::{Seed, Stream};
use crate::units::Instant;

/// The session keepers and session lists of every site.
pub(super) struct Keepers<'a> {
    /// Per site: the running sum of the keepers' weights, and the sources that are none.
    sites: Vec<(Vec<(u64, &'a SourceReach)>, u64)>,
    /// Per site: its lists of open sessions, with the running sum of their weights.
    lists: Vec<Vec<(u64, &'a SourceReach)>>,
    seed: Seed,
}

impl<'a> Keepers<'a> {
    /// Those of `population`; `None` where nobody keeps sessions, so that nothing is drawn for them.
    pub(super) fn of(population: &'a Population, seed: Seed) -> Option<Self> {
        let (mut sites, mut lists) = (Vec::new(), Vec::new());
        for people in &population.sites {
            let here: Vec<&SourceReach> =
                population.sources.iter().filter(|reach| reach.sites.contains(&people.site)).collect();
            let sum = |which: &dyn Fn(&Telling) -> bool| {
                let mut sum = 0;
                let chosen = here.iter().filter(|reach| reach.weight > 0 && which(&reach.telling));
                chosen
                    .map(|reach| {
                        sum += u64::from(reach.weight);
                        (sum, *reach)
                    })
                    .collect::<Vec<_>>()
            };
            let others = sum(&|telling| !telling.keeps_sessions() && !is_list(telling));
            sites.push((sum(&Telling::keeps_sessions), others.last().map_or(0, |(sum, _)| *sum)));
            lists.push(sum(&is_list));
        }
        let is_used =
            sites.iter().any(|(keepers, _)| !keepers.is_empty()) || lists.iter().any(|l| !l.is_empty());
        is_used.then_some(Self { sites, lists, seed })
    }

    /// The keeper of each visit of the user of this name; `None`: it is noticed by other sources.
    pub(super) fn assign(&self, name: &str, visits: &[Visit]) -> Vec<Option<&'a SourceReach>> {
        let mut stream = self.seed.stream(name, "keeper");
        let keeper = |visit: &Visit| {
            let (keepers, others) = &self.sites[visit.site];
            let kept = keepers.last()?.0;
            draw(keepers, stream.below(kept + others))
        };
        visits.iter().map(keeper).collect()
    }

    /// Adds to `noticed` what the keepers and the lists of open sessions tell of a user's visits.
    pub(super) fn tell(
        &self,
        name: &str,
        visits: &[(Visit, AddressId)],
        kept_by: &[Option<&SourceReach>],
        horizon: i128,
        noticed: &mut Noticed,
    ) {
        let mut luck =
            Luck { again: self.seed.stream(name, "again"), leaving: self.seed.stream(name, "leaving") };
        let mut open = self.seed.stream(name, "open sessions");
        for (position, ((visit, address), keeper)) in visits.iter().zip(kept_by).enumerate() {
            let Some(keeper) = keeper else {
                self.list(visit, *address, &mut open, horizon, noticed);
                continue;
            };
            let next = visits.get(position + 1).zip(kept_by.get(position + 1));
            let is_same = |other: &Option<&SourceReach>| other.is_some_and(|o| o.source == keeper.source);
            let next = next.filter(|(_, other)| is_same(other)).map(|((next, _), _)| next.start);
            let kept = Kept { start: visit.start, end: visit.end, next, horizon };
            for (at, event) in told(&keeper.telling, kept, &mut luck, noticed) {
                add(keeper, (at, event), visit, *address, noticed);
            }
        }
    }

    /// What one of the site's lists of open sessions shows of a visit.
    fn list(
        &self,
        visit: &Visit,
        address: AddressId,
        open: &mut Stream,
        horizon: i128,
        noticed: &mut Noticed,
    ) {
        let lists = &self.lists[visit.site];
        let Some((sum, _)) = lists.last() else { return };
        let Some(list) = draw(lists, open.below(*sum)) else { return };
        let Telling::Sessions { gap } = &list.telling else { return };
        let mut at = visit.start + i128::from(gap.draw(open).nanos());
        while at < visit.end.min(horizon + 1) && noticed.spend() {
            add(list, (at, Event::Refresh), visit, address, noticed);
            at += i128::from(gap.draw(open).nanos());
        }
    }
}

fn is_list(telling: &Telling) -> bool {
    matches!(telling, Telling::Sessions { .. })
}

fn draw<'a>(from: &[(u64, &'a SourceReach)], drawn: u64) -> Option<&'a SourceReach> {
    from.iter().find(|(sum, _)| drawn < *sum).map(|(_, reach)| *reach)
}

/// What lies before virtual zero is left out: nobody was listening yet.
fn add(
    source: &SourceReach,
    (at, event): (i128, Event),
    visit: &Visit,
    address: AddressId,
    noticed: &mut Noticed,
) {
    if let Ok(at) = u64::try_from(at) {
        let update = Update::new(Instant::from_nanos(at), address, Some(visit.user), event);
        noticed.add(source.source, update);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{NodeId, SiteId};
    use crate::random::Distribution;
    use crate::units::{Ratio, Span};
    use crate::workload::Workload;
    use crate::workload::laws::{hours, people, two_sites};

    /// Two sites of which the portal alone hears, and a population that keeps still.
    fn portal() -> Population {
        let mut population = two_sites();
        population.roaming = Ratio::ZERO;
        let (idle, session) = (Span::from_seconds(900), Span::from_seconds(3_600));
        let telling =
            Telling::Portal { idle, session, again: Distribution::Constant(Span::from_seconds(60)) };
        population.sources.push(SourceReach {
            source: NodeId::new(7),
            sites: vec![SiteId::new(0)],
            weight: 1,
            telling,
        });
        population
    }

    fn count(workload: &Workload, source: usize, event: Event) -> usize {
        workload.updates.get(source).map_or(0, |l| l.iter().filter(|u| u.event() == event).count())
    }

    #[test]
    fn a_keeper_has_its_share_of_visits_whole_and_moves_no_other_draw() {
        let before = people(
            &{
                let mut p = portal();
                p.sources.pop();
                p
            },
            48,
            3,
        );
        let after = people(&portal(), 48, 3);
        assert_eq!(before.stays, after.stays);
        // Source 2 shares the first site with the portal, weight against weight; nobody else's events move.
        let share = count(&after, 7, Event::LogOff) as f64 / count(&after, 7, Event::LogOn) as f64;
        assert!(share > 0.9, "every session ends: {share}");
        assert_eq!(before.updates[4], after.updates[4]);
        assert!(count(&after, 2, Event::LogOn) < count(&before, 2, Event::LogOn) * 7 / 10);
        assert!(count(&after, 7, Event::LogOn) > 400 && count(&after, 7, Event::Refresh) == 0);
    }

    #[test]
    fn a_list_of_open_sessions_only_refreshes_who_is_there() {
        let mut population = two_sites();
        let telling = Telling::Sessions { gap: Distribution::Exponential { mean: hours(1) } };
        let sites = vec![SiteId::new(0), SiteId::new(1)];
        population.sources.push(SourceReach { source: NodeId::new(7), sites, weight: 1, telling });
        let workload = people(&population, 48, 3);
        assert!(workload.updates[7].len() > 4_000 && count(&workload, 7, Event::LogOn) == 0);
        for update in &workload.updates[7] {
            let is_there = |stay: &&crate::workload::Stay| {
                stay.address == update.address && stay.start <= update.occurred && update.occurred <= stay.end
            };
            let stay = workload.stays.iter().find(is_there).expect("somebody is there");
            assert_eq!(update.user(), Some(stay.user));
        }
    }
}
