//! Pairs: both members of HA pairs, of which the hub tells the first, and the first the second.
//!
//! Knows in which order they are folded. Must not know how a leaf is folded.

use std::collections::BTreeMap;

use super::cast::{Cast, Part};
use super::desk::Desk;
use super::find::Ready;
use super::fold::{Found, Frame, Told, fold_together};
use super::glance::{Glance, glances};
use super::leaf::Heard;
use super::own::Own;
use super::record::Recorder;
use super::relay::{Relayed, Via};
use super::team::{Folded, Member, frame_of};
use crate::units::Instant;

/// How often what a first member passes on is worked out, until it agrees with what it applies. Source: none, a guess; two
/// are enough where a refusal does not hang on how busy it is.
const ROUNDS: usize = 8;

/// A first member, folded.
struct First {
    leaf: usize,
    tells: usize,
    desk: Desk,
    found: Found,
}

/// Folds pairs whose members are each of one class. `None`: some were a pair too late.
pub(super) fn fold_pairs(
    (cast, record): (&Cast, &Recorder<'_>),
    ready: &[Ready<'_>],
    pairs: &[Member<'_>],
) -> Option<Vec<Folded>> {
    let frame = frame_of(ready, &cast.leaves[pairs.first()?.0]);
    let firsts = fold_firsts((cast, record), &frame, pairs)?;
    let seconds =
        fold_seconds((cast, record), &frame, &frame_of(ready, &cast.leaves[firsts[0].tells]), &firsts);
    let mut folded = Vec::with_capacity(2 * pairs.len());
    for (First { leaf, tells, desk, found }, second) in firsts.into_iter().zip(seconds) {
        let Desk { served, first, second: spent, loads, .. } = desk;
        let ends = (cast.leaves[leaf].node, cast.leaves[tells].node);
        let relayed = Some(Relayed { ends, served, first, second: spent, loads });
        folded.push(Folded { leaf: tells, found: second, relayed });
        folded.push(Folded { leaf, found, relayed: None });
    }
    Some(folded)
}

/// Folds the members that these tell, together.
fn fold_seconds(
    (cast, record): (&Cast, &Recorder<'_>),
    of_first: &Frame<'_>,
    of_second: &Frame<'_>,
    firsts: &[First],
) -> Vec<Found> {
    let field = of_first.field;
    let each = firsts.iter();
    let owns: Vec<Option<Own<'_>>> =
        each.map(|first| Own::new(field, &record.logs[first.leaf], &first.desk.heard)).collect();
    let each = firsts.iter().zip(&owns).map(|(First { leaf, desk, found, .. }, own)| Via {
        node: cast.leaves[*leaf].node,
        field,
        own: own.as_ref(),
        found,
        desk,
    });
    let vias: Vec<Via<'_>> = each.collect();
    let heard: Vec<Vec<Heard>> = vias.iter().map(Via::heard).collect();
    let each = owns.iter().zip(&heard);
    let owns: Vec<Option<Own<'_>>> =
        each.map(|(own, heard)| Some(own.as_ref()?.told_on(field, heard))).collect();
    let each = vias.iter().zip(&heard).zip(&owns);
    let told = each.zip(glance(of_second, &owns, &heard)).map(|(((via, heard), own), glanced)| {
        let own = own.as_ref();
        Told { heard, own, via: Some(via), track: None, glanced }
    });
    let told: Vec<Told<'_>> = told.collect();
    let each = firsts.iter().zip(&told);
    let all: Vec<_> = each.map(|(first, told)| (of_second, &cast.leaves[first.tells], told)).collect();
    fold_together(&all)
}

/// How soon each of these members saw what frames brought, of those that were told every frame, one after the other.
fn glance<H: AsRef<[Heard]>>(
    frame: &Frame<'_>,
    owns: &[Option<Own<'_>>],
    heard: &[H],
) -> Vec<Option<Glance>> {
    let plain = owns.iter().zip(heard).filter(|(own, _)| own.is_none());
    let times = |heard: &[Heard]| heard.iter().map(|heard| heard.done.nanos()).collect::<Vec<u64>>();
    let done: Vec<Vec<u64>> = plain.map(|(_, heard)| times(heard.as_ref())).collect();
    let done: Vec<&[u64]> = done.iter().map(Vec::as_slice).collect();
    let mut found = glances(frame.fresh, &done, frame.field.end).into_iter();
    owns.iter().map(|own| own.is_none().then(|| found.next().expect("one for each"))).collect()
}

/// Folds the members that their hub tells, together. How much each passes on, and so how busy it is, follows from what it
/// applies, and that from how busy it is.
fn fold_firsts(
    (cast, record): (&Cast, &Recorder<'_>),
    frame: &Frame<'_>,
    pairs: &[Member<'_>],
) -> Option<Vec<First>> {
    let mut done: Vec<Option<First>> = pairs.iter().map(|_| None).collect();
    let mut left: Vec<(usize, BTreeMap<u32, i64>)> =
        (0..pairs.len()).map(|place| (place, BTreeMap::new())).collect();
    for _ in 0..ROUNDS {
        let each = left.iter().map(|(place, unlike)| desk((cast, record), frame, pairs[*place], unlike));
        let desks = each.collect::<Option<Vec<Desk>>>()?;
        let each = || left.iter().zip(&desks).map(|((place, _), desk)| (pairs[*place].0, desk));
        let owns: Vec<Option<Own<'_>>> =
            each().map(|(leaf, desk)| Own::new(frame.field, &record.logs[leaf], &desk.heard)).collect();
        let heard: Vec<&[Heard]> = desks.iter().map(|desk| desk.heard.as_slice()).collect();
        let seen = glance(frame, &owns, &heard);
        let told = heard.iter().zip(&owns).zip(seen).map(|((heard, own), glanced)| {
            let own = own.as_ref();
            Told { heard, own, via: None, track: None, glanced }
        });
        let told: Vec<Told<'_>> = told.collect();
        let all: Vec<_> =
            each().zip(&told).map(|((leaf, _), told)| (frame, &cast.leaves[leaf], told)).collect();
        let found = fold_together(&all);
        let mut again = Vec::new();
        for (((place, unlike), desk), found) in left.into_iter().zip(desks).zip(found) {
            if found.unlike == unlike {
                let (leaf, _) = pairs[place];
                done[place] = Some(First { leaf, tells: told_by(cast, leaf), desk, found });
            } else {
                again.push((place, found.unlike));
            }
        }
        left = again;
        if left.is_empty() {
            break;
        }
    }
    done.into_iter().collect()
}

/// What a first member passes on, if what it applies is unlike what frames hold by so much; `None`: they were a pair too late.
fn desk(
    (cast, record): (&Cast, &Recorder<'_>),
    frame: &Frame<'_>,
    (leaf, heard): (usize, &[Heard]),
    unlike: &BTreeMap<u32, i64>,
) -> Option<Desk> {
    let tells = told_by(cast, leaf);
    let Part::Second { sync, .. } = &cast.leaves[tells].part else { unreachable!("a first tells a second") };
    let first = heard.first().map_or(Instant::NEVER, |heard| heard.done);
    record.joined_at[tells].filter(|joined| *joined < first)?;
    let logs = (&record.logs[leaf], &record.logs[tells]);
    Desk::new(frame.field, sync, logs, heard, unlike, frame.each)
}

/// Whom a first member tells.
fn told_by(cast: &Cast, leaf: usize) -> usize {
    let Part::First { tells } = cast.leaves[leaf].part else { unreachable!("a pair has a first member") };
    tells
}
