//! Pattern: what a leaf would find that applies each frame at the instant at which it is sent, and by how much that
//! changes for each nanosecond by which it applies a frame later.
//!
//! Knows walks and sums. Must not know any leaf.

use super::class::Field;
use super::freshness::Freshness;
use super::incorrect::{Both, Square};
use super::jump::{Jump, KINDS, USERS, counts, hop_jumps, jumps, site_jumps};
use super::meter::Meter;
use super::part::Part;
use super::retold::Retold;
use super::tape::{Cause, Hazard, Step, Tape, Wrong};
use super::walk::walk;
use crate::ids::AddressId;

/// The frames' steps of one kind: applications, or ends by timers.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    /// Per frame.
    pub(super) jumps: Vec<Jump>,
    /// Per frame: what a nanosecond of delay, and its square, add to the twofold age of incorrect information.
    pub(super) begins: Vec<(i128, i128)>,
    pub(super) ends: Vec<(i128, i128)>,
    /// Per frame: what the steps add to the hash of the table.
    pub(super) hashes: Vec<u64>,
    /// Per frame: the largest jump, whatever its sign.
    pub(super) weights: Vec<u32>,
    /// Per frame: the jump of users in the table, where it is found faster.
    pub(super) users: Vec<i32>,
}

impl Moves {
    fn new(frames: usize) -> Self {
        Self {
            jumps: vec![[0; KINDS]; frames],
            begins: vec![(0, 0); frames],
            ends: vec![(0, 0); frames],
            hashes: vec![0; frames],
            weights: Vec::new(),
            users: Vec::new(),
        }
    }

    fn weigh(&mut self) {
        let weight = |jump: &Jump| jump.iter().map(|by| by.unsigned_abs()).max().unwrap_or(0);
        self.weights = self.jumps.iter().map(weight).collect();
        self.users = self.jumps.iter().map(|jump| jump[USERS]).collect();
    }
}

/// A jump in what is on a hop before the last one, or at one site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aside {
    /// `step_number`.
    step: u32,
    /// On the hop, or wrong at the site.
    one: i16,
    /// Unknown at the site.
    other: i16,
}

impl Aside {
    fn new(cause: Cause, one: i32, other: i32) -> Self {
        let small = |by: i32| i16::try_from(by).expect("one step moves one address");
        Self { step: step_number(cause), one: small(one), other: small(other) }
    }

    pub(super) fn cause(&self) -> Cause {
        let frame = self.step / 2;
        if self.step.is_multiple_of(2) { Cause::Apply(frame) } else { Cause::Expire(frame) }
    }

    /// What it does on the hop, or how many more are wrong at the site; and how many more are unknown there.
    pub(super) fn by(&self) -> [i128; 2] {
        [self.one, self.other].map(i128::from)
    }
}

/// Integrals of one site's stays. Units: address-nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crossed {
    pub(super) stays: i128,
    pub(super) wrong: i128,
    pub(super) unknown: i128,
}

/// What is summed over all addresses.
#[derive(Clone)]
pub(super) struct Pattern {
    /// When each frame was sent. Units: nanoseconds.
    pub(super) sent: Vec<u64>,
    pub(super) meter: Meter,
    /// Integrals of all counts but those in windows.
    pub(super) sums: [i128; KINDS],
    /// Per hop.
    pub(super) hops: Vec<i128>,
    /// Per site, then of all sites.
    pub(super) crossed: Vec<Crossed>,
    pub(super) incorrect: i128,
    pub(super) applies: Moves,
    pub(super) expires: Moves,
    /// Times whose both ends move.
    pub(super) both: Both,
    /// Per hop and per site: steps there.
    pub(super) hop_steps: Vec<Vec<Aside>>,
    pub(super) site_steps: Vec<Vec<Aside>>,
    /// Sorted by frame: a leaf that applies it at or after this instant walks the address again.
    pub(super) late: Vec<(u32, u64, AddressId)>,
    /// The first such instant of each frame.
    pub(super) calm_until: Vec<u64>,
    /// Frames between which a timer may or may not end an address's entry.
    pub(super) close: Vec<(u32, u32, AddressId)>,
    /// Of second members of pairs: how many addresses leave each hop when a frame is applied that is on its way there:
    /// (frame, hop, addresses).
    pub(super) relays: Vec<(u32, u16, u32)>,
    /// The addresses of which that cannot be said, because something else happens just before, each with the frame.
    pub(super) close_relays: Vec<(AddressId, u32)>,
    /// Addresses that every leaf walks by itself.
    pub(super) wild: Vec<AddressId>,
    /// Whether an address is one of them.
    pub(super) is_wild: Vec<bool>,
    /// Whether each mapping of an address is newer than all before it.
    pub(super) is_orderly: Vec<bool>,
    pub(super) retold: Retold,
}

impl Pattern {
    /// Of every address, walked through by so many threads; also what frames bring. Of `second`, whose leaves make the same of
    /// the same frames one hop farther away, only those are walked where it matters which of two hops is nearer.
    /// Cost: some steps an update, whatever the number of leaves.
    pub(super) fn new(
        field: &Field<'_>,
        second: Option<&Field<'_>>,
        threads: usize,
    ) -> (Self, Option<Self>, Freshness) {
        let Part { mut pattern, mut fresh, double } = Part::whole(field, second.is_some(), threads);
        let mut tape = Tape::default();
        let second = second.map(|field| {
            let mut second = pattern.one_hop_on(field);
            for address in double.iter().copied() {
                walk(&field.pattern_ground(address), |frame| second.sent[frame as usize], &mut tape);
                second.take(field, address, &tape);
                second.take_relays(field, address, &tape);
            }
            second.finish(field);
            second
        });
        for address in double {
            walk(&field.pattern_ground(address), |frame| pattern.sent[frame as usize], &mut tape);
            pattern.take(field, address, &tape);
        }
        if second.is_some() {
            (pattern.relays, pattern.close_relays) = (Vec::new(), Vec::new());
        }
        pattern.finish(field);
        fresh.finish(field, &pattern);
        (pattern, second, fresh)
    }

    /// Of no address.
    pub(super) fn empty(field: &Field<'_>) -> Self {
        let sent = field.sent();
        let frames = sent.len();
        let hops = field.class.edges.len() + 1;
        let addresses = field.record.workload.addresses.len();
        Self {
            meter: Meter::new(field.window, field.from, field.end),
            sums: [0; KINDS],
            hops: vec![0; hops],
            crossed: vec![Crossed::default(); field.sites + 1],
            incorrect: 0,
            applies: Moves::new(frames),
            expires: Moves::new(frames),
            both: Both::default(),
            hop_steps: vec![Vec::new(); hops],
            site_steps: vec![Vec::new(); field.sites],
            late: Vec::new(),
            calm_until: vec![u64::MAX; frames],
            close: Vec::new(),
            relays: Vec::new(),
            close_relays: Vec::new(),
            wild: Vec::new(),
            is_wild: vec![false; addresses],
            is_orderly: vec![false; addresses],
            retold: Retold::new(field),
            sent,
        }
    }

    /// The same where another hop follows, of the class of `field`.
    fn one_hop_on(&self, field: &Field<'_>) -> Self {
        let place = field.class.relay.expect("only second members are one hop farther away");
        let number = |hop: usize| match hop {
            0 => place + 1,
            hop => hop + usize::from(hop > place),
        };
        let mut second = Self::clone(self);
        second.hops = vec![0; self.hops.len() + 1];
        second.hop_steps = vec![Vec::new(); self.hops.len() + 1];
        for hop in 0..self.hops.len() {
            second.hops[number(hop)] = self.hops[hop];
            second.hop_steps[number(hop)].clone_from(&self.hop_steps[hop]);
        }
        for (_, hop, _) in &mut second.relays {
            *hop = number(usize::from(*hop)) as u16;
        }
        second
    }

    fn finish(&mut self, field: &Field<'_>) {
        self.add_moves(field);
        self.applies.weigh();
        self.expires.weigh();
        self.both.finish();
        self.late.sort_unstable();
        self.relays.sort_unstable();
        self.relays.dedup_by(|next, one| {
            let same = (next.0, next.1) == (one.0, one.1);
            one.2 += if same { next.2 } else { 0 };
            same
        });
        for (frame, at, _) in self.late.iter().rev() {
            self.calm_until[*frame as usize] = *at;
        }
    }

    /// Adds frame by frame what steps that move come to, as all of a frame's are made at one instant.
    fn add_moves(&mut self, field: &Field<'_>) {
        for (moves, after) in [(&self.applies, 0), (&self.expires, field.law.timeout)] {
            for (sent, jump) in self.sent.iter().zip(&moves.jumps) {
                let at = sent.saturating_add(after);
                if at > field.end {
                    break;
                }
                self.meter.jump(at, counts(jump));
                let rest = i128::from(field.end - self.meter.clip(at));
                self.sums.iter_mut().zip(jump).for_each(|(sum, by)| *sum += rest * i128::from(*by));
            }
        }
    }

    /// Takes what was found on one address.
    pub(super) fn take(&mut self, field: &Field<'_>, address: AddressId, tape: &Tape) {
        for step in &tape.steps {
            self.take_step(field, address, step);
        }
        for wrong in &tape.wrongs {
            self.take_wrong(field, address, wrong);
        }
        for hazard in &tape.hazards {
            match *hazard {
                Hazard::Close { first, second } => self.close.push((first, second, address)),
                Hazard::Late { cause, at } => self.beware(field, address, cause, at),
            }
        }
    }

    /// Until the first member of a pair has applied a frame it is on another hop than from then on.
    pub(super) fn take_relays(&mut self, field: &Field<'_>, address: AddressId, tape: &Tape) {
        for step in &tape.steps {
            if let (Cause::Apply(frame), true) = (step.cause, step.is_relayed()) {
                self.relays.push((frame, step.before.hop, 1));
            }
        }
        for acts in tape.acts.windows(2) {
            let [(before, ..), (at, frame, is_true)] = *acts else { unreachable!("two in each window") };
            if is_true && at - before <= field.reach() {
                self.close_relays.push((address, frame));
            }
        }
    }

    fn beware(&mut self, field: &Field<'_>, address: AddressId, cause: Cause, at: u64) {
        match cause {
            Cause::Apply(frame) => self.late.push((frame, at, address)),
            Cause::Expire(frame) => self.late.push((frame, at.saturating_sub(field.law.timeout), address)),
            Cause::Shared => {}
        }
    }

    fn take_step(&mut self, field: &Field<'_>, address: AddressId, step: &Step) {
        if let Some((moves, frame)) = self.moves(step.cause) {
            moves.hashes[frame] = moves.hashes[frame].wrapping_add(field.hash_jump(address, step.entries));
        }
        if step.before == step.after {
            return;
        }
        let last = field.class.last_hop();
        let rest = i128::from(field.end - self.meter.clip(step.at));
        if let Some((moves, frame)) = self.moves(step.cause) {
            // What these come to is added in the end.
            jumps(step, last, |kind, by| moves.jumps[frame][kind] += by);
        } else {
            let (place, Self { meter, sums, .. }) = (self.meter.place(step.at), &mut *self);
            jumps(step, last, |kind, by| {
                meter.jump_one(place, kind, by);
                sums[kind] += rest * i128::from(by);
            });
        }
        for (hop, by) in hop_jumps(step, last) {
            self.hops[hop] += rest * i128::from(by);
            if step.cause != Cause::Shared {
                self.hop_steps[hop].push(Aside::new(step.cause, by, 0));
            }
        }
        for (site, [stays, wrong, unknown]) in site_jumps(step).filter(|(_, by)| *by != [0; 3]) {
            let all = self.crossed.len() - 1;
            for crossed in [site, all] {
                self.crossed[crossed].stays += rest * i128::from(stays);
                self.crossed[crossed].wrong += rest * i128::from(wrong);
                self.crossed[crossed].unknown += rest * i128::from(unknown);
            }
            if step.cause != Cause::Shared && (wrong, unknown) != (0, 0) {
                self.site_steps[site].push(Aside::new(step.cause, wrong, unknown));
            }
        }
    }

    fn take_wrong(&mut self, field: &Field<'_>, address: AddressId, wrong: &Wrong) {
        let square = Square::new(wrong, field.from);
        self.incorrect += square.value;
        if let Some((moves, frame)) = self.moves(wrong.began) {
            moves.begins[frame].0 += square.begin.0;
            moves.begins[frame].1 += square.begin.1;
            if wrong.begin < field.from {
                self.beware(field, address, wrong.began, field.from);
            }
        }
        if let Some((moves, frame)) = self.moves(wrong.ended) {
            moves.ends[frame].0 += square.end.0;
            moves.ends[frame].1 += square.end.1;
        }
        if square.both != 0 {
            self.both.add(step_number(wrong.began), step_number(wrong.ended));
        }
    }

    fn moves(&mut self, cause: Cause) -> Option<(&mut Moves, usize)> {
        match cause {
            Cause::Apply(frame) => Some((&mut self.applies, frame as usize)),
            Cause::Expire(frame) => Some((&mut self.expires, frame as usize)),
            Cause::Shared => None,
        }
    }
}

/// The number of a step that moves: twice its frame's, and one more where a timer makes it.
fn step_number(cause: Cause) -> u32 {
    match cause {
        Cause::Apply(frame) => 2 * frame,
        Cause::Expire(frame) => 2 * frame + 1,
        Cause::Shared => unreachable!("only steps of a leaf's own are moved"),
    }
}
