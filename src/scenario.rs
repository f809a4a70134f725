//! Scenario: topology, workload, faults and expectations, resolved: what one file means.
//!
//! Knows all of paper. Must not know the engine's insides, nor how a result is printed.

mod enforcement;
mod expect;
mod expect_at;
mod faults;
mod hash;
mod incidents;
mod load;
mod margin;
pub mod metric;
mod policy;
mod population;
mod resolved;
mod selector;
mod tolerance;
mod workload;

pub use enforcement::{AddressGroup, Enforcement, Group, Policy, Registration, Rule, Subject, Whom, Zone};
pub use load::load;
pub use margin::{Margin, Waiver};
pub use resolved::{
    Allowance, Comparison, Degraded, EntryExpectation, Expectation, Fault, FaultKind, Flows, Quantity,
    Scenario, Tolerance,
};
