//! What happens to users: arrivals, a small population, or a script of events at exact instants.

use std::fmt::Write as _;
use std::path::PathBuf;

use uidsim::ids::{NodeId, SiteId};
use uidsim::random::Distribution;
use uidsim::units::{Instant, Span};
use uidsim::workload::{
    Arrivals, Population, Replay, ReplayFormat, Service, SitePopulation, SourceReach, Spec, Storm, Telling,
    WorkingDay,
};

use super::Grower;

impl Grower {
    pub(super) fn workload(&mut self) -> Spec {
        match self.below(3) {
            0 => Spec::Arrivals(self.arrivals()),
            1 => Spec::Population(self.population()),
            _ => Spec::Replay(vec![self.script()]),
        }
    }

    /// A time that is often some seconds.
    fn gap(&mut self, low: u64, high: u64) -> Distribution {
        let mean = self.span(low, high);
        if self.is_round || self.chance(40) {
            Distribution::Constant(mean)
        } else {
            Distribution::Exponential { mean }
        }
    }

    fn arrivals(&mut self) -> Arrivals {
        let sources = self.sources.clone();
        Arrivals {
            network: "10.0.0.0/28".parse().expect("a network"),
            addresses: 1 + self.stream.below(6) as u32,
            gap: self.gap(3_000, 12_000),
            stay: self.chance(60).then(|| self.gap(4_000, 40_000)),
            refresh_gap: self.chance(50).then(|| self.gap(6_000, 30_000)),
            log_off_observed: self.share(&[0, 50, 100]),
            source: self.pick(&sources),
            site: self.site(),
            telling: self.telling_alone(),
        }
    }

    /// What a source does that nobody shares the stays with: a list of sessions alone would tell of no log-on.
    fn telling_alone(&mut self) -> Telling {
        match self.telling() {
            Telling::Sessions { .. } => Telling::Noticing,
            other => other,
        }
    }

    fn population(&mut self) -> Population {
        let start = self.day_start();
        let sites = (0..self.topology.sites.len())
            .map(|index| SitePopulation {
                site: SiteId::new(index),
                name: format!("site-{index}"),
                users: 1 + self.stream.below(2) as u32,
                networks: vec![format!("10.0.{index}.0/28").parse().expect("a network")],
            })
            .collect();
        Population {
            sites,
            sources: self.reaches(),
            day: WorkingDay {
                log_on: start + self.span(0, 60_000),
                log_on_deviation: Span::from_seconds(1 + self.stream.below(60)),
                length: self.gap(15_000, 120_000),
                breaks: self.share(&[0, 50, 100]),
                break_length: self.gap(2_000, 20_000),
            },
            refresh_gap: self.gap(12_000, 50_000),
            log_off_observed: self.share(&[0, 50, 100]),
            roaming: self.share(&[0, 0, 100]),
            lease_rest: if self.chance(50) { Distribution::ZERO } else { self.gap(1_000, 5_000) },
            service: self.chance(35).then(|| Service { accounts: 1, gap: self.gap(15_000, 60_000) }),
            storms: self.storms(),
            start,
        }
    }

    fn reaches(&mut self) -> Vec<SourceReach> {
        let all: Vec<SiteId> = (0..self.topology.sites.len()).map(SiteId::new).collect();
        let sources = self.sources.clone();
        let reach = |source: NodeId| {
            let some = self.some_of(&all, 60);
            let sites = if some.is_empty() { all.clone() } else { some };
            SourceReach {
                source,
                sites,
                weight: 1 + self.stream.below(2) as u32,
                telling: self.telling_alone(),
            }
        };
        sources.into_iter().map(reach).collect()
    }

    fn storms(&mut self) -> Vec<Storm> {
        if self.chance(70) {
            return Vec::new();
        }
        let at = Instant::after_start(self.span(0, 60_000));
        let site = self.chance(50).then(|| self.site());
        let share = self.share(&[50, 100]);
        vec![Storm { name: "storm".to_owned(), at, within: self.span(0, 10_000), site, share }]
    }

    /// Log-ons, refreshes and log-offs of a few users at a few addresses, many of them at one instant.
    fn script(&mut self) -> Replay {
        let seconds = self.duration.seconds() as u64;
        let mut lines: Vec<(u64, String)> = Vec::new();
        let (users, addresses) = (1 + self.stream.below(5), 1 + self.stream.below(5));
        for _ in 0..5 + self.stream.below(35) {
            let step = if self.is_round { 1_000 } else { self.pick(&[1, 250, 1_000, 5_000]) };
            let millis = self.stream.below(seconds * 1_000 / step + 1) * step;
            let event = self.pick(&["log-on", "log-on", "log-on", "refresh", "log-off"]);
            let user = format!("u{}", self.stream.below(users));
            let user = if event == "log-off" && self.chance(20) { String::new() } else { user };
            let address = self.stream.below(addresses);
            let (third, fourth) = (address % 3, 1 + address / 3);
            let host = self.stream.below(4);
            lines.push((millis, format!("{user},10.0.{third}.{fourth},{event},h{host}")));
        }
        if lines.iter().all(|(_, line)| line.contains("log-off")) {
            // A log of log-offs alone is refused.
            lines.push((0, "u0,10.0.0.1,log-on,h0".to_owned()));
        }
        lines.sort();
        self.file = "time,user,ip,event,host\n".to_owned();
        for (millis, line) in lines {
            let (whole, rest) = (millis / 1_000, millis % 1_000);
            writeln!(self.file, "{whole}.{rest:03},{line}").expect("a string takes any text");
        }
        Replay {
            file: PathBuf::from("script.csv"),
            format: ReplayFormat::Csv,
            sources: self.sources.clone(),
            site: self.site(),
            assume_stay: self.span(5_000, 60_000),
            gaps_over: Span::from_seconds(3_600),
            machine_accounts: true,
        }
    }
}
