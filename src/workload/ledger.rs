//! Ledgers: numbered changes that nodes read for themselves and never redistribute: who is in which group, and whose blocks
//! of ports are whose at a terminal server.
//!
//! Knows one directory or terminal server. Must not know who reads it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::generate::too_much;
use crate::problem::Problem;
use crate::random::{Distribution, Seed};
use crate::units::{Instant, Ratio, Span};

/// Changes that one ledger may hold. Source: a choice; eight bytes each.
const CHANGES_MAX: usize = 10_000_000;

/// What a ledger is of.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerSpec {
    /// The groups of a directory.
    Groups {
        /// Between two changes of anybody's groups.
        gap: Distribution,
    },
    /// The blocks of ports of a terminal server.
    Blocks {
        /// How many blocks there are.
        blocks: u64,
        /// How long a block rests after its user has left.
        rest: Span,
        /// Between two log-ons.
        gap: Distribution,
        /// How long a user stays.
        stay: Distribution,
        /// The share of users who need a second block, from the middle of their stay on.
        second: Ratio,
    },
}

/// A ledger that a seed has made real.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// When each change occurred, in order; its position is its number.
    pub changes: Vec<Instant>,
    /// What became of a terminal server's blocks.
    pub blocks: BlockUse,
}

/// What became of a terminal server's blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockUse {
    /// How many there are.
    pub blocks: u64,
    /// Users who came.
    pub log_ons: u64,
    /// The most blocks that were in use or at rest at once.
    pub peak: u64,
    /// Log-ons for which no block was left.
    pub refused: u64,
    /// Second blocks that were not left.
    pub refused_more: u64,
}

/// The ledger of the node of this key.
///
/// Errors: more changes than a ledger may hold.
pub fn ledger(spec: &LedgerSpec, key: &str, seed: Seed, duration: Span) -> Result<Ledger, Problem> {
    let end = Instant::after_start(duration);
    match spec {
        LedgerSpec::Groups { gap } => {
            let mut stream = seed.stream(key, "group changes");
            let mut changes = Vec::new();
            let mut at = Instant::ZERO.later(gap.draw(&mut stream));
            while at <= end {
                changes.push(at);
                at = at.later(gap.draw(&mut stream));
                if changes.len() > CHANGES_MAX {
                    return Err(too_much());
                }
            }
            Ok(Ledger { changes, blocks: BlockUse::default() })
        }
        LedgerSpec::Blocks { blocks, rest, gap, stay, second } => {
            let mut streams = ["log-ons", "stays", "second blocks"].map(|purpose| seed.stream(key, purpose));
            let [log_ons, stays, seconds] = &mut streams;
            let mut server = Server { end, ..Server::default() };
            server.uses.blocks = *blocks;
            let mut at = Instant::ZERO.later(gap.draw(log_ons));
            while at <= end {
                server.pass(at);
                server.uses.log_ons += 1;
                let leaves = at.later(stay.draw(stays));
                let half = Span::from_nanos(leaves.since(at).nanos() / 2);
                let more = seconds.chance(*second).then(|| at.later(half));
                if server.takes(at, leaves, *rest) {
                    server
                        .coming
                        .extend(more.map(|more| Reverse((more, Step::More { leaves, rest: *rest }))));
                } else {
                    server.uses.refused += 1;
                }
                if server.changes.len() > CHANGES_MAX {
                    return Err(too_much());
                }
                at = at.later(gap.draw(log_ons));
            }
            server.pass(end);
            Ok(Ledger { changes: server.changes, blocks: server.uses })
        }
    }
}

/// What comes to a terminal server by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A block may be had again.
    Free,
    /// A block's user is gone.
    Gone,
    /// A user needs a second block.
    More { leaves: Instant, rest: Span },
}

#[derive(Default)]
struct Server {
    end: Instant,
    in_use: u64,
    coming: BinaryHeap<Reverse<(Instant, Step)>>,
    changes: Vec<Instant>,
    uses: BlockUse,
}

impl Server {
    /// Everything that comes up to `now`.
    fn pass(&mut self, now: Instant) {
        while let Some(Reverse((at, step))) = self.coming.peek().copied().filter(|next| next.0.0 <= now) {
            self.coming.pop();
            match step {
                Step::Free => self.in_use -= 1,
                Step::Gone => self.changes.extend(Some(at).filter(|at| *at <= self.end)),
                Step::More { leaves, rest } => {
                    let takes = self.takes(at, leaves, rest);
                    self.uses.refused_more += u64::from(!takes);
                }
            }
        }
    }

    /// Gives a block to a user, if one is left.
    fn takes(&mut self, now: Instant, leaves: Instant, rest: Span) -> bool {
        if self.in_use >= self.uses.blocks {
            return false;
        }
        self.in_use += 1;
        self.uses.peak = self.uses.peak.max(self.in_use);
        self.changes.push(now);
        self.coming.push(Reverse((leaves, Step::Gone)));
        self.coming.push(Reverse((leaves.later(rest), Step::Free)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Span {
        Span::from_seconds(60 * n)
    }

    fn blocks(count: u64, second: u32) -> LedgerSpec {
        let constant = |n| Distribution::Constant(minutes(n));
        let second = Ratio::from_parts_per_billion(second * (Ratio::WHOLE / 100)).expect("a share");
        LedgerSpec::Blocks { blocks: count, rest: minutes(4), gap: constant(1), stay: constant(10), second }
    }

    #[test]
    fn a_block_is_one_users_until_he_has_gone_and_it_has_rested() {
        let made = |spec| ledger(&spec, "ts", Seed(1), minutes(100)).expect("few");
        // Every minute somebody comes, who holds a block for 10 and keeps it from others for 14 minutes.
        let plenty = made(blocks(14, 0));
        assert_eq!(
            plenty.blocks,
            BlockUse { blocks: 14, log_ons: 100, peak: 14, refused: 0, refused_more: 0 }
        );
        assert_eq!(plenty.changes.len(), 100 + 90, "each comes, and each but the last ten goes");
        // Of each 14 minutes seven bring somebody whom a block is left for.
        let few = made(blocks(7, 0));
        assert_eq!((few.blocks.peak, few.blocks.refused), (7, 100 - 7 * 7 - 2));
        let twice = made(blocks(100, 100));
        assert_eq!(twice.blocks.peak, 14 + 9, "second blocks are held for five minutes, and four more");
        assert!(twice.changes.is_sorted());
    }

    #[test]
    fn groups_change_once_a_gap() {
        let spec = LedgerSpec::Groups { gap: Distribution::Constant(minutes(7)) };
        let made = ledger(&spec, "ad", Seed(1), minutes(100)).expect("few");
        assert_eq!(made.changes.len(), 14);
        let dense = LedgerSpec::Groups { gap: Distribution::Constant(Span::from_nanos(1)) };
        assert!(ledger(&dense, "ad", Seed(1), minutes(100)).is_err());
    }
}
