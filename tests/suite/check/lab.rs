//! A folder with topologies, in which the program runs.

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Two firewalls behind half a second of latency; a log-on every 300 ms for two minutes.
pub(super) const PLAIN: &str = "\
name: lab
start: \"10:00\"
duration: 2m
measure_from: 20s
seed: 1
window: 10s
sites: {hq: {}, branch: {}}
links:
  wan: {between: [hq, branch], latency: 500ms, jitter: {exponential: 1ms}}
defaults:
  points: {announce: {interval: 0s}}
sources:
  portal: {site: hq, to: [uid-agent]}
agents:
  uid-agent: {site: hq}
firewalls:
  fw-one: {site: branch, upstreams: [uid-agent]}
  fw-two: {site: branch, upstreams: [uid-agent]}
workload:
  arrivals: {addresses: 50, gap: 300ms, source: portal}
";

/// A log of two log-ons at one address, read by an agent for two firewalls.
pub(super) const REPLAY: &str = "\
name: unit
start: \"08:00\"
duration: 2h
sites: {hq: {}}
domain_controllers:
  dc: {site: hq}
agents:
  agent: {site: hq, reads: [dc]}
firewalls:
  fw-one: {site: hq, upstreams: [agent]}
  fw-two: {site: hq, upstreams: [agent]}
workload:
  replay: {file: log.csv, format: csv, site: hq, gaps_over: 1d}
";

/// The folder.
pub(super) struct Lab(tempfile::TempDir);

impl Lab {
    pub(super) fn with(name: &str, text: &str) -> Self {
        let lab = Self(tempfile::tempdir().expect("a folder"));
        lab.write(name, text);
        lab
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Runs a command, which must end with `code`.
    pub(super) fn run(&self, command: &str, code: i32, arguments: &[&str]) -> Output {
        let mut program = Command::cargo_bin("uidsim").expect("the program is built");
        program.env_remove("RUST_LOG").current_dir(self.0.path()).arg(command).args(arguments);
        let output = program.output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{command} {arguments:?}\n{told}");
        output
    }

    pub(super) fn check(&self, code: i32, arguments: &[&str]) -> Output {
        self.run("check", code, arguments)
    }

    /// The verdict of a check as JSON.
    pub(super) fn verdict(&self, code: i32, arguments: &[&str]) -> Value {
        let output = self.check(code, &[arguments, &["--json", "-"]].concat());
        serde_json::from_slice(&output.stdout).expect("a verdict")
    }
}

/// One metric of the baseline of the first file.
pub(super) fn metric<'a>(verdict: &'a Value, name: &str, metric: &str) -> &'a Value {
    let all = verdict["files"][0]["baseline"]["metrics"].as_array().expect("metrics");
    all.iter().find(|row| row["name"] == name && row["metric"] == metric).expect("a metric")
}
