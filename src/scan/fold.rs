//! Fold: from when the frames reached one leaf to what was found there.
//!
//! Knows the pattern, and walks alone what moving its steps does not give. Must not know other leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::age::Raises;
use super::brought::Except;
use super::cast::Leaf;
use super::class::Field;
use super::freshness::Freshness;
use super::glance::Glance;
use super::jump::{BEHIND, KINDS, LAST_HOP, REASONS, USERS};
use super::leaf::Heard;
use super::meter::Meter;
use super::moving::{Turn, move_together};
use super::odd::Answer;
use super::own::Own;
use super::pattern::Pattern;
use super::relay::Via;
use super::rounds::walk_odd;
use super::sight::Sighting;
use super::spread::Spread;
use super::tape::Cause;
use super::track::{Track, WayParts, parts_of};
use super::ways::Ways;
use crate::ids::AddressId;
use crate::observe::{
    Blame, Exposure, Hop, Lately, Parts, PointFindings, Reason, SourceAges, TableUse, age_of,
};
use crate::units::Span;

/// What a class's leaves are folded with.
pub(super) struct Frame<'a> {
    pub(super) field: &'a Field<'a>,
    /// The same, or where fewer hops lie between, by whose numbers of hops `fresh` goes.
    pub(super) of_ways: &'a Field<'a>,
    pub(super) pattern: &'a Pattern,
    pub(super) fresh: &'a Freshness,
    pub(super) raises: &'a Raises,
    pub(super) spread: Option<&'a Spread>,
    /// How long the bins of staleness are; zero: none.
    pub(super) each: Span,
}

/// What was found at one leaf, and what the fleet needs of it.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: PointFindings,
    pub(super) ages: SourceAges,
    /// When it applied each frame, or counts as having done so; `u64::MAX`: not by the end. Empty once nobody asks any more.
    pub(super) applied: Vec<u64>,
    /// Per window: the frames that it had applied at its end, and those of them whose entries its timers had ended.
    pub(super) marks: Vec<(u32, u32)>,
    /// The frames that tell nothing of when updates were visible here; empty: none.
    pub(super) mute: Vec<bool>,
    /// Updates whose visibility does not follow from when frames were applied.
    pub(super) sightings: Vec<Sighting>,
    /// Counted updates in scope that occurred while it was not reachable.
    pub(super) unreachable: u64,
    /// What it answered when windows ended, where that does not follow from when frames were applied. Of wild addresses all, if
    /// it was told something of its own.
    pub(super) answers: Vec<Answer>,
    /// If it was not: all that it answered to wild addresses then.
    pub(super) wild: Vec<Answer>,
    /// Whether it was told something of its own.
    pub(super) is_own: bool,
    /// Of the first member of a pair, addresses that were looked at for it alone, each with the first and the last frame that is
    /// why.
    pub(super) walked: Vec<(AddressId, u32, u32)>,
    /// By how many mappings fewer a frame, or more a full table, told it something new than the frame holds, or none.
    pub(super) unlike: BTreeMap<u32, i64>,
}

/// One leaf, while it is folded.
pub(super) struct Folding<'a> {
    pub(super) frame: &'a Frame<'a>,
    pub(super) leaf: &'a Leaf,
    /// How frames reached it, where it has no track.
    heard: &'a [Heard],
    track: Option<&'a Track>,
    pub(super) own: Option<&'a Own<'a>>,
    pub(super) via: Option<&'a Via<'a>>,
    /// Whether only what is brief is asked for: then it is not known which way frames took.
    pub(super) is_brief: bool,
    /// What it was told of these is not simply every frame.
    pub(super) touched: Vec<(AddressId, u32, u32)>,
    pub(super) applied: Vec<u64>,
    /// How many frames were applied by the end.
    pub(super) count: usize,
    pub(super) meter: Meter,
    pub(super) sums: [i128; KINDS],
    pub(super) hops: Vec<i128>,
    /// The ends of each hop.
    pub(super) ends: Vec<Hop>,
    pub(super) exposure: [i128; 3],
    pub(super) incorrect: i128,
    /// Users in the table, by what was walked; of a brief run, by all that landed.
    pub(super) users: Vec<Turn>,
    pub(super) hash: u64,
    pub(super) found: PointFindings,
    pub(super) refused: BTreeSet<(u32, u32)>,
    /// What full tables brought first: the table, the address and the update; in the end in this order.
    pub(super) news: Vec<(u32, AddressId, u32)>,
    pub(super) sightings: Vec<Sighting>,
    pub(super) answers: Vec<Answer>,
    pub(super) wild: Vec<Answer>,
    /// What is judged by itself and must not count with its frame.
    pub(super) except: Except,
    /// Time on the last hop, summed over updates, by parts. Units: nanoseconds.
    pub(super) times: [u128; 5],
    /// The way above the leaf of what is judged by itself.
    pub(super) judged: Ways,
    /// Time between the members of a pair, summed over updates. Units: nanoseconds.
    pub(super) relayed: Parts,
    /// Of the first member of a pair, addresses that were looked at for it alone, each with the first and the last frame that is
    /// why.
    pub(super) walked: Vec<(AddressId, u32, u32)>,
    /// By how many mappings fewer a frame, or more a full table, told the leaf something new than it would by its size, or by
    /// none.
    pub(super) unlike: BTreeMap<u32, i64>,
}

/// What one leaf was told.
pub(super) struct Told<'a> {
    pub(super) heard: &'a [Heard],
    /// In the place of these, of one who only follows.
    pub(super) track: Option<&'a Track>,
    /// Where that is not simply every frame.
    pub(super) own: Option<&'a Own<'a>>,
    /// Where another member of its pair told it.
    pub(super) via: Option<&'a Via<'a>>,
    /// How many updates of frames were visible within each span, where that is known.
    pub(super) glanced: Option<Glance>,
}

/// Folds some leaves of one class, all of them briefly or none. Cost: some steps a frame and leaf; a walk for each address that
/// the pattern does not fit.
pub(super) fn fold_together(all: &[(&Frame<'_>, &Leaf, &Told<'_>)]) -> Vec<Found> {
    let mut foldings: Vec<Folding<'_>> =
        all.iter().map(|(frame, leaf, told)| begin(frame, leaf, told)).collect();
    let is_brief = foldings.first().is_some_and(|folding| folding.is_brief);
    assert!(
        foldings.iter().all(|folding| folding.is_brief == is_brief),
        "a team is brief as a whole, or not"
    );
    if is_brief {
        foldings.iter_mut().for_each(Folding::land);
    } else {
        move_together(&mut foldings);
    }
    walk_odd(&mut foldings);
    let found = foldings.into_iter().zip(all).map(|(mut folding, (.., told))| {
        folding.freshen(told.glanced);
        if folding.is_brief { folding.finish_briefly() } else { folding.finish() }
    });
    found.collect()
}

/// What is known of one leaf before anything is moved.
fn begin<'a>(frame: &'a Frame<'a>, leaf: &'a Leaf, told: &Told<'a>) -> Folding<'a> {
    let pattern = frame.pattern;
    let &Told { heard, track, own, via, glanced: _ } = told;
    let is_brief = track.is_some_and(|track| !track.keeps_ways());
    let (touched, again) = match (via, own) {
        (Some(via), _) => (via.touched(pattern), 0),
        (None, Some(own)) => own.touched(frame.field, pattern),
        (None, None) => Default::default(),
    };
    let applied: Vec<u64> = match (own, track) {
        (Some(own), _) => own.applied.clone(),
        (None, Some(track)) => track.done().to_vec(),
        (None, None) => heard.iter().map(|heard| heard.done.nanos()).collect(),
    };
    let count = applied.iter().take_while(|at| **at <= frame.field.end).count();
    let site = if leaf.through { pattern.crossed.len() - 1 } else { leaf.site.index() };
    let crossed = pattern.crossed[site];
    let mut folding = Folding {
        frame,
        leaf,
        heard,
        track,
        own,
        via,
        is_brief,
        touched,
        count,
        meter: pattern.meter.clone(),
        sums: pattern.sums,
        hops: pattern.hops.clone(),
        ends: Vec::new(),
        exposure: [crossed.stays, crossed.wrong, crossed.unknown],
        incorrect: pattern.incorrect,
        users: Vec::new(),
        hash: 0,
        found: PointFindings { lately: Lately::new(frame.each), ..PointFindings::default() },
        refused: BTreeSet::new(),
        news: Vec::new(),
        sightings: Vec::new(),
        answers: Vec::new(),
        wild: Vec::new(),
        except: Except::default(),
        times: [0; 5],
        judged: Ways::none(pattern.hops.len()),
        relayed: Parts::default(),
        walked: Vec::new(),
        unlike: BTreeMap::new(),
        applied,
    };
    folding.found.fates.duplicates = again;
    folding.ends = (0..folding.hops.len()).map(|hop| folding.hop_ends(hop)).collect();
    folding
}

impl<'a> Folding<'a> {
    /// When a step of this cause comes here; `u64::MAX`: not.
    pub(super) fn moved(&self, cause: Cause, at: u64) -> u64 {
        match cause {
            Cause::Apply(frame) => self.applied[frame as usize],
            Cause::Expire(frame) => self.applied[frame as usize].saturating_add(self.frame.field.law.timeout),
            Cause::Shared => at,
        }
    }

    /// How much later a begin and an end of this cause, which the pattern has at `at`, come here.
    pub(super) fn delays(&self, cause: Cause, at: u64) -> (i128, i128) {
        if cause == Cause::Shared {
            return (0, 0);
        }
        let moved = self.moved(cause, at);
        let begin = i128::from(moved.min(self.frame.field.end)) - i128::from(at);
        let end = i128::from(self.meter.clip(moved)) - i128::from(self.meter.clip(at));
        (begin, end)
    }

    /// The place of a frame in the order in which the leaf applied them.
    pub(super) fn rank(&self, frame: u32) -> u32 {
        if self.via.is_some() {
            // What comes at one instant comes together.
            return 0;
        }
        self.own.map_or_else(|| 2 * frame + 1, |own| own.rank(frame))
    }

    /// The ends of a hop.
    fn hop_ends(&self, hop: usize) -> Hop {
        let (class, here) = (self.frame.field.class, self.leaf.node);
        match self.via {
            Some(via) if hop == 0 => (via.node, here),
            Some(via) if hop == class.last_hop() => (class.hub, via.node),
            None if hop == 0 => (class.hub, here),
            Some(_) | None => class.edges[hop - 1],
        }
    }

    /// Where the time of a frame that was applied went on the way to the leaf.
    pub(super) fn parts(&self, frame: u32) -> WayParts {
        match self.track {
            Some(track) => track.parts(frame as usize),
            None => {
                let heard = self.heard(frame);
                parts_of(&heard.way, &heard.served)
            }
        }
    }

    /// When a frame that was applied was sent. Units: nanoseconds.
    pub(super) fn sent(&self, frame: u32) -> u64 {
        match self.track {
            Some(_) => self.frame.pattern.sent[frame as usize],
            None => self.heard(frame).sent.nanos(),
        }
    }

    fn heard(&self, frame: u32) -> &'a Heard {
        self.own.map_or_else(|| &self.heard[frame as usize], |own| own.heard(frame))
    }

    /// When a frame was applied.
    pub(super) fn done(&self, frame: u32) -> u64 {
        self.own.map_or_else(|| self.applied[frame as usize], |own| own.done(frame))
    }

    fn finish(mut self) -> Found {
        let field = self.frame.field;
        let (windows, replica_windows) = self.meter.windows();
        let (peak, last) = self.peak_users();
        self.hops[field.class.last_hop()] += self.sums[LAST_HOP];
        self.relay_steps();
        let (ends, found) = (&self.ends, &mut self.found);
        windows.iter().for_each(|window| found.classes.add(&window));
        replica_windows.iter().for_each(|window| found.replica.add(&window));
        (found.windows, found.replica_windows) = (windows, replica_windows);
        let whole = |sum: i128| u128::try_from(sum).expect("nothing is counted less than never");
        found.incorrect_area_twice = whole(self.incorrect);
        found.behind_area = whole(self.sums[BEHIND]);
        let [stays, wrong, unknown] = self.exposure.map(whole);
        found.exposure = Exposure { stays, wrong, unknown };
        let reason = |reason: Reason| whole(self.sums[REASONS + reason as usize]);
        let hops = self.hops.iter().enumerate().filter(|(_, sum)| **sum > 0);
        found.blame = Blame {
            unobserved: reason(Reason::Unobserved),
            in_transit: reason(Reason::InTransit),
            lost: reason(Reason::Lost),
            expired: reason(Reason::Expired),
            conflict: reason(Reason::Conflict),
            disconnected: reason(Reason::Disconnected),
            hops: hops.map(|(hop, sum)| (ends[hop], whole(*sum))).collect(),
        };
        let peak = if field.is_measured(field.end) { peak } else { 0 };
        found.table = TableUse { area: whole(self.sums[USERS]), peak, last, refused: 0 };
        found.table_hash = self.hash;
        self.news.sort_unstable();
        let own;
        let raises = if self.refused.is_empty() {
            self.frame.raises
        } else {
            own = Raises::new(field, &self.refused);
            &own
        };
        let ages = match self.own {
            Some(own) => raises.of_own(field, own, &self.refused, &self.news),
            None => raises.of(field, &self.applied[..self.count]),
        };
        found.age = age_of(&ages);
        let (mute, unreachable) = self.sight_unreached();
        self.found.staleness.histogram.pack();
        self.found.change_staleness.histogram.pack();
        Found {
            findings: self.found,
            ages,
            applied: self.applied,
            marks: Vec::new(),
            mute,
            sightings: self.sightings,
            unreachable,
            answers: self.answers,
            wild: self.wild,
            is_own: self.own.is_some(),
            walked: self.walked,
            unlike: self.unlike,
        }
    }
}
