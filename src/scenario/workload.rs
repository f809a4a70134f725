//! Workload: from its draft to a spec, every reference an id, every number possible.
//!
//! Knows sites, sources and their reach. Must not know how stays and updates are made.

use std::path::PathBuf;

use ipnet::IpNet;

use super::load::Clock;
use super::resolved::Flows;
use crate::ids::{NodeId, SiteId};
use crate::random::Distribution;
use crate::topology::draft::node::{Cast, Reach};
use crate::topology::draft::value::{At, Both, NetworkText, Table, Unit};
use crate::topology::draft::workload::{
    ArrivalsDraft, DayDraft, FlowsDraft, FormatDraft, PeopleDraft, PopulationDraft, ReplayDraft, StormDraft,
    WorkloadDraft,
};
use crate::topology::names::{self, Vars};
use crate::topology::{Context, Kind, Topology};
use crate::units::Span;
use crate::workload::{
    Arrivals, Population, Replay, ReplayFormat, Service, SitePopulation, SourceReach, Spec, Storm, WorkingDay,
};

/// The most users: ten times the million that the project promises.
const USERS_MAX: u64 = 10_000_000;

/// A workload that stands for none after a problem.
pub(super) fn nothing() -> Spec {
    Spec::Replay(Replay {
        file: PathBuf::new(),
        format: ReplayFormat::Csv,
        sources: Vec::new(),
        site: SiteId::new(0),
        assume_stay: Span::ZERO,
        gaps_over: Span::ZERO,
        machine_accounts: false,
    })
}

/// The names of a workload's mass log-ons, which are disturbances of the report.
pub(super) fn storm_names(spec: &Spec) -> Vec<String> {
    match spec {
        Spec::Population(population) => population.storms.iter().map(|storm| storm.name.clone()).collect(),
        Spec::Arrivals(_) | Spec::Replay(_) => Vec::new(),
    }
}

/// The spec and the flows of a draft.
pub(super) fn resolve(
    context: &mut Context<'_>,
    draft: &WorkloadDraft,
    cast: &Cast,
    topology: &Topology,
    clock: Clock,
) -> (Spec, Flows) {
    let flows = flows(context, &draft.flows, topology);
    let sources: Vec<NodeId> =
        (0..topology.nodes.len()).map(NodeId::new).filter(|id| is_source(topology, *id)).collect();
    let given = [draft.population.is_some(), draft.arrivals.is_some(), draft.replay.is_some()];
    let count = given.iter().filter(|given| **given).count();
    let spec = match (&draft.population, &draft.arrivals, &draft.replay) {
        (Some(population), None, None) => {
            Spec::Population(self::population(context, population, cast, topology, clock))
        }
        (None, Some(arrivals), None) => Spec::Arrivals(self::arrivals(context, arrivals, topology)),
        (None, None, Some(replay)) => Spec::Replay(self::replay(context, replay, topology, &sources)),
        _ => {
            let place = draft.flows.per_second.place;
            let fact =
                format!("`workload` names {count} of population, arrivals and replay; it takes exactly one");
            context.say("wrong-count", place, fact, "keep the one that this topology is about");
            nothing()
        }
    };
    (spec, flows)
}

fn is_source(topology: &Topology, id: NodeId) -> bool {
    matches!(topology.nodes[id.index()].kind, Kind::DomainController | Kind::Source)
}

fn flows(context: &mut Context<'_>, draft: &FlowsDraft, topology: &Topology) -> Flows {
    let mut through = Vec::new();
    for name in &draft.through {
        let found: Vec<NodeId> = if names::is_glob(&name.value) {
            let nodes = topology.nodes.iter().enumerate();
            nodes
                .filter(|(_, n)| n.kind == Kind::Firewall && names::matches(&name.value, &n.name))
                .map(|(index, _)| NodeId::new(index))
                .collect()
        } else {
            context.nodes.get(&name.value).cloned().unwrap_or_default()
        };
        if found.is_empty() {
            let known: Vec<&str> = firewalls(topology);
            let fact = format!("there is no firewall or pair `{}`", name.value);
            context.say(
                "dangling-reference",
                name.place,
                fact,
                names::hint(&name.value, &known, "firewalls"),
            );
        } else if found.iter().any(|id| topology.nodes[id.index()].kind != Kind::Firewall) {
            let fact = format!("`{}` enforces nothing, so no flow is judged there", name.value);
            context.say("wrong-kind", name.place, fact, "name firewalls or pairs");
        }
        through.extend(found);
    }
    through.sort_unstable();
    through.dedup();
    Flows { per_second: draft.per_second.value, through }
}

fn firewalls(topology: &Topology) -> Vec<&str> {
    topology.nodes.iter().filter(|n| n.kind == Kind::Firewall).map(|n| n.name.as_str()).collect()
}

fn population(
    context: &mut Context<'_>,
    draft: &PopulationDraft,
    cast: &Cast,
    topology: &Topology,
    clock: Clock,
) -> Population {
    let sites = draft.sites.as_ref().map_or_else(Vec::new, |table| people(context, table, topology));
    let sources = reaches(context, cast);
    for people in sites.iter().filter(|people| people.users > 0) {
        if !sources.iter().any(|reach| reach.sites.contains(&people.site)) {
            let place = draft
                .sites
                .as_ref()
                .and_then(|t| t.0.first())
                .map_or_else(Default::default, |(k, _)| k.place);
            let fact = format!("no source hears of the users of site `{}`", people.name);
            context.say("unheard", place, fact, "add the site to `hears` of a domain controller or source");
        }
    }
    Population {
        sites,
        sources,
        day: day(context, &draft.day),
        refresh_gap: context.distribution(&draft.refresh_gap),
        log_off_observed: draft.log_off_observed.value,
        roaming: draft.roaming.value,
        lease_rest: context.distribution(&draft.lease_rest),
        service: draft.service.as_ref().map(|service| Service {
            accounts: service.accounts.value,
            gap: context.distribution(&service.gap),
        }),
        storms: draft.storms.iter().filter_map(|storm| self::storm(context, storm, clock)).collect(),
        start: clock.start,
    }
}

fn day(context: &mut Context<'_>, draft: &DayDraft) -> WorkingDay {
    WorkingDay {
        log_on: draft.log_on.value.0,
        log_on_deviation: draft.log_on_deviation.value,
        length: context.distribution(&draft.length),
        breaks: draft.breaks.value,
        break_length: context.distribution(&draft.break_length),
    }
}

fn storm(context: &mut Context<'_>, draft: &StormDraft, clock: Clock) -> Option<Storm> {
    let (name, at) = (draft.name.as_ref()?, draft.at.as_ref()?);
    let site = match &draft.site {
        Some(site) => Some(context.site(&site.value, site.place)?),
        None => None,
    };
    let begins = clock.instant(context, &at.value, at.place, "the storm begins");
    Some(Storm {
        name: name.value.clone(),
        at: begins,
        within: draft.within.value,
        site,
        share: draft.share.value,
    })
}

/// Who hears of which sites, in `NodeId` order.
fn reaches(context: &mut Context<'_>, cast: &Cast) -> Vec<SourceReach> {
    let mut reaches = Vec::new();
    let logs = cast.domain_controllers.iter().map(|(key, Both(_, Both(_, reach)))| (key, reach));
    let pushes = cast.sources.iter().map(|(key, Both(_, Both(_, reach)))| (key, reach));
    for (key, reach) in logs.chain(pushes) {
        for (source, vars) in instances(context, key) {
            reaches.push(reach_of(context, source, reach, &vars));
        }
    }
    reaches.sort_by_key(|reach| reach.source);
    reaches
}

/// The nodes that an entry became, found by their names.
fn instances(context: &Context<'_>, key: &At<String>) -> Vec<(NodeId, Vars)> {
    if !key.value.contains('{') {
        let found = context.nodes.get(&key.value).and_then(|ids| ids.first());
        return found.map(|id| (*id, Vars::default())).into_iter().collect();
    }
    context
        .expanded
        .iter()
        .filter(|(place, _, _)| *place == key.place)
        .map(|(_, id, vars)| (*id, vars.clone()))
        .collect()
}

fn reach_of(context: &mut Context<'_>, source: NodeId, reach: &Reach, vars: &Vars) -> SourceReach {
    let mut sites: Vec<SiteId> = Vec::new();
    for text in &reach.hears {
        sites.extend(context.sites_of(&vars.fill(&text.value), text.place));
    }
    sites.sort_unstable();
    sites.dedup();
    SourceReach { source, sites, weight: reach.weight.value }
}

fn people(context: &mut Context<'_>, table: &Table<PeopleDraft>, topology: &Topology) -> Vec<SitePopulation> {
    let mut people: Vec<SitePopulation> = Vec::new();
    let mut users_total = 0_u64;
    for (key, draft) in table.iter() {
        let sites = context.sites_of(&key.value, key.place);
        let Some(users) = &draft.users else { continue };
        users_total = users_total.saturating_add(users.value.saturating_mul(sites.len() as u64));
        if users_total > USERS_MAX {
            let fact = format!("the population has {users_total} users; at most {USERS_MAX} are possible");
            context.say("too-large", users.place, fact, "lower `users`");
            return people;
        }
        for (index, site) in sites.iter().enumerate() {
            let name = topology.sites[site.index()].name.clone();
            if people.iter().any(|other| other.site == *site) {
                let fact = format!("`{}` gives site `{name}` its people a second time", key.value);
                context.say("duplicate-name", key.place, fact, "let only one entry match each site");
                continue;
            }
            let networks = networks(context, draft, index as u64 + 1);
            let hosts: u128 = networks.iter().map(hosts).fold(0, u128::saturating_add);
            if u128::from(users.value) > hosts && !networks.is_empty() {
                let fact = format!("site `{name}` has {} users but only {hosts} addresses", users.value);
                context.say("too-few-addresses", users.place, fact, "add a network, or widen one");
            }
            people.push(SitePopulation { site: *site, name, users: users.value as u32, networks });
        }
    }
    overlaps(context, table, &people);
    if people.iter().all(|p| p.users == 0) && context.problems.is_empty() && !table.0.is_empty() {
        context.say(
            "empty",
            table.0[0].0.place,
            "the population has no user",
            "give at least one site `users`",
        );
    }
    people
}

fn networks(context: &mut Context<'_>, draft: &PeopleDraft, n: u64) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in draft.networks.iter().flatten() {
        match text.value.network(n) {
            Ok(network) => networks.extend(match &draft.split {
                Some(length) => subnet(context, network, length, text, n),
                None => Some(network),
            }),
            Err(fact) => context.say("wrong-value", text.place, fact, "let `{n}` stay within the address"),
        }
    }
    networks
}

/// Subnet number `n`, from 1, of a network.
fn subnet(
    context: &mut Context<'_>,
    network: IpNet,
    length: &At<u8>,
    text: &Unit<NetworkText>,
    n: u64,
) -> Option<IpNet> {
    let Ok(mut subnets) = network.subnets(length.value) else {
        let fact = format!("{network} cannot be split into subnets of length {}", length.value);
        context.say("impossible", length.place, fact, "the length must be longer than the network's own");
        return None;
    };
    // Skipping walks; the network's own count of subnets bounds it.
    let subnet = usize::try_from(n - 1).ok().and_then(|skip| subnets.nth(skip));
    if subnet.is_none() {
        let fact = format!("{network} has fewer than {n} subnets of length {}", length.value);
        context.say("too-few-addresses", text.place, fact, "name a wider network or a longer `split`");
    }
    subnet
}

/// Addresses that may be leased: of IPv4 without network and broadcast address.
fn hosts(network: &IpNet) -> u128 {
    let bits = network.max_prefix_len() - network.prefix_len();
    let all = 1_u128.checked_shl(u32::from(bits)).unwrap_or(u128::MAX);
    match network {
        IpNet::V4(_) if bits >= 2 => all - 2,
        IpNet::V4(_) | IpNet::V6(_) => all,
    }
}

/// No address may belong to two sites.
fn overlaps(context: &mut Context<'_>, table: &Table<PeopleDraft>, people: &[SitePopulation]) {
    let mut all: Vec<(IpNet, &str)> =
        people.iter().flat_map(|p| p.networks.iter().map(|network| (*network, p.name.as_str()))).collect();
    all.sort_by_key(|(network, _)| (network.network(), network.prefix_len()));
    let Some((first, first_draft)) = table.0.first() else { return };
    for pair in all.windows(2) {
        let ((wide, at), (narrow, other)) = (pair[0], pair[1]);
        if wide.contains(&narrow.network()) {
            let mut texts = table.iter().flat_map(|(_, draft)| draft.networks.iter().flatten());
            let place = texts
                .rfind(|text| text.value.0 == narrow.to_string() || text.value.0 == wide.to_string())
                .or_else(|| first_draft.networks.as_ref().and_then(|n| n.first()))
                .map_or(first.place, |text| text.place);
            let fact = format!("{wide} of site `{at}` and {narrow} of site `{other}` share addresses");
            context.say("overlapping-networks", place, fact, "give every site its own networks");
        }
    }
}

fn arrivals(context: &mut Context<'_>, draft: &ArrivalsDraft, topology: &Topology) -> Arrivals {
    let network = draft.network.value.network(1).unwrap_or_default();
    if u128::from(draft.addresses.value) > hosts(&network) {
        let fact = format!(
            "{network} has only {} addresses, and {} are asked for",
            hosts(&network),
            draft.addresses.value
        );
        context.say("too-few-addresses", draft.addresses.place, fact, "widen `network` or lower `addresses`");
    }
    let gap = draft.gap.as_ref().map_or(Distribution::ZERO, |gap| context.distribution(gap));
    if let (Some(written), true) = (&draft.gap, gap.is_zero()) {
        let place = written.constant.as_ref().map_or(draft.addresses.place, |c| c.place);
        context.say(
            "impossible",
            place,
            "a gap of zero makes endless log-ons at one instant",
            "write for example \"1s\"",
        );
    }
    let source =
        draft.source.as_ref().and_then(|name| source(context, name, topology)).unwrap_or(NodeId::new(0));
    let site = match &draft.site {
        Some(site) => context.site(&site.value, site.place),
        None => topology.nodes.get(source.index()).map(|node| node.site),
    };
    Arrivals {
        network,
        addresses: draft.addresses.value,
        gap,
        stay: draft.stay.as_ref().map(|stay| context.distribution(stay)),
        refresh_gap: draft.refresh_gap.as_ref().map(|gap| context.distribution(gap)),
        log_off_observed: draft.log_off_observed.value,
        source,
        site: site.unwrap_or(SiteId::new(0)),
    }
}

fn source(context: &mut Context<'_>, name: &At<String>, topology: &Topology) -> Option<NodeId> {
    let found = context.nodes.get(&name.value).and_then(|ids| ids.first()).copied();
    match found {
        Some(id) if is_source(topology, id) => Some(id),
        Some(_) => {
            let fact = format!("`{}` is no source", name.value);
            context.say("wrong-kind", name.place, fact, "name a domain controller or a pushing source");
            None
        }
        None => {
            let nodes = topology.nodes.iter().enumerate();
            let known: Vec<&str> = nodes
                .filter(|(i, _)| is_source(topology, NodeId::new(*i)))
                .map(|(_, n)| n.name.as_str())
                .collect();
            let fact = format!("there is no source `{}`", name.value);
            context.say(
                "dangling-reference",
                name.place,
                fact,
                names::hint(&name.value, &known, "declared sources"),
            );
            None
        }
    }
}

fn replay(context: &mut Context<'_>, draft: &ReplayDraft, topology: &Topology, all: &[NodeId]) -> Replay {
    let sources = match &draft.sources {
        Some(named) => named.iter().filter_map(|name| source(context, name, topology)).collect(),
        None => all.to_vec(),
    };
    if let (true, Some(file)) = (sources.is_empty() && context.problems.is_empty(), &draft.file) {
        let fact = "the topology has no source that could have written this log";
        context.say("empty", file.place, fact, "declare a domain controller or a pushing source");
    }
    let site = match &draft.site {
        Some(site) => context.site(&site.value, site.place),
        None => sources.first().map(|id| topology.nodes[id.index()].site),
    };
    let (mut path, mut format) = (PathBuf::new(), ReplayFormat::WindowsNdjson);
    if let Some(file) = &draft.file {
        path = context.path(&file.value);
        context.read_file(file);
        let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        format = match draft.format {
            Some(FormatDraft::Csv) => ReplayFormat::Csv,
            Some(FormatDraft::WindowsNdjson) => ReplayFormat::WindowsNdjson,
            None if is_csv => ReplayFormat::Csv,
            None => ReplayFormat::WindowsNdjson,
        };
    }
    Replay {
        file: path,
        format,
        sources,
        site: site.unwrap_or(SiteId::new(0)),
        assume_stay: draft.assume_stay.value,
        gaps_over: draft.gaps_over.value,
        machine_accounts: draft.machine_accounts,
    }
}
