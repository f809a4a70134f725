//! Axis: one value of the topology file, and the levels that a sweep gives it.
//!
//! Knows how a person writes numbers with units. Must not know what a value does.

use std::collections::BTreeSet;

use crate::units::{BitRate, Ratio, Span};

/// Levels of a range that names no number of steps. Source: none, a choice.
const STEPS_DEFAULT: usize = 5;
/// Levels that one axis may have. Source: none, a limit.
const LEVELS_MAX: usize = 1_000;

/// A value of the file and its levels, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// As it was typed.
    pub text: String,
    /// The path, as `--set` takes it.
    pub path: String,
    /// At least one.
    pub levels: Vec<Level>,
    range: Option<Range>,
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// As it stands in a topology file.
    pub text: String,
    /// Where it lies along the axis: in the base unit (nanoseconds, bits per second, shares), or the position in a list.
    pub number: f64,
}

/// What lies between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    scale: Scale,
    low: f64,
    high: f64,
    is_log: bool,
}

/// What kind of value a level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Count,
    Number,
    Rate,
    Share,
    Span,
}

impl Axis {
    /// Reads `PATH=LO..HI`, `PATH=LO..HI:7`, `PATH=LO..HI:7:log` or a list, `PATH=A,B,C`.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn read(text: &str) -> Result<Self, String> {
        let shape = "expected PATH=LO..HI[:STEPS][:log] or PATH=A,B,C, as in duration=1h..8h:4";
        let (path, values) = text.split_once('=').ok_or(shape)?;
        let (path, values) = (path.trim(), values.trim());
        if path.is_empty() || values.is_empty() {
            return Err(shape.to_owned());
        }
        let axis = match values.split_once("..") {
            Some((low, rest)) => between(low, rest)?,
            None => (listed(values.strip_suffix(":list").unwrap_or(values))?, None),
        };
        let (levels, range) = axis;
        if levels.len() > LEVELS_MAX {
            return Err(format!("{path} has {} levels; at most {LEVELS_MAX}", levels.len()));
        }
        Ok(Self { text: text.to_owned(), path: path.to_owned(), levels, range })
    }

    /// Whether there is something between its levels.
    #[must_use]
    pub fn is_range(&self) -> bool {
        self.range.is_some()
    }

    /// Whether its levels are spread evenly by their logarithm.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.range.is_some_and(|range| range.is_log)
    }

    /// Where a value lies along the axis: `Level::number`, by its text; `None` of what is no level.
    #[must_use]
    pub fn position(&self, text: &str) -> Option<f64> {
        let listed = || self.levels.iter().find(|level| level.text == text).map(|level| level.number);
        self.number(text).or_else(listed)
    }

    /// Whether its levels are whole numbers.
    pub(super) fn is_counted(&self) -> bool {
        self.range.is_some_and(|range| range.scale == Scale::Count)
    }

    /// The number of a level of a range, by its text; `None` of a list, and of what is no level.
    #[must_use]
    pub(super) fn number(&self, text: &str) -> Option<f64> {
        self.range.and_then(|_| Some(value(text).ok()?.1))
    }

    /// A number as a level of a range is written; `None` of a list, and where the unit cannot say it.
    #[must_use]
    pub(super) fn said(&self, number: f64) -> Option<String> {
        let range = self.range.filter(|_| number.is_finite() && (0.0..1e18).contains(&number))?;
        range.level(number).map(|level| level.text)
    }

    /// The level half way between two others; `None` where they are as near as `precision` (a part of the whole range)
    /// or have nothing between them.
    #[must_use]
    pub fn between(&self, below: &Level, above: &Level, precision: f64) -> Option<Level> {
        let range = self.range?;
        let (from, to) = (range.place(below.number), range.place(above.number));
        if (to - from).abs() <= precision {
            return None;
        }
        let level = range.level(range.value((from + to) / 2.0))?;
        (level.number > below.number && level.number < above.number).then_some(level)
    }
}

impl Range {
    /// Where a value lies between the ends, from 0 to 1.
    fn place(self, value: f64) -> f64 {
        if self.is_log {
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    fn value(self, place: f64) -> f64 {
        if self.is_log {
            self.low * libm::exp(place * libm::log(self.high / self.low))
        } else {
            self.low + place * (self.high - self.low)
        }
    }

    /// The level of a value, rounded to what its unit can say and a person would type.
    fn level(self, value: f64) -> Option<Level> {
        let value = if self.scale == Scale::Count { value.round() } else { rounded(value) };
        let whole = value.round();
        Some(match self.scale {
            Scale::Count | Scale::Number => Level { text: format!("{value}"), number: value },
            Scale::Rate => Level { text: BitRate::new(whole as u64)?.to_string(), number: whole },
            Scale::Share => {
                let parts = (value * f64::from(Ratio::WHOLE)).round();
                let ratio = Ratio::from_parts_per_billion(parts as u32)?;
                Level { text: ratio.to_string(), number: ratio.share() }
            }
            Scale::Span => Level { text: Span::from_nanos(whole as u64).to_string(), number: whole },
        })
    }
}

/// To five digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().expect("a number reads what it wrote")
}

/// The levels of `LOW..HIGH[:STEPS][:log]`.
fn between(low: &str, rest: &str) -> Result<(Vec<Level>, Option<Range>), String> {
    let mut parts = rest.split(':');
    let high = parts.next().unwrap_or_default();
    let (mut steps, mut is_log) = (STEPS_DEFAULT, false);
    for part in parts {
        match (part, part.parse()) {
            ("log", _) => is_log = true,
            (_, Ok(count)) if (2..=LEVELS_MAX).contains(&count) => steps = count,
            _ => {
                return Err(format!(
                    "`{part}` is neither `log` nor a number of steps from 2 to {LEVELS_MAX}"
                ));
            }
        }
    }
    let ((scale, first), (other, last)) = (value(low)?, value(high)?);
    let scale = match (scale, other) {
        _ if scale == other => scale,
        (Scale::Count, Scale::Number) | (Scale::Number, Scale::Count) => Scale::Number,
        _ => return Err(format!("`{low}` and `{high}` have no unit in common")),
    };
    if last <= first {
        return Err(format!("`{low}..{high}` does not rise; the lower end comes first"));
    }
    if is_log && first <= 0.0 {
        return Err(format!("a logarithmic range cannot begin at `{low}`"));
    }
    let range = Range { scale, low: first, high: last, is_log };
    let places = (0..steps).map(|step| step as f64 / (steps - 1) as f64);
    let levels: Option<Vec<Level>> = places.map(|place| range.level(range.value(place))).collect();
    let mut levels = levels.ok_or_else(|| format!("`{low}..{high}` holds no value of its unit"))?;
    // The ends are what was typed.
    levels[0] = Level { text: low.trim().to_owned(), number: first };
    levels[steps - 1] = Level { text: high.trim().to_owned(), number: last };
    // Few values lie between near ends.
    levels.dedup_by(|above, below| above.number <= below.number);
    Ok((levels, Some(range)))
}

/// The levels of a list, as they stand.
fn listed(text: &str) -> Result<Vec<Level>, String> {
    let mut levels: Vec<Level> = Vec::new();
    for item in split(text, ',') {
        if item.is_empty() {
            return Err(format!("the list `{text}` has an empty item"));
        }
        levels.push(Level { text: item.to_owned(), number: levels.len() as f64 });
    }
    let distinct: BTreeSet<&str> = levels.iter().map(|level| level.text.as_str()).collect();
    if distinct.len() < levels.len() {
        return Err(format!("the list `{text}` names a value twice"));
    }
    Ok(levels)
}

/// The items of a list; a `separator` inside brackets or braces belongs to its item.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut from, mut items) = (0_i32, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ if letter == separator && depth == 0 => {
                items.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(text[from..].trim());
    items
}

/// What kind of value a text is, and the value in its base unit.
fn value(text: &str) -> Result<(Scale, f64), String> {
    let text = text.trim();
    if let Ok(count) = text.parse::<u32>() {
        return Ok((Scale::Count, f64::from(count)));
    }
    if text.ends_with('%')
        && let Ok(ratio) = text.parse::<Ratio>()
    {
        return Ok((Scale::Share, ratio.share()));
    }
    if let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        return Ok((Scale::Number, number));
    }
    if let Ok(span) = text.parse::<Span>() {
        return Ok((Scale::Span, span.nanos() as f64));
    }
    let rate = text.parse::<BitRate>().map_err(|_| {
        format!("`{text}` is no number, span, bit rate or share; a range takes 5, 0.5, 2s, 10Mbit/s or 10%")
    })?;
    Ok((Scale::Rate, rate.bits_per_second() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &str) -> Vec<String> {
        Axis::read(axis).expect(axis).levels.into_iter().map(|level| level.text).collect()
    }

    #[test]
    fn ranges_and_lists_are_read_as_people_write_them() {
        assert_eq!(texts("a.b=1s..5s"), ["1s", "2s", "3s", "4s", "5s"]);
        assert_eq!(texts("a=10..1000:3:log"), ["10", "100", "1000"]);
        assert_eq!(texts("a=1..3"), ["1", "2", "3"]);
        assert_eq!(texts("a=10Mbit/s..30Mbit/s:3"), ["10Mbit/s", "20Mbit/s", "30Mbit/s"]);
        assert_eq!(texts("a=10%..20%:2"), ["10%", "20%"]);
        assert_eq!(texts("a=0.5..1:3"), ["0.5", "0.75", "1"]);
        assert_eq!(texts("a=push,poll:list"), ["push", "poll"]);
        assert_eq!(texts("a=[x, y],z"), ["[x, y]", "z"]);
        for text in [
            "a",
            "=1..2",
            "a=",
            "a=5..1",
            "a=1s..5",
            "a=0..5:log",
            "a=1..2:0",
            "a=1..2:9999",
            "a=x,,y",
            "a=x,x",
        ] {
            assert!(Axis::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_lies_between_two_levels_is_half_way_until_nothing_does() {
        let axis = Axis::read("a=10..20:2").expect("a range");
        let [low, high] = &axis.levels[..] else { panic!("two ends") };
        let middle = axis.between(low, high, 0.5).expect("far apart");
        assert_eq!(middle.text, "15");
        let next = Level { text: "11".to_owned(), number: 11.0 };
        assert_eq!(axis.between(low, &next, 0.0), None);
        let log = Axis::read("a=1ms..1s:2:log").expect("a range");
        let middle = log.between(&log.levels[0], &log.levels[1], 0.01).expect("far apart");
        assert_eq!(middle.text, "31.623ms");
        assert_eq!(log.between(&log.levels[0], &log.levels[1], 1.0), None);
        let list = Axis::read("a=x,y").expect("a list");
        assert_eq!(list.between(&list.levels[0], &list.levels[1], 0.0), None);
    }
}
