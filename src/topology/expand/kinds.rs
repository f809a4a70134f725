//! Kinds: servers whose logs are read, session keepers, directories and terminal servers; and companions: nodes that stand
//! for a part of another one, such as the sessions of a server.
//!
//! Knows which section makes which kind. Must not know what the nodes do.

use super::{Context, Kind, Part, Plan, Planned, Site, each};
use crate::ids::NodeId;
use crate::topology::draft::node::Cast;
use crate::topology::draft::value::Both;
use crate::topology::ledgers::LedgerDraft;
use crate::topology::naming::is_new_name;
use crate::topology::origins::{KeeperDraft, LogDraft, companion};

/// Servers whose logs are read.
pub(super) fn servers<'a>(context: &mut Context<'_>, sites: &[Site], plan: &mut Plan<'a>, cast: &'a Cast) {
    for (key, Both(standing, Both(server, reach))) in cast.exchange_servers.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            plan.add(Kind::ExchangeServer, seat, standing, Part::Log(LogDraft::of_exchange(server), reach));
        });
    }
    for (key, Both(standing, Both(server, reach))) in cast.edirectories.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            plan.add(Kind::EDirectory, seat, standing, Part::Log(LogDraft::of_edirectory(server), reach));
        });
    }
    for (key, Both(standing, Both(engine, reach))) in cast.cloud_identity_engines.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            let part = Part::Log(LogDraft::of_engine(engine), reach);
            plan.add(Kind::CloudIdentityEngine, seat, standing, part);
        });
    }
}

/// Sources that keep sessions and push.
pub(super) fn keepers<'a>(context: &mut Context<'_>, sites: &[Site], plan: &mut Plan<'a>, cast: &'a Cast) {
    for (key, Both(standing, Both(push, Both(radius, reach)))) in cast.radius_servers.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            let part = Part::Push(push, KeeperDraft::Radius(radius), reach);
            plan.add(Kind::RadiusServer, seat, standing, part);
        });
    }
    for (key, Both(standing, Both(push, Both(gateway, reach)))) in cast.globalprotect_gateways.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            let part = Part::Push(push, KeeperDraft::Gateway(gateway), reach);
            plan.add(Kind::GlobalProtectGateway, seat, standing, part);
        });
    }
    for (key, Both(standing, Both(push, Both(portal, reach)))) in cast.captive_portals.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            let part = Part::Push(push, KeeperDraft::Portal(portal), reach);
            plan.add(Kind::CaptivePortal, seat, standing, part);
        });
    }
}

/// What nodes read for themselves.
pub(super) fn ledgers<'a>(context: &mut Context<'_>, sites: &[Site], plan: &mut Plan<'a>, cast: &'a Cast) {
    for (key, Both(standing, directory)) in cast.directories.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            plan.add(Kind::Directory, seat, standing, Part::Ledger(LedgerDraft::Directory(directory)));
        });
    }
    for (key, Both(standing, server)) in cast.terminal_servers.iter() {
        each(context, sites, plan, key, standing, |plan, seat| {
            plan.add(Kind::TerminalServer, seat, standing, Part::Ledger(LedgerDraft::Terminal(server)));
        });
    }
}

/// What stands beside nodes that are planned, after all of them.
pub(super) fn companions(context: &mut Context<'_>, plan: &mut Plan<'_>) {
    for index in 0..plan.nodes.len() {
        let node = &plan.nodes[index];
        let (kind, part) = match &node.part {
            Part::Log(log, reach) => match log.of_sessions() {
                Some(sessions) => (Kind::SessionTable, Part::Log(sessions, reach)),
                None => continue,
            },
            Part::Point(point, membership) => match &point.probing {
                Some(probing) if membership.pair.is_none() => {
                    (Kind::Clients, Part::Clients(NodeId::new(index), probing))
                }
                Some(probing) => {
                    let fact = format!("`{}` is a member of a pair", node.name);
                    context.say("impossible", probing.interval.place, fact, "let an agent probe");
                    continue;
                }
                None => continue,
            },
            _ => continue,
        };
        let name = companion(&node.name, kind);
        let beside = Planned {
            key: companion(&node.key, kind),
            name,
            kind,
            part,
            place: node.place,
            site: node.site,
            homeless: node.homeless,
            vars: node.vars.clone(),
            standing: node.standing,
        };
        if is_new_name(context, &beside.name, beside.place) {
            context.nodes.insert(beside.name.clone(), vec![NodeId::new(plan.nodes.len())]);
            plan.nodes.push(beside);
        }
    }
}
