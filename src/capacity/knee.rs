//! Knee: where along an axis a limit stops to hold; found by bisection, and honest when there is no such place.
//!
//! Knows levels and verdicts. Must not know how a verdict is come by.

use super::axis::{Axis, Level};

/// Up to where the search goes on, as a part of the range; whole numbers go on to the last. Source: none, a choice.
const PRECISION: f64 = 0.01;

/// What was found at one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Whether the mean over the seeds keeps the limit.
    pub held: bool,
    /// Whether the mean's whole 95 % interval lies on that side.
    pub sure: bool,
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
    /// The limit holds at every level.
    Everywhere,
    /// The limit holds at no level.
    Nowhere,
    /// It stops, and holds again: (level, whether it held).
    NotMonotone(Vec<(Level, bool)>),
}

/// The place where a limit stops to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Whether the limit holds below the edge; else above it.
    pub holds_below: bool,
    /// The last level at which it held.
    pub held: Level,
    /// The first at which it did not.
    pub breached: Level,
    /// The last level at which the whole interval held, and the first at which none of it did; `None` where there is none.
    pub interval: [Option<Level>; 2],
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
        let Some(holds_below) = self.direction() else { return Vec::new() };
        // Three questions, each with one turn of its answer: held surely, held, perhaps held.
        let questions: [fn(&Ruling) -> bool; 3] = [|r| r.held && r.sure, |r| r.held, |r| r.held || !r.sure];
        let mut wanted: Vec<Level> = Vec::new();
        for question in questions {
            let turn = self
                .told
                .windows(2)
                .find(|pair| question(&pair[0].1) == holds_below && question(&pair[1].1) != holds_below);
            let between = turn.and_then(|pair| self.axis.between(&pair[0].0, &pair[1].0, PRECISION));
            wanted.extend(between.filter(|level| !wanted.contains(level)));
        }
        wanted
    }

    /// Takes note of what was found at a level.
    pub fn tell(&mut self, level: Level, ruling: Ruling) {
        let at = self.told.partition_point(|(known, _)| known.number < level.number);
        self.told.insert(at, (level, ruling));
    }

    /// Whether the limit holds below the edge, where its ends differ and it turns once between them.
    fn direction(&self) -> Option<bool> {
        let turns = self.told.windows(2).filter(|pair| pair[0].1.held != pair[1].1.held).count();
        (turns == 1).then(|| self.told[0].1.held)
    }

    /// What is known so far. Panics before anything was told.
    #[must_use]
    pub fn knee(&self) -> Knee {
        let (_, first) = self.told.first().expect("a level was ruled on");
        let Some(holds_below) = self.direction() else {
            return if self.told.windows(2).all(|pair| pair[0].1.held == pair[1].1.held) {
                if first.held { Knee::Everywhere } else { Knee::Nowhere }
            } else {
                Knee::NotMonotone(
                    self.told.iter().map(|(level, ruling)| (level.clone(), ruling.held)).collect(),
                )
            };
        };
        let level = |found: Option<&(Level, Ruling)>| found.map(|(level, _)| level.clone());
        let is = |held: bool| move |told: &&(Level, Ruling)| told.1.held == held;
        let surely = |held: bool| move |told: &&(Level, Ruling)| told.1.held == held && told.1.sure;
        let told = || self.told.iter();
        let (held, breached, interval) = if holds_below {
            (
                told().rfind(is(true)),
                told().find(is(false)),
                [told().rfind(surely(true)), told().find(surely(false))],
            )
        } else {
            (
                told().find(is(true)),
                told().rfind(is(false)),
                [told().find(surely(true)), told().rfind(surely(false))],
            )
        };
        Knee::At(Edge {
            holds_below,
            held: level(held).expect("the ends differ"),
            breached: level(breached).expect("the ends differ"),
            interval: interval.map(level),
        })
    }

    /// Every level with its ruling, in order.
    #[must_use]
    pub fn told(&self) -> &[(Level, Ruling)] {
        &self.told
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
                return (search.knee(), search.told().len());
            }
            for level in wanted {
                let ruling = rule(level.number);
                search.tell(level, ruling);
            }
        }
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
        let interval = edge.interval.map(|level| level.map(|level| level.number));
        assert_eq!(interval, [Some(300.0), Some(342.0)]);
        assert!(asked < 40, "{asked}");
    }

    #[test]
    fn a_limit_may_hold_above_the_edge() {
        let (knee, _) = search("a=1ms..1s:4:log", |x| Ruling { held: x >= 7e6, sure: true });
        let Knee::At(edge) = knee else { panic!("{knee:?}") };
        assert!(!edge.holds_below && edge.held.number >= 7e6 && edge.breached.number < 7e6);
        assert!(edge.held.number / edge.breached.number < 1.08, "{edge:?}");
    }

    #[test]
    fn no_edge_is_told_where_there_is_none() {
        assert_eq!(search("a=1..9", |_| Ruling { held: true, sure: true }).0, Knee::Everywhere);
        assert_eq!(search("a=1..9", |_| Ruling { held: false, sure: false }).0, Knee::Nowhere);
        let (knee, _) = search("a=1..9", |x| Ruling { held: x != 5.0, sure: true });
        let Knee::NotMonotone(turns) = knee else { panic!("{knee:?}") };
        assert_eq!(turns.iter().map(|(_, held)| *held).collect::<Vec<_>>(), [true, true, false, true, true]);
    }
}
