//! Draft of a duration that varies. Must not know how it is drawn.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{At, Unit};
use crate::problem::Place;
use crate::units::Span;

/// How long something takes: a plain span, or exactly one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "constant", "minProperties" = 1, "maxProperties" = 1))]
pub struct DistributionDraft {
    /// Always the same.
    #[schemars(extend("x-maximum" = "366d"))]
    pub constant: Option<Unit<Span>>,
    /// Each line of this file (one span a line) is as likely as the next.
    #[schemars(extend("format" = "file"))]
    pub empirical: Option<At<String>>,
    /// Memoryless, with this mean.
    #[schemars(extend("x-maximum" = "366d"))]
    pub exponential: Option<Unit<Span>>,
    /// The logarithm is normal.
    pub log_normal: Option<LogNormalDraft>,
    /// Normal, cut at zero.
    pub normal: Option<NormalDraft>,
    /// A heavy tail.
    pub pareto: Option<ParetoDraft>,
    /// Every value between the two is as likely; the lower one first.
    #[schemars(extend("minItems" = 2, "maxItems" = 2))]
    pub uniform: Option<Vec<Unit<Span>>>,
}

impl DistributionDraft {
    /// Where its first number is written.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let numbers = [
            self.constant.as_ref(),
            self.exponential.as_ref(),
            self.log_normal.as_ref().and_then(|draft| draft.median.as_ref()),
            self.normal.as_ref().and_then(|draft| draft.mean.as_ref()),
            self.pareto.as_ref().and_then(|draft| draft.scale.as_ref()),
            self.uniform.as_ref().and_then(|bounds| bounds.first()),
        ];
        let file = self.empirical.as_ref().map(|file| file.place);
        numbers.into_iter().flatten().map(|span| span.place).next().or(file)
    }
}

/// The logarithm is normal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LogNormalDraft {
    /// Half of the values lie below.
    #[schemars(required, extend("x-maximum" = "366d"))]
    pub median: Option<Unit<Span>>,
    /// Standard deviation of the natural logarithm. Range: 0 to 10.
    #[schemars(required, extend("minimum" = 0, "maximum" = 10))]
    pub sigma: Option<At<f64>>,
}

/// Normal, cut at zero.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NormalDraft {
    /// The mean before the cut.
    #[schemars(required, extend("x-maximum" = "366d"))]
    pub mean: Option<Unit<Span>>,
    /// The standard deviation before the cut.
    #[schemars(required, extend("x-maximum" = "366d"))]
    pub deviation: Option<Unit<Span>>,
}

/// Pareto: P(X > x) = (scale / x)^shape.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ParetoDraft {
    /// The least value.
    #[schemars(required, extend("x-maximum" = "366d"))]
    pub scale: Option<Unit<Span>>,
    /// The tail index; the mean is finite above 1. Range: 0.1 to 100.
    #[schemars(required, extend("minimum" = 0.1, "maximum" = 100))]
    pub shape: Option<At<f64>>,
}
