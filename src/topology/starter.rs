//! Starter: the commented topology that `uidsim init` writes.

/// The starter's text; `{name}` in it stands for the topology's name.
const STARTER: &str = include_str!("starter.yaml");

/// A commented topology called `name` to start from.
#[must_use]
pub fn starter(name: &str) -> String {
    STARTER.replace("{name}", &name.replace(['"', '\\', '\n'], ""))
}
