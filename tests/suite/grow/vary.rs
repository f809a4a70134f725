//! Variations of a case that must change nobody's rows.

use uidsim::engine::LinkSettings;
use uidsim::ids::{LinkId, NodeId, SiteId};
use uidsim::random::Distribution;
use uidsim::roles::{Feed, SessionSettings};
use uidsim::scenario::{Degraded, Fault, FaultKind};
use uidsim::topology::{Kind, Link, Place, Role, Site};
use uidsim::units::{Instant, Ratio, Span};

use super::Case;

/// One more firewall with its own site and its own agent, who reads nothing.
pub(crate) fn with_a_stranger(case: &Case) -> Case {
    let mut case = case.clone();
    let topology = &mut case.scenario.topology;
    let site = SiteId::new(topology.sites.len());
    topology.sites.push(Site { name: "nowhere".to_owned() });
    let point = topology.nodes.iter().find(|node| matches!(node.role, Role::Point(_)));
    let Some(like) = point.cloned() else { return case };
    let Role::Point(mut settings) = like.role.clone() else { return case };
    (settings.ha, settings.reads) = (None, Vec::new());
    let (agent, firewall) = (NodeId::new(topology.nodes.len()), NodeId::new(topology.nodes.len() + 1));
    for (kind, name) in [(Kind::Agent, "stranger-agent"), (Kind::Firewall, "stranger")] {
        settings.enforces = kind == Kind::Firewall;
        let role = Role::Point(settings.clone());
        let name = name.to_owned();
        topology.nodes.push(uidsim::topology::Node {
            key: name.clone(),
            name,
            kind,
            site,
            role,
            ..like.clone()
        });
    }
    topology.sessions.push(SessionSettings::plain(firewall, agent, Feed::Redistribution, 5007));
    case
}

/// A link that nobody uses goes down and comes back, and one that is used gets worse by nothing.
pub(crate) fn with_an_idle_fault(case: &Case) -> Case {
    let mut case = case.clone();
    let scenario = &mut case.scenario;
    let used = LinkId::new(0);
    let link = LinkId::new(scenario.topology.links.len());
    let ends = [0, 1].map(|i| Place::Site(SiteId::new(scenario.topology.sites.len() + i)));
    for name in ["here", "there"] {
        scenario.topology.sites.push(Site { name: name.to_owned() });
    }
    let settings = LinkSettings {
        latency: Span::ZERO,
        jitter: Distribution::ZERO,
        bandwidth: None,
        loss: Ratio::ZERO,
        retransmission_timeout: Span::from_millis(200),
        queue_frames_max: None,
        ports_blocked: Vec::new(),
    };
    scenario.topology.links.push(Link {
        name: "unused".to_owned(),
        key: "unused".to_owned(),
        ends,
        settings,
    });
    let at = Instant::from_nanos(scenario.duration.nanos() / 3 + case.seed.0 % 1_000_000_000);
    let until = Some(at + Span::from_seconds(7));
    let fault = |name: &str, kind| Fault { name: name.to_owned(), at, until, kind };
    let is_degraded = scenario.faults.iter().any(|one| matches!(one.kind, FaultKind::Degraded { .. }));
    scenario.faults.push(fault("unused", FaultKind::LinkDown { link }));
    if !is_degraded && link != used {
        let to = Degraded { latency: None, jitter: None, bandwidth: None, loss: None };
        scenario.faults.push(fault("same", FaultKind::Degraded { link: used, to }));
    }
    case
}

/// The same links, declared in the opposite order, where no two ways are equally good.
pub(crate) fn with_links_turned_over(case: &Case) -> Case {
    let mut case = case.clone();
    let topology = &case.scenario.topology;
    let joins_sites = |link: &&Link| matches!(link.ends, [Place::Site(_), Place::Site(_)]);
    if topology.links.iter().filter(joins_sites).count() >= topology.sites.len() {
        return case;
    }
    let scenario = &mut case.scenario;
    let count = scenario.topology.links.len();
    scenario.topology.links.reverse();
    for fault in &mut scenario.faults {
        if let FaultKind::LinkDown { link } | FaultKind::Degraded { link, .. } = &mut fault.kind {
            *link = LinkId::new(count - 1 - link.index());
        }
    }
    case
}
