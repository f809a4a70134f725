//! Rounds: what cannot simply be moved is walked again address by address, each at all leaves that are folded together, so
//! that what an address was told is at hand for every leaf but the first.
//!
//! Knows who has to walk which address. Must not know what a walk gives.

use super::cast::Part;
use super::class::Field;
use super::fold::Folding;
use super::station::NONE;
use super::stretch::Stretch;
use super::tape::Tape;
use super::walk::walk;
use crate::ids::AddressId;

/// An address, and the first and the last frame that is why.
type Spot = (AddressId, u32, u32);

/// What one leaf has to look at, in the order of addresses.
struct Round {
    /// What must be walked.
    odd: Vec<Spot>,
    /// What need not, if the leaf missed nothing but a refresh that made no difference.
    missed: Vec<Spot>,
    /// How many of both are done.
    done: (usize, usize),
    walked: Vec<Spot>,
}

/// What the pattern has of a stretch, which is the same at most leaves that are asked one after the other.
#[derive(Default)]
pub(super) struct Supposed<'a> {
    of: Option<(&'a Field<'a>, AddressId, Stretch)>,
    tape: Tape,
}

/// Walks again whatever the pattern does not fit, at each of these leaves, and judges what they were told otherwise.
/// Cost: a walk for each such address and leaf.
pub(super) fn walk_odd(leaves: &mut [Folding<'_>]) {
    let mut rounds: Vec<Round> = leaves.iter().map(Round::new).collect();
    let (mut tape, mut supposed) = (Tape::default(), Supposed::default());
    while let Some(address) = rounds.iter().filter_map(Round::next).min() {
        for (leaf, round) in leaves.iter_mut().zip(&mut rounds) {
            if round.next() == Some(address) {
                round.take(leaf, address, (&mut tape, &mut supposed));
            }
        }
    }
    for (leaf, round) in leaves.iter_mut().zip(rounds) {
        leaf.walked = round.walked;
        for address in &leaf.frame.pattern.wild {
            leaf.walk_wild(*address);
            // It need not be wild for the other member of a pair, whose timeout may differ.
            leaf.walked.push((*address, 0, NONE));
        }
    }
}

impl Round {
    fn new(leaf: &Folding<'_>) -> Self {
        let wild = &leaf.frame.pattern.is_wild;
        let mut odd = leaf.odd();
        odd.extend(&leaf.touched);
        let own = leaf.own.filter(|_| leaf.via.is_none());
        let missed = own.map_or_else(Vec::new, |own| own.missed(leaf.frame.field).merged());
        let [odd, missed] = [odd.merged(), missed].map(|mut spots| {
            spots.retain(|(address, ..)| !wild[address.index()]);
            spots
        });
        Self { odd, missed, done: (0, 0), walked: Vec::new() }
    }

    fn next(&self) -> Option<AddressId> {
        let (odd, missed) = (self.odd.get(self.done.0), self.missed.get(self.done.1));
        odd.into_iter().chain(missed).map(|(address, ..)| *address).min()
    }

    fn take<'a>(
        &mut self,
        leaf: &mut Folding<'a>,
        address: AddressId,
        (tape, supposed): (&mut Tape, &mut Supposed<'a>),
    ) {
        let is_it = |spot: &&Spot| spot.0 == address;
        let odd = self.odd.get(self.done.0).filter(is_it).copied();
        let missed = self.missed.get(self.done.1).filter(is_it).copied();
        self.done = (self.done.0 + usize::from(odd.is_some()), self.done.1 + usize::from(missed.is_some()));
        let may_be_quiet = odd.is_none() && matches!(leaf.leaf.part, Part::Alone);
        if may_be_quiet && leaf.is_quiet(address) {
            return;
        }
        let both = || odd.into_iter().chain(missed);
        let first = both().map(|(_, first, _)| first).min().expect("it is one of both");
        let last = both().map(|(_, _, last)| last).max().expect("it is one of both");
        self.walked.push((address, first, last));
        let stretch = leaf.stretch(address, first, last);
        leaf.take_out(address, supposed.tape(leaf, address, &stretch));
        let hop = leaf.walk_alone(address, &stretch, tape);
        if let Some(hop) = hop {
            leaf.judge_odd(address, &stretch, tape, &hop);
            if leaf.via.is_none() {
                leaf.answer_odd(address, &stretch, tape);
            }
        }
    }
}

impl<'a> Supposed<'a> {
    /// What the pattern has of a stretch of `address`.
    fn tape(&mut self, leaf: &Folding<'a>, address: AddressId, stretch: &Stretch) -> &Tape {
        let (field, sent) = (leaf.frame.field, &leaf.frame.pattern.sent);
        let is_known = self.of.as_ref().is_some_and(|(of, known, before)| {
            std::ptr::eq(*of, field) && *known == address && before.is_alike(stretch)
        });
        if !is_known {
            self.of = Some((field, address, *stretch));
            walk(&field.ground(address, stretch), |frame| sent[frame as usize], &mut self.tape);
        }
        &self.tape
    }
}
