//! Series: the windows of a run, one array per measure; position i is the window from i · `window_seconds` on.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Decimal;
use super::measured::share_or_whole;
use crate::observe::{Classes, Findings, PointFindings};
use crate::scenario::Scenario;

/// Window by window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// How long a window is; the last may be short.
    pub window_seconds: Decimal,
    /// All enforcement points together.
    pub fleet: FleetWindows,
    /// By name.
    pub enforcement_points: BTreeMap<String, Windows>,
}

/// The windows of one enforcement point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Windows {
    /// Share of address-seconds that are current; 1 where no address is known.
    pub consistency: Vec<Decimal>,
    /// The same against the authority's table.
    pub replica_consistency: Vec<Decimal>,
    /// Address-seconds with another user.
    pub outdated_seconds: Vec<Decimal>,
    /// Address-seconds with nobody where somebody is.
    pub missing_seconds: Vec<Decimal>,
    /// Address-seconds with somebody where nobody is.
    pub lingering_seconds: Vec<Decimal>,
}

/// The windows of the fleet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FleetWindows {
    /// As at an enforcement point.
    #[serde(flatten)]
    pub windows: Windows,
    /// Share of known addresses on which all agree at the window's end; `None` where none is known.
    pub agreement: Vec<Option<Decimal>>,
}

/// The series of a run.
#[must_use]
pub(super) fn build(scenario: &Scenario, findings: &Findings) -> Series {
    let agreement =
        findings.agreement.iter().map(|(same, known)| Decimal::share((*same).into(), (*known).into()));
    let name = |(node, point): &(crate::ids::NodeId, PointFindings)| {
        (scenario.topology.nodes[node.index()].name.clone(), windows(point))
    };
    Series {
        window_seconds: scenario.window.into(),
        fleet: FleetWindows { windows: windows(&findings.fleet), agreement: agreement.collect() },
        enforcement_points: findings.points.iter().map(name).collect(),
    }
}

fn windows(point: &PointFindings) -> Windows {
    let each = |part: fn(&Classes) -> u128| {
        point.windows.iter().map(|window| Decimal::from_nanos(part(&window))).collect()
    };
    Windows {
        consistency: point.windows.iter().map(|window| share_or_whole(&window)).collect(),
        replica_consistency: point.replica_windows.iter().map(|window| share_or_whole(&window)).collect(),
        outdated_seconds: each(|window| window.outdated),
        missing_seconds: each(|window| window.missing),
        lingering_seconds: each(|window| window.lingering),
    }
}
