//! Table: who is behind which address as one node sees it, and the law by which mappings merge.
//!
//! Rules: model.md, "Tables". A slot lives for the node's timeout, or as long as its source says where the node is its
//! learner; log-offs are remembered for the node's timeout, so that a late copy of a log-on does not revive a user who
//! left.

use super::deadlines::Deadlines;
use super::lineages::Lineages;
use super::{Lifetimes, Mapping};
use crate::ids::{AddressId, NodeId, UserId};
use crate::units::{Instant, Span};

/// Which of two mappings of an address wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Whatever arrives last.
    Arrival,
    /// The newest `timestamp`, tie by (origin, sequence).
    Newest,
}

/// By what law a table merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many addresses may have a user at once.
    pub capacity: u64,
    /// Which of two mappings wins.
    pub conflict: Conflict,
    /// Whether an identical version restarts the timer.
    pub duplicate_restarts_timer: bool,
}

/// What became of one mapping at one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the address's newest now; goes on to the node's clients.
    Applied,
    /// It was the address's newest already.
    Duplicate,
    /// Its route holds this node, or one hop more than may be crossed.
    Hops,
    /// The table is full and does not know its address.
    Full,
    /// An ignore list or the receiver's networks leave it out.
    Filtered,
    /// The law prefers the slot's holder, whose identity this is; or a log-off names another user.
    Refused {
        /// The source of what stays.
        holder: (NodeId, u64),
    },
}

/// Slots of one page. A table keeps only the pages that it has merged something into.
const PAGE: usize = 1_024;

/// What a table remembers of one address: its newest mapping, a log-off included. 32 bytes.
#[derive(Clone, Copy, Debug)]
struct Slot {
    timestamp: i64,
    sequence: u64,
    /// When the slot is forgotten; `Instant::NEVER` without a timeout.
    expires: Instant,
    /// Its user's index and one; 0 for a log-off that names none.
    user: u32,
    /// Twice its lineage's number and one, and one more for a log-off; 0: nothing is remembered.
    mark: u32,
}

const VACANT: Slot = Slot { timestamp: 0, sequence: 0, expires: Instant::NEVER, user: 0, mark: 0 };

impl Slot {
    fn is_vacant(&self) -> bool {
        self.mark == 0
    }

    fn log_off(&self) -> bool {
        self.mark.is_multiple_of(2)
    }

    fn lineage(&self) -> u32 {
        (self.mark - 1) / 2
    }

    fn named(&self) -> Option<UserId> {
        self.user.checked_sub(1).map(|index| UserId::new(index as usize))
    }

    /// The user behind the address; `None` where the newest is a log-off.
    fn user(&self) -> Option<UserId> {
        if self.log_off() { None } else { self.named() }
    }
}

/// One node's table. Cost: 32 bytes an address, by pages of those that it has merged something into, and 4 bytes for
/// each update within a timeout.
#[derive(Clone, Debug)]
pub struct Table {
    rules: Rules,
    lifetimes: Lifetimes,
    pages: Vec<Option<Box<[Slot; PAGE]>>>,
    lineages: Lineages,
    /// One queue for each lifetime that has been met, in ascending order of expiry; stale ones are skipped when they
    /// come up.
    deadlines: Vec<(Span, Deadlines)>,
    users: u64,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(rules: Rules, lifetimes: Lifetimes) -> Self {
        let (pages, lineages, deadlines) = (Vec::new(), Lineages::default(), Vec::new());
        Self { rules, lifetimes, pages, lineages, deadlines, users: 0 }
    }

    /// How many addresses have a user.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.users
    }

    /// The user behind an address.
    #[must_use]
    pub fn user(&self, address: AddressId) -> Option<UserId> {
        self.slot(address).and_then(Slot::user)
    }

    /// Every address with a user, in address order: its newest mapping. Cost: all pages.
    pub fn holdings(&self) -> impl Iterator<Item = Mapping> {
        let pages =
            self.pages.iter().enumerate().filter_map(|(number, page)| Some((number, page.as_deref()?)));
        let slots = pages.flat_map(|(number, page)| {
            page.iter().enumerate().map(move |(n, slot)| (number * PAGE + n, slot))
        });
        slots
            .filter(|(_, slot)| !slot.is_vacant() && slot.user().is_some())
            .map(|(index, slot)| self.mapping(index, slot))
    }

    fn mapping(&self, index: usize, slot: &Slot) -> Mapping {
        let lineage = self.lineages.get(slot.lineage());
        Mapping {
            address: AddressId::new(index),
            user: slot.named(),
            log_off: slot.log_off(),
            timestamp: slot.timestamp,
            source: lineage.source,
            sequence: slot.sequence,
            origin: lineage.origin,
            route: lineage.route,
        }
    }

    fn slot(&self, address: AddressId) -> Option<&Slot> {
        let page = self.pages.get(address.index() / PAGE)?.as_ref()?;
        Some(&page[address.index() % PAGE]).filter(|slot| !slot.is_vacant())
    }

    fn slot_mut(&mut self, address: AddressId) -> &mut Slot {
        let number = address.index() / PAGE;
        if self.pages.len() <= number {
            self.pages.resize_with(number + 1, || None);
        }
        &mut self.pages[number].get_or_insert_with(|| Box::new([VACANT; PAGE]))[address.index() % PAGE]
    }

    /// Whether `address` has a user of whom `node` learned first.
    #[must_use]
    pub fn learned_by(&self, address: AddressId, node: NodeId) -> bool {
        let held = self.slot(address).filter(|slot| slot.user().is_some());
        held.is_some_and(|slot| self.lineages.get(slot.lineage()).origin == node)
    }

    /// Merges one mapping at `now`. Cost: constant.
    pub fn merge(&mut self, now: Instant, new: &Mapping) -> Outcome {
        let held = self.slot(new.address);
        if let Some(slot) = held {
            let old = self.lineages.get(slot.lineage());
            if (old.source, slot.sequence) == (new.source, new.sequence) {
                if self.rules.duplicate_restarts_timer {
                    self.restart(now, new.address);
                }
                return Outcome::Duplicate;
            }
            let newer = self.rules.conflict == Conflict::Arrival
                || (new.timestamp, new.origin, new.sequence) > (slot.timestamp, old.origin, slot.sequence);
            let names_another =
                new.log_off && new.user.is_some() && slot.user().is_some() && slot.user() != new.user;
            if !newer || names_another {
                return Outcome::Refused { holder: (old.source, slot.sequence) };
            }
        }
        let had = held.is_some_and(|slot| slot.user().is_some());
        let has = !new.log_off;
        if has && !had && self.users >= self.rules.capacity {
            return Outcome::Full;
        }
        self.users = self.users + u64::from(has) - u64::from(had);
        let lineage = self.lineages.number(new);
        let user = new.user.map_or(0, |user| user.index() + 1);
        let lifetime = self.lifetimes.of_mapping(new);
        let expires = self.deadline(now, new.address, lifetime);
        *self.slot_mut(new.address) = Slot {
            timestamp: new.timestamp,
            sequence: new.sequence,
            expires,
            user: u32::try_from(user).expect("limits on input keep ids within 32 bits"),
            mark: 2 * lineage + 1 + u32::from(new.log_off),
        };
        Outcome::Applied
    }

    /// When a slot ends whose time starts at `now`; to be looked at then.
    fn deadline(&mut self, now: Instant, address: AddressId, lifetime: Option<Span>) -> Instant {
        let Some(lifetime) = lifetime else { return Instant::NEVER };
        let expires = now.later(lifetime);
        let known = self.deadlines.iter().position(|(span, _)| *span == lifetime);
        let queue = known.unwrap_or_else(|| {
            self.deadlines.push((lifetime, Deadlines::default()));
            self.deadlines.len() - 1
        });
        self.deadlines[queue].1.push(expires, address);
        expires
    }

    /// Looks at the slots of `mappings` and does nothing with them, so that memory fetches them all at once; merging
    /// one by one would wait for each in turn. Worth it for a handful up to a hundred that are merged next.
    pub fn warm(&self, mappings: &[Mapping]) {
        let marks = mappings.iter().filter_map(|mapping| self.slot(mapping.address)).map(|slot| slot.mark);
        std::hint::black_box(marks.fold(0, |all, mark| all ^ mark));
    }

    fn restart(&mut self, now: Instant, address: AddressId) {
        let slot = *self.slot(address).expect("a duplicate has an original");
        let lineage = self.lineages.get(slot.lineage());
        let lifetime = self.lifetimes.of(lineage.origin, lineage.source, slot.log_off());
        let expires = self.deadline(now, address, lifetime);
        self.slot_mut(address).expires = expires;
    }

    /// When the next slot is forgotten; drops deadlines that a refresh has moved.
    pub fn next_expiry(&mut self) -> Option<Instant> {
        self.next_deadline().map(|(expires, _)| expires)
    }

    /// The earliest deadline that counts, and its queue.
    fn next_deadline(&mut self) -> Option<(Instant, usize)> {
        let mut next = None;
        for queue in 0..self.deadlines.len() {
            while let Some((expires, address)) = self.deadlines[queue].1.front() {
                if self.slot(address).is_some_and(|slot| slot.expires == expires) {
                    next = Some(
                        next.map_or((expires, queue), |next: (Instant, usize)| next.min((expires, queue))),
                    );
                    break;
                }
                self.deadlines[queue].1.pop();
            }
        }
        next
    }

    /// Forgets what has reached its timeout at `now`; the addresses among it that had a user, in order of expiry.
    pub fn expire(&mut self, now: Instant) -> Vec<AddressId> {
        let mut gone = Vec::new();
        while let Some((_, queue)) = self.next_deadline().filter(|(at, _)| *at <= now) {
            let (_, address) = self.deadlines[queue].1.front().expect("there is a next expiry");
            self.deadlines[queue].1.pop();
            let slot = std::mem::replace(self.slot_mut(address), VACANT);
            if slot.user().is_some() {
                self.users -= 1;
                gone.push(address);
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::mapping::Route;

    fn mapping(address: usize, user: Option<usize>, second: u64) -> Mapping {
        Mapping {
            address: AddressId::new(address),
            user: user.map(UserId::new),
            log_off: user.is_none(),
            timestamp: second as i64 - 5,
            source: NodeId::new(second as usize),
            sequence: 7 * second,
            origin: NodeId::new(2),
            route: Route::new().with(NodeId::new(9)).expect("room"),
        }
    }

    fn at(second: u64) -> Instant {
        Instant::after_start(Span::from_seconds(second))
    }

    #[test]
    fn a_table_gives_back_what_was_merged_into_it_page_by_page() {
        let rules = Rules { capacity: 3, conflict: Conflict::Newest, duplicate_restarts_timer: true };
        let mut table = Table::new(rules, Lifetimes::new(NodeId::new(2), Some(Span::from_seconds(100)), &[]));
        let far = 5 * PAGE + 1;
        let merged = [(far, Some(4)), (0, Some(0)), (PAGE - 1, None), (PAGE, Some(1))];
        for (second, (address, user)) in (1..).zip(merged) {
            let new = mapping(address, user, second);
            table.warm(&[new]);
            assert_eq!(table.merge(at(second), &new), Outcome::Applied);
        }
        assert_eq!(table.merge(at(9), &mapping(2 * PAGE, Some(1), 9)), Outcome::Full);
        let held: Vec<Mapping> = table.holdings().collect();
        assert_eq!(held, [mapping(0, Some(0), 2), mapping(PAGE, Some(1), 4), mapping(far, Some(4), 1)]);
        assert_eq!(table.pages.iter().flatten().count(), 3, "what is refused takes no page");
        assert_eq!(table.merge(at(50), &mapping(0, Some(0), 2)), Outcome::Duplicate);
        assert_eq!(table.next_expiry(), Some(at(101)));
        assert_eq!(
            table.expire(at(104)),
            [AddressId::new(far), AddressId::new(PAGE)],
            "the log-off has no user"
        );
        assert_eq!((table.users(), table.next_expiry()), (1, Some(at(150))));
        let left = Mapping { log_off: true, ..mapping(0, Some(0), 110) };
        assert_eq!(table.merge(at(110), &left), Outcome::Applied);
        assert_eq!(
            (table.users(), table.holdings().count()),
            (0, 0),
            "a log-off that names its user is nobody"
        );
    }

    #[test]
    fn entries_live_as_long_as_their_source_says_where_it_was_learned_and_by_the_own_timeout_elsewhere() {
        let rules = Rules { capacity: 9, conflict: Conflict::Newest, duplicate_restarts_timer: true };
        let told = [(NodeId::new(7), Some(Span::from_seconds(30))), (NodeId::new(8), None)];
        let lifetimes = Lifetimes::new(NodeId::new(2), Some(Span::from_seconds(100)), &told);
        let mut table = Table::new(rules, lifetimes);
        let from = |source: usize, address: usize, second: u64| Mapping {
            source: NodeId::new(source),
            ..mapping(address, Some(address), second)
        };
        let elsewhere = Mapping { origin: NodeId::new(3), ..from(7, 4, 1) };
        let left = Mapping { log_off: true, ..from(7, 5, 1) };
        for new in [from(6, 0, 1), from(7, 1, 1), from(7, 2, 1), from(8, 3, 1), elsewhere, left] {
            assert_eq!(table.merge(at(1), &new), Outcome::Applied);
        }
        assert_eq!(table.merge(at(21), &from(7, 2, 1)), Outcome::Duplicate, "it restarts its own time");
        let addresses = |of: &[usize]| of.iter().map(|n| AddressId::new(*n)).collect::<Vec<_>>();
        assert_eq!((table.next_expiry(), table.expire(at(31))), (Some(at(31)), addresses(&[1])));
        // A later lifetime of the node's own ends at the same instant as a shorter one that began later.
        assert_eq!(table.merge(at(71), &from(7, 6, 71)), Outcome::Applied);
        assert_eq!((table.next_expiry(), table.expire(at(51))), (Some(at(51)), addresses(&[2])));
        assert_eq!(table.expire(at(100)), []);
        assert_eq!(table.expire(at(101)), addresses(&[0, 4, 6]));
        assert_eq!((table.next_expiry(), table.users()), (None, 1), "what never ends is kept");
    }
}
