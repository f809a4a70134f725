//! From what a workload is asked to be to what it is.
//!
//! Knows the three kinds of workload and the limits on all of them. Reads files only through the
//! closure that it is given. Must not know clocks, nodes or sessions.

use std::path::Path;

use crate::ids::NodeId;
use crate::problem::Problem;
use crate::random::Seed;
use crate::units::{Instant, Span};

use super::{Spec, Update, Workload, arrivals, population};

/// Updates and stays that one workload may hold; more would not fit into a usual machine's memory.
pub const EVENTS_MAX: usize = 20_000_000;

/// Makes `spec` real: the same spec, duration and seed give the same workload, byte for byte.
///
/// Shape: stays that begin, and updates that occur, within `duration` (its last instant included).
/// Errors: what the spec asks for cannot be had, or the log that it names cannot be used.
pub fn generate(
    spec: &Spec,
    duration: Span,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Workload, Vec<Problem>> {
    match spec {
        Spec::Arrivals(arrivals) => arrivals::generate(arrivals, duration, seed),
        Spec::Population(population) => population::generate(population, duration, seed),
        Spec::Replay(replay) => read(&replay.file)
            .and(Err("logs are not read yet".to_owned()))
            .map_err(|fact| vec![Problem { code: "unreadable-log", fact, hint: String::new(), place: None }]),
    }
}

/// The updates of every source while they are being made.
pub(super) struct Noticed {
    lists: Vec<Vec<Update>>,
    end: Instant,
    left: usize,
}

impl Noticed {
    /// Nothing noticed yet; what occurs after `end` will be left out.
    pub(super) fn until(end: Instant) -> Self {
        Self { lists: Vec::new(), end, left: EVENTS_MAX }
    }

    /// Takes one event from the budget; `false` when none is left, and the loop that asks must stop.
    pub(super) fn spend(&mut self) -> bool {
        let has_some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has_some
    }

    /// Whether `at` is within the run.
    pub(super) fn is_running(&self, at: Instant) -> bool {
        at <= self.end
    }

    /// Errors: the budget is spent.
    pub(super) fn check(&self) -> Result<(), Vec<Problem>> {
        if self.left == 0 { Err(vec![too_much()]) } else { Ok(()) }
    }

    /// Notes what `source` noticed.
    pub(super) fn add(&mut self, source: NodeId, update: Update) {
        if update.occurred > self.end {
            return;
        }
        if self.lists.len() <= source.index() {
            self.lists.resize_with(source.index() + 1, Vec::new);
        }
        self.lists[source.index()].push(update);
    }

    /// The lists in time order; what occurs at one instant stays in the order in which it was added.
    pub(super) fn finish(mut self) -> Result<Vec<Vec<Update>>, Vec<Problem>> {
        self.check()?;
        for list in &mut self.lists {
            list.sort_by_key(|update| update.occurred);
        }
        Ok(self.lists)
    }
}

/// The workload would hold more than [`EVENTS_MAX`] events.
pub(super) fn too_much() -> Problem {
    Problem {
        code: "workload-too-large",
        fact: format!("the workload holds more than {EVENTS_MAX} events"),
        hint: "fewer users, longer gaps or a shorter duration".to_owned(),
        place: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::ids::SiteId;
    use crate::random::Distribution;
    use crate::units::Ratio;
    use crate::workload::{
        Arrivals, Event, Population, Service, SitePopulation, SourceReach, Stay, Storm, WorkingDay,
    };

    fn hours(hours: u64) -> Span {
        Span::from_seconds(3_600 * hours)
    }

    fn at_hours(h: u64) -> Instant {
        Instant::after_start(hours(h))
    }

    fn percent(percent: u32) -> Ratio {
        Ratio::from_parts_per_billion(percent * 10_000_000).expect("at most the whole")
    }

    fn site(index: usize, name: &str, users: u32) -> SitePopulation {
        let network = format!("10.{index}.0.0/20").parse().expect("a network");
        SitePopulation { site: SiteId::new(index), name: name.to_owned(), users, networks: vec![network] }
    }

    fn two_sites() -> Population {
        let both = vec![SiteId::new(0), SiteId::new(1)];
        Population {
            sites: vec![site(0, "north", 400), site(1, "south", 200)],
            sources: vec![
                SourceReach { source: NodeId::new(2), sites: both, weight: 1 },
                SourceReach { source: NodeId::new(4), sites: vec![SiteId::new(1)], weight: 3 },
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

    fn made(spec: &Spec, hours_long: u64, seed: u64) -> Workload {
        let no_files = |_: &Path| Err("no files here".to_owned());
        let workload = generate(spec, hours(hours_long), Seed(seed), &no_files).expect("it can be had");
        check(&workload, hours(hours_long));
        workload
    }

    fn people(population: &Population, hours_long: u64, seed: u64) -> Workload {
        made(&Spec::Population(population.clone()), hours_long, seed)
    }

    /// The laws of every workload.
    fn check(workload: &Workload, duration: Span) {
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
            assert!(update.user.is_some_and(|user| user.index() < workload.users.len()));
        }
        for list in &workload.updates {
            assert!(list.windows(2).all(|pair| pair[0].occurred <= pair[1].occurred));
        }
        assert_eq!(workload.users.iter().collect::<BTreeSet<_>>().len(), workload.users.len());
        assert_eq!(workload.addresses.iter().collect::<BTreeSet<_>>().len(), workload.addresses.len());
    }

    fn count(workload: &Workload, event: Event) -> usize {
        workload.updates.iter().flatten().filter(|update| update.event == event).count()
    }

    /// A user's stays by name, without ids, which depend on who else is there.
    fn stays_of<'a>(workload: &'a Workload, name: &str) -> Vec<&'a Stay> {
        workload.stays.iter().filter(|stay| workload.users[stay.user.index()].starts_with(name)).collect()
    }

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
        let early = early.filter(|update| update.event == Event::LogOn && is_early(update.occurred)).count();
        // 07 to 09 h is two standard deviations to either side: 95.4 %.
        assert_eq!(all, 600);
        assert!((550..=595).contains(&early), "{early}");
    }

    #[test]
    fn the_set_share_of_log_offs_is_noticed() {
        let workload = people(&two_sites(), 240, 3);
        let ended = workload.stays.iter().filter(|stay| stay.end <= at_hours(240)).count();
        let share = count(&workload, Event::LogOff) as f64 / ended as f64;
        assert!(ended > 8_000 && (share - 0.2).abs() < 0.02, "{share} of {ended}");
        for update in workload.updates.iter().flatten().filter(|update| update.event == Event::LogOff) {
            let is_end = |stay: &&Stay| stay.address == update.address && stay.end == update.occurred;
            let stay = workload.stays.iter().find(is_end).expect("a log-off ends a stay");
            assert_eq!(Some(stay.user), update.user);
        }
    }

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
                workload.updates.iter().flatten().filter(|update| update.event != Event::ServiceLogOn);
            updates.copied().collect::<Vec<_>>()
        };
        // Nobody listens at the new site.
        assert_eq!(only(&before), only(&after));
    }

    #[test]
    fn a_longer_run_begins_as_the_shorter_did() {
        let (short, long) = (people(&two_sites(), 30, 1), people(&two_sites(), 60, 1));
        for (short, long) in short.updates.iter().zip(&long.updates) {
            let simple = |updates: &[Update]| {
                updates.iter().map(|update| (update.occurred, update.user, update.event)).collect::<Vec<_>>()
            };
            assert!(simple(long).starts_with(&simple(short)));
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
    fn who_is_there_at_the_start_was_not_seen_coming() {
        let mut population = two_sites();
        population.start = hours(12);
        let workload = people(&population, 1, 1);
        let there = workload.stays.iter().filter(|stay| stay.start == Instant::ZERO).count();
        assert!((450..=600).contains(&there), "{there}");
        assert!(workload.updates.iter().flatten().all(|update| update.occurred > Instant::ZERO));
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
    fn a_site_without_addresses_left_is_named() {
        let mut population = two_sites();
        population.sites[1].networks = vec!["192.0.2.0/25".parse().expect("a network")];
        let no_files = |_: &Path| Err(String::new());
        let problems = generate(&Spec::Population(population.clone()), hours(12), Seed(1), &no_files);
        let problems = problems.expect_err("126 hosts for 200 users");
        assert_eq!(problems[0].code, "out-of-addresses");
        assert!(problems[0].fact.contains("site south") && problems[0].fact.contains("all 126"));
        population.sites[1].networks = vec!["10.0.8.0/24".parse().expect("a network")];
        let problems = generate(&Spec::Population(population), hours(12), Seed(1), &no_files);
        assert_eq!(problems.expect_err("shared with north")[0].code, "overlapping-networks");
    }

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
