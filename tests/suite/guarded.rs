//! Tags, quarantine, policy and dataplanes: tiny runs computed by hand, and random ones against the slow reading.

mod slow;

use uidsim::engine::{Keepalive, Observer};
use uidsim::ids::{AddressId, LabelId, NodeId, UserId};
use uidsim::mapping::{DataType, DataTypes};
use uidsim::observe::{DataUse, DataplaneUse, Findings, Guard, PointFindings, QuarantineUse, Witness};
use uidsim::random::{Distribution, Seed};
use uidsim::roles::{EngineSettings, Feed, Follows, LogMore, Mode, Phase, Reaction, Reconnect};
use uidsim::scenario::{Group, Policy, Rule};
use uidsim::simulate;
use uidsim::topology::{Kind, Role};
use uidsim::units::{Ratio, Span};
use uidsim::workload::{Event, LedgerSpec, Threat};

use crate::grow::Case;
use crate::tiny::{Tiny, log, point, push, seconds};
use slow::Slow;

const SECOND: u128 = 1_000_000_000;
const ALL: [DataType; 3] = [DataType::IpUser, DataType::IpTag, DataType::UserTag];

/// What the guard finds; the slow reading must find the same.
fn found(tiny: &Tiny) -> Findings {
    let mut witness = Witness::new(&tiny.scenario, &tiny.workload);
    let mut slow = Slow::new(&tiny.scenario, &tiny.workload, Seed(1));
    let mut guard = Guard::new(&tiny.scenario, &tiny.workload, Seed(1)).expect("there is something to guard");
    let course = tiny.run(&mut [&mut witness, &mut guard, &mut slow]);
    let mut findings = witness.finish(course.end);
    guard.finish(course.end, &mut findings);
    assert_eq!(slow.differences(course.end, &findings), Vec::<String>::new());
    findings
}

fn reaction(registers: DataType, timeout: Option<u64>) -> Reaction {
    Reaction { registers, tag: LabelId::new(0), timeout: timeout.map(Span::from_seconds), persistent: false }
}

/// An engine that registers at `to` three seconds after it was told.
fn engine(to: usize, reaction: Reaction) -> Role {
    let second = Span::from_seconds(1);
    Role::Engine(EngineSettings {
        to: vec![NodeId::new(to)],
        port: 443,
        log_port: 514,
        watches: vec![NodeId::new(2), NodeId::new(3)],
        delay: Distribution::Constant(Span::from_seconds(3)),
        reaction: Some(reaction),
        clock_offset_nanos: 0,
        buffer_max: 10,
        reconnect: Reconnect { first: second, max: second, jitter_percent: 0, connect_timeout: second },
        keepalive: Keepalive { interval: Span::from_seconds(5), misses: 3 },
    })
}

/// A source (0) tells an agent (1), which tells a firewall here (2) and one a second away (3); an engine (4) registers at the
/// agent. User 0 is at address 0; at 10 s a threat is logged about him.
fn office(types: &[DataType], reaction: Reaction) -> Tiny {
    let tiny = Tiny::new(60)
        .node(Kind::Source, 0, push(1))
        .node(Kind::Agent, 0, Role::Point(point()))
        .firewall(point());
    let far = Role::Point(uidsim::roles::PointSettings { enforces: true, ..point() });
    let tiny = tiny.node(Kind::Firewall, 1, far).node(Kind::AutomationEngine, 0, engine(1, reaction));
    let mut tiny = tiny.session(1, 2).session(1, 3).link(Span::from_seconds(1));
    for session in &mut tiny.scenario.topology.sessions {
        session.feed = Feed::Typed(DataTypes::of(types));
    }
    tiny.scenario.enforcement.labels = vec!["quarantine".to_owned()];
    let tiny = tiny.stay(0, 0, 0, 30).notices(0, 1, Event::LogOn, 0, 0);
    threat(tiny, 10)
}

/// At `at` firewall 2 meets a threat of user 0 at address 0.
fn threat(mut tiny: Tiny, at: u64) -> Tiny {
    let logged_by = vec![NodeId::new(2)];
    let threat = Threat { at: seconds(at), user: UserId::new(0), address: AddressId::new(0), logged_by };
    tiny.workload.threats = vec![threat].into();
    tiny
}

/// He moves to address 1 at 30 s, and user 1 gets address 0 at 40 s; each is noticed a second later.
fn moving(tiny: Tiny) -> Tiny {
    tiny.stay(0, 1, 30, 100).stay(1, 0, 40, 100).notices(0, 31, Event::LogOn, 0, 1).notices(
        0,
        41,
        Event::LogOn,
        1,
        0,
    )
}

fn quarantine(findings: &Findings, row: usize) -> &QuarantineUse {
    findings.points[row].1.quarantine.as_ref().expect("there are threats")
}

/// Seconds until blocked, then seconds blocked, let through, and blocked in another's place.
fn told(found: &QuarantineUse) -> (Vec<u128>, [u128; 3]) {
    let times = vec![found.samples.sum / SECOND; found.samples.count as usize];
    (times, [found.blocked, found.let_through, found.innocent].map(|nanos| nanos / SECOND))
}

#[test]
fn a_tag_of_the_address_stays_when_the_user_goes() {
    let findings = found(&moving(office(&ALL, reaction(DataType::IpTag, None))));
    // Logged at 10, registered at 13, here at once and there a second later.
    assert_eq!(told(quarantine(&findings, 0)), (vec![3], [17, 33, 20]));
    assert_eq!(
        told(quarantine(&findings, 1)),
        (vec![4], [0, 0, 0]),
        "no flow crosses the other site's firewall"
    );
    let fleet = findings.fleet.quarantine.as_ref().expect("there are threats");
    assert_eq!((fleet.samples.count, fleet.samples.sum, fleet.not_quarantined), (2, 7 * SECOND, 0));
}

#[test]
fn a_tag_of_the_user_follows_him_when_the_mapping_comes() {
    let findings = found(&moving(office(&ALL, reaction(DataType::UserTag, None))));
    // From 30 to 31 nobody is known at his new address; from 40 to 41 the old one still has his name.
    assert_eq!(told(quarantine(&findings, 0)), (vec![3], [46, 4, 1]));
    assert_eq!(told(quarantine(&findings, 1)).0, [4]);
}

#[test]
fn a_user_who_has_gone_before_the_tag_comes_is_not_blocked_by_it() {
    let early = threat(moving(office(&ALL, reaction(DataType::IpTag, None))), 28);
    let findings = found(&early);
    let row = quarantine(&findings, 0);
    assert_eq!((told(row), row.not_quarantined), ((Vec::new(), [0, 32, 20]), 1));
}

#[test]
fn a_tag_ends_everywhere_when_its_time_is_over() {
    let findings = found(&office(&ALL, reaction(DataType::IpTag, Some(10))));
    // Condemned until 20, blocked from 13 to 23; there until 24, as ten seconds were left when it was sent.
    assert_eq!(told(quarantine(&findings, 0)), (vec![3], [7, 3, 3]));
    let wanted = DataUse { applied: 1, ended: 1, ..DataUse::default() };
    assert_eq!(findings.points.iter().map(|(_, row)| row.data).collect::<Vec<_>>(), [Some(wanted); 2]);
}

#[test]
fn a_session_carries_what_it_says_and_nothing_else() {
    let applied = |types: &[DataType]| {
        let findings = found(&office(types, reaction(DataType::IpTag, None)));
        let (_, row) = &findings.points[0];
        (row.fates.applied, row.data.expect("sessions carry data").applied)
    };
    assert_eq!(applied(&ALL), (1, 1));
    assert_eq!(applied(&[DataType::IpUser]), (1, 0));
    assert_eq!(applied(&[DataType::IpTag]), (0, 1), "without mappings the tag still comes");
    assert_eq!(applied(&[DataType::UserTag]), (0, 0));
    assert_eq!(applied(&[]), (0, 0));
}

#[test]
fn a_client_that_polls_hears_of_tags_when_it_asks() {
    for types in [&ALL[..], &[DataType::IpTag]] {
        let mut tiny = office(types, reaction(DataType::IpTag, None));
        for session in &mut tiny.scenario.topology.sessions {
            session.mode = Mode::Poll { interval: Span::from_seconds(4) };
        }
        // Here it asks at 0, 4, 8, 12, 16; there every six seconds from the full table at 3 on.
        let findings = found(&tiny);
        assert_eq!(told(quarantine(&findings, 0)).0, [6], "{types:?}");
    }
}

/// The agent tells a hub (2), and that a firewall (3).
fn chain() -> Tiny {
    let mut tiny = office(&ALL, reaction(DataType::IpTag, None));
    tiny.scenario.topology.nodes[2].kind = Kind::Hub;
    if let Role::Point(hub) = &mut tiny.scenario.topology.nodes[2].role {
        hub.enforces = false;
    }
    tiny.scenario.topology.sessions[1].upstream = NodeId::new(2);
    tiny.workload.threats =
        vec![Threat { logged_by: vec![NodeId::new(3)], ..tiny.workload.threats[0].clone() }].into();
    tiny
}

#[test]
fn a_tag_does_not_cross_a_second_hop() {
    let findings = found(&chain());
    let (_, row) = &findings.points[0];
    assert_eq!(row.data, Some(DataUse { hops: 1, ..DataUse::default() }));
    assert_eq!(row.fates.applied, 1, "a mapping does");
    assert_eq!(quarantine(&findings, 0).not_quarantined, 1);
}

fn policy() -> Policy {
    let rule = Rule {
        name: "finance".to_owned(),
        from: Vec::new(),
        to: vec![0],
        users: Vec::new(),
        groups: vec![0],
        address_groups: Vec::new(),
        authenticated_within: None,
        allows: true,
    };
    Policy {
        zones: Vec::new(),
        traffic: vec![("erp".to_owned(), 2), ("internet".to_owned(), 1)],
        groups: vec![Group::Users(vec!["user-0".to_owned()])],
        address_groups: Vec::new(),
        rules: vec![rule],
    }
}

#[test]
fn policy_is_held_against_the_truth_flow_by_flow() {
    let mut tiny = Tiny::new(60)
        .node(Kind::Source, 0, push(1))
        .firewall(point())
        .stay(0, 0, 0, 30)
        .stay(0, 1, 30, 100)
        .stay(1, 0, 40, 100)
        .notices(0, 1, Event::LogOn, 0, 0)
        .notices(0, 31, Event::LogOn, 0, 1)
        .notices(0, 45, Event::LogOn, 1, 0);
    tiny.scenario.enforcement.policy = Some(policy());
    let findings = found(&tiny);
    let policy = findings.points[0].1.policy.as_ref().expect("there is a policy");
    let rules: Vec<[u128; 3]> = policy.rules.iter().map(|rule| rule.map(|nanos| nanos / SECOND)).collect();
    // To the ERP (share 2): user 0 is unknown from 0 to 1 and from 30 to 31, else let through for 58 s; from 40 to 45
    // user 1 passes under his name, and is then denied for 15 s. To the internet (share 1) all 80 s are denied.
    assert_eq!((policy.weight, rules), (3, vec![[116, 10, 0], [110, 0, 4]]));
}

/// A directory whose groups change every ten seconds, which the firewall reads every 25.
fn directory(mut tiny: Tiny) -> Tiny {
    let from = NodeId::new(tiny.scenario.topology.nodes.len());
    let gap = Distribution::Constant(Span::from_seconds(10));
    let readers = vec![(NodeId::new(1), Span::from_seconds(25), Phase::At(Span::from_seconds(5)))];
    let follows = Some(Follows { spec: LedgerSpec::Groups { gap }, readers });
    let Role::Log(mut log) = log() else { unreachable!("a log is one") };
    log.more = LogMore { follows, ..LogMore::default() };
    tiny = tiny.node(Kind::Directory, 0, Role::Log(log));
    let share = Ratio::from_parts_per_billion(0).expect("nobody");
    let group = Group::Directory { name: "finance".to_owned(), from, share };
    tiny.scenario.enforcement.policy = Some(Policy { groups: vec![group], ..policy() });
    tiny
}

#[test]
fn a_group_is_what_the_firewall_last_read_of_it() {
    let tiny = Tiny::new(60).node(Kind::Source, 0, push(1)).firewall(point()).stay(0, 0, 0, 100).notices(
        0,
        0,
        Event::LogOn,
        0,
        0,
    );
    let findings = found(&directory(tiny));
    let policy = findings.points[0].1.policy.as_ref().expect("there is a policy");
    let rules: Vec<[u128; 3]> = policy.rules.iter().map(|rule| rule.map(|nanos| nanos / SECOND)).collect();
    // The one user there is joins at 10, leaves at 20, joins at 30, leaves at 40, joins at 50 and leaves at 60. Asked at 5,
    // 30 and 55, the firewall has him in the group from 30 on. To the ERP (share 2): denied rightly for 10 + 10 s and wrongly
    // for 10 s, then let through rightly for 10 + 10 s and wrongly for 10 s.
    assert_eq!((policy.weight, rules), (3, vec![[40, 20, 0], [40 + 60, 0, 20]]));
}

#[test]
fn an_authentication_counts_for_as_long_as_the_rule_says() {
    // A portal (0) sees user 0 at 1 s and again at 41 s; another source (2) tells the firewall (1) of him at 30 s.
    let mut tiny = Tiny::new(60)
        .node(Kind::CaptivePortal, 0, push(1))
        .firewall(point())
        .node(Kind::Source, 0, push(1))
        .stay(0, 0, 0, 100)
        .notices(0, 1, Event::LogOn, 0, 0)
        .notices(2, 30, Event::LogOn, 0, 0)
        .notices(0, 41, Event::LogOn, 0, 0);
    let mut rules = policy();
    rules.rules[0].authenticated_within = Some(Span::from_seconds(15));
    tiny.scenario.enforcement.policy = Some(rules);
    let told = |tiny: &Tiny| {
        let findings = found(tiny);
        let policy = findings.points[0].1.policy.clone().expect("there is a policy");
        policy.rules.iter().map(|rule| rule.map(|nanos| nanos / SECOND)).collect::<Vec<[u128; 3]>>()
    };
    // To the ERP (share 2) from 1 to 16 and from 41 to 56; the word of 30 s is no authentication. To the internet nothing.
    assert_eq!(told(&tiny), [[60, 0, 0], [60 + 60, 0, 0]]);
    // A portal whose clock is five seconds slow: the firewall takes its word for it and stops five seconds early.
    if let Role::Push(portal) = &mut tiny.scenario.topology.nodes[0].role {
        portal.clock_offset_nanos = -5_000_000_000;
    }
    assert_eq!(told(&tiny), [[40, 0, 0], [60 + 60, 0, 20]]);
}

#[test]
fn a_full_dataplane_hides_whom_the_management_plane_knows() {
    let mut tiny = Tiny::new(60)
        .node(Kind::Source, 0, push(1))
        .firewall(point())
        .stay(0, 0, 0, 20)
        .stay(1, 1, 0, 100)
        .notices(0, 1, Event::LogOn, 0, 0)
        .notices(0, 2, Event::LogOn, 1, 1)
        .notices(0, 20, Event::LogOff, 0, 0)
        .notices(0, 25, Event::Refresh, 1, 1);
    tiny.scenario.enforcement.dataplane.insert(NodeId::new(1), 1);
    let findings = found(&tiny);
    let (_, row) = &findings.points[0];
    let wanted =
        DataplaneUse { capacity: 1, area: (19 + 35) * SECOND, last: 1, refused: 1, hidden: 23 * SECOND };
    assert_eq!(row.dataplane, Some(wanted));
    let current = row.classes.current / SECOND;
    assert_eq!(current, 19 + 58, "classes speak of the management plane's table");
}

/// Checks one random case; what happened in it.
fn check(case: &Case) -> Vec<&'static str> {
    let scenario = &case.scenario;
    let workload =
        simulate::realise(scenario, case.seed, &|path| case.read(path)).expect("a case can be run");
    let Some(mut guard) = Guard::new(scenario, &workload, case.seed) else { return Vec::new() };
    let mut witness = Witness::new(scenario, &workload);
    let mut slow = Slow::new(scenario, &workload, case.seed);
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let watch = simulate::Watch { cancelled: &cancelled, progress: &|_| {} };
    let observers: &mut [&mut dyn Observer<_>] = &mut [&mut witness, &mut guard, &mut slow];
    let course = simulate::run_with(scenario, &workload, case.seed, &watch, None, observers);
    let mut findings = witness.finish(course.end);
    guard.finish(course.end, &mut findings);
    let told = slow.differences(course.end, &findings);
    assert!(told.is_empty(), "case {}:\n{}", case.seed.0, told.join("\n"));
    let mut all = happened(&findings.fleet);
    let is_listed = |group: &Group| matches!(group, Group::Directory { .. });
    let policy = scenario.enforcement.policy.as_ref();
    let reads = scenario.topology.ledgers().any(|(_, _, follows)| !follows.readers.is_empty());
    if reads && policy.is_some_and(|policy| policy.groups.iter().any(is_listed)) {
        all.push("groups read");
    }
    all
}

fn happened(fleet: &PointFindings) -> Vec<&'static str> {
    let mut all = Vec::new();
    let mut note = |what, is: bool| all.extend(is.then_some(what));
    if let Some(data) = fleet.data {
        note("applied", data.applied > 0);
        note("over hops", data.hops > 0);
        note("ended", data.ended > 0);
        note("duplicate", data.duplicates > 0);
    }
    if let Some(quarantine) = &fleet.quarantine {
        note("quarantined", quarantine.samples.count > 0);
        note("not quarantined", quarantine.not_quarantined > 0);
        note("innocent", quarantine.innocent > 0);
    }
    if let Some(policy) = &fleet.policy {
        note("wrong allow", policy.rules.iter().any(|rule| rule[1] > 0));
        note("wrong deny", policy.rules.iter().any(|rule| rule[2] > 0));
    }
    note("hidden", fleet.dataplane.is_some_and(|dataplane| dataplane.hidden > 0));
    all
}

const HAPPENINGS: [&str; 11] = [
    "applied",
    "duplicate",
    "ended",
    "groups read",
    "hidden",
    "innocent",
    "not quarantined",
    "over hops",
    "quarantined",
    "wrong allow",
    "wrong deny",
];

#[test]
fn guard_and_slow_reading_agree_in_random_cases() {
    let cases = std::env::var("UIDSIM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_u64);
    let mut seen: Vec<&str> = (1..=cases).flat_map(|number| check(&Case::guarded(number))).collect();
    seen.sort_unstable();
    for happening in HAPPENINGS {
        let count = seen.iter().filter(|seen| **seen == happening).count() as u64;
        assert!(cases < 200 || count * 200 >= cases, "{happening} in {count} of {cases} cases only");
    }
}
