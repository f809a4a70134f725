//! What a topology file means: groups, pairs, collector groups, references, times, defaults, layers.

use uidsim::ids::NodeId;
use uidsim::problem::{Problems, Style};
use uidsim::roles::{Feed, Mode, Phase};
use uidsim::scenario::{FaultKind, Scenario, load};
use uidsim::topology::{Graph, Kind, Role};
use uidsim::units::{Instant, Span};
use uidsim::workload::Spec;

const HEAD: &str = "
sites: {hq: {}, \"b-{n}\": {count: 3}}
links: {\"wan-{n}\": {count: 3, between: [hq, \"b-{n}\"], latency: 10ms}}
domain_controllers: {\"dc-{n}\": {site: hq, count: 2}}
";
const TAIL: &str = "
workload: {population: {sites: {hq: {users: 10, networks: [10.1.0.0/24]}}}}
";

fn try_load(middle: &str) -> Result<Scenario, Problems> {
    let read = |_: &std::path::Path| Ok("2ms\n1ms\n".to_owned());
    load("folder/test.yaml", &format!("{HEAD}{middle}{TAIL}"), &[], &read)
}

fn loaded(middle: &str) -> Scenario {
    try_load(middle).unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)))
}

fn names(scenario: &Scenario) -> Vec<&str> {
    scenario.topology.nodes.iter().map(|node| node.name.as_str()).collect()
}

#[test]
fn groups_expand_in_place_in_the_order_of_the_file() {
    let scenario = loaded(
        "agents: {z: {site: hq, reads: [\"dc-*\"]}, \"a-{n}\": {count: 2, site: \"b-{n}\", reads: [\"dc-{n}\"]}}\n\
         firewalls: {\"fw-{site}-{n}\": {at_each: \"b-*\", count: 2, upstreams: [z, \"a-*\"]}}",
    );
    assert_eq!(names(&scenario)[2..6], ["z", "a-1", "a-2", "fw-b-1-1"]);
    assert_eq!(names(&scenario).len(), 2 + 3 + 6);
    let reads = |index: usize| match &scenario.topology.nodes[index].role {
        Role::Point(point) => point.reads.iter().map(|read| read.source.index()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!((reads(2), reads(3), reads(4)), (vec![0, 1], vec![0], vec![1]));
    assert_eq!(scenario.topology.sessions.len(), 6 * 3);
    assert_eq!(scenario.topology.sites[scenario.topology.nodes[4].site.index()].name, "b-2");
}

#[test]
fn members_of_a_collector_group_stand_by_in_order() {
    let scenario = loaded(
        "collector_groups: {c: {site: hq, members: [c1, {name: c2, site: b-1}], reads: [dc-1], upstreams: [a]}}\n\
         agents: {a: {site: hq, reads: [dc-2]}}\n\
         sources: {s: {site: hq, to: [c]}}\n\
         panoramas: {p: {site: hq, upstreams: [c]}}",
    );
    assert_eq!(names(&scenario)[2..], ["s", "a", "c1", "c2", "p"]);
    let nodes = &scenario.topology.nodes;
    let Role::Point(second) = &nodes[5].role else { panic!("a point") };
    assert_eq!(second.reads[0].standby_after.len(), 1);
    assert_eq!((nodes[5].kind, nodes[5].site.index()), (Kind::Collector, 1));
    let Role::Push(push) = &nodes[2].role else { panic!("a source") };
    assert_eq!(push.learners.iter().map(|id| id.index()).collect::<Vec<_>>(), [4, 5]);
    let standby: Vec<usize> = scenario.topology.sessions.iter().map(|s| s.standby_after.len()).collect();
    assert_eq!(standby, [0, 1, 0, 0], "both members may dial the agent; Panorama dials both");
}

#[test]
fn a_pair_has_two_feeds_after_all_other_sessions() {
    let scenario = loaded(
        "agents: {a: {site: hq, reads: [dc-1]}}\n\
         ha_pairs: {edge: {site: hq, upstreams: [a]}}\n\
         firewalls: {fw: {site: b-1, upstreams: [edge]}}\n\
         faults: [{at: 1h, suspend: edge-b}, {at: \"05:00\", for: 1h, crash: {node: edge-a, keeps_table: true}}]\n\
         duration: 1d",
    );
    let (sessions, pair) = (&scenario.topology.sessions, &scenario.topology.pairs[0]);
    assert_eq!(sessions.len(), 2 + 2 + 2);
    assert!(sessions[..4].iter().all(|s| s.feed == Feed::Redistribution));
    for (member, peer) in [(pair.members[0], pair.members[1]), (pair.members[1], pair.members[0])] {
        let Role::Point(point) = &scenario.topology.nodes[member.index()].role else { panic!("a point") };
        let ha = point.ha.as_ref().expect("a member");
        let (out, back) = (&sessions[ha.feed_out.index()], &sessions[ha.feed_in.index()]);
        assert_eq!((out.upstream, out.client, back.upstream, back.client), (member, peer, peer, member));
        assert_eq!((ha.peer, ha.preferred), (peer, member == pair.members[0]));
    }
    assert_eq!(
        scenario.faults[1].at,
        Instant::after_start(Span::from_seconds(23 * 3_600)),
        "05:00 is tomorrow"
    );
    assert!(matches!(scenario.faults[1].kind, FaultKind::Crash { keeps_table: true, .. }));
}

#[test]
fn own_values_go_before_the_kinds_and_those_before_the_points() {
    let scenario = loaded(
        "defaults: {points: {timeout: 10m, announce: {interval: 1s, coalesce: true}}, firewalls: {timeout: never, upstreams: [a]}}\n\
         agents: {a: {site: hq, reads: [dc-1], announce: {interval: 3s}}}\n\
         firewalls: {f1: {site: hq}, f2: {site: hq, timeout: 1h, upstreams: [{from: a, mode: poll, phase: 500ms}]}}",
    );
    let point = |index: usize| match &scenario.topology.nodes[index].role {
        Role::Point(point) => point.clone(),
        _ => panic!("a point"),
    };
    assert_eq!(point(2).timeout, Some(Span::from_seconds(600)));
    assert_eq!((point(2).announce.interval, point(2).announce.coalesce), (Span::from_seconds(3), true));
    assert_eq!((point(3).timeout, point(4).timeout), (None, Some(Span::from_seconds(3_600))));
    let polled = &scenario.topology.sessions[1];
    assert_eq!(polled.mode, Mode::Poll { interval: Span::from_seconds(2) });
    assert_eq!(polled.phase, Some(Phase::At(Span::from_millis(500))));
}

#[test]
fn the_hash_knows_the_content_but_not_the_folder() {
    let text =
        format!("{HEAD}firewalls: {{f: {{site: hq, reads: [dc-1]}}}}\nworkload: {{replay: log.csv}}\n");
    let hash = |file: &str, log: &str| {
        let read = |_: &std::path::Path| Ok(log.to_owned());
        load(file, &text, &[], &read).unwrap_or_else(|p| panic!("{}", p.render(Style::Plain))).hash
    };
    assert_eq!(hash("a/x.yaml", "1"), hash("b/c/x.yaml", "1"));
    assert_ne!(hash("a/x.yaml", "1"), hash("a/x.yaml", "2"));
    let read = |_: &std::path::Path| Ok(String::new());
    let scenario =
        load("a/x.yaml", &text, &[], &read).unwrap_or_else(|p| panic!("{}", p.render(Style::Plain)));
    let Spec::Replay(replays) = scenario.workload else { panic!("a replay") };
    let [replay] = &replays[..] else { panic!("one log") };
    assert_eq!((replay.file.to_str(), replay.sources.len()), (Some("a/log.csv"), 2));
}

#[test]
fn the_hash_knows_what_is_run_and_nothing_beside() {
    let hash = |more: &str, set: &[(&str, &str)]| {
        let text = format!("{HEAD}firewalls: {{f: {{site: hq, reads: [dc-1]}}}}\n{more}{TAIL}");
        let set: Vec<(String, String)> =
            set.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let read = |_: &std::path::Path| Ok(String::new());
        load("x.yaml", &text, &set, &read).unwrap_or_else(|p| panic!("{}", p.render(Style::Plain))).hash
    };
    let plain = hash("", &[]);
    for beside in [
        "# A remark.\n",
        "name: another\n",
        "expect: {fleet: {staleness.p99: \"< 5s\"}}\n",
        "baseline: {fleet: {staleness.p99: 1s}}\n",
        "expect_at: [{at: 1s, node: f, ip: 10.0.0.1, unknown: true}]\n",
        "x-note: {site: hq}\n",
    ] {
        assert_eq!(hash(beside, &[]), plain, "{beside}");
    }
    let others = [
        hash("window: 2m\n", &[]),
        hash("", &[("firewalls.f.timeout", "10m")]),
        hash("", &[("firewalls.f.timeout", "11m")]),
        hash("", &[("seed", "2")]),
        hash("faults: [{at: 1h, for: 1m, crash: f}]\n", &[]),
    ];
    for (index, other) in others.iter().enumerate() {
        assert!(*other != plain && !others[..index].contains(other), "{index}");
    }
}

#[test]
fn what_the_real_system_does_badly_is_no_problem() {
    let mut hubs = String::from("hubs: {h-0: {site: hq, reads: [dc-1]}");
    for hop in 1..=12 {
        hubs.push_str(&format!(", h-{hop}: {{site: hq, upstreams: [h-{}]}}", hop - 1));
    }
    hubs.push_str("}\nagents: {\"a-{n}\": {site: hq, count: 101, reads: [dc-1], upstreams: [h-12]}}\n");
    hubs.push_str(
        "firewalls: {f: {site: hq, capacity: 1, upstreams: [\"a-*\", g]}, g: {site: hq, upstreams: [f]}}\n",
    );
    assert_eq!(loaded(&hubs).topology.sessions.len(), 12 + 101 + 102 + 1);
}

#[test]
fn small_files_cannot_ask_for_huge_worlds() {
    let all_to_all = "firewalls: {\"f-{n}\": {site: hq, count: 20000, upstreams: [\"f-*\"]}}";
    let list = vec!["10.0.0.0/8"; 2_000].join(", ");
    let long_lists = format!("firewalls: {{\"f-{{n}}\": {{site: hq, count: 20000, scope: [{list}]}}}}");
    let everywhere = "sources: {\"s-{n}\": {site: hq, count: 100000, hears: [\"*\", hq, \"*\", \"*\", \"b-*\"], to: [f]}}\n\
                      firewalls: {f: {site: hq}}";
    for text in [all_to_all, long_lists.as_str()] {
        let problems = try_load(text).expect_err("too large");
        assert!(problems.problems.iter().any(|p| p.code == "too-large"), "{}", problems.render(Style::Plain));
    }
    assert!(try_load(everywhere).is_ok(), "large but affordable");
}

#[test]
fn anchors_may_be_declared_under_keys_that_begin_with_x() {
    let scenario = loaded(
        "x-short: &short {timeout: 5m}\n\
         firewalls: {f: {site: hq, reads: [dc-1], <<: *short}, g: {site: hq, reads: [dc-1], timeout: &t 7m}, h: {site: hq, timeout: *t}}",
    );
    let timeouts: Vec<Option<Span>> = scenario.topology.nodes[2..]
        .iter()
        .map(|node| match &node.role {
            Role::Point(point) => point.timeout,
            _ => None,
        })
        .collect();
    assert_eq!(timeouts, [300, 420, 420].map(|seconds| Some(Span::from_seconds(seconds))));
}

#[test]
fn the_own_link_goes_before_the_way_of_least_latency() {
    let text = "
sites: {a: {}, b: {}, c: {}, lonely: {}}
links:
  slow: {between: [a, c], latency: 50ms}
  first: {between: [a, b], latency: 10ms}
  second: {between: [b, c], latency: 10ms}
  own: {between: [x, z], latency: 1s}
domain_controllers: {dc: {site: a}}
agents: {x: {site: a, reads: [dc]}, y: {site: a}, z: {site: c}, away: {site: lonely}}
workload: {arrivals: {gap: 1s, source: dc}}
";
    let read = |_: &std::path::Path| Err(String::new());
    let scenario = load("g.yaml", text, &[], &read)
        .unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)));
    let topology = scenario.topology;
    let graph = Graph::new(topology.sites.len(), &topology.nodes, &topology.links);
    let node =
        |name: &str| NodeId::new(topology.nodes.iter().position(|n| n.name == name).expect("declared"));
    let path = |from: &str, to: &str| -> Option<Vec<&str>> {
        let links = graph.path(node(from), node(to))?;
        Some(links.iter().map(|id| topology.links[id.index()].name.as_str()).collect())
    };
    assert_eq!(path("x", "z"), Some(vec!["own"]));
    assert_eq!(path("y", "z"), Some(vec!["first", "second"]));
    assert_eq!(path("x", "y"), Some(vec![]));
    assert_eq!(path("x", "away"), None);
    assert!(!graph.connects(node("x"), node("away")));
}

#[test]
fn stars_of_the_sites_name_stand_in_names_and_references() {
    let scenario = loaded(
        "agents: {\"a-{1}\": {at_each: \"b-*\", reads: [dc-1]}}\n\
         firewalls: {\"fw-{1}-{n}\": {at_each: \"b-*\", count: 2, upstreams: [\"a-{1}\"]}}",
    );
    assert_eq!(names(&scenario)[2..7], ["a-1", "a-2", "a-3", "fw-1-1", "fw-1-2"]);
    let upstreams: Vec<usize> = scenario.topology.sessions.iter().map(|s| s.upstream.index()).collect();
    assert_eq!(upstreams, [2, 2, 3, 3, 4, 4]);
}

#[test]
fn a_fault_with_a_count_happens_again_and_again() {
    let cast = "agents: {a: {site: hq, reads: [dc-1]}}\nfirewalls: {\"fw-{n}\": {site: hq, count: 3, upstreams: [a]}}\n";
    let scenario = loaded(&format!(
        "{cast}faults: [{{at: 1h, count: 3, every: 10m, reset: \"fw-{{n}}\"}}, {{name: \"c-{{n}}\", at: 2h, for: 1m, count: 2, every: 5m, crash: a}}]"
    ));
    let minutes = |at: Instant| at.since_start().seconds() / 60.0;
    let found: Vec<_> = scenario
        .faults
        .iter()
        .map(|fault| (fault.name.as_str(), minutes(fault.at), fault.until.map(minutes)))
        .collect();
    assert_eq!(
        found,
        [
            ("reset-fw-1", 60.0, Some(60.0)),
            ("reset-fw-2", 70.0, Some(70.0)),
            ("reset-fw-3", 80.0, Some(80.0)),
            ("c-1", 120.0, Some(121.0)),
            ("c-2", 125.0, Some(126.0)),
        ]
    );
    for wrong in [
        "count: 3, every: 10m, reset: fw-1",
        "count: 100000, every: 300d, reset: \"fw-{n}\"",
        "count: 2, until: 2h, crash: a",
    ] {
        assert!(try_load(&format!("{cast}faults: [{{at: 1h, {wrong}}}]")).is_err(), "{wrong}");
    }
}
