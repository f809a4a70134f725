//! What a rule predicts happens: the failing topology runs worse than the passing one, in the number that the rule is about.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use uidsim::engine::{Moment, Observer};
use uidsim::ids::NodeId;
use uidsim::report::{self, Costs, json};
use uidsim::roles::{Note, Role as Cast};
use uidsim::simulate::{Means, Mode, Watch, realise, run_with, simulate};
use uidsim::topology::Rule;
use uidsim::units::{Instant, Span};

use super::{case, read, scenario};

/// Runs a rule's topology; its report.
fn ran(rule: Rule, end: &str, means: Means) -> Value {
    let path = case(rule, end);
    let scenario = scenario(&path.display().to_string(), &read(&path).expect("readable"));
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let outcome =
        simulate(&scenario, scenario.seed, &|_| Err(String::new()), &watch, means).expect("it runs");
    let costs = Costs { cpu: None, wall: Span::ZERO, peak_rss_bytes: None };
    let report = report::build(&scenario, &outcome, scenario.seed, costs, false);
    serde_json::from_str(&json::print(&report)).expect("JSON")
}

/// A number at the same path of both reports, failing first.
fn both(rule: Rule, path: &str) -> (f64, f64) {
    both_by(rule, path, Means::PLAIN)
}

fn both_by(rule: Rule, path: &str, means: Means) -> (f64, f64) {
    let number = |end| {
        let report = ran(rule, end, means);
        report.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{rule:?} {end}: {path}"))
    };
    (number("fails"), number("passes"))
}

/// The failing one has some, and the passing one none.
fn some_against_none(rule: Rule, path: &str) {
    let (fails, passes) = both(rule, path);
    assert!(fails > 0.0 && passes == 0.0, "{rule:?} {path}: {fails} against {passes}");
}

#[test]
fn a_blocked_port_lets_nothing_in() {
    let (fails, passes) = both(Rule::BlockedPort, "/enforcement_points/0/fates/applied");
    assert_eq!((fails, passes), (0.0, 167.0));
    let (fails, passes) = both(Rule::BlockedPort, "/enforcement_points/0/consistency/mean");
    assert!(fails == 0.0 && passes > 0.97, "{fails} {passes}");
}

#[test]
fn a_wrong_key_never_connects() {
    let (fails, passes) = both(Rule::KeyMismatch, "/enforcement_points/0/fates/lost/key");
    assert!(fails > 100.0 && passes == 0.0, "{fails} {passes}");
    let (fails, passes) = both(Rule::KeyMismatch, "/enforcement_points/0/consistency/mean");
    assert!(fails == 0.0 && passes > 0.97, "{fails} {passes}");
}

#[test]
fn an_expired_certificate_parts_what_breaks_later() {
    some_against_none(Rule::CertificateExpires, "/enforcement_points/0/fates/lost/key");
}

#[test]
fn a_client_of_one_peer_is_not_told_while_the_other_serves() {
    let (fails, passes) = both(Rule::OnePeerNamed, "/fleet/staleness_seconds/max");
    assert!(fails > 600.0 && passes < 120.0, "{fails} {passes}");
}

#[test]
fn a_small_table_refuses_users() {
    some_against_none(Rule::CapacityBelowPopulation, "/enforcement_points/0/table/refused");
}

#[test]
fn a_small_dataplane_hides_users_from_policy() {
    some_against_none(Rule::DataplaneBelowScope, "/enforcement_points/0/dataplane_hidden_seconds");
    let (fails, passes) = both(Rule::DataplaneBelowScope, "/enforcement_points/0/policy/wrong_deny_share");
    assert!(fails > passes + 0.2, "{fails} {passes}");
}

#[test]
fn a_session_without_a_type_brings_nothing() {
    let (fails, passes) = both(Rule::EmptySession, "/enforcement_points/0/data/entries_final");
    assert_eq!((fails, passes), (0.0, 1.0));
}

#[test]
fn only_a_panorama_tells_of_the_quarantine_list() {
    let (fails, passes) = both(Rule::QuarantineWithoutPanorama, "/enforcement_points/0/data/entries_final");
    assert_eq!((fails, passes), (0.0, 1.0));
}

#[test]
fn a_tag_is_dropped_at_its_second_hop() {
    some_against_none(Rule::TagsOverOneHop, "/enforcement_points/0/data/over_hops");
    let (fails, passes) = both(Rule::TagsOverOneHop, "/enforcement_points/0/data/entries_final");
    assert_eq!((fails, passes), (0.0, 1.0));
}

#[test]
fn a_dual_feed_tells_everything_twice() {
    let (fails, passes) = both(Rule::DualFeed, "/enforcement_points/0/fates/duplicates");
    assert_eq!((fails, passes), (167.0, 0.0));
}

/// Who enforces, since when more than one, and for how long that was so.
#[derive(Default)]
struct Enforcing {
    members: BTreeSet<NodeId>,
    since: Option<Instant>,
    split: Span,
}

impl Observer<Cast> for Enforcing {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Cast>) {
        if let Moment::Note { node, note: Note::Enforcing(enforces), .. } = moment {
            if *enforces {
                self.members.insert(*node)
            } else {
                self.members.remove(node)
            };
            self.split += self.since.map_or(Span::ZERO, |since| at.since(since));
            self.since = (self.members.len() > 1).then_some(at);
        }
    }
}

/// With a second way HA1 is dialled anew over it, which takes a moment.
#[test]
fn a_pair_that_one_link_divides_has_two_active_members() {
    let split = |end| {
        let path = case(Rule::Ha1WithoutBackup, end);
        let scenario = scenario(&path.display().to_string(), &read(&path).expect("readable"));
        let workload = realise(&scenario, scenario.seed, &|_| Err(String::new())).expect("users");
        let cancelled = AtomicBool::new(false);
        let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
        let mut enforcing = Enforcing::default();
        run_with(&scenario, &workload, scenario.seed, &watch, None, &mut [&mut enforcing]);
        enforcing.split.seconds()
    };
    let (fails, passes) = (split("fails"), split("passes"));
    assert!(fails > 240.0 && passes < 1.0, "{fails} {passes}");
}

#[test]
fn an_ignore_list_at_a_hub_lets_service_accounts_hide_users() {
    some_against_none(Rule::IgnoreListWithoutEffect, "/enforcement_points/0/blame_seconds/conflict");
    some_against_none(Rule::IgnoreListWithoutEffect, "/enforcement_points/0/class_seconds/outdated");
}

#[test]
fn a_tick_of_more_messages_than_may_wait_resets_its_session_again_and_again() {
    let (fails, passes) = both(Rule::IntervalTooLong, "/nodes/1/sessions_reset");
    assert!(fails >= 10.0 && passes == 0.0, "{fails} {passes}");
}

#[test]
fn a_slow_link_lets_staleness_grow() {
    let (fails, passes) = both(Rule::LinkTooSlow, "/fleet/staleness_seconds/p99");
    assert!(fails > 1_000.0 && passes < 10.0, "{fails} {passes}");
}

#[test]
fn without_log_offs_entries_linger() {
    let (fails, passes) = both(Rule::LoginOnlyFeed, "/enforcement_points/0/class_seconds/lingering");
    assert!(fails > 100.0 * passes, "{fails} {passes}");
}

#[test]
fn without_a_way_from_a_source_everybody_is_unknown() {
    let (fails, passes) = both(Rule::NoPathFromSource, "/enforcement_points/1/fates/applied");
    assert_eq!((fails, passes), (0.0, 167.0));
}

#[test]
fn overlapping_lists_tell_twice_what_they_share() {
    some_against_none(Rule::OverlappingNetworks, "/enforcement_points/0/fates/duplicates");
}

#[test]
fn a_loop_sends_everything_back() {
    let (fails, passes) = both(Rule::RedistributionLoop, "/nodes/2/mappings_in");
    assert_eq!(fails, 2.0 * passes);
}

#[test]
fn what_stands_alone_takes_the_fleet_with_it() {
    for rule in [Rule::SingleCollector, Rule::SingleHub, Rule::SingleSource] {
        let (fails, passes) = both(rule, "/enforcement_points/0/fates/applied");
        assert!(fails * 4.0 < passes, "{rule:?}: {fails} {passes}");
        let (fails, passes) = both(rule, "/enforcement_points/0/consistency/final");
        assert!(fails == 0.0 && passes > 0.5, "{rule:?}: {fails} {passes}");
    }
}

#[test]
fn an_entry_that_outlives_the_lease_stands_for_the_next_user() {
    some_against_none(Rule::TimeoutAboveLease, "/enforcement_points/0/class_seconds/outdated");
}

#[test]
fn a_short_timeout_makes_holes() {
    let (fails, passes) = both(Rule::TimeoutBelowRefreshGap, "/enforcement_points/0/blame_seconds/expired");
    assert!(fails > 10.0 * passes, "{fails} {passes}");
    let (fails, passes) = both(Rule::TimeoutBelowRefreshGap, "/enforcement_points/0/class_seconds/missing");
    assert!(fails > 10.0 * passes, "{fails} {passes}");
}

#[test]
fn an_eleventh_hop_is_dropped_on_both_paths() {
    for mode in [Mode::Followed, Mode::Scanned] {
        let means = Means { mode, ..Means::PLAIN };
        let hops = both_by(Rule::TooManyHops, "/enforcement_points/0/fates/lost/hops", means);
        let applied = both_by(Rule::TooManyHops, "/enforcement_points/0/fates/applied", means);
        assert_eq!((hops, applied), ((167.0, 0.0), (0.0, 167.0)), "{mode:?}");
    }
}

#[test]
fn an_entry_that_ends_before_the_next_interim_update_leaves_a_hole() {
    let (fails, passes) =
        both(Rule::InterimAboveTimeout, "/enforcement_points/0/exposure/unknown_user_share");
    // Of ten minutes an entry of five lives half, and a stay ends within them at random.
    assert!((0.45..0.52).contains(&fails) && passes < 0.001, "{fails} {passes}");
}

#[test]
fn what_an_unread_controller_writes_is_lost() {
    let (fails, passes) = both(Rule::UnreadServer, "/enforcement_points/0/fates/filtered");
    let (applied, all) = both(Rule::UnreadServer, "/enforcement_points/0/fates/applied");
    assert!((fails / all - 1.0 / 3.0).abs() < 0.06 && passes == 0.0, "{fails} of {all}, {applied}");
    let (fails, passes) = both(Rule::UnreadServer, "/enforcement_points/0/exposure/unknown_user_share");
    assert!(fails > 3.0 * passes, "{fails} {passes}");
}

#[test]
fn whoever_does_not_read_the_directory_lets_nobody_of_its_groups_through() {
    let (fails, passes) = both(Rule::UnreadDirectory, "/enforcement_points/0/policy/wrong_deny_share");
    // Half of the users are in the group, and all of them are denied; else only who has just come or joined.
    assert!((0.3..0.7).contains(&fails) && passes < 0.1, "{fails} {passes}");
}

#[test]
fn an_agent_with_too_much_to_probe_finds_log_offs_late() {
    let (fails, passes) = both(Rule::ProbingOverload, "/enforcement_points/0/class_seconds/lingering");
    assert!(fails > 2.0 * passes && passes > 0.0, "{fails} {passes}");
}

#[test]
fn blocks_of_ports_are_known_to_those_who_read_them_alone() {
    let readers = |end| {
        let report = ran(Rule::BlockMappingsStay, end, Means::PLAIN);
        let readers = report["terminal_servers"][0]["readers"].as_array().expect("a list").clone();
        readers.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (readers("fails"), readers("passes")),
        (vec!["hub".to_owned()], vec!["hub".to_owned(), "fw".to_owned()])
    );
}
