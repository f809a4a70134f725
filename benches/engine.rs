//! PHOLD: the engine through its public node interface, beside other queues in the same run.
//!
//! PHOLD: processes hold events; each wakes and draws a delay of 0.1 s + Exp(0.9 s). Here a process wakes
//! itself, so that what is measured is the agenda, the dispatch and the outbox. The delays are drawn beforehand
//! into a table that all contestants share. Setting up and the first events, one for each that is pending, are
//! not counted.
//!
//! `cargo bench --bench engine` compares all; `cargo bench --bench engine -- once CONTESTANT PENDING EVENTS`
//! prints the events handled and the CPU seconds that they took.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench reads the clock and prints")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use radix_heap::RadixHeapMap;
use uidsim::engine::{Change, Frame, HostPlan, Node, Order, Outbox, Plan, Processor, World};
use uidsim::ids::ConnId;
use uidsim::random::{Distribution, Seed};
use uidsim::units::{Instant, Span};

const PROCESSES: usize = 100;
const EVENTS: u64 = 1 << 20;
/// Events between two pulses of a world.
const PULSE: u64 = 1 << 16;

/// So few that they fit into the first cache: it is the queue that is measured, not a table beside it.
const DELAYS: usize = 1 << 12;
static DELAY: LazyLock<Vec<Span>> = LazyLock::new(|| {
    let (least, more) = (Span::from_millis(100), Distribution::Exponential { mean: Span::from_millis(900) });
    let mut stream = Seed(1).stream("phold", "delay");
    (0..DELAYS).map(|_| least + more.draw(&mut stream)).collect()
});

/// A process that keeps `pending` events alive.
struct Process {
    pending: usize,
    next: usize,
}

impl Process {
    fn delay(&mut self) -> Span {
        self.next = (self.next + 1) % DELAYS;
        DELAY[self.next]
    }
}

impl Node for Process {
    type Memo = ();
    type Note = ();
    type Timer = ();

    fn on_change(&mut self, _: Instant, _: ConnId, _: Change, _: &mut Outbox<Self>) {}

    fn on_frame(&mut self, _: Instant, _: ConnId, _: &Arc<Frame<()>>, _: &mut Outbox<Self>) {}

    fn on_order(&mut self, _: Instant, _: Order, _: &mut Outbox<Self>) {}

    fn on_start(&mut self, now: Instant, out: &mut Outbox<Self>) {
        for _ in 0..self.pending {
            let at = now.later(self.delay());
            out.arm(at, ());
        }
    }

    fn on_timer(&mut self, now: Instant, (): (), out: &mut Outbox<Self>) {
        let at = now.later(self.delay());
        out.arm(at, ());
    }
}

fn processes(pending: usize) -> Vec<Process> {
    let process = |index| Process { pending: pending / PROCESSES, next: index * DELAYS / PROCESSES };
    (0..PROCESSES).map(process).collect()
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts CPU time");
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanos.expect("nanoseconds come first"))
}

/// Events that are not counted: one for each that is pending, in whole pulses.
fn warming(pending: usize) -> u64 {
    (pending as u64).next_multiple_of(PULSE)
}

/// The CPU time of `events` calls of `step`, once the queue is warm.
fn timed(pending: usize, events: u64, mut step: impl FnMut()) -> Duration {
    for _ in 0..warming(pending) {
        step();
    }
    let start = cpu_time();
    for _ in 0..events {
        step();
    }
    cpu_time() - start
}

fn engine(pending: usize, events: u64) -> Duration {
    let host = |(index, node)| HostPlan {
        name: format!("process-{index}"),
        node,
        home: 0,
        processor: Processor {
            per_message: Distribution::ZERO,
            per_mapping: Distribution::ZERO,
            per_send: Distribution::ZERO,
        },
        ports_blocked: Vec::new(),
        scanned_from: None,
    };
    let mut world = World::new(Plan {
        hosts: processes(pending).into_iter().enumerate().map(host).collect(),
        links: Vec::new(),
        faults: Vec::new(),
        measure_from: Instant::ZERO,
        seed: Seed(1),
    });
    let mut start = Duration::ZERO;
    let mut pulse = |_, handled| {
        if handled == warming(pending) {
            start = cpu_time();
        }
        true
    };
    world.run(Instant::NEVER, warming(pending) + events, &mut pulse, &mut []);
    cpu_time() - start
}

/// The same delays and the same order through nothing but the standard library's heap.
fn bare_heap(pending: usize, events: u64) -> Duration {
    let mut processes = processes(pending);
    let mut heap = BinaryHeap::with_capacity(pending);
    let mut sequence = 0_u64;
    for (index, process) in processes.iter_mut().enumerate() {
        for _ in 0..process.pending {
            heap.push(Reverse((Instant::ZERO.later(process.delay()), sequence, index)));
            sequence += 1;
        }
    }
    timed(pending, events, || {
        let Reverse((now, _, index)) = heap.pop().expect("events are pending");
        heap.push(Reverse((now.later(processes[index].delay()), sequence, index)));
        sequence += 1;
    })
}

/// The same through a radix heap.
fn radix_heap(pending: usize, events: u64) -> Duration {
    let mut processes = processes(pending);
    let mut heap = RadixHeapMap::new();
    let mut sequence = 0_u64;
    for (index, process) in processes.iter_mut().enumerate() {
        for _ in 0..process.pending {
            heap.push(Reverse((process.delay().nanos(), sequence)), index);
            sequence += 1;
        }
    }
    timed(pending, events, || {
        let (Reverse((now, _)), index) = heap.pop().expect("events are pending");
        heap.push(Reverse((now + processes[index].delay().nanos(), sequence)), index);
        sequence += 1;
    })
}

/// The same delays, and no order at all.
fn no_queue(pending: usize, events: u64) -> Duration {
    let mut processes = processes(pending);
    let (mut now, mut index) = (Instant::ZERO, 0);
    timed(pending, events, || {
        now = black_box(now.later(processes[index].delay()));
        index = (index + 1) % PROCESSES;
    })
}

struct Contestant {
    name: &'static str,
    /// Pending events and events to count, to their CPU time.
    run: fn(usize, u64) -> Duration,
}

const CONTESTANTS: [Contestant; 4] = [
    Contestant { name: "engine", run: engine },
    Contestant { name: "bare heap", run: bare_heap },
    Contestant { name: "radix heap", run: radix_heap },
    Contestant { name: "no queue", run: no_queue },
];

fn compare(c: &mut Criterion) {
    let mut group = c.benchmark_group("phold");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    for pending in [1_000, 100_000, 1_000_000] {
        for Contestant { name, run } in CONTESTANTS {
            group.bench_with_input(BenchmarkId::new(name, pending), &pending, |b, &pending| {
                b.iter_custom(|times| (0..times).map(|_| run(pending, EVENTS)).sum());
            });
        }
    }
    group.finish();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [once, name, pending, events, ..] = &arguments[..]
        && once == "once"
    {
        let contestant = CONTESTANTS.iter().find(|known| known.name == name).expect("a contestant");
        let events: u64 = events.parse().expect("a number of events");
        let time = (contestant.run)(pending.parse().expect("a number of pending events"), events);
        println!("{events} {}", time.as_secs_f64());
    } else {
        let mut criterion = Criterion::default().configure_from_args();
        compare(&mut criterion);
        criterion.final_summary();
    }
}
