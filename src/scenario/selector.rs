//! Selectors: `fleet`, a node, a glob over nodes, `disturbance/NAME`; what each means and which metrics it has.
//!
//! Knows names and the table of metrics. Must not know what is asked of a metric.

use super::enforcement::Enforcement;
use super::metric::{self, Metric, Subject};
use super::resolved::Fault;
use crate::roles::Follows;
use crate::topology::draft::value::{At, Table};
use crate::topology::{Context, Kind, Topology, names};
use crate::workload::LedgerSpec;

/// The most selectors; each is compared with the name of every node.
const SELECTORS_MAX: usize = 1_000;
const DISTURBANCE: &str = "disturbance/";

/// Everything that a selector may name.
pub(super) struct Selectors<'a> {
    points: Vec<&'a str>,
    nodes: Vec<&'a str>,
    disturbances: Vec<&'a str>,
    /// The keys that some metrics need and that the file uses.
    used: Vec<&'static str>,
}

impl<'a> Selectors<'a> {
    /// What the selectors of a file may name.
    pub(super) fn new(
        topology: &'a Topology,
        faults: &'a [Fault],
        storms: &'a [String],
        enforcement: &Enforcement,
    ) -> Self {
        let reads_groups = |follows: &Follows| {
            matches!(follows.spec, LedgerSpec::Groups { .. }) && !follows.readers.is_empty()
        };
        let used = [
            ("policies", enforcement.policy.is_some()),
            ("threats", !enforcement.threats.is_empty()),
            ("dataplane_capacity", !enforcement.dataplane.is_empty()),
            ("types", topology.carries_data()),
            ("group_mapping", topology.ledgers().any(|(_, _, follows)| reads_groups(follows))),
        ];
        let firewalls = topology.nodes.iter().filter(|node| node.kind == Kind::Firewall);
        Self {
            points: firewalls.map(|node| node.name.as_str()).collect(),
            nodes: topology.nodes.iter().map(|node| node.name.as_str()).collect(),
            disturbances: faults
                .iter()
                .map(|fault| fault.name.as_str())
                .chain(storms.iter().map(String::as_str))
                .collect(),
            used: used.into_iter().filter(|(_, is_used)| *is_used).map(|(key, _)| key).collect(),
        }
    }

    /// Calls `line` with every (selector, metric path, value) of the table under `key`, once the selector is known
    /// to mean something.
    pub(super) fn each<'t>(
        &self,
        context: &mut Context<'_>,
        key: &str,
        table: &'t Table<Table<At<String>>>,
        mut line: impl FnMut(&mut Context<'_>, &'t At<String>, &'t At<String>, &'t At<String>),
    ) {
        for (number, (selector, lines)) in table.iter().enumerate() {
            if number >= SELECTORS_MAX {
                let fact = format!("`{key}` has more than {SELECTORS_MAX} selectors");
                context.say("too-large", selector.place, fact, "let globs stand for many");
                break;
            }
            self.check(context, selector);
            if lines.0.is_empty() {
                let fact = format!("`{key}` names no metric of `{}`", selector.value);
                context.say("empty", selector.place, fact, "name one, or remove the selector");
            }
            for (path, value) in lines.iter() {
                line(context, selector, path, value);
            }
        }
    }

    /// How many enforcement points there are.
    pub(super) fn points(&self) -> usize {
        self.points.len()
    }

    fn check(&self, context: &mut Context<'_>, selector: &At<String>) {
        let text = selector.value.as_str();
        if text == "fleet" {
            if self.points.is_empty() && context.problems.is_empty() {
                let fact = "the topology has no firewall that `fleet` could mean";
                context.say("no-match", selector.place, fact, "declare a firewall or an HA pair");
            }
            return;
        }
        let (text, known, what) = match text.strip_prefix(DISTURBANCE) {
            Some(name) => (name, &self.disturbances, "disturbance"),
            None => (text, &self.nodes, "node"),
        };
        if known.iter().any(|name| names::matches(text, name)) {
            return;
        }
        if names::is_glob(text) {
            let hint = context.hint(text, known.iter().copied(), &format!("{what}s"));
            context.say("no-match", selector.place, format!("no {what} matches `{text}`"), hint);
        } else {
            let fleet = (what == "node").then_some("fleet");
            let known: Vec<&str> = fleet.into_iter().chain(known.iter().copied()).collect();
            let hint = context.hint(text, known, &format!("known {what}s"));
            context.say("unknown-selector", selector.place, format!("there is no {what} `{text}`"), hint);
        }
    }

    /// The metric of `path` at what `selector` means; `None` after a problem.
    pub(super) fn metric(
        &self,
        context: &mut Context<'_>,
        selector: &At<String>,
        path: &At<String>,
    ) -> Option<Metric> {
        let subject = metric::subject_of(&selector.value);
        let is_named = |known: &[&str]| known.iter().any(|name| names::matches(&selector.value, name));
        // A selector that names nothing has its own problem.
        let enforces = is_named(&self.points) || !is_named(&self.nodes);
        let cost = metric::find(Subject::Node, &path.value).filter(|_| subject == Subject::EnforcementPoint);
        let own = metric::find(subject, &path.value);
        if own.is_some() && subject == Subject::EnforcementPoint && !enforces {
            let fact =
                format!("nothing that `{}` names enforces, so there is no `{}`", selector.value, path.value);
            let hint = "name a firewall, or one of what every node has: ".to_owned() + &costs().join(", ");
            context.say("wrong-kind", path.place, fact, hint);
            return None;
        }
        let found = own.or(cost);
        if let (Some(_), Some(key)) =
            (&found, metric::needs(&path.value).filter(|key| !self.used.contains(key)))
        {
            let fact = format!(
                "the report has `{}` only where the file uses `{key}`, which it does not",
                path.value
            );
            let hint = format!("use `{key}`, or remove the line");
            context.say("not-asked", path.place, fact, hint);
            return None;
        }
        if found.is_none() {
            let mut all = metric::metrics(if enforces || subject != Subject::EnforcementPoint {
                subject
            } else {
                Subject::Node
            });
            let has_costs = enforces && subject == Subject::EnforcementPoint;
            all.extend(metric::metrics(Subject::Node).into_iter().filter(|_| has_costs));
            let known: Vec<&str> = all.iter().map(|metric| metric.path.as_str()).collect();
            let fact = format!("`{}` is no metric of `{}`", path.value, selector.value);
            context.say("unknown-metric", path.place, fact, names::hint(&path.value, &known, "metrics"));
        }
        found
    }
}

fn costs() -> Vec<String> {
    metric::metrics(Subject::Node).into_iter().map(|metric| metric.path).collect()
}
