//! Every shipped topology loads, says its question on line 1, and is the same YAML to another reader.

use std::path::{Path, PathBuf};

use uidsim::problem::Style;
use uidsim::scenario::Scenario;
use uidsim::topology::Kind;
use uidsim::topology::tree::{Tree, Value};

/// The topologies of a folder, in order of their names.
pub(crate) fn topologies(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    files
}

/// Enforcement points of a shipped topology beyond which tests load it and do not run it: each of them follows every
/// update, and a thousand of them with 100,000 users take minutes.
const RUN_POINTS_MAX: usize = 500;

/// Whether a test may run it.
pub(crate) fn is_small(scenario: &Scenario) -> bool {
    scenario.topology.nodes.iter().filter(|node| node.kind == Kind::Firewall).count() <= RUN_POINTS_MAX
}

/// Reads a file the way the door does.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[test]
fn every_shipped_topology_loads() {
    let (files, benches) = (topologies("."), topologies("bench"));
    assert!(!files.is_empty() && !benches.is_empty(), "topologies are shipped");
    for file in files.into_iter().chain(benches) {
        let text = read(&file).expect("readable");
        assert!(text.starts_with("# Question: "), "{} says its question on line 1", file.display());
        let loaded = uidsim::scenario::load(&file.display().to_string(), &text, &[], &read);
        if let Err(problems) = loaded {
            panic!("{}", problems.render(Style::Plain));
        }
    }
}

#[test]
fn serde_yaml_reads_every_shipped_topology_to_the_same_tree() {
    for file in topologies(".").into_iter().chain(topologies("bench")) {
        let text = read(&file).expect("readable");
        let tree = uidsim::topology::yaml::read(&text).expect("loads");
        let other: serde_yaml::Value = serde_yaml::from_str(&text).expect("loads");
        assert_same(&tree, &other, &file.display().to_string());
    }
}

fn assert_same(tree: &Tree, other: &serde_yaml::Value, path: &str) {
    use serde_yaml::Value as Other;
    match (&tree.value, other) {
        (Value::Null, Other::Null) => {}
        (Value::Bool(a), Other::Bool(b)) => assert_eq!(a, b, "{path}"),
        (Value::Int(a), Other::Number(b)) => assert_eq!(Some(*a), b.as_i64().map(i128::from), "{path}"),
        (Value::Float(a), Other::Number(b)) => assert_eq!(Some(*a), b.as_f64(), "{path}"),
        (Value::Text(a), Other::String(b)) => assert_eq!(a, b, "{path}"),
        (Value::List(a), Other::Sequence(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().zip(b).for_each(|(a, b)| assert_same(a, b, path));
        }
        (Value::Map(a), Other::Mapping(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            for ((key, a), (other, b)) in a.iter().zip(b) {
                assert_eq!(Some(key.text.as_str()), other.as_str(), "{path}");
                assert_same(a, b, &format!("{path}/{}", key.text));
            }
        }
        (a, b) => panic!("{path}: {a:?} is not {b:?}"),
    }
}
