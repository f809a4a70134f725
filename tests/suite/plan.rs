//! `uidsim plan` from outside: grids, the knee of a closed form, changes ranked, and what is wrong with a command.

mod kept;
mod pages;

use assert_cmd::Command;
use serde_json::Value;

/// A topology that runs in a fraction of a second.
const SHORT: [&str; 5] = ["topologies/direct.yaml", "--duration", "40m", "--seeds", "2"];

fn uidsim(command: &str, arguments: &[&str]) -> Command {
    let mut uidsim = Command::cargo_bin("uidsim").expect("the program is built");
    uidsim.env_remove("RUST_LOG").current_dir(env!("CARGO_MANIFEST_DIR")).arg(command).args(arguments);
    uidsim
}

fn printed(mut command: Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stdout).expect("text")
}

fn plan(arguments: &[&str]) -> String {
    printed(uidsim("plan", arguments), 0)
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&plan(&[arguments, &["--json", "-"]].concat())).expect("JSON")
}

fn complaint(arguments: &[&str], code: i32) -> String {
    let output = uidsim("plan", arguments).assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A grid of four points.
fn grid() -> Vec<&'static str> {
    let axes = ["--vary", "defaults.firewalls.timeout=5m,45m", "--vary", "links.wan.latency=20ms..220ms:2"];
    [&SHORT[..], &axes].concat()
}

/// The row of a metric in a point of the JSON.
fn metric<'a>(point: &'a Value, path: &str) -> &'a Value {
    let rows = point["metrics"].as_array().expect("metrics");
    rows.iter().find(|row| row["metric"] == path).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn a_grid_has_a_row_for_each_point_and_any_number_of_threads_finds_the_same() {
    let threads = |count: &'static str| plan(&[&grid()[..], &["--threads", count, "--json", "-"]].concat());
    let one = threads("1");
    assert_eq!(one, threads("2"));
    assert_eq!(one, threads("16"));
    let whole: Value = serde_json::from_str(&one).expect("JSON");
    let points = whole["points"].as_array().expect("points");
    let values: Vec<String> = points
        .iter()
        .map(|point| {
            let values = point["values"].as_object().expect("an object").values();
            values.map(|value| value.as_str().expect("text")).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(values, ["5m 20ms", "5m 220ms", "45m 20ms", "45m 220ms"]);
    // A longer timeout forgets fewer users, and a longer line makes the news later.
    let mean = |point: usize, path: &str| metric(&points[point], path)["mean"].as_f64().expect("a mean");
    assert!(mean(2, "consistency.mean") > mean(0, "consistency.mean"), "{points:?}");
    assert!(mean(1, "staleness.p50") > mean(0, "staleness.p50"), "{points:?}");
    let csv = plan(&[&grid()[..], &["--csv", "-"]].concat());
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let head: Vec<&str> = rows.headers().expect("a head").iter().take(4).collect();
    assert_eq!(head, ["defaults.firewalls.timeout", "links.wan.latency", "change", "seed"]);
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 4 * 2);
}

#[test]
fn a_point_is_what_runs_with_the_same_values_find() {
    let whole = json(&grid());
    let seeds = whole["seeds"].as_array().expect("seeds");
    let report = |seed: &Value| -> Value {
        let seed = seed.to_string();
        let values = ["defaults.firewalls.timeout=5m", "links.wan.latency=220ms"];
        let arguments =
            [SHORT[0], "--duration", "40m", "--seed", &seed, "--set", values[0], "--set", values[1]];
        let run = uidsim("run", &[&arguments[..], &["--json", "-", "--quiet"]].concat());
        serde_json::from_str(&printed(run, 0)).expect("JSON")
    };
    let reports: Vec<Value> = seeds.iter().map(report).collect();
    let row = metric(&whole["points"][1], "staleness.p99");
    for (index, report) in reports.iter().enumerate() {
        assert_eq!(row["by_seed"][index], report["fleet"]["staleness_seconds"]["p99"]);
    }
    // The mean of two, and Student's t for one degree of freedom over two runs: 12.706 times half their distance.
    let of = |index: usize| row["by_seed"][index].as_f64().expect("a number");
    let is_near = |key: &str, value: f64| (row[key].as_f64().expect("a number") - value).abs() < 1e-6;
    assert!(is_near("mean", (of(0) + of(1)) / 2.0), "{row}");
    assert!(of(0) != of(1) && is_near("half_width", 12.706 * (of(0) - of(1)).abs() / 2.0), "{row}");
    // What is busiest is the busiest node or link of the reports.
    let busiest = &whole["points"][1]["busiest"][0];
    let utilisation = |report: &Value| {
        let all = ["nodes", "links"].map(|kind| report[kind].as_array().expect("rows").clone()).concat();
        all.iter().filter_map(|row| row["utilisation"].as_f64()).fold(0.0, f64::max)
    };
    let mean = (utilisation(&reports[0]) + utilisation(&reports[1])) / 2.0;
    assert!((busiest["utilisation"].as_f64().expect("a number") - mean).abs() < 1e-6, "{busiest} {mean}");
}

/// M/M/1 with μ = 100/s: the mean staleness is 1/(μ − λ), below 20 ms while the gap 1/λ is above 20 ms.
#[test]
fn the_knee_of_an_mm1_lies_within_its_interval_and_theory_stands_beside_it() {
    let gap = "workload.arrivals.gap.exponential=14ms..40ms:3";
    let search = ["topologies/theory/mm1-age.yaml", "--vary", gap, "--until", "fleet staleness.mean < 20ms"];
    let whole = json(&[&search[..], &["--seeds", "4", "--duration", "3m"]].concat());
    let knee = &whole["knee"];
    let span = |value: &Value| {
        let text = value.as_str().unwrap_or_else(|| panic!("no span: {whole}"));
        text.parse::<uidsim::units::Span>().expect("a span").seconds()
    };
    assert_eq!((knee["found"].as_str(), knee["holds_below"].as_bool()), (Some("edge"), Some(false)));
    let (low, high) = (span(&knee["surely_breached"]), span(&knee["surely_held"]));
    assert!(low < 0.020 && 0.020 < high && high - low < 0.005, "{knee}");
    let (breached, held) = (span(&knee["breached"]), span(&knee["held"]));
    assert!(low <= breached && breached < held && held <= high && held - breached < 0.000_6, "{knee}");
    // The bottleneck is the server, saturated where a job comes every 10 ms; as many wait as Pollaczek and Khinchine say.
    let theory = &whole["theory"];
    assert_eq!(theory["name"], "learner");
    assert!((span(&theory["saturated_at"]) - 0.010).abs() < 0.000_5, "{theory}");
    let levels = theory["levels"].as_array().expect("levels");
    assert!(levels.len() >= 5, "{theory}");
    for at in levels {
        let number = |key: &str| at[key].as_f64().expect("a number");
        assert!((number("utilisation") - 0.010 / span(&at["level"])).abs() < 0.02, "{at}");
        assert!((number("waiting") / number("waiting_exponential") - 1.0).abs() < 0.25, "{at}");
        assert!((number("waiting_constant") * 2.0 - number("waiting_exponential")).abs() < 1e-6, "{at}");
    }
}

#[test]
fn changes_are_ranked_by_what_they_bring_and_advice_is_what_reruns_confirm() {
    let [slower, faster, same] = [
        "agents.agent.announce.interval=20s",
        "agents.agent.announce.interval=100ms",
        "agents.agent.capacity=500000",
    ];
    let file = ["topologies/agent-push.yaml", "--duration", "40m", "--metric", "staleness.p50"];
    let arguments = [&file[..], &["--what-if", slower, "--what-if", faster, "--what-if", same]].concat();
    let whole = json(&arguments);
    let ranked: Vec<(String, Option<bool>)> = whole["what_if"]["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["values"].to_string(), change["better"].as_bool()))
        .collect();
    let value = |change: &str| {
        let (path, value) = change.split_once('=').expect("a change");
        serde_json::json!({ path: value }).to_string()
    };
    assert_eq!(
        ranked,
        [(value(faster), Some(true)), (value(same), None), (value(slower), Some(false))],
        "{whole}"
    );
    let text = plan(&arguments);
    let advice: Vec<&str> =
        text.lines().filter(|line| line.contains("confirmed by 3 paired reruns")).collect();
    assert!(advice.len() == 1 && advice[0].contains(faster), "{text}");
}

/// The README's own command, word by word, and what it prints.
#[test]
fn the_readme_shows_what_plan_prints() {
    let readme = include_str!("../../README.md");
    let section = readme.split("## Planning capacity\n").nth(1).expect("a section");
    let block = |kind: &str| {
        let rest = section.split(&format!("```{kind}\n")).nth(1).expect("a block");
        rest.split("```").next().expect("an end")
    };
    let command = block("sh").replace("\\\n", " ");
    let (_, command) = command.split_once(" plan ").expect("a plan");
    // What stands between quotes is one word.
    let parts = command.split('\'').enumerate();
    let words: Vec<&str> = parts
        .flat_map(|(index, part)| if index % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect();
    assert_eq!(plan(&words), block("text"));
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let file = SHORT[0];
    let bad = |arguments: &[&str], said: &str| {
        let stderr = complaint(&[&[file], arguments].concat(), 2);
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    };
    let hour = ["--vary", "duration=1h..2h"];
    bad(&[], "--vary");
    bad(&["--vary", "duration=2h..1h"], "does not rise");
    bad(&["--vary", "seed=1..1000:1000", "--vary", "window=1s..100s:100"], "more than 10000 points");
    bad(&["--vary", "seed=1..3"], "--seeds N");
    bad(&[&hour[..], &["--vary", "duration=3h,4h"]].concat(), "two --vary give values to duration");
    bad(&[&hour[..], &["--duration", "1h"]].concat(), "set already");
    bad(&[&hour[..], &["--until", "fleet stalenes.p99 < 5s"]].concat(), "--until 'fleet stalenes.p99 < 5s'");
    bad(&[&hour[..], &["--until", "5s"]].concat(), "SELECTOR METRIC LIMIT");
    bad(&["--vary", "duration=1h,2h", "--until", "fleet staleness.p99 < 5s"], "needs a range");
    bad(&["--what-if", "duration=1h", "--until", "fleet staleness.p99 < 5s"], "needs a range to search");
    bad(&[&hour[..], &["--metric", "nothing"]].concat(), "no metric of the fleet matches `nothing`");
    bad(&[&hour[..], &["--shard", "1/2"]].concat(), "--out");
    bad(&[&hour[..], &["--merge"]].concat(), "--out");
    bad(&["--what-if", "firewalls=nonsense"], "--what-if firewalls=nonsense");
    // A path that is wrong is told once with its hint, not once for each value; two wrong ones are told together.
    let two = ["--vary", "durations=1h..2h", "--vary", "defaults.firewalls.timeot=1m,2m"];
    let stderr = complaint(&[&[file], &two[..]].concat(), 2);
    assert_eq!(stderr.matches("--vary durations=").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("--vary defaults.firewalls.timeot=").count(), 1, "{stderr}");
    assert!(stderr.contains("`duration`") && stderr.contains("`timeout`"), "{stderr}");
    // A value that only some levels get wrong is told of those.
    let stderr = complaint(&[file, "--vary", "defaults.firewalls.timeout=1m,soon"], 2);
    assert!(stderr.contains("--vary defaults.firewalls.timeout=soon") && !stderr.contains("=1m"), "{stderr}");
}
