//! Faults: from their drafts to what goes wrong when, every target an id.
//!
//! Knows links, nodes and sites by name. Must not know what a fault does to a run.

use std::collections::BTreeSet;

use super::load::Clock;
use super::resolved::{Degraded, Fault, FaultKind};
use crate::ids::NodeId;
use crate::problem::Place;
use crate::topology::draft::value::{At, Moment};
use crate::topology::draft::{DegradedDraft, FaultDraft};
use crate::topology::names::Vars;
use crate::topology::{Context, Role, Topology};
use crate::units::{Instant, Span};

/// The most faults; beyond it nobody reads the report.
const FAULTS_MAX: usize = 100_000;

/// Resolves every fault; problems go to `context`.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: &[FaultDraft],
    topology: &Topology,
    clock: Clock,
    storms: &[String],
) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let fed = fed(topology);
    let mut taken: BTreeSet<String> = storms.iter().cloned().collect();
    for (draft, since) in drafts.iter().flat_map(|draft| repeats(draft, clock)) {
        let Some(at) = &draft.at else { continue };
        if faults.len() >= FAULTS_MAX {
            let fact = format!("there are more than {FAULTS_MAX} faults");
            context.say("too-large", at.place, fact, "remove some");
            return faults;
        }
        let begins = clock.instant(context, &Moment::AfterStart(since), at.place, "the fault begins");
        let until = match &draft.reset {
            Some(_) => at_once(context, &draft, begins),
            None => end(context, &draft, begins, clock),
        };
        let Some((kind, what)) = kind(context, &draft, topology, &fed, at.place) else { continue };
        let name = draft.name.as_ref().map_or(what, |name| name.value.clone());
        if !taken.insert(name.clone()) {
            let place = draft.name.as_ref().map_or(at.place, |name| name.place);
            let fact = format!("`{name}` is already the name of a fault or storm");
            context.say("duplicate-name", place, fact, "every fault needs a name of its own; write `name:`");
        }
        faults.push(Fault { name, at: begins, until, kind });
    }
    faults
}

/// The draft once for each of its `count`, `{n}` put into its names, and when each begins. One that would begin after
/// the run is the last: it says so, and the rest would say the same.
fn repeats(draft: &FaultDraft, clock: Clock) -> impl Iterator<Item = (FaultDraft, Span)> {
    let first = draft.at.as_ref().map_or(Span::ZERO, |at| at.value.since(clock.start)).nanos();
    let every = draft.every.value.nanos();
    let count = draft.count.as_ref().map_or(1, |count| count.value);
    let since = move |n: u64| Span::from_nanos(first.saturating_add(every.saturating_mul(n - 1)));
    let mut is_over = false;
    let within = move |n: &u64| !std::mem::replace(&mut is_over, since(*n) >= clock.duration);
    (1..=count).take_while(within).map(move |n| (numbered(draft, n), since(n)))
}

fn numbered(draft: &FaultDraft, n: u64) -> FaultDraft {
    let mut draft = draft.clone();
    if draft.count.is_some() {
        let crash = draft.crash.as_mut().and_then(|crash| crash.node.as_mut());
        let degraded = draft.degraded.as_mut().and_then(|degraded| degraded.link.as_mut());
        let plain = [
            &mut draft.name,
            &mut draft.link_down,
            &mut draft.partition,
            &mut draft.suspend,
            &mut draft.reset,
            &mut draft.dns_down,
            &mut draft.service_route_down,
        ];
        let vars = Vars { n: Some(n), ..Vars::default() };
        for name in plain.into_iter().flatten().chain(crash).chain(degraded) {
            name.value = vars.fill(&name.value);
        }
    }
    draft
}

/// The end of a reset is its beginning.
fn at_once(context: &mut Context<'_>, draft: &FaultDraft, begins: Instant) -> Option<Instant> {
    let length = draft.until.as_ref().map(|until| until.place).or(draft.r#for.as_ref().map(|f| f.place));
    if let Some(place) = length {
        let hint = "remove `until` and `for`; to keep sessions down write `link_down` or `partition`";
        context.say("impossible", place, "a reset is over at once and has no length", hint);
    }
    Some(begins)
}

fn end(context: &mut Context<'_>, draft: &FaultDraft, begins: Instant, clock: Clock) -> Option<Instant> {
    match (&draft.until, &draft.r#for) {
        (Some(until), Some(_)) => {
            context.say(
                "impossible",
                until.place,
                "a fault has both `until` and `for`",
                "remove one of them",
            );
            None
        }
        (Some(until), None) if draft.count.is_some() => {
            let hint = "write `for`, how long each of them lasts";
            context.say("impossible", until.place, "faults one after the other have one `until`", hint);
            None
        }
        (Some(until), None) => {
            let ends = Instant::after_start(until.value.since(clock.start));
            if ends <= begins {
                let fact =
                    format!("the fault ends {ends} after the start, but begins only {begins} after it");
                context.say("impossible", until.place, fact, "let `until` come after `at`");
            }
            Some(ends)
        }
        (None, Some(length)) => Some(begins.later(length.value)),
        (None, None) => None,
    }
}

/// What the fault is, and what it is called unless it has a name.
fn kind(
    context: &mut Context<'_>,
    draft: &FaultDraft,
    topology: &Topology,
    fed: &[bool],
    place: Place,
) -> Option<(FaultKind, String)> {
    let given = [
        draft.link_down.is_some(),
        draft.degraded.is_some(),
        draft.partition.is_some(),
        draft.crash.is_some(),
        draft.suspend.is_some(),
        draft.reset.is_some(),
        draft.dns_down.is_some(),
        draft.service_route_down.is_some(),
    ];
    let count = given.iter().filter(|given| **given).count();
    if count != 1 {
        let fact = format!(
            "a fault names {count} of link_down, degraded, partition, crash, suspend, reset, dns_down and \
             service_route_down; it takes one"
        );
        context.say("wrong-count", place, fact, "write one list entry for each thing that goes wrong");
        return None;
    }
    if let Some(name) = &draft.link_down {
        let link = context.link(name)?;
        return Some((FaultKind::LinkDown { link }, format!("link_down-{}", name.value)));
    }
    if let Some(draft) = &draft.degraded {
        let name = draft.link.as_ref()?;
        let link = context.link(name)?;
        return Some((
            FaultKind::Degraded { link, to: degraded(context, draft) },
            format!("degraded-{}", name.value),
        ));
    }
    if let Some(name) = &draft.partition {
        let site = context.site(&name.value, name.place)?;
        return Some((FaultKind::Partition { site }, format!("partition-{}", name.value)));
    }
    if let Some(crash) = &draft.crash {
        let name = crash.node.as_ref()?;
        let node = node(context, name)?;
        return Some((
            FaultKind::Crash { node, keeps_table: crash.keeps_table },
            format!("crash-{}", name.value),
        ));
    }
    if let Some(name) = &draft.reset {
        let node = node(context, name)?;
        if !fed[node.index()] {
            let fact = format!("`{}` keeps no session to an upstream", name.value);
            context.say("wrong-kind", name.place, fact, "name a node that has `upstreams`");
            return None;
        }
        return Some((FaultKind::Reset { node }, format!("reset-{}", name.value)));
    }
    if let Some(name) = &draft.dns_down {
        let sites = context.sites_of(&name.value, name.place);
        let nodes = (0..topology.nodes.len()).map(NodeId::new);
        let nodes = nodes.filter(|id| sites.contains(&topology.nodes[id.index()].site)).collect();
        return Some((FaultKind::DnsDown { nodes }, format!("dns_down-{}", name.value)));
    }
    if let Some(name) = &draft.service_route_down {
        let node = node(context, name)?;
        return Some((FaultKind::ServiceRouteDown { node }, format!("service_route_down-{}", name.value)));
    }
    let name = draft.suspend.as_ref()?;
    let node = node(context, name)?;
    let is_member = matches!(&topology.nodes[node.index()].role, Role::Point(point) if point.ha.is_some());
    if !is_member {
        let fact = format!("`{}` is no member of an HA pair", name.value);
        context.say("wrong-kind", name.place, fact, "name a member, such as `NAME-a`");
        return None;
    }
    Some((FaultKind::Suspend { node }, format!("suspend-{}", name.value)))
}

/// Per node, whether it has an upstream.
fn fed(topology: &Topology) -> Vec<bool> {
    let mut fed = vec![false; topology.nodes.len()];
    for session in topology.sessions.iter().filter(|session| session.feed.is_session()) {
        fed[session.client.index()] = true;
    }
    fed
}

fn degraded(context: &mut Context<'_>, draft: &DegradedDraft) -> Degraded {
    Degraded {
        latency: draft.latency.as_ref().map(|l| l.value),
        jitter: draft.jitter.as_ref().map(|jitter| context.distribution(jitter)),
        bandwidth: draft.bandwidth.as_ref().map(|b| b.value),
        loss: draft.loss.as_ref().map(|l| l.value),
    }
}

/// A single node; `None` after a problem.
fn node(context: &mut Context<'_>, name: &At<String>) -> Option<NodeId> {
    match context.nodes.get(&name.value).map(Vec::as_slice) {
        Some([node]) => Some(*node),
        Some(_) => {
            let fact = format!("`{}` is a group or pair, not a single node", name.value);
            context.say("wrong-kind", name.place, fact, "name one of its members");
            None
        }
        None => {
            let fact = format!("there is no node `{}`", name.value);
            let hint = context.hint(&name.value, context.nodes.keys().map(String::as_str), "declared nodes");
            context.say("dangling-reference", name.place, fact, hint);
            None
        }
    }
}
