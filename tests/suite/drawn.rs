//! Pictures and the schema: what `graph`, `schema` and `init` give a person.

use uidsim::problem::Style;
use uidsim::scenario::{Scenario, load};
use uidsim::topology::{draw, schema, starter};

use crate::shipped::{read, topologies};

fn shipped(name: &str) -> Scenario {
    let file = topologies(".").into_iter().find(|file| file.ends_with(name)).expect("shipped");
    let text = read(&file).expect("readable");
    load(&file.display().to_string(), &text, &[], &read)
        .unwrap_or_else(|p| panic!("{}", p.render(Style::Plain)))
}

/// Ten thousand firewalls in two hundred sites, in a few lines.
const LARGE: &str = "
sites:
  hq: {}
  \"branch-{n}\": {count: 200}
links:
  \"wan-{site}\": {at_each: \"branch-*\", between: [hq, \"{site}\"], latency: 20ms, bandwidth: 50Mbit/s}
domain_controllers:
  \"dc-{n}\": {site: hq, count: 4}
agents:
  \"agent-{n}\": {site: hq, count: 4, reads: [\"dc-{n}\"]}
panoramas:
  panorama: {site: hq, upstreams: [\"agent-*\"]}
firewalls:
  \"fw-{site}-{n}\": {at_each: \"branch-*\", count: 50, upstreams: [panorama]}
workload:
  population:
    sites:
      \"branch-*\": {users: 5000, networks: [10.0.0.0/8], split: 18}
";

#[test]
fn pictures_of_a_pair() {
    let scenario = shipped("ha-pair.yaml");
    insta::assert_snapshot!("ha-pair.dot", draw::dot(&scenario.topology));
    insta::assert_snapshot!("ha-pair.mermaid", draw::mermaid(&scenario.topology));
    insta::assert_snapshot!("ha-pair.svg", draw::svg(&scenario.topology));
}

#[test]
fn ten_thousand_firewalls_take_a_few_lines_and_fold_in_pictures() {
    let scenario =
        load("large.yaml", LARGE, &[], &read).unwrap_or_else(|p| panic!("{}", p.render(Style::Plain)));
    assert_eq!(scenario.topology.nodes.len(), 4 + 4 + 1 + 10_000);
    assert_eq!(scenario.topology.sessions.len(), 4 + 10_000);
    assert_eq!(scenario.topology.nodes.last().map(|n| n.name.as_str()), Some("fw-branch-200-50"));
    let svg = draw::svg(&scenario.topology);
    assert_eq!(svg.matches("×50</text>").count(), 200);
    assert!(svg.len() < 200_000, "{}", svg.len());
}

#[test]
fn the_schema_accepts_what_loads_and_refuses_unknown_keys() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let json = |text: &str| -> serde_json::Value {
        serde_json::to_value(serde_yaml::from_str::<serde_yaml::Value>(text).expect("YAML")).expect("JSON")
    };
    for file in topologies(".") {
        let instance = json(&read(&file).expect("readable"));
        let errors: Vec<String> =
            validator.iter_errors(&instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
    assert!(validator.is_valid(&json(&starter("x"))));
    for name in ["unknown-key.yaml", "missing-key.yaml", "wrong-type.yaml"] {
        let file = topologies("broken").into_iter().find(|file| file.ends_with(name)).expect("shipped");
        assert!(!validator.is_valid(&json(&read(&file).expect("readable"))), "{name}");
    }
}

#[test]
fn every_key_has_a_doc_and_every_default_is_in_its_range() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let (mut keys, mut wrong) = (0, Vec::new());
    walk(&schema, &schema["$defs"], "", &mut keys, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(keys > 100, "{keys} keys were seen");
}

fn walk(
    schema: &serde_json::Value,
    defs: &serde_json::Value,
    path: &str,
    keys: &mut usize,
    wrong: &mut Vec<String>,
) {
    for (key, property) in schema.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
        *keys += 1;
        if property.get("description").is_none() {
            wrong.push(format!("{path}.{key} has no doc"));
        }
        if let Some(default) = property.get("default") {
            let mut alone = property.clone();
            alone["$defs"] = defs.clone();
            if !jsonschema::is_valid(&alone, default) {
                wrong.push(format!("{path}.{key}: {default} is no value of it"));
            }
        }
    }
    match schema {
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, defs, path, keys, wrong)),
        serde_json::Value::Object(object) => {
            for (key, item) in object {
                walk(item, defs, &format!("{path}.{key}"), keys, wrong);
            }
        }
        _ => {}
    }
}

#[test]
fn the_starter_loads_under_any_name() {
    let loaded = load("starter.yaml", &starter("my \"net\""), &[], &read);
    let scenario = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)));
    assert_eq!(scenario.name, "my net");
    assert_eq!(scenario.topology.pairs.len(), 1);
}
