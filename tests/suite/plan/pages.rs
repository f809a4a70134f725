//! The page of a plan: it holds what the plan found, is the same however that was computed, and stays small.

use std::collections::BTreeMap;

use serde_json::Value;
use uidsim::capacity::{Axis, Busy, Found, Plan, Record, Row, SCHEMA_VERSION, grid};
use uidsim::page;
use uidsim::report::Decimal;

use super::{SHORT, grid as arguments_of_a_grid, json, plan};

/// A page of this many points may be this large. Source: the bound of a run's page.
const POINTS: usize = 10_000;
const BYTES_MAX: usize = 5_000_000;

/// A plan with everything that a page shows.
fn whole() -> Vec<&'static str> {
    let file = ["topologies/agent-push.yaml", "--duration", "1h", "--metric", "consistency.*"];
    let search =
        ["--vary", "agents.agent.announce.interval=1s..10s:4", "--until", "fleet staleness.p99 < 5s"];
    let changes = [
        "--what-if",
        "agents.agent.announce.interval=500ms",
        "--what-if",
        "links.wan.latency=5ms; start=07:00",
    ];
    [&file[..], &search, &changes].concat()
}

fn page_of(arguments: &[&str]) -> String {
    plan(&[arguments, &["--html", "-"]].concat())
}

/// The data of a page.
fn data(page: &str) -> Value {
    let json = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(json.expect("a page has data")).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// To the digits that a page keeps.
fn is_near(one: &Value, other: &Value) -> bool {
    (number(one) - number(other)).abs() <= number(other).abs() * 6e-4
}

#[test]
fn a_page_holds_what_the_plan_found() {
    let (data, whole) = (data(&page_of(&whole())), json(&whole()));
    assert_eq!(data["kind"], "plan");
    assert_eq!((&data["seeds"], &data["is_partial"]), (&whole["seeds"], &whole["partial"]));
    let rows = data["points"]["rows"].as_array().expect("rows");
    let points = whole["points"].as_array().expect("points");
    assert!(rows.len() == points.len() && rows.len() > 6, "{}", rows.len());
    let metrics = data["points"]["metrics"].as_array().expect("metrics");
    assert_eq!(metrics[0]["label"], "fleet staleness.p99 < 5s");
    assert_eq!((number(&metrics[0]["bound"]), &metrics[1]["bound"]), (5.0, &Value::Null));
    assert_eq!(metrics.len(), 1 + points[0]["metrics"].as_array().expect("metrics").len());
    for (row, point) in rows.iter().zip(points) {
        let values: Vec<&Value> = point["values"].as_object().expect("values").values().collect();
        assert_eq!(row["values"].as_array().expect("values").iter().collect::<Vec<_>>(), values);
        let span = row["values"][0].as_str().expect("text").parse::<uidsim::units::Span>().expect("a span");
        assert_eq!(number(&row["at"][0]), span.nanos() as f64);
        let found = std::iter::once(&point["limit"]).chain(point["metrics"].as_array().expect("metrics"));
        for (index, found) in found.enumerate() {
            assert!(is_near(&row["means"][index], &found["mean"]), "{row} {found}");
            assert!(is_near(&row["half_widths"][index], &found["half_width"]), "{row} {found}");
        }
        let ruling = &point["ruling"];
        let word = match (ruling["sure"].as_bool(), ruling["held"].as_bool()) {
            (Some(true), Some(held)) => ["breached", "holds"][usize::from(held)],
            _ => "perhaps",
        };
        assert_eq!(row["ruling"], word);
        let first = &row["busiest"][0];
        let name = usize::try_from(first[0].as_u64().expect("a position")).expect("small");
        assert_eq!(data["points"]["names"][name], point["busiest"][0]["name"]);
        assert!(is_near(&first[1], &point["busiest"][0]["utilisation"]), "{row}");
        let delay: f64 = row["delay"].as_array().expect("parts").iter().map(number).sum();
        assert!(delay > 0.1, "{row}");
    }
    let (edge, knee) = (&data["knee"]["edge"], &whole["knee"]);
    for level in ["held", "breached", "surely_held", "surely_breached"] {
        assert_eq!(edge[level][0], knee[level], "{level}");
    }
    assert!(data["knee"]["sentences"][0].as_str().is_some_and(|said| said.contains("holds up to")));
    assert_eq!(data["theory"]["name"], whole["theory"]["name"]);
    let changes = data["changes"]["rows"].as_array().expect("changes");
    let ranked = whole["what_if"]["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), ranked.len());
    for (change, found) in changes.iter().zip(ranked) {
        assert!(is_near(&change["mean"], &found["change"]), "{change}");
        assert!(is_near(&change["half_width"], &found["change_half_width"]), "{change}");
        assert_eq!(change["word"] == "better", found["better"] == true, "{change}");
    }
}

/// The command on a page, given again word by word, makes the same plan.
#[test]
fn the_command_on_a_page_makes_the_page_again() {
    let page = page_of(&whole());
    let data = data(&page);
    let command = data["command"].as_str().expect("a command");
    let words = command.strip_prefix("uidsim plan ").expect("a plan");
    let parts = words.split('\'').enumerate();
    let words: Vec<&str> = parts
        .flat_map(|(index, part)| if index % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect();
    assert_eq!(page_of(&words), page);
    assert!(!command.contains("html") && command.contains("--until 'fleet staleness.p99 < 5s'"), "{command}");
}

#[test]
fn a_page_is_the_same_with_other_threads_and_from_merged_shares() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a plain path");
    let arguments = arguments_of_a_grid();
    let page = page_of(&[&arguments[..], &["--threads", "1"]].concat());
    assert_eq!(page, page_of(&[&arguments[..], &["--threads", "3"]].concat()));
    for shard in ["2/2", "1/2"] {
        plan(&[&arguments[..], &["--out", out, "--shard", shard, "--quiet"]].concat());
    }
    assert_eq!(page, page_of(&[&arguments[..], &["--out", out, "--merge"]].concat()));
    let data = data(&page);
    let levels = |axis: usize| data["axes"][axis]["levels"].as_array().map(Vec::len);
    assert_eq!((levels(0), levels(1)), (Some(2), Some(2)));
    assert_eq!((&data["axes"][0]["is_range"], &data["axes"][1]["is_range"]), (&false.into(), &true.into()));
    // Positions in a list are those of its items.
    assert_eq!(data["points"]["rows"][2]["at"][0], 1.0);
    assert_eq!((&data["knee"], &data["changes"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_was_typed_is_no_markup() {
    let odd = "name=<script>alert(1)</script>,</script><!--";
    let page =
        page_of(&[&SHORT[..], &["--vary", odd, "--what-if", "name=<script>alert(2)</script>"]].concat());
    assert!(!page.contains("<script>alert") && !page.contains("<!--"), "a value became markup");
    let data = data(&page);
    assert_eq!(data["points"]["rows"][0]["values"][0], "<script>alert(1)</script>");
    assert_eq!(data["changes"]["rows"][0]["change"], "name=<script>alert(2)</script>");
}

/// A plan of as many points as there may be, with every metric of the fleet, made up.
fn large() -> Plan {
    let axes =
        ["links.a-link-of-some-length.latency=1ms..999ms:100", "defaults.firewalls.timeout=1m..100m:100"]
            .map(|axis| Axis::read(axis).expect(axis));
    let points = grid(&axes).expect("ten thousand points");
    assert_eq!(points.len(), POINTS);
    let metrics = uidsim::capacity::metrics(&["*".to_owned()]).expect("every metric");
    let value = |point: usize, more: usize| {
        Decimal::from_nanos(((point * 7_919 + more * 104_729) % 1_000_003 + 1) as u128 * 1_234_567)
    };
    let record = |point: usize, seed: u64| Record {
        schema_version: SCHEMA_VERSION,
        id: String::new(),
        seed,
        fleet: metrics
            .iter()
            .enumerate()
            .map(|(index, metric)| (metric.path.clone(), value(point + seed as usize, index)))
            .collect::<BTreeMap<_, _>>(),
        judged: None,
        busiest: (0..9)
            .map(|place| Busy {
                name: format!("a-node-with-a-long-name-{place}-{}", point % 40),
                kind: "firewall".to_owned(),
                utilisation: Decimal::from_nanos((900_000_000 - place * 7_654_321 - point * 1_001) as u128),
                queue_mean: None,
            })
            .collect(),
    };
    let rows = points
        .into_iter()
        .enumerate()
        .map(|(index, point)| Row { point, records: vec![record(index, 1), record(index, 2)] })
        .collect();
    Plan::new(Found {
        name: "large".to_owned(),
        seeds: vec![1, 2],
        axes: axes.to_vec(),
        asked: vec!["*".to_owned()],
        limit: None,
        rows,
        knee: None,
        changed: Vec::new(),
        partial: false,
    })
    .expect("known metrics")
}

#[test]
fn a_page_of_ten_thousand_points_stays_within_its_bound() {
    let plan = large();
    let page = page::plan(&plan, "uidsim plan large.yaml");
    assert!(page.len() < BYTES_MAX, "{} bytes", page.len());
    let data = data(&page);
    let points = &data["points"];
    assert_eq!(points["rows"].as_array().map(Vec::len), Some(POINTS));
    let kept = points["metrics"].as_array().map_or(0, Vec::len);
    let left_out = usize::try_from(points["metrics_left_out"].as_u64().expect("a count")).expect("small");
    assert!(kept >= 8 && kept + left_out == plan.metrics.len(), "{kept} {left_out}");
}
