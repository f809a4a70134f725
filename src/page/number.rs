//! Numbers of a page: few digits, so that many fit, and the same in every build.

use crate::report::Decimal;

/// Digits that are kept: more than an eye tells apart.
const DIGITS: usize = 4;

/// `number` with few digits; `None` when it is no number.
#[must_use]
pub(super) fn short(number: f64) -> Option<f64> {
    if !number.is_finite() {
        return None;
    }
    // Printing and reading are exact where a logarithm would not be.
    format!("{number:.*e}", DIGITS - 1).parse().ok()
}

/// A share with few digits of what it lacks to the whole, so that what is not whole does not look whole.
#[must_use]
pub(super) fn portion(share: Decimal) -> Option<f64> {
    let share = share.to_f64();
    if share <= 0.5 {
        return short(share);
    }
    format!("{:.9}", 1.0 - short(1.0 - share)?).parse().ok()
}

/// A decimal with few digits.
#[must_use]
pub(super) fn of(decimal: Decimal) -> Option<f64> {
    short(decimal.to_f64())
}

/// `part / whole` with few digits; `None` without a whole.
#[must_use]
pub(super) fn share(part: u128, whole: u128) -> Option<f64> {
    if whole == 0 { None } else { short(part as f64 / whole as f64) }
}

/// Nanoseconds as seconds with few digits.
#[must_use]
pub(super) fn seconds(nanos: u128) -> Option<f64> {
    short(nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_digits_are_kept() {
        assert_eq!(short(0.123_456_7), Some(0.1235));
        assert_eq!(short(123_456.0), Some(123_500.0));
        assert_eq!(short(0.0), Some(0.0));
        assert_eq!(short(f64::NAN), None);
        assert_eq!(share(1, 3), Some(0.3333));
        assert_eq!(share(1, 0), None);
        assert_eq!(portion(Decimal::from_nanos(999_987_654)), Some(0.999_987_65));
        assert_eq!(portion(Decimal::from_nanos(123_456_789)), Some(0.1235));
        assert_eq!(seconds(1_500_000_000), Some(1.5));
    }
}
