//! The page holds what was found, within its bounds, and nothing from outside.

use assert_cmd::Command;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uidsim::observe::{Classes, Duty, Timeline};
use uidsim::page::{self, Whole};
use uidsim::report;
use uidsim::scenario::{self, Scenario};
use uidsim::simulate::{Means, Mode, Outcome, Watch, simulate};

/// A page of this many enforcement points may be this large. Source: the page's promise, 5 MB at 10,000.
const POINTS: usize = 12_500;
const BYTES_MAX: usize = 5_000_000;

fn loaded(text: &str) -> Scenario {
    let read = |_: &std::path::Path| Err("no files".to_owned());
    scenario::load("test.yaml", text, &[], &read)
        .unwrap_or_else(|problems| panic!("{}", problems.render(uidsim::problem::Style::Plain)))
}

fn played(scenario: &Scenario, mode: Mode) -> Outcome {
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let means = Means { mode, threads: 2, timelines: true, bin: page::bin(scenario), ..Means::PLAIN };
    let read = |_: &std::path::Path| Err("no files".to_owned());
    simulate(scenario, scenario.seed, &read, &watch, means).expect("a workload")
}

fn printed(scenario: &Scenario, outcome: &Outcome) -> String {
    let costs = report::Costs { cpu: None, wall: uidsim::units::Span::ZERO, peak_rss_bytes: None };
    let report = report::build(scenario, outcome, scenario.seed, costs, false);
    page::run(&Whole { scenario, outcome, report: &report, replay: "uidsim run test.yaml" })
}

/// The data of a page.
fn data(page: &str) -> Value {
    let json = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(json.expect("a page has data")).expect("JSON")
}

const PAIR: &str = "
start: '08:30'
duration: 30m
window: 1m
seed: 3
sites: {hq: {}, branch: {}}
links: {wan: {between: [hq, branch], latency: 10ms}}
sources: {portal: {site: hq, to: [panorama]}}
panoramas: {panorama: {site: hq}}
ha_pairs: {edge: {site: branch, upstreams: [panorama]}}
firewalls: {'fw-{n}': {site: branch, count: 3, upstreams: [panorama]}}
workload: {population: {sites: {branch: {users: 120, networks: [10.0.0.0/24]}}}}
faults: [{name: '<script>alert(1)</script>', at: 10m, for: 5m, crash: edge-a}]
";

#[test]
fn the_vendored_files_are_those_that_their_table_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/vendor");
    let table = std::fs::read_to_string(folder.join("README.md")).expect("a table");
    let rows: Vec<(&str, &str)> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
        .collect();
    assert_eq!(rows.len(), 3);
    for (file, wanted) in rows {
        let bytes = std::fs::read(folder.join(file)).expect("a file");
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sum, wanted, "{file}");
    }
}

#[test]
fn a_page_is_the_same_each_time_and_names_are_no_markup() {
    let scenario = loaded(PAIR);
    let outcome = played(&scenario, Mode::Scanned);
    let page = printed(&scenario, &outcome);
    assert_eq!(page, printed(&scenario, &played(&scenario, Mode::Scanned)));
    assert!(!page.contains("<script>alert"), "a fault's name became markup");
    assert_eq!(data(&page)["disturbances"]["rows"][0]["name"], "<script>alert(1)</script>");
}

/// Each cell, computed again from the windows of the findings.
#[test]
fn the_heat_map_holds_the_windows_of_every_enforcement_point() {
    let scenario = loaded(PAIR);
    let outcome = played(&scenario, Mode::Scanned);
    let data = data(&printed(&scenario, &outcome));
    let bins = usize::try_from(data["axis"]["count"].as_u64().expect("a count")).expect("small");
    let plane = STANDARD.decode(data["heat"]["truth"].as_str().expect("text")).expect("base64");
    let names = data["points"]["columns"][0]["cells"].as_array().expect("names");
    assert_eq!((names.len(), plane.len(), bins), (5, 5 * 30, 30));
    let mut seen = std::collections::BTreeSet::new();
    for (row, name) in names.iter().enumerate() {
        let found =
            outcome.findings.points.iter().find(|(node, _)| {
                scenario.topology.nodes[node.index()].name == name.as_str().expect("a name")
            });
        let (_, point) = found.expect("a point of that name");
        for (bin, window) in point.windows.iter().enumerate() {
            let Classes { current, outdated, missing, lingering } = window;
            let wrong = (outdated + missing + lingering) as f64;
            let level = plane[row * bins + bin];
            seen.insert(level);
            if window.total() == 0 {
                assert_eq!(level, 255);
            } else {
                let share = (f64::from(level) / 254.0).powi(2);
                let real = wrong / (wrong + current as f64);
                // Half a level more or less.
                assert!((share.sqrt() - real.sqrt()).abs() <= 0.51 / 254.0 || level == 1, "{name} {bin}");
            }
        }
    }
    assert!(seen.len() > 3, "{seen:?}");
}

/// What the node of this name did.
fn timeline(scenario: &Scenario, outcome: &Outcome, name: &str) -> Option<Timeline> {
    let node = scenario.topology.nodes.iter().position(|node| node.name == name).expect("a node");
    let timelines = outcome.timelines.as_ref().expect("asked for");
    timelines.of(uidsim::ids::NodeId::new(node)).cloned()
}

#[test]
fn timelines_tell_the_failover() {
    let scenario = loaded(PAIR);
    let outcome = played(&scenario, Mode::Scanned);
    let of = |outcome: &Outcome, name: &str| timeline(&scenario, outcome, name);
    assert_eq!(of(&outcome, "fw-1"), None);
    let failover = outcome.findings.disturbances.iter().find(|one| one.node.is_some()).expect("a failover");
    let first = of(&outcome, "edge-a").expect("a member");
    let crash = scenario.faults[0].at;
    assert_eq!(first.changes[0].1, Duty::Enforces);
    assert_eq!(first.changes[1], (crash, Duty::Down));
    let second = of(&outcome, "edge-b").expect("a member");
    assert_eq!(second.changes[0].1, Duty::StandsBy);
    assert_eq!(second.changes[1].1, Duty::Enforces);
    assert!(second.changes[1].0 >= crash && failover.at <= second.changes[1].0, "{second:?}");
}

/// Pairs in which something happened come first; of the others only so many as make a dozen.
#[test]
fn quiet_pairs_are_counted_not_drawn() {
    let more = "{'quiet-{n}': {count: 30, site: branch, upstreams: [panorama]}, edge: {site";
    let scenario = loaded(&PAIR.replace("{edge: {site", more));
    let outcome = played(&scenario, Mode::Followed);
    let data = data(&printed(&scenario, &outcome));
    let rows = data["pairs"]["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), &rows[0]["name"], &data["pairs"]["left_out"]), (12, &"edge".into(), &19.into()));
    assert!(rows[0]["members"][0]["turns"].as_array().is_some_and(|turns| turns.len() > 1));
}

/// Bin by bin the same on both ways, and all bins together are the staleness of the whole run.
#[test]
fn staleness_in_the_course_of_a_run_adds_up_however_points_are_computed() {
    let text = PAIR
        .replace("for: 5m, crash: edge-a", "reset: fw-2")
        .replace("latency: 10ms", "latency: 10ms, jitter: {exponential: 3ms}");
    let scenario = loaded(&text);
    let outcome = played(&scenario, Mode::Scanned);
    let followed = played(&scenario, Mode::Followed);
    assert!(outcome.course.scanned_deliveries.0 > 0 && followed.course.scanned_deliveries.0 == 0);
    for name in ["edge-a", "edge-b"] {
        let [one, other] = [&outcome, &followed].map(|outcome| timeline(&scenario, outcome, name));
        assert!(one.is_some() && one == other, "{one:?}, {other:?}");
    }
    for ((node, point), (_, other)) in outcome.findings.points.iter().zip(&followed.findings.points) {
        let name = &scenario.topology.nodes[node.index()].name;
        assert_eq!(point.lately, other.lately, "{name}");
        let counts: u64 = point.lately.bins.iter().map(|late| late.count).sum();
        let sums: u128 = point.lately.bins.iter().map(|late| late.sum).sum();
        assert_eq!((counts, sums), (point.staleness.count, point.staleness.sum), "{name}");
        assert!(point.lately.bins.iter().filter(|late| late.count > 0).count() > 10, "{name}");
    }
}

/// Whether a byte is the level of a share: half a level more or less, and never nothing for what is not nothing.
fn is_level(level: u8, share: f64) -> bool {
    (f64::from(level) / 254.0 - share.sqrt()).abs() <= 0.51 / 254.0 || (level == 1 && share > 0.0)
}

/// Boxes and arrows, computed again from the busy time of nodes and links; the line is busiest under its own arrows only.
#[test]
fn the_graph_says_how_busy_nodes_and_links_are_at_any_time() {
    let text = PAIR
        .replace("latency: 10ms}", "latency: 10ms, bandwidth: 64kbit/s}, ha1: {between: [edge-b, edge-a], latency: 1ms, bandwidth: 8kbit/s}")
        .replace("panorama: {site: hq}", "panorama: {site: hq, processor: {per_mapping: 200ms}}")
        .replace("seed: 3", "seed: 3\nmeasure_from: 90s");
    let scenario = loaded(&text);
    let outcome = played(&scenario, Mode::Scanned);
    assert_eq!(outcome.course.loads, played(&scenario, Mode::Followed).course.loads);
    let data = data(&printed(&scenario, &outcome));
    let graph = &data["graph"];
    let bins = usize::try_from(graph["axis"]["count"].as_u64().expect("a count")).expect("small");
    let plane = |name: &str| STANDARD.decode(graph[name].as_str().expect("text")).expect("base64");
    let row = |plane: &[u8], row: &Value| -> Option<Vec<u8>> {
        let row = usize::try_from(row.as_u64()?).expect("small");
        Some(plane[row * bins..(row + 1) * bins].to_vec())
    };
    // A minute each: nothing of the first is measured, half of the second.
    let lengths: Vec<f64> = (0..bins).map(|bin| [0.0, 30e9, 60e9][bin.min(2)]).collect();
    let is_right = |levels: &[u8], busy: &[u64]| {
        levels.iter().enumerate().all(|(bin, level)| {
            let busy = busy.get(bin).copied().unwrap_or(0) as f64;
            if lengths[bin] == 0.0 { *level == 255 } else { is_level(*level, busy / lengths[bin]) }
        })
    };
    let (nodes, roads) = (plane("busy"), plane("roads"));
    let place = |name: &str| scenario.topology.nodes.iter().position(|node| node.name == name);
    let mut seen = std::collections::BTreeSet::new();
    let boxes = graph["boxes"].as_array().expect("boxes");
    for one in boxes {
        let node = place(one["label"].as_str().expect("a name")).expect("each node has its own box");
        let load = outcome.course.loads.hosts[node].bins();
        match row(&nodes, &one["busy_row"]) {
            Some(levels) => assert!(is_right(&levels, load), "{one} {load:?} {levels:?}"),
            None => assert!(load.is_empty(), "{one}"),
        }
        seen.extend(row(&nodes, &one["busy_row"]).into_iter().flatten());
    }
    assert!(seen.len() > 4 && seen.contains(&255), "{seen:?}");
    // The line to the branch, and the pair's own link, which is written the other way round.
    let link =
        |name: &str| scenario.topology.links.iter().position(|link| link.name == name).expect("a link");
    let load = |name: &str, way: usize| outcome.course.loads.pipes[link(name)][way].bins();
    assert!(!load("wan", 0).is_empty() && !load("ha1", 1).is_empty());
    let mut over = [0, 0];
    for arrow in graph["arrows"].as_array().expect("arrows") {
        let end = |at: usize| &boxes[usize::try_from(arrow[at].as_u64().expect("a box")).expect("small")];
        let under = match (end(0)["label"].as_str(), end(1)["site"].as_str()) {
            (Some("edge-a"), _) => Some((1, load("ha1", 1))),
            (Some("edge-b"), _) => Some((1, load("ha1", 0))),
            (Some("panorama"), Some("branch")) => Some((0, load("wan", 0))),
            _ => None,
        };
        let levels = row(&roads, &arrow[3]);
        match under.filter(|(_, load)| !load.is_empty()) {
            None => assert_eq!(levels, None, "{arrow}"),
            Some((which, load)) => {
                assert!(is_right(&levels.expect("levels"), load), "{arrow}");
                over[which] += 1;
            }
        }
    }
    assert!(over[0] >= 5 && over[1] >= 1, "{over:?}");
    // The line has a curve in the same bins.
    let curves = data["busy"].as_array().expect("curves");
    let line = curves.iter().find(|curve| curve["name"] == "wan from hq to branch").expect("the line");
    let shares = line["shares"].as_array().expect("shares");
    assert_eq!((shares.len(), &shares[0]), (bins, &Value::Null));
    let busy = load("wan", 0);
    assert!((shares[5].as_f64().expect("a share") - busy[5] as f64 / 60e9).abs() < 1e-3 && busy[5] > 0);
}

#[test]
fn a_page_of_a_large_fleet_stays_within_its_bound() {
    let text = format!(
        "
duration: 8m
window: 1s
sites: {{hq: {{}}, 'large-branch-{{n}}': {{count: 25}}}}
links: {{'wan-{{n}}': {{count: 25, between: [hq, 'large-branch-{{n}}'], latency: 10ms}}}}
sources: {{portal: {{site: hq, to: [panorama]}}}}
panoramas: {{panorama: {{site: hq}}}}
firewalls: {{'{{site}}-firewall-{{n}}': {{at_each: 'large-*', count: {}, upstreams: [panorama]}}}}
workload: {{population: {{sites: {{large-branch-1: {{users: 8, networks: [10.0.0.0/24]}}}}}}}}
",
        POINTS / 25
    );
    let scenario = loaded(&text);
    let outcome = played(&scenario, Mode::Scanned);
    assert_eq!(outcome.findings.points.len(), POINTS);
    let page = printed(&scenario, &outcome);
    assert!(page.len() < BYTES_MAX, "{} bytes", page.len());
    let data = data(&page);
    let rows = data["points"]["columns"][0]["cells"].as_array().expect("names").len();
    assert_eq!((rows, data["points"]["left_out"].as_u64()), (POINTS, Some(0)));
    // As many cells as the rule allows, so that the bound is put to the test.
    let cells = data["axis"]["count"].as_u64().expect("a count") * 3 * POINTS as u64;
    assert!((1_000_000..=1_200_000).contains(&cells), "{cells}");
    let boxes = data["graph"]["boxes"].as_array().expect("boxes");
    assert!(boxes.len() <= 320, "{} boxes", boxes.len());
    let nodes: u64 = boxes.iter().map(|one| one["nodes"].as_u64().expect("a count")).sum();
    assert_eq!(nodes, scenario.topology.nodes.len() as u64);
}

#[test]
fn check_and_compare_write_pages_of_what_they_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let html = file.to_str().expect("a path in text");
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("uidsim").expect("the program is built");
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").args(arguments);
        command.args(["--html", html, "--quiet"]).assert().code(0);
        data(&std::fs::read_to_string(&file).expect("it was written"))
    };
    let check = run(&["check", "topologies/direct.yaml", "--seeds", "2"]);
    assert_eq!((&check["kind"], &check["held"]), (&"check".into(), &true.into()));
    let one = &check["files"][0];
    assert_eq!(one["curves"].as_array().map(Vec::len), Some(2));
    assert_eq!(one["rows"].as_array().map(|rows| rows.len() as u64), one["judged"].as_u64());
    let compare = run(&["compare", "topologies/direct.yaml", "topologies/agent-push.yaml", "--seeds", "2"]);
    assert_eq!(compare["sides"].as_array().map(Vec::len), Some(2));
    assert_eq!(compare["sides"][1]["curves"].as_array().map(Vec::len), Some(2));
    assert!(compare["metrics"].as_array().is_some_and(|rows| rows.len() > 5));
}

/// A report that was saved with its series has the curve of the run itself, in time as in visibility.
#[test]
fn saved_reports_have_the_curves_that_they_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("a path in text").to_owned();
    let [plain, whole, html] = ["plain.json", "whole.json", "page.html"].map(file);
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("uidsim").expect("the program is built");
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").args(arguments);
        command.arg("--quiet").assert().code(0);
    };
    let topology = "topologies/direct.yaml";
    run(&["run", topology, "--json", &plain]);
    run(&["run", topology, "--json", &whole, "--series"]);
    run(&["compare", topology, &whole, &plain, "--html", &html]);
    let data = data(&std::fs::read_to_string(&html).expect("it was written"));
    let side = |index: usize| &data["sides"][index];
    let curve = |index: usize| &side(index)["curves"][0];
    assert_eq!([0, 1, 2].map(|index| side(index)["is_saved"].as_bool()), [false, true, true].map(Some));
    assert_eq!(curve(1)["axis_seconds"], curve(0)["axis_seconds"]);
    let shares = |index: usize| curve(index)["current"].as_array().expect("shares").clone();
    assert_eq!(shares(0).len(), shares(1).len());
    let number = |value: &Value| value.as_f64().unwrap_or(0.0);
    let differ = |(one, other): (&Value, &Value)| (number(one) - number(other)).abs() > 1e-3;
    assert!(!shares(0).iter().zip(&shares(1)).any(differ) && shares(0).len() > 100);
    assert!(shares(2).is_empty());
    for index in [1, 2] {
        let fleet = |index: usize| -> Vec<Value> {
            let rows = curve(index)["visibility"].as_array().expect("rows");
            rows.iter().map(|row| row["fleet"].clone()).collect()
        };
        assert!(fleet(0) == fleet(index) && number(&fleet(0)[3]) > 0.1, "{:?}", fleet(0));
        assert_eq!(curve(index)["staleness"]["within"].as_array().map(Vec::len), Some(5));
    }
}
