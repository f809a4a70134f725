//! The stage: the one meeting of paper and cast. A scenario and a seed become findings.
//!
//! Knows scenario, engine, roles and witnesses. Must not know formats, files or terminals.

mod ahead;
mod answers;
mod capture;
mod caution;
mod incidents;
mod look_back;
mod means;
mod outside;
mod said;
mod trace;

pub use answers::answers;
pub use capture::{Caught, capture};
pub use caution::INTERRUPTED;
pub use look_back::{Glimpse, look_back};
pub use means::{Means, Mode};

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::assemble::assemble;
use crate::engine::{Ending, Holdings, HostUse, Load, Observer, PipeUse, World};
use crate::ids::LinkId;
use crate::observe::{
    Findings, Guard, LedgerFindings, Ledgers, LinkUse, Missing, NodeUse, Resyncs, Standing, Timelines,
    Witness,
};
use crate::problem::Problem;
use crate::random::Seed;
use crate::roles::Role;
use crate::scenario::Scenario;
use crate::units::{Instant, Span};
use crate::workload::{self, Truth, Workload};

use trace::Trace;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Virtual time.
    pub now: Instant,
    /// Where it ends.
    pub end: Instant,
    /// Events handled so far.
    pub events: u64,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was asked to.
    Cancelled,
    /// It came to its end.
    Completed,
    /// It used up its event budget: the topology does not come to rest.
    EventsUsedUp,
}

/// How a run is watched from outside.
pub struct Watch<'a> {
    /// Set to stop the run; what was finished is reported.
    pub cancelled: &'a AtomicBool,
    /// Called every 2^16 events.
    pub progress: &'a dyn Fn(Progress),
}

/// How a run went, as the machine counts it.
#[derive(Clone, Debug)]
pub struct Course {
    /// Where it stopped.
    pub end: Instant,
    /// Why it stopped.
    pub stop: Stop,
    /// Events handled.
    pub events: u64,
    /// Frames delivered, each receiver counted.
    pub frame_deliveries: u64,
    /// Mappings delivered, each receiver counted.
    pub mapping_deliveries: u64,
    /// Of these two, what was carried outside the agenda.
    pub scanned_deliveries: (u64, u64),
    /// Per node, in `NodeId` order.
    pub hosts: Vec<HostUse>,
    /// Per link and direction, in `LinkId` order.
    pub pipes: Vec<[PipeUse; 2]>,
    /// How busy each of them was, bin by bin.
    pub loads: Loads,
    /// Frames inside each direction of each link at the end.
    pub in_flight: Vec<[u64; 2]>,
    /// Peak sizes of what the machine held.
    pub holdings: Holdings,
    /// The longest journal any node kept at the end.
    pub journal_len: usize,
    /// Frames of mappings that all nodes wrote into bytes for their clients, each counted once for all that got it.
    pub frames_encoded: u64,
}

/// How busy nodes and links were in the course of a run, in bins of `Means::bin`; empty where that is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loads {
    /// Per node, in `NodeId` order.
    pub hosts: Vec<Load>,
    /// Per link and direction, in `LinkId` order.
    pub pipes: Vec<[Load; 2]>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was measured, up to where the run stopped.
    pub findings: Findings,
    /// Whether the truth was known or assumed.
    pub truth: Truth,
    /// What the reader has to be told of the workload first.
    pub remarks: Vec<String>,
    /// How the run went.
    pub course: Course,
    /// The feeds that do not stand at the end, and why.
    pub missing: Vec<Missing>,
    /// What was known of directories and terminal servers.
    pub ledgers: Vec<LedgerFindings>,
    /// When the members of pairs enforced, if that was asked for.
    pub timelines: Option<Timelines>,
}

/// The workload that `seed` makes of a scenario. `read` gives the text of a file that it names.
///
/// Errors: what it cannot be made from.
pub fn realise(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Workload, Vec<Problem>> {
    let mut workload = workload::generate(&scenario.workload, scenario.duration, seed, read)?;
    incidents::add(scenario, &mut workload, seed)?;
    for (clients, _, probed) in scenario.topology.probed() {
        let found = workload::probe(&mut workload, clients, probed.interval, scenario.duration);
        found.map_err(|problem| vec![problem])?;
    }
    for (id, _, follows) in scenario.topology.ledgers() {
        let key = &scenario.topology.nodes[id.index()].key;
        workload::ledger(&follows.spec, key, seed, scenario.duration).map_err(|problem| vec![problem])?;
    }
    said::prepare(scenario, workload).map_err(|problem| vec![problem])
}

/// Watches who is told what of every directory and terminal server; none of them holds more than it may.
fn ledgers(scenario: &Scenario, seed: Seed) -> Ledgers {
    let mut ledgers = Ledgers::new(scenario.measure_from);
    for (id, _, follows) in scenario.topology.ledgers() {
        let key = &scenario.topology.nodes[id.index()].key;
        let made = workload::ledger(&follows.spec, key, seed, scenario.duration);
        let made = made.expect("the workload was made with it");
        let changes: std::sync::Arc<[Instant]> = made.changes.into();
        for (reader, _, _) in &follows.readers {
            ledgers.follow((*reader, id), changes.clone(), made.blocks);
        }
    }
    ledgers
}

/// Runs `scenario` with this workload up to `until`, or its end, while `observers` watch.
///
/// Panics when an invariant breaks.
pub fn run_with(
    scenario: &Scenario,
    workload: &Workload,
    seed: Seed,
    watch: &Watch<'_>,
    until: Option<Instant>,
    observers: &mut [&mut dyn Observer<Role>],
) -> Course {
    run_in_bins(scenario, (workload, seed), watch, until, Span::ZERO, observers)
}

/// The same, with how busy nodes and links are in bins of a length.
fn run_in_bins(
    scenario: &Scenario,
    (workload, seed): (&Workload, Seed),
    watch: &Watch<'_>,
    until: Option<Instant>,
    bin: Span,
    observers: &mut [&mut dyn Observer<Role>],
) -> Course {
    let mut world = assemble(scenario, workload, seed, &[]).with_bins(bin);
    let (end, stop) = drive(&mut world, scenario, watch, until, observers).expect("nobody is scanned");
    world.finish(end);
    course_of(scenario, &world, end, stop)
}

/// Runs a world up to `until`, or the scenario's end; where and why it stopped. `None`: it met what is not carried
/// outside the agenda.
fn drive(
    world: &mut World<Role>,
    scenario: &Scenario,
    watch: &Watch<'_>,
    until: Option<Instant>,
    observers: &mut [&mut dyn Observer<Role>],
) -> Option<(Instant, Stop)> {
    let end = Instant::after_start(scenario.duration);
    let end = until.map_or(end, |until| until.min(end));
    let mut pulse = |now, events| {
        (watch.progress)(Progress { now, end, events });
        !watch.cancelled.load(Ordering::Relaxed)
    };
    let stop = match world.run(end, scenario.events_max, &mut pulse, observers) {
        Ending::Abandoned => return None,
        Ending::Cancelled => Stop::Cancelled,
        Ending::Completed => Stop::Completed,
        Ending::EventsUsedUp => Stop::EventsUsedUp,
    };
    Some((if stop == Stop::Completed { end } else { world.now() }, stop))
}

/// How the run of a finished world went.
fn course_of(scenario: &Scenario, world: &World<Role>, end: Instant, stop: Stop) -> Course {
    let (events, frame_deliveries, mapping_deliveries) = world.counts();
    let journal_len = world.nodes().map(|role| match role {
        Role::Point(point) => point.journal_len(),
        Role::Clients(_) | Role::Engine(_) | Role::Ledger(_) | Role::Log(_) | Role::Push(_) => 0,
    });
    let frames_encoded = world.nodes().map(|role| match role {
        Role::Point(point) => point.frames_encoded(),
        Role::Clients(_) | Role::Engine(_) | Role::Ledger(_) | Role::Log(_) | Role::Push(_) => 0,
    });
    Course {
        end,
        stop,
        events,
        frame_deliveries,
        mapping_deliveries,
        scanned_deliveries: world.scanned_counts(),
        journal_len: journal_len.max().unwrap_or(0),
        frames_encoded: frames_encoded.sum(),
        hosts: world.host_uses().collect(),
        pipes: world.pipe_uses().collect(),
        loads: Loads { hosts: world.host_loads().collect(), pipes: world.pipe_loads().collect() },
        in_flight: (0..scenario.topology.links.len())
            .map(|link| world.in_flight(LinkId::new(link)))
            .collect(),
        holdings: world.holdings(),
    }
}

/// Runs `scenario` with `seed` and measures it.
///
/// Errors: what the workload cannot be made from. Panics when an invariant breaks, with the seed in it.
pub fn simulate(
    scenario: &Scenario,
    seed: Seed,
    read: &dyn Fn(&Path) -> Result<String, String>,
    watch: &Watch<'_>,
    means: Means,
) -> Result<Outcome, Vec<Problem>> {
    let mut workload = realise(scenario, seed, read)?;
    let truth = workload.truth;
    let mut remarks = std::mem::take(&mut workload.remarks);
    remarks.extend(caution::remarks(scenario));
    let mut resyncs = Resyncs::new(scenario.topology.nodes.len(), scenario.measure_from);
    let mut trace = Trace::new(scenario);
    // Whether a run that was scanned until it could not be let some of the workload go.
    let mut is_let_go = false;
    if means.mode == Mode::Scanned
        && !Trace::is_loud()
        && let Some(cast) = outside::cast(scenario, &workload)
    {
        let refusal = caution::too_many(scenario, &workload, &cast, means);
        refusal.map_or(Ok(()), |problem| Err(vec![problem]))?;
        let mut standing = Standing::new(scenario);
        let mut ledgers = ledgers(scenario, seed);
        let mut timelines = means.timelines.then(|| Timelines::new(&scenario.topology));
        let others = (&mut resyncs, &mut standing, &mut trace, &mut ledgers, &mut timelines);
        let scanned = outside::run(scenario, (&mut workload, &cast), seed, watch, others, means);
        if let Some((findings, course)) = scanned {
            let findings = costed(findings, &course, resyncs.counts());
            let ledgers = ledgers.finish(course.end);
            return Ok(Outcome {
                findings,
                truth,
                remarks,
                course,
                missing: standing.missing(),
                ledgers,
                timelines,
            });
        }
        is_let_go = truth == Truth::Generated;
        resyncs = Resyncs::new(scenario.topology.nodes.len(), scenario.measure_from);
    }
    let is_cancelled = watch.cancelled.load(Ordering::Relaxed);
    let refusal = caution::too_large(scenario, &workload);
    let refusal = refusal.map(|problem| if is_cancelled { caution::interrupted() } else { problem });
    refusal.map_or(Ok(()), |problem| Err(vec![problem]))?;
    if is_let_go {
        drop(workload);
        workload = realise(scenario, seed, read)?;
    }
    let mut witness = Witness::new(scenario, &workload).with_bins(means.bin);
    let mut guard = Guard::new(scenario, &workload, seed);
    let mut standing = Standing::new(scenario);
    let mut ledgers = ledgers(scenario, seed);
    let mut timelines = means.timelines.then(|| Timelines::new(&scenario.topology));
    let mut observers: Vec<&mut dyn Observer<Role>> =
        vec![&mut witness, &mut resyncs, &mut standing, &mut ledgers];
    observers.extend(timelines.as_mut().map(|timelines| timelines as &mut dyn Observer<Role>));
    observers.extend(guard.as_mut().map(|guard| guard as &mut dyn Observer<Role>));
    observers.extend(trace.as_mut().map(|trace| trace as &mut dyn Observer<Role>));
    let course = run_in_bins(scenario, (&workload, seed), watch, None, means.bin, &mut observers);
    let mut findings = witness.finish(course.end);
    if !means.keeps_all {
        findings.points.iter_mut().for_each(|(_, point)| point.sum_up());
    }
    if let Some(guard) = guard {
        guard.finish(course.end, &mut findings);
    }
    let findings = costed(findings, &course, resyncs.counts());
    let ledgers = ledgers.finish(course.end);
    Ok(Outcome { findings, truth, remarks, course, missing: standing.missing(), ledgers, timelines })
}

/// Findings with what the machine counted beside what the witnesses saw.
fn costed(findings: Findings, course: &Course, resyncs: &[u64]) -> Findings {
    let node = |(spent, resyncs): (&HostUse, &u64)| NodeUse {
        messages_in: spent.messages_in,
        messages_out: spent.messages_out,
        mappings_in: spent.mappings_in,
        mappings_out: spent.mappings_out,
        busy: spent.busy,
        queue_area: spent.queue_area,
        queue_peak: spent.queue_peak,
        resyncs: *resyncs,
        resets: spent.resets,
    };
    let pipe = |spent: &PipeUse| LinkUse {
        messages: spent.messages,
        bytes: spent.bytes,
        busy: spent.busy,
        entered: spent.entered,
        left: spent.left,
        lost: spent.lost,
        retransmitted: spent.retransmitted,
        sessions_opened: spent.connections_opened,
    };
    let links = course.pipes.iter().enumerate();
    Findings {
        nodes: course.hosts.iter().zip(resyncs).map(node).collect(),
        links: links.map(|(index, [there, back])| (LinkId::new(index), [pipe(there), pipe(back)])).collect(),
        ..findings
    }
}
