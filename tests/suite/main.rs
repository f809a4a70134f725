//! The one integration test binary: what the rooms promise together.
#![expect(clippy::disallowed_methods, reason = "tests read shipped files")]

mod broken;
mod drawn;
mod machine;
mod mutated;
mod resolved;
mod shipped;
mod tidy;
mod witnessed;
