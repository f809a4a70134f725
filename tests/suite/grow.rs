//! Random small scenarios, grown from a seed as plain Rust values: "off" is drawn for every option too.

mod calm;
mod cast;
mod guard;
mod origins;
mod trouble;
pub(crate) mod vary;
mod work;

use std::path::Path;

use uidsim::ids::{NodeId, SiteId};
use uidsim::random::{Distribution, Seed, Stream};
use uidsim::scenario::{Flows, Margin, Scenario};
use uidsim::topology::tree::Tree;
use uidsim::topology::{Node, Site, Topology};
use uidsim::units::{Instant, Ratio, Span};

/// A scenario, and the one file that its workload may name.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) seed: Seed,
    pub(crate) scenario: Scenario,
    pub(crate) file: String,
}

impl Case {
    /// The case of this number.
    pub(crate) fn new(number: u64) -> Self {
        Grower::new(number).grow(Seed(number))
    }

    /// Reads the file that the workload names.
    pub(crate) fn read(&self, _: &Path) -> Result<String, String> {
        Ok(self.file.clone())
    }
}

/// What has been drawn so far.
struct Grower {
    stream: Stream,
    /// Of what only some sources do.
    origins: Stream,
    /// Everything happens at whole seconds and links take no time, so that much happens at once.
    is_round: bool,
    duration: Span,
    nodes: Vec<Node>,
    topology: Topology,
    sources: Vec<NodeId>,
    learners: Vec<NodeId>,
    collectors: Vec<NodeId>,
    panorama: Option<NodeId>,
    hubs: Vec<NodeId>,
    firewalls: Vec<NodeId>,
    members: Vec<NodeId>,
    file: String,
}

impl Grower {
    fn new(number: u64) -> Self {
        let mut stream = Seed(number).stream("grow", "case");
        let is_round = stream.below(4) == 0;
        let duration = Span::from_seconds(40 + stream.below(130));
        let topology = Topology {
            sites: Vec::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            sessions: Vec::new(),
            pairs: Vec::new(),
        };
        Self {
            stream,
            origins: Seed(number).stream("grow", "origins"),
            is_round,
            duration,
            nodes: Vec::new(),
            topology,
            sources: Vec::new(),
            learners: Vec::new(),
            collectors: Vec::new(),
            panorama: None,
            hubs: Vec::new(),
            firewalls: Vec::new(),
            members: Vec::new(),
            file: String::new(),
        }
    }

    fn grow(mut self, seed: Seed) -> Case {
        self.sites();
        self.cast();
        self.origins();
        self.links();
        let workload = self.workload();
        let faults = self.faults();
        let through = self.some_of(&self.enforcing(), 20);
        let scenario = Scenario {
            name: format!("case-{}", seed.0),
            topology: Topology { nodes: std::mem::take(&mut self.nodes), ..self.topology.clone() },
            workload,
            faults,
            expectations: Vec::new(),
            entries_expected: Vec::new(),
            tolerances: Vec::new(),
            typed: Tree::nothing(),
            flows: Flows { per_second: 1.0, through },
            start: self.day_start(),
            duration: self.duration,
            measure_from: self.measure_from(),
            window: Span::from_seconds(5 + self.stream.below(40)),
            warm: self.chance(40),
            seed,
            events_max: 3_000_000,
            hash: "0000000000000000".to_owned(),
            enforcement: Default::default(),
            margin: Margin::default(),
        };
        Case { seed, scenario, file: self.file }
    }

    fn day_start(&self) -> Span {
        Span::from_seconds(8 * 3_600)
    }

    fn measure_from(&mut self) -> Instant {
        if self.chance(60) {
            return Instant::ZERO;
        }
        let third = self.duration.seconds() as u64 / 3;
        Instant::after_start(self.span(0, third * 1_000))
    }

    fn sites(&mut self) {
        let count = 1 + self.stream.below(3) as usize;
        self.topology.sites = (0..count).map(|i| Site { name: format!("site-{i}") }).collect();
    }

    fn enforcing(&self) -> Vec<NodeId> {
        self.firewalls.iter().chain(&self.members).copied().collect()
    }

    fn site(&mut self) -> SiteId {
        SiteId::new(self.below(self.topology.sites.len()))
    }

    /// True in `percent` of all draws.
    fn chance(&mut self, percent: u64) -> bool {
        self.stream.below(100) < percent
    }

    fn below(&mut self, bound: usize) -> usize {
        self.stream.below(bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn some_of<T: Copy>(&mut self, from: &[T], percent: u64) -> Vec<T> {
        from.iter().copied().filter(|_| self.chance(percent)).collect()
    }

    /// A span between two numbers of milliseconds; whole seconds in a round case.
    fn span(&mut self, low: u64, high: u64) -> Span {
        let drawn = low + self.stream.below(high - low + 1);
        if self.is_round {
            Span::from_seconds(drawn.div_ceil(1_000))
        } else {
            Span::from_nanos(drawn * 1_000_000 + self.stream.below(1_000_000))
        }
    }

    /// A short delay: none, always the same, or drawn, up to some milliseconds.
    fn delay(&mut self, millis: u64) -> Distribution {
        if self.is_round || self.chance(50) {
            return Distribution::ZERO;
        }
        let mean = Span::from_micros(1 + self.stream.below(millis * 1_000));
        match self.below(3) {
            0 => Distribution::Constant(mean),
            1 => Distribution::Exponential { mean },
            _ => Distribution::Uniform { low: Span::ZERO, high: mean.times(2) },
        }
    }

    fn share(&mut self, percents: &[u32]) -> Ratio {
        let percent = self.pick(percents);
        Ratio::from_parts_per_billion(percent * (Ratio::WHOLE / 100)).expect("at most the whole")
    }
}
