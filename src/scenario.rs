//! Scenario: topology, workload, faults and expectations, resolved: what one file means.
//!
//! Knows all of paper. Must not know the engine's insides, nor how a result is printed.

mod expect;
mod expect_at;
mod faults;
mod load;
mod margin;
pub mod metric;
mod population;
mod resolved;
mod selector;
mod tolerance;
mod workload;

pub use load::load;
pub use margin::{Margin, Waiver};
pub use resolved::{
    Allowance, Comparison, Degraded, EntryExpectation, Expectation, Fault, FaultKind, Flows, Quantity,
    Scenario, Tolerance,
};
