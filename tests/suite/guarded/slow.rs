//! The slow, obvious reading of tags, quarantine, policy and dataplanes: everything is looked up anew in every stretch.
//!
//! Knows notes, the workload and docs/semantics.md. Shares nothing with the guard but the moments and the findings' shape.

use std::collections::{BTreeMap, BTreeSet};

use uidsim::engine::{Moment, Node, Observer};
use uidsim::ids::{AddressId, LabelId, NodeId, UserId};
use uidsim::mapping::{Datum, DatumKey, Outcome};
use uidsim::observe::{DataUse, Findings, PointFindings, PolicyUse, QuarantineUse, Samples};
use uidsim::random::Seed;
use uidsim::roles::{DataNote, EngineSettings, Note};
use uidsim::scenario::{AddressGroup, Group, Rule, Scenario, Subject, Whom};
use uidsim::topology::{Kind, Role, names};
use uidsim::units::{Instant, Ratio, Span};
use uidsim::workload::{Event, Stay, Workload, ledger, membership};

/// What is summed up of a firewall, or of the members of pairs that enforced.
#[derive(Clone, Default)]
struct Sums {
    rules: BTreeMap<(usize, usize), u128>,
    stops: [u128; 3],
    hidden: u128,
    entries: u128,
}

/// For how long authentications count, by the rules that ask for one.
fn withins(scenario: &Scenario) -> impl Iterator<Item = Span> {
    let rules = scenario.enforcement.policy.iter().flat_map(|policy| &policy.rules);
    rules.filter_map(|rule| rule.authenticated_within)
}

pub(crate) struct Slow {
    scenario: Scenario,
    workload: Workload,
    seed: Seed,
    now: Instant,
    stops: BTreeSet<Instant>,
    points: Vec<NodeId>,
    up: BTreeSet<NodeId>,
    /// Members of pairs only.
    enforcing: BTreeSet<NodeId>,
    users: BTreeMap<(NodeId, AddressId), UserId>,
    inside: BTreeMap<NodeId, BTreeSet<AddressId>>,
    refused: BTreeMap<NodeId, u64>,
    live: BTreeMap<(NodeId, DatumKey), Datum>,
    versions: BTreeMap<(NodeId, DatumKey), Datum>,
    data: BTreeMap<NodeId, DataUse>,
    /// When which firewall logged which threat.
    logs: Vec<(Instant, u64, NodeId)>,
    open: Vec<(NodeId, UserId, Instant)>,
    /// Who last authenticated at a portal, as a firewall was told, and when.
    signed: BTreeMap<(NodeId, AddressId), (UserId, i64)>,
    /// How many changes of a directory a firewall was told of.
    told: BTreeMap<(NodeId, NodeId), u64>,
    samples: BTreeMap<NodeId, Samples>,
    sums: BTreeMap<NodeId, Sums>,
    fleet: Sums,
}

impl Slow {
    pub(crate) fn new(scenario: &Scenario, workload: &Workload, seed: Seed) -> Self {
        let enforces = |index: &usize| match &scenario.topology.nodes[*index].role {
            Role::Point(point) => point.enforces,
            _ => false,
        };
        let points: Vec<NodeId> =
            (0..scenario.topology.nodes.len()).filter(enforces).map(NodeId::new).collect();
        let mut stops: BTreeSet<Instant> =
            workload.stays.iter().flat_map(|stay| [stay.start, stay.end]).collect();
        stops.insert(scenario.measure_from);
        for (index, node) in scenario.topology.nodes.iter().enumerate() {
            if node.kind == Kind::CaptivePortal {
                for update in workload.updates.get(index).into_iter().flatten() {
                    stops.insert(update.occurred);
                    stops.extend(withins(scenario).map(|within| update.occurred.later(within)));
                }
            }
        }
        for (directory, _, follows) in scenario.topology.ledgers() {
            let key = &scenario.topology.nodes[directory.index()].key;
            stops.extend(ledger(&follows.spec, key, seed, scenario.duration).expect("few").changes);
        }
        for registration in &scenario.enforcement.registrations {
            stops.insert(registration.at);
            stops.extend(registration.timeout.map(|timeout| registration.at.later(timeout)));
        }
        Self {
            now: Instant::ZERO,
            stops,
            up: points.iter().copied().collect(),
            points,
            enforcing: BTreeSet::new(),
            users: BTreeMap::new(),
            inside: BTreeMap::new(),
            refused: BTreeMap::new(),
            live: BTreeMap::new(),
            versions: BTreeMap::new(),
            data: BTreeMap::new(),
            logs: Vec::new(),
            open: Vec::new(),
            told: BTreeMap::new(),
            signed: BTreeMap::new(),
            samples: BTreeMap::new(),
            sums: BTreeMap::new(),
            fleet: Sums::default(),
            scenario: scenario.clone(),
            workload: workload.clone(),
            seed,
        }
    }

    fn is_paired(&self, node: NodeId) -> bool {
        self.scenario.topology.pairs.iter().any(|pair| pair.members.contains(&node))
    }

    fn engines(&self) -> impl Iterator<Item = &EngineSettings> {
        self.scenario.topology.nodes.iter().filter_map(|node| match &node.role {
            Role::Engine(engine) => Some(engine),
            _ => None,
        })
    }

    fn stay(&self, address: AddressId) -> Option<&Stay> {
        let mut stays = self.workload.stays.iter();
        stays.rfind(|stay| stay.address == address && stay.start <= self.now && self.now < stay.end)
    }

    fn in_scope(&self, node: NodeId, address: AddressId) -> bool {
        let Role::Point(point) = &self.scenario.topology.nodes[node.index()].role else { return false };
        let ip = self.workload.addresses[address.index()];
        point.scope.is_empty() || point.scope.iter().any(|network| network.contains(&ip))
    }

    /// Whether a threat's log condemns `user` now, to `tag` or to anything.
    fn is_condemned(&self, user: UserId, tag: Option<LabelId>) -> bool {
        self.logs.iter().any(|(at, number, by)| {
            if self.workload.threats[*number as usize].user != user {
                return false;
            }
            let told: Vec<&EngineSettings> =
                self.engines().filter(|e| e.watches.contains(by) && e.reaction.is_some()).collect();
            (told.is_empty() && tag.is_none())
                || told.iter().filter_map(|engine| engine.reaction).any(|reaction| {
                    let lasts = reaction.timeout.is_none_or(|timeout| self.now < at.later(timeout));
                    lasts && tag.is_none_or(|tag| tag == reaction.tag)
                })
        })
    }

    /// Whether `key` is registered by schedule now.
    fn is_registered(&self, key: DatumKey) -> bool {
        let all = self.scenario.enforcement.registrations.iter();
        let mut about = all.filter(|one| one.at <= self.now).filter(|one| match (&one.subject, key) {
            (Subject::Address(ip), DatumKey::IpTag(address, label)) => {
                self.workload.addresses[address.index()] == *ip && label == one.label
            }
            (Subject::User(name), DatumKey::UserTag(user, label)) => {
                self.workload.users[user.index()] == *name && label == one.label
            }
            _ => false,
        });
        about.next_back().is_some_and(|one| {
            !one.removed && one.timeout.is_none_or(|timeout| self.now < one.at.later(timeout))
        })
    }

    fn policy_user(&self, node: NodeId, address: AddressId) -> Option<UserId> {
        let user = self.users.get(&(node, address)).copied()?;
        let is_small = self.scenario.enforcement.dataplane.contains_key(&node);
        let inside = self.inside.get(&node).is_some_and(|inside| inside.contains(&address));
        (!is_small || inside).then_some(user)
    }

    fn has(&self, node: NodeId, key: DatumKey) -> bool {
        self.live.contains_key(&(node, key))
    }

    fn blocking(&self) -> BTreeSet<LabelId> {
        self.engines().filter_map(|engine| engine.reaction).map(|reaction| reaction.tag).collect()
    }

    fn blocks(&self, node: NodeId, address: AddressId) -> bool {
        let user = self.policy_user(node, address);
        self.blocking().into_iter().any(|tag| {
            self.has(node, DatumKey::IpTag(address, tag))
                || user.is_some_and(|user| self.has(node, DatumKey::UserTag(user, tag)))
        })
    }

    /// The rule that decides for `user`; `node` looks at its own tags, nobody at the true ones.
    fn decide(&self, node: Option<NodeId>, stay: &Stay, user: Option<UserId>, to: usize) -> (usize, bool) {
        let policy = self.scenario.enforcement.policy.as_ref().expect("only with policy");
        let fits = |rule: &Rule| self.fits(rule, node, stay, user, to);
        let found = policy.rules.iter().position(fits);
        found.map_or((policy.rules.len(), false), |index| (index, policy.rules[index].allows))
    }

    fn fits(&self, rule: &Rule, node: Option<NodeId>, stay: &Stay, user: Option<UserId>, to: usize) -> bool {
        let policy = self.scenario.enforcement.policy.as_ref().expect("only with policy");
        let ip = self.workload.addresses[stay.address.index()];
        let mut zones = rule.from.iter().map(|zone| &policy.zones[*zone]);
        if !rule.from.is_empty()
            && !zones.any(|z| z.sites.contains(&stay.site) || z.networks.iter().any(|net| net.contains(&ip)))
        {
            return false;
        }
        if !rule.to.is_empty() && !rule.to.contains(&to) {
            return false;
        }
        let address_has = |tag: LabelId| match node {
            Some(node) => self.has(node, DatumKey::IpTag(stay.address, tag)),
            None => {
                self.is_condemned(stay.user, Some(tag))
                    || self.is_registered(DatumKey::IpTag(stay.address, tag))
            }
        };
        let is_of = |group: &usize| match &policy.address_groups[*group] {
            AddressGroup::Networks(networks) => networks.iter().any(|net| net.contains(&ip)),
            AddressGroup::Tag(tag) => address_has(*tag),
        };
        if !rule.address_groups.is_empty() && !rule.address_groups.iter().any(is_of) {
            return false;
        }
        if let Some(within) = rule.authenticated_within {
            let since = user.and_then(|user| self.authenticated(node, stay.address, user));
            if since.is_none_or(|since| i128::from(self.now.nanos()) >= since + i128::from(within.nanos())) {
                return false;
            }
        }
        if rule.users.is_empty() && rule.groups.is_empty() {
            return true;
        }
        let Some(user) = user else { return rule.users.contains(&Whom::Unknown) };
        let name = &self.workload.users[user.index()];
        let is_named = rule.users.iter().any(|whom| match whom {
            Whom::Known => true,
            Whom::Named(pattern) => names::matches(pattern, name),
            Whom::Unknown => false,
        });
        is_named
            || rule.groups.iter().any(|group| match &policy.groups[*group] {
                Group::Share(group, share) => {
                    self.seed.stream(name, &format!("group {group}")).chance(*share)
                }
                Group::Directory { name, from, .. } => self.lists(node, *from, name, user),
                Group::Tag(tag) => match node {
                    Some(node) => self.has(node, DatumKey::UserTag(user, *tag)),
                    None => {
                        self.is_condemned(user, Some(*tag))
                            || self.is_registered(DatumKey::UserTag(user, *tag))
                    }
                },
                Group::Users(patterns) => patterns.iter().any(|pattern| names::matches(pattern, name)),
            })
    }

    /// When the user of a flow last authenticated, as `node` was told or in truth. Units: ns.
    fn authenticated(&self, node: Option<NodeId>, address: AddressId, user: UserId) -> Option<i128> {
        if let Some(node) = node {
            let (who, at) = self.signed.get(&(node, address))?;
            return (*who == user).then_some(i128::from(*at));
        }
        let nodes = self.scenario.topology.nodes.iter().enumerate();
        let portals = nodes.filter(|(_, node)| node.kind == Kind::CaptivePortal);
        let noticed = portals.flat_map(|(index, _)| self.workload.updates.get(index).into_iter().flatten());
        let signs = noticed.filter(|update| update.address == address && update.occurred <= self.now);
        let signs = signs.filter(|update| update.event() != Event::LogOff && update.user().is_some());
        let last = signs.max_by_key(|update| (update.occurred, update.user()))?;
        (last.user() == Some(user)).then_some(i128::from(last.occurred.nanos()))
    }

    /// Whether a directory's group has `user`: as `node` was told, or in truth; everything from the first change on.
    fn lists(&self, node: Option<NodeId>, directory: NodeId, name: &str, user: UserId) -> bool {
        let policy = self.scenario.enforcement.policy.as_ref().expect("only with policy");
        let of_directory = |group: &Group| match group {
            Group::Directory { name, from, share } if *from == directory => Some((name.clone(), *share)),
            _ => None,
        };
        let groups: Vec<(String, Ratio)> = policy.groups.iter().filter_map(of_directory).collect();
        let shares: Vec<(&str, Ratio)> = groups.iter().map(|(name, share)| (name.as_str(), *share)).collect();
        let key = &self.scenario.topology.nodes[directory.index()].key;
        let (_, _, follows) =
            self.scenario.topology.ledgers().find(|(id, ..)| *id == directory).expect("it is one");
        let changes = ledger(&follows.spec, key, self.seed, self.scenario.duration).expect("few").changes;
        let known = match node {
            Some(node) => match self.told.get(&(node, directory)) {
                Some(known) => usize::try_from(*known).expect("few"),
                None => return false,
            },
            None => changes.iter().filter(|at| **at <= self.now).count(),
        };
        let all = membership(&shares, changes.len(), &self.workload.users, (key, self.seed));
        let group = shares.iter().position(|(other, _)| *other == name).expect("it is one of them");
        let last = all.changes[..known]
            .iter()
            .flatten()
            .rfind(|change| change.group == group && change.user == user);
        last.map_or(all.first[group].contains(&user), |change| change.joins)
    }

    /// What one stretch of `span` nanoseconds adds at `node`.
    fn weigh(&self, node: NodeId, span: u128) -> Sums {
        let mut sums = Sums::default();
        let has_threats = !self.workload.threats.is_empty() || !self.scenario.enforcement.threats.is_empty();
        sums.entries = self.inside.get(&node).map_or(0, |inside| inside.len() as u128) * span;
        if !self.up.contains(&node) {
            return sums;
        }
        for address in (0..self.workload.addresses.len()).map(AddressId::new) {
            if !self.in_scope(node, address) {
                continue;
            }
            let knows = self.users.contains_key(&(node, address));
            let user = self.policy_user(node, address);
            sums.hidden += u128::from(knows && user.is_none()) * span;
            let Some(stay) = self.stay(address) else { continue };
            let own_site = self.scenario.topology.nodes[node.index()].site == stay.site;
            if !own_site && !self.scenario.flows.through.contains(&node) {
                continue;
            }
            if let Some(policy) = &self.scenario.enforcement.policy {
                for (to, (_, share)) in policy.traffic.iter().enumerate() {
                    let (rule, allows) = self.decide(Some(node), stay, user, to);
                    let (_, should) = self.decide(None, stay, Some(stay.user), to);
                    let verdict = if allows == should { 0 } else { 1 + usize::from(should) };
                    *sums.rules.entry((rule, verdict)).or_default() += u128::from(*share) * span;
                }
            }
            if has_threats {
                let is_tagged = self.blocking().into_iter().any(|tag| {
                    self.is_registered(DatumKey::UserTag(stay.user, tag))
                        || self.is_registered(DatumKey::IpTag(address, tag))
                });
                match (self.is_condemned(stay.user, None) || is_tagged, self.blocks(node, address)) {
                    (true, true) => sums.stops[0] += span,
                    (true, false) => sums.stops[1] += span,
                    (false, true) => sums.stops[2] += span,
                    (false, false) => {}
                }
            }
        }
        sums
    }

    fn advance(&mut self, at: Instant) {
        while self.now < at {
            self.end_instant();
            let ends = self.logs.iter().flat_map(|(logged, _, _)| {
                let timeouts = self.engines().filter_map(|engine| engine.reaction?.timeout);
                timeouts.map(|timeout| logged.later(timeout)).collect::<Vec<_>>()
            });
            let next = self.stops.iter().copied().chain(ends).filter(|stop| *stop > self.now).min();
            let next = next.map_or(at, |next| next.min(at));
            let from = self.now.max(self.scenario.measure_from);
            if from < next {
                let span = u128::from(next.since(from).nanos());
                for node in self.points.clone() {
                    let more = self.weigh(node, span);
                    if self.is_paired(node) && self.enforcing.contains(&node) {
                        self.fleet.add(&more);
                    }
                    self.sums.entry(node).or_default().add(&more);
                }
            }
            self.now = next;
        }
    }

    /// Who is blocked when an instant is over.
    fn end_instant(&mut self) {
        for (node, user, at) in std::mem::take(&mut self.open) {
            let mut addresses = (0..self.workload.addresses.len()).map(AddressId::new);
            let is_blocked = self.up.contains(&node)
                && addresses.any(|address| {
                    self.in_scope(node, address)
                        && self.stay(address).is_some_and(|stay| stay.user == user)
                        && self.blocks(node, address)
                });
            if !is_blocked {
                self.open.push((node, user, at));
            } else if at >= self.scenario.measure_from {
                self.samples.entry(node).or_default().record(self.now.since(at));
            }
        }
    }

    fn hold(&mut self, node: NodeId, address: AddressId, user: Option<UserId>) {
        let Some(user) = user else {
            self.users.remove(&(node, address));
            self.inside.entry(node).or_default().remove(&address);
            return;
        };
        self.users.insert((node, address), user);
        let Some(capacity) = self.scenario.enforcement.dataplane.get(&node) else { return };
        let inside = self.inside.entry(node).or_default();
        if !inside.contains(&address) && inside.len() as u64 >= *capacity {
            *self.refused.entry(node).or_default() += u64::from(self.now >= self.scenario.measure_from);
        } else {
            inside.insert(address);
        }
    }

    /// What the law says of a datum that came to `node` from `from`.
    fn judge(&self, node: NodeId, from: NodeId, datum: &Datum) -> Outcome {
        let comes_over_session = !matches!(self.scenario.topology.nodes[from.index()].role, Role::Engine(_));
        let route = datum.route.nodes();
        let most = match datum.key {
            DatumKey::IpTag(..) | DatumKey::UserTag(..) => 1,
            DatumKey::Hip(_) | DatumKey::Quarantine(_) => 10,
        };
        if comes_over_session && (route.contains(&node) || datum.origin == node || route.len() > most) {
            return Outcome::Hops;
        }
        let Some(held) = self.versions.get(&(node, datum.key)) else { return Outcome::Applied };
        let rank = |datum: &Datum| (datum.timestamp, datum.origin, datum.sequence);
        if (held.source, held.sequence) == (datum.source, datum.sequence) {
            Outcome::Duplicate
        } else if rank(datum) > rank(held) {
            Outcome::Applied
        } else {
            Outcome::Refused { holder: (held.source, held.sequence) }
        }
    }

    fn on_data(&mut self, node: NodeId, from: NodeId, data: &[Datum], outcomes: &[Outcome]) {
        for (datum, outcome) in data.iter().zip(outcomes) {
            assert_eq!(self.judge(node, from, datum), *outcome, "{node:?} is told {datum:?} by {from:?}");
            if *outcome == Outcome::Applied {
                self.versions.insert((node, datum.key), *datum);
                if datum.removed {
                    self.live.remove(&(node, datum.key));
                } else {
                    self.live.insert((node, datum.key), *datum);
                }
            }
            let used = self.data.entry(node).or_default();
            let count = match outcome {
                Outcome::Applied => &mut used.applied,
                Outcome::Duplicate => &mut used.duplicates,
                Outcome::Hops => &mut used.hops,
                _ => &mut used.refused,
            };
            *count += u64::from(self.now >= self.scenario.measure_from);
        }
    }

    fn on_note(&mut self, node: NodeId, note: &Note) {
        match note {
            Note::Data(DataNote::Logged { threat }) => {
                let about = self.workload.threats[*threat as usize].clone();
                let is_new = !self.is_condemned(about.user, None);
                let is_first = self.logs.iter().all(|(_, number, _)| number != threat);
                self.logs.push((self.now, *threat, node));
                if is_new && is_first {
                    let points = self.points.iter().filter(|p| self.in_scope(**p, about.address));
                    let open: Vec<_> = points.map(|point| (*point, about.user, self.now)).collect();
                    self.open.extend(open);
                }
            }
            Note::Data(DataNote::Ended(keys)) => {
                for key in keys {
                    self.live.remove(&(node, *key)).expect("only what is live ends");
                    let counts = u64::from(self.now >= self.scenario.measure_from);
                    self.data.entry(node).or_default().ended += counts;
                }
            }
            Note::Data(DataNote::Merged { from, data, outcomes }) => {
                self.on_data(node, *from, data, outcomes)
            }
            Note::Followed { ledger, position } => {
                self.told.insert((node, *ledger), *position);
            }
            Note::Enforcing(true) => {
                self.enforcing.insert(node);
            }
            Note::Enforcing(false) => {
                self.enforcing.remove(&node);
            }
            Note::Expired(addresses) => addresses.iter().for_each(|address| self.hold(node, *address, None)),
            Note::Merged { segment, outcomes, .. } => {
                for (mapping, outcome) in segment.iter().zip(outcomes) {
                    if *outcome == Outcome::Applied {
                        let user = if mapping.log_off { None } else { mapping.user };
                        self.hold(node, mapping.address, user);
                        let source = &self.scenario.topology.nodes[mapping.source.index()];
                        if let (Some(user), Kind::CaptivePortal) = (user, source.kind) {
                            self.signed.insert((node, mapping.address), (user, mapping.timestamp));
                            for within in withins(&self.scenario) {
                                let over = i128::from(mapping.timestamp) + i128::from(within.nanos());
                                self.stops.extend(u64::try_from(over).ok().map(Instant::from_nanos));
                            }
                        }
                    }
                }
            }
            Note::Edge { .. } | Note::Hindered { .. } | Note::Noticed { .. } | Note::Withheld { .. } => {}
        }
    }

    /// Where `findings` are not what is found here, one line a difference.
    pub(crate) fn differences(mut self, end: Instant, findings: &Findings) -> Vec<String> {
        self.advance(end);
        self.end_instant();
        let mut told = Vec::new();
        let mut fleet = self.room();
        self.write(&self.fleet.clone(), &mut fleet);
        for (node, found) in &findings.points {
            let mut wanted = self.room();
            let sums = self.sums.get(node).cloned().unwrap_or_default();
            self.write(&sums, &mut wanted);
            self.write_counts(*node, &sums, &mut wanted);
            compare(&mut told, &format!("point {}", node.index()), found, &wanted);
            let pair = self.scenario.topology.pairs.iter().find(|pair| pair.members.contains(node));
            if pair.is_none() {
                let mut alone = self.room();
                self.write(&sums, &mut alone);
                add(&mut fleet, &alone);
            }
            if pair.is_none_or(|pair| pair.members[0] == *node) {
                let mut counts = self.room();
                self.write_counts(*node, &sums, &mut counts);
                add(&mut fleet, &counts);
            }
        }
        compare(&mut told, "fleet", &findings.fleet, &fleet);
        told
    }

    /// Findings with room for what is asked.
    fn room(&self) -> PointFindings {
        let policy = self.scenario.enforcement.policy.as_ref();
        let has_threats = !self.workload.threats.is_empty() || !self.scenario.enforcement.threats.is_empty();
        PointFindings {
            policy: policy.map(|policy| PolicyUse {
                weight: policy.traffic.iter().map(|(_, share)| u64::from(*share)).sum(),
                rules: vec![[0; 3]; policy.rules.len() + 1],
            }),
            quarantine: has_threats.then(QuarantineUse::default),
            data: self.scenario.topology.carries_data().then(DataUse::default),
            ..PointFindings::default()
        }
    }

    fn write(&self, sums: &Sums, found: &mut PointFindings) {
        if let Some(policy) = &mut found.policy {
            for ((rule, verdict), sum) in &sums.rules {
                policy.rules[*rule][*verdict] = *sum;
            }
        }
        if let Some(quarantine) = &mut found.quarantine {
            [quarantine.blocked, quarantine.let_through, quarantine.innocent] = sums.stops;
        }
    }

    fn write_counts(&self, node: NodeId, sums: &Sums, found: &mut PointFindings) {
        let from = self.scenario.measure_from;
        if let Some(quarantine) = &mut found.quarantine {
            quarantine.samples = self.samples.get(&node).cloned().unwrap_or_default();
            let open = self.open.iter().filter(|(point, _, at)| *point == node && *at >= from);
            quarantine.not_quarantined = open.count() as u64;
        }
        if let Some(data) = &mut found.data {
            *data = self.data.get(&node).copied().unwrap_or_default();
            data.last = self.live.keys().filter(|(owner, _)| *owner == node).count() as u64;
        }
        if let Some(capacity) = self.scenario.enforcement.dataplane.get(&node) {
            let dataplane = found.dataplane.get_or_insert_default();
            dataplane.capacity = *capacity;
            dataplane.area = sums.entries;
            dataplane.last = self.inside.get(&node).map_or(0, |inside| inside.len() as u64);
            dataplane.refused = self.refused.get(&node).copied().unwrap_or(0);
            dataplane.hidden = sums.hidden;
        }
    }
}

impl Sums {
    fn add(&mut self, more: &Self) {
        for (key, sum) in &more.rules {
            *self.rules.entry(*key).or_default() += sum;
        }
        for (sum, more) in self.stops.iter_mut().zip(more.stops) {
            *sum += more;
        }
        self.hidden += more.hidden;
        self.entries += more.entries;
    }
}

fn add(all: &mut PointFindings, one: &PointFindings) {
    if let (Some(all), Some(one)) = (&mut all.policy, &one.policy) {
        all.rules.iter_mut().flatten().zip(one.rules.iter().flatten()).for_each(|(all, one)| *all += one);
    }
    if let (Some(all), Some(one)) = (&mut all.quarantine, &one.quarantine) {
        all.samples.add(&one.samples);
        all.not_quarantined += one.not_quarantined;
        all.blocked += one.blocked;
        all.let_through += one.let_through;
        all.innocent += one.innocent;
    }
    if let (Some(all), Some(one)) = (&mut all.data, &one.data) {
        all.applied += one.applied;
        all.duplicates += one.duplicates;
        all.refused += one.refused;
        all.hops += one.hops;
        all.ended += one.ended;
        all.last += one.last;
    }
    if let Some(one) = &one.dataplane {
        let all = all.dataplane.get_or_insert_default();
        all.capacity += one.capacity;
        all.area += one.area;
        all.last += one.last;
        all.refused += one.refused;
        all.hidden += one.hidden;
    }
}

fn compare(told: &mut Vec<String>, who: &str, found: &PointFindings, wanted: &PointFindings) {
    let mut tell = |what: &str, found: String, wanted: String| {
        if found != wanted {
            told.push(format!("  {who}: {what}:\n    is     {found}\n    wanted {wanted}"));
        }
    };
    tell("policy", format!("{:?}", found.policy), format!("{:?}", wanted.policy));
    tell("dataplane", format!("{:?}", found.dataplane), format!("{:?}", wanted.dataplane));
    tell("data", format!("{:?}", found.data), format!("{:?}", wanted.data));
    let short = |quarantine: &Option<QuarantineUse>| {
        quarantine.as_ref().map(|quarantine| {
            let QuarantineUse { samples, not_quarantined, blocked, let_through, innocent } = quarantine;
            let samples = (samples.count, samples.sum, samples.max);
            format!("{:?}", (samples, not_quarantined, blocked, let_through, innocent))
        })
    };
    tell("quarantine", format!("{:?}", short(&found.quarantine)), format!("{:?}", short(&wanted.quarantine)));
    if found.quarantine.as_ref().map(|q| &q.samples) != wanted.quarantine.as_ref().map(|q| &q.samples) {
        tell("samples", "one".to_owned(), "another".to_owned());
    }
}

impl<N: Node<Note = Note>> Observer<N> for Slow {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>) {
        self.advance(at);
        match *moment {
            Moment::NodeDown { node, keeps_memory } => {
                self.up.remove(&node);
                self.enforcing.remove(&node);
                if !keeps_memory {
                    self.users.retain(|(owner, _), _| *owner != node);
                    self.inside.remove(&node);
                    self.told.retain(|(owner, _), _| *owner != node);
                    self.signed.retain(|(owner, _), _| *owner != node);
                    self.live.retain(|(owner, _), datum| *owner != node || datum.persistent);
                    let live = &self.live;
                    self.versions.retain(|key, _| key.0 != node || live.contains_key(key));
                }
            }
            Moment::NodeUp { node } => {
                self.up.insert(node);
            }
            Moment::Note { node, note } => self.on_note(node, note),
            _ => {}
        }
    }
}
