//! Text, JSON, SARIF and exit codes of `uidsim lint`.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use uidsim::lint::{Linted, json, lint, rules, sarif, summary, text};
use uidsim::problem::Style;
use uidsim::topology::Rule;

use super::{case, read};

fn linted(name: &str, text: &str) -> Linted {
    let outcome = uidsim::scenario::load(name, text, &[], &read).map(|scenario| lint(&scenario));
    Linted { file: name.to_owned(), text: text.to_owned(), outcome }
}

/// A failing topology with something allowed in it, a name that needs escaping and a letter of two bytes before it, and
/// a file that is none.
fn some() -> Vec<Linted> {
    let mut dual = read(&case(Rule::DualFeed, "fails")).expect("readable");
    dual += "lint: {allow: [{rule: single-*, reason: x}]}\n".replace("single-*", "single-source").as_str();
    let dual =
        dual.replace("firewalls: {fw:", "x-später: 1\nfirewalls: {ä: {site: hq, upstreams: [agent]}, fw:");
    vec![linted("my files/täglich.yaml", &dual), linted("broken.yaml", "sites: {hq: {}}\nfirewals: {}\n")]
}

#[test]
fn sarif_is_what_oasis_says_it_is() {
    // The published pattern of languages has a bracket too many, and is no pattern.
    let published = include_str!("../schemas/sarif-schema-2.1.0.json");
    let mended = published.replace("|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&mended).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let log: Value = serde_json::from_str(&sarif(&some())).expect("JSON");
    let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let empty: Value = serde_json::from_str(&sarif(&[])).expect("JSON");
    assert!(validator.is_valid(&empty));
    let results = log["runs"][0]["results"].as_array().expect("results");
    let of = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).expect("it is told");
    let dual = of("dual-feed");
    let location = &dual["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "my%20files/t%C3%A4glich.yaml");
    let region = &location["region"];
    let numbers = ["startLine", "startColumn", "endLine", "endColumn"].map(|key| region[key].as_u64());
    assert_eq!(numbers, [Some(11), Some(79), Some(11), Some(84)], "columns are characters: {region}");
    assert_eq!((&dual["level"], dual["suppressions"].as_array().map(Vec::len)), (&"warning".into(), Some(0)));
    let index = dual["ruleIndex"].as_u64().expect("a number");
    assert_eq!(log.pointer(&format!("/runs/0/tool/driver/rules/{index}/id")), Some(&"dual-feed".into()));
    assert_eq!(of("single-source")["suppressions"][0]["justification"], "x");
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(invocation["toolExecutionNotifications"].to_string().contains("firewals"));
}

#[test]
fn json_counts_what_it_holds() {
    let whole: Value = serde_json::from_str(&json(&some())).expect("JSON");
    assert_eq!(whole["schema_version"], 1);
    let counts =
        ["files", "broken", "errors", "warnings", "allowed"].map(|key| whole["counts"][key].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(0), Some(1), Some(1)]);
    let concerns = whole["files"][0]["concerns"].as_array().expect("concerns");
    let dual = concerns.iter().find(|concern| concern["rule"] == "dual-feed").expect("it is told");
    assert_eq!((&dual["at"]["line"], &dual["severity"]), (&11.into(), &"warning".into()));
    assert_eq!(dual["link"], "docs/lint.md#dual-feed");
    assert!(!whole["files"][1]["problems"].as_array().expect("problems").is_empty());
}

#[test]
fn text_shows_each_concern_at_its_place() {
    let files = some();
    insta::assert_snapshot!("lint", text(&files[0], false, Style::Plain) + &summary(&files));
    let all = text(&files[0], true, Style::Plain);
    assert!(all.contains("note: single-source") && all.contains("allowed: x"), "{all}");
    assert!(Rule::ALL.iter().all(|rule| rules().contains(&format!("docs/lint.md#{}\n", rule.id()))));
}

fn uidsim(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.env_remove("RUST_LOG").current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command
}

fn file(rule: Rule, end: &str) -> String {
    case(rule, end).display().to_string()
}

#[test]
fn exit_codes_tell_errors_from_warnings_and_from_bad_input() {
    let (error, warning) = (file(Rule::BlockedPort, "fails"), file(Rule::DualFeed, "fails"));
    let clean = file(Rule::BlockedPort, "passes");
    let broken = "topologies/broken/unknown-key.yaml";
    for (arguments, code) in [
        (vec!["lint", &clean], 0),
        (vec!["lint", &warning], 0),
        (vec!["lint", &warning, "--deny", "warnings"], 1),
        (vec!["lint", &clean, "--deny", "warnings"], 0),
        (vec!["lint", &warning, &error], 1),
        (vec!["lint", &error, broken], 2),
        (vec!["lint", "none.yaml", &clean], 2),
        (vec!["lint"], 2),
        (vec!["lint", &clean, "--json", "-", "--sarif", "-"], 2),
        (vec!["lint", &clean, "--set", "firewalls.fw.upstreams=[]"], 1),
        (vec!["lint", "--rules"], 0),
    ] {
        uidsim(&arguments).assert().code(code);
    }
    let denied = uidsim(&["lint", &warning, "--deny", "warnings"]).assert().code(1).get_output().clone();
    assert!(String::from_utf8(denied.stderr).expect("text").contains("--deny warnings"));
}

/// A broken topology is reported as `run` does, and the others are linted all the same.
#[test]
fn a_folder_stands_for_its_files_and_a_broken_one_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, from: &Path| {
        std::fs::write(folder.path().join(name), read(from).expect("readable")).expect("written");
    };
    put("b.yaml", &case(Rule::BlockedPort, "fails"));
    put("a.yml", &case(Rule::DualFeed, "fails"));
    std::fs::write(folder.path().join("c.yaml"), "firewals: {}\n").expect("written");
    std::fs::write(folder.path().join("d.txt"), "no topology").expect("written");
    let output = uidsim(&["lint"]).arg(folder.path()).assert().code(2).get_output().clone();
    let (out, err) =
        (String::from_utf8(output.stdout).expect("text"), String::from_utf8(output.stderr).expect("text"));
    let (dual, blocked) = (out.find("warning: dual-feed"), out.find("error: blocked-port"));
    assert!(dual.is_some() && dual < blocked, "{out}");
    assert!(out.ends_with("3 topologies: 1 error, 1 warning, 6 notes; 1 could not be read\n"), "{out}");
    assert!(err.contains("firewals"), "{err}");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    uidsim(&["lint"]).arg(&empty).assert().code(2);
}

#[test]
fn help_ends_with_an_example_and_the_exit_codes() {
    let help = uidsim(&["lint", "--help"]).assert().code(0).get_output().stdout.clone();
    let help = String::from_utf8(help).expect("text");
    assert!(help.contains("Example:\n  uidsim lint ") && help.contains("1    an error was found"), "{help}");
}
