//! Expect: the lines of `expect:`, each selector, metric and limit known to mean something.
//!
//! Knows the table of metrics. Must not know how a run is judged.

use super::resolved::{Comparison, Expectation, Quantity};
use super::selector::Selectors;
use crate::topology::Context;
use crate::topology::draft::value::{At, Table, Written};
use crate::units::{Ratio, Span};

/// Resolves every line; problems go to `context`.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: &Table<Table<At<String>>>,
    selectors: &Selectors<'_>,
) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    selectors.each(context, "expect", drafts, |context, selector, path, limit| {
        expectations.extend(line(context, selectors, selector, path, limit));
    });
    expectations
}

fn line(
    context: &mut Context<'_>,
    selectors: &Selectors<'_>,
    selector: &At<String>,
    path: &At<String>,
    limit: &At<String>,
) -> Option<Expectation> {
    let metric = selectors.metric(context, selector, path)?;
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
