//! Team: which leaves are folded together, and on which thread.
//!
//! What must be walked at one is mostly what must be walked at others. Knows batches and members of pairs. Must not know how a
//! leaf is folded.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::cast::{Cast, Leaf, Part};
use super::crew::Crew;
use super::find::{Asked, Ready};
use super::fold::{Found, Frame, Told, fold_together};
use super::glance::{Glance, glances};
use super::healing::Healing;
use super::hearing::Hearing;
use super::leaf::{Arrivals, Batch, Heard};
use super::own::Own;
use super::pairs::fold_pairs;
use super::record::Recorder;
use super::relay::Relayed;
use super::sight::Together;
use super::track::Track;
use crate::ids::NodeId;

/// So many leaves are folded together at most: each but the first finds what was looked at in the cache, and each takes memory
/// meanwhile. Source: none, a guess; only time and memory see it.
const TEAM: usize = 8;

/// A leaf, and what it was told.
pub(super) type Member<'b> = (usize, &'b [Heard]);

/// A leaf that only follows, what it was told, and how soon it saw what frames brought where that is asked for.
type Follower<'b> = (usize, &'b Track, Option<Glance>);

/// What was found at one leaf.
pub(super) struct Folded {
    pub(super) leaf: usize,
    pub(super) found: Found,
    /// What the other member of its pair told it.
    pub(super) relayed: Option<Relayed>,
}

/// With what a leaf is folded.
pub(super) fn frame_of<'b>(ready: &'b [Ready<'_>], about: &Leaf) -> Frame<'b> {
    let mine = ready.iter().find(|ready| ready.index == about.class);
    mine.expect("a hub's leaves are of its classes").frame(ready)
}

/// Folds leaves that their hub tells, and who tell nobody.
fn fold_team(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    team: &[Member<'_>],
) -> Vec<Folded> {
    let frames: Vec<Frame<'_>> = team.iter().map(|(leaf, _)| frame_of(ready, &cast.leaves[*leaf])).collect();
    let each = || team.iter().zip(&frames);
    let owns: Vec<Option<Own<'_>>> =
        each().map(|((leaf, heard), frame)| Own::new(frame.field, &record.logs[*leaf], heard)).collect();
    let told = each().zip(&owns).map(|(((_, heard), _), own)| {
        let own = own.as_ref();
        Told { heard, track: None, own, via: None, glanced: None }
    });
    let told: Vec<Told<'_>> = told.collect();
    let all: Vec<_> =
        each().zip(&told).map(|(((leaf, _), frame), told)| (frame, &cast.leaves[*leaf], told)).collect();
    let found = fold_together(&all).into_iter().zip(team);
    found.map(|(found, (leaf, _))| Folded { leaf: *leaf, found, relayed: None }).collect()
}

/// Folds leaves that only follow.
fn fold_followers(cast: &Cast, ready: &[Ready<'_>], team: &[Follower<'_>]) -> Vec<Folded> {
    let frames: Vec<Frame<'_>> = team.iter().map(|(leaf, ..)| frame_of(ready, &cast.leaves[*leaf])).collect();
    let told = team.iter().map(|(_, track, glanced)| Told {
        heard: &[],
        track: Some(track),
        own: None,
        via: None,
        glanced: *glanced,
    });
    let told: Vec<Told<'_>> = told.collect();
    let each = team.iter().zip(&frames).zip(&told);
    let all: Vec<_> = each.map(|(((leaf, ..), frame), told)| (frame, &cast.leaves[*leaf], told)).collect();
    let found = fold_together(&all).into_iter().zip(team);
    found.map(|(found, (leaf, ..))| Folded { leaf: *leaf, found, relayed: None }).collect()
}

/// Takes together with others of its class what a leaf saw that its hub tells, and of what is brief its sums alone.
fn take(
    leaves: &[Leaf],
    (ready, healing, asked): (&[Ready<'_>], &Healing, Asked),
    one: &mut Folded,
    seen: &mut BTreeMap<usize, Together>,
) {
    let class = leaves[one.leaf].class;
    let mine = ready.iter().find(|ready| ready.index == class).expect("a hub's leaves are of its classes");
    // Only the second member of a pair asks for it, while both are folded.
    one.found.walked = Vec::new();
    if mine.field.class.relay.is_some() {
        one.found.applied = Vec::new();
    } else {
        let together = seen.entry(class).or_default();
        together.sum(&one.found.findings);
        if !asked.is_brief {
            together.take((&mine.field, healing), one.leaf, &mut one.found);
        }
    }
    if !asked.keeps_all {
        one.found.findings.sum_up();
    }
}

/// Those who only follow, in teams of one class; how soon they saw what frames brought is found at once for all of a class.
fn followers<'b>(
    cast: &Cast,
    ready: &[Ready<'_>],
    is_brief: bool,
    all: &'b [(usize, Track)],
) -> Vec<Vec<Follower<'b>>> {
    let mut teams = Vec::new();
    for ready in ready {
        let is_mine = |(leaf, _): &&(usize, Track)| cast.leaves[*leaf].class == ready.index;
        let mine: Vec<&(usize, Track)> = all.iter().filter(is_mine).collect();
        let glanced = if is_brief {
            vec![None; mine.len()]
        } else {
            let done: Vec<&[u64]> = mine.iter().map(|(_, track)| track.done()).collect();
            glances(&ready.brings.fresh, &done, ready.field.end).into_iter().map(Some).collect()
        };
        let each = mine.into_iter().zip(glanced).map(|((leaf, track), glanced)| (*leaf, track, glanced));
        teams.extend(each.collect::<Vec<_>>().chunks(TEAM).map(<[_]>::to_vec));
    }
    teams
}

/// Puts with the tracks who was told every frame, but not by a line.
fn sort_out(record: &Recorder<'_>, hub: NodeId, is_brief: bool, arrivals: &mut Arrivals) {
    let Arrivals { heard, tracks } = arrivals;
    let frames = record.frames(hub);
    let follows =
        |(leaf, heard): &mut (usize, Hearing)| record.only_follows(*leaf) && heard.frames() == frames;
    for (leaf, heard) in heard.extract_if(.., follows) {
        let mut track = Track::new(frames, !is_brief);
        heard.iter().for_each(|one| track.add(one.done, &one.way, &one.served));
        tracks.push((leaf, track));
    }
}

/// Leaves that can be folded together: of one class, and of pairs also of one class of second members. Those whose session broke
/// are apart, as they take far longer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    class: usize,
    of_second: Option<usize>,
    is_broken: bool,
}

impl Kind {
    fn of(cast: &Cast, record: &Recorder<'_>, leaf: usize) -> Self {
        let about = &cast.leaves[leaf];
        let of_second = match about.part {
            Part::First { tells } => Some(cast.leaves[tells].class),
            Part::Alone | Part::Second { .. } => None,
        };
        Self { class: about.class, of_second, is_broken: record.is_broken(leaf) }
    }

    /// How many are a team. Of those that take long it is fewer: each takes memory, some 40 MiB behind the partition of
    /// `global-10k.yaml`, and other threads would wait for the last, 18 s for a team of two pairs there. Too few walk each by
    /// itself what could be walked together: `global-1k.yaml` takes 1.05 times as long with teams of two as of four.
    fn team(self, threads: usize) -> usize {
        match (threads, self.is_broken, self.of_second) {
            (1, false, _) => TEAM,
            (1, true, _) | (_, false, _) => TEAM / 2,
            (_, true, None) => TEAM / 4,
            (_, true, Some(_)) => 1,
        }
    }
}

/// Who does not only follow, members of pairs and leaves whose session broke: of these a line has few, which wait for those of
/// other lines.
#[derive(Default)]
struct Few(BTreeMap<Kind, Vec<(usize, Hearing)>>);

impl Few {
    fn enter(&mut self, cast: &Cast, record: &Recorder<'_>, all: Vec<(usize, Hearing)>) {
        for one in all {
            self.0.entry(Kind::of(cast, record, one.0)).or_default().push(one);
        }
    }

    /// Those of a kind that are enough for teams; or whoever is left, some for each thread.
    fn leave(&mut self, is_last: bool, threads: usize) -> Vec<Vec<(usize, Hearing)>> {
        let mut teams = Vec::new();
        for (kind, waiting) in &mut self.0 {
            let most = kind.team(threads);
            while waiting.len() >= most {
                teams.push(waiting.drain(..most).collect());
            }
            if is_last && !waiting.is_empty() {
                let some = waiting.len().div_ceil(threads);
                while !waiting.is_empty() {
                    teams.push(waiting.drain(..some.min(waiting.len())).collect());
                }
            }
        }
        teams
    }
}

/// Takes the batches, one a thread at a time, and the leaves of one by threads that have nothing else to do; also what the leaves
/// of each class saw. The order in which they are done does not matter. One of several threads does something else first.
pub(super) fn fold_all(
    (cast, record, healing): (&Cast, &Recorder<'_>, &Healing),
    ready: &[Ready<'_>],
    batches: Vec<Batch<'_>>,
    asked: Asked,
    aside: impl FnOnce() + Send,
) -> Option<(Vec<Folded>, BTreeMap<usize, Together>)> {
    let Asked { threads, is_brief, .. } = asked;
    let waiting = Mutex::new(batches);
    let done: Mutex<Option<(Vec<Folded>, BTreeMap<usize, Together>)>> = Mutex::new(Some(Default::default()));
    let crew = Crew::default();
    let fold = |teams: usize, team: &(dyn Fn(usize) -> Option<Vec<Folded>> + Sync)| {
        let seen: Mutex<BTreeMap<usize, Together>> = Mutex::default();
        let folded = crew.share(teams, &|number| {
            let mut folded = team(number)?;
            let mut seen = seen.lock().expect("no thread dies with the lock");
            folded.iter_mut().for_each(|one| take(&cast.leaves, (ready, healing, asked), one, &mut seen));
            drop(seen);
            Some(folded)
        });
        let seen = seen.into_inner().expect("all threads are done");
        let mut done = done.lock().expect("no thread dies with the lock");
        let is_whole = folded.iter().all(Option::is_some);
        match done.as_mut().filter(|_| is_whole) {
            Some((all, together)) => {
                all.extend(folded.into_iter().flatten().flatten());
                for (class, seen) in seen {
                    together.entry(class).or_default().join(seen);
                }
            }
            None => *done = None,
        }
    };
    let fold_few = |few: &mut Few, is_last| {
        let teams = few.leave(is_last, threads);
        fold(teams.len(), &|number| {
            let team = &teams[number];
            let heard: Vec<Vec<Heard>> = team.iter().map(|(_, hearing)| hearing.iter().collect()).collect();
            let team: Vec<Member<'_>> =
                team.iter().zip(&heard).map(|((leaf, _), heard)| (*leaf, heard.as_slice())).collect();
            match &team[..] {
                pairs if cast.leaves[pairs[0].0].part.is_first() => fold_pairs((cast, record), ready, pairs),
                team => Some(fold_team((cast, record), ready, team)),
            }
        });
    };
    let work = || {
        let mut few = Few::default();
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { break };
            let hub = batch.hub;
            let is_whole = (batch.give)(&mut |mut arrivals: Arrivals| {
                sort_out(record, hub, is_brief, &mut arrivals);
                let teams = followers(cast, ready, is_brief, &arrivals.tracks);
                fold(teams.len(), &|number| Some(fold_followers(cast, ready, &teams[number])));
                few.enter(cast, record, arrivals.heard);
            });
            if !is_whole {
                *done.lock().expect("no thread dies with the lock") = None;
            }
            fold_few(&mut few, false);
        }
        fold_few(&mut few, true);
        crew.rest();
    };
    std::thread::scope(|scope| {
        if threads > 1 {
            scope.spawn(|| {
                aside();
                work();
            });
        }
        for _ in 2..threads {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().expect("all threads are done")
}
