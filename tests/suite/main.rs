//! The one integration test binary: what the rooms promise together.
#![expect(clippy::disallowed_methods, reason = "tests read shipped files")]

mod broken;
mod door;
mod drawn;
mod gate;
mod machine;
mod mutated;
mod report;
mod resolved;
mod shipped;
mod tidy;
mod witnessed;
