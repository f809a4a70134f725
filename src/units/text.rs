//! Text forms of units: what a person writes in a topology file, and what a report prints.

use std::fmt;
use std::str::FromStr;

use super::{BitRate, ByteCount, Ratio, Span};

/// Why a text is not a value with a unit. Says the fact; the place is the reader's to add.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnitError(String);

impl UnitError {
    fn new(fact: impl Into<String>) -> Self {
        Self(fact.into())
    }
}

const SPAN_UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
const SPAN_UNITS_LONG: [(&str, u64); 2] = [("min", 60_000_000_000), ("d", 86_400_000_000_000)];
const RATE_UNITS: [(&str, u64); 5] = [
    ("bit/s", 1),
    ("kbit/s", 1_000),
    ("Mbit/s", 1_000_000),
    ("Gbit/s", 1_000_000_000),
    ("Tbit/s", 1_000_000_000_000),
];
const SIZE_UNITS: [(&str, u64); 6] =
    [("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20)];

/// Splits `"1.5ms"` into its decimal number, as (digits, power of ten below one), and its unit.
fn number_and_unit(text: &str) -> Result<(u128, u32, &str), UnitError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = whole.chars().chain(fraction.chars()).filter(|c| *c != '_').collect();
    if digits.is_empty() || digits.len() > 27 || fraction.contains('.') {
        return Err(UnitError::new(format!("{text:?} does not begin with a number")));
    }
    let value = digits.parse().map_err(|_| UnitError::new(format!("{number:?} is not a number")))?;
    let below = fraction.chars().filter(|c| *c != '_').count() as u32;
    Ok((value, below, unit.trim()))
}

fn scaled(text: &str, units: &[(&str, u64)], what: &str) -> Result<u64, UnitError> {
    let (value, below, unit) = number_and_unit(text.trim())?;
    let Some((_, scale)) = units.iter().find(|(name, _)| *name == unit) else {
        let known: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
        let fact = if unit.is_empty() { "has no unit".to_owned() } else { format!("has the unit {unit:?}") };
        return Err(UnitError::new(format!("{text:?} {fact}; {what} takes {}", known.join(", "))));
    };
    let product = value.checked_mul(u128::from(*scale)).ok_or_else(|| too_large(text))?;
    let divisor = 10_u128.pow(below);
    if product % divisor != 0 {
        return Err(UnitError::new(format!("{text:?} is finer than the smallest unit of {what}")));
    }
    u64::try_from(product / divisor).map_err(|_| too_large(text))
}

fn too_large(text: &str) -> UnitError {
    UnitError::new(format!("{text:?} is too large"))
}

impl FromStr for Span {
    type Err = UnitError;

    /// Reads `"45m"`, `"20ms"`, `"1h 30m"`, `"1.5s"`, `"2d"`. A bare `"0"` is no time.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        if trimmed == "0" {
            return Ok(Self::ZERO);
        }
        let units: Vec<(&str, u64)> = SPAN_UNITS.iter().chain(&SPAN_UNITS_LONG).copied().collect();
        let mut total = 0_u64;
        let mut rest = trimmed;
        if rest.is_empty() {
            return Err(UnitError::new("a span is empty; write for example \"45m\""));
        }
        while !rest.is_empty() {
            let unit_at = rest.find(|c: char| c.is_alphabetic()).unwrap_or(rest.len());
            let unit_len = rest[unit_at..].find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len() - unit_at);
            let (part, tail) = rest.split_at(unit_at + unit_len);
            total = total.checked_add(scaled(part, &units, "a span")?).ok_or_else(|| too_large(text))?;
            rest = tail.trim_start();
        }
        Ok(Self::from_nanos(total))
    }
}

impl fmt::Display for Span {
    /// The largest one or two units that say it all, as a person would write it: `1h 30m`, `20ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.nanos();
        if nanos == 0 {
            return f.write_str("0s");
        }
        let (hours, rest) = (nanos / 3_600_000_000_000, nanos % 3_600_000_000_000);
        let (minutes, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
        let mut parts = Vec::new();
        if hours > 0 {
            parts.push(format!("{hours}h"));
        }
        if minutes > 0 {
            parts.push(format!("{minutes}m"));
        }
        if rest > 0 {
            let whole = parts.is_empty();
            let (scale, unit) = match rest {
                1_000_000_000.. => (1_000_000_000, "s"),
                1_000_000.. if whole => (1_000_000, "ms"),
                1_000.. if whole => (1_000, "us"),
                _ if whole => (1, "ns"),
                _ => (1_000_000_000, "s"),
            };
            parts.push(decimal(rest, scale, unit));
        }
        f.write_str(&parts.join(" "))
    }
}

fn decimal(value: u64, scale: u64, unit: &str) -> String {
    let digits = scale.ilog10() as usize;
    let fraction = format!("{:0width$}", value % scale, width = digits.max(1));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() || digits == 0 {
        format!("{}{unit}", value / scale)
    } else {
        format!("{}.{fraction}{unit}", value / scale)
    }
}

impl FromStr for BitRate {
    type Err = UnitError;

    /// Reads `"100Mbit/s"`, `"2 Gbit/s"`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let bits = scaled(text, &RATE_UNITS, "a bit rate")?;
        Self::new(bits).ok_or_else(|| UnitError::new("a rate of zero never transmits anything"))
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits_per_second();
        let (unit, scale) =
            RATE_UNITS.iter().rev().find(|(_, scale)| bits.is_multiple_of(*scale)).expect("one divides all");
        write!(f, "{}{unit}", bits / scale)
    }
}

impl FromStr for ByteCount {
    type Err = UnitError;

    /// Reads `"64kB"`, `"1 MiB"`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        scaled(text, &SIZE_UNITS, "an amount of data").map(Self)
    }
}

impl FromStr for Ratio {
    type Err = UnitError;

    /// Reads `"0.1%"` or `"0.001"`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let parts = scaled(text, &[("%", 10_000_000), ("", 1_000_000_000)], "a share")?;
        let parts = u32::try_from(parts).ok().and_then(Self::from_parts_per_billion);
        parts.ok_or_else(|| UnitError::new(format!("{text:?} is more than the whole")))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal(u64::from(self.parts_per_billion()), 10_000_000, "%"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        for (text, nanos) in [
            ("45m", 2_700_000_000_000),
            ("20ms", 20_000_000),
            ("20 ms", 20_000_000),
            ("1h 30m", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5s", 1_500_000_000),
            ("2d", 172_800_000_000_000),
            ("10min", 600_000_000_000),
            ("0", 0),
        ] {
            assert_eq!(text.parse::<Span>().map(Span::nanos), Ok(nanos), "{text}");
        }
        for text in ["", "45", "-5m", "s", "1.5.2s", "NaN", "0.1ns", "999999999999999d", "5 parsecs"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans_print_what_reads_back_to_the_same() {
        for nanos in [0, 1, 999, 1_500, 20_000_000, 1_500_000_000, 60_000_000_000, 5_400_000_000_001] {
            let span = Span::from_nanos(nanos);
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
        assert_eq!(Span::from_seconds(5_400).to_string(), "1h 30m");
    }

    #[test]
    fn rates_and_shares_read_and_print() {
        assert_eq!("100Mbit/s".parse::<BitRate>().map(BitRate::bits_per_second), Ok(100_000_000));
        assert_eq!("1.5 Gbit/s".parse::<BitRate>().map(|r| r.to_string()), Ok("1500Mbit/s".to_owned()));
        assert!("0bit/s".parse::<BitRate>().is_err());
        assert!("10MB".parse::<BitRate>().is_err());
        assert_eq!("0.01%".parse::<Ratio>().map(Ratio::parts_per_billion), Ok(100_000));
        assert_eq!("0.5".parse::<Ratio>().map(|r| r.to_string()), Ok("50%".to_owned()));
        assert!("101%".parse::<Ratio>().is_err());
        assert_eq!("64kB".parse::<ByteCount>(), Ok(ByteCount(64_000)));
    }
}
