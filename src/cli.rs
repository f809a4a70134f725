//! The door: arguments, files, progress, colours, exit codes. The only room that prints.
//!
//! Knows the faces of paper, stage and verdicts. Must not know the engine, the cast or the wire.

mod baseline;
mod check;
mod compare;
mod costs;
mod exports;
mod failure;
mod files;
mod graph;
mod init;
mod input;
mod lint;
mod log;
mod output;
mod plan;
mod progress;
mod run;
mod scenario;
mod schema;
mod show;
mod stage;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How stale, and how wrong, is the user table on each firewall?
///
/// uidsim simulates how User-ID mappings travel from where users log on to every firewall, and reports
/// how consistent each firewall's table is, how late it learns, and why.
#[derive(Debug, Parser)]
#[command(name = "uidsim", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Tell what happens inside on stderr; twice for more (or set RUST_LOG)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a topology and report what its firewalls knew, when, and why they were wrong
    Run(run::Arguments),
    /// Judge what topologies expect, and what has moved since their baselines: the gate for CI
    Check(check::Arguments),
    /// Put topologies or saved reports side by side, run with the same seeds
    Compare(compare::Arguments),
    /// Draw the topology as DOT, Mermaid or SVG
    Graph(graph::Arguments),
    /// Write a commented topology to start from
    Init(init::Arguments),
    /// Look for known misconfigurations without simulating
    Lint(lint::Arguments),
    /// Plan capacity: sweep values of a topology, find where a limit stops to hold, rank changes
    Plan(plan::Arguments),
    /// Print the JSON Schema of the topology file, for editors
    Schema(schema::Arguments),
    /// Look into the virtual past: a node's table, its sessions, or the story of one address
    Show(show::Arguments),
}

/// Runs the program and says how it went; the codes are those of the interface.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout; a closed pipe there is nobody's error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { failure::BAD_INPUT } else { 0 });
        }
    };
    log::start(arguments.verbose);
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure.text);
            ExitCode::from(failure.code)
        }
    }
}
