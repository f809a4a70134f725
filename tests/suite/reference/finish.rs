//! From everything that happened to findings.

use std::collections::BTreeMap;

use uidsim::ids::NodeId;
use uidsim::observe::{Age, Classes, Convergence, Findings, NodeUse, PointFindings, TableUse};
use uidsim::units::Instant;

use super::Reference;
use super::law;
use super::measure::Row;
use super::state::Knowledge;

impl Reference {
    /// All findings but those of links, and of nodes only what they received and sent: the rest the engine alone knows.
    pub(crate) fn finish(mut self) -> Findings {
        let end = self.state.facts.end();
        let window = self.state.facts.scenario.window.nanos();
        self.advance(end);
        if !end.nanos().is_multiple_of(window) {
            self.measures.end_window(&self.state);
        }
        let windows = end.nanos().div_ceil(window) as usize;
        let points: Vec<(NodeId, PointFindings)> = self
            .state
            .facts
            .points
            .iter()
            .map(|point| (*point, self.point_findings(*point, windows)))
            .collect();
        Findings {
            measured_from: self.state.facts.scenario.measure_from,
            end,
            fleet: self.fleet_findings(&points, windows),
            points,
            agreement: self.measures.agreement.clone(),
            convergence: self.convergence(),
            disturbances: self.healings.found(),
            nodes: self.state.counts.iter().map(node_use).collect(),
            links: Vec::new(),
        }
    }

    fn point_findings(&self, point: NodeId, windows: usize) -> PointFindings {
        let row = self.measures.points.get(&point).cloned().unwrap_or_default();
        let mut found = from_row(row, windows);
        self.tell_pairs(&self.own_pairs(point), &mut found);
        let known = self.state.knowledge.iter().filter(|((who, _), _)| *who == point);
        found.age = age(known.map(|((_, source), knowledge)| (*source, knowledge)));
        found.visibility = self.visibility(&self.own_audiences(point));
        let table = self.state.tables.get(&point).cloned().unwrap_or_default();
        found.table.peak = self.state.table_peaks.get(&point).copied().unwrap_or(0);
        found.table.last = law::users(&table);
        found.table.refused = self.state.refused_full.get(&point).copied().unwrap_or(0);
        found.table_hash = table_hash(&table);
        found
    }

    fn fleet_findings(&self, points: &[(NodeId, PointFindings)], windows: usize) -> PointFindings {
        let mut found = from_row(self.measures.fleet.clone(), windows);
        self.tell_pairs(&self.fleet_pairs(), &mut found);
        found.visibility = self.visibility(&self.fleet_audiences());
        let firsts: Vec<NodeId> = self.state.facts.units().into_iter().map(|unit| unit[0]).collect();
        let known = self.state.knowledge.iter().filter(|((who, _), _)| firsts.contains(who));
        found.age = age(known.map(|((_, source), knowledge)| (*source, knowledge)));
        found.table = TableUse::default();
        for (_, row) in points.iter().filter(|(point, _)| firsts.contains(point)) {
            found.table.area += row.table.area;
            found.table.peak = found.table.peak.max(row.table.peak);
            found.table.last += row.table.last;
            found.table.refused += row.table.refused;
            found.table_hash = found.table_hash.wrapping_add(row.table_hash);
        }
        found
    }

    fn convergence(&self) -> Convergence {
        let mut found = Convergence::default();
        for id in self.counted() {
            let (audience, unreachable) = &self.audiences[&id];
            found.unreachable += unreachable;
            if audience.is_empty() {
                continue;
            }
            let seen: Option<Vec<Instant>> = audience.iter().map(|p| self.visible(*p, id)).collect();
            match seen.and_then(|seen| seen.into_iter().max()) {
                Some(last) => found.samples.record(last.since(self.state.facts.key(id).0)),
                None => found.not_converged += 1,
            }
        }
        found
    }
}

fn node_use(counts: &[u64; 4]) -> NodeUse {
    let [messages_in, messages_out, mappings_in, mappings_out] = *counts;
    NodeUse { messages_in, messages_out, mappings_in, mappings_out, ..NodeUse::default() }
}

fn from_row(row: Row, windows: usize) -> PointFindings {
    let padded = |mut classes: Vec<Classes>| {
        assert!(classes.len() <= windows, "no window begins after the end");
        classes.resize(windows, Classes::default());
        classes
    };
    PointFindings {
        classes: row.classes,
        windows: padded(row.windows).into_iter().collect(),
        replica: row.replica,
        replica_windows: padded(row.replica_windows).into_iter().collect(),
        down: row.down,
        incorrect_area_twice: row.incorrect_area_twice,
        behind_area: row.behind_area,
        blame: row.blame,
        exposure: row.exposure,
        table: TableUse { area: row.table_area, ..TableUse::default() },
        ..PointFindings::default()
    }
}

fn age<'a>(known: impl Iterator<Item = (NodeId, &'a Knowledge)>) -> Age {
    let mut age = Age::default();
    let mut area_twice = 0;
    let mut by_source: BTreeMap<NodeId, (u128, u128)> = BTreeMap::new();
    for (source, knowledge) in known {
        area_twice += knowledge.area_twice;
        age.time += knowledge.time;
        age.peaks += knowledge.peaks.len() as u64;
        for peak in &knowledge.peaks {
            age.peak_sum += u128::from(peak.nanos());
            age.peak_max = age.peak_max.max(peak.nanos());
        }
        let sum = by_source.entry(source).or_default();
        *sum = (sum.0 + knowledge.area_twice, sum.1 + knowledge.time);
    }
    age.area = area_twice / 2;
    let mut worst: Option<(NodeId, (u128, u128))> = None;
    for (source, (area, time)) in by_source.into_iter().filter(|(_, (_, time))| *time > 0) {
        if worst.is_none_or(|(_, (a, t))| area * t > a * time) {
            worst = Some((source, (area, time)));
        }
    }
    age.worst_source = worst.map(|(source, _)| source);
    age
}

fn table_hash(table: &law::Table) -> u64 {
    let mut sum = 0_u64;
    for (address, slot) in table {
        let Some(user) = slot.user else { continue };
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let words = [address.index() as u64, user.index() as u64, slot.id.0.index() as u64, slot.id.1];
        for byte in words.into_iter().flat_map(u64::to_le_bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        sum = sum.wrapping_add(hash);
    }
    sum
}
