//! Incidents: threats of the workload, and what XML API clients register by themselves.
//!
//! Knows firewalls, engines and instants. Must not know users: a workload makes them later.

use super::enforcement::{Registration, Subject};
use super::load::Clock;
use crate::ids::NodeId;
use crate::random::Distribution;
use crate::topology::draft::engine::RegistrationDraft;
use crate::topology::draft::node::Cast;
use crate::topology::draft::value::{At, Both};
use crate::topology::draft::workload::ThreatDraft;
use crate::topology::{Context, Kind, Topology, names, tag_timeout};
use crate::units::Instant;
use crate::workload::{ThreatSpec, When};

/// Registrations of one file.
const REGISTRATIONS_MAX: usize = 100_000;

/// The threats of a workload's draft.
pub(super) fn threats(
    context: &mut Context<'_>,
    drafts: &[ThreatDraft],
    topology: &Topology,
    clock: Clock,
) -> Vec<ThreatSpec> {
    let mut specs: Vec<ThreatSpec> = Vec::new();
    for draft in drafts {
        let Some(name) = &draft.name else { continue };
        if specs.iter().any(|spec| spec.name == name.value) {
            let fact = format!("`{}` is already the name of a threat", name.value);
            context.say("duplicate-name", name.place, fact, "every threat needs a name of its own");
        }
        let when = match (&draft.at, &draft.every) {
            (Some(at), None) => When::At(clock.instant(context, &at.value, at.place, "the threat comes")),
            (None, Some(gap)) => {
                let gap = context.distribution(gap);
                if gap == Distribution::ZERO {
                    let fact = "threats without a gap never end";
                    context.say(
                        "impossible",
                        name.place,
                        fact,
                        "write for example every: {exponential: 10m}",
                    );
                }
                let mut bound = |moment: &Option<crate::topology::draft::value::Unit<_>>, or: Instant| {
                    moment.as_ref().map_or(or, |moment| {
                        clock.instant(context, &moment.value, moment.place, "threats begin or end")
                    })
                };
                let from = bound(&draft.from, Instant::ZERO);
                let until = bound(&draft.until, Instant::after_start(clock.duration));
                When::Every { gap, from, until }
            }
            (at, _) => {
                let fact =
                    if at.is_some() { "has both `at` and `every`" } else { "has neither `at` nor `every`" };
                let fact = format!("the threat `{}` {fact}", name.value);
                context.say("wrong-count", name.place, fact, "write one of the two");
                continue;
            }
        };
        let logged_by = draft.firewalls.iter().flat_map(|name| firewalls(context, name, topology)).collect();
        let user = draft.user.as_ref().map(|user| user.value.clone());
        specs.push(ThreatSpec { name: name.value.clone(), when, user, logged_by });
    }
    specs
}

/// The firewalls that a name, a pair's name or a glob means; empty after a problem.
fn firewalls(context: &mut Context<'_>, name: &At<String>, topology: &Topology) -> Vec<NodeId> {
    let enforces = |id: &NodeId| topology.nodes[id.index()].kind == Kind::Firewall;
    let found: Vec<NodeId> = if names::is_glob(&name.value) {
        let all = (0..topology.nodes.len()).map(NodeId::new);
        all.filter(|id| names::matches(&name.value, &topology.nodes[id.index()].name))
            .filter(enforces)
            .collect()
    } else {
        context.nodes.get(&name.value).cloned().unwrap_or_default().into_iter().filter(enforces).collect()
    };
    if found.is_empty() {
        let known = topology.nodes.iter().filter(|node| node.kind == Kind::Firewall);
        let hint = context.hint(&name.value, known.map(|node| node.name.as_str()), "firewalls");
        let fact = format!("there is no firewall or pair `{}`", name.value);
        context.say("dangling-reference", name.place, fact, hint);
    }
    found
}

/// What every engine's schedule says, in order of time.
pub(super) fn registrations(context: &mut Context<'_>, cast: &Cast, clock: Clock) -> Vec<Registration> {
    let mut all = Vec::new();
    for (key, Both(_, draft)) in cast.automation_engines.iter() {
        let engines: Vec<NodeId> = if key.value.contains('{') {
            context.expanded.get(&key.place).into_iter().flatten().map(|(id, _)| *id).collect()
        } else {
            context.nodes.get(&key.value).cloned().unwrap_or_default()
        };
        for line in &draft.schedule {
            if all.len() + engines.len() > REGISTRATIONS_MAX {
                let fact = format!("schedules name more than {REGISTRATIONS_MAX} registrations");
                context.say("too-large", key.place, fact, "name fewer");
                return all;
            }
            let Some(registration) = registration(context, line, clock, key) else { continue };
            all.extend(engines.iter().map(|engine| Registration { engine: *engine, ..registration.clone() }));
        }
    }
    all.sort_by_key(|registration| registration.at);
    all
}

fn registration(
    context: &mut Context<'_>,
    draft: &RegistrationDraft,
    clock: Clock,
    key: &At<String>,
) -> Option<Registration> {
    let at = draft.at.as_ref()?;
    let instant = clock.instant(context, &at.value, at.place, "it is registered");
    let found = [draft.ip.is_some(), draft.user.is_some(), draft.host.is_some(), draft.device.is_some()];
    let count = found.iter().filter(|found| **found).count();
    if count != 1 {
        let fact = format!("a registration of `{}` names {count} of ip, user, host and device", key.value);
        context.say("wrong-count", at.place, fact, "name exactly one");
        return None;
    }
    let tagged = draft.ip.is_some() || draft.user.is_some();
    let label = match (&draft.tag, draft.host.as_ref().or(draft.device.as_ref())) {
        (Some(tag), None) if tagged => tag,
        (None, Some(named)) => named,
        (Some(tag), _) => {
            let fact = "a HIP report or a quarantined device has no tag";
            context.say("impossible", tag.place, fact, "remove `tag`");
            return None;
        }
        (None, None) => {
            context.say("missing-key", at.place, "the registration lacks its `tag`", "write `tag: NAME`");
            return None;
        }
    };
    let subject = match (&draft.ip, &draft.user, &draft.host) {
        (Some(ip), _, _) => Subject::Address(ip.value.0),
        (_, Some(user), _) => Subject::User(user.value.clone()),
        (_, _, Some(_)) => Subject::Host,
        _ => Subject::Device,
    };
    Some(Registration {
        engine: NodeId::new(0),
        at: instant,
        subject,
        label: context.label(&label.value),
        removed: draft.unregister,
        timeout: draft.timeout.as_ref().map(|timeout| tag_timeout(context, timeout)),
        persistent: draft.persistent,
    })
}
