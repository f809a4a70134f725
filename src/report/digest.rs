//! The digest: one short word that differs whenever anything measured differs.
//!
//! Every field of the findings goes in, in order; the patterns name them all, so that a new one does not
//! compile until it is added here. What the run cost stays out.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::ids::NodeId;
use crate::observe::{
    Age, Blame, Breakdown, ClassWindows, Classes, Convergence, DataUse, DataplaneUse, Disturbance,
    DisturbanceKind, Exposure, Fates, Findings, LedgerFindings, LinkUse, NodeUse, Parts, PointFindings,
    PolicyUse, QuarantineUse, Samples, TableUse,
};
use crate::units::{Instant, Span};
use crate::workload::BlockUse;

/// The first 16 hexadecimal digits of the hash of what was found. Two files that lead to the same findings have the
/// same digest.
#[must_use]
pub(super) fn digest(findings: &Findings, ledgers: &[LedgerFindings]) -> String {
    let mut hash = Hash(Sha256::new());
    hash.findings(findings);
    hash.each(ledgers, Hash::ledger);
    shortened(hash.0)
}

/// The first 16 hexadecimal digits.
pub(super) fn shortened(hash: Sha256) -> String {
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

struct Hash(Sha256);

impl Hash {
    fn numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        for number in numbers {
            self.0.update(number.to_le_bytes());
        }
    }

    fn sums<const N: usize>(&mut self, sums: [u128; N]) {
        for sum in sums {
            self.0.update(sum.to_le_bytes());
        }
    }

    /// An absent number differs from every present one by its length.
    fn perhaps(&mut self, number: Option<u64>) {
        match number {
            None => self.numbers([0]),
            Some(number) => self.numbers([1, number]),
        }
    }

    fn each<T>(&mut self, items: &[T], add: impl Fn(&mut Self, &T)) {
        self.numbers([items.len() as u64]);
        items.iter().for_each(|item| add(self, item));
    }

    fn windows(&mut self, windows: &ClassWindows) {
        self.numbers([windows.len() as u64]);
        self.0.update(windows.hash());
    }

    fn hops<T>(&mut self, hops: &BTreeMap<(NodeId, NodeId), T>, add: impl Fn(&mut Self, &T)) {
        self.numbers([hops.len() as u64]);
        for ((from, to), item) in hops {
            self.numbers([from.index() as u64, to.index() as u64]);
            add(self, item);
        }
    }

    fn findings(&mut self, findings: &Findings) {
        let Findings {
            measured_from,
            end,
            points,
            fleet,
            agreement,
            convergence,
            disturbances,
            nodes,
            links,
        } = findings;
        self.numbers([measured_from.nanos(), end.nanos()]);
        self.each(points, |hash, (node, point)| {
            hash.numbers([node.index() as u64]);
            hash.point(point);
        });
        self.point(fleet);
        self.each(agreement, |hash, (same, known)| hash.numbers([*same, *known]));
        let Convergence { samples, not_converged, unreachable } = convergence;
        self.samples(samples);
        self.numbers([*not_converged, *unreachable]);
        self.each(disturbances, Self::disturbance);
        self.each(nodes, Self::node);
        self.each(links, |hash, (link, directions)| {
            hash.numbers([link.index() as u64]);
            directions.iter().for_each(|direction| hash.link(direction));
        });
    }

    fn point(&mut self, point: &PointFindings) {
        let PointFindings {
            classes,
            windows,
            replica,
            replica_windows,
            down,
            staleness,
            // Only kept when asked for; what is in it is in `staleness`.
            lately: _,
            change_staleness,
            fates,
            age,
            incorrect_area_twice,
            behind_area,
            breakdown,
            blame,
            visibility,
            exposure,
            table,
            table_hash,
            policy,
            quarantine,
            dataplane,
            data,
        } = point;
        self.classes(classes);
        self.windows(windows);
        self.classes(replica);
        self.windows(replica_windows);
        self.sums([*down]);
        self.samples(staleness);
        self.samples(change_staleness);
        self.fates(fates);
        self.age(age);
        self.sums([*incorrect_area_twice, *behind_area]);
        self.breakdown(breakdown);
        self.blame(blame);
        self.each(visibility, |hash, (visible, all)| hash.numbers([*visible, *all]));
        let Exposure { stays, wrong, unknown } = *exposure;
        self.sums([stays, wrong, unknown]);
        let TableUse { area, peak, last, refused } = *table;
        self.sums([area]);
        self.numbers([peak, last, refused, *table_hash]);
        self.enforcement((policy, quarantine), (dataplane, data));
    }

    /// What is not asked for leaves no trace.
    fn enforcement(
        &mut self,
        (policy, quarantine): (&Option<PolicyUse>, &Option<QuarantineUse>),
        (dataplane, data): (&Option<DataplaneUse>, &Option<DataUse>),
    ) {
        if let Some(PolicyUse { weight, rules }) = policy {
            self.numbers([*weight]);
            self.each(rules, |hash, rule| hash.sums(*rule));
        }
        if let Some(QuarantineUse { samples, not_quarantined, blocked, let_through, innocent }) = quarantine {
            self.samples(samples);
            self.numbers([*not_quarantined]);
            self.sums([*blocked, *let_through, *innocent]);
        }
        if let Some(DataplaneUse { capacity, area, last, refused, hidden }) = *dataplane {
            self.numbers([capacity, last, refused]);
            self.sums([area, hidden]);
        }
        if let Some(DataUse { applied, duplicates, refused, hops, ended, last }) = *data {
            self.numbers([applied, duplicates, refused, hops, ended, last]);
        }
    }

    fn classes(&mut self, classes: &Classes) {
        let Classes { current, outdated, missing, lingering } = *classes;
        self.sums([current, outdated, missing, lingering]);
    }

    fn ledger(&mut self, findings: &LedgerFindings) {
        let LedgerFindings { reader, ledger, staleness, unread, blocks } = findings;
        let BlockUse { blocks, log_ons, peak, refused, refused_more } = *blocks;
        self.numbers([reader.index() as u64, ledger.index() as u64, *unread]);
        self.samples(staleness);
        self.numbers([blocks, log_ons, peak, refused, refused_more]);
    }

    fn samples(&mut self, samples: &Samples) {
        let Samples { count, sum, max, histogram, is_near } = samples;
        self.numbers([*count, *max]);
        self.sums([*sum]);
        if *is_near {
            return;
        }
        for (micros, count) in histogram.recorded() {
            self.numbers([micros, count]);
        }
    }

    fn fates(&mut self, fates: &Fates) {
        let Fates {
            applied,
            superseded,
            refused,
            filtered,
            pending,
            lost_loss,
            lost_queue,
            lost_crash,
            lost_hops,
            lost_port,
            lost_key,
            duplicates,
        } = *fates;
        self.numbers([applied, superseded, refused, filtered, pending, lost_loss, lost_queue, lost_crash]);
        self.numbers([lost_hops, lost_port, lost_key, duplicates]);
    }

    fn age(&mut self, age: &Age) {
        let Age { area, time, peaks, peak_sum, peak_max, worst_source } = *age;
        self.sums([area, time, peak_sum]);
        self.numbers([peaks, peak_max]);
        self.perhaps(worst_source.map(|node| node.index() as u64));
    }

    fn parts(&mut self, parts: &Parts) {
        let Parts { batch, queue, process, transmit, propagate, recover } = *parts;
        self.sums([batch, queue, process, transmit, propagate, recover]);
    }

    fn breakdown(&mut self, breakdown: &Breakdown) {
        let Breakdown { observe, parts, hops } = breakdown;
        self.sums([*observe]);
        self.parts(parts);
        self.hops(hops, Self::parts);
    }

    fn blame(&mut self, blame: &Blame) {
        let Blame { unobserved, in_transit, lost, expired, conflict, disconnected, hops } = blame;
        self.sums([*unobserved, *in_transit, *lost, *expired, *conflict, *disconnected]);
        self.hops(hops, |hash, nanos| hash.sums([*nanos]));
    }

    fn disturbance(&mut self, disturbance: &Disturbance) {
        let Disturbance { kind, node, at, until, convergence, unreachable } = *disturbance;
        let (kind, index) = match kind {
            DisturbanceKind::Failover => (0, 0),
            DisturbanceKind::Fault(index) => (1, index),
            DisturbanceKind::Storm(index) => (2, index),
        };
        self.numbers([kind, index as u64, at.nanos(), unreachable]);
        self.perhaps(node.map(|node| node.index() as u64));
        self.perhaps(until.map(Instant::nanos));
        self.perhaps(convergence.map(Span::nanos));
    }

    fn node(&mut self, node: &NodeUse) {
        let NodeUse {
            messages_in,
            messages_out,
            mappings_in,
            mappings_out,
            busy,
            queue_area,
            queue_peak,
            resyncs,
            resets,
        } = *node;
        self.numbers([messages_in, messages_out, mappings_in, mappings_out, queue_peak, resyncs, resets]);
        self.sums([busy, queue_area]);
    }

    fn link(&mut self, link: &LinkUse) {
        let LinkUse { messages, bytes, busy, entered, left, lost, retransmitted, sessions_opened } = *link;
        self.numbers([messages, bytes, entered, left, lost, retransmitted, sessions_opened]);
        self.sums([busy]);
    }
}
