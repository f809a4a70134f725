//! Sessions: the feeds that do not stand at the end, with names, ports and what keeps them.
//!
//! Knows the configured feeds. Must not know how a dial comes to nothing.

use std::collections::BTreeMap;

use super::{Decimal, SessionRow};
use crate::ids::NodeId;
use crate::lint::blocked_by;
use crate::observe::Missing;
use crate::roles::{Feed, Hindrance, SessionSettings};
use crate::scenario::Scenario;
use crate::topology::Role;

/// What a feed is, and who dials whom on which port for it.
struct Dial {
    kind: &'static str,
    from: NodeId,
    to: NodeId,
    port: u16,
}

/// A row for each, in their order.
pub(super) fn rows(scenario: &Scenario, missing: &[Missing]) -> Vec<SessionRow> {
    if missing.is_empty() {
        return Vec::new();
    }
    let sessions: BTreeMap<(NodeId, NodeId), &SessionSettings> = scenario
        .topology
        .sessions
        .iter()
        .map(|session| ((session.upstream, session.client), session))
        .collect();
    let dials: Vec<Dial> = missing.iter().map(|one| dial(scenario, &sessions, one)).collect();
    let asked: Vec<(NodeId, NodeId, u16)> =
        dials.iter().map(|dial| (dial.from, dial.to, dial.port)).collect();
    let blocked = blocked_by(scenario, &asked);
    let name = |node: NodeId| scenario.topology.nodes[node.index()].name.clone();
    let row = |((one, dial), by): ((&Missing, Dial), Option<String>)| SessionRow {
        from: name(one.from),
        to: name(one.to),
        kind: dial.kind,
        port: dial.port,
        why: word(one.why),
        because: match (one.why, by) {
            (Hindrance::Port, Some(by)) => format!("{by} it"),
            (why, _) => because(why).to_owned(),
        },
        stood_at_seconds: one.stood.map(|at| Decimal::from(at.since_start())),
        dials_failed: one.dials_failed,
    };
    missing.iter().zip(dials).zip(blocked).map(row).collect()
}

fn dial(scenario: &Scenario, sessions: &BTreeMap<(NodeId, NodeId), &SessionSettings>, one: &Missing) -> Dial {
    if let Some(session) = sessions.get(&(one.from, one.to)) {
        let kind = match session.feed {
            Feed::HighAvailability => "ha1",
            Feed::Redistribution | Feed::Typed(_) => "redistribution",
        };
        return Dial { kind, from: one.to, to: one.from, port: session.port };
    }
    match &scenario.topology.nodes[one.from.index()].role {
        Role::Push(push) => Dial { kind: "push", from: one.from, to: one.to, port: push.port },
        Role::Log(log) => Dial { kind: "log", from: one.to, to: one.from, port: log.port },
        Role::Engine(_) | Role::Point(_) => unreachable!("these feed over sessions, or note no feed"),
    }
}

fn word(why: Hindrance) -> &'static str {
    match why {
        Hindrance::Certificate => "certificate",
        Hindrance::CollectorName => "collector_name",
        Hindrance::Name => "dns",
        Hindrance::Port => "port",
        Hindrance::PreSharedKey => "pre_shared_key",
        Hindrance::SerialNumber => "serial_number",
        Hindrance::ServiceRoute => "service_route",
        Hindrance::Unanswered => "unanswered",
    }
}

fn because(why: Hindrance) -> &'static str {
    match why {
        Hindrance::Certificate => "a certificate of one end has expired",
        Hindrance::CollectorName => "refused: the two name different collectors",
        Hindrance::Name => "its host name cannot be looked up",
        Hindrance::Port => "the port is blocked",
        Hindrance::PreSharedKey => "refused: the pre-shared keys differ",
        Hindrance::SerialNumber => "refused: it has another serial number",
        Hindrance::ServiceRoute => "a service route is down",
        Hindrance::Unanswered => "nobody answers",
    }
}
