//! Ledgers: what the report says of directories and terminal servers.

use super::measured::distribution;
use super::measures::Distribution;
use super::model::{BlockReaderRow, TerminalServerRow};
use crate::ids::NodeId;
use crate::observe::{LedgerFindings, Samples};
use crate::scenario::Scenario;
use crate::topology::Kind;

/// How stale the groups were at a node; `None`: it reads no directory.
pub(super) fn groups(scenario: &Scenario, ledgers: &[LedgerFindings], node: NodeId) -> Option<Distribution> {
    let is_directory = |id: NodeId| scenario.topology.nodes[id.index()].kind == Kind::Directory;
    let mut own = ledgers.iter().filter(|row| row.reader == node && is_directory(row.ledger)).peekable();
    own.peek()?;
    let mut all = Samples::new();
    own.for_each(|row| all.add(&row.staleness));
    Some(distribution(&all))
}

/// What became of every terminal server that somebody reads.
pub(super) fn terminal_servers(scenario: &Scenario, ledgers: &[LedgerFindings]) -> Vec<TerminalServerRow> {
    let nodes = &scenario.topology.nodes;
    let servers = nodes.iter().enumerate().filter(|(_, node)| node.kind == Kind::TerminalServer);
    let row = |(index, node): (usize, &crate::topology::Node)| {
        let rows: Vec<&LedgerFindings> = ledgers.iter().filter(|row| row.ledger.index() == index).collect();
        let blocks = rows.first()?.blocks;
        let reader = |row: &&LedgerFindings| BlockReaderRow {
            name: nodes[row.reader.index()].name.clone(),
            staleness_seconds: distribution(&row.staleness),
            unread: row.unread,
        };
        Some(TerminalServerRow {
            name: node.name.clone(),
            blocks: blocks.blocks,
            blocks_peak: blocks.peak,
            log_ons: blocks.log_ons,
            refused_log_ons: blocks.refused,
            refused_second_blocks: blocks.refused_more,
            readers: rows.iter().map(reader).collect(),
        })
    };
    servers.filter_map(row).collect()
}
