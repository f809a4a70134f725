//! Witness: takes moments one by one, keeps time, and hands each to those who ask something of it.
//!
//! Knows the order within an instant: window's end, truth, storm's end, moments, silent expiries. Must
//! not know what is asked.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::age::{self, Ages};
use super::agreement::Agreement;
use super::authority::Authorities;
use super::book::{Book, UpdateId};
use super::breakdown::Trails;
use super::cells::{Cell, Dirty, Own};
use super::clock::Clock;
use super::disturbances::Disturbances;
use super::feeds::Feeds;
use super::findings::{Convergence, Findings, Hop};
use super::fleet::{self, Fleet};
use super::gauges::{Class, Gauge, Reason, Running};
use super::lately::Lately;
use super::paths::Paths;
use super::reach::Reach;
use super::tables::Tables;
use super::truth::Truth;
use crate::engine::{Moment, Node, Observer};
use crate::ids::{AddressId, NodeId, SiteId, UserId};
use crate::roles::Note;
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::{Instant, Span};
use crate::wire::Decoded;
use crate::workload::Workload;

/// One answer at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What it is worth; `None` where nobody knows the address, it is out of scope or the node is down.
    pub class: Option<Class>,
    /// Why it is not current.
    pub reason: Option<Reason>,
    /// Where the nearest copy is, of what is in transit.
    pub hop: Option<Hop>,
    /// Who is there.
    pub truth: Option<UserId>,
    /// Whom the point's table names.
    pub answer: Option<UserId>,
}

/// What happens between moments, in its order within an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Begin,
    Window,
    Truth,
    Storm,
    Forgetting,
}

/// Watches a run and folds it into findings, as `docs/semantics.md` defines them.
#[derive(Debug)]
pub struct Witness {
    pub(super) measure_from: Instant,
    pub(super) now: Instant,
    /// Whether `measure_from` has been reached.
    pub(super) begun: bool,
    window: Span,
    window_start: Instant,
    window_end: Instant,
    pub(super) addresses: usize,
    pub(super) paths: Paths,
    pub(super) reach: Reach,
    pub(super) book: Book,
    pub(super) truth: Truth,
    pub(super) tables: Tables,
    pub(super) authorities: Authorities,
    pub(super) feeds: Feeds,
    pub(super) trails: Trails,
    pub(super) fleet: Fleet,
    pub(super) disturbances: Disturbances,
    pub(super) agreement: Agreement,
    pub(super) convergence: Convergence,
    /// Whether each node is one of several authorities, so that its log-offs' ends matter.
    pub(super) is_merged: Vec<bool>,
    /// When log-offs of such nodes may be forgotten.
    pub(super) forgettings: BTreeSet<(Instant, NodeId, AddressId)>,
    /// The updates noticed at each address, in key order.
    pub(super) histories: Vec<Vec<UpdateId>>,
    pub(super) clock: Clock,
    /// Per address and row: what concerns all rows lies together.
    pub(super) cells: Vec<Vec<Cell>>,
    /// Of rows whose node lost its memory: per address the newest update applied since.
    pub(super) relearned: Vec<Option<Vec<Option<UpdateId>>>>,
    /// Whether no cell has been looked at yet.
    pub(super) is_new: bool,
    pub(super) dirty: Vec<Dirty>,
    /// Answers that the moment in hand may have changed.
    pub(super) touched: Vec<(usize, AddressId)>,
    pub(super) gauges: Vec<Gauge>,
    pub(super) running: Vec<Running>,
    pub(super) fleet_running: Running,
    pub(super) ages: Vec<Ages>,
    /// Per row: its site, and whether all users' flows cross it.
    pub(super) sites: Vec<SiteId>,
    pub(super) through: Vec<bool>,
}

impl Witness {
    /// The same, which also keeps each point's staleness in the course of the run, in bins of this length.
    #[must_use]
    pub fn with_bins(mut self, each: Span) -> Self {
        for running in &mut self.running {
            running.findings.lately = Lately::new(each);
        }
        self
    }

    /// A witness of `scenario` with `workload`, before virtual zero.
    #[must_use]
    pub fn new(scenario: &Scenario, workload: &Workload) -> Self {
        let topology = &scenario.topology;
        let addresses = workload.addresses.len();
        let paths = Paths::new(topology);
        let fleet = Fleet::new(topology, &paths);
        let book = Book::new(workload, scenario.warm, scenario.measure_from);
        let mut is_merged = vec![false; topology.nodes.len()];
        for node in paths.groups.iter().filter(|group| group.len() > 1).flatten() {
            is_merged[node.index()] = true;
        }
        let rows = paths.rows.len();
        let mut witness = Self {
            measure_from: scenario.measure_from,
            now: Instant::ZERO,
            begun: false,
            window: scenario.window,
            window_start: Instant::ZERO,
            window_end: Instant::after_start(scenario.window),
            addresses,
            reach: Reach::new(topology),
            truth: Truth::new(workload, &book),
            tables: Tables::new(topology, &paths, addresses),
            authorities: Authorities::new(&paths, addresses),
            feeds: Feeds::new(&paths),
            trails: Trails::new(topology.nodes.len()),
            disturbances: Disturbances::new(scenario),
            agreement: Agreement::new(addresses),
            convergence: Convergence::default(),
            is_merged,
            forgettings: BTreeSet::new(),
            histories: vec![Vec::new(); addresses],
            clock: Clock::new(),
            cells: cells(scenario, workload, &paths),
            relearned: vec![None; rows],
            is_new: true,
            dirty: Vec::new(),
            touched: Vec::new(),
            gauges: (0..rows).map(|row| Gauge::new(fleet.enforces(row))).collect(),
            running: (0..rows).map(|_| Running::default()).collect(),
            fleet_running: Running::default(),
            ages: vec![Ages::default(); rows],
            sites: paths.rows.iter().map(|node| topology.nodes[node.index()].site).collect(),
            through: paths.rows.iter().map(|node| scenario.flows.through.contains(node)).collect(),
            book,
            paths,
            fleet,
        };
        for address in (0..addresses).map(AddressId::new) {
            (0..rows).for_each(|row| witness.compare(row, address));
        }
        witness
    }

    /// What the point of `point` makes of `address` at `at`, before any later moment; `at` is not
    /// earlier than the last one. Panics when `point` is no enforcement point.
    pub fn judge(&mut self, at: Instant, point: NodeId, address: AddressId) -> Judgement {
        self.advance(at);
        let row = self.paths.row_of[point.index()].expect("only enforcement points are judged");
        let judged = self.gauges[row].up && self.cell(row, address).in_scope;
        let (class, reason) = if judged { self.shown(row, address) } else { (None, None) };
        let in_transit = reason.filter(|(reason, _)| *reason == Reason::InTransit);
        Judgement {
            class,
            reason: reason.map(|(reason, _)| reason),
            hop: in_transit.map(|(_, edge)| (self.paths.edges[edge].from, self.paths.edges[edge].to)),
            truth: self.truth.fact(address).user(),
            answer: self.tables.answer(point, address),
        }
    }

    /// What was found, up to `end`. `nodes` and `links` are left empty.
    #[must_use]
    pub fn finish(mut self, end: Instant) -> Findings {
        while self.window_end < end {
            self.advance(self.window_end);
        }
        self.advance(end);
        if self.window_start < end {
            // A window that is cut off has seen everything of the last instant.
            self.window_end = end;
            self.advance(end);
        }
        self.judge_all(end);
        for row in 0..self.paths.rows.len() {
            self.accrue(row);
            self.ages[row].settle(self.measure_from, end);
            let hash = self.hash_table(row);
            let found = &mut self.running[row].findings;
            found.table.last = self.gauges[row].users;
            found.table_hash = hash;
            found.age = age::sum(std::iter::once(&self.ages[row]));
        }
        let mut whole = self.fleet_running.findings;
        whole.age = age::sum(
            (0..self.ages.len()).filter(|row| self.fleet.is_preferred(*row)).map(|row| &self.ages[row]),
        );
        whole.down = self.fleet.idle(self.measure_from, end);
        for (row, running) in self.running.iter().enumerate() {
            if !self.fleet.is_paired(row) {
                fleet::absorb(&mut whole, &running.findings);
                whole.windows.add(&running.findings.windows);
                whole.replica_windows.add(&running.findings.replica_windows);
            }
            if self.fleet.is_preferred(row) {
                fleet::add_table(&mut whole, &running.findings);
            }
        }
        let found = self.running.into_iter().map(|running| running.findings);
        Findings {
            measured_from: self.measure_from,
            end,
            points: self.paths.rows.iter().copied().zip(found).collect(),
            fleet: whole,
            agreement: self.agreement.windows,
            convergence: self.convergence,
            disturbances: self.disturbances.into_findings(),
            nodes: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Brings everything that moves by itself up to `at`, before the moments of that instant.
    fn advance(&mut self, at: Instant) {
        while let Some((when, step)) = self.next_step(at) {
            self.reach_instant(when);
            match step {
                Step::Begin => self.begin(),
                Step::Window => self.close_window(),
                Step::Truth => {
                    let address = self.truth.step();
                    for row in 0..self.paths.rows.len() {
                        self.cell_mut(row, address).own = Own::None;
                        self.compare(row, address);
                    }
                    self.agreement.touch(address);
                }
                Step::Storm => {
                    let storm = self.disturbances.pass_storm();
                    self.end_disturbance(storm);
                }
                Step::Forgetting => self.forget_log_off(),
            }
        }
        self.reach_instant(at);
    }

    fn next_step(&self, at: Instant) -> Option<(Instant, Step)> {
        let begin = Some(self.measure_from).filter(|_| !self.begun);
        let forgetting = self.forgettings.first().map(|(when, _, _)| *when);
        let steps = [
            (begin, Step::Begin),
            (Some(self.window_end), Step::Window),
            (self.truth.next_at(), Step::Truth),
            (self.disturbances.next_storm(), Step::Storm),
            (forgetting.filter(|when| *when < at), Step::Forgetting),
        ];
        steps.into_iter().filter_map(|(when, step)| Some((when?, step))).filter(|(when, _)| *when <= at).min()
    }

    /// Time goes on to `at`; the instant before is over.
    fn reach_instant(&mut self, at: Instant) {
        assert!(at >= self.now, "virtual time never runs backward");
        if at > self.now {
            self.flush();
            self.now = at;
        }
    }

    fn begin(&mut self) {
        self.begun = true;
        for row in 0..self.paths.rows.len() {
            self.settle_users(row);
        }
    }

    fn close_window(&mut self) {
        for row in 0..self.paths.rows.len() {
            self.accrue(row);
        }
        for running in self.running.iter_mut().chain(std::iter::once(&mut self.fleet_running)) {
            running.close_window();
        }
        self.count_agreement();
        self.window_start = self.window_end;
        self.window_end = self.window_end.later(self.window);
    }

    /// A log-off may have reached its timeout, unless a duplicate or another mapping moved it.
    fn forget_log_off(&mut self) {
        let Some((when, node, address)) = self.forgettings.pop_first() else { return };
        if self.tables.forgets(&self.clock, node, address) == Some(when) {
            self.forget(node, address, Own::Expired);
            self.settle_moment();
        }
    }

    /// `row` enforces from now on, or no longer.
    pub(super) fn set_enforcing(&mut self, row: usize, enforcing: bool) {
        self.accrue(row);
        self.gauges[row].enforcing = enforcing;
        self.fleet.set(self.measure_from, self.now, row, enforcing);
        self.agreement.touch_all();
    }

    fn on_note(&mut self, node: NodeId, note: &Note) {
        match note {
            Note::Data(_) => {}
            Note::Edge { from, to, state } => self.on_edge(node, self.paths.edge(*from, *to), *state),
            Note::Enforcing(enforcing) => self.on_enforcing(node, *enforcing),
            Note::Expired(addresses) => self.on_expired(node, addresses),
            Note::Hindered { .. } => {}
            Note::Merged { from, segment, outcomes } => {
                self.on_merged(node, segment, outcomes, from.is_some());
            }
            Note::Followed { .. } => {}
            Note::Noticed { sequence } => self.on_noticed(node, *sequence),
            Note::Withheld { to, updates, why } => self.on_withheld(node, *to, updates, *why),
        }
    }
}

impl<N: Node<Memo = Decoded, Note = Note>> Observer<N> for Witness {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        self.advance(at);
        match *moment {
            Moment::Delivered { flight, to, way, served, .. } => self.on_delivered(flight, to, way, served),
            Moment::Dropped { flight, to, cause, .. } => self.on_dropped(flight, to, cause),
            Moment::FaultBegins { .. } | Moment::Volley { .. } => {}
            Moment::FaultEnds { fault } => self.end_disturbance(fault),
            Moment::LinkChanged { link, up } => self.reach.set_link(link, up),
            Moment::NodeDown { node, keeps_memory } => {
                self.disturbances.stop(at, node);
                self.on_node_down(node, keeps_memory);
            }
            Moment::NodeUp { node } => self.set_up(node, true),
            Moment::Note { node, note } => self.on_note(node, note),
            Moment::Sent { flight, from, to, frame, .. } => self.on_sent(flight, from, to, frame),
        }
        self.settle_moment();
    }
}

fn cells(scenario: &Scenario, workload: &Workload, paths: &Paths) -> Vec<Vec<Cell>> {
    let scope = |node: &NodeId| match &scenario.topology.nodes[node.index()].role {
        Role::Engine(_) | Role::Log(_) | Role::Push(_) => &[][..],
        Role::Point(point) => &point.scope[..],
    };
    let scopes: Vec<&[IpNet]> = paths.rows.iter().map(scope).collect();
    let of_address = |address: &IpAddr| {
        let is_in =
            |scope: &&[IpNet]| scope.is_empty() || scope.iter().any(|network| network.contains(address));
        scopes.iter().map(|scope| Cell::new(is_in(scope))).collect()
    };
    workload.addresses.iter().map(of_address).collect()
}
