//! The door from outside: arguments, exit codes, pipes.

use assert_cmd::Command;

fn uidsim() -> Command {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.env_remove("RUST_LOG");
    command
}

#[test]
fn help_shows_an_example_and_the_exit_codes() {
    let help = uidsim().args(["run", "--help"]).assert().code(0).get_output().stdout.clone();
    let help = String::from_utf8(help).expect("text");
    assert!(help.contains("Example:\n  uidsim run ") && help.contains("130  interrupted"), "{help}");
    uidsim().arg("--version").assert().code(0);
}

#[test]
fn bad_usage_is_bad_input() {
    for arguments in [vec![], vec!["dance"], vec!["run"], vec!["run", "x.yaml", "--seed", "many"]] {
        uidsim().args(&arguments).assert().code(2);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_bad_input_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let output =
        uidsim().arg("run").arg(folder.path().join("none.yaml")).assert().code(2).get_output().clone();
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(stderr.contains("no such file") && stderr.contains("hint:"), "{stderr}");
    assert!(output.stdout.is_empty());
    uidsim().arg("run").arg(folder.path()).assert().code(2);
    let binary = folder.path().join("binary.yaml");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("a file");
    uidsim().arg("run").arg(&binary).assert().code(2);
}

#[test]
fn every_problem_of_a_topology_is_shown_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.json");
    let run = uidsim()
        .args(["run", "-", "--set", "seed=x", "--json"])
        .arg(&report)
        .write_stdin("sites: {hq: {}}\nfirewals: {}\nduration: 5 parsecs\n")
        .assert()
        .code(2)
        .get_output()
        .clone();
    let stderr = String::from_utf8(run.stderr).expect("text");
    assert!(
        stderr.contains("firewals") && stderr.contains("parsecs") && stderr.contains("stdin:"),
        "{stderr}"
    );
    assert!(run.stdout.is_empty() && !report.exists());
}

#[test]
fn a_report_that_could_not_be_written_is_told_before_the_run() {
    uidsim().args(["run", "x.yaml", "--json", "/nowhere/at/all/r.json"]).assert().code(2);
    uidsim().args(["run", "x.yaml", "--json", "-", "--csv", "-"]).assert().code(2);
}

#[test]
fn a_starter_is_written_once_and_can_be_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    uidsim().current_dir(&folder).args(["init", "campus"]).assert().code(0).stdout("");
    assert!(folder.path().join("campus.yaml").exists());
    uidsim().current_dir(&folder).args(["init", "campus"]).assert().code(2);
    for format in ["dot", "mermaid", "svg"] {
        let mut graph = uidsim();
        graph.current_dir(&folder).args(["graph", "campus.yaml", "--format", format]);
        let drawn = graph.assert().code(0).get_output().stdout.clone();
        assert!(!drawn.is_empty(), "{format}");
    }
    let starter = uidsim().arg("init").assert().code(0).get_output().stdout.clone();
    uidsim().args(["graph", "-"]).write_stdin(starter).assert().code(0);
    let schema = uidsim().arg("schema").assert().code(0).get_output().stdout.clone();
    serde_json::from_slice::<serde_json::Value>(&schema).expect("JSON");
}

/// A shipped topology that runs in a blink.
fn pair() -> String {
    format!("{}/topologies/ha-pair.yaml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_run_from_stdin_reports_the_same_twice_but_for_its_costs() {
    let text = std::fs::read_to_string(pair()).expect("a shipped file");
    let report = || {
        let run = uidsim().args(["run", "-", "--json", "-"]).write_stdin(text.as_str()).assert().code(0);
        let output = run.get_output().clone();
        assert!(output.stderr.is_empty(), "silence in a pipe");
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
        let run = report.as_object_mut().and_then(|report| report.remove("run")).expect("the costs");
        assert!(run["events"].as_u64() > Some(0));
        report.to_string()
    };
    assert_eq!(report(), report());
}

#[test]
fn a_breach_is_printed_and_does_not_change_the_exit_code() {
    let text = std::fs::read_to_string(pair()).expect("a shipped file");
    let begin = text.find("expect:").expect("it expects something");
    let text = format!("{}expect: {{fleet: {{staleness.p99: \"< 1us\"}}}}\n", &text[..begin]);
    let run = uidsim().args(["run", "-"]).write_stdin(text).env("NO_COLOR", "1").assert().code(0);
    let summary = String::from_utf8(run.get_output().stdout.clone()).expect("text");
    assert!(summary.contains("EXPECTATIONS  1 of 1 breached") && summary.contains("replay: uidsim run -"));
    assert!(!summary.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_brief_report_says_what_the_whole_one_says() {
    let report = |arguments: &[&str]| -> serde_json::Value {
        let run = uidsim().args(["run", &pair(), "--json", "-"]).args(arguments).assert().code(0);
        serde_json::from_slice(&run.get_output().stdout).expect("JSON")
    };
    let (brief, whole) = (report(&["--brief"]), report(&[]));
    assert_eq!((brief["brief"].as_bool(), whole.get("brief")), (Some(true), None));
    for key in
        ["topology", "seed", "scenario_hash", "virtual_seconds", "partial", "nodes", "links", "remarks"]
    {
        assert_eq!(brief[key], whole[key], "{key}");
    }
    let rows = |report: &serde_json::Value| report["enforcement_points"].as_array().expect("rows").clone();
    let (short, long) = (rows(&brief), rows(&whole));
    assert!(short.len() == long.len() && !short.is_empty());
    for (short, long) in short.iter().zip(&long).chain([(&brief["fleet"], &whole["fleet"])]) {
        for key in ["name", "site", "staleness_seconds", "change_staleness_seconds", "fates"] {
            assert_eq!(short.get(key), long.get(key), "{key}");
        }
        assert_eq!(short["table"]["entries_final"], long["table"]["entries_final"]);
        assert!(short.get("consistency").is_none() && long.get("consistency").is_some());
    }
    let summary = uidsim().args(["run", &pair(), "--brief"]).assert().code(0).get_output().stdout.clone();
    let summary = String::from_utf8(summary).expect("text");
    let digest = brief["digest"].as_str().expect("text");
    assert!(summary.contains("FLEET, BRIEFLY") && summary.contains(digest), "{summary}");
    assert!(!summary.contains("consistency") && !summary.contains("EXPECTATIONS"), "{summary}");
    for other in ["--html", "--csv", "--parquet"] {
        uidsim().args(["run", &pair(), "--brief", other, "none/x"]).assert().code(2);
    }
    uidsim().args(["run", &pair(), "--brief", "--table"]).assert().code(2);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut run = std::process::Command::new(assert_cmd::cargo::cargo_bin("uidsim"))
        .args(["run", &pair(), "--table"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program is built");
    drop(run.stdout.take());
    let output = run.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn the_past_shows_tables_sessions_and_stories() {
    let show = |arguments: &[&str]| {
        let mut show = uidsim();
        show.args(["show", &pair(), "--at", "08:30", "--node", "edge-b"]).args(arguments);
        String::from_utf8(show.assert().code(0).get_output().stdout.clone()).expect("text")
    };
    let table = show(&["table"]);
    assert!(table.starts_with("edge-b (firewall, ") && table.contains("\nTotal: "), "{table}");
    let address = table.lines().find_map(|line| {
        line.split_whitespace().next().filter(|word| word.parse::<std::net::IpAddr>().is_ok())
    });
    let story = show(&["mapping", address.expect("the table holds somebody")]);
    for part in ["truth  ", "answer  ", "class  ", "THE STORY", "notices the log-on of", "> edge-b"] {
        assert!(story.contains(part), "{part} in {story}");
    }
    assert!(show(&["sessions"]).contains("FED BY"));
}

#[test]
fn the_past_is_asked_for_what_there_is() {
    let show = |at: &str, node: &str, what: &[&str]| {
        let mut show = uidsim();
        show.args(["show", &pair(), "--at", at, "--node", node]).args(what);
        let output = show.assert().code(2).get_output().clone();
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(show("08:30", "edge-c", &["table"]).contains("did you mean"), "the nearest name is a hint");
    assert!(show("06:00", "edge-b", &["table"]).contains("before the run"));
    assert!(show("99h", "edge-b", &["table"]).contains("past the end"));
    assert!(show("08:30", "edge-b", &["mapping", "203.0.113.9"]).contains("nobody ever logs on"));
}
