//! Cast: from planned nodes to resolved ones, every reference an id, and the sessions between them.
//!
//! Knows which kinds may stand at which end. Must not know how a session behaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;

mod reads;

use super::context::Context;
use super::draft::joining::JoiningDraft;
use super::draft::node::{ConflictDraft, ModeDraft, Point, ReconnectDraft, UpstreamDraft};
use super::draft::value::{At, Both, NetworkText, Unit};
use super::engines::carried;
use super::expand::{Membership, Part, Plan, Planned};
use super::joining;
use super::names::{self, Vars};
use super::origins::probed;
use super::resolved::{Kind, Node, Pair, Role, kind_name};
use super::settings::{announce, ha_settings, ignored, keepalive, places, ports};
use super::speakers::tell_lifetimes;
use super::vsys::{self, Learns};
use crate::engine::Processor;
use crate::ids::{NodeId, SessionId};
use crate::mapping::Conflict;
use crate::ports;
use crate::problem::Place;
use crate::roles::{
    Feed, HaSettings, Mode, PointSettings, PushMore, PushSettings, Read, Reconnect, SessionSettings,
};
use crate::units::Span;

/// What one session weighs beside a network or a port, in memory.
const SESSION_PARTS: usize = 10;

/// Two nodes that talk, and where the file says so.
pub(super) struct Talk {
    /// Who dials.
    pub client: NodeId,
    /// Who is dialled.
    pub server: NodeId,
    /// Where the file says so.
    pub place: Place,
}

/// Nodes, sessions, pairs, and who talks to whom.
pub(super) struct Resolved {
    /// In `NodeId` order.
    pub nodes: Vec<Node>,
    /// In `SessionId` order.
    pub sessions: Vec<SessionSettings>,
    /// In the order of the file.
    pub pairs: Vec<Pair>,
    /// All that must reach each other over the network.
    pub talks: Vec<Talk>,
}

/// Resolves every planned node.
pub(super) fn resolve(context: &mut Context<'_>, plan: &Plan<'_>, start: Span) -> Resolved {
    let mut cast =
        Cast { context, plan, start, talks: Vec::new(), sessions: Vec::new(), globs: BTreeMap::new() };
    let mut roles = Vec::new();
    for (index, planned) in plan.nodes.iter().enumerate() {
        cast.context.places.nodes.push(places(planned));
        roles.push(cast.role(NodeId::new(index), planned));
    }
    cast.high_availability(&mut roles);
    tell_lifetimes(&mut roles);
    cast.lifetimes(&mut roles);
    cast.followers(&mut roles);
    let (talks, sessions) = (cast.talks, cast.sessions);
    let nodes = plan.nodes.iter().zip(roles).map(|(planned, role)| node(context, planned, role)).collect();
    let pairs = plan.pairs.iter().map(|p| Pair { name: p.name.clone(), members: p.members }).collect();
    Resolved { nodes, sessions, pairs, talks }
}

fn node(context: &mut Context<'_>, planned: &Planned<'_>, role: Role) -> Node {
    let draft = &planned.standing.processor;
    let processor = Processor {
        per_message: context.distribution(&draft.per_message),
        per_mapping: context.distribution(&draft.per_mapping),
        per_send: context.distribution(&draft.per_send),
    };
    let ports_blocked = ports(context, &planned.standing.blocked_ports);
    Node {
        name: planned.name.clone(),
        key: planned.key.clone(),
        kind: planned.kind,
        site: planned.site,
        ports_blocked,
        processor,
        role,
    }
}

/// The cast while it is being resolved.
pub(super) struct Cast<'a, 'p> {
    pub(super) context: &'a mut Context<'p>,
    /// The time of day at virtual zero.
    pub(super) start: Span,
    pub(super) plan: &'a Plan<'a>,
    pub(super) talks: Vec<Talk>,
    sessions: Vec<SessionSettings>,
    /// What a glob stands for, as many nodes ask the same.
    globs: BTreeMap<(String, bool), Arc<[NodeId]>>,
}

impl Cast<'_, '_> {
    fn role(&mut self, id: NodeId, planned: &Planned<'_>) -> Role {
        match &planned.part {
            Part::Engine(engine) => Role::Engine(self.engine(id, engine, &planned.vars)),
            Part::Clients(agent, draft) => {
                let Part::Point(point, _) = &self.plan.nodes[agent.index()].part else {
                    unreachable!("nodes with a table probe")
                };
                let timers = (self.reconnect(&point.reconnect), keepalive(&point.keepalive));
                self.talk(*agent, id, draft.interval.place);
                Role::Push(probed(self.context, *agent, draft, timers))
            }
            Part::Ledger(ledger) => Role::Log(ledger.settings(self.context)),
            Part::Log(log, reach) => Role::Log(log.settings(self.context, reach)),
            Part::Push(push, keeper, reach) => {
                let more = PushMore { telling: keeper.telling(self.context), ..PushMore::default() };
                Role::Push(PushSettings { more, ..self.push(id, push, reach, planned) })
            }
            Part::Syslog(draft, reach) => Role::Push(self.syslog(id, draft, reach, planned)),
            Part::XmlApi(draft, reach) => Role::Push(self.xml_api(id, draft, reach, planned)),
            Part::Nac(draft, reach) => Role::Push(self.nac(id, draft, reach, planned)),
            Part::Point(point, membership) if membership.learns != Learns::Itself => {
                if let Learns::FromHub(hub) = membership.learns {
                    self.context.places.sessions.push(planned.place);
                    self.sessions.push(vsys::session(id, hub));
                }
                Role::Point(self.point(point, Vec::new(), planned))
            }
            Part::Point(point, membership) => {
                let reads = point
                    .reads
                    .iter()
                    .flat_map(|read| self.reads(id, read, membership, &planned.vars))
                    .collect();
                let mut known = BTreeSet::new();
                for upstream in &point.upstreams {
                    self.upstream(id, upstream, membership, &planned.vars, &mut known);
                }
                if let Some(capacity) = &point.dataplane_capacity {
                    self.context.dataplane.insert(id, capacity.value);
                }
                Role::Point(self.point(point, reads, planned))
            }
        }
    }

    fn point(&mut self, point: &Point, reads: Vec<Read>, planned: &Planned<'_>) -> PointSettings {
        joining::check_key(self.context, point.pre_shared_key.as_ref());
        PointSettings {
            timeout: point.timeout.value.0,
            lifetimes: Vec::new(),
            capacity: point.capacity.value,
            conflict: match point.conflict {
                ConflictDraft::Arrival => Conflict::Arrival,
                ConflictDraft::Newest => Conflict::Newest,
            },
            resync_restarts_timer: point.resync_restarts_timer,
            ignore_users: ignored(self.context, point),
            reads,
            announce: announce(&point.announce),
            keepalive: keepalive(&point.keepalive),
            reconnect: self.reconnect(&point.reconnect),
            enforces: planned.kind == Kind::Firewall,
            scope: self.networks(&point.scope, &planned.vars),
            ha: None,
        }
    }

    pub(super) fn reconnect(&mut self, draft: &ReconnectDraft) -> Reconnect {
        if draft.first.value > draft.max.value {
            let fact = format!(
                "the first wait {} is longer than the longest {}",
                draft.first.value, draft.max.value
            );
            self.context.say("impossible", draft.first.place, fact, "raise `max` or lower `first`");
        }
        Reconnect {
            first: draft.first.value,
            max: draft.max.value,
            jitter_percent: draft.jitter_percent.value,
            connect_timeout: draft.connect_timeout.value,
        }
    }

    fn networks(&mut self, drafts: &[Unit<NetworkText>], vars: &Vars) -> Vec<IpNet> {
        let mut networks = Vec::new();
        if drafts.first().is_some_and(|first| !self.context.affords(drafts.len(), first.place)) {
            return networks;
        }
        for draft in drafts {
            match draft.value.network(vars.n.unwrap_or(1)) {
                Ok(network) => networks.push(network),
                Err(fact) => self.context.say("wrong-value", draft.place, fact, ""),
            }
        }
        networks
    }

    /// A source and its learner talk.
    pub(super) fn talk(&mut self, client: NodeId, server: NodeId, place: Place) {
        self.talks.push(Talk { client, server, place });
        self.context.places.nodes[client.index()].partners.push(place);
    }

    fn upstream(
        &mut self,
        client: NodeId,
        Both(draft, joining): &Both<UpstreamDraft, JoiningDraft>,
        membership: &Membership<'_>,
        vars: &Vars,
        known: &mut BTreeSet<NodeId>,
    ) {
        let Some(name) = &draft.from else { return };
        let glob = names::is_glob(&name.value);
        for upstream in self.refer(name, vars, true).iter().copied() {
            if upstream == client {
                if !glob {
                    let fact = format!("`{}` is its own upstream", self.plan.nodes[client.index()].name);
                    self.context.say("impossible", name.place, fact, "remove it from its `upstreams`");
                }
                continue;
            }
            if !known.insert(upstream) {
                let fact = format!("`{}` is named twice as an upstream of one node", name.value);
                self.context.say("duplicate-name", name.place, fact, "keep one of the two");
                continue;
            }
            let backup_of = self.backup_of(client, joining, vars);
            let server = &self.plan.nodes[upstream.index()];
            let joining = joining::of_session(self.context, joining, vars, server, backup_of);
            let (include, exclude) =
                (self.networks(&draft.include, vars), self.networks(&draft.exclude, vars));
            self.talks.push(Talk { client, server: upstream, place: name.place });
            self.context.places.sessions.push(name.place);
            self.sessions.push(SessionSettings {
                client,
                upstream,
                feed: carried(&draft.types),
                port: draft.port.value,
                mode: match draft.mode {
                    ModeDraft::Poll => Mode::Poll { interval: draft.interval.value },
                    ModeDraft::Push => Mode::Push,
                },
                phase: draft.phase.as_ref().map(|phase| phase.value),
                include,
                exclude,
                standby_after: membership.before.clone(),
                joining,
            });
        }
    }

    /// The upstream in whose place this one is dialled; `None` after a problem.
    fn backup_of(&mut self, client: NodeId, draft: &JoiningDraft, vars: &Vars) -> Option<NodeId> {
        let name = draft.backup_of.as_ref()?;
        let [first] = *self.refer(name, vars, true) else {
            let fact = format!("`{}` is not one node", name.value);
            self.context.say("wrong-kind", name.place, fact, "name a single node among the `upstreams`");
            return None;
        };
        if self.sessions.iter().rev().take_while(|s| s.client == client).any(|s| s.upstream == first) {
            return Some(first);
        }
        let fact = format!("`{}` is no upstream before this one", name.value);
        self.context.say(
            "impossible",
            name.place,
            fact,
            "name an upstream that stands before it in the list",
        );
        None
    }

    /// The two HA1 feeds of every pair, after all other sessions.
    fn high_availability(&mut self, roles: &mut [Role]) {
        for pair in &self.plan.pairs {
            let first_feed = self.sessions.len();
            let [a, b] = pair.members;
            for (sender, receiver) in [(a, b), (b, a)] {
                self.context.places.sessions.push(self.plan.nodes[a.index()].place);
                let feed = Feed::HighAvailability;
                self.sessions.push(SessionSettings::plain(receiver, sender, feed, ports::HA1));
            }
            let (out_of_a, out_of_b) = (SessionId::new(first_feed), SessionId::new(first_feed + 1));
            for (id, feed_out, feed_in) in [(a, out_of_a, out_of_b), (b, out_of_b, out_of_a)] {
                let Part::Point(_, membership) = &self.plan.nodes[id.index()].part else { continue };
                let Some((keys, peer, preferred)) = membership.pair else { continue };
                self.talks.push(Talk { client: id, server: peer, place: keys.sync_lag.place });
                if let Role::Point(settings) = &mut roles[id.index()] {
                    let ha = ha_settings(keys, peer, preferred, feed_out, feed_in);
                    settings.ha = Some(HaSettings { tentative_hold: membership.tentative_hold, ..ha });
                }
            }
        }
    }

    /// The nodes that a reference stands for: points, or else logs. Empty after a problem.
    pub(super) fn refer(&mut self, name: &At<String>, vars: &Vars, points: bool) -> Arc<[NodeId]> {
        let text = vars.fill(&name.value);
        let nobody: Arc<[NodeId]> = Arc::new([]);
        let found = if names::is_glob(&text) {
            self.glob(text, name.place, points)
        } else if let Some(found) = self.context.nodes.get(&text) {
            let found: Arc<[NodeId]> = found.as_slice().into();
            if let Some(wrong) = found.iter().find(|id| !self.fits(**id, points)) {
                self.wrong_kind(&text, *wrong, name.place, points);
                return nobody;
            }
            found
        } else {
            let known =
                self.context.nodes.iter().filter(|(_, ids)| ids.iter().all(|id| self.fits(*id, points)));
            let what = if points { "declared nodes" } else { "declared domain controllers" };
            let hint = self.context.hint(&text, known.map(|(name, _)| name.as_str()), what);
            self.context.say("dangling-reference", name.place, format!("there is no node `{text}`"), hint);
            return nobody;
        };
        if self.context.affords(found.len().saturating_mul(SESSION_PARTS), name.place) {
            found
        } else {
            nobody
        }
    }

    fn wrong_kind(&mut self, text: &str, wrong: NodeId, place: Place, points: bool) {
        let kind = kind_name(self.plan.nodes[wrong.index()].kind);
        let (lack, hint) = if points {
            ("which has no user table to redistribute", "a learner polls a domain controller under `reads`")
        } else {
            ("which keeps no log to poll", "name it under `upstreams`, or let a source push `to` this node")
        };
        self.context.say("wrong-kind", place, format!("`{text}` is a {kind}, {lack}"), hint);
    }

    fn fits(&self, id: NodeId, points: bool) -> bool {
        match self.plan.nodes.get(id.index()).map(|node| &node.part) {
            Some(Part::Point(..)) => points,
            Some(Part::Log(..)) => !points && self.plan.nodes[id.index()].kind != Kind::SessionTable,
            Some(
                Part::Clients(..)
                | Part::Engine(_)
                | Part::Ledger(_)
                | Part::Nac(..)
                | Part::Push(..)
                | Part::Syslog(..)
                | Part::XmlApi(..),
            )
            | None => false,
        }
    }

    fn glob(&mut self, text: String, place: Place, points: bool) -> Arc<[NodeId]> {
        let key = (text, points);
        if let Some(found) = self.globs.get(&key) {
            return found.clone();
        }
        let ids = (0..self.plan.nodes.len()).map(NodeId::new);
        let found: Arc<[NodeId]> = ids
            .filter(|id| self.fits(*id, points) && names::matches(&key.0, &self.plan.nodes[id.index()].name))
            .collect();
        if found.is_empty() {
            let what = if points { "node with a user table" } else { "domain controller" };
            self.context.say(
                "no-match",
                place,
                format!("no {what} matches `{}`", key.0),
                "`*` stands for any text",
            );
        }
        self.globs.insert(key, found.clone());
        found
    }
}
