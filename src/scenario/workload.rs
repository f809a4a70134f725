//! Workload: from its draft to a spec, every reference an id, every number possible.
//!
//! Knows sites, sources and their reach. Must not know how stays and updates are made.

use std::path::PathBuf;

use super::load::Clock;
use super::population::{hosts, population, telling};
use super::resolved::Flows;
use crate::ids::{NodeId, SiteId};
use crate::problem::Place;
use crate::random::Distribution;
use crate::topology::draft::node::Cast;
use crate::topology::draft::value::At;
use crate::topology::draft::workload::{ArrivalsDraft, FlowsDraft, FormatDraft, ReplayDraft, WorkloadDraft};
use crate::topology::{Context, Kind, Topology};
use crate::topology::{names, profiles};
use crate::workload::{Arrivals, Replay, ReplayFormat, Spec, SyslogReplay};

/// A workload that stands for none after a problem.
pub(super) fn nothing() -> Spec {
    Spec::Replay(Vec::new())
}

/// The names of a workload's mass log-ons, which are disturbances of the report.
pub(super) fn storm_names(spec: &Spec) -> Vec<String> {
    match spec {
        Spec::Population(population) => population.storms.iter().map(|storm| storm.name.clone()).collect(),
        Spec::Arrivals(_) | Spec::Replay(_) => Vec::new(),
    }
}

/// The spec and the flows of a draft.
pub(super) fn resolve(
    context: &mut Context<'_>,
    draft: &WorkloadDraft,
    cast: &Cast,
    topology: &Topology,
    clock: Clock,
) -> (Spec, Flows) {
    let flows = flows(context, &draft.flows, topology);
    let sources: Vec<NodeId> =
        (0..topology.nodes.len()).map(NodeId::new).filter(|id| is_source(topology, *id)).collect();
    let given = [draft.population.is_some(), draft.arrivals.is_some(), draft.replay.is_some()];
    let count = given.iter().filter(|given| **given).count();
    let spec = match (&draft.population, &draft.arrivals, &draft.replay) {
        (Some(draft), None, None) => Spec::Population(population(context, draft, cast, topology, clock)),
        (None, Some(arrivals), None) => Spec::Arrivals(self::arrivals(context, arrivals, topology)),
        (None, None, Some(replays)) => {
            let resolve = |replay| self::replay(context, replay, topology, &sources, clock);
            Spec::Replay(replays.iter().map(resolve).collect())
        }
        _ => {
            let place = draft.flows.per_second.place;
            let fact =
                format!("`workload` names {count} of population, arrivals and replay; it takes exactly one");
            context.say("wrong-count", place, fact, "keep the one that this topology is about");
            nothing()
        }
    };
    (spec, flows)
}

fn is_source(topology: &Topology, id: NodeId) -> bool {
    topology.nodes[id.index()].kind.is_source()
}

fn flows(context: &mut Context<'_>, draft: &FlowsDraft, topology: &Topology) -> Flows {
    let mut through = Vec::new();
    for name in &draft.through {
        let found: Vec<NodeId> = if names::is_glob(&name.value) {
            let nodes = topology.nodes.iter().enumerate();
            nodes
                .filter(|(_, n)| n.kind == Kind::Firewall && names::matches(&name.value, &n.name))
                .map(|(index, _)| NodeId::new(index))
                .collect()
        } else {
            context.nodes.get(&name.value).cloned().unwrap_or_default()
        };
        if found.is_empty() {
            let fact = format!("there is no firewall or pair `{}`", name.value);
            context.say(
                "dangling-reference",
                name.place,
                fact,
                context.hint(&name.value, firewalls(topology), "firewalls"),
            );
        } else if found.iter().any(|id| topology.nodes[id.index()].kind != Kind::Firewall) {
            let fact = format!("`{}` enforces nothing, so no flow is judged there", name.value);
            context.say("wrong-kind", name.place, fact, "name firewalls or pairs");
        }
        through.extend(found);
    }
    through.sort_unstable();
    through.dedup();
    Flows { per_second: draft.per_second.value, through }
}

fn firewalls(topology: &Topology) -> impl Iterator<Item = &str> {
    topology.nodes.iter().filter(|n| n.kind == Kind::Firewall).map(|n| n.name.as_str())
}

fn arrivals(context: &mut Context<'_>, draft: &ArrivalsDraft, topology: &Topology) -> Arrivals {
    let network = draft.network.value.network(1).unwrap_or_default();
    if u128::from(draft.addresses.value) > hosts(&network) {
        let fact = format!(
            "{network} has only {} addresses, and {} are asked for",
            hosts(&network),
            draft.addresses.value
        );
        context.say("too-few-addresses", draft.addresses.place, fact, "widen `network` or lower `addresses`");
    }
    let gap = draft.gap.as_ref().map_or(Distribution::ZERO, |gap| context.distribution(gap));
    if let (Some(written), true) = (&draft.gap, gap.is_zero()) {
        let place = written.constant.as_ref().map_or(draft.addresses.place, |c| c.place);
        context.say(
            "impossible",
            place,
            "a gap of zero makes endless log-ons at one instant",
            "write for example \"1s\"",
        );
    }
    let source =
        draft.source.as_ref().and_then(|name| source(context, name, topology)).unwrap_or(NodeId::new(0));
    let site = match &draft.site {
        Some(site) => context.site(&site.value, site.place),
        None => topology.nodes.get(source.index()).map(|node| node.site),
    };
    Arrivals {
        network,
        addresses: draft.addresses.value,
        gap,
        stay: draft.stay.as_ref().map(|stay| context.distribution(stay)),
        refresh_gap: draft.refresh_gap.as_ref().map(|gap| context.distribution(gap)),
        log_off_observed: draft.log_off_observed.value,
        source,
        site: site.unwrap_or(SiteId::new(0)),
        telling: telling(topology, source),
    }
}

fn source(context: &mut Context<'_>, name: &At<String>, topology: &Topology) -> Option<NodeId> {
    let found = context.nodes.get(&name.value).and_then(|ids| ids.first()).copied();
    match found {
        Some(id) if is_source(topology, id) => Some(id),
        Some(_) => {
            let fact = format!("`{}` is no source", name.value);
            context.say("wrong-kind", name.place, fact, "name a domain controller or a pushing source");
            None
        }
        None => {
            let nodes =
                topology.nodes.iter().enumerate().filter(|(i, _)| is_source(topology, NodeId::new(*i)));
            let hint = context.hint(&name.value, nodes.map(|(_, n)| n.name.as_str()), "declared sources");
            context.say(
                "dangling-reference",
                name.place,
                format!("there is no source `{}`", name.value),
                hint,
            );
            None
        }
    }
}

fn replay(
    context: &mut Context<'_>,
    draft: &ReplayDraft,
    topology: &Topology,
    all: &[NodeId],
    clock: Clock,
) -> Replay {
    let sources = match &draft.sources {
        Some(named) => named.iter().filter_map(|name| source(context, name, topology)).collect(),
        None => all.to_vec(),
    };
    if let (true, Some(file)) = (sources.is_empty() && context.problems.is_empty(), &draft.file) {
        let fact = "the topology has no source that could have written this log";
        context.say("empty", file.place, fact, "declare a domain controller or a pushing source");
    }
    let site = match &draft.site {
        Some(site) => context.site(&site.value, site.place),
        None => sources.first().map(|id| topology.nodes[id.index()].site),
    };
    let (mut path, mut format) = (PathBuf::new(), ReplayFormat::WindowsNdjson);
    if let Some(file) = &draft.file {
        path = context.path(&file.value);
        context.read_file(file);
        format = self::format(context, draft, file, clock);
    }
    Replay {
        file: path,
        format,
        sources,
        site: site.unwrap_or(SiteId::new(0)),
        assume_stay: draft.assume_stay.value,
        gaps_over: draft.gaps_over.value,
        machine_accounts: draft.machine_accounts,
    }
}

/// How the log is written, and what belongs to that way alone.
fn format(context: &mut Context<'_>, draft: &ReplayDraft, file: &At<String>, clock: Clock) -> ReplayFormat {
    let ending = file.value.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let by_ending = match ending.as_str() {
        "csv" => FormatDraft::Csv,
        "xml" => FormatDraft::UidMessage,
        _ => FormatDraft::WindowsNdjson,
    };
    let format = draft.format.unwrap_or(by_ending);
    let mut only = |key: &str, place: Option<Place>, of: FormatDraft, name: &str| {
        if let Some(place) = place.filter(|_| format != of) {
            let fact = format!("`{key}` is for logs of the format {name}");
            context.say("impossible", place, fact, format!("remove it, or write `format: {name}`"));
        }
    };
    only("profile", draft.profile.first().map(|p| p.place), FormatDraft::Syslog, "syslog");
    only("year", draft.year.as_ref().map(|year| year.place), FormatDraft::Syslog, "syslog");
    only("at", draft.at.as_ref().map(|at| at.place), FormatDraft::UidMessage, "uid_message");
    match format {
        FormatDraft::Csv => ReplayFormat::Csv,
        FormatDraft::Syslog => {
            if draft.profile.is_empty() {
                let hint = "declare it under `syslog_profiles` and name it here with `profile`";
                context.say("missing-key", file.place, "a syslog log needs a parse profile", hint);
            }
            ReplayFormat::Syslog(SyslogReplay {
                profiles: profiles::named(context, &draft.profile),
                year: draft.year.as_ref().and_then(|year| i16::try_from(year.value).ok()),
                line_bytes_max: draft.line_bytes.value as usize,
            })
        }
        FormatDraft::UidMessage => {
            ReplayFormat::UidMessage { at: draft.at.as_ref().map(|at| at.value.since(clock.start)) }
        }
        FormatDraft::UseridLog => ReplayFormat::UserIdLog,
        FormatDraft::WindowsNdjson => ReplayFormat::WindowsNdjson,
    }
}
