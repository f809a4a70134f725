//! `uidsim lint`: known misconfigurations, without simulating.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::failure::{self, Failure};
use super::scenario::Values;
use super::{files, input, output};
use crate::lint::{self, Counts, Linted, lint};
use crate::problem::Style;

const EXAMPLE: &str = "Example:
  uidsim lint topologies --deny warnings --sarif lint.sarif

Concerns are allowed in the file, with a reason: `lint: {allow: [{rule: single-hub, reason: \"…\"}]}`.

Exit codes:
  0    no error; with `--deny warnings` no warning either
  1    an error was found
  2    bad input: usage, or a file that is no topology; the others are linted, and no file is written
  3    output failed";

/// What `lint` is asked.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Arguments {
    /// Topology files, and folders whose *.yaml and *.yml files are meant; `-` reads stdin
    #[arg(value_name = "TOPOLOGY", required_unless_present = "rules")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    values: Values,
    /// Write every concern as JSON; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every concern as SARIF 2.1.0; `-` writes it to stdout instead of the text
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Let these count as errors too
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Denied>,
    /// Show what the files allow, too
    #[arg(long)]
    all: bool,
    /// List the rules
    #[arg(long, exclusive = true)]
    rules: bool,
}

/// What may count as errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Warnings
    Warnings,
}

/// Lints every file, and says how it went.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.rules {
        output::print(&lint::rules())?;
        return Ok(ExitCode::from(failure::DONE));
    }
    let outputs = [&arguments.json, &arguments.sarif];
    output::check_all(&outputs.map(Option::as_deref))?;
    let mut files = Vec::new();
    let mut unreadable = false;
    for path in files::topologies(&arguments.paths)? {
        match look(&path, &arguments.values) {
            Ok(linted) => files.push(linted),
            Err(failure) => {
                output::complain(&failure.text);
                unreadable = true;
            }
        }
    }
    let counts = Counts::of(&files);
    publish(arguments, &files, unreadable || counts.broken > 0)?;
    let denied = if arguments.deny == Some(Denied::Warnings) { counts.warnings } else { 0 };
    if denied > 0 {
        output::complain("error: there are warnings, and `--deny warnings` lets them count as errors");
    }
    Ok(ExitCode::from(match (unreadable || counts.broken > 0, counts.errors + denied) {
        (true, _) => failure::BAD_INPUT,
        (false, 0) => failure::DONE,
        (false, _) => failure::BREACHED,
    }))
}

fn look(path: &Path, values: &Values) -> Result<Linted, Failure> {
    let topology = input::topology(path)?;
    let outcome = values.read(&topology, &[]).map(|scenario| lint(&scenario));
    Ok(Linted { file: topology.name, text: topology.text, outcome })
}

/// Files are written only where every input was good; what is good is told on stdout all the same.
fn publish(arguments: &Arguments, files: &[Linted], is_bad_input: bool) -> Result<(), Failure> {
    let style = |has_colour| if has_colour { Style::Colour } else { Style::Plain };
    for problems in files.iter().filter_map(|linted| linted.outcome.as_ref().err()) {
        output::complain(&problems.render(style(output::errors_have_colour())));
    }
    let wanted =
        |path: &'_ Option<PathBuf>| path.clone().filter(|path| !is_bad_input || output::is_stdout(path));
    let (as_json, as_sarif) = (wanted(&arguments.json), wanted(&arguments.sarif));
    let taken = output::write_all(&[
        (as_json.as_deref(), &|| lint::json(files)),
        (as_sarif.as_deref(), &|| lint::sarif(files)),
    ])?;
    if taken {
        return Ok(());
    }
    let style = style(output::has_colour());
    let texts: String = files.iter().map(|linted| lint::text(linted, arguments.all, style)).collect();
    output::print(&(texts + &lint::summary(files)))
}
