//! The formats of a verdict: valid, bounded, and safe with names that look like markup.

use proptest::prelude::*;
use uidsim::gate::Baseline;

use super::lab::{Lab, PLAIN};

/// Names and files that no format may take for markup.
const EVIL: &str = "fw-<script>alert(1)</script>&]]>|`_*";

/// The problems that the published schema has with a JUnit file. The schema is Jenkins' junit-4.xsd.
fn junit_problems(xml: &str) -> Vec<String> {
    let schema = uppsala::parse(include_str!("../schemas/junit-4.xsd")).expect("the schema parses");
    let schema = uppsala::XsdValidator::from_schema(&schema).expect("the schema is one");
    let parsed = uppsala::parse(xml).expect("the file parses");
    schema.validate(&parsed).iter().map(ToString::to_string).collect()
}

fn evil(lab: &Lab) {
    let named = PLAIN.replace("fw-two", "fw-<script>&]]>|`_").replace("name: lab", "name: \"<b>&\"");
    let faults = format!("faults:\n  - {{name: {EVIL:?}, at: \"10:01\", for: 5s, link_down: wan}}\n");
    let expect = "expect:\n  fleet: {staleness.max: \"< 1ms\"}\n  \"*\": {staleness.p99: \"< 1ms\"}\n  \
                  \"disturbance/fw-*\": {converged: \"== false\"}\n";
    let asked = "expect_at:\n  - {at: \"10:01\", node: \"fw-*\", ip: 10.0.0.1, user: \"<i>\"}\n";
    lab.write("<evil>.yaml", &(named + &faults + expect + asked));
}

#[test]
fn junit_is_what_the_published_schema_asks_for() {
    let lab = Lab::with("lab.yaml", PLAIN);
    evil(&lab);
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    lab.check(1, &["lab.yaml", "<evil>.yaml", "--junit", "check.xml", "--set", "links.wan.latency=700ms"]);
    let xml = lab.read("check.xml");
    assert_eq!(junit_problems(&xml), [""; 0]);
    assert!(xml.contains("<failure ") && xml.contains("look first: propagate"), "{xml}");
    assert!(!xml.contains("<script>"));
    // The check of the check: what the schema does not know is told.
    assert!(
        !junit_problems(&xml.replace("<failure ", "<fault ").replace("</failure>", "</fault>")).is_empty()
    );
    assert!(!junit_problems(&xml.replace("<testcase name=", "<testcase title=")).is_empty());
}

#[test]
fn the_summary_has_no_markup_but_its_own() {
    let lab = Lab::with("lab.yaml", PLAIN);
    evil(&lab);
    lab.check(1, &["<evil>.yaml", "--markdown", "summary.md", "--quiet"]);
    let summary = lab.read("summary.md");
    assert!(
        !summary.contains("<script>") && !summary.contains("<b>") && !summary.contains("<i>"),
        "{summary}"
    );
    for line in summary.lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 7, "{line}");
    }
    insta::assert_snapshot!("summary", summary);
}

#[test]
fn the_summary_of_a_large_fleet_stays_small() {
    let fleet = PLAIN
        .replace("fw-two: {site: branch", "\"fw-{n}\": {site: branch, count: 400")
        .replace("duration: 2m", "duration: 30s");
    let lab = Lab::with(
        "lab.yaml",
        &(fleet + "baseline: {\"fw-*\": {staleness.p50: \"1%\", staleness.p99: \"1%\"}}\n"),
    );
    lab.check(0, &["lab.yaml", "--update-baseline"]);
    lab.check(1, &["lab.yaml", "--set", "links.wan.latency=700ms", "--markdown", "summary.md"]);
    let summary = lab.read("summary.md");
    let rows = summary.lines().filter(|line| line.starts_with("| ❌") || line.starts_with("| ✅")).count();
    assert_eq!(rows, 200);
    assert!(summary.len() < 1_000_000 && summary.contains("rows more in the JSON"));
}

proptest! {
    /// A baseline may have been edited by anybody.
    #[test]
    fn no_text_makes_the_reader_of_baselines_panic(at in 0..2_000_usize, with in ".{0,8}", cut in any::<bool>()) {
        let good = include_str!("../../../topologies/three-sites.baseline.json");
        let mut chars: Vec<char> = good.chars().collect();
        let at = at.min(chars.len());
        if cut {
            chars.truncate(at);
        }
        chars.splice(at..at, with.chars());
        let _ = Baseline::read(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn what_is_written_reads_back_to_the_same() {
    let good = include_str!("../../../topologies/three-sites.baseline.json");
    let read = Baseline::read(good).expect("a baseline");
    assert_eq!(Baseline::read(&read.print()), Ok(read));
}
