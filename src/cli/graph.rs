//! `uidsim graph`: the topology as a picture.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::failure::{self, Failure};
use super::scenario::File;
use super::{input, output};
use crate::topology::draw;

const EXAMPLE: &str = "Example:
  uidsim graph topologies/three-sites.yaml --format svg > three-sites.svg";

/// What `graph` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    #[command(flatten)]
    file: File,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

/// How a topology is drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For a browser
    Svg,
}

/// Prints the picture.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let topology = input::topology(&arguments.file.path)?;
    let scenario = arguments.file.values.load(&topology, &[])?;
    let picture = match arguments.format {
        Format::Dot => draw::dot(&scenario.topology),
        Format::Mermaid => draw::mermaid(&scenario.topology),
        Format::Svg => draw::svg(&scenario.topology),
    };
    output::print(&picture)?;
    Ok(ExitCode::from(failure::DONE))
}
