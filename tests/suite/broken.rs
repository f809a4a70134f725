//! Every broken topology says all its problems, each at its place; the messages are snapshots.

use std::path::Path;

use uidsim::problem::{Problems, Style};

use crate::shipped::{read, topologies};

fn load(
    name: &str,
    text: &str,
    overrides: &[(String, String)],
) -> Result<uidsim::scenario::Scenario, Problems> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies/broken");
    let read = |path: &Path| read(&folder.join(path)).map_err(|_| "no such file".to_owned());
    uidsim::scenario::load(name, text, overrides, &read)
}

#[test]
fn every_broken_topology_says_its_problems() {
    for file in topologies("broken") {
        let text = read(&file).expect("readable");
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let Err(problems) = load(&name, &text, &[]) else { panic!("{name} loads") };
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), problems.render(Style::Plain));
    }
}

#[test]
fn problems_of_overrides_name_the_override() {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies/direct.yaml")).expect("readable");
    let set = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        load("direct.yaml", &text, &pairs)
    };
    let wrong = set(&[
        ("links.wan.latncy", "1ms"),
        ("links.wan.latency", "fast"),
        ("firewalls.fw-9.timeout", "1m"),
        ("firewalls.no-*.timeout", "1m"),
        ("seed", "-1"),
        ("name", "[x"),
    ]);
    insta::assert_snapshot!("overrides", wrong.expect_err("wrong").render(Style::Plain));
    let right = set(&[
        ("links.wan.latency", "77ms"),
        ("firewalls.*.timeout", "9m"),
        ("workload.population.day.breaks", "0%"),
        ("links.wan.jitter.exponential", "3ms"),
    ]);
    let scenario = right.expect("right");
    assert_eq!(scenario.topology.links[0].settings.latency.to_string(), "77ms");
}
