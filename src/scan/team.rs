//! Team: which leaves are folded together, and on which thread.
//!
//! What must be walked at one is mostly what must be walked at others. Knows batches and members of pairs. Must not know how a
//! leaf is folded.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::brief::fold_briefly;
use super::cast::{Cast, Leaf, Part};
use super::crew::Crew;
use super::find::Ready;
use super::fold::{Found, Frame, Told, fold_together};
use super::glance::{Glance, glances};
use super::healing::Healing;
use super::leaf::{Arrivals, Batch, Heard};
use super::own::{Own, is_whole};
use super::pairs::fold_pairs;
use super::record::Recorder;
use super::relay::Relayed;
use super::sight::Together;

/// So many leaves are folded together at most: each but the first finds what was looked at in the cache, and each takes memory
/// meanwhile. Source: none, a guess; only time and memory see it.
const TEAM: usize = 8;

/// A leaf, what it was told, and how soon it saw what frames brought where that is known.
pub(super) type Member<'b> = (usize, &'b [Heard], Option<Glance>);

/// What was found at one leaf.
pub(super) struct Folded {
    pub(super) leaf: usize,
    pub(super) found: Found,
    /// What the other member of its pair told it.
    pub(super) relayed: Option<Relayed>,
}

/// A leaf of which only what is brief is asked for, and when it applied each frame.
type Simple<'b> = (usize, &'b [u64]);

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
    let frames: Vec<Frame<'_>> = team.iter().map(|(leaf, ..)| frame_of(ready, &cast.leaves[*leaf])).collect();
    let each = || team.iter().zip(&frames);
    let owns: Vec<Option<Own<'_>>> =
        each().map(|((leaf, heard, _), frame)| Own::new(frame.field, &record.logs[*leaf], heard)).collect();
    let told: Vec<Told<'_>> = team
        .iter()
        .zip(&owns)
        .map(|((_, heard, glanced), own)| Told {
            heard,
            own: own.as_ref(),
            via: None,
            glanced: *glanced,
            done: None,
        })
        .collect();
    let all: Vec<_> =
        each().zip(&told).map(|(((leaf, ..), frame), told)| (frame, &cast.leaves[*leaf], told)).collect();
    let found = fold_together(&all).into_iter().zip(team);
    found.map(|(found, (leaf, ..))| Folded { leaf: *leaf, found, relayed: None }).collect()
}

/// Folds leaves of which only what is brief is asked for.
fn fold_simple_team(cast: &Cast, ready: &[Ready<'_>], team: &[Simple<'_>]) -> Vec<Folded> {
    let frames: Vec<Frame<'_>> = team.iter().map(|(leaf, _)| frame_of(ready, &cast.leaves[*leaf])).collect();
    let all: Vec<_> =
        team.iter().zip(&frames).map(|((leaf, done), frame)| (frame, &cast.leaves[*leaf], *done)).collect();
    let found = fold_briefly(&all).into_iter().zip(team);
    found.map(|(found, (leaf, _))| Folded { leaf: *leaf, found, relayed: None }).collect()
}

/// Takes together with others of its class what a leaf saw that its hub tells.
fn take(
    leaves: &[Leaf],
    (ready, healing): (&[Ready<'_>], &Healing),
    one: &mut Folded,
    seen: &mut BTreeMap<usize, Together>,
) {
    let class = leaves[one.leaf].class;
    let mine = ready.iter().find(|ready| ready.index == class).expect("a hub's leaves are of its classes");
    if mine.field.class.relay.is_some() {
        one.found.applied = Vec::new();
        one.found.walked = Vec::new();
        return;
    }
    let about = (&mine.field, &mine.pattern, healing);
    seen.entry(class).or_default().take(about, one.leaf, &mut one.found);
}

/// How soon the leaves saw what frames brought, of those that were simply told every frame.
fn glance_all(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    all: &[(usize, Vec<Heard>)],
) -> Vec<Option<Glance>> {
    let mut glanced = vec![None; all.len()];
    for ready in ready {
        let frames = ready.pattern.sent.len();
        let is_plain = |(leaf, heard): &(usize, Vec<Heard>)| {
            let about = &cast.leaves[*leaf];
            about.class == ready.index
                && matches!(about.part, Part::Alone)
                && is_whole(&record.logs[*leaf], heard, frames)
        };
        let places: Vec<usize> = (0..all.len()).filter(|place| is_plain(&all[*place])).collect();
        let heard: Vec<&[Heard]> = places.iter().map(|place| all[*place].1.as_slice()).collect();
        let found = glances(&ready.brings.fresh, &heard, ready.field.end);
        for (place, one) in places.into_iter().zip(found) {
            glanced[place] = Some(one);
        }
    }
    glanced
}

/// Leaves that can be folded together: of one class, and of pairs also of one class of second members.
type Kind = (usize, Option<usize>);

/// Some of one kind.
type Team<'b> = Vec<Member<'b>>;

fn kind_of(cast: &Cast, leaf: usize) -> Kind {
    let about = &cast.leaves[leaf];
    let of_second = match about.part {
        Part::First { tells } => Some(cast.leaves[tells].class),
        Part::Alone | Part::Second { .. } => None,
    };
    (about.class, of_second)
}

/// Members of pairs, and leaves whose session broke: of these a line has few, which wait for those of other lines.
#[derive(Default)]
struct Few(BTreeMap<Kind, Vec<(usize, Vec<Heard>)>>);

impl Few {
    /// Takes those leaves of a batch of which it is not known how soon they saw what frames brought.
    fn enter(&mut self, cast: &Cast, all: Vec<(usize, Vec<Heard>)>, glanced: &[Option<Glance>]) {
        for (one, _) in all.into_iter().zip(glanced).filter(|(_, glanced)| glanced.is_none()) {
            self.0.entry(kind_of(cast, one.0)).or_default().push(one);
        }
    }

    /// Those of a kind that are enough for teams; or whoever is left.
    fn leave(&mut self, is_last: bool) -> Vec<Vec<(usize, Vec<Heard>)>> {
        let mut teams = Vec::new();
        for waiting in self.0.values_mut() {
            while waiting.len() >= TEAM || is_last && !waiting.is_empty() {
                teams.push(waiting.drain(..waiting.len().min(TEAM)).collect());
            }
        }
        teams
    }
}

/// Those of a batch that were told every frame, one after the other, in teams.
fn plain<'b>(cast: &Cast, all: &'b [(usize, Vec<Heard>)], glanced: &[Option<Glance>]) -> Vec<Team<'b>> {
    let mut kinds: BTreeMap<Kind, Team<'b>> = BTreeMap::new();
    for ((leaf, heard), glanced) in all.iter().zip(glanced).filter(|(_, glanced)| glanced.is_some()) {
        kinds.entry(kind_of(cast, *leaf)).or_default().push((*leaf, heard.as_slice(), *glanced));
    }
    kinds.values().flat_map(|kind| kind.chunks(TEAM)).map(<[_]>::to_vec).collect()
}

/// Those of which only what is brief is asked for, in teams of one class.
fn simple<'b>(cast: &Cast, all: &'b [(usize, Vec<u64>)]) -> Vec<Vec<Simple<'b>>> {
    let mut classes: BTreeMap<usize, Vec<Simple<'b>>> = BTreeMap::new();
    for (leaf, done) in all {
        classes.entry(cast.leaves[*leaf].class).or_default().push((*leaf, done.as_slice()));
    }
    classes.values().flat_map(|class| class.chunks(TEAM)).map(<[_]>::to_vec).collect()
}

/// Whether a leaf, which its hub tells, tells another.
fn is_pair(cast: &Cast, leaf: usize) -> bool {
    matches!(cast.leaves[leaf].part, Part::First { .. })
}

/// Takes the batches, one a thread at a time, and the leaves of one by threads that have nothing else to do; also what the leaves
/// of each class saw. The order in which they are done does not matter. One of several threads does something else first.
pub(super) fn fold_all(
    (cast, record, healing): (&Cast, &Recorder<'_>, &Healing),
    ready: &[Ready<'_>],
    batches: Vec<Batch<'_>>,
    (threads, aside): (usize, impl FnOnce() + Send),
) -> Option<(Vec<Folded>, BTreeMap<usize, Together>)> {
    let waiting = Mutex::new(batches);
    let done: Mutex<Option<(Vec<Folded>, BTreeMap<usize, Together>)>> = Mutex::new(Some(Default::default()));
    let crew = Crew::default();
    let fold_teams = |teams: &[Team<'_>]| {
        let seen: Mutex<BTreeMap<usize, Together>> = Mutex::default();
        let folded = crew.share(teams.len(), &|number| {
            let mut folded = match &teams[number][..] {
                pairs if is_pair(cast, pairs[0].0) => fold_pairs((cast, record), ready, pairs)?,
                team => fold_team((cast, record), ready, team),
            };
            let mut seen = seen.lock().expect("no thread dies with the lock");
            folded.iter_mut().for_each(|one| take(&cast.leaves, (ready, healing), one, &mut seen));
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
    let fold_simple = |all: &[(usize, Vec<u64>)]| {
        let teams = simple(cast, all);
        let folded = crew.share(teams.len(), &|number| fold_simple_team(cast, ready, &teams[number]));
        if let Some((all, _)) = done.lock().expect("no thread dies with the lock").as_mut() {
            all.extend(folded.into_iter().flatten());
        }
    };
    let fold_few = |few: &mut Few, is_last| {
        let teams = few.leave(is_last);
        let each = teams.iter().map(|team| team.iter().map(|(leaf, heard)| (*leaf, heard.as_slice(), None)));
        fold_teams(&each.map(Iterator::collect).collect::<Vec<_>>());
    };
    let work = || {
        let mut few = Few::default();
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { break };
            let is_whole = (batch.give)(&mut |Arrivals { heard, done }| {
                let glanced = glance_all((cast, record), ready, &heard);
                fold_teams(&plain(cast, &heard, &glanced));
                few.enter(cast, heard, &glanced);
                fold_simple(&done);
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
