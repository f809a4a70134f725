//! Cell: one address at one leaf: what its table holds, and what that looks like beside truth and authority.
//!
//! Knows the merge law as `mapping::Table` has it. Must not know when anything happens.

use super::numbers::NONE;
use crate::ids::NodeId;
use crate::mapping::Conflict;
use crate::observe::{Class, Reason};
use crate::units::Instant;

/// What one address adds to its leaf's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Against the truth; `None`: nobody knows it.
    pub(super) class: Option<Class>,
    /// Against the authority.
    pub(super) replica: Option<Class>,
    /// Why not current.
    pub(super) reason: Option<Reason>,
    /// The hop of what is in transit.
    pub(super) hop: u16,
    /// Versions behind.
    pub(super) behind: u32,
    /// The site whose flows somebody's stay crosses; `None`: nobody is there, or it is out of scope.
    pub(super) site: Option<u32>,
    /// Whether the table has a user.
    pub(super) has_user: bool,
}

/// What became of the last application of an update that says what is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Expired,
    Held,
    Replaced,
}

/// What makes an update newer than others, for observers.
pub(super) type Key = (Instant, u32);

/// What a table keeps of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The update applied last.
    pub(super) update: u32,
    /// Its user; `NONE`: a log-off.
    pub(super) user: u32,
    /// What the merge law compares.
    pub(super) rank: (i64, NodeId, u64),
    /// When it is forgotten.
    pub(super) expires: u64,
}

/// What a leaf knows of one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Hold {
    /// The slot, if it is not known to be forgotten.
    pub(super) slot: Option<Slot>,
    /// The newest update ever applied.
    pub(super) mark: Option<Key>,
    /// What became of what is true, and of which epoch of the truth that is.
    pub(super) own: Option<(u32, Own)>,
    /// Updates that the law refused here.
    pub(super) refused: Vec<(u32, Instant)>,
}

/// What became of a mapping at a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Applied,
    Duplicate,
    Refused { holder: u32 },
}

/// By what law a leaf merges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    /// Units: nanoseconds; `u64::MAX`: never.
    pub(super) timeout: u64,
    pub(super) conflict: Conflict,
    pub(super) restarts: bool,
}

/// A mapping that a leaf is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) update: u32,
    /// Whom it names; `NONE`: nobody.
    pub(super) names: u32,
    pub(super) log_off: bool,
    pub(super) rank: (i64, NodeId, u64),
    pub(super) key: Key,
    /// Whether it says what is true now.
    pub(super) is_true: bool,
}

impl Hold {
    /// The user that the table answers; `NONE`: nobody.
    pub(super) fn answer(&self) -> u32 {
        self.slot.map_or(NONE, |slot| slot.user)
    }

    /// When the timer of a live entry ends; `u64::MAX`: never.
    pub(super) fn expires(&self) -> u64 {
        self.slot.filter(|slot| slot.user != NONE).map_or(u64::MAX, |slot| slot.expires)
    }

    /// What the law makes of `given` beside the slot, were that not forgotten.
    pub(super) fn verdict(&self, law: &Law, given: &Given) -> Fate {
        let Some(slot) = self.slot else { return Fate::Applied };
        if slot.update == given.update {
            return Fate::Duplicate;
        }
        let newer = law.conflict == Conflict::Arrival || given.rank > slot.rank;
        let names_another =
            given.log_off && given.names != NONE && slot.user != NONE && slot.user != given.names;
        if newer && !names_another { Fate::Applied } else { Fate::Refused { holder: slot.update } }
    }

    /// Merges `given` at `at`, in this epoch of the truth.
    pub(super) fn merge(&mut self, law: &Law, at: u64, epoch: u32, given: &Given) -> Fate {
        let forgotten = self.slot.is_some_and(|slot| slot.expires < at);
        if forgotten {
            self.lose(epoch, Own::Expired);
            self.slot = None;
        }
        let fate = self.verdict(law, given);
        match fate {
            Fate::Applied => {
                self.lose(epoch, Own::Replaced);
                if given.is_true {
                    self.own = Some((epoch, Own::Held));
                }
                self.mark = self.mark.max(Some(given.key));
                let user = if given.log_off { NONE } else { given.names };
                let expires = at.saturating_add(law.timeout);
                self.slot = Some(Slot { update: given.update, user, rank: given.rank, expires });
            }
            Fate::Duplicate => {
                if let Some(slot) = self.slot.as_mut().filter(|_| law.restarts) {
                    slot.expires = at.saturating_add(law.timeout);
                }
            }
            Fate::Refused { .. } => self.refused.push((given.update, Instant::from_nanos(at))),
        }
        fate
    }

    /// The timer ends the entry.
    pub(super) fn expire(&mut self, epoch: u32) {
        self.lose(epoch, Own::Expired);
        self.slot = None;
    }

    fn lose(&mut self, epoch: u32, how: Own) {
        if self.own == Some((epoch, Own::Held)) {
            self.own = Some((epoch, how));
        }
    }
}

/// Whether two jumps are the same in everything that is counted.
pub(super) fn differs_alike(one: &(Shown, Shown), other: &(Shown, Shown)) -> bool {
    let behind = |jump: &(Shown, Shown)| i64::from(jump.1.behind) - i64::from(jump.0.behind);
    let rest = |shown: &Shown| Shown { behind: 0, site: None, ..*shown };
    behind(one) == behind(other)
        && (rest(&one.0), rest(&one.1)) == (rest(&other.0), rest(&other.1))
        && (one.0.site, one.1.site) == (other.0.site, other.1.site)
}

/// The class of an answer beside what it is compared with.
pub(super) fn class(right: u32, answer: u32) -> Option<Class> {
    match (right == NONE, answer == NONE) {
        (true, true) => None,
        (true, false) => Some(Class::Lingering),
        (false, true) => Some(Class::Missing),
        (false, false) if right == answer => Some(Class::Current),
        (false, false) => Some(Class::Outdated),
    }
}
