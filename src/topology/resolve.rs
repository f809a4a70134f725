//! Resolve: from draft to topology. Sites, then nodes, then links, then who reaches whom.
//!
//! Knows the order of the steps. Must not know the workload or faults.

use super::blocks;
use super::cast::{self, Talk};
use super::context::Context;
use super::draft::General;
use super::draft::network::LinkDraft;
use super::draft::node::Cast;
use super::draft::value::{At, Table};
use super::expand;
use super::graph::Graph;
use super::joining;
use super::names::Vars;
use super::naming;
use super::profiles;
use super::resolved::{Link, Place, Site, Topology};
use crate::engine::LinkSettings;
use crate::ids::{LinkId, NodeId, SiteId};
use crate::units::Span;

/// The most links: one for every node that a topology may have.
const LINKS_MAX: u64 = expand::NODES_MAX;

/// The topology of a draft; problems go to `context`. `links_whole` says that the check cut nothing from
/// sites and links, so that a missing way is worth a word.
pub fn resolve(context: &mut Context<'_>, general: &General, drafts: &Cast, links_whole: bool) -> Topology {
    profiles::resolve(context, &general.syslog_profiles);
    let sites = general.sites.as_ref().map_or_else(Vec::new, |drafts| expand::sites(context, drafts));
    if sites.is_empty() {
        // The check has said so; ids below must still point at something.
        return Topology {
            sites,
            nodes: Vec::new(),
            links: Vec::new(),
            sessions: Vec::new(),
            pairs: Vec::new(),
        };
    }
    let plan = expand::cast(context, &sites, drafts);
    if plan.nodes.is_empty() && context.problems.is_empty() {
        let place =
            general.sites.as_ref().and_then(|s| s.0.first()).map_or_else(Default::default, |(k, _)| k.place);
        let hint = "declare at least a source, a learner and a firewall";
        context.say("empty", place, "the topology has sites but no nodes", hint);
    }
    let keys = plan.nodes.iter().map(|node| (node.name.as_str(), node.key.as_str(), node.place));
    naming::check_keys(context, keys);
    let mut cast = cast::resolve(context, &plan, general.start.value.0);
    joining::peers(context, &plan.nodes);
    joining::certify(context, &general.certificates, general.start.value.0, &plan.nodes, &mut cast.sessions);
    let linked = context.problems.len();
    let links = links(context, &general.links, &sites, &plan);
    let links_whole = links_whole && context.problems.len() == linked;
    let topology = Topology { sites, nodes: cast.nodes, links, sessions: cast.sessions, pairs: cast.pairs };
    if links_whole {
        let homeless = |id: NodeId| plan.nodes[id.index()].homeless;
        let talks = cast.talks.iter().filter(|talk| !homeless(talk.client) && !homeless(talk.server));
        check_ways(context, &topology, talks);
    }
    topology
}

fn links(
    context: &mut Context<'_>,
    drafts: &Table<LinkDraft>,
    sites: &[Site],
    plan: &expand::Plan<'_>,
) -> Vec<Link> {
    let mut links = Vec::new();
    for (key, draft) in drafts.iter() {
        let settings = settings(context, draft);
        let Some([from, to]) = draft.between.as_deref() else { continue };
        let instances = instances(context, key, draft, sites, links.len());
        let blocks = draft.blocked_ports.len().saturating_add(draft.through.len());
        if !context.affords(instances.len().saturating_mul(blocks), key.place) {
            continue;
        }
        for vars in instances {
            let name = vars.fill(&key.value);
            if !naming::is_good_name(context, &name, key.place) {
                continue;
            }
            if context.links.contains_key(&name) {
                let fact = format!("`{name}` is already the name of a link");
                context.say("duplicate-name", key.place, fact, "every link needs a name of its own");
                continue;
            }
            let (Some(a), Some(b)) = (end(context, from, &vars), end(context, to, &vars)) else { continue };
            if a == b {
                let fact = format!("both ends of `{name}` are `{}`", vars.fill(&from.value));
                context.say("impossible", from.place, fact, "a link joins two places");
                continue;
            }
            context.links.insert(name.clone(), LinkId::new(links.len()));
            context.places.links.push(key.place);
            let ports_blocked = blocks::of_link(context, draft, &vars, [a, b], plan);
            let settings = LinkSettings { ports_blocked, ..settings.clone() };
            let key = naming::key(context, draft.was.as_ref(), &name, &vars);
            links.push(Link { name, key, ends: [a, b], settings });
        }
    }
    let places = context.places.links.clone();
    let keys = links.iter().zip(places).map(|(link, place)| (link.name.as_str(), link.key.as_str(), place));
    naming::check_keys(context, keys);
    links
}

fn instances(
    context: &mut Context<'_>,
    key: &At<String>,
    draft: &LinkDraft,
    sites: &[Site],
    so_far: usize,
) -> Vec<Vars> {
    let count = draft.count.as_ref().map(|c| c.value);
    let laid_out: Vec<Vars> = match &draft.at_each {
        Some(glob) => expand::laid_out(context, glob, sites).into_iter().map(|(_, vars)| vars).collect(),
        None => vec![Vars::default()],
    };
    if !naming::fits_pattern(context, key, count.is_some(), laid_out.len() > 1) {
        return Vec::new();
    }
    let wanted = (laid_out.len() as u64).saturating_mul(count.unwrap_or(1));
    if so_far as u64 + wanted > LINKS_MAX {
        let place = draft.count.as_ref().map_or(key.place, |c| c.place);
        context.say("too-large", place, format!("there are more than {LINKS_MAX} links"), "lower the count");
        return Vec::new();
    }
    let mut instances = Vec::new();
    for laid in laid_out {
        for n in 1..=count.unwrap_or(1) {
            instances.push(Vars { n: count.map(|_| n), ..laid.clone() });
        }
    }
    instances
}

fn settings(context: &mut Context<'_>, draft: &LinkDraft) -> LinkSettings {
    LinkSettings {
        latency: draft.latency.as_ref().map_or(Span::ZERO, |l| l.value),
        jitter: context.distribution(&draft.jitter),
        bandwidth: draft.bandwidth.as_ref().map(|b| b.value),
        loss: draft.loss.value,
        retransmission_timeout: draft.retransmission_timeout.value,
        queue_frames_max: draft.queue_frames.as_ref().map(|q| q.value),
        ports_blocked: Vec::new(),
    }
}

/// A site or a single node.
pub(super) fn end(context: &mut Context<'_>, name: &At<String>, vars: &Vars) -> Option<Place> {
    let text = vars.fill(&name.value);
    if let Some(site) = context.sites.get(&text) {
        return Some(Place::Site(*site));
    }
    match context.nodes.get(&text).map(Vec::as_slice) {
        Some([node]) => return Some(Place::Node(*node)),
        Some(_) => {
            let fact = format!("`{text}` is a group or pair; a link ends at a site or at a single node");
            context.say("wrong-kind", name.place, fact, "name one of its members");
        }
        None => {
            let known = context.sites.keys().chain(context.nodes.keys()).map(String::as_str);
            let hint = context.hint(&text, known, "declared sites and nodes");
            context.say("dangling-reference", name.place, format!("there is no site or node `{text}`"), hint);
        }
    }
    None
}

fn check_ways<'a>(context: &mut Context<'_>, topology: &Topology, talks: impl Iterator<Item = &'a Talk>) {
    let graph = Graph::new(topology.sites.len(), &topology.nodes, &topology.links);
    for talk in talks {
        if graph.connects(talk.client, talk.server) {
            continue;
        }
        let name = |id: NodeId| {
            let node = &topology.nodes[id.index()];
            let site: SiteId = node.site;
            format!("`{}` (site {})", node.name, topology.sites[site.index()].name)
        };
        let fact = format!("no way leads over links from {} to {}", name(talk.client), name(talk.server));
        context.say(
            "no-path",
            talk.place,
            fact,
            "add a link between the two sites, or between sites on the way",
        );
    }
}
