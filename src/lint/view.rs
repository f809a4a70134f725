//! View: what the rules look at, made once, and what they say.

use super::crowds::Crowds;
use super::feeds::Feeds;
use crate::ids::{LinkId, NodeId, SessionId};
use crate::problem::Place;
use crate::roles::PointSettings;
use crate::scenario::Scenario;
use crate::topology::{Node, NodePlaces, Role, Rule, Topology};

/// A scenario as rules look at it.
pub(super) struct View<'a> {
    /// The scenario.
    pub(super) scenario: &'a Scenario,
    /// Who learns from whom.
    pub(super) feeds: Feeds,
    /// Who stands behind the sources; `None` where the workload does not say, or there are too many to follow.
    pub(super) crowds: Option<Crowds>,
    nowhere: NodePlaces,
}

impl<'a> View<'a> {
    /// The view of a scenario.
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        let feeds = Feeds::new(scenario);
        let crowds = Crowds::new(scenario, &feeds);
        Self { scenario, feeds, crowds, nowhere: NodePlaces::default() }
    }

    /// The topology.
    pub(super) fn topology(&self) -> &'a Topology {
        &self.scenario.topology
    }

    /// A node.
    pub(super) fn node(&self, id: NodeId) -> &'a Node {
        &self.topology().nodes[id.index()]
    }

    /// A node's name.
    pub(super) fn name(&self, id: NodeId) -> &'a str {
        &self.node(id).name
    }

    /// Every node with a user table.
    pub(super) fn tables(&self) -> impl Iterator<Item = (NodeId, &'a Node, &'a PointSettings)> {
        self.topology().nodes.iter().enumerate().filter_map(|(index, node)| match &node.role {
            Role::Point(settings) => Some((NodeId::new(index), node, settings)),
            Role::Engine(_) | Role::Log(_) | Role::Push(_) => None,
        })
    }

    /// Where the file speaks of a node.
    pub(super) fn places(&self, id: NodeId) -> &NodePlaces {
        self.scenario.margin.places.nodes.get(id.index()).unwrap_or(&self.nowhere)
    }

    /// Where the file declares a link.
    pub(super) fn link_place(&self, id: LinkId) -> Place {
        self.scenario.margin.places.links.get(id.index()).copied().unwrap_or_default()
    }

    /// Where the file asks for a session.
    pub(super) fn session_place(&self, id: SessionId) -> Place {
        self.scenario.margin.places.sessions.get(id.index()).copied().unwrap_or_default()
    }
}

/// One thing that a rule has seen at one subject.
pub(super) struct Saying {
    /// The rule.
    pub(super) rule: Rule,
    /// Where the file says what is meant.
    pub(super) place: Place,
    /// The node, link or pair that it is about.
    pub(super) subject: String,
    /// What was seen, with its numbers.
    pub(super) fact: String,
}

/// All that rules have seen.
#[derive(Default)]
pub(super) struct Sayings(pub(super) Vec<Saying>);

impl Sayings {
    /// Notes one thing.
    pub(super) fn say(&mut self, rule: Rule, place: Place, subject: &str, fact: String) {
        self.0.push(Saying { rule, place, subject: subject.to_owned(), fact });
    }
}
