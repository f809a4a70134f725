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
