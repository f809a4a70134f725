//! Book: every update there is, by identity, and what is known of each.
//!
//! Knows the workload's updates, their order, deaths and copies aloft. Must not know tables.

use std::num::NonZeroU32;

use super::clock::NEVER;
use crate::ids::{AddressId, NodeId, UserId};
use crate::units::Instant;
use crate::workload::{Event, Workload};

/// The first sequence of initial updates. Source: docs/semantics.md, "What is watched".
pub(super) const INITIAL_FROM: u64 = 1 << 63;

/// An update's position in the book, and one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UpdateId(NonZeroU32);

/// Why something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// A crash.
    Crash,
    /// The route check.
    Hops,
    /// A wrong name, key, serial number or certificate.
    Key,
    /// A blocked port.
    Port,
    /// A full queue.
    Queue,
    /// The way: loss, a link that is down, or a connection that ended.
    Way,
}

/// How a copy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Left out by a list.
    Filtered,
    /// The table was full.
    Full,
    /// It never arrived.
    Lost(Loss),
    /// The merge law preferred an older one.
    Refused,
    /// The merge law, or its sender, preferred a newer one.
    Superseded,
}

/// The end of a copy: when (a running number), where, how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    /// Later ones are larger.
    pub(super) order: u64,
    /// The node at which, or on the way to which.
    pub(super) place: NodeId,
    /// How.
    pub(super) end: End,
}

/// Copies of one update on one edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aloft {
    /// Which edge.
    edge: u32,
    /// Frames on their way.
    pub(super) flights: u32,
    /// Whether one waits for the edge's tick.
    pub(super) waits: bool,
}

impl Aloft {
    /// Which edge.
    pub(super) fn edge(&self) -> usize {
        self.edge as usize
    }
}

/// One update.
#[derive(Debug)]
pub(super) struct Item {
    /// When it happened.
    pub(super) occurred: Instant,
    /// Who noticed it. Of an initial update: known from its first mapping on.
    pub(super) source: NodeId,
    /// Its running number.
    pub(super) sequence: u64,
    /// Where.
    pub(super) address: AddressId,
    /// Who.
    pub(super) user: Option<UserId>,
    /// What.
    pub(super) event: Event,
    /// Whether it has fates and samples.
    pub(super) counted: bool,
    /// Whether its source has noticed it.
    pub(super) noticed: bool,
    /// Whether it waits in a pushing source.
    pub(super) buffered: bool,
    /// Ends of its copies, in order.
    pub(super) deaths: Vec<Death>,
    /// Its copies on edges, in edge order; only edges with at least one.
    pub(super) aloft: Vec<Aloft>,
    /// Per row, of a counted update: its first application, as the clock's number.
    pub(super) applied: Vec<u32>,
    /// Per row: when it was visible where that was not with its first application; nothing where it was nowhere.
    pub(super) shown: Vec<u32>,
    /// The audience's position, of a counted and noticed one.
    pub(super) audience: usize,
    /// The position of the rows that stand for the fleet.
    pub(super) stand: usize,
    /// How many of the audience do not see it yet.
    pub(super) unseen: u32,
}

impl Item {
    /// Whether it is part of a warm start.
    pub(super) fn is_initial(&self) -> bool {
        self.sequence >= INITIAL_FROM
    }

    /// What makes it newer than others.
    pub(super) fn key(&self) -> (Instant, NodeId, u64) {
        (self.occurred, self.source, self.sequence)
    }

    /// When a counted update was visible at `row`, as the clock's number.
    pub(super) fn visible(&self, row: usize) -> u32 {
        let alone = self.shown.get(row).copied().filter(|shown| *shown != NEVER);
        alone.unwrap_or(self.applied[row])
    }

    /// It is visible at `row` from `stamp` on, where it is not applied then.
    pub(super) fn show_alone(&mut self, row: usize, stamp: u32) {
        if self.shown.is_empty() {
            self.shown = vec![NEVER; self.applied.len()];
        }
        self.shown[row] = stamp;
    }

    fn place(&self, edge: usize) -> Result<usize, usize> {
        self.aloft.binary_search_by_key(&edge, Aloft::edge)
    }

    /// Whether there are copies on `edge`.
    pub(super) fn is_aloft_on(&self, edge: usize) -> bool {
        self.place(edge).is_ok()
    }

    /// The copies on `edge`; a new line where there is none.
    pub(super) fn aloft_on(&mut self, edge: usize) -> &mut Aloft {
        let position = match self.place(edge) {
            Ok(position) => position,
            Err(position) => {
                let edge = u32::try_from(edge).expect("limits on input keep edges within 32 bits");
                self.aloft.insert(position, Aloft { edge, flights: 0, waits: false });
                position
            }
        };
        &mut self.aloft[position]
    }

    /// Drops the line of `edge` where no copy is left.
    pub(super) fn tidy(&mut self, edge: usize) {
        if let Ok(position) = self.place(edge) {
            let copies = self.aloft[position];
            if copies.flights == 0 && !copies.waits {
                self.aloft.remove(position);
            }
            if self.aloft.is_empty() {
                // Of most updates that is for good, and they are many.
                self.aloft = Vec::new();
            }
        }
    }
}

/// All updates: those of the workload by source, then the initial ones by stay.
#[derive(Debug)]
pub(super) struct Book {
    items: Vec<Item>,
    first_of: Vec<usize>,
    /// The initial update of each stay.
    initial_of: Vec<Option<UpdateId>>,
    deaths: u64,
}

impl Book {
    /// The book of `workload`; initial updates where `warm`.
    pub(super) fn new(workload: &Workload, warm: bool, measure_from: Instant) -> Self {
        let mut items = Vec::new();
        let mut first_of = Vec::with_capacity(workload.updates.len());
        for (source, updates) in workload.updates.iter().enumerate() {
            first_of.push(items.len());
            for (position, update) in updates.iter().enumerate() {
                let mut item = blank(NodeId::new(source), position as u64, update.occurred, update.address);
                item.user = update.user();
                item.event = update.event();
                item.counted = update.occurred >= measure_from;
                items.push(item);
            }
        }
        let mut initial_of = vec![None; workload.stays.len()];
        for (index, stay) in workload.stays.iter().enumerate() {
            if warm && stay.start == Instant::ZERO && stay.end > Instant::ZERO {
                initial_of[index] = Some(id(items.len()));
                let mut item = blank(NodeId::new(0), INITIAL_FROM + index as u64, stay.start, stay.address);
                item.user = Some(stay.user);
                item.noticed = true;
                items.push(item);
            }
        }
        Self { items, first_of, initial_of, deaths: 0 }
    }

    /// The update with this identity. Panics when the workload has none.
    pub(super) fn find(&mut self, source: NodeId, sequence: u64) -> UpdateId {
        if sequence < INITIAL_FROM {
            let position = usize::try_from(sequence).expect("a sequence is a position");
            return id(self.first_of[source.index()] + position);
        }
        let stay = usize::try_from(sequence - INITIAL_FROM).expect("a stay's index is a position");
        let update = self.initial_of[stay].expect("initial updates stand for stays of virtual zero");
        self.items[update.index()].source = source;
        update
    }

    /// One update.
    pub(super) fn item(&self, update: UpdateId) -> &Item {
        &self.items[update.index()]
    }

    /// One update, to be changed.
    pub(super) fn item_mut(&mut self, update: UpdateId) -> &mut Item {
        &mut self.items[update.index()]
    }

    /// What makes `update` newer than others.
    pub(super) fn key(&self, update: UpdateId) -> (Instant, NodeId, u64) {
        self.item(update).key()
    }

    /// Whether `one` is newer than `other`, or there is no other.
    pub(super) fn is_newer(&self, one: UpdateId, other: Option<UpdateId>) -> bool {
        other.is_none_or(|other| self.key(one) > self.key(other))
    }

    /// Every update.
    pub(super) fn all(&self) -> impl Iterator<Item = UpdateId> + use<> {
        (0..self.items.len()).map(id)
    }

    /// How many a source's list holds.
    pub(super) fn len_of(&self, source: NodeId) -> u64 {
        let Some(first) = self.first_of.get(source.index()).copied() else { return 0 };
        let next = self.first_of.get(source.index() + 1).copied();
        let initial = self.initial_of.iter().flatten().next().map(|update| update.index());
        let end = next.or(initial).unwrap_or(self.items.len());
        (end - first) as u64
    }

    /// Writes down that a copy of `update` ended.
    pub(super) fn bury(&mut self, update: UpdateId, place: NodeId, end: End) {
        self.deaths += 1;
        let order = self.deaths;
        self.item_mut(update).deaths.push(Death { order, place, end });
    }
}

impl UpdateId {
    /// The position.
    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

fn id(index: usize) -> UpdateId {
    let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
    UpdateId(number.expect("limits on input keep updates within 32 bits"))
}

fn blank(source: NodeId, sequence: u64, occurred: Instant, address: AddressId) -> Item {
    Item {
        occurred,
        source,
        sequence,
        address,
        user: None,
        event: Event::LogOn,
        counted: false,
        noticed: false,
        buffered: false,
        deaths: Vec::new(),
        aloft: Vec::new(),
        applied: Vec::new(),
        shown: Vec::new(),
        audience: 0,
        stand: 0,
        unseen: 0,
    }
}
