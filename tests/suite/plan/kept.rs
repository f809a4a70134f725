//! Kept runs: a plan that is stopped goes on, shares done apart add up to the whole, and nothing is done twice.
#![expect(clippy::disallowed_types, reason = "the time of a file tells whether it was written again")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::Value;

use super::{SHORT, complaint, grid, json, plan};

/// The finished records in a folder, and when each was written.
fn records(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_record = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let written = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).expect("a time");
    paths.filter(is_record).map(|path| (path.clone(), written(&path))).collect()
}

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

#[test]
fn finished_runs_are_kept_and_only_missing_ones_are_done_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let out = kept.to_str().expect("a plain path");
    let arguments = with(&grid(), &["--out", out]);
    let fresh = json(&grid());
    assert_eq!(json(&arguments), fresh);
    let first = records(&kept);
    assert_eq!(first.len(), 8);
    // A record that is there is believed, so that a number changed by hand shows.
    let path = first.keys().next().expect("a record");
    let text = fs::read_to_string(path).expect("a record");
    let line = text.lines().find(|line| line.contains("\"staleness.p99\"")).expect("a metric");
    fs::write(path, text.replace(line, "    \"staleness.p99\": 777.0,")).expect("written");
    assert!(json(&arguments).to_string().contains("777.0"));
    // One that is gone is done again, and no other; what a killed worker left half written does not matter.
    fs::remove_file(path).expect("removed");
    fs::write(kept.join(".half.0.part"), "{").expect("written");
    assert_eq!(json(&arguments), fresh);
    let again = records(&kept);
    assert_eq!(again.iter().filter(|record| first.get(record.0) != Some(record.1)).count(), 1);
    // The search along one of the axes finds what the grid has run there.
    let search = ["--vary", "defaults.firewalls.timeout=5m..45m:2", "--until", "fleet staleness.p99 < 1h"];
    let search = with(&SHORT, &with(&search, &["--set", "links.wan.latency=220ms", "--out", out]));
    assert_eq!(json(&search)["knee"]["found"], "everywhere");
    assert_eq!(records(&kept), again);
    // One that is broken is told of.
    fs::write(path, "{}").expect("written");
    let stderr = complaint(&arguments, 2);
    assert!(stderr.contains("is no record of a plan") && stderr.contains("remove it"), "{stderr}");
}

#[test]
fn points_that_simulate_the_same_are_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a plain path");
    // The file starts at 07:00, and its name is no part of a run.
    let same = with(&SHORT, &["--vary", "start=07:00,07:30", "--what-if", "name=other"]);
    let whole = json(&with(&same, &["--out", out]));
    let what_if = &whole["what_if"];
    assert_eq!(what_if["as_it_stands"]["by_seed"], what_if["changes"][0]["by_seed"]);
    // Two seeds of each start, and none of the other name.
    assert_eq!(records(folder.path()).len(), 4);
}

#[test]
fn shares_done_apart_in_any_order_add_up_to_the_bytes_of_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a plain path");
    let whole = plan(&with(&grid(), &["--json", "-"]));
    let share = |share: &str| plan(&with(&grid(), &["--out", out, "--shard", share, "--quiet"]));
    let merged = with(&grid(), &["--out", out, "--merge", "--json", "-"]);
    for shard in ["2/3", "1/3"] {
        assert!(share(shard).is_empty());
    }
    let stderr = complaint(&merged, 2);
    assert!(
        stderr.contains("2 of 8 runs are not there yet") && stderr.contains("run the shares again"),
        "{stderr}"
    );
    share("3/3");
    let once = records(folder.path());
    // A share that is done twice is done once.
    share("3/3");
    assert_eq!(records(folder.path()), once);
    assert_eq!(plan(&merged), whole);
    let manifest: Value = serde_json::from_str(&plan(&with(&grid(), &["--manifest", "-"]))).expect("JSON");
    let listed =
        manifest["runs"].as_array().expect("runs").iter().map(|run| run["id"].as_str().expect("an id"));
    let done: Vec<String> =
        once.keys().map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    let mut listed: Vec<&str> = listed.collect();
    listed.sort_unstable();
    assert_eq!(listed, done);
}

/// Runs enough to be stopped among them: 24.
fn long() -> Vec<&'static str> {
    let long = ["topologies/direct.yaml", "--duration", "30m", "--seeds", "8"];
    with(&long, &["--vary", "defaults.firewalls.timeout=5m,10m,20m"])
}

/// What they find in one process that nobody stops.
fn undisturbed() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    WHOLE.get_or_init(|| plan(&with(&long(), &["--json", "-"])))
}

/// A process that does `arguments` with one thread.
fn process(arguments: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("uidsim"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").stdout(Stdio::null());
    command.arg("plan").args(arguments).args(["--threads", "1", "--quiet"]).stderr(Stdio::null());
    command.spawn().expect("a process")
}

/// Waits until the first run of `process` is kept.
fn wait_for_the_first(process: &mut Child, folder: &Path) {
    while records(folder).is_empty() {
        assert!(process.try_wait().expect("a state").is_none(), "it ended without a record");
        std::thread::yield_now();
    }
}

#[test]
fn what_ctrl_c_left_is_reported_as_partial_and_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, told) = (folder.path().join("kept"), folder.path().join("plan.json"));
    let arguments = with(&long(), &["--out", kept.to_str().expect("a plain path")]);
    let written = with(&arguments, &["--json", told.to_str().expect("a plain path")]);
    let mut stopped = process(&written);
    wait_for_the_first(&mut stopped, &kept);
    let pid = stopped.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("a signal").success());
    assert_eq!(stopped.wait().expect("ended").code(), Some(130));
    let partial: Value = serde_json::from_str(&fs::read_to_string(&told).expect("a plan")).expect("JSON");
    assert_eq!(partial["partial"], true);
    assert!(partial["points"].as_array().expect("points").len() < 3, "{partial}");
    let before = records(&kept);
    let whole = plan(&with(&arguments, &["--json", "-"]));
    let after = records(&kept);
    assert!(before.iter().all(|(path, written)| after.get(path) == Some(written)));
    assert_eq!(whole, undisturbed());
}

/// Two workers as processes, one of them killed in mid-run and started again.
#[test]
fn a_killed_worker_costs_only_what_it_had_not_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a plain path");
    let arguments = long();
    let worker = |share: &str| process(&with(&arguments, &["--out", out, "--shard", share]));
    let (mut one, mut other) = (worker("1/2"), worker("2/2"));
    wait_for_the_first(&mut one, folder.path());
    one.kill().expect("killed");
    one.wait().expect("ended");
    assert!(other.wait().expect("ended").success());
    let finished = records(folder.path());
    assert!(
        (12..24).contains(&finished.len()),
        "{} runs were done when one worker was killed",
        finished.len()
    );
    assert!(worker("1/2").wait().expect("ended").success());
    let all = records(folder.path());
    assert_eq!(all.len(), 24);
    assert!(
        finished.iter().all(|(path, written)| all.get(path) == Some(written)),
        "a finished run was done again"
    );
    let merged = plan(&with(&arguments, &["--out", out, "--merge", "--json", "-"]));
    assert_eq!(merged, undisturbed());
}
