//! Lint: every rule speaks where it must and is silent where it must be.

mod allowed;
mod effects;
mod formats;

use std::fs;
use std::path::{Path, PathBuf};

use uidsim::lint::{Concern, about, lint};
use uidsim::problem::{Severity, Style, position};
use uidsim::scenario::Scenario;
use uidsim::topology::Rule;

use crate::grow::Case;
use crate::shipped::{read, topologies};

/// A rule, the subjects that its failing topology has, and the line that they stand on.
const CASES: [(Rule, &[&str], usize); 36] = [
    (Rule::BlockMappingsStay, &["fw"], 10),
    (Rule::BlockedPort, &["fw"], 9),
    (Rule::CapacityBelowPopulation, &["fw"], 9),
    (Rule::CertificateExpires, &["fw"], 9),
    (Rule::DataplaneBelowScope, &["fw"], 9),
    (Rule::DualFeed, &["fw"], 10),
    (Rule::EmptySession, &["fw"], 11),
    (Rule::FeedIntervalAboveTimeout, &["agent"], 8),
    (Rule::Ha1WithoutBackup, &["edge"], 10),
    (Rule::IgnoreListWithoutEffect, &["hub"], 9),
    (Rule::InterimAboveTimeout, &["fw"], 10),
    (Rule::IntervalTooLong, &["agent"], 9),
    (Rule::KeyMismatch, &["fw"], 8),
    (Rule::LinkTooSlow, &["wan"], 6),
    (Rule::LoginOnlyFeed, &["dc"], 13),
    (Rule::NoPathFromSource, &["fw-lost"], 11),
    (Rule::OnePeerNamed, &["fw"], 11),
    (Rule::OverlappingNetworks, &["fw"], 14),
    (Rule::PlainTextSession, &["portal"], 7),
    (Rule::PollingManyServers, &["fw"], 8),
    (Rule::ProbingOverload, &["agent"], 9),
    (Rule::ProfileWithoutEvent, &["esm"], 12),
    (Rule::QuarantineWithoutPanorama, &["fw"], 10),
    (Rule::RedistributionLoop, &["hub-1"], 10),
    (Rule::SingleCollector, &["agent"], 8),
    (Rule::SingleHub, &["panorama"], 9),
    (Rule::SingleSource, &["dc"], 7),
    (Rule::TagsOverOneHop, &["fw"], 10),
    (Rule::TimeoutAboveLease, &["fw"], 13),
    (Rule::TimeoutBelowRefreshGap, &["fw"], 9),
    (Rule::TooManyHops, &["fw"], 20),
    (Rule::TooManyUpstreams, &["fw"], 9),
    (Rule::UnreadDirectory, &["fw"], 10),
    (Rule::UnreadServer, &["dc-3"], 7),
    (Rule::UnusedAllowance, &["single-hub"], 15),
    (Rule::UnusedNode, &["hub"], 9),
];

/// The topology of a rule that ends so: `fails` or `passes`.
fn case(rule: Rule, end: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/lint/cases");
    folder.join(format!("{}-{end}.yaml", rule.id()))
}

fn scenario(name: &str, text: &str) -> Scenario {
    let loaded = uidsim::scenario::load(name, text, &[], &read);
    loaded.unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)))
}

fn linted(path: &Path) -> (String, Vec<Concern>) {
    let text = read(path).expect("readable");
    let concerns = lint(&scenario(&path.display().to_string(), &text));
    (text, concerns)
}

#[test]
fn every_rule_speaks_of_its_failing_topology_and_not_of_its_passing_one() {
    let rules: Vec<Rule> = CASES.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(rules, Rule::ALL, "every rule has its case");
    for (rule, subjects, line) in CASES {
        let (text, concerns) = linted(&case(rule, "fails"));
        let of_rule: Vec<&Concern> = concerns.iter().filter(|concern| concern.rule == rule).collect();
        let [concern] = of_rule.as_slice() else { panic!("{rule:?}: {concerns:?}") };
        assert_eq!(concern.subjects, subjects, "{rule:?}");
        assert_eq!(position(&text, concern.place.offset).line, line, "{rule:?}");
        assert_eq!((concern.count, &concern.allowed), (subjects.len(), &None), "{rule:?}");
        let (_, concerns) = linted(&case(rule, "passes"));
        assert!(concerns.iter().all(|concern| concern.rule != rule || concern.allowed.is_some()), "{rule:?}");
    }
}

/// The failing topology fails for its rule alone, and the fix breaks nothing else.
#[test]
fn no_rule_speaks_of_the_case_of_another() {
    for (rule, ..) in CASES {
        for end in ["fails", "passes"] {
            let (_, concerns) = linted(&case(rule, end));
            for concern in concerns.iter().filter(|concern| concern.allowed.is_none()) {
                let is_own = concern.rule == rule && end == "fails";
                assert!(is_own || concern.severity() == Severity::Note, "{rule:?} {end}: {}", concern.says());
            }
        }
    }
}

#[test]
fn shipped_topologies_lint_clean() {
    let shipped = [".", "theory", "bench"].into_iter().flat_map(topologies);
    let mut texts: Vec<(String, String)> =
        shipped.map(|path| (path.display().to_string(), read(&path).expect("readable"))).collect();
    texts.push(("starter".to_owned(), uidsim::topology::starter("starter")));
    for (name, text) in texts {
        for concern in lint(&scenario(&name, &text)) {
            let is_clean = concern.allowed.is_some() || concern.severity() == Severity::Note;
            assert!(is_clean, "{name}: {}: {}", concern.rule.id(), concern.says());
        }
    }
}

#[test]
fn every_rule_has_its_section_in_the_handbook() {
    let text = include_str!("../../docs/lint.md");
    let sections: Vec<&str> = text.split("\n## ").skip(1).collect();
    let is_rule = |section: &&str| section.lines().next().is_some_and(|title| !title.contains(' '));
    let told: Vec<&str> =
        sections.iter().filter(|s| is_rule(s)).map(|s| s.lines().next().unwrap_or("")).collect();
    assert_eq!(told, Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>());
    for rule in Rule::ALL {
        let section = sections.iter().find(|section| section.starts_with(&format!("{}\n", rule.id())));
        let severity = format!("Severity: {}.", about(*rule).severity.word());
        assert!(section.is_some_and(|section| section.contains(&severity)), "{}: {severity}", rule.id());
    }
}

/// A group is one concern per rule and place, however many nodes it has; ten thousand firewalls are little work.
#[test]
fn a_large_fleet_says_each_thing_once() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies/global-10k.yaml");
    let (_, concerns) = linted(&path);
    assert!((1..10).contains(&concerns.len()), "{concerns:?}");
    let most = concerns.iter().max_by_key(|concern| concern.count).expect("some");
    assert_eq!((most.count, most.subjects.len()), (10_500, 3));
    assert!(
        most.says().starts_with("`1-office-1-fw-1`, `1-office-1-fw-2`, `1-office-1-fw-3` and 10497 more: ")
    );
}

#[test]
fn no_scenario_is_too_odd_to_be_linted() {
    let mut told = std::collections::BTreeSet::new();
    for number in 0..2_000 {
        let scenario = Case::new(number).scenario;
        let concerns = lint(&scenario);
        assert_eq!(concerns, lint(&scenario), "the same twice");
        told.extend(concerns.iter().map(|concern| concern.rule));
    }
    assert!(told.len() >= 10, "they are odd in many ways: {told:?}");
}

/// Texts beside the cases: what looks like a case and is none, and the other way round.
#[test]
fn lists_and_blocked_ports_are_looked_through() {
    let rules = |text: &str| -> Vec<Rule> {
        lint(&scenario("odd.yaml", text)).iter().map(|concern| concern.rule).collect()
    };
    let dual = fs::read_to_string(case(Rule::DualFeed, "fails")).expect("readable");
    assert!(rules(&dual).contains(&Rule::DualFeed));
    let divided =
        "upstreams: [{from: agent, include: [10.1.0.0/25]}, {from: panorama, include: [172.16.0.0/12]}]";
    let divided = dual.replace("upstreams: [agent, panorama]", divided);
    assert_ne!(divided, dual);
    assert!(!rules(&divided).contains(&Rule::DualFeed));

    let nobody =
        dual.replace("upstreams: [agent, panorama]", "upstreams: [{from: agent, exclude: [0.0.0.0/0]}]");
    assert!(rules(&nobody).contains(&Rule::NoPathFromSource));

    let pair = fs::read_to_string(case(Rule::Ha1WithoutBackup, "passes")).expect("readable");
    assert!(!rules(&pair).contains(&Rule::Ha1WithoutBackup));
    let blocked = pair.replacen("latency: 30ms", "blocked_ports: [28769], latency: 30ms", 1);
    assert_ne!(blocked, pair);
    assert!(rules(&blocked).contains(&Rule::Ha1WithoutBackup));
}
