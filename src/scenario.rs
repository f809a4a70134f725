//! Scenario: topology, workload, faults and expectations, resolved: what one file means.
//!
//! Knows all of paper. Must not know the engine's insides, nor how a result is printed.

mod expect;
mod faults;
mod load;
mod margin;
pub mod metric;
mod population;
mod resolved;
mod workload;

pub use load::load;
pub use margin::{Allowance, Margin};
pub use resolved::{Comparison, Degraded, Expectation, Fault, FaultKind, Flows, Quantity, Scenario};
