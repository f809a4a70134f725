//! Sentry: one firewall as policy sees it: its tables, its tags, and what every flow that crosses it meets.
//!
//! Knows counts and time. Must not know when anything comes.

use std::collections::BTreeMap;

use super::dataplane::Dataplane;
use super::enforced::{DataUse, PolicyUse, QuarantineUse};
use super::findings::PointFindings;
use super::meant::Meant;
use super::presence::Presence;
use super::rolls::Roll;
use super::rulebook::{Belief, Flow, Rulebook};
use crate::ids::{AddressId, LabelId, NodeId, SiteId, UserId};
use crate::mapping::DatumKey;
use crate::units::Instant;

/// What a decision is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    WrongAllow,
    WrongDeny,
}

/// What quarantine does to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It is blocked as it should be.
    Blocked,
    /// It should be, and is not.
    LetThrough,
    /// It is, and should not be.
    Innocent,
}

/// What one address adds to its firewall's counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// Per destination: which rule decides, and what that is worth; empty where no flow is judged.
    decided: Vec<(usize, Verdict)>,
    stop: Option<Stop>,
    /// Whether the management plane knows who is there and the dataplane does not.
    hidden: bool,
}

/// The counts of one firewall; of rules, weighed by the shares of destinations.
#[derive(Clone, Debug, Default)]
struct Counts {
    rules: Vec<[u64; 3]>,
    stops: [u64; 3],
    hidden: u64,
}

/// Integrals of counts. Units: ns.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    rules: Vec<[u128; 3]>,
    stops: [u128; 3],
    hidden: u128,
}

impl Sums {
    /// Nothing yet, of so many rules.
    pub(super) fn new(rules: usize) -> Self {
        Self { rules: vec![[0; 3]; rules], ..Self::default() }
    }

    fn charge(&mut self, counts: &Counts, span: u128) {
        for (sum, count) in self.rules.iter_mut().flatten().zip(counts.rules.iter().flatten()) {
            *sum += u128::from(*count) * span;
        }
        for (sum, count) in self.stops.iter_mut().zip(counts.stops) {
            *sum += u128::from(count) * span;
        }
        self.hidden += u128::from(counts.hidden) * span;
    }

    /// Writes the sums into findings, as far as these are asked for.
    pub(super) fn tell(&self, found: &mut PointFindings) {
        if let Some(policy) = &mut found.policy {
            *policy = PolicyUse { rules: self.rules.clone(), ..*policy };
        }
        if let Some(quarantine) = &mut found.quarantine {
            [quarantine.blocked, quarantine.let_through, quarantine.innocent] = self.stops;
        }
        if let Some(dataplane) = &mut found.dataplane {
            dataplane.hidden = self.hidden;
        }
    }
}

/// What is the same for all firewalls.
pub(super) struct World<'a> {
    pub(super) rulebook: Option<&'a Rulebook>,
    pub(super) meant: &'a Meant,
    /// Who is where.
    pub(super) presence: &'a Presence,
    pub(super) now: Instant,
    /// The tags that block.
    pub(super) blocking: &'a [LabelId],
    /// Whether quarantine is asked for.
    pub(super) has_threats: bool,
}

/// One firewall.
#[derive(Debug)]
pub(super) struct Sentry {
    pub(super) node: NodeId,
    site: SiteId,
    is_through: bool,
    pub(super) in_scope: Vec<bool>,
    pub(super) is_up: bool,
    pub(super) enforces: bool,
    pub(super) table: Vec<Option<UserId>>,
    pub(super) dataplane: Option<Dataplane>,
    /// Live data, and whether each survives a restart.
    pub(super) data: BTreeMap<DatumKey, bool>,
    pub(super) data_use: DataUse,
    /// Who last authenticated at a captive portal, by address, and when by its clock. Units: ns after the start.
    pub(super) authenticated: BTreeMap<AddressId, (UserId, i64)>,
    /// Who is in which group, as it was last told.
    pub(super) roll: Roll,
    met: Vec<Met>,
    counts: Counts,
    pub(super) sums: Sums,
    since: Instant,
    /// Threats that it does not block yet, with when they were logged.
    pub(super) open: Vec<(UserId, Instant)>,
    pub(super) quarantine: QuarantineUse,
}

/// What a firewall's own tables say of an address.
struct Table<'a> {
    sentry: &'a Sentry,
    address: AddressId,
}

impl Belief for Table<'_> {
    fn user(&self) -> Option<UserId> {
        self.sentry.policy_user(self.address)
    }

    fn address_has(&self, tag: LabelId) -> bool {
        self.sentry.data.contains_key(&DatumKey::IpTag(self.address, tag))
    }

    fn user_has(&self, user: UserId, tag: LabelId) -> bool {
        self.sentry.data.contains_key(&DatumKey::UserTag(user, tag))
    }

    fn lists(&self, group: usize, user: UserId) -> bool {
        self.sentry.roll.has(group, user)
    }

    fn authenticated_nanos(&self) -> Option<i128> {
        let user = self.user()?;
        let last = self.sentry.authenticated.get(&self.address).filter(|(who, _)| *who == user);
        last.map(|(_, nanos)| i128::from(*nanos))
    }
}

/// What truth says of an address.
struct Truth<'a> {
    meant: &'a Meant,
    presence: &'a Presence,
    address: AddressId,
    user: UserId,
}

impl Belief for Truth<'_> {
    fn user(&self) -> Option<UserId> {
        Some(self.user)
    }

    fn address_has(&self, tag: LabelId) -> bool {
        self.meant.address_has(self.address, Some(self.user), tag)
    }

    fn user_has(&self, user: UserId, tag: LabelId) -> bool {
        self.meant.user_has(user, tag)
    }

    fn lists(&self, group: usize, user: UserId) -> bool {
        self.meant.roll.has(group, user)
    }

    fn authenticated_nanos(&self) -> Option<i128> {
        self.presence.authenticated(self.address, self.user).map(|at| i128::from(at.nanos()))
    }
}

impl Sentry {
    /// A firewall that knows nothing yet.
    pub(super) fn new(
        (node, site): (NodeId, SiteId),
        is_through: bool,
        in_scope: Vec<bool>,
        dataplane: Option<u64>,
        rules: usize,
    ) -> Self {
        let addresses = in_scope.len();
        Self {
            node,
            site,
            is_through,
            in_scope,
            is_up: true,
            enforces: true,
            table: vec![None; addresses],
            dataplane: dataplane.map(|capacity| Dataplane::new(capacity, addresses)),
            data: BTreeMap::new(),
            data_use: DataUse::default(),
            authenticated: BTreeMap::new(),
            roll: Roll::default(),
            met: vec![Met::default(); addresses],
            counts: Counts { rules: vec![[0; 3]; rules], ..Counts::default() },
            sums: Sums::new(rules),
            since: Instant::ZERO,
            open: Vec::new(),
            quarantine: QuarantineUse::default(),
        }
    }

    /// The user whom policy sees behind an address.
    fn policy_user(&self, address: AddressId) -> Option<UserId> {
        let hidden = self.dataplane.as_ref().is_some_and(|dataplane| !dataplane.holds(address));
        self.table[address.index()].filter(|_| !hidden)
    }

    /// The management plane holds `user`, or nobody, behind an address.
    pub(super) fn hold(&mut self, address: AddressId, user: Option<UserId>, counts: bool) {
        self.table[address.index()] = user;
        if let Some(dataplane) = &mut self.dataplane {
            dataplane.hand_down(address, user.is_some(), counts);
        }
    }

    /// It lost its memory, but for data that survive.
    pub(super) fn forget(&mut self) {
        self.table.fill(None);
        if let Some(dataplane) = &mut self.dataplane {
            dataplane.clear();
        }
        self.data.retain(|_, persistent| *persistent);
        self.authenticated.clear();
    }

    /// Whether it blocks what comes from an address because of a tag.
    pub(super) fn blocks(&self, address: AddressId, blocking: &[LabelId]) -> bool {
        if self.data.is_empty() {
            return false;
        }
        let user = self.policy_user(address);
        let user_has = |user, tag| self.data.contains_key(&DatumKey::UserTag(user, tag));
        blocking.iter().any(|tag| {
            self.data.contains_key(&DatumKey::IpTag(address, *tag))
                || user.is_some_and(|user| user_has(user, *tag))
        })
    }

    /// What the flows from an address meet.
    fn look(&self, address: AddressId, world: &World<'_>) -> Met {
        let in_scope = self.in_scope[address.index()];
        let knows = self.table[address.index()].is_some();
        let hidden = in_scope && knows && self.policy_user(address).is_none();
        let crosses = |site: &SiteId| in_scope && (self.is_through || *site == self.site);
        let Some((user, site)) = world.presence.present()[address.index()].filter(|(_, site)| crosses(site))
        else {
            return Met { hidden, ..Met::default() };
        };
        let mut decided = Vec::new();
        if let Some(rulebook) = world.rulebook {
            let table = Table { sentry: self, address };
            let truth = Truth { meant: world.meant, presence: world.presence, address, user };
            let flow = Flow { address, site, at: world.now };
            for to in 0..rulebook.shares().count() {
                let (rule, allows) = rulebook.decide(flow, to, &table);
                let (_, should) = rulebook.decide(flow, to, &truth);
                decided.push((
                    rule,
                    match (allows, should) {
                        (true, false) => Verdict::WrongAllow,
                        (false, true) => Verdict::WrongDeny,
                        _ => Verdict::Right,
                    },
                ));
            }
        }
        let tagged = || {
            world.blocking.iter().any(|tag| {
                world.meant.user_has(user, *tag) || world.meant.address_has(address, Some(user), *tag)
            })
        };
        let should = world.has_threats && (world.meant.is_condemned(user) || tagged());
        let stop = match (should, world.has_threats && self.blocks(address, world.blocking)) {
            (true, true) => Some(Stop::Blocked),
            (true, false) => Some(Stop::LetThrough),
            (false, true) => Some(Stop::Innocent),
            (false, false) => None,
        };
        Met { decided, stop, hidden }
    }

    /// Looks at an address again; `settle` is told when the counts change, before they do.
    pub(super) fn review(&mut self, address: AddressId, world: &World<'_>, settle: impl FnOnce(&mut Self)) {
        let met = self.look(address, world);
        if met == self.met[address.index()] {
            return;
        }
        settle(self);
        let shares: Vec<u64> = world.rulebook.map_or_else(Vec::new, |rulebook| rulebook.shares().collect());
        let old = std::mem::replace(&mut self.met[address.index()], met.clone());
        for ((rule, verdict), share) in old.decided.iter().zip(&shares) {
            self.counts.rules[*rule][*verdict as usize] -= share;
        }
        for ((rule, verdict), share) in met.decided.iter().zip(&shares) {
            self.counts.rules[*rule][*verdict as usize] += share;
        }
        if let Some(stop) = old.stop {
            self.counts.stops[stop as usize] -= 1;
        }
        if let Some(stop) = met.stop {
            self.counts.stops[stop as usize] += 1;
        }
        self.counts.hidden = self.counts.hidden + u64::from(met.hidden) - u64::from(old.hidden);
    }

    /// Charges the counts up to `now`, to itself and to `fleet` where that is handed over.
    pub(super) fn accrue(&mut self, measure_from: Instant, now: Instant, fleet: Option<&mut Sums>) {
        let from = self.since.max(measure_from);
        self.since = now;
        if now <= from {
            return;
        }
        let span = u128::from(now.since(from).nanos());
        if let Some(dataplane) = &mut self.dataplane {
            dataplane.found.area += u128::from(dataplane.count) * span;
        }
        if self.is_up {
            self.sums.charge(&self.counts, span);
            if let Some(fleet) = fleet {
                fleet.charge(&self.counts, span);
            }
        }
    }
}
