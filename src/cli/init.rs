//! `uidsim init`: a commented topology to start from.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::{self, Failure};
use super::output;
use crate::topology;

const EXAMPLE: &str = "Example:
  uidsim init campus && uidsim run campus.yaml";

/// What `init` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    /// Write NAME.yaml; without it the starter goes to stdout
    name: Option<String>,
}

/// Writes the starter; an existing file is never overwritten.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Some(name) = &arguments.name else {
        output::print(&topology::starter("starter"))?;
        return Ok(ExitCode::from(failure::DONE));
    };
    let path = PathBuf::from(if name.ends_with(".yaml") { name.clone() } else { format!("{name}.yaml") });
    output::check_all(&[Some(&path)])?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("starter");
    output::create(&path, &topology::starter(stem))?;
    output::complain(&format!("wrote {0}; next: uidsim run {0}", path.display()));
    Ok(ExitCode::from(failure::DONE))
}
