//! Decimal: a number with exactly nine digits after the point, as a report prints it.
//!
//! Knows integers only. A span is its nanoseconds, a share its parts per billion; no float is involved, so
//! every build prints the same digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use crate::units::Span;

const ONE: u128 = 1_000_000_000;

/// A number in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `nanos` billionths: the seconds of as many nanoseconds.
    #[must_use]
    pub fn from_nanos(nanos: u128) -> Self {
        Self(i128::try_from(nanos).expect("integrals stay below 2^127 nanoseconds"))
    }

    /// A whole number.
    #[must_use]
    pub fn from_whole(count: u64) -> Self {
        Self::from_nanos(u128::from(count) * ONE)
    }

    /// The nearest decimal to `number`; `None` when it is no number or too large.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        let billionths = number * ONE as f64;
        (billionths.is_finite() && billionths.abs() < 1e36).then(|| Self(billionths.round() as i128))
    }

    /// `sum / count` of a sum in nanoseconds, rounded half up; `None` without a count.
    #[must_use]
    pub fn mean_of_nanos(sum: u128, count: u128) -> Option<Self> {
        (count > 0).then(|| Self::from_nanos(divide(sum, count)))
    }

    /// `part / whole` as a plain number, rounded half up; `None` without a whole.
    #[must_use]
    pub fn quotient(part: u128, whole: u128) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let (mut rest, mut divisor) = (part % whole, whole);
        // Both are cut to what nine more digits leave room for; the quotient keeps far more than nine.
        while rest > u128::MAX / (4 * ONE) {
            rest >>= 1;
            divisor >>= 1;
        }
        Some(Self::from_nanos(part / whole * ONE + divide(rest * ONE, divisor)))
    }

    /// `part / whole` where a part is at most the whole; `None` without a whole. What is not exactly
    /// nothing or all is never printed as such: one billionth is kept.
    #[must_use]
    pub fn share(part: u128, whole: u128) -> Option<Self> {
        let share = Self::quotient(part, whole)?;
        let (least, most) = (i128::from(part > 0), ONE as i128 - i128::from(part < whole));
        Some(Self(share.0.clamp(least, most)))
    }

    /// `self · nanos` seconds of something per second, rounded half up.
    #[must_use]
    pub fn times_nanos(self, nanos: u128) -> Self {
        let rate = self.0.unsigned_abs();
        let (whole, rest) = (nanos / ONE, nanos % ONE);
        Self::from_nanos(rate * whole + divide(rate * rest, ONE))
    }

    /// The same of `nanos / divisor`, rounded half up once. Units as of `times_nanos`.
    #[must_use]
    pub fn times_nanos_over(self, nanos: u128, divisor: u128) -> Self {
        let rate = self.0.unsigned_abs();
        let (whole, rest) = (nanos / (ONE * divisor), nanos % (ONE * divisor));
        Self::from_nanos(rate * whole + divide(rate * rest, ONE * divisor))
    }

    /// The billionths.
    #[must_use]
    pub fn billionths(self) -> i128 {
        self.0
    }

    /// The nearest float; for pictures and sentences, never for a decision.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// The difference to `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    /// The distance from zero, negated.
    #[must_use]
    pub fn negative(self) -> Self {
        Self(-self.0.abs())
    }
}

/// `part / whole`, rounded half up.
fn divide(part: u128, whole: u128) -> u128 {
    part / whole + u128::from(part % whole >= whole.div_ceil(2))
}

/// Divides each of `sums` by `count` so that the rounded means add up to the rounded mean of their sum.
#[must_use]
pub(super) fn means_that_add_up<const N: usize>(sums: [u128; N], count: u64) -> Option<[Decimal; N]> {
    let count = (count > 0).then_some(u128::from(count))?;
    let (mut sum, mut printed) = (0, 0);
    Some(sums.map(|part| {
        sum += part;
        let mean = divide(sum, count) - printed;
        printed += mean;
        Decimal::from_nanos(mean)
    }))
}

impl From<Span> for Decimal {
    fn from(span: Span) -> Self {
        Self::from_nanos(u128::from(span.nanos()))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", parts / ONE, parts % ONE)
    }
}

impl FromStr for Decimal {
    type Err = ();

    /// Reads what a report prints: an integer or a decimal of at most nine digits after the point.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if fraction.len() > 9 || !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(());
        }
        let billionths: i128 = format!("{whole}{fraction:0<9}").parse().map_err(|_| ())?;
        Ok(Self(sign * billionths))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).expect("a decimal is a JSON number").serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        raw.get()
            .parse()
            .map_err(|()| de::Error::custom(format!("{} is no decimal of nine digits", raw.get())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_keep_every_digit() {
        let nanos = 123_456_789_012_345_678_901_234_567;
        let printed = Decimal::from_nanos(nanos).to_string();
        assert_eq!(printed, "123456789012345678.901234567");
        assert_eq!(printed.parse(), Ok(Decimal::from_nanos(nanos)));
        assert_eq!(serde_json::to_string(&Decimal::from_nanos(nanos)).expect("serialises"), printed);
        assert_eq!(Decimal::from_nanos(5).to_string(), "0.000000005");
        assert_eq!("-1.5".parse(), Ok(Decimal(-1_500_000_000)));
        for text in ["", "-", "1.0000000001", "null", "true", "1e3"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_round_half_up_and_never_pretend_to_be_whole() {
        let share = |part, whole| Decimal::share(part, whole).map(|share| share.to_string());
        assert_eq!(share(1, 3).as_deref(), Some("0.333333333"));
        assert_eq!(share(2, 3).as_deref(), Some("0.666666667"));
        assert_eq!(share(0, 3).as_deref(), Some("0.000000000"));
        assert_eq!(share(3, 3).as_deref(), Some("1.000000000"));
        assert_eq!(share(10_u128.pow(20) - 1, 10_u128.pow(20)).as_deref(), Some("0.999999999"));
        assert_eq!(share(1, 10_u128.pow(20)).as_deref(), Some("0.000000001"));
        assert_eq!(share(u128::MAX / 2, u128::MAX).as_deref(), Some("0.500000000"));
        assert_eq!(share(0, 0), None);
    }

    #[test]
    fn means_of_parts_add_up_to_the_mean_of_the_sum() {
        let parts = means_that_add_up([1, 1, 1, 0, 2], 3).expect("three samples");
        let sum: i128 = parts.iter().map(|part| part.billionths()).sum();
        assert_eq!(Some(sum), Decimal::mean_of_nanos(5, 3).map(Decimal::billionths));
        assert_eq!(means_that_add_up([0], 0), None);
    }

    #[test]
    fn a_rate_times_a_time_is_exact() {
        let rate = Decimal::from_f64(0.5).expect("a number");
        assert_eq!(rate.times_nanos(3_000_000_001).to_string(), "1.500000001");
        assert_eq!(Decimal::from_f64(f64::NAN), None);
    }
}
