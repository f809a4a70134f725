//! From arguments to a scenario, or to every problem it has.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{self, Failure};
use super::input::{self, Topology};
use super::output;
use crate::problem::{Problems, Style};
use crate::random::Seed;
use crate::scenario::{self, Scenario};
use crate::units::Span;

/// The values that the command line puts into a file.
#[derive(Args, Debug)]
pub(super) struct Values {
    /// Override a value of the file, as in `--set defaults.firewalls.timeout=45m`; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

impl Values {
    /// As `load`, or every problem that the topology has.
    pub(super) fn read(&self, topology: &Topology, more: &[(String, String)]) -> Result<Scenario, Problems> {
        let overrides = [&self.set, more].concat();
        scenario::load(&topology.name, &topology.text, &overrides, &input::trace)
    }

    /// The scenario that `topology` means, with these values and `more` put in.
    pub(super) fn load(&self, topology: &Topology, more: &[(String, String)]) -> Result<Scenario, Failure> {
        self.read(topology, more).map_err(|problems| failed(&problems))
    }
}

/// Every problem of an input, as the command ends with them.
pub(super) fn failed(problems: &Problems) -> Failure {
    let style = if output::errors_have_colour() { Style::Colour } else { Style::Plain };
    Failure { code: failure::BAD_INPUT, text: problems.render(style) }
}

/// The file and the values that the command line puts in it.
#[derive(Args, Debug)]
pub(super) struct File {
    /// The topology file; `-` reads stdin
    #[arg(value_name = "TOPOLOGY")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) values: Values,
}

/// Everything that the command line changes of a run.
#[derive(Args, Debug)]
pub(super) struct Changes {
    #[command(flatten)]
    values: Values,
    /// Use this seed instead of the file's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Simulate this long instead of what the file says, as in `90m`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    duration: Option<Span>,
}

impl Changes {
    /// The scenario of `topology`, changed.
    pub(super) fn load(&self, topology: &Topology) -> Result<Scenario, Failure> {
        self.read_with(topology, &[]).map_err(|problems| failed(&problems))
    }

    /// The same with `more` values put in, or every problem that the topology has then.
    pub(super) fn read_with(
        &self,
        topology: &Topology,
        more: &[(String, String)],
    ) -> Result<Scenario, Problems> {
        let mut values: Vec<(String, String)> = Vec::new();
        values.extend(self.duration.map(|span| ("duration".to_owned(), span.to_string())));
        values.extend_from_slice(more);
        self.values.read(topology, &values)
    }

    /// Whether it gives the value at `path`.
    pub(super) fn sets(&self, path: &str) -> bool {
        self.values.set.iter().any(|(set, _)| set == path) || (path == "duration" && self.duration.is_some())
    }

    /// Whether it changes anything.
    pub(super) fn is_any(&self) -> bool {
        !self.values.set.is_empty() || self.seed.is_some() || self.duration.is_some()
    }

    /// The seed of the run, or the first of several.
    pub(super) fn seed(&self, scenario: &Scenario) -> Seed {
        self.seed.map_or(scenario.seed, Seed)
    }

    /// The command that makes the report of `path` again.
    pub(super) fn replay(&self, path: &Path, seed: Seed) -> String {
        self.replay_with(path, seed, &[])
    }

    /// The same with `more` values put in.
    pub(super) fn replay_with(&self, path: &Path, seed: Seed, more: &[(String, String)]) -> String {
        self.command("run", path, seed, more).join(" ")
    }

    /// The command `name` with these values and `more` put in, word by word.
    pub(super) fn command(
        &self,
        name: &str,
        path: &Path,
        seed: Seed,
        more: &[(String, String)],
    ) -> Vec<String> {
        let mut words = vec![format!("uidsim {name}"), quoted(&path.display().to_string())];
        words.push(format!("--seed {}", seed.0));
        let set = self.values.set.iter().chain(more);
        words.extend(set.map(|(path, value)| option("set", &format!("{path}={value}"))));
        words.extend(self.duration.map(|span| option("duration", &span.to_string())));
        words
    }
}

/// What a run is made from.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// The topology file; `-` reads stdin
    #[arg(value_name = "TOPOLOGY")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.to_owned())),
        _ => Err("expected PATH=VALUE, as in duration=90m".to_owned()),
    }
}

fn span(text: &str) -> Result<Span, String> {
    text.parse().map_err(|error: crate::units::UnitError| error.to_string())
}

/// An option with its value as a POSIX shell takes it.
pub(super) fn option(name: &str, value: &str) -> String {
    format!("--{name} {}", quoted(value))
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replay_command_survives_a_shell() {
        assert_eq!(quoted("topologies/three-sites.yaml"), "topologies/three-sites.yaml");
        assert_eq!(quoted("my file's.yaml"), r"'my file'\''s.yaml'");
        assert_eq!(assignment("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
        assert!(assignment("nothing").is_err());
    }
}
