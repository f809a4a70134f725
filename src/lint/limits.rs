//! Limits: the numbers that rules compare with, each with its source and how sure it is.

use crate::mapping::ROUTE_MAX;
use crate::units::Span;

/// Sessions that a mapping may cross from the node that learned it. Source: as [`ROUTE_MAX`] (documented, high).
pub(super) const HOPS_MAX: usize = ROUTE_MAX;

/// Agents or redistribution points that one firewall, Log Collector or Panorama may follow. Source: Panorama
/// administrator's guide 8.1, "User-ID redistribution", and the VM-Series tier table (documented, high).
pub(super) const UPSTREAMS_MAX: usize = 100;

/// Servers that one agent may monitor. Source: VM-Series tier table; Windows agent guide (documented, high).
pub(super) const SERVERS_MAX: usize = 100;

/// Domain controllers up to which an agent that is integrated in a firewall or Panorama is advised. Source: vendor
/// advice to use Windows agents "past ~10" controllers, PAN-76757 on memory (documented in part, else reported).
pub(super) const SERVERS_OF_INTEGRATED_MAX: usize = 10;

/// Share of the gaps between refreshes that may outlast the timeout before lint speaks. Source: none, a choice: the
/// default of 20 min against 45 min has 5 % of its gaps above it, and the shipped fleets 2 %.
pub(super) const GAPS_ABOVE_TIMEOUT_MAX: f64 = 0.10;

/// Bytes of one mapping on a link, headers included. Source: measured in runs of this program, 70 in full batches and
/// 100 alone.
pub(super) const MAPPING_BYTES: f64 = 70.0;

/// The share of a link's bandwidth that the mean of the peak may take; above it queues grow long. Source: none, a choice.
pub(super) const LINK_LOAD_MAX: f64 = 0.8;

/// Time over which a peak is averaged; shorter bursts wait in queues and drain. Source: none, a choice.
pub(super) const PEAK_WITHIN: Span = Span::from_seconds(60);
