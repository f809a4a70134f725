//! What goes wrong.

use uidsim::ids::{LinkId, NodeId, SiteId};
use uidsim::scenario::{Degraded, Fault, FaultKind};
use uidsim::units::Instant;

use super::Grower;

impl Grower {
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        let count = if self.chance(25) { 0 } else { 1 + self.below(4) };
        (0..count).filter_map(|index| self.fault(index)).collect()
    }

    fn fault(&mut self, index: usize) -> Option<Fault> {
        let kind = self.fault_kind()?;
        let length = self.duration.seconds() as u64 * 1_000;
        let at = Instant::after_start(self.span(0, length * 3 / 4));
        let until = match kind {
            FaultKind::Reset { .. } => Some(at),
            _ => self.chance(80).then(|| at + self.span(100, length / 3)),
        };
        Some(Fault { name: format!("fault-{index}"), at, until, kind })
    }

    fn fault_kind(&mut self) -> Option<FaultKind> {
        let links: Vec<LinkId> = (0..self.topology.links.len()).map(LinkId::new).collect();
        if !self.members.is_empty() && self.chance(50) {
            let members = self.members.clone();
            let node = self.pick(&members);
            return Some(match self.below(2) {
                0 => FaultKind::Suspend { node },
                _ => FaultKind::Crash { node, keeps_table: self.chance(50) },
            });
        }
        if !self.topology.sessions.is_empty() && self.chance(20) {
            let clients: Vec<NodeId> = self.topology.sessions.iter().map(|session| session.client).collect();
            return Some(FaultKind::Reset { node: self.pick(&clients) });
        }
        if self.chance(15) {
            let nodes: Vec<NodeId> = (0..self.nodes.len()).map(NodeId::new).collect();
            return Some(match self.below(2) {
                0 => FaultKind::DnsDown { nodes: self.some_of(&nodes, 60) },
                _ => FaultKind::ServiceRouteDown { node: self.pick(&nodes) },
            });
        }
        if links.is_empty() || self.chance(40) {
            let nodes: Vec<NodeId> = (0..self.nodes.len()).map(NodeId::new).collect();
            let node = self.pick(&nodes);
            return Some(FaultKind::Crash { node, keeps_table: self.chance(50) });
        }
        let link = self.pick(&links);
        Some(match self.below(3) {
            0 => FaultKind::LinkDown { link },
            1 => FaultKind::Partition { site: SiteId::new(self.below(self.topology.sites.len())) },
            _ => FaultKind::Degraded { link, to: self.degraded() },
        })
    }

    pub(super) fn degraded(&mut self) -> Degraded {
        Degraded {
            latency: self.chance(50).then(|| self.span(0, 200)),
            jitter: self.chance(50).then(|| self.delay(100)),
            bandwidth: self.chance(50).then(|| self.rate()),
            loss: self.chance(50).then(|| self.share(&[0, 10, 50])),
        }
    }
}
