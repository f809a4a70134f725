//! uidsim: how consistent, and how stale, is the user table on each enforcement point?
//!
//! This file is the map of the house and holds no code. A room imports only from rooms listed above
//! it here; `tests/suite/tidy.rs` says so.
//!
//! - [`units`], [`ids`], [`random`], [`problem`], [`ports`]: the ground.
//! - [`mapping`]: a mapping, the table and its merge law, the journal that replicas share.
//! - [`formats`]: the real texts: uid-message documents, syslog lines and their parse profiles, USERID logs.
//! - [`engine`]: agenda, nodes, links, connections, processors, faults; knows no firewall.
//! - [`wire`]: the bytes of mappings and session messages.
//! - [`workload`]: populations, working days, storms, roaming, leases; readers of real logs.
//! - [`roles`]: domain controllers, agents, collectors, Panorama, hubs, firewalls, HA pairs.
//! - [`topology`], [`scenario`]: what a file says, and every problem it has.
//! - [`lint`]: known misconfigurations, found without running anything.
//! - [`assemble`], [`observe`], [`scan`], [`simulate`]: the witnesses, and the stage on which paper and cast meet.
//! - [`report`], [`gate`]: findings with names, one file per format; judgement of what was expected.
//! - [`capacity`]: sweeps over values of a file, and the knee of a limit.
//! - [`page`]: the same as one HTML file with charts, a heat map, the topology in time, and tables.
//! - [`cli`]: the door: arguments, files, progress, colours, exit codes; the only room that prints.

pub mod assemble;
pub mod capacity;
pub mod cli;
pub mod engine;
pub mod formats;
pub mod gate;
pub mod ids;
pub mod lint;
pub mod mapping;
pub mod observe;
pub mod page;
pub mod ports;
pub mod problem;
pub mod random;
pub mod report;
pub mod roles;
pub mod scan;
pub mod scenario;
pub mod simulate;
pub mod topology;
pub mod units;
pub mod wire;
pub mod workload;
