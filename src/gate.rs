//! The gate: whether reports hold what their file expects, and what has moved since a baseline.
//!
//! Knows reports, expectations and baselines, one file per format that prints a verdict. Must not know files, exit codes
//! or how anything was measured.

mod baseline;
mod changes;
mod drift;
pub mod json;
mod judge;
pub mod junit;
mod look;
pub mod markdown;
pub(crate) mod phrases;
mod statistics;
pub mod text;
mod verdict;
pub mod versus;

pub use baseline::{Baseline, Row, baseline};
pub use changes::Change;
pub use drift::{Comparison, Drift, SeedValues, mismatch};
pub use judge::{holds, judge};
pub(crate) use phrases::moved;
pub use statistics::{Estimate, estimate};
pub use verdict::{EntryJudgement, Expected, Verdict, judge_entries};
pub use versus::{Cell, Side, Versus, VersusRow};
