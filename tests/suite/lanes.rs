//! Lanes outside the agenda give what the agenda gives: to the last nanosecond, draw and count.

mod grown;
mod limits;

use std::collections::BTreeMap;
use std::sync::Arc;

use uidsim::assemble::assemble;
use uidsim::engine::{Ending, Frame, Heard, HostUse, Lane, Moment, Observer, PipeUse, Way, World};
use uidsim::ids::{LinkId, NodeId};
use uidsim::random::{Seed, Stream};
use uidsim::roles::{Feed, Mode, Role as Cast};
use uidsim::scenario::Scenario;
use uidsim::simulate;
use uidsim::topology::Role;
use uidsim::units::Instant;
use uidsim::wire::{Decoded, holds_mappings};
use uidsim::workload::Workload;

use super::grow::Case;

/// A delta frame served: when it was sent, when it was served, where the time went, how many bytes.
type Served = (Instant, Instant, Way, Way, usize);

/// Per receiver, in order of service.
#[derive(Default)]
struct Book {
    sent: BTreeMap<u64, Instant>,
    served: BTreeMap<NodeId, Vec<Served>>,
    /// Per sender, the frames of volleys by number.
    volleys: BTreeMap<NodeId, Vec<Arc<Frame<Decoded>>>>,
}

impl Observer<Cast> for Book {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Cast>) {
        match moment {
            Moment::Sent { flight, .. } => {
                self.sent.insert(flight.0, at);
            }
            Moment::Delivered { flight, to, frame, way, served, .. } => {
                let sent = self.sent.remove(&flight.0).expect("it was sent");
                if holds_mappings(frame) {
                    let served = (sent, at, *way, *served, frame.length());
                    self.served.entry(*to).or_default().push(served);
                }
            }
            Moment::Volley { from, number, frame } => {
                let frames = self.volleys.entry(*from).or_default();
                assert_eq!(frames.len(), *number as usize, "numbers are dense");
                frames.push((*frame).clone());
            }
            _ => {}
        }
    }
}

/// All that is compared.
#[derive(Debug, PartialEq)]
struct Sum {
    served: BTreeMap<NodeId, Vec<Served>>,
    hosts: Vec<HostUse>,
    pipes: Vec<[PipeUse; 2]>,
    in_flight: Vec<[u64; 2]>,
    deliveries: (u64, u64),
}

fn sum(world: &World<Cast>, served: BTreeMap<NodeId, Vec<Served>>) -> Sum {
    let pipes: Vec<[PipeUse; 2]> = world.pipe_uses().collect();
    let (_, frames, mappings) = world.counts();
    Sum {
        served,
        hosts: world.host_uses().collect(),
        in_flight: (0..pipes.len()).map(|link| world.in_flight(LinkId::new(link))).collect(),
        pipes,
        deliveries: (frames, mappings),
    }
}

fn in_the_agenda(scenario: &Scenario, workload: &Workload, seed: Seed) -> Sum {
    let end = Instant::after_start(scenario.duration);
    let mut world = assemble(scenario, workload, seed, &[]);
    let mut book = Book::default();
    let ending = world.run(end, scenario.events_max, &mut |_, _| true, &mut [&mut book]);
    assert_eq!(ending, Ending::Completed);
    world.finish(end);
    sum(&world, book.served)
}

/// Scans lanes in pieces of random sizes, each on a thread of its own. `None` when one was abandoned.
fn scan(lanes: &mut [Lane], random: &mut Stream) -> Option<Vec<Vec<Heard>>> {
    std::thread::scope(|scope| {
        let scan = |(lane, pieces): (&mut Lane, usize)| {
            let mut heard = Vec::new();
            while lane.scan(pieces, |one| heard.push(one)) {}
            (!lane.is_abandoned()).then_some(heard)
        };
        let threads: Vec<_> = lanes
            .iter_mut()
            .map(|lane| (lane, 1 + random.below(9) as usize))
            .map(|work| scope.spawn(move || scan(work)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a scan does not panic")).collect()
    })
}

/// The same with these nodes outside the agenda, and how many frames were; `None` when it was abandoned.
fn outside(scenario: &Scenario, workload: &Workload, seed: Seed, scanned: &[bool]) -> Option<(Sum, u64)> {
    let end = Instant::after_start(scenario.duration);
    let from: Vec<Option<Instant>> = scanned.iter().map(|is| is.then_some(Instant::ZERO)).collect();
    let mut world = assemble(scenario, workload, seed, &from);
    let mut book = Book::default();
    let ending = world.run(end, scenario.events_max, &mut |_, _| true, &mut [&mut book]);
    if ending == Ending::Abandoned {
        return None;
    }
    assert_eq!(ending, Ending::Completed);
    let mut lanes = world.take_lanes(end);
    let all = scan(&mut lanes, &mut seed.stream("lanes", "scan"))?;
    let mut served = book.served;
    for (lane, heard) in lanes.iter().zip(all) {
        let ears: Vec<NodeId> = lane.ears().map(|(node, _)| node).collect();
        for heard in heard.iter().filter(|heard| heard.done != Instant::NEVER) {
            let bytes = book.volleys[&lane.sender()][heard.number as usize].bytes().len();
            assert_eq!(heard.sent.later(heard.way.total()).later(heard.served.total()), heard.done);
            let list = served.entry(ears[heard.ear as usize]).or_default();
            list.push((heard.sent, heard.done, heard.way, heard.served, bytes));
        }
    }
    world.give_back(lanes);
    world.finish(end);
    let (frames, _) = world.scanned_counts();
    Some((sum(&world, served), frames))
}

/// Who follows one upstream by a pushed session on its shared tick, and feeds nobody back.
fn leaves(scenario: &Scenario) -> Vec<bool> {
    let sessions = &scenario.topology.sessions;
    let is_leaf = |index: usize| {
        let node = NodeId::new(index);
        let Role::Point(point) = &scenario.topology.nodes[index].role else { return false };
        let own: Vec<_> = sessions.iter().filter(|s| s.client == node || s.upstream == node).collect();
        let [session] = own[..] else { return false };
        let pushed_to = scenario.topology.nodes.iter().any(|other| match &other.role {
            Role::Push(push) => push.learners.contains(&node),
            Role::Engine(_) | Role::Log(_) | Role::Point(_) => false,
        });
        let follows = session.client == node
            && session.feed == Feed::Redistribution
            && session.mode == Mode::Push
            && session.phase.is_none()
            && session.standby_after.is_empty();
        follows && !pushed_to && point.reads.is_empty() && point.ha.is_none()
    };
    (0..scenario.topology.nodes.len()).map(is_leaf).collect()
}

fn compare(number: u64, scenario: &Scenario, workload: &Workload, scanned: &[bool]) -> Option<u64> {
    let seed = Seed(number);
    let (outside, frames) = outside(scenario, workload, seed, scanned)?;
    let agenda = in_the_agenda(scenario, workload, seed);
    for (node, served) in &agenda.served {
        let other = outside.served.get(node).map_or(&[][..], Vec::as_slice);
        for (index, (one, two)) in served.iter().zip(other).enumerate() {
            assert_eq!(one, two, "case {number}, node {node:?}, frame {index}");
        }
    }
    assert_eq!(agenda, outside, "case {number}");
    Some(frames)
}

#[test]
fn calm_cases_give_what_the_agenda_gives() {
    let (mut frames, mut abandoned) = (0, 0);
    for number in 0..1_500 {
        let (scenario, workload) = grown::calm(number);
        // Now and then one of them stays in the agenda: foreign traffic on a line.
        let mut random = Seed(number).stream("lanes", "left out");
        let scanned: Vec<bool> = leaves(&scenario).iter().map(|leaf| *leaf && random.below(5) > 0).collect();
        if let Some(more) = compare(number, &scenario, &workload, &scanned) {
            frames += more;
        } else {
            abandoned += 1;
            let agenda = in_the_agenda(&scenario, &workload, Seed(number));
            let resets: u64 = agenda.hosts.iter().map(|spent| spent.resets).sum();
            assert!(resets > 0, "case {number} was abandoned for nothing");
        }
    }
    assert!(frames > 80_000, "only {frames} frames went outside the agenda");
    assert!((1..200).contains(&abandoned), "{abandoned} cases were abandoned");
}

#[test]
fn wild_cases_give_the_same_or_are_abandoned() {
    let (mut frames, mut carried) = (0, 0);
    for number in 0..1_000 {
        let case = Case::new(number);
        let scanned = leaves(&case.scenario);
        if !scanned.contains(&true) {
            continue;
        }
        let read = |path: &std::path::Path| case.read(path);
        let Ok(workload) = simulate::realise(&case.scenario, case.seed, &read) else { continue };
        if let Some(more) = compare(number, &case.scenario, &workload, &scanned) {
            frames += more;
            carried += u64::from(more > 0);
        }
    }
    assert!(frames > 300 && carried > 40, "{carried} cases, {frames} frames");
}
