//! Rounds: what cannot simply be moved is walked again address by address, each at all leaves that are folded together, so
//! that what an address was told is at hand for every leaf but the first.
//!
//! Knows who has to walk which address. Must not know what a walk gives.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::fold::Folding;
use super::numbers::NONE;
use super::stretch::{Settled, Stretch};
use super::tape::Tape;
use super::walk::walk;
use crate::ids::AddressId;

/// An address, and the first and the last frame that is why.
type Spot = (AddressId, u32, u32);

/// What one leaf has to look at, in the order of addresses.
struct Round {
    /// What must be walked.
    odd: Peekable<IntoIter<Spot>>,
    /// What need not, if the leaf missed nothing but a refresh that made no difference.
    missed: Peekable<IntoIter<Spot>>,
    /// The same, if nothing came late but such a refresh.
    late: Peekable<IntoIter<Spot>>,
    /// What was looked at, where another is told of it.
    walked: Vec<Spot>,
}

/// Walks again whatever the pattern does not fit, at each of these leaves of one class, and judges what they were told
/// otherwise. Cost: a walk for each such address and leaf, and one more for the address.
pub(super) fn walk_odd(leaves: &mut [Folding<'_>]) {
    let mut rounds: Vec<Round> = leaves.iter_mut().map(Round::new).collect();
    let settled = Settled::new(leaves);
    let (mut tape, mut supposed) = (Tape::default(), Tape::default());
    while let Some(address) = rounds.iter_mut().filter_map(Round::next).min() {
        let both = leaves.iter_mut().zip(&mut rounds);
        let mut odd: Vec<(&mut Folding<'_>, Spot)> =
            both.filter_map(|(leaf, round)| round.take(leaf, address).map(|spot| (leaf, spot))).collect();
        let first = odd.iter().map(|(_, (_, first, _))| *first).min();
        let last = odd.iter().map(|(_, (.., last))| *last).max();
        let (Some((leaf, _)), Some(first), Some(last)) = (odd.first(), first, last) else { continue };
        let (field, sent) = (leaf.frame.field, &leaf.frame.pattern.sent);
        let stretch = settled.stretch(leaf, address, first, last);
        field.warm(address, &stretch);
        walk(&field.ground(address, &stretch), |frame| sent[frame as usize], &mut supposed);
        for (leaf, _) in &mut odd {
            leaf.walk_again(address, &stretch, (&supposed, &mut tape));
        }
    }
    for (leaf, round) in leaves.iter_mut().zip(rounds) {
        leaf.walked = round.walked;
        let tells = leaf.leaf.part.is_first();
        for address in &leaf.frame.pattern.wild {
            leaf.walk_wild(*address);
            if tells {
                // It need not be wild for the other member of a pair, whose timeout may differ.
                leaf.walked.push((*address, 0, NONE));
            }
        }
    }
}

impl Round {
    fn new(leaf: &mut Folding<'_>) -> Self {
        let wild = &leaf.frame.pattern.is_wild;
        let (mut odd, late) = leaf.odd();
        odd.extend(&leaf.touched);
        let own = leaf.own.filter(|_| leaf.via.is_none());
        let missed = own.map_or_else(Vec::new, |own| own.missed(leaf.frame.field).merged());
        missed
            .iter()
            .filter(|(address, ..)| wild[address.index()])
            .for_each(|(address, ..)| leaf.take_news(*address));
        let [odd, missed, late] = [odd.merged(), missed, late.merged()].map(|mut spots| {
            spots.retain(|(address, ..)| !wild[address.index()]);
            spots.into_iter().peekable()
        });
        Self { odd, missed, late, walked: Vec::new() }
    }

    fn next(&mut self) -> Option<AddressId> {
        let next = [&mut self.odd, &mut self.missed, &mut self.late].map(Peekable::peek);
        next.into_iter().flatten().map(|(address, ..)| *address).min()
    }

    /// Deals with `address` as far as it need not be walked; whether it must be.
    fn take(&mut self, leaf: &mut Folding<'_>, address: AddressId) -> Option<Spot> {
        let lists = [&mut self.odd, &mut self.missed, &mut self.late];
        let here = lists.map(|list| list.next_if(|spot| spot.0 == address));
        let first = here.iter().flatten().map(|(_, first, _)| *first).min()?;
        let last = here.iter().flatten().map(|(_, _, last)| *last).max()?;
        let is_quiet = leaf.via.is_none()
            && first == last
            && match here {
                [None, Some(_), None] => leaf.is_quiet(address, first),
                [None, None, Some(_)] => leaf.is_late_in_silence(address, first),
                _ => false,
            };
        if here[1].is_some() && !is_quiet {
            leaf.take_news(address);
        }
        if leaf.leaf.part.is_first() {
            self.walked.push((address, first, last));
        }
        (!is_quiet).then_some((address, first, last))
    }
}

impl Folding<'_> {
    /// What full tables brought of `address`, which missed something, counts as told again no more.
    pub(super) fn take_news(&mut self, address: AddressId) {
        let news = self.own.map_or(0, |own| own.news(self.frame.field, address));
        self.found.fates.duplicates -= news;
    }

    /// Puts what really happened in a stretch of `address` in the place of what was supposed.
    fn walk_again(&mut self, address: AddressId, stretch: &Stretch, (supposed, tape): (&Tape, &mut Tape)) {
        if let Some(hop) = self.walk_alone(address, stretch, (supposed, tape)) {
            self.judge_odd(address, stretch, tape, &hop);
            // What was told every frame answers as when it applied frames says.
            if self.own.is_some() && self.via.is_none() {
                self.answer_odd(address, stretch, tape);
            }
        }
    }
}
