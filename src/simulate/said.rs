//! Said: what becomes of a workload at sources that do not simply pass on what they notice.
//!
//! Knows which sources export a table or write lines. Must not know when they do.

use std::sync::Arc;

use crate::formats::Unread;
use crate::ids::NodeId;
use crate::mapping::{Mapping, Route};
use crate::problem::Problem;
use crate::roles::Export;
use crate::scenario::Scenario;
use crate::topology::Role;
use crate::units::Instant;
use crate::wire::{Accounts, Codec, Speech, SyslogSpeech};
use crate::workload::{Event, Update, Workload, exported};

/// The workload as the sources tell it, with a remark where lines say nothing to their learners.
///
/// Errors: more events than a workload may hold.
pub(super) fn prepare(scenario: &Scenario, mut workload: Workload) -> Result<Workload, Problem> {
    let end = Instant::after_start(scenario.duration);
    let mut remarks = Vec::new();
    for (index, node) in scenario.topology.nodes.iter().enumerate() {
        let Role::Push(push) = &node.role else { continue };
        let Some(manner) = &push.manner else { continue };
        if let Some(Export { interval, window }) = manner.export
            && let Some(updates) = Arc::make_mut(&mut workload.updates).get_mut(index)
        {
            *updates = exported(updates, (interval, window), end)?;
        }
        if let Speech::Syslog(syslog) = &manner.speech {
            let updates = workload.updates.get(index).map_or(&[][..], Vec::as_slice);
            remarks.extend(remark(&node.name, NodeId::new(index), syslog, updates, &workload));
        }
    }
    workload.remarks.extend(remarks);
    Ok(workload)
}

/// How many lines of a sender its learner makes nothing of, and how many log-offs are in no line at all.
fn remark(
    name: &str,
    source: NodeId,
    syslog: &SyslogSpeech,
    updates: &[Update],
    workload: &Workload,
) -> Option<String> {
    let codec = Codec::new(&workload.addresses, &workload.users);
    let accounts = Accounts::new(&workload.users);
    let (mut silent, mut lines, mut no_event, mut no_user, mut no_address) = (0_usize, 0_usize, 0, 0, 0);
    for (sequence, update) in updates.iter().enumerate() {
        let log_off = update.event() == Event::LogOff;
        if log_off && syslog.logout.is_none() {
            silent += 1;
            continue;
        }
        lines += 1;
        let record = Mapping {
            address: update.address,
            user: update.user(),
            log_off,
            timestamp: i64::try_from(update.occurred.nanos()).unwrap_or(i64::MAX),
            source,
            sequence: sequence as u64,
            origin: source,
            route: Route::new(),
        };
        match syslog.read(&syslog.line(&codec, &record)) {
            Ok(said) if codec.knows(&accounts, &said) => {}
            Ok(_) | Err(Unread::User) => no_user += 1,
            Err(Unread::Event) => no_event += 1,
            Err(Unread::Address(_)) => no_address += 1,
        }
    }
    let unread = no_event + no_user + no_address;
    let parts = [
        (no_event, "in which no profile finds its event, or that are too long"),
        (no_user, "without a user that anybody knows"),
        (no_address, "without an address that anybody has"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    let mut told = Vec::new();
    if unread > 0 {
        told.push(format!("of its {lines} lines {unread} are not learned: {}", parts.join(", ")));
    }
    if silent > 0 {
        told.push(format!("of {silent} log-offs it sends no line"));
    }
    if told.is_empty() { None } else { Some(format!("syslog sender {name}: {}", told.join("; "))) }
}
