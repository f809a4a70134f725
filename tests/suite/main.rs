//! The one integration test binary: what the rooms promise together.
#![expect(clippy::disallowed_methods, reason = "tests read shipped files and their own settings")]

mod broken;
mod compare;
mod grow;
mod mutated;
mod properties;
mod reference;
mod seen;
mod shipped;
