//! The fleet's staleness as an HdrHistogram percentile table (`.hgrm`), which plotters of such tables read.
//!
//! Knows samples. Values are milliseconds.

use std::fmt::Write;

use crate::observe::Samples;

/// Rows per halving of the distance to 100 %. Source: what HdrHistogram prints by default.
const TICKS: u32 = 5;
const MICROS_PER_MILLI: f64 = 1e3;

/// The percentile table. Shape: lines of text, the last one ended. Errors: none.
#[must_use]
pub fn print(samples: &Samples) -> String {
    let mut text =
        format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let histogram = samples.histogram.histogram();
    let mut total = 0;
    for step in histogram.iter_quantiles(TICKS) {
        total += step.count_since_last_iteration();
        let quantile = step.quantile_iterated_to();
        let _ = write!(
            text,
            "{:12.3} {quantile:1.12} {total:10}",
            step.value_iterated_to() as f64 / MICROS_PER_MILLI
        );
        let _ =
            if quantile < 1.0 { writeln!(text, " {:14.2}", 1.0 / (1.0 - quantile)) } else { writeln!(text) };
    }
    let mean = if samples.count == 0 { 0.0 } else { samples.sum as f64 / samples.count as f64 / 1e6 };
    let deviation = histogram.stdev() / MICROS_PER_MILLI;
    let _ = writeln!(text, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]");
    let max = samples.max as f64 / 1e6;
    let _ = writeln!(text, "#[Max     = {max:12.3}, Total count    = {:12}]", samples.count);
    let (buckets, halves) = (histogram.buckets(), 2_048);
    let _ = writeln!(text, "#[Buckets = {buckets:12}, SubBuckets     = {halves:12}]");
    text
}
