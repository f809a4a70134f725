//! Ledgers: directories and terminal servers, from their drafts to settings, and who follows them.
//!
//! Must not know when what changes.

use super::cast::Cast;
use super::context::Context;
use super::draft::ledger::{Directory, TerminalServer};
use super::draft::value::At;
use super::expand::Part;
use super::names;
use super::resolved::{Kind, Role};
use crate::ids::NodeId;
use crate::random::Distribution;
use crate::roles::{Follows, LogMore, LogSettings, Phase};
use crate::units::Span;
use crate::workload::LedgerSpec;

/// A directory or terminal server, as typed.
#[derive(Clone, Copy)]
pub(super) enum LedgerDraft<'a> {
    /// A directory.
    Directory(&'a Directory),
    /// A terminal server.
    Terminal(&'a TerminalServer),
}

impl LedgerDraft<'_> {
    /// The settings, before anybody follows it.
    pub(super) fn settings(self, context: &mut Context<'_>) -> LogSettings {
        match self {
            Self::Directory(directory) => {
                let port = directory.port.as_ref().map_or(directory.protocol.port(), |port| port.value);
                let gap = context.distribution(&directory.changes);
                let query_time = context.distribution(&directory.query_time);
                let per_record = directory.query_time_per_record.value;
                settings(port, query_time, (per_record, false), LedgerSpec::Groups { gap })
            }
            Self::Terminal(server) => {
                let (first, last) = match server.ports.as_slice() {
                    [first, last] => (first, u64::from(last.value)),
                    _ => {
                        return settings(
                            server.port.value,
                            Distribution::ZERO,
                            (Span::ZERO, true),
                            nothing(),
                        );
                    }
                };
                let count = (last + 1).saturating_sub(u64::from(first.value));
                let blocks = count / u64::from(server.ports_per_block.value);
                if blocks == 0 {
                    let fact = format!("{count} ports hold no block of {}", server.ports_per_block.value);
                    context.say("impossible", first.place, fact, "widen `ports` or lower `ports_per_block`");
                }
                let spec = LedgerSpec::Blocks {
                    blocks,
                    rest: server.rest.value,
                    gap: context.distribution(&server.log_ons),
                    stay: context.distribution(&server.stay),
                    second: server.second_block.value,
                };
                let query_time = context.distribution(&server.query_time);
                settings(server.port.value, query_time, (Span::ZERO, true), spec)
            }
        }
    }
}

/// What stands for a ledger after a problem.
fn nothing() -> LedgerSpec {
    LedgerSpec::Groups { gap: Distribution::Constant(Span::MAX) }
}

fn settings(
    port: u16,
    query_time: Distribution,
    (per_record, holds): (Span, bool),
    spec: LedgerSpec,
) -> LogSettings {
    let follows = Some(Follows { spec, readers: Vec::new() });
    let more = LogMore { per_record, holds, follows, ..LogMore::default() };
    LogSettings { log_lag: Distribution::ZERO, query_time, clock_offset_nanos: 0, port, more }
}

impl Cast<'_, '_> {
    /// Who follows which directories and terminal servers.
    pub(super) fn followers(&mut self, roles: &mut [Role]) {
        for (index, planned) in self.plan.nodes.iter().enumerate() {
            let Part::Point(point, _) = &planned.part else { continue };
            let reader = NodeId::new(index);
            for draft in &point.group_mapping {
                let Some(from) = &draft.from else { continue };
                let how = (draft.interval.value, draft.phase.value);
                self.follow(roles, reader, (from, Kind::Directory), how);
            }
            for from in &point.terminal_servers {
                self.follow(roles, reader, (from, Kind::TerminalServer), (Span::ZERO, Phase::At(Span::ZERO)));
            }
        }
    }

    fn follow(
        &mut self,
        roles: &mut [Role],
        reader: NodeId,
        (from, kind): (&At<String>, Kind),
        (interval, phase): (Span, Phase),
    ) {
        let text = self.plan.nodes[reader.index()].vars.fill(&from.value);
        let all = self.plan.nodes.iter().enumerate().filter(|(_, node)| node.kind == kind);
        let found: Vec<NodeId> = all
            .clone()
            .filter(|(_, n)| names::matches(&text, &n.name))
            .map(|(id, _)| NodeId::new(id))
            .collect();
        if found.is_empty() {
            let what = if kind == Kind::Directory { "directory" } else { "terminal server" };
            let hint = self.context.hint(&text, all.map(|(_, node)| node.name.as_str()), "declared ones");
            self.context.say("dangling-reference", from.place, format!("there is no {what} `{text}`"), hint);
        }
        for ledger in found {
            self.talk(reader, ledger, from.place);
            if let Role::Log(log) = &mut roles[ledger.index()]
                && let Some(follows) = &mut log.more.follows
                && follows.readers.iter().all(|(known, ..)| *known != reader)
            {
                follows.readers.push((reader, interval, phase));
            }
        }
    }
}
