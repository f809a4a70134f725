//! Expect: the lines of `expect:`, each selector, metric and limit known to mean something.
//!
//! Knows names and the table of metrics. Must not know how a run is judged.

use super::metric::{self, Subject};
use super::resolved::{Comparison, Expectation, Fault, Quantity};
use crate::topology::draft::value::{At, Table, Written};
use crate::topology::names;
use crate::topology::{Context, Kind, Topology};
use crate::units::{Ratio, Span};

/// The most selectors; each is compared with the name of every enforcement point.
const SELECTORS_MAX: usize = 1_000;

/// Resolves every line; problems go to `context`.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: &Table<Table<At<String>>>,
    topology: &Topology,
    faults: &[Fault],
    storms: &[String],
) -> Vec<Expectation> {
    let points: Vec<&str> =
        topology.nodes.iter().filter(|n| n.kind == Kind::Firewall).map(|n| n.name.as_str()).collect();
    let disturbances: Vec<&str> =
        faults.iter().map(|f| f.name.as_str()).chain(storms.iter().map(String::as_str)).collect();
    let mut expectations = Vec::new();
    for (number, (selector, lines)) in drafts.iter().enumerate() {
        if number >= SELECTORS_MAX {
            let fact = format!("`expect` has more than {SELECTORS_MAX} selectors");
            context.say("too-large", selector.place, fact, "let globs stand for many");
            break;
        }
        check_selector(context, selector, topology, &points, &disturbances);
        let subject = metric::subject_of(&selector.value);
        for (path, limit) in lines.iter() {
            if let Some(expectation) = line(context, subject, selector, path, limit) {
                expectations.push(expectation);
            }
        }
    }
    expectations
}

fn check_selector(
    context: &mut Context<'_>,
    selector: &At<String>,
    topology: &Topology,
    points: &[&str],
    disturbances: &[&str],
) {
    let text = selector.value.as_str();
    if text == "fleet" {
        if points.is_empty() && context.problems.is_empty() {
            let hint = "declare a firewall or an HA pair";
            context.say(
                "no-match",
                selector.place,
                "the topology has no firewall that `fleet` could mean",
                hint,
            );
        }
        return;
    }
    let (text, known, what) = match text.strip_prefix("disturbance/") {
        Some(name) => (name, disturbances, "disturbance"),
        None => (text, points, "enforcement point"),
    };
    if known.iter().any(|name| names::matches(text, name)) {
        return;
    }
    if names::is_glob(text) {
        let fact = format!("no {what} matches `{text}`");
        context.say(
            "no-match",
            selector.place,
            fact,
            context.hint(text, known.iter().copied(), &format!("{what}s")),
        );
    } else if topology.nodes.iter().any(|node| node.name == text) {
        let fact = format!("`{text}` enforces nothing, so nothing is measured there");
        context.say(
            "wrong-kind",
            selector.place,
            fact,
            context.hint(text, known.iter().copied(), "enforcement points"),
        );
    } else {
        let fact = format!("there is no {what} `{text}`");
        let mut known = known.to_vec();
        if what == "enforcement point" {
            known.insert(0, "fleet");
        }
        let hint = context.hint(text, known, &format!("known {what}s"));
        context.say("unknown-selector", selector.place, fact, hint);
    }
}

fn line(
    context: &mut Context<'_>,
    subject: Subject,
    selector: &At<String>,
    path: &At<String>,
    limit: &At<String>,
) -> Option<Expectation> {
    let Some(metric) = metric::find(subject, &path.value) else {
        let all = metric::metrics(subject);
        let known: Vec<&str> = all.iter().map(|m| m.path.as_str()).collect();
        let fact = format!("`{}` is no metric of `{}`", path.value, selector.value);
        context.say("unknown-metric", path.place, fact, names::hint(&path.value, &known, "metrics"));
        return None;
    };
    match self::limit(&limit.value, metric.quantity) {
        Ok((comparison, bound)) => Some(Expectation {
            selector: selector.value.clone(),
            metric: path.value.clone(),
            limit: limit.value.clone(),
            comparison,
            bound,
            quantity: metric.quantity,
        }),
        Err(fact) => {
            let example = match metric.quantity {
                Quantity::Count => "\"<= 3\"",
                Quantity::Flag => "\"== true\"",
                Quantity::Share => "\">= 99.9%\"",
                Quantity::Span => "\"< 5s\"",
            };
            context.say("wrong-limit", limit.place, fact, format!("write for example {example}"));
            None
        }
    }
}

/// The comparison and the bound of `"< 5s"`.
fn limit(text: &str, quantity: Quantity) -> Result<(Comparison, f64), String> {
    let text = text.trim();
    let signs = [
        ("==", Comparison::Equal),
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        ("<", Comparison::Less),
        (">", Comparison::More),
    ];
    let found = signs
        .iter()
        .find_map(|(sign, comparison)| text.strip_prefix(sign).map(|rest| (*comparison, rest.trim())));
    let (comparison, rest) =
        found.ok_or_else(|| format!("the limit {text:?} begins with none of ==, >=, <=, <, >"))?;
    let bound = match quantity {
        Quantity::Count => {
            let number: f64 = rest.replace('_', "").parse().map_err(|_| format!("{rest:?} is no number"))?;
            if !number.is_finite() || number < 0.0 {
                return Err(format!("{rest:?} is no count"));
            }
            number
        }
        Quantity::Flag => match rest {
            "true" => 1.0,
            "false" => 0.0,
            _ => return Err(format!("{rest:?} is neither true nor false")),
        },
        Quantity::Share => Ratio::read(rest)?.share(),
        Quantity::Span => Span::read(rest)?.seconds(),
    };
    Ok((comparison, bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_by_quantity() {
        assert_eq!(limit("< 5s", Quantity::Span), Ok((Comparison::Less, 5.0)));
        assert_eq!(limit(">= 99.9%", Quantity::Share), Ok((Comparison::AtLeast, 0.999)));
        assert_eq!(limit("==0", Quantity::Count), Ok((Comparison::Equal, 0.0)));
        assert_eq!(limit("== true", Quantity::Flag), Ok((Comparison::Equal, 1.0)));
        for (text, quantity) in [
            ("5s", Quantity::Span),
            ("< 5", Quantity::Span),
            ("< 5s", Quantity::Count),
            ("=> 1", Quantity::Count),
            ("< NaN", Quantity::Count),
        ] {
            assert!(limit(text, quantity).is_err(), "{text}");
        }
    }
}
