//! Integrals: from one instant to the next nothing changes, so everything is looked at once and weighed by the time.

use std::collections::BTreeMap;

use uidsim::ids::{AddressId, NodeId};
use uidsim::observe::{Blame, Classes, Exposure};
use uidsim::units::Instant;

use super::blame::Blamed;
use super::law;
use super::state::State;

/// What is integrated, of a point or of the fleet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) classes: Classes,
    pub(crate) windows: Vec<Classes>,
    pub(crate) replica: Classes,
    pub(crate) replica_windows: Vec<Classes>,
    pub(crate) down: u128,
    pub(crate) incorrect_area_twice: u128,
    pub(crate) behind_area: u128,
    pub(crate) blame: Blame,
    pub(crate) exposure: Exposure,
    pub(crate) table_area: u128,
}

/// All integrals.
#[derive(Default)]
pub(crate) struct Measures {
    pub(crate) points: BTreeMap<NodeId, Row>,
    pub(crate) fleet: Row,
    pub(crate) agreement: Vec<(u64, u64)>,
    /// Until when the answer was the truth.
    right_until: BTreeMap<(NodeId, AddressId), Instant>,
}

/// A stretch of time in which nothing changes.
#[derive(Clone, Copy)]
struct Stretch {
    from: Instant,
    until: Instant,
    nanos: u128,
    window: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Current,
    Outdated,
    Missing,
    Lingering,
}

fn class<T: PartialEq>(truth: Option<T>, answer: Option<T>) -> Option<Class> {
    match (truth, answer) {
        (None, None) => None,
        (Some(truth), Some(answer)) if truth == answer => Some(Class::Current),
        (Some(_), Some(_)) => Some(Class::Outdated),
        (Some(_), None) => Some(Class::Missing),
        (None, Some(_)) => Some(Class::Lingering),
    }
}

fn charge(classes: &mut Classes, class: Class, nanos: u128) {
    match class {
        Class::Current => classes.current += nanos,
        Class::Outdated => classes.outdated += nanos,
        Class::Missing => classes.missing += nanos,
        Class::Lingering => classes.lingering += nanos,
    }
}

fn charge_blame(blame: &mut Blame, blamed: Blamed, nanos: u128) {
    match blamed {
        Blamed::Conflict => blame.conflict += nanos,
        Blamed::Disconnected => blame.disconnected += nanos,
        Blamed::Expired => blame.expired += nanos,
        Blamed::InTransit(hop) => {
            blame.in_transit += nanos;
            *blame.hops.entry(hop).or_insert(0) += nanos;
        }
        Blamed::Lost => blame.lost += nanos,
        Blamed::Unobserved => blame.unobserved += nanos,
    }
}

impl Measures {
    /// Weighs the state by the time from `state.now` until `until`, in which nothing changes.
    pub(crate) fn stretch(&mut self, state: &State, until: Instant) {
        let scenario = &state.facts.scenario;
        let from = state.now.max(scenario.measure_from);
        if from < until {
            let window = (state.now.nanos() / scenario.window.nanos()) as usize;
            let stretch = Stretch { from, until, nanos: u128::from(until.since(from).nanos()), window };
            for point in state.facts.points.clone() {
                self.weigh_point(state, point, stretch);
            }
            for unit in state.facts.units() {
                if unit.iter().all(|member| !state.enforces(*member)) {
                    self.fleet.down += stretch.nanos;
                }
            }
        }
        self.compare(state, until);
    }

    /// Remembers at which addresses a point has been right until `until`.
    pub(crate) fn compare(&mut self, state: &State, until: Instant) {
        for point in &state.facts.points {
            for address in state.facts.addresses() {
                if state.present(address) == state.answer(*point, address) {
                    self.right_until.insert((*point, address), until);
                }
            }
        }
    }

    fn weigh_point(&mut self, state: &State, point: NodeId, stretch: Stretch) {
        let enforces = state.enforces(point);
        let row = self.points.entry(point).or_default();
        if let Some(table) = state.tables.get(&point) {
            row.table_area += u128::from(law::users(table)) * stretch.nanos;
        }
        if !state.is_up(point) {
            row.down += stretch.nanos;
            return;
        }
        for address in state.facts.addresses() {
            if state.facts.in_scope(point, address) {
                let right_until = self.right_until.get(&(point, address)).copied().unwrap_or_default();
                let row = self.points.entry(point).or_default();
                weigh_address(row, state, point, address, stretch, right_until);
                if enforces {
                    weigh_address(&mut self.fleet, state, point, address, stretch, right_until);
                }
            }
        }
    }

    /// The end of a window: on how many addresses all agree.
    pub(crate) fn end_window(&mut self, state: &State) {
        if state.now <= state.facts.scenario.measure_from {
            self.agreement.push((0, 0));
            return;
        }
        let (mut agreed, mut known) = (0, 0);
        for address in state.facts.addresses() {
            let asked = |p: &&NodeId| state.enforces(**p) && state.facts.in_scope(**p, address);
            let answers: Vec<_> =
                state.facts.points.iter().filter(asked).map(|p| state.answer(*p, address)).collect();
            if state.present(address).is_some() || answers.iter().any(Option::is_some) {
                known += 1;
                agreed += u64::from(answers.windows(2).all(|two| two[0] == two[1]));
            }
        }
        self.agreement.push((agreed, known));
    }
}

fn weigh_address(
    row: &mut Row,
    state: &State,
    point: NodeId,
    address: AddressId,
    stretch: Stretch,
    right_until: Instant,
) {
    let (truth, answer) = (state.present(address), state.answer(point, address));
    let class = class(truth, answer);
    if row.windows.len() <= stretch.window {
        row.windows.resize(stretch.window + 1, Classes::default());
        row.replica_windows.resize(stretch.window + 1, Classes::default());
    }
    if let Some(class) = class {
        charge(&mut row.classes, class, stretch.nanos);
        charge(&mut row.windows[stretch.window], class, stretch.nanos);
        if class != Class::Current {
            charge_blame(&mut row.blame, state.blame(point, address), stretch.nanos);
        }
    }
    if let Some(class) = replica_class(state, point, address) {
        charge(&mut row.replica, class, stretch.nanos);
        charge(&mut row.replica_windows[stretch.window], class, stretch.nanos);
    }
    if truth != answer {
        let square = |nanos: u64| u128::from(nanos) * u128::from(nanos);
        let age = |at: Instant| at.since(right_until).nanos();
        row.incorrect_area_twice += square(age(stretch.until)) - square(age(stretch.from));
    }
    row.behind_area += behind(state, point, address) * stretch.nanos;
    weigh_exposure(row, state, point, address, class, stretch.nanos);
}

fn replica_class(state: &State, point: NodeId, address: AddressId) -> Option<Class> {
    if state.facts.authorities[&point].is_empty() {
        return None;
    }
    let (authority, answer) = (state.authority_answer(point, address), state.answer(point, address));
    let class = class(authority, answer)?;
    let is_ahead = state.mark(point, address) > state.authority_mark(point, address);
    Some(if is_ahead { Class::Current } else { class })
}

fn behind(state: &State, point: NodeId, address: AddressId) -> u128 {
    let mark = state.mark(point, address);
    let versions = state.versions.get(&(point, address));
    versions.map_or(0, |keys| keys.iter().filter(|key| Some(**key) > mark).count() as u128)
}

fn weigh_exposure(
    row: &mut Row,
    state: &State,
    point: NodeId,
    address: AddressId,
    class: Option<Class>,
    nanos: u128,
) {
    let Some(stay) = state.truth[&address].stay else { return };
    let scenario = &state.facts.scenario;
    let is_local = state.facts.workload.stays[stay].site == scenario.topology.nodes[point.index()].site;
    if is_local || scenario.flows.through.contains(&point) {
        row.exposure.stays += nanos;
        match class {
            Some(Class::Outdated) => row.exposure.wrong += nanos,
            Some(Class::Missing) => row.exposure.unknown += nanos,
            _ => {}
        }
    }
}

impl State {
    /// Lets every known age of information grow until `until`.
    pub(crate) fn grow_ages(&mut self, until: Instant) {
        let from = self.now.max(self.facts.scenario.measure_from);
        if from >= until {
            return;
        }
        for knowledge in self.knowledge.values_mut() {
            let square = |at: Instant| u128::from(at.since(knowledge.newest).nanos()).pow(2);
            knowledge.area_twice += square(until) - square(from);
            knowledge.time += u128::from(until.since(from).nanos());
        }
    }
}
