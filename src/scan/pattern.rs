//! Pattern: what a leaf would find that applies each frame at the instant at which it is sent, and by how much that
//! changes for each nanosecond by which it applies a frame later.
//!
//! Knows walks and sums. Must not know any leaf.

use super::class::Field;
use super::freshness::Freshness;
use super::incorrect::{Both, Square};
use super::meter::{COUNTS, Meter};
use super::part::Part;
use super::retold::Retold;
use super::tape::{Cause, Hazard, Step, Tape, Wrong};
use super::walk::walk;
use crate::ids::AddressId;
use crate::observe::{Class, Reason};

/// Counts that are kept: those in windows, six reasons, versions behind, users, and what is on its last hop.
pub(super) const KINDS: usize = COUNTS + 9;
pub(super) const REASONS: usize = COUNTS;
pub(super) const BEHIND: usize = COUNTS + 6;
pub(super) const USERS: usize = COUNTS + 7;
pub(super) const LAST_HOP: usize = COUNTS + 8;

/// By how much each count jumps.
pub(super) type Jump = [i32; KINDS];

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
}

impl Moves {
    fn new(frames: usize) -> Self {
        Self {
            jumps: vec![[0; KINDS]; frames],
            begins: vec![(0, 0); frames],
            ends: vec![(0, 0); frames],
            hashes: vec![0; frames],
            weights: Vec::new(),
        }
    }

    fn weigh(&mut self) {
        let weight = |jump: &Jump| jump.iter().map(|by| by.unsigned_abs()).max().unwrap_or(0);
        self.weights = self.jumps.iter().map(weight).collect();
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

/// What one step is, in counts; `last` is the last hop.
pub(super) fn jump(step: &Step, last: usize) -> Jump {
    let mut jump = [0; KINDS];
    for (shown, sign) in [(&step.before, -1), (&step.after, 1)] {
        if let Some(class) = shown.class {
            jump[class as usize] += sign;
        }
        if let Some(class) = shown.replica {
            jump[4 + class as usize] += sign;
        }
        if let Some(reason) = shown.reason {
            jump[REASONS + reason as usize] += sign;
            if reason == Reason::InTransit && usize::from(shown.hop) == last {
                jump[LAST_HOP] += sign;
            }
        }
        jump[BEHIND] += sign * i32::try_from(shown.behind).expect("fewer versions than updates");
        jump[USERS] += sign * i32::from(shown.has_user);
    }
    jump
}

/// What one step does on other hops than the last one.
pub(super) fn hop_jumps(step: &Step, last: usize) -> impl Iterator<Item = (usize, i32)> {
    let sides = [(step.before, -1), (step.after, 1)];
    sides.into_iter().filter_map(move |(shown, sign)| {
        let on = shown.reason == Some(Reason::InTransit) && usize::from(shown.hop) != last;
        on.then_some((usize::from(shown.hop), sign))
    })
}

/// What one step does to a site's stays: site, stays, wrong, unknown.
pub(super) fn site_jumps(step: &Step) -> impl Iterator<Item = (usize, [i32; 3])> {
    let sides = [(step.before, -1), (step.after, 1)];
    sides.into_iter().filter_map(|(shown, sign)| {
        let site = shown.site? as usize;
        let wrong = i32::from(shown.class == Some(Class::Outdated));
        let unknown = i32::from(shown.class == Some(Class::Missing));
        Some((site, [sign, sign * wrong, sign * unknown]))
    })
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
            second.finish();
            second
        });
        for address in double {
            walk(&field.pattern_ground(address), |frame| pattern.sent[frame as usize], &mut tape);
            pattern.take(field, address, &tape);
        }
        if second.is_some() {
            (pattern.relays, pattern.close_relays) = (Vec::new(), Vec::new());
        }
        pattern.finish();
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

    fn finish(&mut self) {
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
        let jump = jump(step, last);
        self.meter.jump(step.at, counts(&jump));
        let rest = i128::from(field.end - self.meter.clip(step.at));
        for (sum, by) in self.sums.iter_mut().zip(jump).filter(|(_, by)| *by != 0) {
            *sum += rest * i128::from(by);
        }
        for (hop, by) in hop_jumps(step, last) {
            self.hops[hop] += rest * i128::from(by);
            if step.cause != Cause::Shared {
                self.hop_steps[hop].push(Aside::new(step.cause, by, 0));
            }
        }
        let mut here: Vec<(usize, [i32; 3])> = site_jumps(step).collect();
        if let [(one, first), (other, second)] = here[..]
            && one == other
        {
            here = vec![(one, [first[0] + second[0], first[1] + second[1], first[2] + second[2]])];
        }
        for (site, [stays, wrong, unknown]) in here {
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
        if let Some((moves, frame)) = self.moves(step.cause) {
            for (sum, by) in moves.jumps[frame].iter_mut().zip(jump) {
                *sum += by;
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

/// The counts that windows have.
pub(super) fn counts(jump: &Jump) -> &[i32; COUNTS] {
    jump.first_chunk().expect("windows' counts come first")
}
