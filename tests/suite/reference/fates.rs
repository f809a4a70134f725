//! How each update ended at each point, judged at the end of the run from everything that happened.

use uidsim::ids::NodeId;
use uidsim::observe::{Fates, PointFindings, VISIBILITY_SPANS};
use uidsim::units::{Instant, Span};

use super::Reference;
use super::facts::Id;
use super::state::{Application, Kind};

/// The one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Applied,
    Filtered,
    Lost(Kind),
    Pending,
    Refused,
    Superseded,
}

impl Reference {
    /// The updates that have a fate.
    pub(super) fn counted(&self) -> Vec<Id> {
        self.state.noticed.keys().copied().filter(|id| self.state.facts.is_counted(*id)).collect()
    }

    /// The fate of a counted, noticed update at a point that has it in scope.
    pub(super) fn fate(&self, point: NodeId, id: Id) -> Fate {
        let (state, facts) = (&self.state, &self.state.facts);
        if state.has_applied(point, id) {
            return Fate::Applied;
        }
        let address = facts.update(id).expect("counted updates are in the workload").address;
        let is_overtaken = state.mark(point, address) > Some(facts.key(id));
        if state.alive(id).iter().any(|(edge, _)| facts.leads_to(*edge, point)) {
            return if is_overtaken { Fate::Superseded } else { Fate::Pending };
        }
        let deaths = state.deaths.iter().rev();
        if let Some(last) = deaths.into_iter().find(|d| d.id == id && facts.is_on_the_way(d.place, point)) {
            return match last.kind {
                Kind::Filtered => Fate::Filtered,
                Kind::Full | Kind::Refused => Fate::Refused,
                Kind::Superseded => Fate::Superseded,
                lost => Fate::Lost(lost),
            };
        }
        if !facts.upstreams[&point].contains(&id.0) {
            return Fate::Filtered;
        }
        if is_overtaken { Fate::Superseded } else { Fate::Lost(Kind::LostLoss) }
    }

    fn has_in_scope(&self, point: NodeId, id: Id) -> bool {
        let update = self.state.facts.update(id).expect("counted updates are in the workload");
        self.state.facts.in_scope(point, update.address)
    }

    /// The pairs (update, point) that a point's own row is made of.
    pub(super) fn own_pairs(&self, point: NodeId) -> Vec<(NodeId, Id)> {
        let own = self.counted().into_iter().filter(|id| self.has_in_scope(point, *id));
        own.map(|id| (point, id)).collect()
    }

    /// The pairs (update, point) that the fleet's row is made of.
    pub(super) fn fleet_pairs(&self) -> Vec<(NodeId, Id)> {
        let mut pairs = Vec::new();
        for id in self.counted() {
            let enforcing = &self.enforcing_at[&id];
            for unit in self.state.facts.units() {
                let chosen = unit.iter().copied().find(|p| enforcing.contains(p)).unwrap_or(unit[0]);
                if self.has_in_scope(chosen, id) {
                    pairs.push((chosen, id));
                }
            }
        }
        pairs
    }

    /// Fates, staleness, breakdown and duplicates of these pairs.
    pub(super) fn tell_pairs(&self, pairs: &[(NodeId, Id)], found: &mut PointFindings) {
        for (point, id) in pairs.iter().copied() {
            count_fate(&mut found.fates, self.fate(point, id));
            let given = self.state.duplicates.iter().filter(|one| **one == (point, id));
            found.fates.duplicates += given.count() as u64;
            let applications = self.state.applications.get(&point);
            let first = applications.and_then(|all| all.iter().find(|one| one.id == id));
            if let Some(first) = first {
                self.tell_application(point, first, found);
            }
        }
    }

    fn tell_application(&self, point: NodeId, first: &Application, found: &mut PointFindings) {
        let stale = first.at.since(self.state.facts.key(first.id).0);
        found.staleness.record(stale);
        if self.state.changes.contains(&(point, first.id)) {
            found.change_staleness.record(stale);
        }
        let mut total = first.journey.observe;
        found.breakdown.observe += first.journey.observe;
        for (hop, parts) in &first.journey.hops {
            found.breakdown.parts.add(parts);
            found.breakdown.hops.entry(*hop).or_default().add(parts);
            total += parts.total();
        }
        assert_eq!(total, u128::from(stale.nanos()), "the parts of {:?} add up at {point:?}", first.id);
    }

    /// When `id` was first to be seen at `point`, itself or in something newer.
    pub(super) fn visible(&self, point: NodeId, id: Id) -> Option<Instant> {
        let facts = &self.state.facts;
        let address = facts.update(id)?.address;
        let applications = self.state.applications.get(&point)?;
        let mut seen =
            applications.iter().filter(|one| one.address == address && facts.key(one.id) >= facts.key(id));
        seen.next().map(|one| one.at)
    }

    /// The table of visibility over updates, each with the points that must see it.
    pub(super) fn visibility(&self, audiences: &[(Id, Vec<NodeId>)]) -> [(u64, u64); 9] {
        VISIBILITY_SPANS.map(|span: Span| {
            let mut row = (0, 0);
            for (id, audience) in audiences {
                let until = self.state.facts.key(*id).0 + span;
                if until <= self.state.facts.end() {
                    row.1 += 1;
                    let sees = |point: &NodeId| self.visible(*point, *id).is_some_and(|at| at <= until);
                    row.0 += u64::from(audience.iter().all(sees));
                }
            }
            row
        })
    }

    /// Of one point: every update in scope that no filter holds back.
    pub(super) fn own_audiences(&self, point: NodeId) -> Vec<(Id, Vec<NodeId>)> {
        let pairs = self.own_pairs(point).into_iter();
        let open = pairs.filter(|(point, id)| self.fate(*point, *id) != Fate::Filtered);
        open.map(|(point, id)| (id, vec![point])).collect()
    }

    /// Of the fleet: every update with those of its audience whom no filter keeps it from.
    pub(super) fn fleet_audiences(&self) -> Vec<(Id, Vec<NodeId>)> {
        let mut audiences = Vec::new();
        for id in self.counted() {
            let mut audience = self.audiences[&id].0.clone();
            audience.retain(|p| self.fate(*p, id) != Fate::Filtered);
            if !audience.is_empty() {
                audiences.push((id, audience));
            }
        }
        audiences
    }
}

fn count_fate(fates: &mut Fates, fate: Fate) {
    let count = match fate {
        Fate::Applied => &mut fates.applied,
        Fate::Filtered => &mut fates.filtered,
        Fate::Pending => &mut fates.pending,
        Fate::Refused => &mut fates.refused,
        Fate::Superseded => &mut fates.superseded,
        Fate::Lost(Kind::LostCrash) => &mut fates.lost_crash,
        Fate::Lost(Kind::LostHops) => &mut fates.lost_hops,
        Fate::Lost(Kind::LostKey) => &mut fates.lost_key,
        Fate::Lost(Kind::LostPort) => &mut fates.lost_port,
        Fate::Lost(Kind::LostQueue) => &mut fates.lost_queue,
        Fate::Lost(_) => &mut fates.lost_loss,
    };
    *count += 1;
}
