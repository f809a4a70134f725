//! The reference observer: the slow, obvious reading of `docs/semantics.md`.
//!
//! Plain maps, every frame decoded by every receiver, every address of every point looked at in every stretch
//! of time, everything judged from the full history at the end. It shares nothing with the shipping observers
//! but the moments and the shape of the findings.

mod blame;
mod facts;
mod fates;
mod finish;
mod healing;
mod law;
mod measure;
mod merging;
mod moments;
mod outcomes;
mod state;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use uidsim::engine::{Moment, Node, Observer};
use uidsim::ids::NodeId;
use uidsim::roles::Note;
use uidsim::scenario::Scenario;
use uidsim::units::Instant;
use uidsim::workload::Workload;

use facts::{Facts, Id};
use healing::Healings;
use measure::Measures;
use state::State;
use wire::Names;

/// The reference observer.
pub(crate) struct Reference {
    state: State,
    names: Names,
    measures: Measures,
    healings: Healings,
    /// Instants at which something happens without a moment.
    stops: BTreeSet<Instant>,
    has_begun: bool,
    /// Who enforced at the beginning of this instant.
    enforcing: Vec<NodeId>,
    /// Who enforced when an update was noticed, before anything else of that instant.
    enforcing_at: BTreeMap<Id, Vec<NodeId>>,
    /// Per noticed update: those who must see it, and how many could not be reached.
    audiences: BTreeMap<Id, (Vec<NodeId>, u64)>,
}

impl Reference {
    /// An observer of a run of `scenario` with `workload`.
    pub(crate) fn new(scenario: &Scenario, workload: &Workload) -> Self {
        let state = State::new(Facts::new(scenario, workload));
        let healings = Healings::new(&state);
        let mut stops: BTreeSet<Instant> = healings.storm_ends().into_iter().collect();
        stops.extend(workload.stays.iter().flat_map(|stay| [stay.start, stay.end]));
        stops.extend(workload.updates.iter().flatten().map(|update| update.occurred));
        let window = scenario.window.nanos();
        let windows = scenario.duration.nanos() / window;
        stops.extend((1..=windows).map(|k| Instant::from_nanos(k * window)));
        stops.insert(scenario.measure_from);
        Self {
            state,
            names: Names::new(workload),
            measures: Measures::default(),
            healings,
            stops,
            has_begun: false,
            enforcing: Vec::new(),
            enforcing_at: BTreeMap::new(),
            audiences: BTreeMap::new(),
        }
    }

    /// Brings everything up to `at`, stretch by stretch.
    fn advance(&mut self, at: Instant) {
        if !self.has_begun {
            self.has_begun = true;
            self.begin_instant();
        }
        while self.state.now < at {
            self.state.forget_log_offs();
            let stop = self.stops.iter().copied().find(|stop| *stop > self.state.now);
            let next = at.min(stop.unwrap_or(at)).min(self.state.next_forgotten());
            self.measures.stretch(&self.state, next);
            self.state.grow_ages(next);
            self.state.now = next;
            self.begin_instant();
        }
    }

    /// What happens at the beginning of an instant: updates occur, a window ends, truth changes, storms end.
    fn begin_instant(&mut self) {
        let now = self.state.now;
        let points = self.state.facts.points.iter().copied();
        self.enforcing = points.filter(|point| self.state.enforces(*point)).collect();
        if !self.stops.contains(&now) {
            return;
        }
        let is_boundary = now.nanos().is_multiple_of(self.state.facts.scenario.window.nanos());
        if now > Instant::ZERO && is_boundary {
            self.measures.end_window(&self.state);
        }
        self.change_truth();
        self.measures.compare(&self.state, now);
        self.state.look_at_tables();
        self.healings.end_storms(&self.state);
    }

    fn change_truth(&mut self) {
        let now = self.state.now;
        let state = &mut self.state;
        if now == Instant::ZERO {
            return;
        }
        let truths = &mut state.truth;
        for stay in state.facts.workload.stays.iter().filter(|stay| stay.end == now) {
            let truth = truths.get_mut(&stay.address).expect("every address has a truth");
            truth.stay = None;
            truth.changed = now;
            truth.last_user = Some(stay.user);
        }
        for (index, stay) in state.facts.workload.stays.iter().enumerate() {
            if stay.start == now {
                let truth = truths.get_mut(&stay.address).expect("every address has a truth");
                truth.stay = Some(index);
                truth.changed = now;
            }
        }
    }

    fn see_audience(&mut self, id: Id) {
        self.enforcing_at.insert(id, self.enforcing.clone());
        let Some(update) = self.state.facts.update(id) else { return };
        let (mut audience, mut unreachable) = (Vec::new(), 0);
        for mut unit in self.state.facts.units() {
            unit.retain(|member| self.state.facts.in_scope(*member, update.address));
            if unit.is_empty() {
                continue;
            }
            unit.retain(|member| self.state.serves(*member));
            unreachable += u64::from(unit.is_empty());
            audience.extend(unit);
        }
        self.audiences.insert(id, (audience, unreachable));
    }
}

impl<N: Node<Note = Note>> Observer<N> for Reference {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        assert!(at >= self.state.now, "time runs forward");
        self.advance(at);
        self.state.take(&self.names, moment);
        self.state.look_at_tables();
        self.measures.compare(&self.state, at);
        self.healings.look(&self.state, moment);
        if let Moment::Note { node, note: Note::Noticed { sequence } } = moment {
            self.see_audience((*node, *sequence));
        }
    }
}
