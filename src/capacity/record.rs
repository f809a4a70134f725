//! Record: what a plan keeps of one run, exactly enough to be merged with others later.
//!
//! Knows reports and expectations. Must not know where a record is kept, nor at which point of a plan it was run: two
//! points that simulate the same share a record.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::gate;
use crate::random::Seed;
use crate::report::{Decimal, Report, leaves};
use crate::scenario::{Expectation, Scenario};

/// The version of a record's keys.
pub const SCHEMA_VERSION: u32 = 1;
/// Nodes of one kind, and directions of links, that a record names. Source: none, a choice: what saturates first, and
/// enough behind it.
const BUSIEST_MAX: usize = 3;

/// What one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// `SCHEMA_VERSION`.
    pub schema_version: u32,
    /// `id` of its run.
    pub id: String,
    /// Its seed.
    pub seed: u64,
    /// Every metric of the fleet that has a value, `_seconds` left off.
    pub fleet: BTreeMap<String, Decimal>,
    /// What the limit's metric was at the worst that its selector names; `None` of a limit of the fleet, without a
    /// limit, and without a sample.
    pub judged: Option<Decimal>,
    /// The busiest of each kind, the busiest of all first.
    pub busiest: Vec<Busy>,
}

/// How busy a node or one direction of a link was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Busy {
    /// `panorama`, or `wan-1 from hq to berlin`.
    pub name: String,
    /// A node's kind, or `link`.
    pub kind: String,
    /// The busy share of the measured time.
    pub utilisation: Decimal,
    /// Jobs waiting, over time; `None` of a link.
    pub queue_mean: Option<Decimal>,
}

/// What names a run: the program's version, what is simulated, the seed, and the limit where it is not the fleet's.
#[must_use]
pub fn id(scenario: &Scenario, seed: Seed, limit: Option<&Expectation>) -> String {
    let limit =
        limit.filter(|limit| !is_of_fleet(limit)).map(|limit| [&limit.selector, &limit.metric, &limit.limit]);
    let whole =
        format!("{SCHEMA_VERSION} {} {} {} {limit:?}", env!("CARGO_PKG_VERSION"), scenario.hash, seed.0);
    format!("{:x}", Sha256::digest(whole)).chars().take(16).collect()
}

fn is_of_fleet(limit: &Expectation) -> bool {
    limit.selector == "fleet"
}

impl Record {
    /// What is kept of `report`.
    #[must_use]
    pub fn new(id: String, report: &Report, limit: Option<&Expectation>) -> Self {
        let fleet = leaves(&report.fleet).into_iter().filter_map(|leaf| {
            let steps: Vec<&str> =
                leaf.path.iter().map(|key| key.strip_suffix("_seconds").unwrap_or(key)).collect();
            Some((steps.join("."), leaf.value.parse().ok()?))
        });
        let of_few = limit.filter(|limit| !is_of_fleet(limit));
        let judged =
            of_few.and_then(|limit| gate::judge(std::slice::from_ref(limit), report).remove(0).measured);
        Self {
            schema_version: SCHEMA_VERSION,
            id,
            seed: report.seed,
            fleet: fleet.collect(),
            judged,
            busiest: busiest(report),
        }
    }

    /// What the metric of `limit` was; `None` without a sample.
    #[must_use]
    pub fn judged(&self, limit: &Expectation) -> Option<Decimal> {
        if is_of_fleet(limit) { self.fleet.get(&limit.metric).copied() } else { self.judged }
    }

    /// As JSON. Shape: one object, two spaces deep, with a newline at the end.
    #[must_use]
    pub fn print(&self) -> String {
        serde_json::to_string_pretty(self).expect("a record serialises") + "\n"
    }

    /// Reads what `print` wrote for the run `id`.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn read(text: &str, id: &str) -> Result<Self, String> {
        let record: Self =
            serde_json::from_str(text).map_err(|error| format!("is no record of a plan: {error}"))?;
        if record.schema_version != SCHEMA_VERSION || record.id != id {
            return Err("is the record of another run".to_owned());
        }
        Ok(record)
    }
}

fn busiest(report: &Report) -> Vec<Busy> {
    let nodes = report.nodes.iter().filter_map(|node| {
        let (name, kind) = (node.name.clone(), node.kind.to_owned());
        Some(Busy { name, kind, utilisation: node.utilisation?, queue_mean: node.queue_mean })
    });
    let links = report.links.iter().filter_map(|link| {
        let name = format!("{} from {} to {}", link.name, link.from, link.to);
        Some(Busy { name, kind: "link".to_owned(), utilisation: link.utilisation?, queue_mean: None })
    });
    let mut all: Vec<Busy> = nodes.chain(links).filter(|busy| busy.utilisation > Decimal::ZERO).collect();
    all.sort_by_key(|busy| Reverse(busy.utilisation));
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    all.retain(|busy| {
        let count = named.entry(busy.kind.clone()).or_default();
        *count += 1;
        *count <= BUSIEST_MAX
    });
    all
}
