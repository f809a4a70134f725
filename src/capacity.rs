//! Capacity: how what is measured moves when values of the file do: sweeps over a grid, the knee of a limit, changes ranked.
//!
//! [`Plan`] is the whole result as plain data, for any format: rows with their means and intervals ([`Row`]), the knee
//! ([`Knee`]), what theory says of the bottleneck ([`Theory`]), and what changes bring ([`Effect`]).
//!
//! Knows values as text, and what runs found as records. Must not know files, threads or terminals.

mod axis;
pub mod csv;
mod effect;
pub mod json;
mod knee;
mod lines;
pub mod manifest;
pub mod parquet;
pub(crate) mod phrases;
mod plan;
mod point;
mod record;
mod row;
pub mod text;
mod theory;

pub use axis::{Axis, Level};
pub use effect::Effect;
pub use knee::{Edge, Knee, Ruling, Search};
pub use plan::{Found, Plan, metrics};
pub use point::{Point, grid};
pub use record::{Busy, Record, SCHEMA_VERSION, id};
pub use row::Row;
pub use theory::{AtLevel, Theory};
