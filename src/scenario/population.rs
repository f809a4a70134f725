//! Population: users and addresses of each site, and which source hears of whom.
//!
//! Knows that addresses are finite and belong to one site. Must not know working days' draws.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::load::Clock;
use crate::ids::{NodeId, SiteId};
use crate::topology::draft::node::{Cast, Reach};
use crate::topology::draft::value::{At, Both, NetworkText, Table, Unit};
use crate::topology::draft::workload::{DayDraft, PeopleDraft, PopulationDraft, StormDraft};
use crate::topology::names::{self, Vars};
use crate::topology::{Context, Kind, Role, Topology};
use crate::workload::{Population, Service, SitePopulation, SourceReach, Storm, Telling, WorkingDay};

/// The most users: ten times the million that the project promises.
const USERS_MAX: u64 = 10_000_000;

/// The population of a draft.
pub(super) fn population(
    context: &mut Context<'_>,
    draft: &PopulationDraft,
    cast: &Cast,
    topology: &Topology,
    clock: Clock,
) -> Population {
    let sites = draft.sites.as_ref().map_or_else(Vec::new, |table| people(context, table, topology));
    let sources = reaches(context, cast, topology);
    let heard: BTreeSet<SiteId> = sources.iter().flat_map(|reach| reach.sites.iter().copied()).collect();
    for people in sites.iter().filter(|people| people.users > 0) {
        if !heard.contains(&people.site) {
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
fn reaches(context: &mut Context<'_>, cast: &Cast, topology: &Topology) -> Vec<SourceReach> {
    let mut reaches = Vec::new();
    for (key, reach) in hearing(cast) {
        for (source, vars) in instances(context, key) {
            let heard = reach_of(context, source, reach, &vars, topology);
            // A server's list of open sessions hears what the server hears.
            let sessions = format!("{}:sessions", topology.nodes[source.index()].name);
            let beside = context.nodes.get(&sessions).and_then(|ids| ids.first()).copied();
            let beside = beside.filter(|id| topology.nodes[id.index()].kind == Kind::SessionTable);
            reaches.extend(beside.map(|id| SourceReach {
                source: id,
                telling: telling(topology, id),
                ..heard.clone()
            }));
            reaches.push(heard);
        }
    }
    reaches.sort_by_key(|reach| reach.source);
    reaches
}

/// Every entry that hears of sites.
fn hearing(cast: &Cast) -> Vec<(&At<String>, &Reach)> {
    fn of<A>(table: &Table<Both<A, Both<impl Sized, Reach>>>) -> impl Iterator<Item = (&At<String>, &Reach)> {
        table.iter().map(|(key, Both(_, Both(_, reach)))| (key, reach))
    }
    fn kept<A, B>(
        table: &Table<Both<A, Both<B, Both<impl Sized, Reach>>>>,
    ) -> impl Iterator<Item = (&At<String>, &Reach)> {
        table.iter().map(|(key, Both(_, Both(_, Both(_, reach))))| (key, reach))
    }
    let servers = of(&cast.domain_controllers).chain(of(&cast.sources)).chain(of(&cast.exchange_servers));
    let servers = servers.chain(of(&cast.edirectories)).chain(of(&cast.cloud_identity_engines));
    let servers =
        servers.chain(of(&cast.syslog_senders)).chain(of(&cast.xml_api_clients)).chain(of(&cast.nac_exports));
    let keepers = kept(&cast.radius_servers).chain(kept(&cast.globalprotect_gateways));
    servers.chain(keepers).chain(kept(&cast.captive_portals)).collect()
}

/// By what rule a source tells of stays.
pub(super) fn telling(topology: &Topology, source: NodeId) -> Telling {
    match topology.nodes.get(source.index()).map(|node| &node.role) {
        Some(Role::Log(log)) => log.more.telling.clone(),
        Some(Role::Push(push)) => push.more.telling.clone(),
        Some(Role::Engine(_) | Role::Point(_)) | None => Telling::default(),
    }
}

/// The nodes that an entry became, found by their names.
fn instances(context: &Context<'_>, key: &At<String>) -> Vec<(NodeId, Vars)> {
    if !key.value.contains('{') {
        let found = context.nodes.get(&key.value).and_then(|ids| ids.first());
        return found.map(|id| (*id, Vars::default())).into_iter().collect();
    }
    context.expanded.get(&key.place).cloned().unwrap_or_default()
}

fn reach_of(
    context: &mut Context<'_>,
    source: NodeId,
    reach: &Reach,
    vars: &Vars,
    topology: &Topology,
) -> SourceReach {
    let mut sites: Vec<SiteId> = Vec::new();
    for text in &reach.hears {
        // Asked before it is done, so that ten thousand sources times as many sites end soon.
        let asked = if names::is_glob(&text.value) { context.sites.len() } else { 1 };
        if !context.affords(asked, text.place) {
            break;
        }
        sites.extend(context.sites_of(&vars.fill(&text.value), text.place));
    }
    sites.sort_unstable();
    sites.dedup();
    SourceReach { source, sites, weight: reach.weight.value, telling: telling(topology, source) }
}

fn people(context: &mut Context<'_>, table: &Table<PeopleDraft>, topology: &Topology) -> Vec<SitePopulation> {
    let mut people: Vec<SitePopulation> = Vec::new();
    let mut settled = BTreeSet::new();
    let mut users_total = 0_u64;
    for (key, draft) in table.iter() {
        let asked = if names::is_glob(&key.value) { context.sites.len() } else { 1 };
        if !context.affords(asked, key.place) {
            break;
        }
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
            if !settled.insert(*site) {
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
    let place = length.place;
    let (length, own, all) = (length.value, network.prefix_len(), network.max_prefix_len());
    if length < own || length > all {
        let fact = format!("{network} cannot be split into subnets of length {length}");
        context.say("impossible", place, fact, format!("the length lies between {own} and {all}"));
        return None;
    }
    let count = 1_u128.checked_shl(u32::from(length - own)).unwrap_or(u128::MAX);
    if u128::from(n) > count {
        let fact =
            format!("{network} has only {count} subnets of length {length}, and this is site number {n}");
        context.say("too-few-addresses", text.place, fact, "name a wider network or a longer `split`");
        return None;
    }
    // Within the network, as `n` is: neither the shift nor the sum overflows.
    let step = u128::from(n - 1).checked_shl(u32::from(all - length)).unwrap_or(0);
    let address = match network.network() {
        IpAddr::V4(address) => IpAddr::V4((u32::from(address) + u32::try_from(step).unwrap_or(0)).into()),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) + step).into()),
    };
    IpNet::new(address, length).ok()
}

/// Addresses that may be leased: of IPv4 without network and broadcast address.
pub(super) fn hosts(network: &IpNet) -> u128 {
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
