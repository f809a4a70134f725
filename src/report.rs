//! The report: findings with names, rounded once, and one file per format that prints them.
//!
//! Knows scenario and findings. Must not know files or terminals. Judging what was expected is `gate`'s.

mod brief;
mod build;
pub(crate) mod columnar;
pub mod csv;
mod decimal;
mod digest;
mod enforcement;
pub mod glimpse;
pub mod hgrm;
pub mod json;
mod leaves;
mod ledgers;
mod measured;
mod measures;
mod model;
pub mod openmetrics;
pub(crate) mod paint;
pub mod parquet;
pub mod pcapng;
mod series;
pub mod series_csv;
mod sessions;
pub mod table;
pub mod text;
pub(crate) mod words;

pub use brief::{Brief, BriefMeasures, BriefPoint, BriefTable};
pub use build::{Costs, build};
pub use decimal::Decimal;
pub use enforcement::{
    DataCounts, DataplaneFill, PolicyRow, PolicyShares, QuarantineFlows, QuarantineTimes, RuleRow,
};
pub use leaves::{Leaf, leaves};
pub use measures::{
    AgeOfInformation, BlameSeconds, BreakdownMeans, ClassSeconds, Consistency, Distribution, ExposureShares,
    FateCounts, HopMeans, HopSeconds, LostCounts, Mean, Measures, PartMeans, TableFill, Visibility,
};
pub use model::{
    Agreement, BlockReaderRow, ConvergenceRow, DisturbanceRow, Fleet, Judgement, LinkRow, NodeRow, Point,
    Report, Run, SCHEMA_VERSION, SessionRow, TerminalServerRow,
};
pub use series::{FleetWindows, Series, Windows};
