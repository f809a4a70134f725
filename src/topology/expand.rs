//! Expand: from entries and groups to single sites and nodes, each with its name, id and place.
//!
//! Knows patterns, counts and limits. Must not know what a node does.

mod kinds;

use super::context::Context;
use super::draft::engine::EngineDraft;
use super::draft::network::SiteDraft;
use super::draft::node::{Cast, Group, MemberDraft, Point, Push, Reach, Standing};
use super::draft::pair::HighAvailability;
use super::draft::probing::ProbingDraft;
use super::draft::speaker::{NacDraft, SyslogDraft, XmlApiDraft};
use super::draft::value::{At, Both, Table};
use super::draft::vsys::PairModeDraft;
use super::ledgers::LedgerDraft;
use super::names::{self, Vars};
use super::naming::{self, fits_pattern, is_good_name, is_new_name};
use super::origins::{KeeperDraft, LogDraft};
use super::resolved::{Kind, Site};
use super::vsys::{self, Learns};
use crate::ids::{NodeId, SiteId};
use crate::problem::Place;
use crate::units::Span;

/// The most nodes of a topology: twenty times the 10,000 firewalls that the project promises.
pub(super) const NODES_MAX: u64 = 200_000;
/// The most sites: one for every second node.
pub(super) const SITES_MAX: u64 = 100_000;

/// A node that has a name, a kind and a site, and whose role is still on paper.
pub(super) struct Planned<'a> {
    /// Its name.
    pub name: String,
    /// Where the file names it.
    pub place: Place,
    /// Its name, or the one it had before a rename.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub site: SiteId,
    /// Whether its site is unknown, so that `site` only stands in for one.
    pub homeless: bool,
    /// Its numbers within its group.
    pub vars: Vars,
    /// Where it stands and how busy it can be, as typed.
    pub standing: &'a Standing,
    /// What it does, as typed.
    pub part: Part<'a>,
}

/// What a node does, as typed.
pub(super) enum Part<'a> {
    /// Registers tags.
    Engine(&'a EngineDraft),
    /// Is read by nodes for themselves.
    Ledger(LedgerDraft<'a>),
    /// Keeps a log.
    Log(LogDraft<'a>, &'a Reach),
    /// Runs the User-ID service.
    Point(&'a Point, Membership<'a>),
    /// Is probed by the node before.
    Clients(NodeId, &'a ProbingDraft),
    /// Pushes.
    Push(&'a Push, KeeperDraft<'a>, &'a Reach),
    /// Sends syslog lines.
    Syslog(&'a SyslogDraft, &'a Reach),
    /// Sends documents of the XML API.
    XmlApi(&'a XmlApiDraft, &'a Reach),
    /// Exports a table.
    Nac(&'a NacDraft, &'a Reach),
}

/// A node's place in a collector group or pair.
#[derive(Default)]
pub(super) struct Membership<'a> {
    /// Members of the collector group before it.
    pub before: Vec<NodeId>,
    /// Of a virtual system: where it learns from instead of what its firewall reads and follows.
    pub learns: Learns,
    /// Of a member of an active/active pair: how long it enforces nothing when it returns.
    pub tentative_hold: Option<Span>,
    /// The pair's keys, the peer, and whether this is the preferred member.
    pub pair: Option<(&'a HighAvailability, NodeId, bool)>,
}

/// A pair that was expanded.
pub(super) struct PlannedPair {
    /// Its name.
    pub name: String,
    /// Its members, the preferred one first.
    pub members: [NodeId; 2],
}

/// All nodes and pairs of the cast.
#[derive(Default)]
pub(super) struct Plan<'a> {
    /// In `NodeId` order.
    pub nodes: Vec<Planned<'a>>,
    /// In the order of the file.
    pub pairs: Vec<PlannedPair>,
}

/// Expands the sites and names them in `context`.
pub(super) fn sites(context: &mut Context<'_>, drafts: &Table<SiteDraft>) -> Vec<Site> {
    let mut sites = Vec::new();
    for (key, draft) in drafts.iter() {
        let count = draft.count.as_ref().map(|c| c.value);
        if !fits_pattern(context, key, count.is_some(), false) {
            continue;
        }
        if sites.len() as u64 + count.unwrap_or(1) > SITES_MAX {
            let place = draft.count.as_ref().map_or(key.place, |c| c.place);
            context.say(
                "too-large",
                place,
                format!("there are more than {SITES_MAX} sites"),
                "lower the count",
            );
            continue;
        }
        for n in 1..=count.unwrap_or(1) {
            let name = Vars { n: count.map(|_| n), ..Vars::default() }.fill(&key.value);
            if is_good_name(context, &name, key.place) && is_new_name(context, &name, key.place) {
                context.sites.insert(name.clone(), SiteId::new(sites.len()));
                sites.push(Site { name });
            }
        }
    }
    sites
}

/// Expands the cast and names its nodes in `context`.
pub(super) fn cast<'a>(context: &mut Context<'_>, sites: &[Site], cast: &'a Cast) -> Plan<'a> {
    let mut plan = Plan::default();
    for (key, Both(standing, Both(log, reach))) in cast.domain_controllers.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::DomainController, seat, standing, Part::Log(LogDraft::of_controller(log), reach));
        });
    }
    for (key, Both(standing, Both(push, reach))) in cast.sources.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::Source, seat, standing, Part::Push(push, KeeperDraft::None, reach));
        });
    }
    for (key, Both(standing, Both(draft, reach))) in cast.syslog_senders.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::SyslogSender, seat, standing, Part::Syslog(draft, reach));
        });
    }
    for (key, Both(standing, Both(draft, reach))) in cast.xml_api_clients.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::XmlApiClient, seat, standing, Part::XmlApi(draft, reach));
        });
    }
    for (key, Both(standing, Both(draft, reach))) in cast.nac_exports.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::NacExport, seat, standing, Part::Nac(draft, reach));
        });
    }
    points(context, sites, &mut plan, Kind::Agent, &cast.agents);
    for (key, Both(standing, Both(group, point))) in cast.collector_groups.iter() {
        groups(context, sites, &mut plan, key, standing, group, point);
    }
    points(context, sites, &mut plan, Kind::Panorama, &cast.panoramas);
    points(context, sites, &mut plan, Kind::Hub, &cast.hubs);
    for (key, Both(standing, Both(systems, point))) in cast.firewalls.iter() {
        if systems.vsys.is_empty() {
            each(context, sites, &mut plan, key, standing, |plan, seat| {
                plan.add(Kind::Firewall, seat, standing, Part::Point(point, Membership::default()));
            });
        } else {
            vsys::expand(context, sites, &mut plan, key, standing, systems, point);
        }
    }
    for (key, Both(standing, Both(ha, point))) in cast.ha_pairs.iter() {
        pairs(context, sites, &mut plan, key, standing, ha, point);
    }
    for (key, Both(standing, engine)) in cast.automation_engines.iter() {
        each(context, sites, &mut plan, key, standing, |plan, seat| {
            plan.add(Kind::AutomationEngine, seat, standing, Part::Engine(engine));
        });
    }
    // Kinds that came later are numbered after all others, so that older files keep their numbers.
    kinds::servers(context, sites, &mut plan, cast);
    kinds::keepers(context, sites, &mut plan, cast);
    kinds::ledgers(context, sites, &mut plan, cast);
    kinds::companions(context, &mut plan);
    plan
}

impl<'a> Plan<'a> {
    pub(super) fn add(&mut self, kind: Kind, seat: &Seat, standing: &'a Standing, part: Part<'a>) -> NodeId {
        let id = NodeId::new(self.nodes.len());
        let Seat { name, place, key, site, homeless, vars } = seat.clone();
        self.nodes.push(Planned { name, place, key, kind, site, homeless, vars, standing, part });
        id
    }
}

/// A name and a site that a node may take.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) key: String,
    pub(super) site: SiteId,
    pub(super) homeless: bool,
    pub(super) vars: Vars,
}

fn points<'a>(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &mut Plan<'a>,
    kind: Kind,
    table: &'a Table<Both<Standing, Point>>,
) {
    for (key, Both(standing, point)) in table.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            plan.add(kind, seat, standing, Part::Point(point, Membership::default()));
        });
    }
}

/// Calls `add` for every instance of an entry whose members are single nodes, and names them.
fn each<'a>(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &mut Plan<'a>,
    key: &At<String>,
    standing: &Standing,
    add: impl Fn(&mut Plan<'a>, &Seat),
) {
    for seat in seats(context, sites, plan, key, standing) {
        if is_new_name(context, &seat.name, key.place) {
            let id = NodeId::new(plan.nodes.len());
            context.nodes.insert(seat.name.clone(), vec![id]);
            if seat.vars != Vars::default() {
                context.expanded.entry(key.place).or_default().push((id, seat.vars.clone()));
            }
            add(plan, &seat);
        }
    }
}

fn groups<'a>(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &mut Plan<'a>,
    key: &At<String>,
    standing: &'a Standing,
    group: &'a Group,
    point: &'a Point,
) {
    for seat in seats(context, sites, plan, key, standing) {
        if !is_new_name(context, &seat.name, key.place) {
            continue;
        }
        context.nodes.insert(seat.name.clone(), Vec::new());
        let mut before = Vec::new();
        for member in group.members.iter().flatten() {
            let Some(seat) = member_seat(context, &seat, member) else { continue };
            let membership = Membership { before: before.clone(), ..Membership::default() };
            let id = plan.add(Kind::Collector, &seat, standing, Part::Point(point, membership));
            context.nodes.insert(seat.name, vec![id]);
            before.push(id);
        }
        context.nodes.insert(seat.name, before);
    }
}

fn pairs<'a>(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &mut Plan<'a>,
    key: &At<String>,
    standing: &'a Standing,
    ha: &'a HighAvailability,
    point: &'a Point,
) {
    let tentative_hold = (ha.mode == PairModeDraft::ActiveActive).then_some(ha.tentative_hold.value);
    for seat in seats(context, sites, plan, key, standing) {
        if !is_new_name(context, &seat.name, key.place) {
            continue;
        }
        let seats: Vec<Seat> = match &ha.members {
            Some(members) => members.iter().filter_map(|m| member_seat(context, &seat, m)).collect(),
            None => ["-a", "-b"]
                .iter()
                .map(|end| Seat {
                    name: format!("{}{end}", seat.name),
                    key: format!("{}{end}", seat.key),
                    ..seat.clone()
                })
                .filter(|seat| is_new_name(context, &seat.name, key.place))
                .collect(),
        };
        context.nodes.insert(seat.name.clone(), Vec::new());
        let [first, second] = seats.as_slice() else { continue };
        if first.name == second.name {
            let fact = format!("both members of `{}` are called `{}`", seat.name, first.name);
            context.say("duplicate-name", key.place, fact, "give each member its own name");
            continue;
        }
        let members = [NodeId::new(plan.nodes.len()), NodeId::new(plan.nodes.len() + 1)];
        for (seat, peer, preferred) in [(first, members[1], true), (second, members[0], false)] {
            let membership =
                Membership { pair: Some((ha, peer, preferred)), tentative_hold, ..Membership::default() };
            let id = plan.add(Kind::Firewall, seat, standing, Part::Point(point, membership));
            context.nodes.insert(seat.name.clone(), vec![id]);
        }
        context.nodes.insert(seat.name.clone(), members.to_vec());
        plan.pairs.push(PlannedPair { name: seat.name, members });
    }
}

/// A member's own name and site; its numbers are the group's.
fn member_seat(context: &mut Context<'_>, group: &Seat, member: &MemberDraft) -> Option<Seat> {
    let name = member.name.as_ref()?;
    let filled = group.vars.fill(&name.value);
    if !is_good_name(context, &filled, name.place) || !is_new_name(context, &filled, name.place) {
        return None;
    }
    let site = match &member.site {
        Some(site) => context.site(&group.vars.fill(&site.value), site.place),
        None => Some(group.site).filter(|_| !group.homeless),
    };
    let homeless = site.is_none();
    let key = naming::key(context, member.was.as_ref(), &filled, &group.vars);
    let site = site.unwrap_or(group.site);
    Some(Seat { name: filled, place: name.place, key, site, homeless, vars: group.vars.clone() })
}

/// The names and sites of an entry's instances.
pub(super) fn seats(
    context: &mut Context<'_>,
    sites: &[Site],
    plan: &Plan<'_>,
    key: &At<String>,
    standing: &Standing,
) -> Vec<Seat> {
    let count = standing.count.as_ref().map(|c| c.value);
    let laid_out: Vec<(SiteId, Vars)> = match (&standing.at_each, &standing.site) {
        (Some(glob), None) => laid_out(context, glob, sites),
        (None, Some(_)) => vec![(SiteId::new(0), Vars::default())],
        (Some(glob), Some(_)) => {
            let fact = format!("`{}` has both `site` and `at_each`", key.value);
            context.say("impossible", glob.place, fact, "remove one of them");
            return Vec::new();
        }
        (None, None) => {
            let hint = "write `site: NAME`, or `at_each: GLOB` for one at every matching site";
            context.say("missing-key", key.place, format!("`{}` lacks `site`", key.value), hint);
            vec![(SiteId::new(0), Vars::default())]
        }
    };
    if !fits_pattern(context, key, count.is_some(), laid_out.len() > 1) {
        return Vec::new();
    }
    let wanted = (laid_out.len() as u64).saturating_mul(count.unwrap_or(1));
    if plan.nodes.len() as u64 + wanted > NODES_MAX {
        let place = standing.count.as_ref().map_or(key.place, |c| c.place);
        let fact = format!("`{}` alone makes {wanted} nodes; a topology has at most {NODES_MAX}", key.value);
        context.say("too-large", place, fact, "lower the count");
        return Vec::new();
    }
    let mut seats = Vec::new();
    for (site, laid) in laid_out {
        for n in 1..=count.unwrap_or(1) {
            let vars = Vars { n: count.map(|_| n), ..laid.clone() };
            let name = vars.fill(&key.value);
            let home = match &standing.site {
                Some(named) => context.site(&vars.fill(&named.value), named.place),
                None => laid.site.as_ref().map(|_| site),
            };
            if is_good_name(context, &name, key.place) {
                let named = naming::key(context, standing.was.as_ref(), &name, &vars);
                let (site, homeless) = (home.unwrap_or(site), home.is_none());
                seats.push(Seat { name, place: key.place, key: named, site, homeless, vars });
            }
        }
    }
    seats
}

/// The sites that `at_each` means, each with what stands for it in names.
pub(super) fn laid_out(context: &mut Context<'_>, glob: &At<String>, sites: &[Site]) -> Vec<(SiteId, Vars)> {
    let vars = |id: SiteId| {
        let name = &sites[id.index()].name;
        let stars = names::stars(&glob.value, name).unwrap_or_default();
        (id, Vars { n: None, site: Some(name.clone()), stars })
    };
    context.sites_of(&glob.value, glob.place).into_iter().map(vars).collect()
}
