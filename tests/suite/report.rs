//! The report and its formats, from findings made by hand.

pub(crate) mod made;

use uidsim::gate;
use uidsim::observe::LedgerFindings;
use uidsim::report::{Report, csv, json, table, text};
use uidsim::units::Span;

/// The keys of the interface that an object holds, in their order.
fn keys(value: &serde_json::Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn judged() -> Report {
    let scenario = made::scenario();
    let mut report = made::report();
    report.expectations = gate::judge(&scenario.expectations, &report);
    report
}

fn page(colour: bool) -> text::Page<'static> {
    text::Page { start: Span::from_seconds(7 * 3_600), replay: "uidsim run made.yaml --seed 42", colour }
}

const MEASURES: &str = "consistency replica_consistency class_seconds down_seconds staleness_seconds \
    change_staleness_seconds fates age_of_information_seconds age_of_incorrect_information_seconds \
    versions_behind delay_breakdown_seconds delay_breakdown_hops blame_seconds blame_in_transit_hops \
    visibility exposure table";

#[test]
fn the_json_has_every_key_of_the_interface_in_its_order() {
    let value: serde_json::Value = serde_json::from_str(&json::print(&judged())).expect("JSON");
    let expect = |path: &str, names: &str| {
        let part = value.pointer(path).unwrap_or_else(|| panic!("{path} is there"));
        assert_eq!(keys(part), names.split_whitespace().collect::<Vec<_>>(), "{path}");
    };
    let spans = "count mean p50 p90 p99 p999 max percentile_error";
    let parts = "batch queue process transmit propagate recover";
    expect(
        "",
        "schema_version uidsim_version topology seed scenario_hash truth measured_from_seconds \
         virtual_seconds partial digest run fleet enforcement_points nodes links sessions_down \
         disturbances          expectations remarks series",
    );
    expect(
        "/run",
        "events mapping_deliveries frame_deliveries scanned_share cpu_seconds wall_seconds peak_rss_bytes",
    );
    expect("/fleet", &format!("{MEASURES} agreement convergence_seconds"));
    expect("/fleet/agreement", "mean");
    expect("/fleet/convergence_seconds", "count mean p50 p99 max not_converged unreachable");
    expect("/enforcement_points/0", &format!("name kind site pair {MEASURES}"));
    for point in ["/fleet", "/enforcement_points/0", "/enforcement_points/1"] {
        let expect = |path: &str, names: &str| expect(&format!("{point}/{path}"), names);
        expect("consistency", "mean min final");
        expect("replica_consistency", "mean min final");
        expect("class_seconds", "current outdated missing lingering");
        expect("staleness_seconds", spans);
        expect("change_staleness_seconds", spans);
        expect("fates", "applied superseded lost refused filtered pending duplicates");
        expect("fates/lost", "total loss queue crash hops port key");
        expect("age_of_information_seconds", "mean peak_mean max worst_source");
        expect("age_of_incorrect_information_seconds", "mean");
        expect("versions_behind", "mean");
        expect("delay_breakdown_seconds", &format!("observe {parts}"));
        expect("blame_seconds", "unobserved in_transit lost expired conflict disconnected");
        expect("visibility/8", "within_seconds share");
        expect("exposure", "flows wrong_user unknown_user wrong_user_share unknown_user_share");
        expect("table", "entries_mean entries_peak entries_final capacity refused");
    }
    expect("/enforcement_points/0/delay_breakdown_hops/0", &format!("from to {parts}"));
    expect("/enforcement_points/0/blame_in_transit_hops/0", "from to seconds");
    expect(
        "/nodes/0",
        "name kind messages_in messages_out mappings_in mappings_out utilisation queue_mean queue_peak \
         resyncs sessions_reset",
    );
    expect("/links/0", "name from to messages bytes utilisation lost retransmitted sessions_opened");
    expect(
        "/disturbances/0",
        "name at_seconds until_seconds kind target converged convergence_seconds unreachable",
    );
    expect("/expectations/0", "selector metric limit measured margin held worst");
    expect("/series", "window_seconds fleet enforcement_points");
}

#[test]
fn without_a_sample_there_is_null_and_no_zero() {
    let value: serde_json::Value = serde_json::from_str(&json::print(&judged())).expect("JSON");
    let silent = value.pointer("/enforcement_points/1").expect("a point that never heard anything");
    for path in [
        "/staleness_seconds/mean",
        "/staleness_seconds/p99",
        "/staleness_seconds/max",
        "/age_of_information_seconds/mean",
        "/age_of_information_seconds/worst_source",
        "/delay_breakdown_seconds/observe",
        "/visibility/0/share",
        "/exposure/wrong_user_share",
        "/versions_behind/mean",
    ] {
        assert!(silent.pointer(path).expect(path).is_null(), "{path}");
    }
    assert_eq!(silent.pointer("/consistency/mean").and_then(serde_json::Value::as_f64), Some(1.0));
    let never = value.pointer("/disturbances/1").expect("a fault without an end");
    assert_eq!(never["converged"], false);
    assert!(never["convergence_seconds"].is_null() && never["until_seconds"].is_null());
}

#[test]
fn integrals_are_printed_to_the_nanosecond() {
    let text = json::print(&judged());
    assert!(text.contains("\"current\": 123456789012345678.901234567"), "all digits of 2^86");
    assert!(text.contains("\"down_seconds\": 0.000000001"));
}

#[test]
fn parts_of_a_delay_add_up_to_its_mean_and_causes_to_what_is_wrong() {
    let report = judged();
    let measures = &report.enforcement_points[0].measures;
    let means = measures.delay_breakdown_seconds;
    let parts = means.parts;
    let all = [
        means.observe,
        parts.batch,
        parts.queue,
        parts.process,
        parts.transmit,
        parts.propagate,
        parts.recover,
    ];
    let sum: i128 = all.iter().flatten().map(|part| part.billionths()).sum();
    assert_eq!(Some(sum), measures.staleness_seconds.mean.map(|mean| mean.billionths()));
}

#[test]
fn the_digest_is_of_what_was_found_and_not_of_what_it_cost() {
    let (scenario, outcome) = (made::scenario(), made::outcome());
    let digest = |outcome, costs| uidsim::report::build(&scenario, outcome, made::SEED, costs, false).digest;
    let first = digest(&outcome, made::COSTS);
    assert_eq!(first.len(), 16);
    let mut dearer = made::COSTS;
    dearer.wall = Span::from_seconds(99);
    assert_eq!(first, digest(&outcome, dearer));
    let mut other = outcome.clone();
    other.findings.points[0].1.table_hash += 1;
    assert_ne!(first, digest(&other, made::COSTS));
    let mut other = outcome.clone();
    other.findings.nodes[0].resyncs += 1;
    assert_ne!(first, digest(&other, made::COSTS));
    let mut other = outcome.clone();
    let (reader, ledger) = (other.findings.points[0].0, other.findings.points[1].0);
    let (staleness, blocks) = (Default::default(), Default::default());
    other.ledgers.push(LedgerFindings { reader, ledger, staleness, unread: 1, blocks });
    assert_ne!(first, digest(&other, made::COSTS));
    let mut elsewhere = scenario.clone();
    elsewhere.hash = "another".to_owned();
    let same = uidsim::report::build(&elsewhere, &outcome, made::SEED, made::COSTS, false).digest;
    assert_eq!(first, same, "the same findings of another file");
}

#[test]
fn the_summary_answers_the_question_on_the_first_screen() {
    let summary = text::print(&judged(), &page(false));
    insta::assert_snapshot!("summary", summary);
    for line in summary.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = text::print(&judged(), &page(false));
    let coloured = text::print(&judged(), &page(true));
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
    let mut stripped = coloured;
    for code in ["0", "1", "2", "31", "32"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn the_table_and_the_csv_have_one_row_for_each_enforcement_point() {
    let report = judged();
    insta::assert_snapshot!("table", table::print(&report));
    insta::assert_snapshot!("csv", csv::print(&report));
}
