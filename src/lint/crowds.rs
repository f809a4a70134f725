//! Crowds: how many users stand behind a node, and how often something is noticed of them at the peak.
//!
//! Knows the workload and include and exclude lists. Must not know links. All numbers are estimates from means.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::feeds::{By, Feeds};
use super::limits::PEAK_WITHIN;
use crate::ids::NodeId;
use crate::scenario::Scenario;
use crate::units::Span;
use crate::workload::{Arrivals, Population, SitePopulation, SourceReach, Spec, Telling};

/// (Source, site) pairs that are followed; of more, nothing is said. Source: a choice, a thousand sources by as many sites.
const PARTS_MAX: usize = 1_000_000;
/// Words of bits that may be touched; beyond it nothing is said. Source: a choice, about a second.
const WORK_MAX: usize = 500_000_000;

/// Users of one site.
#[derive(Clone)]
struct Group {
    networks: Vec<IpNet>,
    users: u64,
    per_second: f64,
}

/// What one source notices of one group.
struct Part {
    source: NodeId,
    group: usize,
    share: f64,
}

/// Who stands behind something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crowd {
    /// Users whose addresses may be told.
    pub(super) users: u64,
    /// Things noticed of them at the peak. Units: per second.
    pub(super) per_second: f64,
}

/// Who stands behind every node and feed.
pub(super) struct Crowds {
    groups: Vec<Group>,
    parts: Vec<Part>,
    /// Sets of parts, each once, as bits.
    sets: Vec<Vec<u64>>,
    numbers: BTreeMap<Vec<u64>, usize>,
    crowds: Vec<Crowd>,
    of_node: Vec<usize>,
    of_feed: Vec<usize>,
    work: usize,
}

impl Crowds {
    /// The crowds of a scenario; `None` where the workload does not tell, or there are too many.
    pub(super) fn new(scenario: &Scenario, feeds: &Feeds) -> Option<Self> {
        let (groups, parts) = match &scenario.workload {
            Spec::Arrivals(arrivals) => stream(arrivals),
            Spec::Population(people) => settled(people, scenario.duration)?,
            Spec::Replay(_) => return None,
        };
        let mut this = Self {
            groups,
            parts,
            sets: Vec::new(),
            numbers: BTreeMap::new(),
            crowds: Vec::new(),
            of_node: vec![0; scenario.topology.nodes.len()],
            of_feed: vec![0; feeds.all.len()],
            work: 0,
        };
        let nobody = vec![0; this.parts.len().div_ceil(64)];
        this.number(nobody);
        this.start();
        this.spread(scenario, feeds)?;
        Some(this)
    }

    /// Who stands behind a node.
    pub(super) fn at(&self, node: NodeId) -> Crowd {
        self.crowds[self.of_node[node.index()]]
    }

    /// Of whom a feed tells, by its position.
    pub(super) fn over(&self, feed: usize) -> Crowd {
        self.crowds[self.of_feed[feed]]
    }

    /// Whether two feeds tell of one group.
    pub(super) fn share(&self, one: usize, other: usize) -> bool {
        let mut of_one = self.groups_of(&self.sets[self.of_feed[one]]);
        let mut of_other = self.groups_of(&self.sets[self.of_feed[other]]);
        of_one.sort_unstable();
        of_other.sort_unstable();
        of_one.iter().any(|group| of_other.binary_search(group).is_ok())
    }

    fn groups_of(&self, set: &[u64]) -> Vec<usize> {
        members(set).map(|part| self.parts[part].group).collect()
    }

    /// The number of a set.
    fn number(&mut self, set: Vec<u64>) -> usize {
        if let Some(known) = self.numbers.get(&set) {
            return *known;
        }
        let mut groups = self.groups_of(&set);
        groups.sort_unstable();
        groups.dedup();
        self.crowds.push(Crowd {
            users: groups.iter().map(|group| self.groups[*group].users).sum(),
            per_second: members(&set)
                .map(|part| self.parts[part].share * self.groups[self.parts[part].group].per_second)
                .sum(),
        });
        self.sets.push(set.clone());
        self.numbers.insert(set, self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// Every source knows what it notices.
    fn start(&mut self) {
        let mut own: BTreeMap<NodeId, Vec<u64>> = BTreeMap::new();
        for (index, part) in self.parts.iter().enumerate() {
            let set = own.entry(part.source).or_insert_with(|| self.sets[0].clone());
            set[index / 64] |= 1 << (index % 64);
        }
        for (source, set) in own {
            let number = self.number(set);
            if let Some(of_node) = self.of_node.get_mut(source.index()) {
                *of_node = number;
            }
        }
    }

    /// From sources on, circles until nothing changes; `None` when that is too much.
    fn spread(&mut self, scenario: &Scenario, feeds: &Feeds) -> Option<()> {
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(self.of_node.len(), feeds.all.len());
        for _ in 0..self.of_node.len() {
            graph.add_node(());
        }
        for feed in &feeds.all {
            graph.add_edge(NodeIndex::new(feed.from.index()), NodeIndex::new(feed.to.index()), ());
        }
        for circle in kosaraju_scc(&graph).into_iter().rev() {
            loop {
                let mut changed = false;
                for member in &circle {
                    changed |= self.learn(NodeId::new(member.index()), scenario, feeds)?;
                }
                if !changed || circle.len() == 1 {
                    break;
                }
            }
        }
        Some(())
    }

    /// A node knows what its feeds tell; whether that is news.
    fn learn(&mut self, id: NodeId, scenario: &Scenario, feeds: &Feeds) -> Option<bool> {
        let before = self.of_node[id.index()];
        let mut told = BTreeSet::from([before]);
        for position in &feeds.into[id.index()] {
            let feed = &feeds.all[*position];
            let mut of_feed = self.of_node[feed.from.index()];
            if let By::Session(session) = feed.by {
                let session = &scenario.topology.sessions[session.index()];
                if !session.include.is_empty() || !session.exclude.is_empty() {
                    of_feed = self.filtered(of_feed, &session.include, &session.exclude);
                }
            }
            self.of_feed[*position] = of_feed;
            told.insert(of_feed);
        }
        let told: Vec<usize> = told.into_iter().filter(|set| *set != 0).collect();
        self.of_node[id.index()] = match told.as_slice() {
            [] => 0,
            [alone] => *alone,
            _ => {
                self.work += told.len() * (self.sets[0].len() + 1);
                let mut all = self.sets[0].clone();
                for set in told {
                    all.iter_mut().zip(&self.sets[set]).for_each(|(word, more)| *word |= more);
                }
                self.number(all)
            }
        };
        (self.work <= WORK_MAX).then_some(self.of_node[id.index()] != before)
    }

    fn filtered(&mut self, set: usize, include: &[IpNet], exclude: &[IpNet]) -> usize {
        let mut left = self.sets[set].clone();
        for part in members(&self.sets[set]) {
            let networks = &self.groups[self.parts[part].group].networks;
            self.work += networks.len() * (include.len() + exclude.len()) + 1;
            if !networks.iter().any(|network| passes(network, include, exclude)) {
                left[part / 64] &= !(1 << (part % 64));
            }
        }
        self.number(left)
    }
}

/// Whether addresses of `network` get past the lists.
fn passes(network: &IpNet, include: &[IpNet], exclude: &[IpNet]) -> bool {
    let meets = |list: &IpNet| list.contains(network) || network.contains(list);
    (include.is_empty() || include.iter().any(meets)) && !exclude.iter().any(|list| list.contains(network))
}

fn members(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    let bits = |(word, bits): (usize, &u64)| {
        let bits = *bits;
        (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
    };
    set.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(bits)
}

/// How often something happens that `count` do once in a while of this mean. Units: per second.
fn often(count: f64, mean: Option<Span>) -> f64 {
    mean.filter(|mean| !mean.is_zero()).map_or(0.0, |mean| count / mean.seconds())
}

/// A stream of arrivals is one group.
fn stream(arrivals: &Arrivals) -> (Vec<Group>, Vec<Part>) {
    let users = u64::from(arrivals.addresses);
    let refreshes = arrivals.refresh_gap.as_ref().map_or(0.0, |gap| often(users as f64, gap.mean()));
    let per_second = often(1.0, arrivals.gap.mean()) + refreshes;
    let group = Group { networks: vec![arrivals.network], users, per_second };
    (vec![group], vec![Part { source: arrivals.source, group: 0, share: 1.0 }])
}

/// A population is a group a site; each of its listeners notices its share.
fn settled(people: &Population, duration: Span) -> Option<(Vec<Group>, Vec<Part>)> {
    if people.sources.iter().map(|reach| reach.sites.len()).sum::<usize>() > PARTS_MAX {
        return None;
    }
    let groups = people.sites.iter().map(|site| group(people, site, duration)).collect();
    let of_site: BTreeMap<_, usize> =
        people.sites.iter().enumerate().map(|(n, site)| (site.site, n)).collect();
    let mut weights = vec![0.0; people.sites.len()];
    let mut parts = Vec::new();
    let lists = |reach: &&SourceReach| matches!(reach.telling, Telling::Sessions { .. });
    for reach in people.sources.iter().filter(|reach| !lists(reach)) {
        for group in reach.sites.iter().filter_map(|site| of_site.get(site)).copied() {
            weights[group] += f64::from(reach.weight);
            parts.push(Part { source: reach.source, group, share: f64::from(reach.weight) });
        }
    }
    parts.iter_mut().for_each(|part| part.share /= weights[part.group].max(1.0));
    Some((groups, parts))
}

fn group(people: &Population, site: &SitePopulation, duration: Span) -> Group {
    /// The height of the normal density is one over the deviation and this: the root of twice pi.
    const NORMAL_PEAK: f64 = 2.506_628;
    const DAY: Span = Span::from_seconds(86_400);
    let users = f64::from(site.users);
    let least = PEAK_WITHIN.seconds();
    let day = &people.day;
    let until_log_on =
        if day.log_on >= people.start { day.log_on - people.start } else { day.log_on + DAY - people.start };
    let morning = users / (day.log_on_deviation.seconds() * NORMAL_PEAK).max(least);
    let storms = people.storms.iter().filter(|storm| storm.site.is_none_or(|at| at == site.site));
    let storm = storms.map(|storm| users * storm.share.share() / storm.within.seconds().max(least));
    let log_ons = storm.fold(if until_log_on < duration { morning } else { 0.0 }, f64::max);
    let service = people.service.as_ref().map_or(0.0, |service| often(users, service.gap.mean()));
    Group {
        networks: site.networks.clone(),
        users: u64::from(site.users),
        per_second: log_ons + often(users, people.refresh_gap.mean()) + service,
    }
}
