//! Mappings: who is behind which address, the table that holds them and its merge law.
//!
//! Knows ids, virtual time and the conflict rule. Must not know bytes, links or the time of day.

mod data_table;
mod datum;
mod deadlines;
mod journal;
mod lifetimes;
mod lineages;
mod record;
mod table;

pub use data_table::DataTable;
pub use datum::{DataType, DataTypes, Datum, DatumKey, TAG_HOPS_MAX};
pub use journal::Journal;
pub use lifetimes::Lifetimes;
pub use record::{Mapping, ROUTE_MAX, Route};
pub use table::{Conflict, Outcome, Rules, Table};
