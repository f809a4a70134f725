//! PHOLD on NeXosim: a model per process, which schedules itself through its context.
//!
//! `phold PENDING EVENTS` prints the events handled and the CPU seconds that they took; setting up and the
//! first second of virtual time, by which about `PENDING` events have happened, are not counted.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

const PROCESSES: usize = 100;
const DELAYS: usize = 1 << 12;

/// Delays of 0.1 s + Exp(0.9 s), drawn beforehand, as for every contestant.
static DELAY: LazyLock<Vec<Duration>> = LazyLock::new(|| {
    let mut state = 1_u64;
    let delay = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_nanos(100_000_000 + (-(-unit).ln_1p() * 9e8) as u64)
    };
    (0..DELAYS).map(delay).collect()
});

static HANDLED: AtomicU64 = AtomicU64::new(0);

#[derive(Serialize, Deserialize)]
struct Process {
    pending: usize,
    next: usize,
}

#[Model]
impl Process {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, _: &mut ()) {
        for _ in 0..self.pending {
            self.arm(cx);
        }
    }

    #[nexosim(schedulable)]
    async fn wake(&mut self, _: (), cx: &Context<Self>) {
        HANDLED.fetch_add(1, Ordering::Relaxed);
        self.arm(cx);
    }

    fn arm(&mut self, cx: &Context<Self>) {
        let delay = DELAY[self.next];
        self.next = (self.next + 1) % DELAYS;
        cx.schedule_event(delay, schedulable!(Self::wake), ()).expect("it lies in the future");
    }
}

/// CPU time of this thread, which is the one that simulates. Units: ns.
fn cpu_nanos() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts CPU time");
    text.split(' ').next().and_then(|first| first.parse().ok()).expect("nanoseconds come first")
}

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let [pending, events] = arguments[..] else { panic!("usage: phold PENDING EVENTS") };
    let mut bench = SimInit::with_num_threads(1);
    for index in 0..PROCESSES {
        let process = Process { pending: pending / PROCESSES, next: index * DELAYS / PROCESSES };
        bench = bench.add_model(process, Mailbox::new(), &format!("process-{index}"));
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("a sound bench");
    // The mean delay is one second: `pending` events happen in one.
    simulation.step_until(Duration::from_secs(1)).expect("a sound run");
    let (before, start) = (HANDLED.load(Ordering::Relaxed), cpu_nanos());
    simulation.step_until(Duration::from_secs_f64(events as f64 / pending as f64)).expect("a sound run");
    let (handled, nanos) = (HANDLED.load(Ordering::Relaxed) - before, cpu_nanos() - start);
    println!("{handled} {}", nanos as f64 / 1e9);
}
