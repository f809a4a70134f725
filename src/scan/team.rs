//! Team: which leaves are folded together, and on which thread.
//!
//! Those whose session broke must walk much the same addresses; the others have nothing to tell each other. Knows batches
//! and members of pairs. Must not know how a leaf is folded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::cast::{Cast, Leaf, Part};
use super::crew::Crew;
use super::desk::Desk;
use super::find::Ready;
use super::fold::{Found, Frame, Told, fold, fold_together};
use super::glance::glances;
use super::healing::Healing;
use super::leaf::{Batch, Heard};
use super::own::{Own, is_whole};
use super::record::Recorder;
use super::relay::{Relayed, Via};
use super::sight::Together;
use crate::observe::VISIBILITY_SPANS;
use crate::units::Instant;

/// So many leaves are folded together at most: each but the first finds what was looked at in the cache, and each takes memory
/// meanwhile. Source: none, a guess; only time and memory see it.
const TEAM: usize = 8;

/// How soon a leaf saw what frames brought, where that is known.
type Glanced = Option<[u64; VISIBILITY_SPANS.len()]>;

/// How often what a first member passes on is worked out, until it agrees with what it applies. Source: none, a guess; two
/// are enough where a refusal does not hang on how busy it is.
const ROUNDS: usize = 8;

/// What was found at one leaf.
pub(super) struct Folded {
    pub(super) leaf: usize,
    pub(super) found: Found,
    /// What the other member of its pair told it.
    pub(super) relayed: Option<Relayed>,
}

/// With what a leaf is folded.
fn frame_of<'b>(ready: &'b [Ready<'_>], about: &Leaf) -> Frame<'b> {
    let mine = ready.iter().find(|ready| ready.index == about.class);
    mine.expect("a hub's leaves are of its classes").frame(ready)
}

/// Folds leaves that their hub tells, and who tell nobody.
fn fold_team(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    team: &[(usize, &[Heard], Glanced)],
) -> Vec<Folded> {
    let frames: Vec<Frame<'_>> = team.iter().map(|(leaf, ..)| frame_of(ready, &cast.leaves[*leaf])).collect();
    let each = || team.iter().zip(&frames);
    let owns: Vec<Option<Own<'_>>> =
        each().map(|((leaf, heard, _), frame)| Own::new(frame.field, &record.logs[*leaf], heard)).collect();
    let told: Vec<Told<'_>> = team
        .iter()
        .zip(&owns)
        .map(|((_, heard, glanced), own)| Told { heard, own: own.as_ref(), via: None, glanced: *glanced })
        .collect();
    let all: Vec<_> =
        each().zip(&told).map(|(((leaf, ..), frame), told)| (frame, &cast.leaves[*leaf], told)).collect();
    let found = fold_together(&all).into_iter().zip(team);
    found.map(|(found, (leaf, ..))| Folded { leaf: *leaf, found, relayed: None }).collect()
}

/// Folds the first member of a pair, which its hub tells, and the one that it tells. `None`: they were a pair too late.
fn fold_pair(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    (leaf, tells): (usize, usize),
    heard: &[Heard],
) -> Option<Vec<Folded>> {
    let about = &cast.leaves[leaf];
    let frame = frame_of(ready, about);
    let log = &record.logs[leaf];
    let other = &cast.leaves[tells];
    let Part::Second { sync, .. } = &other.part else { unreachable!("a first tells a second") };
    let first = heard.first().map_or(Instant::NEVER, |heard| heard.done);
    record.joined_at[tells].filter(|joined| *joined < first)?;
    // How much the first passes on, and so how busy it is, follows from what it applies, and that from how busy it is.
    let mut unlike = BTreeMap::new();
    for _ in 0..ROUNDS {
        let desk = Desk::new(frame.field, sync, (log, &record.logs[tells]), heard, &unlike, frame.each)?;
        let own = Own::new(frame.field, log, &desk.heard);
        let told = Told { heard: &desk.heard, own: own.as_ref(), via: None, glanced: None };
        let mut found = fold(&frame, about, &told);
        if found.unlike != unlike {
            unlike = found.unlike;
            continue;
        }
        let via = Via { node: about.node, field: frame.field, own: own.as_ref(), found: &found, desk: &desk };
        let heard = via.heard();
        let own = own.as_ref().map(|own| own.told_on(frame.field, &heard));
        let told = Told { heard: &heard, own: own.as_ref(), via: Some(&via), glanced: None };
        let second = fold(&frame_of(ready, other), other, &told);
        let ends = (about.node, other.node);
        let relayed = Some(Relayed {
            ends,
            served: desk.served,
            first: desk.first,
            second: desk.second,
            loads: desk.loads.clone(),
        });
        found.walked = Vec::new();
        let second = Folded { leaf: tells, found: second, relayed };
        return Some(vec![second, Folded { leaf, found, relayed: None }]);
    }
    None
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
) -> Vec<Glanced> {
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

/// Those of a batch that are folded together. Who was told every frame, one after the other, is folded alone, and so is a pair.
fn teams<'b>(
    cast: &Cast,
    all: &'b [(usize, Vec<Heard>)],
    glanced: &[Glanced],
) -> Vec<Vec<(usize, &'b [Heard], Glanced)>> {
    let each = all.iter().zip(glanced).map(|((leaf, heard), glanced)| (*leaf, heard.as_slice(), *glanced));
    let is_broken = |(leaf, _, glanced): &(usize, &[Heard], Glanced)| {
        glanced.is_none() && matches!(cast.leaves[*leaf].part, Part::Alone)
    };
    let (broken, others): (Vec<_>, Vec<_>) = each.partition(is_broken);
    let is_pair = |(leaf, ..): &(usize, &[Heard], Glanced)| !matches!(cast.leaves[*leaf].part, Part::Alone);
    let (pairs, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_pair);
    let of_class = |class: usize| {
        let mine = broken.iter().filter(|(leaf, ..)| cast.leaves[*leaf].class == class);
        mine.copied().collect::<Vec<_>>()
    };
    let classes: BTreeSet<usize> = broken.iter().map(|(leaf, ..)| cast.leaves[*leaf].class).collect();
    let teams = classes.into_iter().map(of_class);
    let teams = teams.flat_map(|team| team.chunks(TEAM).map(<[_]>::to_vec).collect::<Vec<_>>());
    // Those that take longest first.
    let pairs = pairs.into_iter().map(|one| vec![one]);
    pairs.chain(teams).chain(others.into_iter().map(|one| vec![one])).collect()
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
    let work = || {
        loop {
            let Some(batch) = waiting.lock().expect("no thread dies with the lock").pop() else { break };
            let mut found = Vec::new();
            let seen: Mutex<BTreeMap<usize, Together>> = Mutex::default();
            let mut is_late = false;
            let is_whole = (batch.give)(&mut |all: &[(usize, Vec<Heard>)]| {
                let glanced = glance_all((cast, record), ready, all);
                let teams = teams(cast, all, &glanced);
                let folded = crew.share(teams.len(), &|number| {
                    let mut folded = match &teams[number][..] {
                        [(leaf, heard, _)] if let Part::First { tells } = cast.leaves[*leaf].part => {
                            fold_pair((cast, record), ready, (*leaf, tells), heard)?
                        }
                        team => fold_team((cast, record), ready, team),
                    };
                    let mut seen = seen.lock().expect("no thread dies with the lock");
                    folded.iter_mut().for_each(|one| take(&cast.leaves, (ready, healing), one, &mut seen));
                    Some(folded)
                });
                is_late |= folded.iter().any(Option::is_none);
                found.extend(folded.into_iter().flatten().flatten());
            });
            let seen = seen.into_inner().expect("all threads are done");
            let mut done = done.lock().expect("no thread dies with the lock");
            match done.as_mut().filter(|_| is_whole && !is_late) {
                Some((all, together)) => {
                    all.extend(found);
                    for (class, seen) in seen {
                        together.entry(class).or_default().join(seen);
                    }
                }
                None => *done = None,
            }
        }
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
