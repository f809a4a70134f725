//! The other identity sources: what a formula says of their timers, a run shows, and shipped files answer their questions.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use assert_cmd::Command;
use uidsim::observe::PointFindings;
use uidsim::problem::Style;
use uidsim::scenario::Scenario;
use uidsim::simulate::{Means, Outcome, Watch, realise, simulate};
use uidsim::topology::{Kind, Role};
use uidsim::workload::{Event, Telling, Workload};

fn scenario(text: &str) -> Scenario {
    let loaded = uidsim::scenario::load("sources.yaml", text, &[], &|_| Err("no files".to_owned()));
    loaded.unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)))
}

fn run(text: &str) -> (Scenario, Outcome) {
    let scenario = scenario(text);
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let outcome = simulate(&scenario, scenario.seed, &|_| Err(String::new()), &watch, Means::PLAIN);
    (scenario, outcome.expect("it runs"))
}

/// The workload that a run was made with.
fn workload(scenario: &Scenario) -> Workload {
    realise(scenario, scenario.seed, &|_| Err(String::new())).expect("it ran")
}

/// How many stays had ended when the run did.
fn ended((scenario, outcome): &(Scenario, Outcome)) -> usize {
    workload(scenario).stays.iter().filter(|stay| stay.end <= outcome.findings.end).count()
}

fn point<'a>((scenario, outcome): &'a (Scenario, Outcome), name: &str) -> &'a PointFindings {
    let row = outcome.findings.points.iter().find(|(id, _)| scenario.topology.nodes[id.index()].name == name);
    &row.expect("a firewall of the file").1
}

/// The share of the time that somebody is at an address in which nobody is known there.
fn unknown(found: &PointFindings) -> f64 {
    found.classes.missing as f64 / (found.classes.total() - found.classes.lingering) as f64
}

/// One user an address, who stays for ten hours, and then the next.
const LONG_STAYS: &str = "
duration: 40h
sites: {a: {}}
workload: {arrivals: {addresses: 30, gap: 20m, source: it}}
";

#[test]
fn a_portal_that_ends_sessions_leaves_a_hole_until_the_next_log_on() {
    let portal = "
captive_portals: {it: {site: a, to: [fw], session: 60m, again: 5m}}
firewalls: {fw: {site: a}, behind: {site: a, upstreams: [fw], timeout: 30m}}
";
    let run = run(&format!("{LONG_STAYS}{portal}"));
    // Of 600 minutes nine times five are a hole; what the run's end cuts off moves it a little.
    let share = unknown(point(&run, "fw"));
    assert!((share - 45.0 / 600.0).abs() < 0.003, "{share}: the timeout of 45 min must not count");
    // Behind the portal's own firewall an entry lives 30 of 65 minutes: nine times 35 of 600 are a hole.
    let share = unknown(point(&run, "behind"));
    assert!((share - 315.0 / 600.0).abs() < 0.005, "{share}");
}

#[test]
fn an_interim_interval_above_the_timeout_leaves_a_hole_of_the_difference() {
    let radius = "
radius_servers: {it: {site: a, to: [agent], interim: 10m}}
agents: {agent: {site: a}}
firewalls: {fw: {site: a, upstreams: [agent], timeout: 4m}, patient: {site: a, upstreams: [agent], timeout: 11m}}
";
    let run = run(&format!("{LONG_STAYS}{radius}"));
    let share = unknown(point(&run, "fw"));
    assert!((share - 0.6).abs() < 0.005, "{share}");
    let share = unknown(point(&run, "patient"));
    assert!(share < 0.001, "{share}");
}

/// Stays of 70 minutes at addresses that are taken again after 100.
const SHORT_STAYS: &str = "
duration: 100h
sites: {a: {}}
";

#[test]
fn a_gateway_takes_a_silent_user_for_gone_when_its_timer_ends() {
    let gateway = |log_out: &str| {
        run(&format!(
            "{SHORT_STAYS}
workload: {{arrivals: {{addresses: 10, gap: 10m, stay: 70m, source: it}}}}
globalprotect_gateways: {{it: {{site: a, to: [fw], inactivity: 15m, log_out: \"{log_out}\"}}}}
firewalls: {{fw: {{site: a}}}}
"
        ))
    };
    let lingers =
        |run: &(Scenario, Outcome)| point(run, "fw").classes.lingering as f64 / 1e9 / ended(run) as f64;
    let (silent, said) = (gateway("0%"), gateway("100%"));
    assert!((lingers(&silent) - 900.0).abs() < 5.0, "{}", lingers(&silent));
    assert!(lingers(&said) < 0.1, "{}", lingers(&said));
    assert!(unknown(point(&silent, "fw")) < 0.001, "an entry lives from one check to the next");
}

#[test]
fn probing_finds_who_left_after_half_an_interval_on_the_mean() {
    let probing = |keys: &str| {
        run(&format!(
            "{SHORT_STAYS}
workload: {{arrivals: {{addresses: 40, gap: {{uniform: [2m, 3m]}}, stay: {{uniform: [30m, 40m]}}, log_off_observed: \"0%\", source: dc}}}}
domain_controllers: {{dc: {{site: a}}}}
agents: {{agent: {{site: a, reads: [{{source: dc, interval: 20s}}], timeout: 10h{keys}}}}}
firewalls: {{fw: {{site: a, upstreams: [agent], timeout: 10h}}}}
"
        ))
    };
    let lingers =
        |run: &(Scenario, Outcome)| point(run, "fw").classes.lingering as f64 / 1e9 / ended(run) as f64;
    let probed = probing(", probing: {interval: 20m, no_answer: 2s}");
    // Half of 20 minutes, two seconds of waiting, one until the agent's next send tick. 2,400 departures that fall anywhere
    // in an interval: their mean strays by 7 s.
    let mean = lingers(&probed);
    assert!((mean - 603.0).abs() < 25.0, "{mean}");
    assert!(lingers(&probing("")) > 3_000.0, "nothing else would have ended these entries");
    let (scenario, outcome) = &probed;
    let clients =
        scenario.topology.nodes.iter().position(|node| node.kind == Kind::Clients).expect("clients");
    let asked = outcome.findings.nodes[clients].messages_in;
    // While it is known an address is probed every 20 minutes, at a phase of its own, the last time when it is found out: of
    // the first interval it takes half on the mean, and a whole probe.
    let known = (point(&probed, "fw").classes.current + point(&probed, "fw").classes.lingering) as f64 / 1e9;
    let expected = known / 1_200.0 + 0.5 * ended(&probed) as f64;
    assert!((asked as f64 / expected - 1.0).abs() < 0.02, "{asked} for {expected}");
}

#[test]
fn a_poll_slips_by_the_time_that_its_records_take() {
    let (_, outcome) = run("
duration: 2h
measure_from: 10m
sites: {a: {}}
domain_controllers: {dc: {site: a, log_lag: 0s, query_time: 0s, query_time_per_record: 50ms}}
agents: {agent: {site: a, timeout: never, reads: [{source: dc, phase: 0s}], announce: {interval: 0s}}}
firewalls: {fw: {site: a, upstreams: [agent], timeout: never}}
workload: {arrivals: {network: 10.0.0.0/16, addresses: 60000, gap: 101ms, source: dc}}
");
    // From end to start 2 s, and half of the time goes to the answer: one round takes 2 s / (1 - 50/101), a record waits half
    // of it and then its answer's time.
    let load = 50.0 / 101.0;
    let round = 2.0 / (1.0 - load);
    let expected = round / 2.0 + load * round;
    let found = &outcome.findings.points[0].1;
    let mean = found.breakdown.observe as f64 / 1e9 / found.staleness.count as f64;
    assert!((mean / expected - 1.0).abs() < 0.03, "{mean} for {expected}");
}

#[test]
fn a_held_query_is_answered_as_soon_as_there_is_something() {
    let engine = |mode: &str| {
        run(&format!(
            "
duration: 10h
sites: {{a: {{}}}}
cloud_identity_engines: {{cie: {{site: a, log_lag: 0s, query_time: 200ms, {mode}}}}}
panoramas: {{panorama: {{site: a, reads: [{{source: cie, phase: 0s}}], announce: {{interval: 0s}}}}}}
firewalls: {{fw: {{site: a, upstreams: [panorama]}}}}
workload: {{arrivals: {{addresses: 900, gap: {{exponential: 50s}}, source: cie}}}}
"
        ))
    };
    let observe = |run: &(Scenario, Outcome)| {
        let found = point(run, "fw");
        found.breakdown.observe as f64 / 1e9 / found.staleness.count as f64
    };
    let held = observe(&engine("mode: subscribe"));
    // A record that comes while an answer is under way waits for the next: one in 250.
    assert!((0.2..0.21).contains(&held), "{held}");
    let polled = observe(&engine("mode: poll, read_interval: 60s"));
    assert!((polled - 30.3).abs() < 2.5, "{polled}");
}

#[test]
fn events_that_a_reader_does_not_take_count_as_filtered() {
    let run = run("
duration: 10h
sites: {a: {}}
domain_controllers: {dc: {site: a, events: [4624, 4634, 4647, 4768, 4769, 4770]}}
firewalls: {plain: {site: a, reads: [dc]}, all: {site: a, reads: [{source: dc, events: [4624, 4634, 4769]}]}}
workload: {population: {sites: {a: {users: 50, networks: [10.0.0.0/24]}}, log_off_observed: \"0%\"}}
");
    let written = &workload(&run.0).updates[0];
    let log_offs = written.iter().filter(|update| update.event() == Event::LogOff).count() as u64;
    assert!(log_offs > 500, "every network session ends: {log_offs}");
    let (plain, all) = (point(&run, "plain"), point(&run, "all"));
    assert!(
        plain.fates.filtered.abs_diff(log_offs) <= 2 && all.fates.filtered == 0,
        "{:?} {log_offs}",
        plain.fates
    );
    assert!(unknown(all) > 0.8 && unknown(plain) < 0.1, "{} {}", unknown(all), unknown(plain));
}

#[test]
fn every_kind_has_the_port_and_the_rule_that_it_is_known_for() {
    let scenario = scenario(
        "
sites: {a: {}}
domain_controllers: {dc: {site: a, protocol: wmi, sessions: {}}, secure: {site: a, protocol: winrm_https}}
exchange_servers: {exchange: {site: a, port: 4711}}
edirectories: {edir: {site: a, protocol: ldaps}}
cloud_identity_engines: {cie: {site: a}}
radius_servers: {radius: {site: a, to: [fw]}}
globalprotect_gateways: {gp: {site: a, to: [fw]}}
captive_portals: {portal: {site: a, to: [fw]}}
firewalls: {fw: {site: a, reads: [edir, exchange, cie, secure, {source: dc, session_interval: 10s}]}}
workload: {population: {sites: {a: {users: 5, networks: [10.0.0.0/24]}}}}
",
    );
    let node =
        |name: &str| scenario.topology.nodes.iter().position(|node| node.name == name).expect("a node");
    let port = |name: &str| match &scenario.topology.nodes[node(name)].role {
        Role::Log(log) => log.port,
        Role::Push(push) => push.port,
        Role::Engine(_) | Role::Point(_) => 0,
    };
    let ports = ["dc", "secure", "exchange", "edir", "cie", "radius"].map(port);
    assert_eq!(ports, [135, 5_986, 4_711, 636, 443, 443]);
    let Role::Point(fw) = &scenario.topology.nodes[node("fw")].role else { panic!("a firewall") };
    let interval = |name: &str| {
        let read = fw.reads.iter().find(|read| read.source.index() == node(name)).expect("it is read");
        read.interval.seconds()
    };
    assert_eq!(["edir", "exchange", "cie", "dc", "dc:sessions"].map(interval), [30.0, 2.0, 60.0, 2.0, 10.0]);
    let lifetimes: Vec<_> =
        fw.lifetimes.iter().map(|(id, lives)| (id.index(), lives.map(|l| l.seconds()))).collect();
    assert_eq!(lifetimes, [(node("gp"), Some(10_800.0)), (node("portal"), None)]);
    let Role::Push(radius) = &scenario.topology.nodes[node("radius")].role else { panic!("it pushes") };
    assert!(matches!(radius.more.telling, Telling::Radius { .. }));
    assert!(node("fw") < node("exchange"), "kinds that came later are numbered later");
}

#[test]
fn what_cannot_be_is_said_with_its_place() {
    let says = |keys: &str| {
        let text = format!(
            "sites: {{a: {{}}}}\n{keys}\nworkload: {{population: {{sites: {{a: {{users: 5, networks: [10.0.0.0/24]}}}}}}}}\n"
        );
        let loaded = uidsim::scenario::load("odd.yaml", &text, &[], &|_| Err(String::new()));
        loaded.expect_err("a problem").render(Style::Plain)
    };
    let unknown = says(
        "domain_controllers: {dc: {site: a, events: [4624, 4625]}}\nfirewalls: {fw: {site: a, reads: [dc]}}",
    );
    assert!(
        unknown.contains("4625") && unknown.contains("4647") && unknown.contains("odd.yaml:2"),
        "{unknown}"
    );
    let none = says(
        "domain_controllers: {dc: {site: a, events: [4624]}}\nfirewalls: {fw: {site: a, reads: [{source: dc, events: [4634]}]}}",
    );
    assert!(none.contains("none of the events"), "{none}");
    let sessions = says(
        "domain_controllers: {dc: {site: a}}\nfirewalls: {fw: {site: a, reads: [{source: dc, session_interval: 10s}]}}",
    );
    assert!(sessions.contains("keeps no list of open sessions"), "{sessions}");
    let pair =
        says("domain_controllers: {dc: {site: a}}\nha_pairs: {edge: {site: a, reads: [dc], probing: {}}}");
    assert!(pair.contains("is a member of a pair"), "{pair}");
    let ldap =
        says("domain_controllers: {dc: {site: a, protocol: ldap}}\nfirewalls: {fw: {site: a, reads: [dc]}}");
    assert!(ldap.contains("takes one of winrm_http, winrm_https, wmi"), "{ldap}");
    let hub = says(
        "firewalls: {fw: {site: a, vsys: [vsys1], user_id_hub: vsys9}, behind: {site: a, upstreams: [fw]}}",
    );
    assert!(hub.contains("no virtual system `vsys9`") && !hub.contains("no node `fw`"), "{hub}");
    let broken = says(
        "syslog_profiles: {p: {regex: {event: \"(\", user: \"(x)\", address: \"(y)\"}}}\nsyslog_senders: {s: {site: a, to: [fw], login: \"{user} {address}\", profiles: [q]}}\nfirewalls: {fw: {site: a}}",
    );
    assert!(broken.contains("no syslog profile `q`") && !broken.contains("no declared profiles"), "{broken}");
}

/// What a firewall knows that lost its memory for a minute, by how many records of history it asks for.
#[test]
fn a_first_query_reads_the_newest_records_or_the_whole_log() {
    let known = |records: u64| {
        let run = run(&format!(
            "
duration: 1h
sites: {{a: {{}}}}
domain_controllers: {{dc: {{site: a, log_lag: 0s, query_time: 0s}}}}
firewalls: {{fw: {{site: a, timeout: never, reads: [{{source: dc, phase: 0s, history_records: {records}}}]}}}}
workload: {{arrivals: {{gap: 63s, addresses: 100, source: dc}}}}
faults: [{{at: 30m, for: 1m, crash: fw}}]
"
        ));
        let updates = &workload(&run.0).updates[0];
        let before =
            updates.iter().filter(|update| update.occurred.nanos() <= 1_860_000_000_000).count() as u64;
        (point(&run, "fw").table.last, before, updates.len() as u64 - before)
    };
    let (all, before, after) = known(0);
    assert_eq!((all, before), (before + after, 29));
    assert_eq!(known(5).0, 5 + after);
    assert_eq!(known(50_000).0, all);
}

#[test]
fn groups_are_half_an_interval_and_a_query_old_on_the_mean() {
    let text = "
duration: 400h
sites: {a: {}}
directories: {ad: {site: a, query_time: 4s, changes: 7m}}
firewalls: {fw: {site: a, group_mapping: [{from: ad, interval: 59m, phase: 0s}]}, other: {site: a}}
domain_controllers: {dc: {site: a}}
workload: {arrivals: {gap: 60m, addresses: 10, source: dc}}
";
    let rows = run(text).1.ledgers;
    assert_eq!(rows.len(), 1, "who reads nothing has no row");
    let mean = rows[0].staleness.sum as f64 / 1e9 / rows[0].staleness.count as f64;
    // A change waits for half a round, which an answer of 4 s makes longer, and then for the answer.
    let expected = (59.0 * 60.0 + 4.0) / 2.0 + 4.0;
    assert!((mean / expected - 1.0).abs() < 0.01, "{mean} for {expected}");
    assert_eq!(rows[0].staleness.count + rows[0].unread, 400 * 60 / 7);
    let late = text.replace("duration: 400h", "duration: 400h\nmeasure_from: 300h");
    let rows = run(&late).1.ledgers;
    assert_eq!(
        rows[0].staleness.count + rows[0].unread,
        400 * 60 / 7 - 300 * 60 / 7,
        "changes of before count not"
    );
}

#[test]
fn blocks_are_told_as_they_change_hands_and_run_out() {
    let run = run("
duration: 100h
sites: {a: {}, b: {}}
links: {l: {between: [a, b], latency: 50ms}}
terminal_servers: {ts: {site: a, ports: [1000, 2999], log_ons: 10m, stay: 115m, second_block: \"0%\", query_time: 200ms}}
firewalls: {fw: {site: b, reads: [{source: dc, interval: 10m}], terminal_servers: [ts]}}
domain_controllers: {dc: {site: a}}
workload: {arrivals: {gap: 60m, addresses: 10, source: dc}}
");
    let row = &run.1.ledgers[0];
    // 2,000 ports are ten blocks; a user holds one for 115 minutes and 4 more, the time of twelve log-ons.
    assert_eq!((row.blocks.blocks, row.blocks.peak, row.blocks.log_ons), (10, 10, 600));
    assert_eq!(row.blocks.refused, 100, "two of twelve, of 600");
    let mean = row.staleness.sum as f64 / 1e9 / row.staleness.count as f64;
    assert!((mean - 0.25).abs() < 0.01, "{mean}: an answer and the way");
}

/// Shipped files of docs/sources.md: what they expect holds.
const SHIPPED: [&str; 11] = [
    "captive-portal",
    "client-probing",
    "cloud-identity",
    "globalprotect",
    "group-mapping",
    "log-off-events",
    "poll-slip",
    "radius-accounting",
    "session-reads",
    "terminal-server",
    "unread-controller",
];

#[test]
fn shipped_sources_answer_their_questions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies");
    let mut check = Command::cargo_bin("uidsim").expect("the program");
    check.arg("check").args(["--seeds", "1"]);
    for name in SHIPPED {
        check.arg(folder.join(format!("{name}.yaml")));
    }
    check.assert().success();
}
