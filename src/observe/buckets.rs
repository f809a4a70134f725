//! Buckets: a histogram of microseconds with three digits, small once nothing is added to it.
//!
//! Knows counts. Must not know what was counted.

use std::borrow::Cow;
use std::fmt;

use hdrhistogram::Histogram;
use prost::encoding::{decode_varint, encode_varint};

/// How often each value was recorded, to three digits.
#[derive(Clone)]
pub struct Buckets(Form);

#[derive(Clone)]
enum Form {
    Open(Histogram<u64>),
    /// Values are told apart from this unit up; each that was recorded is written as how much it lies above the one before,
    /// and how often it was.
    Packed {
        unit: u64,
        bytes: Box<[u8]>,
    },
    /// Only the values at `QUANTILES`.
    SummedUp([u64; QUANTILES.len()]),
}

/// The shares of which a report says what they do not exceed.
pub const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

impl Buckets {
    /// None yet; below `unit` values are not told apart. Units: microseconds.
    #[must_use]
    pub fn new(unit: u64) -> Self {
        Self(Form::Packed { unit, bytes: Box::default() })
    }

    /// Records a value so many times.
    pub fn record(&mut self, micros: u64, count: u64) {
        self.open().record_n(micros, count).expect("an auto-resizing histogram takes any value");
    }

    /// Adds all of another's values.
    pub fn add(&mut self, other: &Self) {
        for (micros, count) in other.recorded() {
            self.record(micros, count);
        }
    }

    /// Each value that was recorded, the largest that is not told from it, and how often.
    #[must_use]
    pub fn recorded(&self) -> Vec<(u64, u64)> {
        match &self.0 {
            Form::Open(histogram) => open_recorded(histogram),
            Form::Packed { bytes, .. } => {
                let (mut bytes, mut micros, mut all) = (&bytes[..], 0, Vec::new());
                while !bytes.is_empty() {
                    let mut next = || decode_varint(&mut bytes).expect("what was packed can be read");
                    micros += next();
                    all.push((micros, next()));
                }
                all
            }
            Form::SummedUp(_) => unreachable!("who asks for all values has them kept"),
        }
    }

    /// The value that so great a share of all do not exceed, as the histogram tells it: the largest that is not told from it.
    /// Once all is summed up, `quantile` is one of `QUANTILES`. Cost: the values that were recorded, once packed.
    #[must_use]
    pub fn value_at_quantile(&self, quantile: f64) -> u64 {
        match &self.0 {
            Form::Open(histogram) => return histogram.value_at_quantile(quantile),
            Form::Packed { .. } => {}
            Form::SummedUp(values) => {
                let place = QUANTILES.iter().position(|known| *known == quantile);
                return values[place.expect("who asks for others has all values kept")];
            }
        }
        let recorded = self.recorded();
        let all: u64 = recorded.iter().map(|(_, count)| count).sum();
        let wanted = ((quantile.min(1.0) * all as f64).ceil() as u64).max(1);
        let mut below = 0;
        let reaches = |(_, count): &&(u64, u64)| {
            below += count;
            below >= wanted
        };
        recorded.iter().find(reaches).map_or(0, |(micros, _)| *micros)
    }

    /// As a histogram.
    #[must_use]
    pub fn histogram(&self) -> Cow<'_, Histogram<u64>> {
        match &self.0 {
            Form::Open(histogram) => Cow::Borrowed(histogram),
            Form::SummedUp(_) => unreachable!("who asks for a histogram has all values kept"),
            Form::Packed { unit, .. } => {
                let mut histogram = empty(*unit);
                for (micros, count) in self.recorded() {
                    histogram.record_n(micros, count).expect("an auto-resizing histogram takes any value");
                }
                Cow::Owned(histogram)
            }
        }
    }

    /// Takes no more memory than it needs. Nothing is lost.
    pub fn pack(&mut self) {
        let Form::Open(histogram) = &self.0 else { return };
        let (mut bytes, mut before) = (Vec::new(), 0);
        for (micros, count) in self.recorded() {
            encode_varint(micros - before, &mut bytes);
            encode_varint(count, &mut bytes);
            before = micros;
        }
        self.0 = Form::Packed { unit: histogram.low(), bytes: bytes.into_boxed_slice() };
    }

    /// Keeps the values at `QUANTILES` alone: what else is asked, or added, panics.
    pub fn sum_up(&mut self) {
        self.0 = Form::SummedUp(QUANTILES.map(|quantile| self.value_at_quantile(quantile)));
    }

    fn open(&mut self) -> &mut Histogram<u64> {
        if !matches!(self.0, Form::Open(_)) {
            self.0 = Form::Open(self.histogram().into_owned());
        }
        match &mut self.0 {
            Form::Open(histogram) => histogram,
            Form::Packed { .. } | Form::SummedUp(_) => unreachable!("it was opened just now"),
        }
    }
}

/// The same of a histogram. Cost: the values that it tells apart between the smallest and the largest recorded one, where its own
/// iterator begins with zero.
fn open_recorded(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
    let mut all = Vec::new();
    if histogram.is_empty() {
        return all;
    }
    let mut micros = histogram.min();
    while micros <= histogram.max() {
        let count = histogram.count_at(micros);
        if count > 0 {
            all.push((histogram.highest_equivalent(micros), count));
        }
        micros = histogram.next_non_equivalent(micros);
    }
    all
}

fn empty(unit: u64) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(unit, 2 * unit, 3).expect("bounds in order are legal");
    histogram.auto(true);
    histogram
}

impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::SummedUp(one), Form::SummedUp(another)) => one == another,
            (Form::SummedUp(_), _) | (_, Form::SummedUp(_)) => false,
            _ => self.recorded() == other.recorded(),
        }
    }
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::SummedUp(values) => f.debug_map().entries(QUANTILES.iter().zip(values)).finish(),
            _ => f.debug_list().entries(self.recorded()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_was_recorded() {
        for unit in [1, 300] {
            let mut buckets = Buckets::new(unit);
            for micros in [0, 1, 7, 299, 300, 5_000, 5_001, 123_456_789, 40_000_000_000] {
                buckets.record(micros, micros % 5 + 1);
            }
            let mut packed = buckets.clone();
            packed.pack();
            assert_eq!(buckets, packed);
            assert_eq!(*buckets.histogram(), *packed.histogram());
            for quantile in (0..=1_000).map(|share| f64::from(share) / 1_000.0) {
                // At zero the histogram tells the least of what is not told from it.
                let quantile = quantile.max(1e-9);
                assert_eq!(
                    buckets.value_at_quantile(quantile),
                    packed.value_at_quantile(quantile),
                    "{quantile}"
                );
            }
            assert_eq!(Buckets::new(unit).value_at_quantile(0.5), empty(unit).value_at_quantile(0.5));
            let mut both = packed.clone();
            both.add(&packed);
            both.record(7, 1);
            buckets.add(&packed);
            buckets.record(7, 1);
            assert_eq!(*buckets.histogram(), *both.histogram());
            let mut sum = both.clone();
            sum.sum_up();
            for quantile in QUANTILES {
                assert_eq!(
                    sum.value_at_quantile(quantile),
                    buckets.value_at_quantile(quantile),
                    "{quantile}"
                );
            }
            assert!(sum == sum.clone() && sum != both, "{sum:?}");
            let more = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sum.add(&both)));
            assert!(more.is_err(), "what is summed up is added to no more");
        }
    }
}
