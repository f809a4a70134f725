//! Reads: which logs a learner polls, how often, and what it takes of them.
//!
//! Must not know what a log holds or how it is told.

use super::Cast;
use crate::ids::NodeId;
use crate::problem::Place;
use crate::roles::Read;
use crate::topology::draft::server::ReadDraft;
use crate::topology::expand::{Membership, Part};
use crate::topology::names::Vars;
use crate::topology::origins::{LogDraft, companion};
use crate::topology::resolved::{Kind, Role};

impl Cast<'_, '_> {
    /// What a draft asks a learner to read.
    pub(super) fn reads(
        &mut self,
        id: NodeId,
        read: &ReadDraft,
        membership: &Membership<'_>,
        vars: &Vars,
    ) -> Vec<Read> {
        let Some(name) = &read.source else { return Vec::new() };
        let sources = self.refer(name, vars, false);
        let mut reads = Vec::new();
        for source in sources.iter().copied() {
            let Part::Log(log, _) = &self.plan.nodes[source.index()].part else { continue };
            let log = *log;
            self.talk(id, source, name.place);
            let plain = Read {
                source,
                interval: read.interval.as_ref().map_or(log.read_interval(), |interval| interval.value),
                phase: read.phase.value,
                history_records_max: read.history_records.value,
                standby_after: membership.before.clone(),
                takes: log.taken(self.context, read.events.as_deref()),
            };
            let sessions = read.session_interval.as_ref().and_then(|interval| {
                let source = self.sessions_of(source, log, interval.place)?;
                self.talk(id, source, name.place);
                Some(Read { source, interval: interval.value, takes: None, ..plain.clone() })
            });
            reads.push(plain);
            reads.extend(sessions);
        }
        reads
    }

    /// What keepers of sessions tell lives at their learners as long as they say.
    pub(super) fn lifetimes(&mut self, roles: &mut [Role]) {
        for (index, planned) in self.plan.nodes.iter().enumerate() {
            let Part::Push(_, keeper, _) = &planned.part else { continue };
            let Some(lifetime) = keeper.lifetime() else { continue };
            let Role::Push(push) = &roles[index] else { continue };
            for learner in push.learners.clone() {
                if let Role::Point(point) = &mut roles[learner.index()] {
                    point.lifetimes.push((NodeId::new(index), lifetime));
                }
            }
        }
    }

    /// The list of open sessions of a server; a problem where it keeps none.
    fn sessions_of(&mut self, server: NodeId, log: LogDraft<'_>, place: Place) -> Option<NodeId> {
        let name = &self.plan.nodes[server.index()].name;
        if !log.keeps_sessions() {
            let fact = format!("`{name}` keeps no list of open sessions");
            self.context.say("impossible", place, fact, format!("write `sessions: {{}}` at `{name}`"));
            return None;
        }
        self.context.nodes.get(&companion(name, Kind::SessionTable)).and_then(|ids| ids.first()).copied()
    }
}
