//! The one integration test binary: what the rooms promise together.
#![expect(clippy::disallowed_methods, reason = "tests read shipped files")]

mod broken;
mod machine;
mod mutated;
mod shipped;
mod tidy;
mod witnessed;
