//! Fleet: which points enforce, who stands for a pair, and who was there to be told.
//!
//! Knows pairs, rows and their enforcing. Must not know updates.

use super::findings::{Fates, PointFindings};
use super::paths::Paths;
use super::windows::ClassWindows;
use crate::topology::Topology;
use crate::units::Instant;

/// A firewall outside a pair, or a pair: rows, the preferred one first.
#[derive(Debug)]
pub(super) struct Unit {
    /// Its rows.
    pub(super) rows: Vec<usize>,
    is_pair: bool,
    /// When a member of the pair was last seen to enforce, while none does.
    idle_since: Option<Instant>,
}

/// All enforcement points together.
#[derive(Debug)]
pub(super) struct Fleet {
    /// Firewalls outside pairs and pairs.
    pub(super) units: Vec<Unit>,
    /// The unit of each row.
    pub(super) unit_of: Vec<usize>,
    enforcing: Vec<bool>,
    before: Vec<bool>,
    changed_at: Instant,
    /// Row sets that stood for the fleet, or were an audience; each differs from the one before it.
    stands: Vec<Vec<bool>>,
    audiences: Vec<Vec<bool>>,
    idle: u128,
}

impl Fleet {
    /// All nodes are up; of pairs nobody enforces yet.
    pub(super) fn new(topology: &Topology, paths: &Paths) -> Self {
        let mut unit_of = vec![usize::MAX; paths.rows.len()];
        let mut units = Vec::new();
        for pair in &topology.pairs {
            let rows: Vec<usize> =
                pair.members.iter().filter_map(|member| paths.row_of[member.index()]).collect();
            if rows.is_empty() {
                continue;
            }
            for row in &rows {
                unit_of[*row] = units.len();
            }
            units.push(Unit { rows, is_pair: true, idle_since: Some(Instant::ZERO) });
        }
        for (row, unit) in unit_of.iter_mut().enumerate() {
            if *unit == usize::MAX {
                *unit = units.len();
                units.push(Unit { rows: vec![row], is_pair: false, idle_since: None });
            }
        }
        let enforcing: Vec<bool> = unit_of.iter().map(|unit| !units[*unit].is_pair).collect();
        Self {
            units,
            unit_of,
            before: enforcing.clone(),
            enforcing,
            changed_at: Instant::ZERO,
            stands: Vec::new(),
            audiences: Vec::new(),
            idle: 0,
        }
    }

    /// Whether `row` enforces.
    pub(super) fn enforces(&self, row: usize) -> bool {
        self.enforcing[row]
    }

    /// Whether `row` is a member of a pair.
    pub(super) fn is_paired(&self, row: usize) -> bool {
        self.units[self.unit_of[row]].is_pair
    }

    /// Whether `row` is a firewall outside a pair or its pair's preferred member.
    pub(super) fn is_preferred(&self, row: usize) -> bool {
        self.units[self.unit_of[row]].rows[0] == row
    }

    /// The other members of `row`'s pair.
    pub(super) fn others(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        self.units[self.unit_of[row]].rows.iter().copied().filter(move |other| *other != row)
    }

    /// `row` enforces from now on, or no longer.
    pub(super) fn set(&mut self, measure_from: Instant, now: Instant, row: usize, enforcing: bool) {
        if self.changed_at != now {
            self.changed_at = now;
            self.before.clone_from(&self.enforcing);
        }
        self.enforcing[row] = enforcing;
        let unit = &mut self.units[self.unit_of[row]];
        let any = unit.rows.iter().any(|row| self.enforcing[*row]);
        match unit.idle_since {
            None if !any => unit.idle_since = Some(now),
            Some(since) if any => {
                unit.idle_since = None;
                self.idle += u128::from(now.since(since.max(measure_from).min(now)).nanos());
            }
            _ => {}
        }
    }

    /// The time in which no member of a unit enforced, over all units.
    pub(super) fn idle(&self, measure_from: Instant, end: Instant) -> u128 {
        let open = self.units.iter().filter_map(|unit| unit.idle_since);
        let rest: u128 =
            open.map(|since| u128::from(end.since(since.max(measure_from).min(end)).nanos())).sum();
        self.idle + rest
    }

    /// The rows that stand for the fleet for what occurred at `now`: of a pair who enforced when `now` began.
    pub(super) fn stand(&mut self, now: Instant) -> usize {
        let enforcing = if self.changed_at == now { &self.before } else { &self.enforcing };
        let mut stand = vec![false; self.unit_of.len()];
        for unit in &self.units {
            let row = unit.rows.iter().find(|row| enforcing[**row]).unwrap_or(&unit.rows[0]);
            stand[*row] = true;
        }
        keep(&mut self.stands, stand)
    }

    /// Whether `row` is the member in `stand` of a pair. (Rows outside pairs always stand for themselves and
    /// are absorbed at the end.)
    pub(super) fn stands_for_pair(&self, stand: usize, row: usize) -> bool {
        self.stands[stand][row] && self.is_paired(row)
    }

    /// The rows that enforce and are `reachable`.
    pub(super) fn audience(&mut self, reachable: &[bool]) -> usize {
        let audience = self.enforcing.iter().zip(reachable).map(|(one, other)| *one && *other).collect();
        keep(&mut self.audiences, audience)
    }

    /// Whether `row` is in `audience`.
    pub(super) fn hears(&self, audience: usize, row: usize) -> bool {
        self.audiences[audience][row]
    }
}

/// The position of `set`; the last one is used again where it is the same.
fn keep(sets: &mut Vec<Vec<bool>>, set: Vec<bool>) -> usize {
    if sets.last() != Some(&set) {
        sets.push(set);
    }
    sets.len() - 1
}

/// Adds a row outside a pair, which enforces whenever it is up, but for what the fleet has of its own:
/// down time, visibility, age and table; and but for its windows.
pub(super) fn absorb(fleet: &mut PointFindings, row: &PointFindings) {
    fleet.classes.add(&row.classes);
    fleet.replica.add(&row.replica);
    fleet.staleness.add(&row.staleness);
    fleet.change_staleness.add(&row.change_staleness);
    add_fates(&mut fleet.fates, &row.fates);
    fleet.incorrect_area_twice += row.incorrect_area_twice;
    fleet.behind_area += row.behind_area;
    fleet.breakdown.observe += row.breakdown.observe;
    fleet.breakdown.parts.add(&row.breakdown.parts);
    for (hop, parts) in &row.breakdown.hops {
        fleet.breakdown.hops.entry(*hop).or_default().add(parts);
    }
    fleet.blame.unobserved += row.blame.unobserved;
    fleet.blame.in_transit += row.blame.in_transit;
    fleet.blame.lost += row.blame.lost;
    fleet.blame.expired += row.blame.expired;
    fleet.blame.conflict += row.blame.conflict;
    fleet.blame.disconnected += row.blame.disconnected;
    for (hop, area) in &row.blame.hops {
        *fleet.blame.hops.entry(*hop).or_default() += area;
    }
    fleet.exposure.stays += row.exposure.stays;
    fleet.exposure.wrong += row.exposure.wrong;
    fleet.exposure.unknown += row.exposure.unknown;
}

/// Adds a row that stands for the fleet throughout, or several: its table and its windows, too, which are as many, unless there
/// are none yet.
pub fn add_whole(fleet: &mut PointFindings, row: &PointFindings) {
    absorb(fleet, row);
    add_table(fleet, row);
    for (sum, more) in
        [(&mut fleet.windows, &row.windows), (&mut fleet.replica_windows, &row.replica_windows)]
    {
        if sum.is_empty() {
            *sum = ClassWindows::empty(more.len());
        }
        sum.add(more);
    }
}

/// Adds how others ended.
pub fn add_fates(all: &mut Fates, more: &Fates) {
    all.applied += more.applied;
    all.superseded += more.superseded;
    all.refused += more.refused;
    all.filtered += more.filtered;
    all.pending += more.pending;
    all.lost_loss += more.lost_loss;
    all.lost_queue += more.lost_queue;
    all.lost_crash += more.lost_crash;
    all.lost_hops += more.lost_hops;
    all.lost_port += more.lost_port;
    all.lost_key += more.lost_key;
    all.duplicates += more.duplicates;
}

/// Adds what the fleet has of a row that stands for it throughout: its table.
pub(super) fn add_table(fleet: &mut PointFindings, row: &PointFindings) {
    fleet.table.area += row.table.area;
    fleet.table.peak = fleet.table.peak.max(row.table.peak);
    fleet.table.last += row.table.last;
    fleet.table.refused += row.table.refused;
    fleet.table_hash = fleet.table_hash.wrapping_add(row.table_hash);
}
