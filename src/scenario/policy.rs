//! Policy: from its draft to rules whose every name is a position.
//!
//! Knows zones, groups and tags by name. Must not know how a flow is judged.

use std::collections::BTreeSet;

use super::enforcement::{AddressGroup, Group, Policy, Rule, Whom, Zone};
use crate::ids::NodeId;
use crate::topology::draft::policy::{
    ActionDraft, AddressGroupDraft, DirectoryGroupDraft, GroupDraft, PolicyDraft, RuleDraft,
};
use crate::topology::draft::value::{At, NetworkText, Table, Unit};
use crate::topology::{Context, Kind, Topology};
use ipnet::IpNet;

/// Any known user. Source: PAN-OS's word in a rule (documented).
const KNOWN: &str = "known-user";
/// An address without a user. Source: as above.
const UNKNOWN: &str = "unknown";

/// The policy of a draft; problems go to `context`.
pub(super) fn resolve(context: &mut Context<'_>, draft: &PolicyDraft, topology: &Topology) -> Policy {
    let mut zones: Vec<(String, Zone)> = Vec::new();
    for (key, zone) in draft.zones.iter() {
        let sites = zone.sites.iter().flat_map(|site| context.sites_of(&site.value, site.place)).collect();
        let networks = networks(context, &zone.networks);
        zones.push((key.value.clone(), Zone { sites, networks }));
    }
    let mut traffic: Vec<(String, u32)> = Vec::new();
    for (key, share) in draft.traffic.iter() {
        traffic.push((key.value.clone(), share.value));
    }
    if let Some((key, _)) = draft.traffic.iter().next()
        && traffic.iter().all(|(_, share)| *share == 0)
    {
        context.say("impossible", key.place, "no flow goes anywhere", "give one destination a share above 0");
    }
    let groups: Vec<Group> =
        draft.groups.iter().map(|(key, group)| self::group(context, &key.value, group, topology)).collect();
    let address_groups: Vec<AddressGroup> =
        draft.address_groups.iter().map(|(_, group)| address_group(context, group)).collect();
    let mut rules = Vec::new();
    let mut names = BTreeSet::new();
    for rule in draft.rules.iter().flatten() {
        let Some(name) = &rule.name else { continue };
        if !names.insert(name.value.clone()) {
            let fact = format!("`{}` is already the name of a rule", name.value);
            context.say("duplicate-name", name.place, fact, "every rule needs a name of its own");
        }
        let from = rule.from.iter().filter_map(|zone| self::zone(context, &mut zones, zone)).collect();
        let to = rule.to.iter().filter_map(|to| {
            let known = traffic.iter().map(|(name, _)| name.as_str());
            find(context, to, known, "destination under `traffic`")
        });
        let to = to.collect();
        rules.push(self::rule(context, draft, rule, name.value.clone(), (from, to)));
    }
    if traffic.is_empty() {
        traffic.push(("any".to_owned(), 1));
    }
    let zones = zones.into_iter().map(|(_, zone)| zone).collect();
    Policy { zones, traffic, groups, address_groups, rules }
}

fn rule(
    context: &mut Context<'_>,
    draft: &PolicyDraft,
    rule: &RuleDraft,
    name: String,
    (from, to): (Vec<usize>, Vec<usize>),
) -> Rule {
    let whom = |user: &At<String>| match user.value.as_str() {
        KNOWN => Whom::Known,
        UNKNOWN => Whom::Unknown,
        name => Whom::Named(name.to_owned()),
    };
    let groups = rule.groups.iter().filter_map(|group| find(context, group, keys(&draft.groups), "group"));
    let groups = groups.collect();
    let address_groups = rule
        .address_groups
        .iter()
        .filter_map(|group| find(context, group, keys(&draft.address_groups), "address group"))
        .collect();
    let users = rule.users.iter().map(whom).collect();
    let allows = rule.action == Some(ActionDraft::Allow);
    let authenticated_within = rule.authenticated_within.as_ref().map(|within| within.value);
    Rule { name, from, to, users, groups, address_groups, authenticated_within, allows }
}

fn keys<T>(table: &Table<T>) -> impl Iterator<Item = &str> + Clone {
    table.0.iter().map(|(key, _)| key.value.as_str())
}

/// The position of a name among those known; `None` after a problem.
fn find<'n>(
    context: &mut Context<'_>,
    name: &At<String>,
    known: impl Iterator<Item = &'n str> + Clone,
    what: &str,
) -> Option<usize> {
    let found = known.clone().position(|known| known == name.value);
    if found.is_none() {
        let hint = context.hint(&name.value, known, &format!("declared {what}s"));
        context.say("dangling-reference", name.place, format!("there is no {what} `{}`", name.value), hint);
    }
    found
}

/// The position of a zone; a site that is named becomes one.
fn zone(context: &mut Context<'_>, zones: &mut Vec<(String, Zone)>, name: &At<String>) -> Option<usize> {
    if let Some(position) = zones.iter().position(|(known, _)| *known == name.value) {
        return Some(position);
    }
    let Some(site) = context.sites.get(&name.value).copied() else {
        let known: Vec<String> =
            zones.iter().map(|(name, _)| name.clone()).chain(context.sites.keys().cloned()).collect();
        let hint = context.hint(&name.value, known.iter().map(String::as_str), "zones and sites");
        context.say("dangling-reference", name.place, format!("there is no zone `{}`", name.value), hint);
        return None;
    };
    zones.push((name.value.clone(), Zone { sites: vec![site], networks: Vec::new() }));
    Some(zones.len() - 1)
}

fn networks(context: &mut Context<'_>, drafts: &[Unit<NetworkText>]) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for draft in drafts {
        match draft.value.network(1) {
            Ok(network) => networks.push(network),
            Err(fact) => context.say("wrong-value", draft.place, fact, ""),
        }
    }
    networks
}

fn group(context: &mut Context<'_>, name: &str, draft: &GroupDraft, topology: &Topology) -> Group {
    match draft {
        GroupDraft { directory: Some(DirectoryGroupDraft { from: Some(from), share }), .. } => {
            match directory(context, from, topology) {
                Some(from) => Group::Directory { name: name.to_owned(), from, share: share.value },
                None => Group::Users(Vec::new()),
            }
        }
        GroupDraft { share: Some(share), .. } => Group::Share(name.to_owned(), share.value),
        GroupDraft { tag: Some(tag), .. } => Group::Tag(context.label(&tag.value)),
        GroupDraft { users, .. } => {
            Group::Users(users.iter().flatten().map(|user| user.value.clone()).collect())
        }
    }
}

/// The directory of this name; `None` after a problem.
fn directory(context: &mut Context<'_>, name: &At<String>, topology: &Topology) -> Option<NodeId> {
    let is_directory = |id: &NodeId| topology.nodes[id.index()].kind == Kind::Directory;
    let found = context.nodes.get(&name.value).and_then(|ids| ids.iter().copied().find(is_directory));
    if found.is_none() {
        let all = topology.nodes.iter().filter(|node| node.kind == Kind::Directory);
        let hint = context.hint(&name.value, all.map(|node| node.name.as_str()), "declared directories");
        let fact = format!("there is no directory `{}`", name.value);
        context.say("dangling-reference", name.place, fact, hint);
    }
    found
}

fn address_group(context: &mut Context<'_>, draft: &AddressGroupDraft) -> AddressGroup {
    match (&draft.tag, &draft.networks) {
        (Some(tag), _) => AddressGroup::Tag(context.label(&tag.value)),
        (None, networks) => {
            AddressGroup::Networks(self::networks(context, networks.as_deref().unwrap_or_default()))
        }
    }
}
