//! `uidsim show`: a look into the virtual past.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::failure::{self, Failure};
use super::scenario::Source;
use super::stage::Stage;
use super::{input, output};
use crate::ids::NodeId;
use crate::report::glimpse;
use crate::scenario::Scenario;
use crate::simulate::{Stop, look_back};
use crate::topology::{Role, names};
use crate::units::{Instant, Span};

const EXAMPLE: &str = "Examples:
  uidsim show topologies/three-sites.yaml --at 09:12 --node fw-berlin-1 table
  uidsim show topologies/three-sites.yaml --at 09:12 --node fw-berlin-1 mapping 10.1.0.17";

/// What `show` is asked.
#[derive(Args, Debug)]
#[command(after_help = failure::after_help(EXAMPLE))]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// When: a time of day as in `09:12`, or a span from the start as in `90m`
    #[arg(long, value_name = "TIME")]
    at: String,
    /// Where
    #[arg(long, value_name = "NAME")]
    node: String,
    #[command(subcommand)]
    what: What,
}

/// What to look at.
#[derive(Debug, Subcommand)]
enum What {
    /// The node's user table
    Table,
    /// The node's sessions
    Sessions,
    /// One address: truth, answer, class, cause, and its way through the hops
    Mapping {
        /// The address
        #[arg(value_name = "IP")]
        address: IpAddr,
        /// Show this many lines of the story
        #[arg(long, value_name = "N", default_value_t = 40)]
        last: usize,
        /// Write the whole story as a Chrome trace as well, which Perfetto shows
        #[arg(long, value_name = "FILE")]
        trace: Option<PathBuf>,
    },
}

/// Runs up to the instant and prints what there is.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let trace = match &arguments.what {
        What::Mapping { trace, .. } => trace.as_deref(),
        What::Table | What::Sessions => None,
    };
    output::check_all(&[trace])?;
    let topology = input::topology(&arguments.source.path)?;
    let scenario = arguments.source.changes.load(&topology)?;
    let at = instant(&arguments.at, &scenario)?;
    let node = node(&arguments.node, &scenario)?;
    let has_table = matches!(scenario.topology.nodes[node.index()].role, Role::Point(_));
    if !has_table && !matches!(arguments.what, What::Sessions) {
        let fact = format!("{} is a source of log-ons and has no user table", arguments.node);
        return Err(Failure::bad_input(&fact, "ask for its sessions, or name a node that has a table"));
    }
    let address = match &arguments.what {
        What::Mapping { address, .. } => Some(*address),
        What::Table | What::Sessions => None,
    };
    let seed = arguments.source.changes.seed(&scenario);
    let stage = Stage::new(false);
    let seen = stage.play(
        &topology.name,
        seed,
        &arguments.source.changes.replay(&arguments.source.path, seed),
        |watch| look_back(&scenario, seed, &input::trace, watch, at, node, address),
    )?;
    if seen.stop == Stop::Cancelled {
        return Ok(ExitCode::from(failure::INTERRUPTED));
    }
    if output::write_all(&[(trace, &|| glimpse::trace(&scenario, &seen))])? {
        return Ok(ExitCode::from(failure::DONE));
    }
    let text = match arguments.what {
        What::Table => glimpse::table(&scenario, &seen),
        What::Sessions => glimpse::sessions(&scenario, &seen),
        What::Mapping { last, .. } => glimpse::story(&scenario, &seen, last),
    };
    output::print(&text)?;
    Ok(ExitCode::from(failure::DONE))
}

/// The instant that `text` means in the run.
fn instant(text: &str, scenario: &Scenario) -> Result<Instant, Failure> {
    let span = match time_of_day(text) {
        Some(time) if time < scenario.start => {
            let fact = format!("{text} lies before the run, which starts at {}", clock(scenario.start));
            return Err(Failure::bad_input(&fact, "later days are reached with a span from the start"));
        }
        Some(time) => time.less(scenario.start),
        None => text.parse::<Span>().map_err(|error| {
            Failure::bad_input(&format!("--at: {error}"), "write a time of day (09:12) or a span (90m)")
        })?,
    };
    if span > scenario.duration {
        let fact = format!("{text} lies past the end of the run, which lasts {}", scenario.duration);
        return Err(Failure::bad_input(&fact, "--duration makes it longer"));
    }
    Ok(Instant::after_start(span))
}

/// `09:12` or `09:12:30`.
fn time_of_day(text: &str) -> Option<Span> {
    let mut seconds = 0;
    let parts: Vec<&str> = text.trim().split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    for (part, (scale, bound)) in parts.iter().zip([(3_600, 24), (60, 60), (1, 60)]) {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        seconds += part.parse::<u64>().ok().filter(|number| digits && *number < bound)? * scale;
    }
    Some(Span::from_seconds(seconds))
}

fn clock(start: Span) -> String {
    let minutes = start.nanos() / 60_000_000_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The node of a name.
fn node(name: &str, scenario: &Scenario) -> Result<NodeId, Failure> {
    let known: Vec<&str> = scenario.topology.nodes.iter().map(|node| node.name.as_str()).collect();
    known.iter().position(|node| *node == name).map(NodeId::new).ok_or_else(|| {
        Failure::bad_input(&format!("there is no node `{name}`"), &names::hint(name, &known, "nodes"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_and_nothing_else_is_taken_for_one() {
        assert_eq!(time_of_day("09:12"), Some(Span::from_seconds(33_120)));
        assert_eq!(time_of_day("9:12:30"), Some(Span::from_seconds(33_150)));
        for text in ["24:00", "09:60", "09", "90m", "-1:00", "1:2:3:4", "+1:00", ""] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
