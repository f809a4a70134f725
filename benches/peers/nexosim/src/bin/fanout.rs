//! Fan-out with NeXosim: source, hub and firewalls are models; a receiver schedules on itself what its link delays.

use std::sync::Arc;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{Output, QuerySource};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

#[path = "../../../fanout.rs"]
mod fanout;

use fanout::{Costs, FEED_LATENCY_NS, Random, Scenario, TICK_NS, Tally, entry_hash};

/// A user has come to an address.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Update {
    address: u32,
    user: u32,
    occurred_ns: u64,
}

type Batch = Arc<Vec<Update>>;

fn nanos_since_start(now: MonotonicTime) -> u64 {
    now.duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}

#[derive(Serialize, Deserialize)]
struct Source {
    noticed: Output<Update>,
    addresses: u32,
    updates: u32,
    gap_ns: u64,
    last: u32,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        cx.schedule_event(Duration::from_nanos(self.gap_ns), schedulable!(Self::occur), ()).expect("later");
    }

    #[nexosim(schedulable)]
    async fn occur(&mut self, _: (), cx: &Context<Self>) {
        self.last += 1;
        let address = fanout::address(self.last, self.addresses);
        let occurred_ns = nanos_since_start(cx.time());
        self.noticed.send(Update { address, user: self.last, occurred_ns }).await;
        if self.last < self.updates {
            let gap = Duration::from_nanos(self.gap_ns);
            cx.schedule_event(gap, schedulable!(Self::occur), ()).expect("later");
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Hub {
    clients: Output<Batch>,
    first_tick_ns: u64,
    waiting: Vec<Update>,
}

#[Model]
impl Hub {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        let (first, period) = (Duration::from_nanos(self.first_tick_ns), Duration::from_nanos(TICK_NS));
        cx.schedule_periodic_event(first, period, schedulable!(Self::tick), ()).expect("later");
    }

    /// An update has set out for the hub [input port].
    fn on_feed(&mut self, update: Update, cx: &Context<Self>) {
        let delay = Duration::from_nanos(FEED_LATENCY_NS);
        cx.schedule_event(delay, schedulable!(Self::reach), update).expect("later");
    }

    #[nexosim(schedulable)]
    fn reach(&mut self, update: Update) {
        self.waiting.push(update);
    }

    #[nexosim(schedulable)]
    async fn tick(&mut self) {
        if !self.waiting.is_empty() {
            self.clients.send(Arc::new(std::mem::take(&mut self.waiting))).await;
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Entry {
    user: u32,
    occurred_ns: u64,
}

#[derive(Serialize, Deserialize)]
struct Firewall {
    table: FxHashMap<u32, Entry>,
    #[serde(skip)]
    tally: Tally,
    #[serde(skip)]
    link: Random,
}

#[Model]
impl Firewall {
    /// A batch has set out for the firewall [input port].
    fn on_link(&mut self, batch: Batch, cx: &Context<Self>) {
        let delay = Duration::from_nanos(self.link.link_delay_ns());
        cx.schedule_event(delay, schedulable!(Self::deliver), batch).expect("later");
    }

    #[nexosim(schedulable)]
    fn deliver(&mut self, batch: Batch, cx: &Context<Self>) {
        let now_ns = nanos_since_start(cx.time());
        for &Update { address, user, occurred_ns } in batch.iter() {
            let entry = self.table.entry(address).or_insert(Entry { user, occurred_ns });
            if occurred_ns > entry.occurred_ns {
                *entry = Entry { user, occurred_ns };
            }
            self.tally.record(now_ns - occurred_ns);
        }
    }

    /// What has been counted [replier port].
    async fn tally(&mut self) -> Tally {
        self.tally.clone()
    }

    /// The hash of the table [replier port].
    async fn table_hash(&mut self) -> u64 {
        let hashes = self.table.iter().map(|(address, entry)| entry_hash(*address, entry.user));
        hashes.fold(0, u64::wrapping_add)
    }
}

fn main() -> Result<(), SimulationError> {
    let scenario = Scenario::from_args();
    // One thread, like the others: what is compared is work, not cores.
    let mut bench = SimInit::with_num_threads(1);
    let mut source = Source {
        noticed: Output::new(),
        addresses: scenario.addresses,
        updates: scenario.updates,
        gap_ns: scenario.gap_ns(),
        last: 0,
    };
    let mut hub =
        Hub { clients: Output::new(), first_tick_ns: scenario.first_tick_ns(), waiting: Vec::new() };
    let (source_mailbox, hub_mailbox) = (Mailbox::new(), Mailbox::new());
    source.noticed.connect(Hub::on_feed, &hub_mailbox);
    let mut queries = Vec::new();
    for index in 0..scenario.firewalls {
        let link = Random::new(scenario.seed, index);
        let firewall = Firewall { table: FxHashMap::default(), tally: Tally::default(), link };
        let mailbox = Mailbox::new();
        hub.clients.connect(Firewall::on_link, &mailbox);
        let tally = QuerySource::new().connect(Firewall::tally, &mailbox).register(&mut bench);
        let hash = QuerySource::new().connect(Firewall::table_hash, &mailbox).register(&mut bench);
        queries.push((tally, hash));
        bench = bench.add_model(firewall, mailbox, &format!("firewall-{index}"));
    }
    bench = bench.add_model(source, source_mailbox, "source").add_model(hub, hub_mailbox, "hub");

    let mut simulation = bench.init(MonotonicTime::EPOCH)?;
    simulation.step_until(Duration::from_nanos(scenario.end_ns()))?;
    let mut tally = Tally::default();
    for (query, _) in &queries {
        tally.add(&simulation.process_query(query, ())?);
    }
    let costs = Costs::so_far();
    let mut hash: u64 = 0;
    for (_, query) in &queries {
        hash = hash.wrapping_add(simulation.process_query(query, ())?);
    }
    fanout::print("nexosim", &scenario, &costs, &tally, hash);
    Ok(())
}
