//! `uidsim plan` from outside: grids, the knee of a closed form, kept runs, shares of the work.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn plan(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.env_remove("RUST_LOG").current_dir(env!("CARGO_MANIFEST_DIR")).arg("plan").args(arguments);
    command
}

fn stdout(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(plan(arguments).args(["--json", "-"]), 0)).expect("JSON")
}

const SHORT: [&str; 5] = ["topologies/direct.yaml", "--duration", "40m", "--seeds", "2"];

/// A grid of four points in a fast topology.
fn grid() -> Vec<&'static str> {
    let axes = [
        "--vary",
        "defaults.firewalls.timeout=5m,45m",
        "--vary",
        "workload.population.log_off_observed=0%..100%:2",
    ];
    [&SHORT[..], &axes].concat()
}

#[test]
fn a_grid_has_a_row_for_each_point_and_any_number_of_threads_finds_the_same() {
    let one = stdout(plan(&grid()).args(["--threads", "1", "--json", "-"]), 0);
    let two = stdout(plan(&grid()).args(["--threads", "2", "--json", "-"]), 0);
    assert_eq!(one, two);
    let whole: Value = serde_json::from_str(&one).expect("JSON");
    let points = whole["points"].as_array().expect("points");
    let values: Vec<String> = points
        .iter()
        .map(|point| {
            format!(
                "{} {}",
                point["values"][0][1].as_str().expect("text"),
                point["values"][1][1].as_str().expect("text")
            )
        })
        .collect();
    assert_eq!(values, ["5m 0%", "5m 100%", "45m 0%", "45m 100%"]);
    // Where every log-off is noticed, a longer timeout only helps.
    let mean =
        |point: usize| points[point]["metrics"][0]["mean"].as_f64().expect("consistency.mean comes first");
    assert!(mean(3) > mean(1) && mean(3) > mean(2), "{points:?}");
    let text = stdout(&mut plan(&grid()), 0);
    assert!(text.contains("POINTS") && text.contains("±") && text.contains("busiest"), "{text}");
    let csv = stdout(plan(&grid()).args(["--csv", "-"]), 0);
    assert_eq!(csv.lines().count(), 1 + 4 * 2, "{csv}");
}

#[test]
fn a_point_is_what_a_run_with_the_same_values_finds() {
    let whole = json(&grid());
    let record = &whole["points"][1]["runs"][1];
    let mut run = Command::cargo_bin("uidsim").expect("the program is built");
    run.env_remove("RUST_LOG").current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "run",
        SHORT[0],
        "--duration",
        "40m",
    ]);
    run.args(["--seed", &record["seed"].to_string(), "--json", "-", "--quiet"]);
    run.args([
        "--set",
        "defaults.firewalls.timeout=5m",
        "--set",
        "workload.population.log_off_observed=100%",
    ]);
    let report: Value = serde_json::from_str(&stdout(&mut run, 0)).expect("JSON");
    assert_eq!(record["fleet"]["staleness.p99"], report["fleet"]["staleness_seconds"]["p99"]);
    assert_eq!(record["fleet"]["blame.expired"], report["fleet"]["blame_seconds"]["expired"]);
}

/// M/M/1 with μ = 100/s: the mean staleness is 1/(μ − λ), below 20 ms while the gap 1/λ is above 20 ms.
#[test]
fn the_knee_of_an_mm1_lies_within_its_interval() {
    let whole = json(&[
        "topologies/theory/mm1-age.yaml",
        "--vary",
        "workload.arrivals.gap.exponential=14ms..40ms:3",
        "--until",
        "fleet staleness.mean < 20ms",
        "--seeds",
        "4",
        "--duration",
        "8m",
    ]);
    let knee = &whole["knee"];
    let span = |key: &str| {
        let text = knee[key].as_str().unwrap_or_else(|| panic!("no {key}: {knee}"));
        let span: uidsim::units::Span = text.parse().expect("a span");
        span.seconds()
    };
    assert_eq!((knee["found"].as_str(), knee["holds_below"].as_bool()), (Some("edge"), Some(false)));
    let (low, high) = (span("surely_breached"), span("surely_held"));
    assert!(low < 0.020 && 0.020 < high && high - low < 0.004, "{knee}");
    assert!(span("breached") < span("held") && span("held") - span("breached") < 0.000_6, "{knee}");
}

#[test]
fn finished_runs_are_kept_and_only_missing_ones_are_done_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().to_str().expect("a plain path");
    let arguments = [&grid()[..], &["--out", kept]].concat();
    let fresh = json(&grid());
    assert_eq!(json(&arguments), fresh);
    let records: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    assert_eq!(records.len(), 8);
    // A record that is there is believed, so that a number changed by hand shows.
    let text = fs::read_to_string(&records[0]).expect("a record");
    let seed = text.lines().find(|line| line.contains("\"seed\"")).expect("a seed").to_owned();
    fs::write(&records[0], text.replace(&seed, "  \"seed\": 777,")).expect("written");
    assert!(json(&arguments).to_string().contains("\"seed\":777"));
    // One that is gone is done again; what a killed worker left half written does not matter.
    fs::remove_file(&records[0]).expect("removed");
    fs::write(folder.path().join(".half.1.part"), "{").expect("written");
    assert_eq!(json(&arguments), fresh);
    // One that is broken is told of.
    fs::write(&records[1], "{}").expect("written");
    let output = plan(&arguments).assert().code(2).get_output().clone();
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(stderr.contains("is no record of a plan") && stderr.contains("remove it"), "{stderr}");
}

#[test]
fn shares_done_apart_add_up_to_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().to_str().expect("a plain path");
    let whole = json(&grid());
    for share in ["2/3", "1/3", "3/3", "3/3"] {
        let arguments = [&grid()[..], &["--out", kept, "--shard", share]].concat();
        assert!(stdout(plan(&arguments).arg("--quiet"), 0).is_empty());
    }
    let records = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(records, 8);
    assert_eq!(json(&[&grid()[..], &["--out", kept]].concat()), whole);
    let manifest = folder.path().join("manifest.json");
    let arguments = [&grid()[..], &["--manifest", manifest.to_str().expect("a plain path")]].concat();
    assert!(stdout(&mut plan(&arguments), 0).is_empty());
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(&manifest).expect("a manifest")).expect("JSON");
    let ids = manifest["runs"].as_array().expect("runs").iter();
    assert!(
        ids.clone().count() == 8
            && ids.into_iter().all(|run| {
                folder
                    .path()
                    .join(Path::new(run["id"].as_str().expect("an id")).with_extension("json"))
                    .exists()
            })
    );
}

#[test]
fn changes_are_ranked_by_what_they_bring() {
    let slower = "agents.agent.announce.interval=20s";
    let faster = "agents.agent.announce.interval=100ms";
    let same = "agents.agent.capacity=500000";
    let arguments = [
        "topologies/agent-push.yaml",
        "--duration",
        "40m",
        "--seeds",
        "3",
        "--what-if",
        slower,
        "--what-if",
        faster,
        "--what-if",
        same,
        "--metric",
        "staleness.p50",
    ];
    let whole = json(&arguments);
    let ranked: Vec<(&str, Option<bool>)> = whole["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["values"][0][1].as_str().expect("text"), change["better"].as_bool()))
        .collect();
    assert_eq!(ranked, [("100ms", Some(true)), ("500000", None), ("20s", Some(false))]);
    let text = stdout(&mut plan(&arguments), 0);
    assert!(text.contains("WHAT IF") && text.contains("as it stands"), "{text}");
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let bad = |arguments: &[&str], said: &str| {
        let output = plan(arguments).assert().code(2).get_output().clone();
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert!(stderr.contains(said) && output.stdout.is_empty(), "{arguments:?}: {stderr}");
    };
    let file = SHORT[0];
    bad(&[file], "--vary");
    bad(&[file, "--vary", "duration=2h..1h"], "does not rise");
    bad(&[file, "--vary", "durations=1h..2h"], "--set durations=1h");
    bad(
        &[file, "--vary", "duration=1h..2h", "--until", "fleet stalenes.p99 < 5s"],
        "--until 'fleet stalenes.p99 < 5s'",
    );
    bad(&[file, "--vary", "duration=1h..2h", "--until", "5s"], "SELECTOR METRIC LIMIT");
    bad(&[file, "--vary", "duration=1h,2h", "--until", "fleet staleness.p99 < 5s"], "needs a range");
    bad(
        &[file, "--vary", "duration=1h..2h", "--metric", "nothing"],
        "no metric of the fleet matches `nothing`",
    );
    bad(&[file, "--vary", "duration=1h..2h", "--shard", "1/2"], "--out");
    bad(&[file, "--vary", "seed=1..1000:1000", "--vary", "window=1s..100s:100"], "more than 10000 points");
}
