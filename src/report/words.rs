//! Words: numbers as people read them, and plain columns. For eyes only; scripts read the JSON.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::Decimal;
use crate::scenario::Quantity;
use crate::units::{Instant, Span};

const NANOS_PER_MINUTE: u128 = 60_000_000_000;

/// A span: `2.31 s`, `14.0 ms`, `4m 10s`, `2h 05m`.
pub(crate) fn span(span: Decimal) -> String {
    let nanos = span.billionths().unsigned_abs();
    let sign = if span.billionths() < 0 { "-" } else { "" };
    let (minutes, seconds) = (nanos / NANOS_PER_MINUTE, nanos % NANOS_PER_MINUTE / 1_000_000_000);
    let text = match nanos {
        0 => "0 s".to_owned(),
        1..=999 => format!("{nanos} ns"),
        1_000..=999_499 => three_digits(nanos as f64 / 1e3, "µs"),
        999_500..=999_499_999 => three_digits(nanos as f64 / 1e6, "ms"),
        999_500_000..NANOS_PER_MINUTE => three_digits(nanos as f64 / 1e9, "s"),
        _ if minutes < 60 => format!("{minutes}m {seconds:02}s"),
        _ => format!("{}h {:02}m", minutes / 60, minutes % 60),
    };
    format!("{sign}{text}")
}

fn three_digits(value: f64, unit: &str) -> String {
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {unit}")
}

/// A span, or a dash where nothing was measured.
pub(crate) fn perhaps_span(value: Option<Decimal>) -> String {
    value.map_or_else(|| "–".to_owned(), span)
}

/// A share in percent, with enough digits that what is not whole does not look whole: `99.87 %`.
pub(crate) fn share(share: Decimal) -> String {
    let parts = share.billionths();
    if parts == 0 || parts == 1_000_000_000 {
        return format!("{} %", parts / 10_000_000);
    }
    let percent = parts as f64 / 1e7;
    let distance = percent.min((100.0 - percent).abs());
    let decimals = match distance {
        0.01.. => 2,
        0.001.. => 3,
        0.000_1.. => 4,
        _ => 7,
    };
    format!("{percent:.decimals$} %")
}

/// A share, or a dash where nothing was measured.
pub(crate) fn perhaps_share(value: Option<Decimal>) -> String {
    value.map_or_else(|| "–".to_owned(), share)
}

/// A value of a metric: `2.31 s`, `99.87 %`, `true`, `1,204.5`.
pub(crate) fn measured(quantity: Quantity, value: Decimal) -> String {
    match quantity {
        Quantity::Count => number(value),
        Quantity::Flag => (value != Decimal::ZERO).to_string(),
        Quantity::Share => share(value),
        Quantity::Span => span(value),
    }
}

/// A number with its thousands apart and at most two digits after the point.
fn number(value: Decimal) -> String {
    let text = format!("{:.2}", value.to_f64());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let whole = count(whole.trim_start_matches('-').parse().unwrap_or_default());
    rest.map_or_else(|| format!("{sign}{whole}"), |rest| format!("{sign}{whole}.{rest}"))
}

/// A whole number with its thousands apart: `1,204,311`.
pub(crate) fn count(count: u128) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Address-seconds, rounded to what one reads.
pub(crate) fn seconds(seconds: Decimal) -> String {
    let nanos = seconds.billionths().unsigned_abs();
    if nanos < 10_000_000_000 {
        format!("{:.1}", nanos as f64 / 1e9)
    } else {
        count((nanos + 500_000_000) / 1_000_000_000)
    }
}

/// A point in virtual time, with the time of day where the file gives one: `09:10 (2h 10m)`.
pub(crate) fn moment(at: Decimal, start: Span) -> String {
    if start.is_zero() { span(at) } else { format!("{} ({})", time_of_day(at, start), span(at)) }
}

/// The time of day: `09:10`, `07:30:15 on day 2`.
pub(crate) fn time_of_day(at: Decimal, start: Span) -> String {
    let seconds = (at.billionths().unsigned_abs() + u128::from(start.nanos())) / 1_000_000_000;
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let mut clock = format!("{:02}:{:02}", second / 3_600, second / 60 % 60);
    if !second.is_multiple_of(60) {
        clock += &format!(":{:02}", second % 60);
    }
    if day == 0 { clock } else { format!("{clock} on day {}", day + 1) }
}

/// A point in virtual time to the millisecond, as time of day where the file gives one: `09:10:04.123`.
pub(crate) fn clock(at: Instant, start: Span) -> String {
    let millis = at.since_start().nanos().saturating_add(start.nanos()) / 1_000_000;
    let (day, second) = (millis / 86_400_000, millis / 1_000 % 86_400);
    let day = if day == 0 { String::new() } else { format!("day {} ", day + 1) };
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{day}{hour:02}:{minute:02}:{:02}.{:03}", second % 60, millis % 1_000)
}

/// A bar of at most `width` blocks.
pub(crate) fn bar(part: Decimal, width: usize) -> String {
    let eighths = (part.to_f64() * width as f64 * 8.0).round().max(0.0) as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8) {
        bar.push_str(rest);
    }
    bar
}

/// Rows in columns two spaces apart and two from the left edge; columns in `right` end flush.
pub(crate) fn columns(rows: Vec<Vec<String>>, right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(row);
    }
    for index in 0..table.column_count() {
        let Some(column) = table.column_mut(index) else { continue };
        column.set_padding((2, 0));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let spans = [
            (0, "0 s"),
            (14_000_000, "14.0 ms"),
            (2_312_000_000, "2.31 s"),
            (59_999_000_000, "60.0 s"),
            (250_000_000_000, "4m 10s"),
            (7_500_000_000_000, "2h 05m"),
            (870_000, "870 µs"),
            (12, "12 ns"),
        ];
        for (nanos, text) in spans {
            assert_eq!(span(Decimal::from_nanos(nanos)), text);
        }
        let shares = [
            (998_700_000, "99.87 %"),
            (1_000_000_000, "100 %"),
            (999_999_999, "99.9999999 %"),
            (999_960_000, "99.996 %"),
            (40_000, "0.004 %"),
            // Half of an interval may be wider than the whole.
            (1_281_243_263, "128.12 %"),
            (0, "0 %"),
        ];
        for (parts, text) in shares {
            assert_eq!(share(Decimal::from_nanos(parts)), text);
        }
        assert_eq!(count(1_204_311), "1,204,311");
        assert_eq!(count(311), "311");
        let nine = Span::from_seconds(9 * 3_600);
        assert_eq!(moment(Decimal::from_nanos(600_000_000_000), nine), "09:10 (10m 00s)");
        assert_eq!(bar(Decimal::from_nanos(500_000_000), 5), "██▌");
    }
}
