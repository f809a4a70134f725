//! Capacity: how what is measured moves when values of the file do: sweeps over a grid, and the knee of a limit.
//!
//! Knows values as text, and what runs found as records. Must not know files, threads or terminals.

mod axis;
pub mod csv;
pub mod json;
mod knee;
mod plan;
mod record;
mod sheet;
pub mod text;
mod theory;

pub use axis::{Axis, Level};
pub use knee::{Edge, Knee, Ruling, Search};
pub use plan::{Plan, metrics, ruling};
pub use record::{Busy, Record, SCHEMA_VERSION, id};
pub use sheet::{Effect, POINTS_MAX, Point, Row, grid};
