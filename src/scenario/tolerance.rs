//! Tolerance: the lines of `baseline:`, how far each metric may move the worse way before the gate closes.
//!
//! Knows the table of metrics. Must not know what a baseline holds, nor how it is compared.

use super::metric::{Better, Metric};
use super::resolved::{Allowance, Quantity, Tolerance};
use super::selector::Selectors;
use crate::topology::Context;
use crate::topology::draft::value::{At, Table, Written};
use crate::units::{Ratio, Span};

/// What a file without `baseline:` compares, of the fleet and of every enforcement point. Source: a choice. Half of a
/// change of 2 % is caught with room to spare, and the same seeds on both sides leave no noise to allow for.
const DEFAULTS: [(&str, &[(&str, &str)]); 2] = [
    (
        "fleet",
        &[
            ("consistency.mean", "0.1%"),
            ("consistency.min", "0.5%"),
            ("staleness.p50", "1%"),
            ("staleness.p99", "1%"),
            ("staleness.max", "5%"),
            ("change_staleness.p99", "1%"),
            ("age_of_information.mean", "1%"),
            ("convergence.p99", "1%"),
            ("fates.lost.total", "1%"),
            ("exposure.wrong_user_share", "0.1%"),
            ("exposure.unknown_user_share", "0.1%"),
        ],
    ),
    ("*", &[("consistency.mean", "0.2%"), ("staleness.p99", "1%")]),
];
/// Up to how many enforcement points each has lines of its own in a baseline when the file does not ask for it; more
/// make no readable diff. Source: a choice.
const EACH_MAX: usize = 100;

/// Resolves every line, or the defaults where the file has none; problems go to `context`.
pub(super) fn resolve(
    context: &mut Context<'_>,
    drafts: Option<&Table<Table<At<String>>>>,
    selectors: &Selectors<'_>,
) -> Vec<Tolerance> {
    let mut tolerances = Vec::new();
    let Some(drafts) = drafts else { return defaults(selectors) };
    selectors.each(context, "baseline", drafts, |context, selector, path, text| {
        let Some(metric) = selectors.metric(context, selector, path) else { return };
        match allowance(&text.value, metric.quantity) {
            Ok(allowed) => tolerances.push(tolerance(&selector.value, &metric, &text.value, allowed)),
            Err((fact, hint)) => context.say("wrong-tolerance", text.place, fact, hint),
        }
    });
    tolerances
}

fn defaults(selectors: &Selectors<'_>) -> Vec<Tolerance> {
    let kept = DEFAULTS.iter().filter(|(selector, _)| *selector == "fleet" || selectors.points() <= EACH_MAX);
    let line = |(selector, (path, text)): (&str, &(&str, &str))| {
        let metric = super::metric::find(super::metric::subject_of(selector), path).expect("a known metric");
        let allowed = allowance(text, metric.quantity).expect("a good tolerance");
        tolerance(selector, &metric, text, allowed)
    };
    kept.flat_map(|(selector, lines)| lines.iter().map(move |known| (*selector, known))).map(line).collect()
}

fn tolerance(selector: &str, metric: &Metric, text: &str, allowed: Allowance) -> Tolerance {
    Tolerance {
        selector: selector.to_owned(),
        metric: metric.path.clone(),
        text: text.to_owned(),
        allowed,
        better: metric.better,
        quantity: metric.quantity,
    }
}

/// What a text allows, or the fact and the hint that speak against it.
fn allowance(text: &str, quantity: Quantity) -> Result<Allowance, (String, &'static str)> {
    let text = text.trim();
    let absolute = |bound: f64| Ok(Allowance::Absolute(bound));
    match (quantity, text.ends_with('%')) {
        (Quantity::Share, true) => Ratio::read(text)
            .map(|ratio| Allowance::Absolute(ratio.share()))
            .map_err(|fact| (fact, "write percentage points, for example \"0.1%\"")),
        (Quantity::Share, false) => Err((
            format!("{text:?} is no tolerance of a share"),
            "write percentage points, for example \"0.1%\"",
        )),
        (Quantity::Span | Quantity::Count, true) => Ratio::read(text)
            .map(|ratio| Allowance::Relative(ratio.share()))
            .map_err(|fact| (fact, "write for example \"1%\" of the baseline's value")),
        (Quantity::Span, false) => Span::read(text)
            .map(|span| Allowance::Absolute(span.seconds()))
            .map_err(|fact| (fact, "write \"1%\" of the baseline's value, or a span such as \"50ms\"")),
        (Quantity::Count, false) => match text.replace('_', "").parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => absolute(number),
            _ => Err((
                format!("{text:?} is no tolerance of a count"),
                "write \"1%\" of the baseline's value, or a count such as \"3\"",
            )),
        },
        (Quantity::Flag, _) if text == "0" => absolute(0.0),
        (Quantity::Flag, _) => {
            Err((format!("{text:?} is no tolerance of a yes or no"), "write \"0\": it must stay as it is"))
        }
    }
}

impl Tolerance {
    /// Whether a move by `change` from `base` goes the worse way, or any way where neither is better.
    #[must_use]
    pub fn is_worse(&self, change: f64) -> bool {
        match self.better {
            Better::Higher => change < 0.0,
            Better::Lower => change > 0.0,
            Better::Neither => change != 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_read_by_quantity() {
        assert_eq!(allowance("1%", Quantity::Span), Ok(Allowance::Relative(0.01)));
        assert_eq!(allowance("50ms", Quantity::Span), Ok(Allowance::Absolute(0.05)));
        assert_eq!(allowance("0.1%", Quantity::Share), Ok(Allowance::Absolute(0.001)));
        assert_eq!(allowance("3", Quantity::Count), Ok(Allowance::Absolute(3.0)));
        assert_eq!(allowance("0", Quantity::Flag), Ok(Allowance::Absolute(0.0)));
        for (text, quantity) in [
            ("50ms", Quantity::Share),
            ("50ms", Quantity::Count),
            ("-1", Quantity::Count),
            ("-1%", Quantity::Span),
            ("1", Quantity::Span),
            ("1%", Quantity::Flag),
        ] {
            assert!(allowance(text, quantity).is_err(), "{text}");
        }
    }
}
