//! Fan-out by a plain event loop: one `BinaryHeap` of events in order of time, one table for each firewall.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

#[path = "../../fanout.rs"]
pub mod fanout;

use fanout::{Costs, FEED_LATENCY_NS, Random, Scenario, TICK_NS, Tally};

/// A user has come to an address.
#[derive(Clone, Copy)]
pub struct Update {
    pub address: u32,
    pub user: u32,
    pub occurred_ns: u64,
}

/// The user-to-address table of one firewall. The last writer wins: the update that occurred last stays.
pub trait Table {
    fn new(addresses: u32) -> Self;
    fn apply(&mut self, update: Update);
    fn hash(&self) -> u64;
}

struct Firewall<T> {
    table: T,
    tally: Tally,
    link: Random,
}

enum Event {
    Occur,
    Reach(Update),
    Tick,
    Deliver { firewall: usize, batch: Rc<Vec<Update>> },
}

struct Pending {
    at_ns: u64,
    sequence: u64,
    event: Event,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        (self.at_ns, self.sequence) == (other.at_ns, other.sequence)
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ns, self.sequence).cmp(&(other.at_ns, other.sequence))
    }
}

/// Events of one time come out in the order in which they went in.
#[derive(Default)]
struct Agenda {
    heap: BinaryHeap<Reverse<Pending>>,
    sequence: u64,
}

impl Agenda {
    fn add(&mut self, at_ns: u64, event: Event) {
        self.heap.push(Reverse(Pending { at_ns, sequence: self.sequence, event }));
        self.sequence += 1;
    }
}

/// Runs the scenario of the command line and prints its outcome.
pub fn run<T: Table>(program: &str) {
    let scenario = Scenario::from_args();
    let firewalls = simulate::<T>(&scenario);
    let mut tally = Tally::default();
    firewalls.iter().for_each(|firewall| tally.add(&firewall.tally));
    let costs = Costs::so_far();
    let hash = firewalls.iter().fold(0, |sum: u64, firewall| sum.wrapping_add(firewall.table.hash()));
    fanout::print(program, &scenario, &costs, &tally, hash);
}

fn simulate<T: Table>(scenario: &Scenario) -> Vec<Firewall<T>> {
    let firewall = |index| Firewall {
        table: T::new(scenario.addresses),
        tally: Tally::default(),
        link: Random::new(scenario.seed, index),
    };
    let mut firewalls: Vec<Firewall<T>> = (0..scenario.firewalls).map(firewall).collect();
    let mut agenda = Agenda::default();
    let mut waiting = Vec::new();
    let mut last = 0;
    agenda.add(scenario.gap_ns(), Event::Occur);
    agenda.add(scenario.first_tick_ns(), Event::Tick);
    while let Some(Reverse(Pending { at_ns: now, event, .. })) = agenda.heap.pop() {
        match event {
            Event::Occur => {
                last += 1;
                let address = fanout::address(last, scenario.addresses);
                let update = Update { address, user: last, occurred_ns: now };
                agenda.add(now + FEED_LATENCY_NS, Event::Reach(update));
                if last < scenario.updates {
                    agenda.add(now + scenario.gap_ns(), Event::Occur);
                }
            }
            Event::Reach(update) => waiting.push(update),
            Event::Tick => {
                if !waiting.is_empty() {
                    let batch = Rc::new(std::mem::take(&mut waiting));
                    for (index, firewall) in firewalls.iter_mut().enumerate() {
                        let at = now + firewall.link.link_delay_ns();
                        agenda.add(at, Event::Deliver { firewall: index, batch: Rc::clone(&batch) });
                    }
                }
                if now + TICK_NS < scenario.end_ns() {
                    agenda.add(now + TICK_NS, Event::Tick);
                }
            }
            Event::Deliver { firewall, batch } => {
                let firewall = &mut firewalls[firewall];
                for update in batch.iter() {
                    firewall.table.apply(*update);
                    firewall.tally.record(now - update.occurred_ns);
                }
            }
        }
    }
    firewalls
}
