//! Guard: what policy, quarantine and the dataplane of every firewall make of what the firewalls know.
//!
//! Takes the moments beside the witness. Knows the order within an instant: truth, tags that are meant, moments; judged is
//! what holds when the instant is over. Must not know the way that anything came.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::enforced::{DataUse, PolicyUse, QuarantineUse, absorb};
use super::findings::{Findings, PointFindings};
use super::meant::Meant;
use super::presence::Presence;
use super::rolls::Rolls;
use super::rulebook::Rulebook;
use super::sentry::{Sentry, Sums, World};
use crate::engine::{Moment, Node, Observer};
use crate::ids::{AddressId, LabelId, NodeId, UserId};
use crate::mapping::{Datum, Outcome};
use crate::random::Seed;
use crate::roles::{DataNote, Note};
use crate::scenario::Scenario;
use crate::topology::{Kind, Role};
use crate::units::Instant;
use crate::workload::{Threat, Workload};

/// Watches what firewalls do with what they know, as `docs/semantics.md` defines it.
#[derive(Debug)]
pub struct Guard {
    measure_from: Instant,
    now: Instant,
    rulebook: Option<Rulebook>,
    meant: Meant,
    blocking: Vec<LabelId>,
    threats: Arc<Vec<Threat>>,
    /// Threats of which the first log has been noted.
    logged: BTreeSet<u64>,
    carries_data: bool,
    has_threats: bool,
    presence: Presence,
    portals: BTreeSet<NodeId>,
    /// When an authentication at an address is over for some rule.
    lapses: BTreeSet<(Instant, AddressId)>,
    sentries: Vec<Sentry>,
    row_of: Vec<Option<usize>>,
    /// Whether each is a member of a pair, and whether it stands for itself or its pair.
    paired: Vec<bool>,
    preferred: Vec<bool>,
    fleet: Sums,
    dirty: BTreeSet<(usize, AddressId)>,
    /// Firewalls of which every address must be looked at.
    stirred: BTreeSet<usize>,
    /// Whether anything has changed that an open threat may wait for.
    has_stirred: bool,
}

impl Guard {
    /// A guard of a run of `scenario` with this workload and seed; `None` where nothing but tables is asked about.
    #[must_use]
    pub fn new(scenario: &Scenario, workload: &Workload, seed: Seed) -> Option<Self> {
        if !scenario.enforces_more_than_mappings() {
            return None;
        }
        let rulebook =
            scenario.enforcement.policy.as_ref().map(|policy| Rulebook::new(policy, workload, seed));
        let rules = rulebook.as_ref().map_or(0, Rulebook::len);
        let nodes = &scenario.topology.nodes;
        let (mut sentries, mut row_of) = (Vec::new(), vec![None; nodes.len()]);
        let (mut paired, mut preferred) = (Vec::new(), Vec::new());
        for (index, node) in nodes.iter().enumerate() {
            let Role::Point(point) = &node.role else { continue };
            if !point.enforces {
                continue;
            }
            let id = NodeId::new(index);
            let pair = scenario.topology.pairs.iter().find(|pair| pair.members.contains(&id));
            row_of[index] = Some(sentries.len());
            paired.push(pair.is_some());
            preferred.push(pair.is_none_or(|pair| pair.members[0] == id));
            let in_scope = workload.addresses.iter().map(|address| {
                point.scope.is_empty() || point.scope.iter().any(|network| network.contains(address))
            });
            let is_through = scenario.flows.through.contains(&id);
            let dataplane = scenario.enforcement.dataplane.get(&id).copied();
            let mut sentry = Sentry::new((id, node.site), is_through, in_scope.collect(), dataplane, rules);
            sentry.enforces = pair.is_none();
            sentries.push(sentry);
        }
        let policy = scenario.enforcement.policy.as_ref();
        let rolls = policy.map_or_else(Rolls::default, |policy| Rolls::new(policy, scenario, workload, seed));
        sentries.iter_mut().for_each(|sentry| sentry.roll = rolls.blank());
        let meant = Meant::new(scenario, workload, rolls);
        let mut guard = Self {
            measure_from: scenario.measure_from,
            now: Instant::ZERO,
            blocking: meant.blocking().into_iter().collect(),
            meant,
            threats: workload.threats.clone(),
            logged: BTreeSet::new(),
            carries_data: scenario.topology.carries_data(),
            has_threats: !scenario.enforcement.threats.is_empty() || !workload.threats.is_empty(),
            presence: Presence::new(scenario, workload),
            portals: nodes
                .iter()
                .enumerate()
                .filter(|(_, node)| node.kind == Kind::CaptivePortal)
                .map(|(index, _)| NodeId::new(index))
                .collect(),
            lapses: BTreeSet::new(),
            stirred: (0..sentries.len()).collect(),
            sentries,
            row_of,
            paired,
            preferred,
            fleet: Sums::new(rules),
            rulebook,
            dirty: BTreeSet::new(),
            has_stirred: false,
        };
        guard.pass(Instant::ZERO);
        Some(guard)
    }

    /// Writes what was found up to `end` into `findings`, whose rows are those of the same run.
    pub fn finish(mut self, end: Instant, findings: &mut Findings) {
        self.advance(end);
        self.flush();
        for row in 0..self.sentries.len() {
            self.accrue(row);
        }
        self.blank(&mut findings.fleet);
        self.fleet.tell(&mut findings.fleet);
        for row in 0..self.sentries.len() {
            let node = self.sentries[row].node;
            let Some((_, found)) = findings.points.iter_mut().find(|(id, _)| *id == node) else { continue };
            self.blank(found);
            self.tell(row, found);
            let (paired, preferred) = (self.paired[row], self.preferred[row]);
            absorb(&mut findings.fleet, found, !paired, preferred);
        }
    }

    /// Makes room for what is asked of this run.
    fn blank(&self, found: &mut PointFindings) {
        let weight = self.rulebook.as_ref().map(|rulebook| (rulebook.weight, rulebook.len()));
        found.policy = weight.map(|(weight, rules)| PolicyUse { weight, rules: vec![[0; 3]; rules] });
        found.quarantine = self.has_threats.then(QuarantineUse::default);
        found.data = self.carries_data.then(DataUse::default);
        found.dataplane = None;
    }

    fn tell(&mut self, row: usize, found: &mut PointFindings) {
        let sentry = &mut self.sentries[row];
        if let Some(dataplane) = &mut sentry.dataplane {
            dataplane.found.last = dataplane.count;
            found.dataplane = Some(dataplane.found);
        }
        if found.quarantine.is_some() {
            sentry.quarantine.not_quarantined =
                sentry.open.iter().filter(|(_, at)| *at >= self.measure_from).count() as u64;
            found.quarantine = Some(sentry.quarantine.clone());
        }
        if let Some(data) = &mut found.data {
            *data = DataUse { last: sentry.data.len() as u64, ..sentry.data_use };
        }
        sentry.sums.tell(found);
    }

    /// Brings everything that moves by itself up to `at`, before the moments of that instant.
    fn advance(&mut self, at: Instant) {
        loop {
            let lapse = self.lapses.first().map(|(at, _)| *at);
            let next = self.presence.next_at().into_iter().chain(self.meant.next_at()).chain(lapse).min();
            let Some(when) = next.filter(|when| *when <= at) else { break };
            self.reach(when);
            self.pass(when);
        }
        self.reach(at);
    }

    /// Time goes on to `at`; the instant before is over.
    fn reach(&mut self, at: Instant) {
        if at > self.now {
            self.flush();
            self.now = at;
        }
    }

    /// Truth and meant tags change as far as `now`.
    fn pass(&mut self, now: Instant) {
        for (address, has_authenticated) in self.presence.pass(now) {
            self.has_stirred = true;
            self.stir(address);
            if has_authenticated {
                self.will_lapse(address, i128::from(now.nanos()));
            }
        }
        while let Some((_, address)) = self.lapses.first().copied().filter(|(at, _)| *at <= now) {
            self.lapses.pop_first();
            self.stir(address);
        }
        if self.meant.next_at().is_some_and(|at| at <= now) {
            self.meant.step(now);
            self.stirred.extend(0..self.sentries.len());
        }
    }

    /// An address has to be looked at everywhere.
    fn stir(&mut self, address: AddressId) {
        self.dirty.extend((0..self.sentries.len()).map(|row| (row, address)));
    }

    /// Somebody authenticated at `address` when the portal's clock was `nanos` after the start.
    fn will_lapse(&mut self, address: AddressId, nanos: i128) {
        for within in self.rulebook.iter().flat_map(Rulebook::authenticated_within) {
            let over = u64::try_from(nanos + i128::from(within.nanos())).unwrap_or(0);
            self.lapses.insert((Instant::from_nanos(over).max(self.now), address));
        }
    }

    /// The instant is over: what it changed is judged.
    fn flush(&mut self) {
        if self.dirty.is_empty() && self.stirred.is_empty() && !self.has_stirred {
            return;
        }
        for row in std::mem::take(&mut self.stirred) {
            let addresses = 0..self.presence.present().len();
            self.dirty.extend(addresses.map(|index| (row, AddressId::new(index))));
            self.has_stirred = true;
        }
        let world = World {
            rulebook: self.rulebook.as_ref(),
            meant: &self.meant,
            presence: &self.presence,
            now: self.now,
            blocking: &self.blocking,
            has_threats: self.has_threats,
        };
        let (from, now) = (self.measure_from, self.now);
        for (row, address) in std::mem::take(&mut self.dirty) {
            let is_of_fleet = self.paired[row] && self.sentries[row].enforces;
            let fleet = is_of_fleet.then_some(&mut self.fleet);
            self.sentries[row].review(address, &world, |sentry| sentry.accrue(from, now, fleet));
        }
        if std::mem::take(&mut self.has_stirred) {
            for sentry in self.sentries.iter_mut().filter(|sentry| sentry.is_up && !sentry.open.is_empty()) {
                let open = std::mem::take(&mut sentry.open);
                for (user, at) in open {
                    let mut there =
                        self.presence.places(user).filter(|address| sentry.in_scope[address.index()]);
                    let is_blocked = there.any(|address| sentry.blocks(address, &self.blocking));
                    if !is_blocked {
                        sentry.open.push((user, at));
                    } else if at >= from {
                        sentry.quarantine.samples.record(now.since(at));
                    }
                }
            }
        }
    }

    fn accrue(&mut self, row: usize) {
        let is_of_fleet = self.paired[row] && self.sentries[row].enforces;
        let fleet = is_of_fleet.then_some(&mut self.fleet);
        self.sentries[row].accrue(self.measure_from, self.now, fleet);
    }

    fn on_note(&mut self, node: NodeId, note: &Note) {
        if let Note::Data(DataNote::Logged { threat }) = note {
            self.on_logged(node, *threat);
            return;
        }
        let Some(row) = self.row_of[node.index()] else { return };
        match note {
            Note::Enforcing(enforces) if self.paired[row] => {
                self.accrue(row);
                self.sentries[row].enforces = *enforces;
            }
            Note::Expired(addresses) => {
                for address in addresses {
                    self.hold(row, *address, None);
                }
            }
            Note::Merged { segment, outcomes, .. } => {
                let applied =
                    segment.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
                for (mapping, _) in applied {
                    let user = mapping.user.filter(|_| !mapping.log_off);
                    self.hold(row, mapping.address, user);
                    if let Some(user) = user.filter(|_| self.portals.contains(&mapping.source)) {
                        self.sentries[row].authenticated.insert(mapping.address, (user, mapping.timestamp));
                        self.will_lapse(mapping.address, mapping.timestamp.into());
                    }
                }
            }
            Note::Data(DataNote::Ended(keys)) => {
                for key in keys {
                    self.sentries[row].data.remove(key);
                }
                if self.now >= self.measure_from {
                    self.sentries[row].data_use.ended += keys.len() as u64;
                }
                self.stirred.insert(row);
            }
            Note::Followed { ledger, position } => {
                let is_news = self.meant.rolls.on_told(&mut self.sentries[row].roll, *ledger, *position);
                self.stirred.extend(is_news.then_some(row));
            }
            Note::Data(DataNote::Merged { data, outcomes, .. }) => self.on_data(row, data, outcomes),
            _ => {}
        }
    }

    fn hold(&mut self, row: usize, address: AddressId, user: Option<UserId>) {
        let counts = self.now >= self.measure_from;
        let before = self.sentries[row].dataplane.as_ref().map(|dataplane| dataplane.count);
        if before.is_some() {
            // The number of entries is about to change, or may be.
            self.accrue(row);
        }
        self.sentries[row].hold(address, user, counts);
        self.dirty.insert((row, address));
        self.has_stirred = true;
    }

    fn on_data(&mut self, row: usize, data: &[Datum], outcomes: &[Outcome]) {
        let counts = self.now >= self.measure_from;
        let sentry = &mut self.sentries[row];
        for (datum, outcome) in data.iter().zip(outcomes) {
            let used = &mut sentry.data_use;
            let count = match outcome {
                Outcome::Applied if datum.removed => {
                    sentry.data.remove(&datum.key);
                    &mut used.applied
                }
                Outcome::Applied => {
                    sentry.data.insert(datum.key, datum.persistent);
                    &mut used.applied
                }
                Outcome::Duplicate => &mut used.duplicates,
                Outcome::Hops => &mut used.hops,
                Outcome::Filtered | Outcome::Full | Outcome::Refused { .. } => &mut used.refused,
            };
            *count += u64::from(counts);
        }
        self.stirred.insert(row);
    }

    fn on_logged(&mut self, node: NodeId, number: u64) {
        let threat = &self.threats[usize::try_from(number).expect("threats fit in memory")];
        let (user, address) = (threat.user, threat.address);
        let is_first = self.logged.insert(number);
        let is_new = self.meant.condemn(self.now, user, node);
        if is_first && is_new {
            for sentry in self.sentries.iter_mut().filter(|sentry| sentry.in_scope[address.index()]) {
                sentry.open.push((user, self.now));
            }
        }
        self.stirred.extend(0..self.sentries.len());
    }
}

impl<N: Node<Note = Note>> Observer<N> for Guard {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        self.advance(at);
        match *moment {
            Moment::NodeDown { node, keeps_memory } => {
                let Some(row) = self.row_of[node.index()] else { return };
                self.accrue(row);
                let sentry = &mut self.sentries[row];
                sentry.is_up = false;
                sentry.enforces = !self.paired[row];
                if !keeps_memory {
                    sentry.forget();
                    sentry.roll = self.meant.rolls.blank();
                }
                self.stirred.insert(row);
            }
            Moment::NodeUp { node } => {
                let Some(row) = self.row_of[node.index()] else { return };
                self.accrue(row);
                self.sentries[row].is_up = true;
                self.stirred.insert(row);
            }
            Moment::Note { node, note } => self.on_note(node, note),
            _ => {}
        }
    }
}
