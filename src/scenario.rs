//! Scenario: topology, workload, faults and expectations, resolved: what one file means.
//!
//! Knows all of paper. Must not know the engine's insides, nor how a result is printed.

mod resolved;

pub use resolved::{Comparison, Degraded, Expectation, Fault, FaultKind, Flows, Quantity, Scenario};
