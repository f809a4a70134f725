//! The shipped topologies of paths and sessions do what their questions say.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use uidsim::engine::{Moment, Observer};
use uidsim::observe::{Missing, PointFindings};
use uidsim::problem::Style;
use uidsim::roles::{Hindrance, Note, Role};
use uidsim::scenario::Scenario;
use uidsim::simulate::{self, Means, Outcome, Watch};
use uidsim::units::{Instant, Span};

use crate::shipped::read;

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies").join(format!("{name}.yaml"));
    let text = read(&path).expect("readable");
    let loaded = uidsim::scenario::load(&path.display().to_string(), &text, &[], &read);
    loaded.unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain)))
}

fn outcome(scenario: &Scenario) -> Outcome {
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    simulate::simulate(scenario, scenario.seed, &read, &watch, Means::PLAIN).expect("it runs")
}

fn row<'a>(scenario: &Scenario, outcome: &'a Outcome, name: &str) -> &'a PointFindings {
    let is_it = |id: uidsim::ids::NodeId| scenario.topology.nodes[id.index()].name == name;
    let found = outcome.findings.points.iter().find(|(id, _)| is_it(*id));
    &found.unwrap_or_else(|| panic!("{name} has a row")).1
}

/// Who lacks what, and why.
fn missing(scenario: &Scenario, outcome: &Outcome) -> Vec<(String, Hindrance, bool)> {
    let told = |one: &Missing| {
        let name = scenario.topology.nodes[one.to.index()].name.clone();
        (name, one.why, one.stood.is_some())
    };
    outcome.missing.iter().map(told).collect()
}

#[test]
fn a_port_and_a_key_starve_who_is_behind_them_and_nobody_else() {
    let scenario = scenario("blocked-on-the-way");
    let outcome = outcome(&scenario);
    let plant = (1..=3).map(|n| (format!("fw-plant-{n}"), Hindrance::Port, false));
    let office = [("fw-office-2".to_owned(), Hindrance::PreSharedKey, false)];
    assert_eq!(missing(&scenario, &outcome), plant.chain(office).collect::<Vec<_>>());
    let fates = |name| row(&scenario, &outcome, name).fates;
    let (fed, plant, office) = (fates("fw-office-1"), fates("fw-plant-1"), fates("fw-office-2"));
    assert!(fed.applied > 100 && fed.lost() == 0);
    assert_eq!((plant.lost_port, plant.applied), (plant.total(), 0));
    assert_eq!((office.lost_key, office.applied), (office.total(), 0));
}

#[test]
fn an_expired_root_parts_what_an_outage_breaks() {
    let scenario = scenario("root-certificate");
    let outcome = outcome(&scenario);
    let parted = ["fw-unpatched-1", "fw-unpatched-2"];
    let expected = parted.map(|name| (name.to_owned(), Hindrance::Certificate, true));
    assert_eq!(missing(&scenario, &outcome), expected);
    for name in parted {
        // They learn until the outage at 10:00, an hour after the certificate has expired.
        let fates = row(&scenario, &outcome, name).fates;
        assert!(fates.applied > fates.lost_key && fates.lost_key > 100, "{name}: {fates:?}");
    }
    assert_eq!(row(&scenario, &outcome, "fw-patched-1").fates.lost(), 0);
}

#[test]
fn what_is_dialled_by_name_waits_for_dns_and_a_route_costs_its_own_node_alone() {
    let scenario = scenario("dns-and-service-routes");
    let outcome = outcome(&scenario);
    assert_eq!(missing(&scenario, &outcome), [], "all faults are over");
    let longest = |name| row(&scenario, &outcome, name).staleness.max;
    let minutes = |n: u64| Span::from_seconds(60 * n).nanos();
    // By name: cut at 08:05, DNS back at 08:20. By address: its route is down for ten minutes.
    assert!((minutes(14)..minutes(18)).contains(&longest("fw-by-name")), "{}", longest("fw-by-name"));
    assert!((minutes(9)..minutes(13)).contains(&longest("fw-by-address")), "{}", longest("fw-by-address"));
}

#[test]
fn clients_of_both_panoramas_learn_on() {
    let scenario = scenario("panorama-ha");
    let outcome = outcome(&scenario);
    let longest = |name| row(&scenario, &outcome, name).staleness.max;
    assert!(longest("fw-both-1") < Span::from_seconds(120).nanos());
    assert!(longest("fw-one") > Span::from_seconds(1_500).nanos());
}

#[test]
fn virtual_systems_learn_from_their_hub_or_not_at_all() {
    let scenario = scenario("user-id-hub");
    let outcome = outcome(&scenario);
    let applied = |name| row(&scenario, &outcome, name).fates.applied;
    let hub = applied("fw-hub-vsys1");
    assert!(hub > 100 && applied("fw-hub-vsys2") + 5 > hub && applied("fw-hub-vsys3") + 5 > hub);
    assert_eq!(["fw-apart-vsys2", "fw-apart-vsys3"].map(applied), [0, 0]);
}

/// Who began and ended to enforce, and when.
#[derive(Default)]
struct Enforcers(Vec<(Instant, usize, bool)>);

impl Observer<Role> for Enforcers {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Role>) {
        match moment {
            Moment::Note { node, note: Note::Enforcing(enforces) } => {
                self.0.push((at, node.index(), *enforces))
            }
            Moment::NodeDown { node, .. } => self.0.push((at, node.index(), false)),
            _ => {}
        }
    }
}

#[test]
fn both_members_of_an_active_active_pair_enforce_but_for_their_tentative_holds() {
    let scenario = scenario("active-active");
    let id =
        |name: &str| scenario.topology.nodes.iter().position(|node| node.name == name).expect("declared");
    let (a, b) = (id("edge-a"), id("edge-b"));
    let workload = simulate::realise(&scenario, scenario.seed, &read).expect("it can be made");
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled: &cancelled, progress: &|_| {} };
    let mut seen = Enforcers::default();
    simulate::run_with(&scenario, &workload, scenario.seed, &watch, None, &mut [&mut seen]);
    let at = |minutes: u64| Instant::after_start(Span::from_seconds(60 * minutes));
    let expected = [
        (at(0), a, true),
        (at(0), b, true),
        (at(60), a, false),
        (at(66), a, true),
        (at(120), b, false),
        (at(136), b, true),
    ];
    assert_eq!(seen.0, expected, "the crash ends at 65 and the suspension at 135 minutes; a minute is held");
}
