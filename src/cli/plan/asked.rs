//! What a plan asks of its topology: the limit, the seeds, and the scenario of each point with its problems told by option.

use super::super::failure::Failure;
use super::super::input::Topology;
use super::super::scenario::failed;
use super::Arguments;
use crate::capacity::Point;
use crate::problem::{Problem, Problems};
use crate::random::Seed;
use crate::scenario::{Expectation, Scenario};

/// The limit and the seeds of a plan.
pub(super) struct Asked {
    /// The name of the scenario.
    pub(super) name: String,
    /// The seeds of every point.
    pub(super) seeds: Vec<Seed>,
    /// The limit of `--until`.
    pub(super) limit: Option<Expectation>,
    /// What stands in `expect:` for it.
    expect: Option<(String, String)>,
}

impl Asked {
    /// Of a topology that is found good as it stands.
    pub(super) fn new(arguments: &Arguments, topology: &Topology) -> Result<Self, Failure> {
        values_are_good(arguments)?;
        let expect = arguments.until.as_deref().map(expectation).transpose()?;
        let expect = expect.map(|expected| ("expect".to_owned(), expected));
        let mut asked = Self { name: String::new(), seeds: Vec::new(), limit: None, expect };
        let scenario = asked
            .scenario(arguments, topology, &Point::default())
            .map_err(|found| asked.failure(topology, found.problems))?;
        let first = arguments.changes.seed(&scenario).0;
        asked.seeds = (0..u64::from(arguments.seeds)).map(|n| Seed(first.wrapping_add(n))).collect();
        asked.limit = asked.expect.as_ref().and_then(|_| scenario.expectations.first().cloned());
        asked.name = scenario.name;
        Ok(asked)
    }

    /// The scenario of a point. What the file itself expects gives way to the limit.
    pub(super) fn scenario(
        &self,
        arguments: &Arguments,
        topology: &Topology,
        point: &Point,
    ) -> Result<Scenario, Problems> {
        let option = if arguments.what_if.contains(point) { "--what-if" } else { "--vary" };
        let values: Vec<(String, String)> = point.0.iter().chain(&self.expect).cloned().collect();
        arguments.changes.read_with(topology, &values).map_err(|mut found| {
            for problem in &mut found.problems {
                problem.fact = self.by_option(&problem.fact, arguments, point, option);
            }
            found
        })
    }

    /// A fact that names a value by the option that gave it.
    fn by_option(&self, fact: &str, arguments: &Arguments, point: &Point, option: &str) -> String {
        let rest = |(path, value): &(String, String)| fact.strip_prefix(&format!("--set {path}={value}"));
        if let (Some(expect), Some(until)) = (&self.expect, &arguments.until)
            && let Some(rest) = rest(expect)
        {
            return format!("--until '{until}'{rest}");
        }
        let given = point.0.iter().find_map(|given| Some((given, rest(given)?)));
        given
            .map_or_else(|| fact.to_owned(), |((path, value), rest)| format!("{option} {path}={value}{rest}"))
    }

    /// Problems of several points together.
    pub(super) fn failure(&self, topology: &Topology, problems: Vec<Problem>) -> Failure {
        failed(&Problems::new(&topology.name, &topology.text, problems))
    }
}

/// What no topology can make good: a value given twice, and seeds.
fn values_are_good(arguments: &Arguments) -> Result<(), Failure> {
    let axes = || arguments.vary.iter().map(|axis| axis.path.as_str());
    let changed = arguments.what_if.iter().flat_map(|point| point.0.iter().map(|(path, _)| path.as_str()));
    if axes().chain(changed).any(|path| path == "seed") {
        let hint = "`--seeds N` runs every point with N seeds, from the file's own or `--seed` on";
        return Err(Failure::bad_input(
            "`seed` is no value to vary: all points run with the same seeds",
            hint,
        ));
    }
    for (index, path) in axes().enumerate() {
        let fact = if axes().take(index).any(|other| other == path) {
            format!("two --vary give values to {path}")
        } else if arguments.changes.sets(path) {
            format!("--vary gives values to {path}, which is set already on this command line")
        } else {
            continue;
        };
        return Err(Failure::bad_input(&fact, "leave one of them out"));
    }
    Ok(())
}

/// The `expect:` of a limit like `fleet staleness.p99 < 5s`.
fn expectation(until: &str) -> Result<String, Failure> {
    let mut words = until.trim().splitn(3, char::is_whitespace);
    let (Some(selector), Some(metric), Some(limit)) = (words.next(), words.next(), words.next()) else {
        let fact = format!("`{until}` is no limit");
        return Err(Failure::bad_input(
            &fact,
            "write SELECTOR METRIC LIMIT, as in `fleet staleness.p99 < 5s`",
        ));
    };
    let limit = serde_json::json!({ selector: { metric: limit.trim() } });
    Ok(limit.to_string())
}
