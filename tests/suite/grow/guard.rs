//! Tags, threats, policy and dataplanes for a case that has none, from a stream of their own.

use ipnet::IpNet;
use uidsim::ids::{LabelId, NodeId, SiteId};
use uidsim::mapping::{DataType, DataTypes};
use uidsim::random::{Distribution, Seed, Stream};
use uidsim::roles::{EngineSettings, Feed, Follows, LogMore, LogSettings, Phase, Reaction};
use uidsim::scenario::{AddressGroup, Enforcement, Group, Policy, Registration, Rule, Subject, Whom, Zone};
use uidsim::topology::{Kind, Node, Role};
use uidsim::units::{Instant, Ratio, Span};
use uidsim::workload::{LedgerSpec, ThreatSpec, When};

use super::Case;

/// What is drawn from.
struct Draws(Stream);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.0.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn some<T: Copy>(&mut self, from: &[T], percent: u64) -> Vec<T> {
        from.iter().copied().filter(|_| self.chance(percent)).collect()
    }

    fn millis(&mut self, low: u64, high: u64) -> Span {
        Span::from_millis(low + self.0.below(high - low + 1))
    }

    fn moment(&mut self, within: Span) -> Instant {
        let seconds = within.seconds() as u64;
        if self.chance(50) {
            Instant::after_start(Span::from_seconds(self.0.below(seconds)))
        } else {
            Instant::after_start(Span::from_millis(self.0.below(seconds * 1_000)))
        }
    }
}

impl Case {
    /// The case of this number with tags, threats, policy and dataplanes.
    pub(crate) fn guarded(number: u64) -> Self {
        let mut case = Self::new(number);
        let mut draws = Draws(Seed(number).stream("grow", "guard"));
        let firewalls: Vec<NodeId> = (0..case.scenario.topology.nodes.len())
            .map(NodeId::new)
            .filter(|node| case.scenario.topology.nodes[node.index()].kind == Kind::Firewall)
            .collect();
        case.scenario.enforcement = Enforcement {
            labels: ["quarantine", "risky", "laptop"].map(str::to_owned).to_vec(),
            ..Enforcement::default()
        };
        for session in &mut case.scenario.topology.sessions {
            if session.feed == Feed::Redistribution && draws.chance(80) {
                session.feed = Feed::Typed(types(&mut draws));
            }
        }
        engines(&mut case, &mut draws, &firewalls);
        threats(&mut case, &mut draws, &firewalls);
        if draws.chance(70) {
            let mut policy = policy(&mut draws);
            if draws.chance(60) {
                directory(&mut case, &mut draws, &firewalls, &mut policy);
            }
            for node in &mut case.scenario.topology.nodes {
                if node.kind == Kind::Source && matches!(node.role, Role::Push(_)) && draws.chance(60) {
                    node.kind = Kind::CaptivePortal;
                }
            }
            case.scenario.enforcement.policy = Some(policy);
        }
        for firewall in &firewalls {
            if draws.chance(40) {
                let capacity = 1 + draws.0.below(3);
                case.scenario.enforcement.dataplane.insert(*firewall, capacity);
            }
        }
        case
    }
}

fn types(draws: &mut Draws) -> DataTypes {
    let mut types = DataTypes::of(&draws.some(&DataType::ALL, 70));
    if draws.chance(90) {
        types = types.with(DataType::IpUser);
    }
    types
}

fn engines(case: &mut Case, draws: &mut Draws, firewalls: &[NodeId]) {
    let topology = &mut case.scenario.topology;
    let points: Vec<NodeId> = (0..topology.nodes.len())
        .map(NodeId::new)
        .filter(|node| matches!(topology.nodes[node.index()].role, Role::Point(_)))
        .collect();
    let Role::Point(like) = topology.nodes[points[0].index()].role.clone() else { return };
    for number in 0..1 + draws.below(2) {
        let id = NodeId::new(topology.nodes.len());
        let name = format!("engine-{number}");
        let reaction = draws.chance(80).then(|| Reaction {
            registers: draws.pick(&[DataType::IpTag, DataType::UserTag]),
            tag: LabelId::new(draws.below(2)),
            timeout: draws.chance(50).then(|| Span::from_seconds(1 + draws.0.below(30))),
            persistent: draws.chance(30),
        });
        let role = Role::Engine(EngineSettings {
            to: (0..1 + draws.below(2)).map(|_| draws.pick(&points)).collect(),
            port: 443,
            log_port: 514,
            watches: draws.some(firewalls, 80),
            delay: if draws.chance(50) {
                Distribution::Constant(draws.millis(0, 5_000))
            } else {
                Distribution::Exponential { mean: draws.millis(100, 4_000) }
            },
            reaction,
            clock_offset_nanos: draws.below(3) as i64 * 1_000_000_000,
            buffer_max: 1 + draws.below(3) as u32,
            reconnect: like.reconnect,
            keepalive: like.keepalive,
        });
        let site = SiteId::new(draws.below(topology.sites.len()));
        let processor = topology.nodes[points[0].index()].processor.clone();
        let kind = Kind::AutomationEngine;
        topology.nodes.push(Node {
            key: name.clone(),
            name,
            kind,
            site,
            ports_blocked: Vec::new(),
            processor,
            role,
        });
        for _ in 0..draws.below(6) {
            let subject = match draws.below(6) {
                0 => Subject::Host,
                1 => Subject::Device,
                // The workloads' networks are 10.0.SITE.0/28.
                _ => Subject::Address([10, 0, draws.below(3) as u8, 1 + draws.below(3) as u8].into()),
            };
            case.scenario.enforcement.registrations.push(Registration {
                engine: id,
                at: draws.moment(case.scenario.duration),
                subject,
                label: LabelId::new(draws.below(3)),
                removed: draws.chance(30),
                timeout: draws.chance(40).then(|| Span::from_seconds(1 + draws.0.below(20))),
                persistent: draws.chance(30),
            });
        }
    }
    case.scenario.enforcement.registrations.sort_by_key(|one| one.at);
    let known: Vec<std::net::IpAddr> =
        uidsim::simulate::realise(&without_registrations(case), case.seed, &|path| case.read(path))
            .map_or_else(|_| Vec::new(), |workload| workload.addresses);
    case.scenario.enforcement.registrations.retain(|one| match &one.subject {
        Subject::Address(address) => known.contains(address),
        _ => true,
    });
}

fn without_registrations(case: &Case) -> uidsim::scenario::Scenario {
    let mut scenario = case.scenario.clone();
    scenario.enforcement.registrations.clear();
    scenario
}

fn threats(case: &mut Case, draws: &mut Draws, firewalls: &[NodeId]) {
    let duration = case.scenario.duration;
    for number in 0..draws.below(4) {
        let mut logged_by = draws.some(firewalls, 60);
        if logged_by.is_empty() {
            logged_by.push(draws.pick(firewalls));
        }
        let when = if draws.chance(60) {
            When::At(draws.moment(duration))
        } else {
            let gap = Distribution::Exponential { mean: draws.millis(5_000, 40_000) };
            When::Every { gap, from: draws.moment(duration), until: Instant::after_start(duration) }
        };
        let name = format!("threat-{number}");
        case.scenario.enforcement.threats.push(ThreatSpec { name, when, user: None, logged_by });
    }
}

/// A directory of two of the policy's groups, which most rules name, and the firewalls that read it.
fn directory(case: &mut Case, draws: &mut Draws, firewalls: &[NodeId], policy: &mut Policy) {
    let topology = &mut case.scenario.topology;
    let from = NodeId::new(topology.nodes.len());
    for name in ["finance", "sales"] {
        let share = Ratio::from_parts_per_billion(Ratio::WHOLE / 3).expect("a third");
        policy.groups.push(Group::Directory { name: name.to_owned(), from, share });
    }
    for rule in &mut policy.rules {
        rule.groups.extend(draws.some(&[3, 4], 60));
    }
    let readers = draws.some(firewalls, 70).into_iter().map(|reader| {
        let phase = if draws.chance(50) { Phase::Drawn } else { Phase::At(draws.millis(0, 3_000)) };
        (reader, draws.millis(1_000, 20_000), phase)
    });
    let follows = Follows {
        readers: readers.collect(),
        spec: LedgerSpec::Groups { gap: Distribution::Exponential { mean: draws.millis(500, 10_000) } },
    };
    let more = LogMore { follows: Some(follows), ..LogMore::default() };
    let query_time = Distribution::Exponential { mean: draws.millis(10, 1_000) };
    let log_lag = Distribution::ZERO;
    let role = Role::Log(LogSettings { log_lag, query_time, clock_offset_nanos: 0, port: 389, more });
    let site = SiteId::new(draws.below(topology.sites.len()));
    let processor = topology.nodes[0].processor.clone();
    let (key, name) = ("directory".to_owned(), "directory".to_owned());
    topology.nodes.push(Node {
        key,
        name,
        kind: Kind::Directory,
        site,
        ports_blocked: Vec::new(),
        processor,
        role,
    });
}

fn policy(draws: &mut Draws) -> Policy {
    let network = |text: &str| text.parse::<IpNet>().expect("a network");
    let zones = vec![
        Zone { sites: vec![SiteId::new(0)], networks: Vec::new() },
        Zone { sites: Vec::new(), networks: vec![network("10.0.1.0/28")] },
    ];
    let groups = vec![
        Group::Share("some".to_owned(), Ratio::from_parts_per_billion(Ratio::WHOLE / 2).expect("half")),
        Group::Users(vec!["*-1".to_owned(), "u1".to_owned()]),
        Group::Tag(LabelId::new(0)),
    ];
    let address_groups =
        vec![AddressGroup::Tag(LabelId::new(1)), AddressGroup::Networks(vec![network("10.0.0.0/30")])];
    let users = [Whom::Known, Whom::Unknown, Whom::Named("*2".to_owned())];
    let rules = (0..1 + draws.below(4)).map(|number| Rule {
        name: format!("rule-{number}"),
        from: draws.some(&[0, 1], 20),
        to: draws.some(&[0, 1], 30),
        users: users.iter().filter(|_| draws.chance(25)).cloned().collect(),
        groups: draws.some(&[0, 1, 2], 30),
        address_groups: draws.some(&[0, 1], 20),
        authenticated_within: draws.chance(20).then(|| draws.millis(1_000, 30_000)),
        allows: draws.chance(60),
    });
    let rules = rules.collect();
    Policy { zones, traffic: vec![("a".to_owned(), 1), ("b".to_owned(), 3)], groups, address_groups, rules }
}
