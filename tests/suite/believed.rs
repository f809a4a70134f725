//! Tiny runs computed by hand, so that the reference itself is believed; the shipping observers must agree.

use uidsim::ids::NodeId;
use uidsim::observe::{Blame, Findings, Witness};
use uidsim::roles::{Announce, PointSettings};
use uidsim::scenario::FaultKind;
use uidsim::topology::{Kind, Role};
use uidsim::units::Span;
use uidsim::workload::Event;

use crate::compare;
use crate::reference::Reference;
use crate::tiny::{Tiny, log, point, push, read};

const SECOND: u128 = 1_000_000_000;

/// What the reference finds; the shipping observers must find the same.
fn found(tiny: &Tiny) -> Findings {
    let mut reference = Reference::new(&tiny.scenario, &tiny.workload);
    let mut witness = Witness::new(&tiny.scenario, &tiny.workload);
    let course = tiny.run(&mut [&mut reference, &mut witness]);
    let (wanted, found) = (reference.finish(), witness.finish(course.end));
    assert_eq!(compare::differences(&found, &wanted), Vec::<String>::new());
    wanted
}

/// Current, outdated, missing and lingering seconds of the first point.
fn classes(findings: &Findings) -> [u128; 4] {
    let classes = findings.points[0].1.classes;
    [classes.current, classes.outdated, classes.missing, classes.lingering].map(|nanos| nanos / SECOND)
}

fn edge(from: usize, to: usize) -> (NodeId, NodeId) {
    (NodeId::new(from), NodeId::new(to))
}

#[test]
fn nobody_notices_who_leaves() {
    let tiny = Tiny::new(50).node(Kind::Source, 0, push(1)).firewall(point());
    let found = found(&tiny.stay(0, 0, 10, 30).notices(0, 10, Event::LogOn, 0, 0));
    let row = &found.points[0].1;
    assert_eq!(classes(&found), [20, 0, 0, 20]);
    assert_eq!(row.blame, Blame { unobserved: 20 * SECOND, ..Blame::default() });
    assert_eq!((row.staleness.count, row.staleness.sum), (1, 0));
    assert_eq!((row.fates.applied, row.fates.total()), (1, 1));
    assert_eq!((row.age.area, row.age.time), (800 * SECOND * SECOND, 40 * SECOND));
    assert_eq!(row.incorrect_area_twice, 400 * SECOND * SECOND);
    assert_eq!((row.table.area, row.table.peak, row.table.last), (40 * SECOND, 1, 1));
}

#[test]
fn a_record_waits_in_the_log_for_the_next_query() {
    let reads = vec![read(0, Span::from_seconds(5))];
    let tiny =
        Tiny::new(30).node(Kind::DomainController, 0, log()).firewall(PointSettings { reads, ..point() });
    let found = found(&tiny.stay(0, 0, 7, 30).notices(0, 7, Event::LogOn, 0, 0));
    let row = &found.points[0].1;
    assert_eq!(classes(&found), [20, 0, 3, 0]);
    assert_eq!((row.blame.in_transit, row.blame.hops[&edge(0, 1)]), (3 * SECOND, 3 * SECOND));
    assert_eq!((row.breakdown.observe, row.breakdown.parts.total()), (3 * SECOND, 0));
}

#[test]
fn a_timer_ends_what_nobody_refreshes() {
    let timeout = Some(Span::from_seconds(5));
    let tiny = Tiny::new(40).node(Kind::Source, 0, push(1)).firewall(PointSettings { timeout, ..point() });
    let found = found(&tiny.stay(0, 0, 10, 30).notices(0, 10, Event::LogOn, 0, 0));
    assert_eq!(classes(&found), [5, 0, 15, 0]);
    assert_eq!(found.points[0].1.blame.expired, 15 * SECOND);
}

#[test]
fn a_service_account_overwrites_the_user() {
    let tiny = Tiny::new(40).node(Kind::Source, 0, push(1)).firewall(point());
    let tiny = tiny.stay(0, 0, 10, 30).notices(0, 10, Event::LogOn, 0, 0);
    let found = found(&tiny.notices(0, 12, Event::ServiceLogOn, 1, 0));
    assert_eq!(classes(&found), [2, 18, 0, 10]);
    let row = &found.points[0].1;
    assert_eq!((row.blame.conflict, row.blame.unobserved), (18 * SECOND, 10 * SECOND));
    assert_eq!(row.replica.current, 30 * SECOND);
}

#[test]
fn a_mapping_waits_for_the_send_tick() {
    let announce = Announce { interval: Span::from_seconds(4), ..point().announce };
    let agent = Role::Point(PointSettings { announce, ..point() });
    let tiny = Tiny::new(30).node(Kind::Source, 0, push(1)).node(Kind::Agent, 0, agent);
    let tiny = tiny.firewall(point()).session(1, 2);
    let found = found(&tiny.stay(0, 0, 9, 30).notices(0, 9, Event::LogOn, 0, 0));
    let row = &found.points[0].1;
    assert_eq!(classes(&found), [18, 0, 3, 0]);
    assert_eq!((row.breakdown.observe, row.breakdown.parts.batch), (0, 3 * SECOND));
    assert_eq!(row.blame.hops[&edge(1, 2)], 3 * SECOND);
    assert_eq!((row.replica.current, row.replica.missing), (18 * SECOND, 3 * SECOND));
    assert_eq!(row.behind_area, 3 * SECOND);
    assert_eq!((found.convergence.samples.count, found.convergence.samples.sum), (1, 3 * SECOND));
}

#[test]
fn a_restart_forgets_the_user() {
    let tiny = Tiny::new(60).node(Kind::Source, 0, push(1)).firewall(point());
    let tiny = tiny.stay(0, 0, 10, 60).notices(0, 10, Event::LogOn, 0, 0);
    let crash = FaultKind::Crash { node: NodeId::new(1), keeps_table: false };
    let found = found(&tiny.fault(crash, 20, 25));
    let row = &found.points[0].1;
    assert_eq!((classes(&found), row.down), ([10, 0, 35, 0], 5 * SECOND));
    assert_eq!(row.blame.disconnected, 35 * SECOND);
    assert_eq!(found.disturbances[0].convergence, Some(Span::ZERO));
}
