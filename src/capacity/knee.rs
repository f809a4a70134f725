//! Knee: where along an axis a limit stops to hold; found by bisection, and honest when there is no such place.
//!
//! Knows levels and rulings. Must not know how a ruling is come by.

use serde::Serialize;

use super::axis::{Axis, Level};

/// Up to where the search goes on, as a part of the range; the turn of a whole number is found to the last unit. Source:
/// none, a choice.
const PRECISION: f64 = 0.01;

/// What was found at one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// Whether the mean over the seeds keeps the limit.
    pub held: bool,
    /// Whether the mean's whole 95 % interval lies on that side.
    pub sure: bool,
}

impl Ruling {
    /// One of three answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.sure, self.held) {
            (true, true) => "holds",
            (true, false) => "breached",
            (false, _) => "perhaps",
        }
    }
}

/// A search along one axis.
#[derive(Clone, Debug)]
pub struct Search {
    axis: Axis,
    /// By number.
    told: Vec<(Level, Ruling)>,
}

/// Where the limit stops to hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Knee {
    /// Between two levels.
    At(Edge),
    /// The limit holds at every level tried.
    Everywhere,
    /// The limit holds at no level tried.
    Nowhere,
    /// It stops, and holds again: every level tried, in order.
    NotMonotone(Vec<(Level, Ruling)>),
}

/// The place where a limit stops to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Whether the limit holds below the edge; else above it.
    pub holds_below: bool,
    /// The last level at which the mean held.
    pub held: Level,
    /// The first at which it did not.
    pub breached: Level,
    /// The last level at which the whole 95 % interval of the mean held; `None`: at none.
    pub surely_held: Option<Level>,
    /// The first at which none of it held; `None`: at none.
    pub surely_breached: Option<Level>,
}

/// Positions of an edge among the levels, those that hold first.
struct Turn {
    holds_below: bool,
    surely_held: Option<usize>,
    breached: usize,
    surely_breached: Option<usize>,
}

impl Search {
    /// A search along `axis`.
    #[must_use]
    pub fn new(axis: Axis) -> Self {
        Self { axis, told: Vec::new() }
    }

    /// The levels to be ruled on next; none when it is over.
    #[must_use]
    pub fn wanted(&self) -> Vec<Level> {
        if self.told.is_empty() {
            return self.axis.levels.clone();
        }
        let Some(turn) = self.turn() else { return Vec::new() };
        let told = self.safe_first(turn.holds_below);
        // Three places to look at: where it is no longer sure, where the mean turns, where it is sure again.
        let exact = if self.axis.is_counted() { 0.0 } else { PRECISION };
        let places = [
            (turn.surely_held.map(|last| last + 1), PRECISION),
            (Some(turn.breached), exact),
            (turn.surely_breached, PRECISION),
        ];
        let mut wanted: Vec<Level> = Vec::new();
        for (upper, precision) in places {
            let Some(upper) = upper else { continue };
            let (one, other) = (&told[upper - 1].0, &told[upper].0);
            let (below, above) = if turn.holds_below { (one, other) } else { (other, one) };
            let between = self.axis.between(below, above, precision);
            wanted.extend(between.filter(|level| !wanted.contains(level)));
        }
        wanted
    }

    /// Takes note of what was found at a level.
    pub fn tell(&mut self, level: Level, ruling: Ruling) {
        let at = self.told.partition_point(|(known, _)| known.number < level.number);
        self.told.insert(at, (level, ruling));
    }

    fn safe_first(&self, holds_below: bool) -> Vec<&(Level, Ruling)> {
        if holds_below { self.told.iter().collect() } else { self.told.iter().rev().collect() }
    }

    /// Whether the limit holds below the edge, where there is one. Levels that are sure decide; where they do not
    /// differ, the ends do. What is not sure may waver between them: that is noise.
    fn direction(&self) -> Option<bool> {
        let mut sure: Vec<bool> =
            self.told.iter().filter(|told| told.1.sure).map(|told| told.1.held).collect();
        sure.dedup();
        let turns = self.told.windows(2).filter(|pair| pair[0].1.held != pair[1].1.held).count();
        let ends = [self.told.first()?.1.held, self.told.last()?.1.held];
        match sure.len() {
            0 => (turns == 1).then_some(ends[0]),
            1 => (ends[0] != ends[1]).then_some(ends[0]),
            2 => Some(sure[0]),
            _ => None,
        }
    }

    fn turn(&self) -> Option<Turn> {
        let holds_below = self.direction()?;
        let told = self.safe_first(holds_below);
        let surely_held = told.iter().rposition(|told| told.1.sure && told.1.held);
        let surely_breached = told.iter().position(|told| told.1.sure && !told.1.held);
        let from = surely_held.map_or(0, |last| last + 1);
        let breached = from + told[from..].iter().position(|told| !told.1.held)?;
        Some(Turn { holds_below, surely_held, breached, surely_breached })
    }

    /// What is known so far. Panics before anything was told.
    #[must_use]
    pub fn knee(&self) -> Knee {
        let first = self.told.first().expect("a level was ruled on").1.held;
        let Some(turn) = self.turn() else {
            return match self.told.iter().all(|told| told.1.held == first) {
                true if first => Knee::Everywhere,
                true => Knee::Nowhere,
                false => Knee::NotMonotone(self.told.clone()),
            };
        };
        let told = self.safe_first(turn.holds_below);
        let level = |at: usize| told[at].0.clone();
        Knee::At(Edge {
            holds_below: turn.holds_below,
            held: level(turn.breached - 1),
            breached: level(turn.breached),
            surely_held: turn.surely_held.map(level),
            surely_breached: turn.surely_breached.map(level),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches with a rule; the knee and how many levels were ruled on.
    fn search(axis: &str, rule: impl Fn(f64) -> Ruling) -> (Knee, usize) {
        let mut search = Search::new(Axis::read(axis).expect(axis));
        loop {
            let wanted = search.wanted();
            if wanted.is_empty() {
                return (search.knee(), search.told.len());
            }
            for level in wanted {
                let ruling = rule(level.number);
                search.tell(level, ruling);
            }
        }
    }

    fn number(level: Option<&Level>) -> Option<f64> {
        level.map(|level| level.number)
    }

    #[test]
    fn the_last_whole_number_that_holds_is_found() {
        let (knee, asked) =
            search("a=1..1000", |x| Ruling { held: x <= 321.0, sure: (x - 321.0).abs() > 20.0 });
        let Knee::At(edge) = knee else { panic!("{knee:?}") };
        assert_eq!(
            (edge.held.text.as_str(), edge.breached.text.as_str(), edge.holds_below),
            ("321", "322", true)
        );
        // Its interval to 1 % of the range: within ten of 300, the last that is sure, and of 342, the first.
        let ends =
            [number(edge.surely_held.as_ref()), number(edge.surely_breached.as_ref())].map(Option::unwrap);
        assert!((290.0..=300.0).contains(&ends[0]) && (342.0..=352.0).contains(&ends[1]), "{ends:?}");
        assert!(asked < 30, "{asked}");
    }

    #[test]
    fn a_limit_may_hold_above_the_edge() {
        let (knee, _) = search("a=1ms..1s:4:log", |x| Ruling { held: x >= 7e6, sure: true });
        let Knee::At(edge) = knee else { panic!("{knee:?}") };
        assert!(!edge.holds_below && edge.held.number >= 7e6 && edge.breached.number < 7e6);
        assert!(edge.held.number / edge.breached.number < 1.08, "{edge:?}");
        assert_eq!(
            (edge.surely_held.as_ref(), edge.surely_breached.as_ref()),
            (Some(&edge.held), Some(&edge.breached))
        );
    }

    #[test]
    fn no_edge_is_told_where_there_is_none() {
        assert_eq!(search("a=1..9", |_| Ruling { held: true, sure: true }).0, Knee::Everywhere);
        assert_eq!(search("a=1..9", |_| Ruling { held: false, sure: false }).0, Knee::Nowhere);
        let (knee, _) = search("a=1..9", |x| Ruling { held: x != 5.0, sure: true });
        let Knee::NotMonotone(told) = knee else { panic!("{knee:?}") };
        assert_eq!(told.iter().map(|(_, r)| r.held).collect::<Vec<_>>(), [true, true, false, true, true]);
    }

    #[test]
    fn what_wavers_without_being_sure_is_noise_between_the_ends_of_the_interval() {
        // Sure up to 40 and from 60 on; between them the mean holds at every number but the multiples of seven.
        let rule = |x: f64| match x {
            _ if x <= 40.0 => Ruling { held: true, sure: true },
            _ if x >= 60.0 => Ruling { held: false, sure: true },
            _ => Ruling { held: x % 7.0 != 0.0, sure: false },
        };
        let (knee, _) = search("a=0..100:5", rule);
        let Knee::At(edge) = knee else { panic!("{knee:?}") };
        assert_eq!(number(edge.surely_held.as_ref()), Some(40.0));
        assert_eq!(number(edge.surely_breached.as_ref()), Some(60.0));
        assert!(edge.held.number >= 40.0 && edge.breached.number <= 60.0, "{edge:?}");
        // One seed is never sure: there one turn is an edge without an interval, and two are none.
        let (knee, _) = search("a=0..100", |x| Ruling { held: x < 33.0, sure: false });
        let Knee::At(edge) = knee else { panic!("{knee:?}") };
        assert_eq!((edge.held.number, edge.surely_held, edge.surely_breached), (32.0, None, None));
        let (knee, _) = search("a=0..100", |x| Ruling { held: x != 50.0, sure: false });
        assert!(matches!(knee, Knee::NotMonotone(_)), "{knee:?}");
    }
}
