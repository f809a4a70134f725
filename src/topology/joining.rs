//! Joining: whether the two ends of a session know each other, by name, key, serial number and certificate.
//!
//! Knows what both ends are said to say. Must not know links or ports.

use std::collections::BTreeMap;

use super::context::Context;
use super::draft::joining::{CertificateDraft, JoiningDraft};
use super::draft::node::Point;
use super::draft::value::{At, Table};
use super::expand::{Part, Planned};
use super::names::Vars;
use super::resolved::Kind;
use crate::ids::NodeId;
use crate::roles::{Hindrance, Joining, SessionSettings};
use crate::units::{Instant, Span};

/// The longest pre-shared key. Source: vendor documentation of data redistribution (documented). Units: characters.
const KEY_MAX: usize = 255;

/// What must be so for the session of `draft` between two nodes; `backup_of` is resolved by the caller.
pub(super) fn of_session(
    context: &mut Context<'_>,
    draft: &JoiningDraft,
    vars: &Vars,
    server: &Planned<'_>,
    backup_of: Option<NodeId>,
) -> Joining {
    if let (Some(serial), Some(other)) =
        (&draft.serial_number, draft.collector_name.as_ref().or(draft.pre_shared_key.as_ref()))
    {
        let fact = format!(
            "the upstream is named by serial number `{}`, and by a collector name or key as well",
            serial.value
        );
        context.say(
            "impossible",
            other.place,
            fact,
            "a collector name and key belong to an upstream by host and port; keep one of the two",
        );
    }
    check_key(context, draft.pre_shared_key.as_ref());
    let mismatch = match &server.part {
        Part::Point(point, _) => mismatch(draft, vars, point, &server.vars),
        Part::Clients(..)
        | Part::Engine(_)
        | Part::Ledger(_)
        | Part::Log(..)
        | Part::Nac(..)
        | Part::Push(..)
        | Part::Syslog(..)
        | Part::XmlApi(..) => None,
    };
    Joining {
        mismatch,
        valid_until: None,
        tls_round_trips: draft.tls_round_trips.value,
        by_host_name: draft.by_host_name,
        backup_of,
    }
}

/// A key that is longer than the field it is typed into cannot be meant.
pub(super) fn check_key(context: &mut Context<'_>, key: Option<&At<String>>) {
    if let Some(key) = key.filter(|key| key.value.chars().count() > KEY_MAX) {
        let fact = format!("the pre-shared key has {} characters", key.value.chars().count());
        context.say("out-of-range", key.place, fact, format!("at most {KEY_MAX} are possible"));
    }
}

fn mismatch(draft: &JoiningDraft, vars: &Vars, point: &Point, own: &Vars) -> Option<Hindrance> {
    let says = |text: &Option<At<String>>, vars: &Vars| text.as_ref().map(|text| vars.fill(&text.value));
    let differs =
        |client: &Option<At<String>>, server: &Option<At<String>>| says(client, vars) != says(server, own);
    if draft.serial_number.is_some() {
        return differs(&draft.serial_number, &point.serial_number).then_some(Hindrance::SerialNumber);
    }
    if differs(&draft.collector_name, &point.collector_name) {
        return Some(Hindrance::CollectorName);
    }
    differs(&draft.pre_shared_key, &point.pre_shared_key).then_some(Hindrance::PreSharedKey)
}

/// Certificates by name: when each expires, and whether also among those who have it.
struct Certificates<'a> {
    known: BTreeMap<&'a str, (Option<Instant>, bool)>,
}

/// Says of every session until when its certificates fit.
pub(super) fn certify(
    context: &mut Context<'_>,
    drafts: &Table<CertificateDraft>,
    start: Span,
    nodes: &[Planned<'_>],
    sessions: &mut [SessionSettings],
) {
    let mut certificates = Certificates { known: BTreeMap::new() };
    for (name, draft) in drafts.iter() {
        let expires = draft.expires.as_ref().map(|at| Instant::after_start(at.value.since(start)));
        certificates.known.insert(&name.value, (expires, draft.strict));
    }
    let named: Vec<Option<&str>> = nodes.iter().map(|node| certificates.of(context, node)).collect();
    for session in sessions {
        if let (Some(client), Some(upstream)) =
            (named[session.client.index()], named[session.upstream.index()])
        {
            session.joining.valid_until = certificates.valid_until(client, upstream);
        }
    }
}

impl<'a> Certificates<'a> {
    /// The certificate of a node; `None` where it has none, and after a problem.
    fn of(&self, context: &mut Context<'_>, node: &Planned<'a>) -> Option<&'a str> {
        let Part::Point(point, _) = &node.part else { return None };
        let name = point.certificate.as_ref()?;
        if self.known.contains_key(name.value.as_str()) {
            return Some(&name.value);
        }
        let hint = context.hint(&name.value, self.known.keys().copied(), "declared certificates");
        context.say(
            "dangling-reference",
            name.place,
            format!("there is no certificate `{}`", name.value),
            hint,
        );
        None
    }

    fn valid_until(&self, one: &str, other: &str) -> Option<Instant> {
        let known = |name: &str| self.known.get(name).copied().unwrap_or_default();
        if one == other {
            return known(one).0.filter(|_| known(one).1);
        }
        [known(one).0, known(other).0].into_iter().flatten().min()
    }
}

/// The other Panorama of each Panorama's HA pair.
pub(super) fn peers(context: &mut Context<'_>, nodes: &[Planned<'_>]) {
    for (index, node) in nodes.iter().enumerate() {
        let Part::Point(point, _) = &node.part else { continue };
        let Some(name) = &point.ha_peer else { continue };
        let text = node.vars.fill(&name.value);
        match context.nodes.get(&text).map(Vec::as_slice) {
            Some([peer])
                if is_panorama(node) && is_panorama(&nodes[peer.index()]) && peer.index() != index =>
            {
                context.places.nodes[index].ha_peer = Some((*peer, name.place));
            }
            Some(_) => {
                let fact = format!("`{}` and `{text}` are not two Panoramas", node.name);
                context.say(
                    "wrong-kind",
                    name.place,
                    fact,
                    "a Panorama names the other Panorama of its pair; firewalls stand under `ha_pairs`",
                );
            }
            None => {
                let hint = context.hint(&text, context.nodes.keys().map(String::as_str), "declared nodes");
                context.say("dangling-reference", name.place, format!("there is no node `{text}`"), hint);
            }
        }
    }
}

fn is_panorama(node: &Planned<'_>) -> bool {
    node.kind == Kind::Panorama
}
