//! Ways: tests of fates, visibility, convergence, delays and failovers, each a short run whose numbers can
//! be checked by head.

use super::findings::{DisturbanceKind, Parts};
use super::plan::{EAST, LEARNER, Plan, S, SOURCE, WEST, at, node};
use super::script::{Script, row};
use crate::engine::Cause;
use crate::mapping::Outcome;
use crate::roles::{EdgeState, Note, Withholding};
use crate::units::Span;
use crate::workload::Event;

fn plan(updates: Vec<(u64, usize, usize, Event)>) -> Plan {
    Plan { push: true, pair: false, warm: false, stays: Vec::new(), updates, faults: vec![5] }
}

#[test]
fn every_update_ends_in_exactly_one_fate() {
    let updates = (0..10).map(|address| (1, address, address, Event::LogOn)).collect();
    let mut script = Script::new(&plan(updates));
    script.all_up();
    (0..10).for_each(|sequence| script.noticed(sequence));
    let flying = script.sent(1_000, SOURCE, LEARNER, &[0, 1, 2, 3, 4, 5, 6, 7, 8], false);
    let mut fates: Vec<(u64, Outcome)> = (0..9).map(|sequence| (sequence, Outcome::Applied)).collect();
    (fates[3].1, fates[4].1, fates[5].1) = (Outcome::Filtered, Outcome::Full, Outcome::Hops);
    script.delivered(2_000, &flying, (0, 1_000), &fates);
    let withheld =
        |sequence, why| Note::Withheld { to: node(EAST), updates: vec![(node(SOURCE), sequence)], why };
    script.note(3_000, LEARNER, &withheld(0, Withholding::Coalesced));
    script.note(3_000, LEARNER, &withheld(1, Withholding::Filtered));
    script.pass(3_000, 4_000, LEARNER, EAST, 2);
    let again = script.sent(5_000, LEARNER, EAST, &[2], true);
    script.delivered(5_000, &again, (0, 0), &[(2, Outcome::Duplicate)]);
    for (sequence, cause) in [(6, Cause::Queue), (7, Cause::Crash), (8, Cause::Loss)] {
        let flying = script.sent(6_000, LEARNER, EAST, &[sequence], false);
        script.dropped(6_000, &flying, cause);
    }
    let findings = script.finish(10_000);
    let fates = row(&findings, EAST).fates;
    assert_eq!((fates.superseded, fates.filtered, fates.refused), (1, 2, 1));
    assert_eq!((fates.applied, fates.duplicates, fates.pending), (1, 1, 1));
    assert_eq!((fates.lost_hops, fates.lost_queue, fates.lost_crash, fates.lost_loss), (1, 1, 1, 1));
    assert_eq!(fates.total(), 10);
    // West: six wait at the learner for a tick that never comes, one at the source.
    let fates = row(&findings, WEST).fates;
    assert_eq!((fates.pending, fates.filtered, fates.refused, fates.lost_hops), (7, 1, 1, 1));
    assert_eq!(findings.fleet.fates.total(), 20);
    assert_eq!(row(&findings, EAST).table.refused, 0, "it was the learner that was full");
}

#[test]
fn records_that_a_query_passes_over_are_lost_and_dropped_answers_are_read_again() {
    let updates = (0..3).map(|address| (1, address, address, Event::LogOn)).collect();
    let mut script = Script::new(&Plan { push: false, ..plan(updates) });
    script.all_up();
    (0..3).for_each(|sequence| script.noticed(sequence));
    let flying = script.sent(2_000, SOURCE, LEARNER, &[1, 2], false);
    script.dropped(3_000, &flying, Cause::Loss);
    let findings = script.finish(10_000);
    let fates = row(&findings, EAST).fates;
    assert_eq!((fates.lost_loss, fates.pending, fates.total()), (1, 2, 3));
}

#[test]
fn the_parts_of_a_delay_add_up_to_the_staleness() {
    let mut script = Script::new(&plan(vec![(1, 0, 0, Event::LogOn)]));
    script.all_up();
    script.noticed(0);
    // 1 s in the source, 0.2 s to the learner and 0.3 s in it, 2 s for its tick, 0.1 and 0.4 s to east.
    let flying = script.sent(2_000, SOURCE, LEARNER, &[0], false);
    script.delivered(2_500, &flying, (200, 300), &[(0, Outcome::Applied)]);
    let flying = script.sent(4_500, LEARNER, EAST, &[0], false);
    script.delivered(5_000, &flying, (100, 400), &[(0, Outcome::Applied)]);
    let findings = script.finish(10_000);
    let found = row(&findings, EAST);
    let tenth = S / 10;
    assert_eq!(found.breakdown.observe, 10 * tenth);
    let learner = Parts { propagate: 2 * tenth, process: 3 * tenth, ..Parts::default() };
    let east = Parts { batch: 20 * tenth, propagate: tenth, process: 4 * tenth, ..Parts::default() };
    assert_eq!(found.breakdown.hops[&(node(SOURCE), node(LEARNER))], learner);
    assert_eq!(found.breakdown.hops[&(node(LEARNER), node(EAST))], east);
    assert_eq!(found.staleness.sum, found.breakdown.observe + found.breakdown.parts.total());
    assert_eq!(findings.fleet.breakdown, found.breakdown, "west applied nothing");
}

#[test]
fn a_polled_log_is_observed_until_its_answer_is_back() {
    let mut script = Script::new(&Plan { push: false, ..plan(vec![(1, 0, 0, Event::LogOn)]) });
    script.all_up();
    script.noticed(0);
    let flying = script.sent(3_000, SOURCE, LEARNER, &[0], false);
    script.delivered(4_000, &flying, (700, 300), &[(0, Outcome::Applied)]);
    script.pass(4_000, 5_000, LEARNER, EAST, 0);
    let findings = script.finish(10_000);
    let found = &row(&findings, EAST).breakdown;
    assert_eq!((found.observe, found.parts.process, found.parts.propagate), (27 * S / 10, 3 * S / 10, S));
}

#[test]
fn an_update_is_visible_from_itself_or_anything_newer_on() {
    let mut script =
        Script::new(&plan(vec![(0, 0, 0, Event::LogOn), (1, 0, 1, Event::LogOn), (2, 0, 2, Event::LogOn)]));
    script.all_up();
    script.noticed(0);
    script.pass(0, 0, SOURCE, LEARNER, 0);
    script.pass(0, 400, LEARNER, EAST, 0);
    script.noticed(1);
    script.noticed(2);
    script.pass(2_000, 2_000, SOURCE, LEARNER, 2);
    script.pass(2_000, 2_300, LEARNER, EAST, 2);
    let findings = script.finish(4_000);
    let east = row(&findings, EAST);
    // Visible after 0.4, 1.3 and 0.3 s; 2 s after the last is the end.
    let counts = &east.visibility;
    assert_eq!(counts[..6], [(0, 3), (2, 3), (2, 3), (3, 3), (0, 0), (0, 0)]);
    assert_eq!(findings.fleet.visibility[..5], [(0, 3), (0, 3), (0, 3), (0, 3), (0, 0)], "west sees nothing");
    assert_eq!((findings.convergence.samples.count, findings.convergence.not_converged), (0, 3));
    let age = &east.age;
    assert_eq!((age.peaks, age.peak_max), (1, 2_300_000_000), "of what occurred at 0, just before 2.3");
    assert_eq!(age.worst_source, Some(node(SOURCE)));
}

#[test]
fn an_update_has_converged_when_the_last_of_its_audience_sees_it() {
    let mut script = Script::new(&plan(vec![(1, 0, 0, Event::LogOn), (6, 0, 1, Event::LogOn)]));
    script.all_up();
    script.noticed(0);
    script.pass(1_000, 1_000, SOURCE, LEARNER, 0);
    script.pass(1_000, 2_000, LEARNER, EAST, 0);
    script.pass(3_000, 4_000, LEARNER, WEST, 0);
    script.link(5_000, false);
    script.noticed(1);
    script.pass(6_000, 6_000, SOURCE, LEARNER, 1);
    script.pass(6_000, 8_000, LEARNER, EAST, 1);
    script.link(9_000, true);
    script.fault_ends(9_000, 0);
    script.pass(9_000, 9_500, LEARNER, WEST, 1);
    let findings = script.finish(10_000);
    let convergence = &findings.convergence;
    assert_eq!((convergence.samples.count, convergence.samples.sum), (2, 5 * S));
    assert_eq!((convergence.unreachable, convergence.not_converged), (1, 0));
    let fault = &findings.disturbances[0];
    assert_eq!((fault.kind, fault.at, fault.until), (DisturbanceKind::Fault(0), at(5_000), Some(at(9_000))));
    assert_eq!((fault.convergence, fault.unreachable), (Some(Span::from_millis(500)), 0));
}

#[test]
fn a_failover_is_down_time_of_the_fleet_and_a_disturbance() {
    let mut script = Script::new(&Plan {
        pair: true,
        stays: vec![(0, 0, 5, 90)],
        faults: Vec::new(),
        ..plan(vec![(5, 0, 0, Event::LogOn), (12, 0, 0, Event::Refresh)])
    });
    script.all_up();
    script.edge(0, EAST, WEST, EdgeState::Up);
    script.edge(0, WEST, EAST, EdgeState::Idle);
    script.note(0, EAST, &Note::Enforcing(true));
    script.noticed(0);
    script.pass(5_000, 5_000, SOURCE, LEARNER, 0);
    script.pass(5_000, 6_000, LEARNER, EAST, 0);
    script.down(10_000, EAST, false);
    script.noticed(1);
    script.note(13_000, WEST, &Note::Enforcing(true));
    script.pass(13_000, 16_000, LEARNER, WEST, 0);
    let findings = script.finish(20_000);
    assert_eq!((findings.fleet.down, row(&findings, EAST).down), (3 * S, 10 * S));
    // East: missing 5..6, current until 10. Nobody 10..13. West: missing 13..16, current until 20.
    let fleet = &findings.fleet.classes;
    assert_eq!((fleet.current, fleet.missing), ((4 + 4) * S, (1 + 3) * S));
    assert_eq!(row(&findings, WEST).classes.missing, 11 * S, "its own row counts from the start");
    assert_eq!((findings.fleet.staleness.count, findings.fleet.staleness.sum), (1, S));
    assert_eq!((findings.fleet.fates.applied, findings.fleet.fates.pending), (1, 1), "east stands for both");
    assert_eq!((findings.convergence.samples.sum, findings.convergence.unreachable), (S, 1));
    let failover = &findings.disturbances[0];
    assert_eq!((failover.kind, failover.node), (DisturbanceKind::Failover, Some(node(WEST))));
    assert_eq!((failover.at, failover.until), (at(10_000), Some(at(13_000))));
    assert_eq!(failover.convergence, Some(Span::from_seconds(3)));
    assert_eq!(findings.fleet.table.area, 4 * S, "east's, the preferred member's");
}
