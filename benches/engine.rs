//! The engine through its public node interface: PHOLD beside a plain `BinaryHeap` loop in the same run.
//!
//! PHOLD: processes hold events; each wakes, draws a delay of 0.1 s + Exp(0.9 s) and a process to wake next.
//! Here a process wakes itself, so that what is measured is the agenda, the dispatch and the outbox.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use uidsim::engine::{Change, Frame, HostPlan, Node, Order, Outbox, Plan, Processor, World};
use uidsim::ids::ConnId;
use uidsim::random::{Distribution, Seed, Stream};
use uidsim::units::{Instant, Span};

const PROCESSES: usize = 100;
const EVENTS: u64 = 500_000;
const DELAY_LEAST: Span = Span::from_millis(100);
const DELAY_MORE: Distribution = Distribution::Exponential { mean: Span::from_millis(900) };

/// A process that keeps `pending` events alive.
struct Process {
    pending: usize,
    stream: Stream,
}

impl Process {
    fn delay(&mut self) -> Span {
        DELAY_LEAST + DELAY_MORE.draw(&mut self.stream)
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

fn process(index: usize, pending: usize) -> Process {
    Process { pending: pending / PROCESSES, stream: Seed(1).stream(&format!("process-{index}"), "delay") }
}

fn phold(pending: usize) -> u64 {
    let host = |index| HostPlan {
        name: format!("process-{index}"),
        node: process(index, pending),
        home: 0,
        processor: Processor {
            per_message: Distribution::ZERO,
            per_mapping: Distribution::ZERO,
            per_send: Distribution::ZERO,
        },
        ports_blocked: Vec::new(),
        is_scanned: false,
    };
    let mut world = World::new(Plan {
        hosts: (0..PROCESSES).map(host).collect(),
        links: Vec::new(),
        faults: Vec::new(),
        measure_from: Instant::ZERO,
        seed: Seed(1),
    });
    world.run(Instant::NEVER, EVENTS, &mut |_, _| true, &mut []);
    world.counts().0
}

/// The same draws and the same order through nothing but the standard library's heap.
fn bare_heap(pending: usize) -> u64 {
    let mut processes: Vec<Process> = (0..PROCESSES).map(|index| process(index, pending)).collect();
    let mut heap = BinaryHeap::with_capacity(pending);
    let mut sequence = 0_u64;
    for (index, process) in processes.iter_mut().enumerate() {
        for _ in 0..process.pending {
            heap.push(Reverse((Instant::ZERO.later(process.delay()), sequence, index)));
            sequence += 1;
        }
    }
    let mut events = 0;
    while let Some(Reverse((now, _, index))) = heap.pop() {
        if events == EVENTS {
            break;
        }
        events += 1;
        heap.push(Reverse((now.later(processes[index].delay()), sequence, index)));
        sequence += 1;
    }
    events
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("phold");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    for pending in [1_000, 100_000, 1_000_000] {
        group.bench_with_input(BenchmarkId::new("engine", pending), &pending, |b, &pending| {
            b.iter(|| black_box(phold(pending)));
        });
        group.bench_with_input(BenchmarkId::new("bare heap", pending), &pending, |b, &pending| {
            b.iter(|| black_box(bare_heap(pending)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
