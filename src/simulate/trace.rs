//! Telling what happens while it happens: one span per node, levels by how rare a thing is.
//!
//! Faults, sessions and take-overs are `info`, losses and expiries `debug`, every frame and merge `trace`.

use tracing::{Level, Span, debug, enabled, info, trace};

use crate::engine::{Moment, Observer};
use crate::ids::NodeId;
use crate::roles::{EdgeState, Note, Role};
use crate::scenario::Scenario;
use crate::units::Instant;

/// An observer that only talks.
pub(super) struct Trace {
    names: Vec<String>,
    links: Vec<String>,
    faults: Vec<String>,
    spans: Vec<Span>,
}

impl Trace {
    /// A talker; `None` when nobody listens.
    pub(super) fn new(scenario: &Scenario) -> Option<Self> {
        if !enabled!(Level::INFO) {
            return None;
        }
        let names: Vec<String> = scenario.topology.nodes.iter().map(|node| node.name.clone()).collect();
        let spans = names.iter().map(|name| tracing::info_span!("node", %name)).collect();
        let links = scenario.topology.links.iter().map(|link| link.name.clone()).collect();
        let faults = scenario.faults.iter().map(|fault| fault.name.clone()).collect();
        Some(Self { names, links, faults, spans })
    }

    /// Whether somebody wants to hear of every frame and node, so that all must happen in the agenda.
    pub(super) fn is_loud() -> bool {
        enabled!(Level::DEBUG)
    }

    fn name(&self, node: NodeId) -> &str {
        &self.names[node.index()]
    }

    fn note(&self, at: Instant, node: NodeId, note: &Note) {
        let _inside = self.spans[node.index()].enter();
        match note {
            Note::Data(note) => debug!(%at, ?note, "data beside mappings"),
            Note::Edge { from, to, state } => {
                let (from, to) = (self.name(*from), self.name(*to));
                match state {
                    EdgeState::Barred(why) => info!(%at, from, to, ?why, "feed barred"),
                    EdgeState::Down => info!(%at, from, to, "feed down"),
                    EdgeState::Idle => info!(%at, from, to, "feed on standby"),
                    EdgeState::Resyncing => info!(%at, from, to, "feed waits for the full table"),
                    EdgeState::Up => info!(%at, from, to, "feed up"),
                }
            }
            Note::Enforcing(true) => info!(%at, "enforces policy"),
            Note::Enforcing(false) => info!(%at, "enforces policy no longer"),
            Note::Expired(addresses) => debug!(%at, entries = addresses.len(), "entries timed out"),
            Note::Hindered { from, to, why } => {
                debug!(%at, from = self.name(*from), to = self.name(*to), ?why, "no connection");
            }
            Note::Merged { segment, .. } => trace!(%at, mappings = segment.len(), "merged"),
            Note::Followed { ledger, position } => {
                debug!(%at, from = self.name(*ledger), position, "followed")
            }
            Note::Noticed { sequence } => trace!(%at, sequence, "noticed"),
            Note::Withheld { to, updates, why } => {
                debug!(%at, to = self.name(*to), updates = updates.len(), ?why, "withheld");
            }
        }
    }
}

impl Observer<Role> for Trace {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Role>) {
        match moment {
            Moment::Delivered { from, to, frame, .. } => {
                let _inside = self.spans[to.index()].enter();
                trace!(%at, from = self.name(*from), bytes = frame.length(), "frame served");
            }
            Moment::Dropped { from, to, cause, .. } => {
                let _inside = self.spans[from.index()].enter();
                debug!(%at, to = self.name(*to), ?cause, "frame dropped");
            }
            Moment::FaultBegins { fault } => info!(%at, fault = self.faults[*fault], "fault begins"),
            Moment::FaultEnds { fault } => info!(%at, fault = self.faults[*fault], "fault ends"),
            Moment::LinkChanged { link, up } => {
                info!(%at, link = self.links[link.index()], up, "link changed")
            }
            Moment::NodeDown { node, keeps_memory } => {
                info!(%at, node = self.name(*node), keeps_table = keeps_memory, "node down");
            }
            Moment::NodeUp { node } => info!(%at, node = self.name(*node), "node up"),
            Moment::Note { node, note } => self.note(at, *node, note),
            Moment::Sent { from, to, frame, .. } => {
                let _inside = self.spans[from.index()].enter();
                trace!(%at, to = self.name(*to), bytes = frame.length(), "frame sent");
            }
            Moment::Volley { from, number, frame } => {
                let _inside = self.spans[from.index()].enter();
                trace!(%at, number, bytes = frame.length(), "frame sent to all who follow");
            }
        }
    }
}
