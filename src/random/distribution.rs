//! Distributions of spans, drawn by inverting their distribution function with one uniform each.
//!
//! Floats go only through `libm`, which gives the same bits on every platform; the result is whole
//! nanoseconds. rand_distr is avoided because features of other crates can change its samples.

use std::sync::Arc;

use super::Stream;
use crate::units::Span;

/// Spans in ascending order, as read from a file; each is as likely as the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empirical(Arc<[Span]>);

impl Empirical {
    /// The distribution of `samples`; `None` when there are none.
    #[must_use]
    pub fn new(mut samples: Vec<Span>) -> Option<Self> {
        samples.sort_unstable();
        if samples.is_empty() { None } else { Some(Self(samples.into())) }
    }
}

/// How long something takes, when that varies.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// One of the values read from a file.
    Empirical(Empirical),
    /// Memoryless, with this mean.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// The logarithm is normal.
    LogNormal {
        /// Half of the values lie below.
        median: Span,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
    /// Normal; what falls below zero is zero.
    Normal {
        /// The mean before the cut.
        mean: Span,
        /// The standard deviation before the cut.
        deviation: Span,
    },
    /// Pareto: P(X > x) = (scale / x)^shape.
    Pareto {
        /// The least value.
        scale: Span,
        /// The tail index; the mean is finite above 1.
        shape: f64,
    },
    /// Every value between the two is as likely.
    Uniform {
        /// The least value.
        low: Span,
        /// The greatest value.
        high: Span,
    },
}

impl Distribution {
    /// No time at all, always.
    pub const ZERO: Self = Self::Constant(Span::ZERO);

    /// Whether every draw is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The next draw; takes one number from `stream`, except that a constant takes none.
    pub fn draw(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Empirical(Empirical(samples)) => samples[stream.below(samples.len() as u64) as usize],
            Self::Exponential { mean } => nanos(-libm::log1p(-stream.unit()) * mean.nanos() as f64),
            Self::LogNormal { median, sigma } => {
                nanos(median.nanos() as f64 * libm::exp(sigma * standard_normal(stream.unit())))
            }
            Self::Normal { mean, deviation } => {
                nanos(mean.nanos() as f64 + deviation.nanos() as f64 * standard_normal(stream.unit()))
            }
            Self::Pareto { scale, shape } => {
                nanos(scale.nanos() as f64 * libm::exp(-libm::log1p(-stream.unit()) / shape))
            }
            Self::Uniform { low, high } => {
                let width = high.nanos() - low.nanos();
                Span::from_nanos(low.nanos() + stream.below(width.saturating_add(1)))
            }
        }
    }

    /// The share of all draws that are longer than `span`, for judging settings; no draw rests on it.
    #[must_use]
    pub fn share_above(&self, span: Span) -> f64 {
        let at = span.nanos() as f64;
        let above = |below_mean: f64| 0.5 * libm::erfc(below_mean / std::f64::consts::SQRT_2);
        let step = |least: Span| if least > span { 1.0 } else { 0.0 };
        match self {
            Self::Constant(least) => step(*least),
            Self::Empirical(Empirical(samples)) => {
                let longer = samples.len() - samples.partition_point(|sample| *sample <= span);
                longer as f64 / samples.len() as f64
            }
            Self::Exponential { mean } if mean.is_zero() => 0.0,
            Self::Exponential { mean } => libm::exp(-at / mean.nanos() as f64),
            Self::LogNormal { median, sigma } if *sigma == 0.0 || median.is_zero() => step(*median),
            Self::LogNormal { .. } if span.is_zero() => 1.0,
            Self::LogNormal { median, sigma } => above(libm::log(at / median.nanos() as f64) / sigma),
            Self::Normal { mean, deviation } if deviation.is_zero() => step(*mean),
            Self::Normal { mean, deviation } => above((at - mean.nanos() as f64) / deviation.nanos() as f64),
            Self::Pareto { scale, .. } if *scale > span => 1.0,
            Self::Pareto { scale, .. } if scale.is_zero() => 0.0,
            Self::Pareto { scale, shape } => libm::exp(shape * libm::log(scale.nanos() as f64 / at)),
            Self::Uniform { low, high } if low == high => step(*low),
            Self::Uniform { low, high } => {
                let (low, high) = (low.nanos() as f64, high.nanos() as f64);
                ((high - at) / (high - low)).clamp(0.0, 1.0)
            }
        }
    }

    /// The mean, for choosing paths and for display; `None` where it is not finite.
    #[must_use]
    pub fn mean(&self) -> Option<Span> {
        match self {
            Self::Constant(span) => Some(*span),
            Self::Empirical(Empirical(samples)) => {
                let sum: u128 = samples.iter().map(|s| u128::from(s.nanos())).sum();
                u64::try_from(sum / samples.len() as u128).ok().map(Span::from_nanos)
            }
            Self::Exponential { mean } | Self::Normal { mean, .. } => Some(*mean),
            Self::LogNormal { median, sigma } => {
                Some(nanos(median.nanos() as f64 * libm::exp(sigma * sigma / 2.0)))
            }
            Self::Pareto { scale, shape } => {
                (*shape > 1.0).then(|| nanos(scale.nanos() as f64 * shape / (shape - 1.0)))
            }
            Self::Uniform { low, high } => {
                Some(Span::from_nanos(low.nanos() + (high.nanos() - low.nanos()) / 2))
            }
        }
    }
}

/// Whole nanoseconds of a float: below zero is zero (the cut of the normal), above a year is a year,
/// beyond which no topology's horizon reaches.
fn nanos(value: f64) -> Span {
    const YEAR_NANOS: f64 = 365.0 * 86_400e9;
    let value = value.clamp(0.0, YEAR_NANOS);
    // Signed, as that is how processors do it; it fits.
    let whole = value as i64;
    // Rounded half up; what a float of this size has behind the point is exact.
    Span::from_nanos(whole.unsigned_abs() + u64::from(value - whole as f64 >= 0.5))
}

/// The standard normal quantile, by bisection-free rational start and two Newton steps on `erfc`.
///
/// Shape: p in [0, 1) to a real. Source: P. J. Acklam's rational approximation (relative error
/// 1.15e-9), refined once by Halley's method as he proposes.
fn standard_normal(unit: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    const TAIL: f64 = 0.024_25;
    // Half a step of the 53-bit grid keeps both ends finite.
    let p = unit + 0.5 / (1_u64 << 53) as f64;
    let tail = |q: f64| {
        let r = libm::sqrt(-2.0 * libm::log(q));
        (((((C[0] * r + C[1]) * r + C[2]) * r + C[3]) * r + C[4]) * r + C[5])
            / ((((D[0] * r + D[1]) * r + D[2]) * r + D[3]) * r + 1.0)
    };
    let x = if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    };
    let error = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2) - p;
    let step = error * libm::sqrt(std::f64::consts::TAU) * libm::exp(x * x / 2.0);
    x - step / (1.0 + x * step / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    const DRAWS: usize = 200_000;

    fn sorted_seconds(distribution: &Distribution) -> Vec<f64> {
        let mut stream = Seed(7).stream("test", "draws");
        let mut all: Vec<f64> = (0..DRAWS).map(|_| distribution.draw(&mut stream).seconds()).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// Checks median, 90th percentile and mean (where finite) against closed forms, within 1.5 %.
    fn check(distribution: &Distribution, median: f64, p90: f64, mean: f64) {
        let all = sorted_seconds(distribution);
        let near = |found: f64, wanted: f64, what: &str| {
            assert!((found / wanted - 1.0).abs() < 0.015, "{distribution:?} {what}: {found} for {wanted}");
        };
        near(all[DRAWS / 2], median, "median");
        near(all[DRAWS * 9 / 10], p90, "p90");
        near(all.iter().sum::<f64>() / DRAWS as f64, mean, "mean");
        near(distribution.mean().expect("finite").seconds(), mean, "stated mean");
    }

    #[test]
    fn samples_follow_their_distribution() {
        let second = Span::from_seconds(1);
        let ln2 = std::f64::consts::LN_2;
        check(&Distribution::Constant(second), 1.0, 1.0, 1.0);
        check(&Distribution::Exponential { mean: second }, ln2, std::f64::consts::LN_10, 1.0);
        check(&Distribution::Uniform { low: second, high: Span::from_seconds(3) }, 2.0, 2.8, 2.0);
        check(&Distribution::Pareto { scale: second, shape: 3.0 }, 1.259_92, 2.154_43, 1.5);
        check(&Distribution::LogNormal { median: second, sigma: 0.5 }, 1.0, 1.897_98, 1.133_15);
        let normal = Distribution::Normal { mean: Span::from_seconds(10), deviation: second };
        check(&normal, 10.0, 11.281_55, 10.0);
        let samples = [1, 2, 3, 4, 5].map(Span::from_seconds).to_vec();
        check(&Distribution::Empirical(Empirical::new(samples).expect("some")), 3.0, 5.0, 3.0);
    }

    #[test]
    fn the_share_above_a_span_is_that_of_the_draws() {
        let second = Span::from_seconds(1);
        let samples = [1, 2, 3, 4, 5].map(Span::from_seconds).to_vec();
        for distribution in [
            Distribution::Constant(second),
            Distribution::Empirical(Empirical::new(samples).expect("some")),
            Distribution::Exponential { mean: second },
            Distribution::LogNormal { median: second, sigma: 0.5 },
            Distribution::LogNormal { median: second, sigma: 0.0 },
            Distribution::Normal { mean: second, deviation: second },
            Distribution::Normal { mean: second, deviation: Span::ZERO },
            Distribution::Pareto { scale: second, shape: 3.0 },
            Distribution::Uniform { low: second, high: Span::from_seconds(3) },
            Distribution::Uniform { low: second, high: second },
            Distribution::ZERO,
        ] {
            let all = sorted_seconds(&distribution);
            for millis in [0, 500, 999, 1_000, 1_500, 2_500, 9_000] {
                let span = Span::from_millis(millis);
                let drawn = all.iter().filter(|drawn| **drawn > span.seconds()).count() as f64;
                let share = distribution.share_above(span);
                assert!((share - drawn / DRAWS as f64).abs() < 0.01, "{distribution:?} {span}: {share}");
            }
        }
    }

    #[test]
    fn nanoseconds_are_rounded_to_the_nearest() {
        for value in [0.0, 0.49, 0.5, 0.51, 1.5, 2.5, 1e6 + 0.499_999, 4_503_599_627_370_495.5, 9e15, 3.1e16]
        {
            assert_eq!(nanos(value), Span::from_nanos(libm::round(value) as u64), "{value}");
        }
        assert_eq!((nanos(-3.0), nanos(f64::NAN)), (Span::ZERO, Span::ZERO));
    }

    #[test]
    fn a_normal_is_cut_at_zero() {
        let all =
            sorted_seconds(&Distribution::Normal { mean: Span::ZERO, deviation: Span::from_seconds(1) });
        assert_eq!(all[DRAWS / 2 - DRAWS / 100], 0.0);
        assert!((all[DRAWS * 9 / 10] - 1.281_55).abs() < 0.02);
    }

    #[test]
    fn the_normal_quantile_is_exact_to_twelve_digits() {
        for (p, x) in [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (0.001, -3.090_232_306_167_813_5)] {
            assert!((standard_normal(p) - x).abs() < 1e-12, "{p}");
        }
    }
}
