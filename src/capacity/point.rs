//! Point: the values of the file that one row of a plan is run with.
//!
//! Knows paths and values as text. Must not know what they do.

use super::axis::{Axis, split};

/// Points that one plan may have. Source: none, a limit.
const POINTS_MAX: usize = 10_000;

/// The values of one point: (path, value), in the order of the axes or of the change; none: the file as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point(pub Vec<(String, String)>);

impl Point {
    /// Reads a change: `PATH=VALUE; PATH=VALUE`. A `;` inside brackets or braces belongs to its value.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn read(text: &str) -> Result<Self, String> {
        let one = |part: &str| match part.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => {
                Ok((path.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err("expected PATH=VALUE, as in panoramas.panorama.announce.interval=1s".to_owned()),
        };
        split(text, ';').into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// `PATH=VALUE; PATH=VALUE`
    #[must_use]
    pub fn said(&self) -> String {
        let values: Vec<String> = self.0.iter().map(|(path, value)| format!("{path}={value}")).collect();
        values.join("; ")
    }
}

/// Every combination of the axes' levels, the last axis turning fastest; none without an axis.
///
/// # Errors
/// The fact that there are too many.
pub fn grid(axes: &[Axis]) -> Result<Vec<Point>, String> {
    if axes.is_empty() {
        return Ok(Vec::new());
    }
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.levels.len()));
    if count.is_none_or(|count| count > POINTS_MAX) {
        return Err(format!("the grid has more than {POINTS_MAX} points"));
    }
    let mut points = vec![Point::default()];
    for axis in axes {
        let longer = |point: &Point| {
            let values = point.0.clone();
            let one =
                move |text: &str| Point([&values[..], &[(axis.path.clone(), text.to_owned())]].concat());
            axis.levels.iter().map(move |level| one(&level.text)).collect::<Vec<_>>()
        };
        points = points.iter().flat_map(longer).collect();
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_turns_its_last_axis_fastest() {
        let axes = ["a=1..2:2", "b=x,y,z"].map(|axis| Axis::read(axis).expect(axis));
        let points = grid(&axes).expect("six points");
        let texts: Vec<String> =
            points.iter().map(|point| point.0.iter().map(|(_, value)| value.as_str()).collect()).collect();
        assert_eq!(texts, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        let large = ["a=1..1000:1000", "b=1..1000:1000"].map(|axis| Axis::read(axis).expect(axis));
        assert!(grid(&large).is_err());
        assert_eq!(grid(&[]), Ok(Vec::new()));
    }

    #[test]
    fn a_change_may_set_several_values_and_whole_sections() {
        let change = Point::read("a.b=1s; hubs={h: {x: [1; 2]}} ").expect("a change");
        let values: Vec<(&str, &str)> =
            change.0.iter().map(|(path, value)| (&path[..], &value[..])).collect();
        assert_eq!(values, [("a.b", "1s"), ("hubs", "{h: {x: [1; 2]}}")]);
        assert_eq!(change.said(), "a.b=1s; hubs={h: {x: [1; 2]}}");
        assert!(Point::read("a=1;").is_err() && Point::read("=1").is_err());
    }
}
