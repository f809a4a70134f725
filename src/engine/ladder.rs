//! The ladder: keys of what is pending, sorted only as far as they are due.
//!
//! Three parts, from soon to late: a short sorted run; rungs, each of which divides the time before the next
//! by at most 512 buckets of one width; and a list of what lies beyond them all. What comes next is divided
//! more finely until so few keys are left that they are sorted. Every instant lies in exactly one place, what is
//! moved keeps its order, and sorting is stable: so keys of one instant and rank leave as they came.
//!
//! Knows instants and ranks. Must not know what is booked, nor where it is kept.

/// When something is due, its rank within the instant, and where it is kept: 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Units: ns since the start.
    pub(super) at: u64,
    pub(super) rank: u32,
    pub(super) slot: u32,
}

impl Key {
    /// What keys are sorted by.
    #[inline]
    fn order(&self) -> u128 {
        u128::from(self.at) << 64 | u128::from(self.rank)
    }
}

/// Buckets of a rung: the ends of so many still fit into the first cache. A power of two.
const BUCKETS_MAX: usize = 512;
/// Keys that a new rung aims to put into one bucket.
const BUCKET_AIM: usize = 4;
/// At most so many keys are sorted; more are divided.
const SORTED_MAX: usize = 20;
/// At most so many keys wait in the sorted run when others are put between them.
const RUN_MAX: usize = 60;
/// At most so many keys are looked at together: what is kept for them fits into the second cache.
const LOOK_MAX: usize = 4_096;
/// How far a new rung reaches, in mean distances of its keys from the first. More than one, so that it takes some.
const NEAR: u128 = 4;
/// An emptied list keeps its memory when it is for at most so many keys.
const KEPT_MAX: usize = 256;

/// A division of the time from `start` to `last`.
#[derive(Debug, Default)]
struct Rung {
    start: u64,
    last: u64,
    /// The width of a bucket is two to this power.
    shift: u32,
    /// The first bucket that may hold something.
    current: usize,
    /// How many buckets are in use.
    used: usize,
    buckets: Vec<Vec<Key>>,
    /// Whether what its keys name was looked at when it was made.
    is_seen: bool,
}

impl Rung {
    /// Makes this a division of `start..=last` for `count` keys.
    fn divide(&mut self, start: u64, last: u64, count: usize) {
        let aim = (count / BUCKET_AIM).next_power_of_two().clamp(2, BUCKETS_MAX);
        let width = last - start;
        self.shift = (u64::BITS - width.leading_zeros()).saturating_sub(aim.trailing_zeros());
        self.used = (width >> self.shift) as usize + 1;
        (self.start, self.last, self.current) = (start, last, 0);
        if self.buckets.len() < self.used {
            self.buckets.resize_with(self.used, Vec::new);
        }
    }

    #[inline]
    fn put(&mut self, key: Key) {
        let index = ((key.at - self.start) >> self.shift) as usize;
        // What was looked at and was not due yet may lie behind what comes now.
        self.current = self.current.min(index);
        self.buckets[index].push(key);
    }

    /// Goes to the next bucket that holds something, if there is one.
    fn advance(&mut self) -> bool {
        let ahead = &self.buckets[self.current..self.used];
        let step = ahead.iter().position(|bucket| !bucket.is_empty());
        self.current += step.unwrap_or(ahead.len() - 1);
        step.is_some()
    }
}

/// Keys in order. Cost: constant on average, a put or a take; memory by the most that was pending at once. A rung
/// is a part of one bucket of the rung above it, at most half as wide a bucket: there are never more than 64.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// The run: ascending, and taken up to `head`. It has the instants up to `sorted_to`.
    sorted: Vec<Key>,
    head: usize,
    sorted_to: u64,
    /// Each divides a part of the next bucket of the one before; those from `depth` on are not in use.
    rungs: Vec<Rung>,
    depth: usize,
    beyond: Vec<Key>,
}

impl Ladder {
    /// Puts a key that lies after `now`, the instant of the key taken last.
    #[inline]
    pub(super) fn put(&mut self, now: u64, key: Key) {
        if key.at > self.sorted_to {
            // Lower rungs end earlier. Counted without a branch for each, which would be guessed wrong as often as not.
            let over =
                self.rungs[..self.depth].iter().map(|rung| usize::from(key.at > rung.last)).sum::<usize>();
            match (self.depth - over).checked_sub(1) {
                Some(rung) => self.rungs[rung].put(key),
                None => self.beyond.push(key),
            }
        } else {
            self.put_between(now, key);
        }
    }

    /// The next key, where it is of the same instant as the one taken last or was looked for already.
    #[inline]
    pub(super) fn front(&self) -> Option<&Key> {
        self.sorted.get(self.head)
    }

    /// Whether a refill must come before anything can be taken.
    #[inline]
    pub(super) fn is_run_over(&self) -> bool {
        self.head == self.sorted.len()
    }

    /// Takes the next key of the run that is due by `end`.
    #[inline]
    pub(super) fn take(&mut self, end: u64) -> Option<Key> {
        let key = *self.front()?;
        if key.at > end {
            return None;
        }
        self.head += 1;
        Some(key)
    }

    fn put_between(&mut self, now: u64, key: Key) {
        let place = self.sorted[self.head..].partition_point(|other| other.order() <= key.order());
        self.sorted.insert(self.head + place, key);
        if self.sorted.len() - self.head > RUN_MAX {
            self.spread_run(now);
        }
    }

    /// Divides what the run has beyond `now`, so that putting between never costs more.
    fn spread_run(&mut self, now: u64) {
        let kept = self.head + self.sorted[self.head..].partition_point(|key| key.at <= now);
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.divide(now + 1, self.sorted_to, self.sorted.len() - kept);
        rung.is_seen = true;
        self.sorted.drain(kept..).for_each(|key| rung.put(key));
        self.sorted_to = now;
    }

    /// Fills the run, which is over, with what comes next; whether that is due by `end`. Shows `look` the slots
    /// of what comes soon, many at a time.
    pub(super) fn refill(&mut self, end: u64, mut look: impl FnMut(u32)) -> bool {
        self.sorted.clear();
        self.head = 0;
        if self.sorted.capacity() > KEPT_MAX {
            self.sorted = Vec::new();
        }
        loop {
            while self.depth > 0 && !self.rungs[self.depth - 1].advance() {
                self.depth -= 1;
            }
            let is_seen = self.rungs[..self.depth].last().is_some_and(|rung| rung.is_seen);
            let keys = keys_at(&mut self.rungs[..self.depth], &mut self.beyond);
            let few = keys.len() <= LOOK_MAX;
            if few && !is_seen {
                keys.iter().for_each(|key| look(key.slot));
            }
            if keys.len() <= SORTED_MAX {
                keys.sort_by_key(Key::order);
                if keys.first().is_none_or(|first| first.at > end) {
                    return false;
                }
                std::mem::swap(keys, &mut self.sorted);
                self.sorted_to = self.sorted[self.sorted.len() - 1].at;
                return true;
            }
            let ends = |(least, greatest): (u64, u64), key: &Key| (least.min(key.at), greatest.max(key.at));
            let (least, greatest) = keys.iter().fold((u64::MAX, 0), ends);
            if least > end {
                return false;
            }
            if least == greatest {
                std::mem::swap(keys, &mut self.sorted);
                self.sorted.sort_by_key(Key::order);
                self.sorted_to = greatest;
                return true;
            }
            self.divide_next(least, greatest, is_seen || few);
        }
    }

    /// Divides the nearer of the keys that come next over a rung of their own: up to `NEAR` times their mean
    /// distance. That is all of them when they lie evenly, more than half in any case, and a few that lie far
    /// off do not make the buckets too wide for the others.
    fn divide_next(&mut self, least: u64, greatest: u64, is_seen: bool) {
        let above = self.depth;
        let mut keys = std::mem::take(keys_at(&mut self.rungs[..above], &mut self.beyond));
        let distances = keys.iter().map(|key| key.at - least);
        let distance = match (greatest - least).checked_mul(keys.len() as u64) {
            Some(_) => u128::from(distances.sum::<u64>()),
            None => distances.map(u128::from).sum(),
        };
        let reach = NEAR * distance / keys.len() as u128;
        let last = u64::try_from(u128::from(least) + reach).map_or(greatest, |last| last.min(greatest));
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.divide(least, last, keys.len());
        rung.is_seen = is_seen;
        if last == greatest {
            keys.drain(..).for_each(|key| rung.put(key));
        } else {
            keys.retain(|key| {
                let near = key.at <= last;
                if near {
                    rung.put(*key);
                }
                !near
            });
        }
        self.sorted_to = least - 1;
        if above == 0 || !keys.is_empty() || keys.capacity() <= KEPT_MAX {
            *keys_at(&mut self.rungs[..above], &mut self.beyond) = keys;
        }
    }
}

/// Where the keys are that come next, once the lowest rung has gone to its next bucket.
fn keys_at<'a>(rungs: &'a mut [Rung], beyond: &'a mut Vec<Key>) -> &'a mut Vec<Key> {
    match rungs.last_mut() {
        Some(rung) => &mut rung.buckets[rung.current],
        None => beyond,
    }
}

/// A rung to be used below the others.
fn next_rung<'a>(rungs: &'a mut Vec<Rung>, depth: &mut usize) -> &'a mut Rung {
    if *depth == rungs.len() {
        rungs.push(Rung::default());
    }
    *depth += 1;
    &mut rungs[*depth - 1]
}
