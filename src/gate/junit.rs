//! The verdict as JUnit XML: a suite for each file, a case for each expectation, entry and metric of the baseline.
//!
//! Knows verdicts (quick-junit writes the XML). No times: the same verdict gives the same bytes.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::drift::Drift;
use super::phrases;
use super::verdict::{EntryJudgement, Expected, Verdict};

/// All verdicts. Shape: one XML document.
#[must_use]
pub fn print(verdicts: &[Verdict]) -> String {
    let mut report = Report::new("uidsim check");
    report.add_test_suites(verdicts.iter().map(suite));
    report.to_string().expect("a verdict is text, which XML takes")
}

fn suite(verdict: &Verdict) -> TestSuite {
    let mut suite = TestSuite::new(verdict.file.clone());
    suite.add_property(("topology", verdict.topology.as_str()));
    suite.add_property(("scenario_hash", verdict.scenario_hash.as_str()));
    let seeds: Vec<String> = verdict.seeds.iter().map(u64::to_string).collect();
    suite.add_property(("seeds", seeds.join(" ").as_str()));
    if let Some(comparison) = &verdict.comparison {
        suite.add_property(("baseline", phrases::cause(comparison).as_str()));
    }
    let class = verdict.file.as_str();
    if verdict.partial {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("interrupted").set_message("interrupted: only finished runs are judged");
        suite.add_test_case(TestCase::new("every run is finished", status));
    }
    suite.add_test_cases(verdict.expectations.iter().map(|expected| expectation(class, expected)));
    suite.add_test_cases(verdict.entries.iter().map(|entry| self::entry(class, entry)));
    let drifts = verdict.comparison.iter().flat_map(|comparison| &comparison.drifts);
    suite.add_test_cases(drifts.map(|drift| self::drift(class, drift)));
    suite
}

fn case(class: &str, name: String, held: bool, kind: &str, message: String) -> TestCase {
    let status = if held {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(kind).set_message(message.clone()).set_description(message);
        status
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn expectation(class: &str, expected: &Expected) -> TestCase {
    let judgement = &expected.judgement;
    let mut message = format!("measured {}", phrases::measured(judgement));
    for more in [phrases::margin(judgement), phrases::place(expected)] {
        message += &if more.is_empty() { String::new() } else { format!(", {more}") };
    }
    expected.look.iter().for_each(|look| message += &format!("; look first: {look}"));
    let name = format!("expect {}", phrases::expectation(judgement));
    case(class, name, judgement.held, "expectation", message)
}

fn entry(class: &str, entry: &EntryJudgement) -> TestCase {
    let found = format!("the table says {}, seed {}", phrases::user(entry.found.as_deref()), entry.seed);
    case(class, format!("expect_at {}", phrases::entry(entry)), entry.held(), "entry", found)
}

fn drift(class: &str, drift: &Drift) -> TestCase {
    let change = phrases::change(drift);
    let change = if change.is_empty() { change } else { format!(", {change}") };
    let mut message =
        format!("{}{change}, allowed {}, seed {}", phrases::values(drift), drift.tolerance, drift.seed);
    let mean = phrases::mean_change(drift);
    message += &if mean.is_empty() { mean } else { format!("; {mean}") };
    drift.look.iter().for_each(|look| message += &format!("; look first: {look}"));
    case(class, format!("baseline {} {}", drift.name, drift.metric), drift.held, "baseline", message)
}
