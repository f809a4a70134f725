//! What a file allows, and that it changes nothing else.

use uidsim::lint::lint;
use uidsim::problem::Problems;
use uidsim::scenario::Scenario;
use uidsim::topology::Rule;

use super::{case, read, scenario};

fn loaded(lint: &str) -> Result<Scenario, Problems> {
    let text = read(&case(Rule::DualFeed, "fails")).expect("readable");
    uidsim::scenario::load("allowed", &(text + lint), &[], &read)
}

/// Why the dual feed is allowed, and what else is said of allowances.
fn said(lint_key: &str) -> (Option<String>, usize) {
    let concerns = lint(&loaded(lint_key).expect("a topology"));
    let dual = concerns.iter().find(|concern| concern.rule == Rule::DualFeed).expect("it is told");
    let unused = concerns.iter().filter(|concern| concern.rule == Rule::UnusedAllowance);
    (dual.allowed.clone(), unused.filter(|concern| concern.allowed.is_none()).count())
}

#[test]
fn a_rule_is_allowed_everywhere_or_where_a_glob_says() {
    let reason = Some("meant".to_owned());
    assert_eq!(said(""), (None, 0));
    assert_eq!(said("lint: {allow: [{rule: dual-feed, reason: meant}]}\n"), (reason.clone(), 0));
    assert_eq!(said("lint: {allow: [{rule: dual-feed, at: \"f*\", reason: meant}]}\n"), (reason, 0));
    assert_eq!(said("lint: {allow: [{rule: dual-feed, at: \"g*\", reason: meant}]}\n"), (None, 1));
    assert_eq!(said("lint: {allow: [{rule: blocked-port, reason: meant}]}\n"), (None, 1));
    let both =
        "lint: {allow: [{rule: blocked-port, reason: meant}, {rule: unused-allowance, reason: soon}]}\n";
    assert_eq!(said(both), (None, 0));
    assert_eq!(said("lint: {allow: [{rule: unused-allowance, reason: soon}]}\n"), (None, 1));
}

#[test]
fn an_allowance_names_a_rule_and_a_reason() {
    for (key, code) in [
        ("lint: {allow: [{rule: dual-fed, reason: meant}]}\n", "wrong-value"),
        ("lint: {allow: [{rule: dual-feed}]}\n", "missing-key"),
        ("lint: {allow: [{rule: dual-feed, reason: \" \"}]}\n", "wrong-value"),
        ("lint: {allow: [{reason: meant}]}\n", "missing-key"),
        ("lint: {alow: []}\n", "unknown-key"),
    ] {
        let problems = loaded(key).expect_err("bad input").problems;
        assert!(
            problems.iter().any(|problem| problem.code == code && problem.place.is_some()),
            "{problems:?}"
        );
        assert!(problems.iter().all(|problem| !problem.hint.is_empty()), "{problems:?}");
    }
}

#[test]
fn no_hash_depends_on_what_is_allowed_or_on_where_it_stands() {
    let plain = loaded("").expect("a topology");
    let allowing = loaded("lint: {allow: [{rule: dual-feed, reason: meant}]}\n").expect("a topology");
    assert_eq!(plain.hash, allowing.hash);
    let text = read(&case(Rule::DualFeed, "fails")).expect("readable");
    let moved = scenario("allowed", &format!("# One line more.\n\n{text}"));
    assert_eq!(plain.hash, moved.hash);
    assert_ne!(plain.margin, moved.margin);
}

/// What `--set` changes lies nowhere in the file; it is shown where its node is.
#[test]
fn what_the_command_line_sets_is_shown_at_its_node() {
    let text = read(&case(Rule::CapacityBelowPopulation, "passes")).expect("readable");
    let set = [("firewalls.fw.capacity".to_owned(), "7".to_owned())];
    let scenario = uidsim::scenario::load("set", &text, &set, &read).expect("a topology");
    let concerns = lint(&scenario);
    let of_rule = |rule| concerns.iter().find(|concern| concern.rule == rule);
    let concern = of_rule(Rule::CapacityBelowPopulation).expect("it is told");
    assert!(text[concern.place.offset..].starts_with("fw:"), "{concern:?}");
}
