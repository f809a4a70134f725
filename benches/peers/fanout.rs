//! The fan-out benchmark as all Rust peers see it: scenario, randomness, tally and the line they print.
//!
//! A file, not a crate: each peer is a project of its own and takes it in with `#[path]`. benches/README.md has the definition.

use std::time::Duration;

use cpu_time::ProcessTime;

/// From the source to the hub. Units: nanoseconds.
pub const FEED_LATENCY_NS: u64 = 25_000_000;
/// From the hub to a firewall, before the jitter. Units: nanoseconds.
pub const LINK_LATENCY_NS: u64 = 20_000_000;
/// Mean of the exponential jitter of a firewall's link. Units: nanoseconds.
pub const LINK_JITTER_NS: f64 = 5_000_000.0;
/// Between two send ticks of the hub. Units: nanoseconds.
pub const TICK_NS: u64 = 1_000_000_000;

/// Width of a bucket of the histogram. Units: nanoseconds.
const BUCKET_NS: u64 = 1_000_000;
/// Buckets of the histogram; the last also holds what is longer.
const BUCKETS: usize = 2_048;

/// How large the benchmark is.
pub struct Scenario {
    pub name: String,
    pub firewalls: usize,
    pub addresses: u32,
    pub updates: u32,
    pub rate: u32,
    pub seed: u64,
}

impl Scenario {
    /// Reads `SCENARIO [SEED]` from the command line; ends the program when it cannot.
    pub fn from_args() -> Self {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let name = args.first().map_or("", String::as_str);
        let seed = args.get(1).map_or(Some(1), |seed| seed.parse().ok());
        let numbers = match name {
            "medium" => "100,100000,1000000,1000",
            "large" => "1000,100000,1000000,1000",
            "thin" => "1000,100000,2000,1",
            numbers => numbers,
        };
        let numbers: Vec<u32> = numbers.split(',').filter_map(|number| number.parse().ok()).collect();
        let (&[firewalls, addresses, updates, rate], Some(seed)) = (&numbers[..], seed) else {
            eprintln!("usage: PROGRAM medium|large|thin|FIREWALLS,ADDRESSES,UPDATES,RATE [SEED]");
            std::process::exit(2);
        };
        assert!(firewalls > 0 && addresses > 0 && updates > 0 && rate > 0, "at least one of each");
        Self { name: name.to_owned(), firewalls: firewalls as usize, addresses, updates, rate, seed }
    }

    /// Between two updates. Units: nanoseconds.
    pub fn gap_ns(&self) -> u64 {
        1_000_000_000 / u64::from(self.rate)
    }

    /// The hub's first tick: in the middle between the arrivals of two updates. Units: nanoseconds.
    pub fn first_tick_ns(&self) -> u64 {
        (FEED_LATENCY_NS + self.gap_ns() / 2) % TICK_NS
    }

    /// The hash of all final tables when the last writer has won everywhere.
    fn true_hash(&self) -> u64 {
        let known = 0..self.addresses.min(self.updates);
        let last_user = |address| self.updates - (self.updates - 1 - address) % self.addresses;
        let hashes = known.map(|address| entry_hash(address, last_user(address)));
        hashes.fold(0, u64::wrapping_add).wrapping_mul(self.firewalls as u64)
    }

    /// When everything has been delivered. Units: nanoseconds.
    pub fn end_ns(&self) -> u64 {
        u64::from(self.updates) * self.gap_ns() + 3 * TICK_NS
    }
}

/// The address of the update of this number, from 1: addresses are taken in turn.
pub fn address(number: u32, addresses: u32) -> u32 {
    (number - 1) % addresses
}

/// `SplitMix64` (Steele, Lea, Flood 2014), one for each firewall's link.
#[derive(Default)]
pub struct Random(u64);

impl Random {
    /// The generator of a firewall.
    pub fn new(seed: u64, firewall: usize) -> Self {
        Self(mix(seed).wrapping_add(mix(firewall as u64 + 1)))
    }

    /// How long a frame takes from the hub to the firewall. Units: nanoseconds.
    pub fn link_delay_ns(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let uniform = (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64;
        LINK_LATENCY_NS + (-LINK_JITTER_NS * (1.0 - uniform).ln()) as u64
    }
}

/// The finaliser of `SplitMix64`.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What an entry adds to the hash of a table, which does not depend on the order.
pub fn entry_hash(address: u32, user: u32) -> u64 {
    mix(u64::from(address) << 32 | u64::from(user))
}

/// Delays from the event to the firewall.
#[derive(Clone)]
pub struct Tally {
    count: u64,
    sum_ns: u64,
    min_ns: u64,
    max_ns: u64,
    buckets: Vec<u32>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, sum_ns: 0, min_ns: u64::MAX, max_ns: 0, buckets: vec![0; BUCKETS] }
    }
}

impl Tally {
    /// Counts one delivery.
    pub fn record(&mut self, delay_ns: u64) {
        self.count += 1;
        self.sum_ns += delay_ns;
        self.min_ns = self.min_ns.min(delay_ns);
        self.max_ns = self.max_ns.max(delay_ns);
        let bucket = (delay_ns / BUCKET_NS) as usize;
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// The upper edge of the bucket of this quantile. Units: seconds.
    fn quantile(&self, quantile: f64) -> f64 {
        let rank = (quantile * self.count as f64).ceil() as u64;
        let mut seen = 0;
        let below = self.buckets.iter().take_while(|count| {
            seen += u64::from(**count);
            seen < rank
        });
        (below.count() + 1) as f64 * BUCKET_NS as f64 / 1e9
    }
}

/// What a run took, read before its tables are hashed: checking is not measured.
pub struct Costs {
    cpu: Duration,
    peak_rss_bytes: u64,
}

impl Costs {
    /// Processor time (user and system) and peak memory of this process so far.
    pub fn so_far() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Self { cpu: ProcessTime::now().as_duration(), peak_rss_bytes: kilobytes.unwrap_or(0) * 1_024 }
    }
}

/// Prints the outcome as one line of JSON, if the tables hold the truth.
pub fn print(program: &str, scenario: &Scenario, costs: &Costs, tally: &Tally, table_hash: u64) {
    assert_eq!(table_hash, scenario.true_hash(), "the last writer wins in every table");
    let seconds = |ns: u64| ns as f64 / 1e9;
    println!(
        "{{\"program\": \"{program}\", \"scenario\": \"{}\", \"seed\": {}, \"cpu_seconds\": {:.6}, \
         \"peak_rss_bytes\": {}, \"deliveries\": {}, \"mean_delay_seconds\": {:.9}, \
         \"min_delay_seconds\": {:.9}, \"max_delay_seconds\": {:.9}, \"p50\": {:.3}, \"p99\": {:.3}, \
         \"table_hash\": \"{table_hash:016x}\"}}",
        scenario.name,
        scenario.seed,
        costs.cpu.as_secs_f64(),
        costs.peak_rss_bytes,
        tally.count,
        seconds(tally.sum_ns) / tally.count as f64,
        seconds(tally.min_ns),
        seconds(tally.max_ns),
        tally.quantile(0.5),
        tally.quantile(0.99),
    );
}
