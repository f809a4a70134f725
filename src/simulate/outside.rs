//! Outside: a run whose enforcement points are scanned, if they can be.
//!
//! Knows how record, lanes and findings meet. Must not know how a line or a leaf is computed.

use std::collections::BTreeMap;

use tracing::info;

use super::ahead::Ahead;
use super::trace::Trace;
use super::{Course, Means, Watch, course_of, drive};
use crate::assemble::assemble;
use crate::engine::{self, HostUse, Lane, Load, Observer, World};
use crate::ids::NodeId;
use crate::observe::{Findings, Ledgers, Resyncs, Standing, Timelines};
use crate::random::Seed;
use crate::roles::{Role, Useridd};
use crate::scan::{Arrivals, Asked, Batch, Cast, Common, Heard, Hearing, Recorder, Relayed, Track, find};
use crate::scenario::Scenario;
use crate::wire::Codec;
use crate::workload::{Truth, Workload};

/// Who is carried outside the agenda in `scenario`. `None`: nobody can be; the log says why.
pub(super) fn cast(scenario: &Scenario, workload: &Workload) -> Option<Cast> {
    let cast = Cast::new(scenario, workload.addresses.len());
    cast.map_err(|why| info!(why, "nobody is scanned")).ok()
}

/// Runs `scenario` with its enforcement points outside the agenda. Of a workload that was generated, and can be again, stays and
/// users' names are let go once nobody needs them. `None`: something happened that is not carried there; the log says what.
pub(super) fn run(
    scenario: &Scenario,
    (workload, cast): (&mut Workload, &Cast),
    seed: Seed,
    watch: &Watch<'_>,
    (resyncs, standing, trace, ledgers, timelines): (
        &mut Resyncs,
        &mut Standing,
        &mut Option<Trace>,
        &mut Ledgers,
        &mut Option<Timelines>,
    ),
    means: Means,
) -> Option<(Findings, Course)> {
    let scanned_from = cast.scanned_from();
    let mut world = assemble(scenario, workload, seed, &scanned_from).with_bins(means.bin);
    let stays = match workload.truth {
        Truth::Generated => {
            workload.users = Vec::new();
            std::mem::take(&mut workload.stays)
        }
        Truth::Assumed => workload.stays.clone(),
    };
    let workload = &*workload;
    let mut record = Recorder::new(cast, workload);
    if means.threads > 1 {
        points(&mut world).for_each(Useridd::write_later);
    }
    let (driven, common) = std::thread::scope(|scope| {
        let reads = || scanned_from.iter().map(Option::is_none).collect();
        let common = || Common::in_advance(workload, &stays);
        let mut ahead = (means.threads > 1).then(|| Ahead::new(scope, reads(), common));
        let mut observers: Vec<&mut dyn Observer<Role>> = vec![&mut record, resyncs, standing, ledgers];
        observers.extend(timelines.as_mut().map(|timelines| timelines as &mut dyn Observer<Role>));
        observers.extend(trace.as_mut().map(|trace| trace as &mut dyn Observer<Role>));
        observers.extend(ahead.as_mut().map(|ahead| ahead as &mut dyn Observer<Role>));
        let driven = drive(&mut world, scenario, watch, None, &mut observers);
        (driven, ahead.map(Ahead::finish))
    });
    let Some((end, stop)) = driven else {
        info!("a lane was broken; nobody is scanned");
        return None;
    };
    record.close();
    if let Some(why) = record.uneven() {
        info!(why, "nobody is scanned");
        return None;
    }
    let mut lanes = world.take_lanes(end);
    // Leaves need the memory that nodes took.
    let nobody = Codec::new(&[], &[]);
    world.nodes_mut().for_each(|role| role.retire(&nobody));
    info!(leaves = cast.leaf_count(), lanes = lanes.len(), "scanned");
    let Means { threads, recorded_max, keeps_all, bin: each, is_brief, .. } = means;
    let batches = batches(cast, &record, &mut lanes, is_brief);
    let asked = Asked { threads, recorded_max, keeps_all, each, is_brief };
    let (findings, relayed) = find(scenario, cast, (&record, common, stays), batches, end, asked)?;
    world.give_back(lanes);
    world.finish(end);
    let mut course = course_of(scenario, &world, end, stop);
    for relayed in &relayed {
        count(&mut course, relayed);
    }
    Some((findings, course))
}

fn points(world: &mut World<Role>) -> impl Iterator<Item = &mut Useridd> {
    world.nodes_mut().filter_map(|role| match role {
        Role::Point(point) => Some(&mut **point),
        _ => None,
    })
}

/// Counts what the members of a pair told each other outside the agenda.
fn count(course: &mut Course, relayed: &Relayed) {
    let Relayed { ends: (first, second), served, first: [with, alone], second: more, loads } = relayed;
    let add =
        |count: &mut u64, more: i64| *count = count.checked_add_signed(more).expect("no fewer than none");
    for deliveries in [&mut course.scanned_deliveries.0, &mut course.frame_deliveries] {
        add(deliveries, served.0);
    }
    for deliveries in [&mut course.scanned_deliveries.1, &mut course.mapping_deliveries] {
        add(deliveries, served.1);
    }
    exchange(&mut course.hosts[first.index()], with, alone);
    exchange(&mut course.hosts[second.index()], more, &HostUse::default());
    let [with, alone, more] = loads;
    course.loads.hosts[first.index()].exchange(with, alone);
    course.loads.hosts[second.index()].exchange(more, &Load::default());
}

/// Puts what a node really spent on some jobs in the place of what it was thought to.
fn exchange(all: &mut HostUse, real: &HostUse, thought: &HostUse) {
    all.messages_in = all.messages_in + real.messages_in - thought.messages_in;
    all.messages_out = all.messages_out + real.messages_out - thought.messages_out;
    all.mappings_in = all.mappings_in + real.mappings_in - thought.mappings_in;
    all.mappings_out = all.mappings_out + real.mappings_out - thought.mappings_out;
    all.busy = all.busy + real.busy - thought.busy;
    all.queue_area = all.queue_area + real.queue_area - thought.queue_area;
    all.queue_peak = all.queue_peak.max(real.queue_peak);
}

/// One batch a lane, and one for each leaf that no lane leads to. They are taken from the end: those that take long come
/// there, so that no thread has to wait for one that began late.
fn batches<'a>(
    cast: &'a Cast,
    record: &'a Recorder<'_>,
    lanes: &'a mut [Lane],
    is_brief: bool,
) -> Vec<Batch<'a>> {
    let mut left: BTreeMap<usize, NodeId> = cast.hubs().collect();
    let mut batches = Vec::new();
    let broken = |leaves: &[usize]| leaves.iter().filter(|leaf| record.is_broken(**leaf)).count();
    for lane in lanes {
        let leaves: Vec<usize> = lane.ears().map(|(node, _)| cast.leaf(node)).collect();
        for leaf in &leaves {
            left.remove(leaf);
        }
        let hub = lane.sender();
        let weight = broken(&leaves);
        let give = Box::new(move |all: &mut dyn FnMut(Arrivals)| give(record, lane, &leaves, is_brief, all));
        batches.push((weight, Batch { hub, give }));
    }
    for (leaf, hub) in left {
        let told = move || Arrivals { heard: vec![(leaf, record.heard(leaf))], tracks: Vec::new() };
        let give = Box::new(move |all: &mut dyn FnMut(Arrivals)| {
            all(told());
            true
        });
        batches.push((broken(&[leaf]), Batch { hub, give }));
    }
    batches.sort_by_key(|(weight, _)| *weight);
    batches.into_iter().map(|(_, batch)| batch).collect()
}

/// Scans one lane and tells when the frames reached each of its leaves. Whether it could be.
fn give(
    record: &Recorder<'_>,
    lane: &mut Lane,
    leaves: &[usize],
    is_brief: bool,
    all: &mut dyn FnMut(Arrivals),
) -> bool {
    let hub = lane.sender();
    let mut ears: Vec<Ear> = leaves.iter().map(|leaf| Ear::new(record, *leaf, hub, is_brief)).collect();
    lane.scan(usize::MAX, |one| match &mut ears[one.ear as usize] {
        Ear::Follows(track) => track.add(one.done, &one.way, &one.served),
        Ear::Hears(heard) => {
            let engine::Heard { number, sent, done, way, served, .. } = one;
            heard.add(Heard { number: record.frame_of(hub, number), sent, done, way, served });
        }
    });
    if lane.is_abandoned() {
        info!("more waited in a session than its bound; nobody is scanned");
        return false;
    }
    let mut arrivals = Arrivals::default();
    for (leaf, ear) in leaves.iter().zip(ears) {
        match ear {
            Ear::Hears(heard) => arrivals.heard.push((*leaf, heard)),
            Ear::Follows(track) if track.frames() == record.frames(hub) => {
                arrivals.tracks.push((*leaf, track));
            }
            Ear::Follows(_) => {
                info!("who only follows was not sent every frame; nobody is scanned");
                return false;
            }
        }
    }
    all(arrivals);
    true
}

/// What a lane told one of its leaves so far.
enum Ear {
    Hears(Hearing),
    Follows(Track),
}

impl Ear {
    /// With what the agenda carried; more may come from `hub`.
    fn new(record: &Recorder<'_>, leaf: usize, hub: NodeId, is_brief: bool) -> Self {
        let mut heard = record.heard(leaf);
        if !record.only_follows(leaf) {
            heard.reserve(record.frames(hub).saturating_sub(heard.frames()));
            return Self::Hears(heard);
        }
        let mut track = Track::new(record.frames(hub), !is_brief);
        heard.iter().for_each(|one| track.add(one.done, &one.way, &one.served));
        Self::Follows(track)
    }
}
