//! Answers: tests of classes, causes, ages and windows, each a short run whose numbers can be checked by head.

use super::classes::Classes;
use super::gauges::{Class, Reason};
use super::plan::{EAST, INITIAL, LEARNER, Plan, S, SOURCE, WEST, at, node};
use super::script::{Script, row};
use crate::engine::Cause;
use crate::ids::{AddressId, UserId};
use crate::mapping::Outcome;
use crate::roles::{EdgeState, Note};
use crate::workload::Event;

/// One user from 10 to 40 s, whose log-on is read from a log and whose log-off stays unread.
fn one_stay() -> Plan {
    Plan {
        push: false,
        pair: false,
        warm: false,
        stays: vec![(0, 0, 10, 40)],
        updates: vec![(10, 0, 0, Event::LogOn), (40, 0, 0, Event::LogOff)],
        faults: Vec::new(),
    }
}

/// At east: missing from 10 to 16 (3 s in the log or from it, 3 s behind the learner), current until its
/// timer ends at 30, missing until the user leaves at 40.
fn told_once() -> Script {
    let mut script = Script::new(&one_stay());
    script.all_up();
    script.noticed(0);
    script.pass(12_000, 13_000, SOURCE, LEARNER, 0);
    script.pass(15_000, 16_000, LEARNER, EAST, 0);
    script.note(30_000, EAST, &Note::Expired(vec![AddressId::new(0)]));
    script.noticed(1);
    script
}

#[test]
fn every_second_is_in_one_class_and_every_wrong_one_has_a_cause() {
    let findings = told_once().finish(50_000);
    let east = row(&findings, EAST);
    assert_eq!(east.classes, Classes { current: 14 * S, missing: 16 * S, ..Classes::default() });
    assert_eq!((east.blame.in_transit, east.blame.expired, east.blame.total()), (6 * S, 10 * S, 16 * S));
    assert_eq!(east.blame.hops[&(node(SOURCE), node(LEARNER))], 3 * S);
    assert_eq!(east.blame.hops[&(node(LEARNER), node(EAST))], 3 * S);
    let flows = (east.exposure.stays, east.exposure.wrong, east.exposure.unknown);
    assert_eq!(flows, (30 * S, 0, 16 * S), "the user's site is east's");
    let west = row(&findings, WEST);
    assert_eq!(west.exposure.stays, 0, "west stands elsewhere");
    assert_eq!((west.classes.missing, west.blame.in_transit), (30 * S, 30 * S));
    assert_eq!(findings.fleet.classes.missing, (16 + 30) * S);
    assert_eq!((east.table.area, east.table.peak, east.table.last), (14 * S, 1, 0));
}

#[test]
fn the_authority_is_compared_with_and_versions_are_counted_from_its_application_on() {
    let findings = told_once().finish(50_000);
    let east = row(&findings, EAST);
    // The learner answers from 13 to the end; east from 16 to 30.
    assert_eq!(east.replica, Classes { current: 14 * S, missing: 23 * S, ..Classes::default() });
    assert_eq!(east.behind_area, 3 * S, "an expiry is no version");
    assert_eq!(row(&findings, WEST).behind_area, 37 * S);
    assert_eq!(east.change_staleness.sum, 6 * S);
}

#[test]
fn incorrectness_ages_from_the_last_instant_of_being_right() {
    let findings = told_once().finish(50_000);
    // Triangles of 6 s and of 10 s at east, of 30 s at west; doubled.
    assert_eq!(row(&findings, EAST).incorrect_area_twice, (36 + 100) * S * S);
    assert_eq!(findings.fleet.incorrect_area_twice, (36 + 100 + 900) * S * S);
    // East knows what occurred at 10 from 16 on: ages 6 to 40 over 34 s.
    let age = &row(&findings, EAST).age;
    assert_eq!((age.area, age.time, age.peaks), (23 * 34 * S * S, 34 * S, 0));
}

#[test]
fn windows_hold_their_own_time_and_the_last_may_be_short() {
    let findings = told_once().finish(45_000);
    let east = &row(&findings, EAST).windows;
    let current: Vec<u128> = east.iter().map(|window| window.current / S).collect();
    let missing: Vec<u128> = east.iter().map(|window| window.missing / S).collect();
    assert_eq!((current, missing), (vec![0, 4, 10, 0, 0], vec![0, 6, 0, 10, 0]));
    let shares: Vec<f64> = east.iter().map(|window| window.consistency()).collect();
    assert_eq!(shares, [1.0, 0.4, 1.0, 0.0, 1.0], "the least is 0, the final one is of no address");
    // At 10 nobody is known yet; at 20 and 30 only east answers; at 40 nobody does, of one who is there;
    // at 45 nobody is there.
    assert_eq!(findings.agreement, [(0, 0), (0, 1), (0, 1), (1, 1), (0, 0)]);
}

#[test]
fn a_judgement_names_class_cause_and_hop() {
    let mut script = Script::new(&one_stay());
    script.all_up();
    let address = AddressId::new(0);
    assert_eq!(script.witness.judge(at(9_000), node(EAST), address).class, None);
    let judged = script.witness.judge(at(10_000), node(EAST), address);
    assert_eq!((judged.class, judged.reason), (Some(Class::Missing), Some(Reason::Unobserved)));
    script.noticed(0);
    let judged = script.witness.judge(at(11_000), node(EAST), address);
    assert_eq!(judged.hop, Some((node(SOURCE), node(LEARNER))));
    assert_eq!((judged.truth, judged.answer), (Some(UserId::new(0)), None));
    script.down(12_000, EAST, true);
    assert_eq!(script.witness.judge(at(12_000), node(EAST), address).class, None);
}

#[test]
fn wrong_answers_are_unobserved_disconnected_in_transit_lost_or_in_conflict() {
    let mut script = Script::new(&Plan {
        push: true,
        warm: true,
        stays: vec![(0, 0, 0, 20), (1, 0, 20, 40)],
        updates: vec![(25, 0, 1, Event::LogOn), (45, 0, 1, Event::LogOff)],
        ..one_stay()
    });
    for place in [LEARNER, EAST, WEST] {
        script.merged(0, place, None, &[(INITIAL, Outcome::Applied)]);
    }
    script.edge(0, LEARNER, EAST, EdgeState::Up);
    script.noticed(0);
    script.edge(27_000, SOURCE, LEARNER, EdgeState::Up);
    let flying = script.sent(28_000, SOURCE, LEARNER, &[0], false);
    script.dropped(29_000, &flying, Cause::Port);
    script.noticed(1);
    let flying = script.sent(45_000, SOURCE, LEARNER, &[1], false);
    let holder = (node(SOURCE), INITIAL);
    script.delivered(46_000, &flying, (1_000, 0), &[(1, Outcome::Refused { holder })]);
    let findings = script.finish(50_000);
    let east = row(&findings, EAST);
    let expected = Classes { current: 20 * S, outdated: 20 * S, lingering: 10 * S, missing: 0 };
    assert_eq!(east.classes, expected);
    // Nobody noticed for 20..25 and 40..45; the source waited for the learner 25..27; the record was under
    // way 27..29 and lost from then on; the log-off was under way 45..46 and then refused.
    let blame = &east.blame;
    assert_eq!((blame.unobserved, blame.disconnected, blame.in_transit), (10 * S, 2 * S, 3 * S));
    assert_eq!((blame.lost, blame.conflict, blame.expired), (11 * S, 4 * S, 0));
    assert_eq!((east.fates.lost_port, east.fates.refused, east.fates.total()), (1, 1, 2));
    assert_eq!((east.exposure.wrong, east.exposure.unknown), (20 * S, 0));
}

#[test]
fn a_restart_without_memory_disconnects_and_a_replacement_is_a_conflict() {
    let mut script = Script::new(&Plan {
        stays: vec![(0, 0, 0, 90), (0, 1, 0, 90)],
        updates: vec![(0, 0, 0, Event::LogOn), (0, 1, 0, Event::LogOn), (12, 1, 7, Event::ServiceLogOn)],
        ..one_stay()
    });
    script.all_up();
    script.noticed(0);
    script.noticed(1);
    for sequence in [0, 1] {
        script.pass(0, 0, SOURCE, LEARNER, sequence);
        script.pass(0, 0, LEARNER, EAST, sequence);
        script.pass(0, 0, LEARNER, WEST, sequence);
    }
    script.noticed(2);
    script.pass(12_000, 12_000, SOURCE, LEARNER, 2);
    script.pass(12_000, 14_000, LEARNER, WEST, 2);
    script.down(20_000, EAST, false);
    script.up(23_000, EAST);
    let findings = script.finish(30_000);
    let west = row(&findings, WEST);
    assert_eq!((west.classes.outdated, west.blame.conflict), (16 * S, 16 * S), "a service account took over");
    let east = row(&findings, EAST);
    assert_eq!((east.down, east.classes.current), (3 * S, 40 * S));
    assert_eq!((east.classes.missing, east.blame.disconnected), (14 * S, 14 * S));
    assert_eq!(findings.fleet.down, 3 * S);
    // The age of what is wrong goes on while east is down: of two addresses, from 3 to 10 s, doubled.
    assert_eq!(east.incorrect_area_twice, 2 * (100 - 9) * S * S);
}

#[test]
fn what_waits_for_a_full_table_is_disconnected_and_lives() {
    let mut script = Script::new(&one_stay());
    script.edge(0, SOURCE, LEARNER, EdgeState::Up);
    script.noticed(0);
    script.pass(10_000, 10_000, SOURCE, LEARNER, 0);
    script.edge(12_000, LEARNER, EAST, EdgeState::Resyncing);
    let flying = script.sent(14_000, LEARNER, EAST, &[0], true);
    script.edge(14_000, LEARNER, EAST, EdgeState::Up);
    script.delivered(15_000, &flying, (600, 400), &[(0, Outcome::Applied)]);
    let findings = script.finish(20_000);
    let east = row(&findings, EAST);
    assert_eq!((east.blame.disconnected, east.blame.in_transit), (4 * S, S));
    assert_eq!((east.classes.current, row(&findings, WEST).blame.disconnected), (5 * S, 10 * S));
    // Inside a full table the wait at the learner is recovery.
    let parts = &east.breakdown.parts;
    assert_eq!((parts.recover, parts.batch), (4 * S, 0));
    assert_eq!((parts.propagate, parts.process), (6 * S / 10, 4 * S / 10));
}

#[test]
fn windows_end_in_silence_too() {
    let script = Script::new(&one_stay());
    let findings = script.finish(35_000);
    let missing: Vec<u128> = row(&findings, EAST).windows.iter().map(|window| window.missing / S).collect();
    assert_eq!(missing, [0, 10, 10, 5]);
    assert_eq!(Script::new(&one_stay()).finish(30_000).agreement.len(), 3, "no empty window at the end");
}

#[test]
fn a_window_that_is_cut_off_has_seen_the_truth_of_its_last_instant() {
    let agreement = |until: u64| {
        let plan = Plan { stays: vec![(0, 0, 10, until)], updates: Vec::new(), ..one_stay() };
        Script::new(&plan).finish(35_000).agreement
    };
    // Nothing but the truth happens at 35; at 20 and 30, which windows reach whole, what happens then is not seen
    // yet. All agree that nobody is there.
    assert_eq!(agreement(36), [(0, 0), (1, 1), (1, 1), (1, 1)]);
    assert_eq!(agreement(35), [(0, 0), (1, 1), (1, 1), (0, 0)]);
    assert_eq!(agreement(30), [(0, 0), (1, 1), (1, 1), (0, 0)]);
}
