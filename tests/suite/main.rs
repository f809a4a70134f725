//! The one integration test binary: what the rooms promise together.
#![expect(clippy::disallowed_methods, reason = "tests read shipped files and their own settings")]

mod believed;
mod broken;
mod cautions;
mod check;
mod compare;
mod door;
mod drawn;
mod encoded;
mod gate;
mod grow;
mod guarded;
mod handbook;
mod lanes;
mod lint;
mod machine;
mod mutated;
mod overlaps;
mod paths;
mod properties;
mod readme;
mod reference;
mod report;
mod resolved;
mod scanned;
mod seen;
mod shipped;
mod sources;
mod spoken;
mod theory;
mod tidy;
mod tiny;
mod traps;
mod witnessed;
