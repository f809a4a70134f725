//! `uidsim schema`: the JSON Schema of the topology file, for editors.

use std::process::ExitCode;

use clap::Args;

use super::failure::{self, Failure};
use super::output;
use crate::topology;

const EXAMPLE: &str = "Example:
  uidsim schema > uidsim.schema.json
  # then, on line 1 of a topology:
  # yaml-language-server: $schema=uidsim.schema.json";

/// What `schema` is asked: nothing.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {}

/// Prints the schema.
pub(super) fn run(_: &Arguments) -> Result<ExitCode, Failure> {
    output::print(&topology::schema())?;
    Ok(ExitCode::from(failure::DONE))
}
