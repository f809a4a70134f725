//! The README tells the truth: its output is what its command prints, in any build profile and at any time.

use assert_cmd::Command;

const TOPOLOGY: &str = "topologies/three-sites.yaml";

fn uidsim(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").args(arguments);
    let output = command.assert().code(0).get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

/// Without the line of seconds and bytes, which is the machine's.
fn of_the_run(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains(" mapping deliveries in ")).collect()
}

/// The digest is the same in every build profile: this test passes in each of them.
#[test]
fn the_readme_shows_what_its_command_prints() {
    let readme = include_str!("../../README.md");
    let block =
        readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an output");
    let printed = uidsim(&["run", TOPOLOGY]);
    assert_eq!(of_the_run(block), of_the_run(&printed));
}

#[test]
fn every_command_and_file_that_the_readme_names_exists() {
    let readme = include_str!("../../README.md");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = readme.split(|c: char| c.is_whitespace() || "`()[],;|".contains(c));
    let named: Vec<&str> = words
        .filter(|word| {
            ["topologies/", "docs/", "scripts/", "src/", "tests/"].iter().any(|f| word.starts_with(f))
        })
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for path in named {
        assert!(root.join(path.trim_end_matches(['.', ':'])).exists(), "{path}");
    }
}

#[test]
fn a_run_twice_and_with_other_threads_is_the_same_byte_for_byte() {
    let report = |threads: &str| {
        let text =
            uidsim(&["run", "topologies/ha-pair.yaml", "--json", "-", "--series", "--threads", threads]);
        let mut report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        report.as_object_mut().expect("an object").remove("run").expect("the run's costs");
        report.to_string()
    };
    let first = report("1");
    assert_eq!(first, report("1"));
    assert_eq!(first, report("4"));
}

/// The workflow and the job of docs/ci.md are YAML, and what they call exists with the options they give.
#[test]
fn what_docs_ci_calls_exists() {
    let docs = include_str!("../../docs/ci.md");
    let blocks: Vec<&str> =
        docs.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        serde_yaml::from_str::<serde_yaml::Value>(block).expect("YAML");
        let calls = block.lines().filter_map(|line| line.split_once("uidsim ").map(|(_, call)| call));
        let calls: Vec<&str> =
            calls.filter(|call| ["lint ", "check "].iter().any(|c| call.starts_with(c))).collect();
        assert_eq!(calls.len(), 2, "{block}");
        for call in calls {
            let mut words = call.split_whitespace();
            let help = uidsim(&[words.next().expect("a command"), "--help"]);
            for option in words.filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{call}");
            }
        }
    }
}
