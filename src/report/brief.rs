//! The brief report: what `run --brief` tells, under the keys that the whole report has for it.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::digest::shortened;
use super::measures::{Distribution, FateCounts};
use super::{Decimal, LinkRow, Measures, NodeRow, Report, Run, SessionRow};
use crate::observe::{Findings, PointFindings};

/// How stale updates were, how they ended and how full tables were; nothing of what was true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brief {
    /// `SCHEMA_VERSION`.
    pub schema_version: u32,
    /// The program's version.
    pub uidsim_version: String,
    /// The scenario's name.
    pub topology: String,
    /// The seed of the run.
    pub seed: u64,
    /// A hash of the resolved scenario.
    pub scenario_hash: String,
    /// From when on things were measured.
    pub measured_from_seconds: Decimal,
    /// How far the run came.
    pub virtual_seconds: Decimal,
    /// Whether it stopped before its end.
    pub partial: bool,
    /// Always: a whole report does not have this key.
    pub brief: bool,
    /// A hash of what follows but for what the run cost; not that of the whole report.
    pub digest: String,
    /// What the run cost.
    pub run: Run,
    /// All enforcement points together.
    pub fleet: BriefMeasures,
    /// One each, in declared order.
    pub enforcement_points: Vec<BriefPoint>,
    /// One each, in declared order.
    pub nodes: Vec<NodeRow>,
    /// Two for each link, one per direction.
    pub links: Vec<LinkRow>,
    /// Feeds that are wanted and do not stand at the end, and why; by their ends.
    pub sessions_down: Vec<SessionRow>,
    /// What the workload's reader has to say.
    pub remarks: Vec<String>,
}

/// What one enforcement point (or all) was told, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BriefMeasures {
    /// Event to application, of all applied updates.
    pub staleness_seconds: Distribution,
    /// The same of updates that changed the authority's answer.
    pub change_staleness_seconds: Distribution,
    /// How updates ended.
    pub fates: FateCounts,
    /// The table at the end.
    pub table: BriefTable,
}

/// A table at the end of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BriefTable {
    /// Addresses with a user.
    pub entries_final: u64,
    /// How many it may hold.
    pub capacity: u64,
    /// A sum of hashes of its entries, in hexadecimal digits: equal tables have the same.
    pub hash: String,
}

/// One enforcement point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BriefPoint {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it stands.
    pub site: String,
    /// Its HA pair, if any.
    pub pair: Option<String>,
    /// What it was told.
    #[serde(flatten)]
    pub measures: BriefMeasures,
}

impl Brief {
    /// What is brief of a report that was built from `findings`.
    #[must_use]
    pub fn new(report: &Report, findings: &Findings) -> Self {
        let points = report.enforcement_points.iter().zip(&findings.points);
        let points = points.map(|(point, (_, found))| BriefPoint {
            name: point.name.clone(),
            kind: point.kind,
            site: point.site.clone(),
            pair: point.pair.clone(),
            measures: measures(&point.measures, found),
        });
        let mut brief = Self {
            schema_version: report.schema_version,
            uidsim_version: report.uidsim_version.clone(),
            topology: report.topology.clone(),
            seed: report.seed,
            scenario_hash: report.scenario_hash.clone(),
            measured_from_seconds: report.measured_from_seconds,
            virtual_seconds: report.virtual_seconds,
            partial: report.partial,
            brief: true,
            digest: String::new(),
            run: report.run,
            fleet: measures(&report.fleet.measures, &findings.fleet),
            enforcement_points: points.collect(),
            nodes: report.nodes.clone(),
            links: report.links.clone(),
            sessions_down: report.sessions_down.clone(),
            remarks: report.remarks.clone(),
        };
        brief.digest = brief.hash();
        brief
    }

    fn hash(&self) -> String {
        let told = (
            &self.fleet,
            &self.enforcement_points,
            &self.nodes,
            &self.links,
            &self.sessions_down,
            &self.remarks,
        );
        shortened(Sha256::new_with_prefix(serde_json::to_vec(&told).expect("a report serialises")))
    }
}

fn measures(measures: &Measures, found: &PointFindings) -> BriefMeasures {
    BriefMeasures {
        staleness_seconds: measures.staleness_seconds,
        change_staleness_seconds: measures.change_staleness_seconds,
        fates: measures.fates,
        table: BriefTable {
            entries_final: measures.table.entries_final,
            capacity: measures.table.capacity,
            hash: format!("{:016x}", found.table_hash),
        },
    }
}
