//! Crew: threads that help each other once one of them has nothing left to do.
//!
//! Knows numbers. Must not know what is done with them.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads rest.
#[derive(Debug, Default)]
pub(super) struct Crew(AtomicUsize);

impl Crew {
    /// A thread of its own has nothing left to do.
    pub(super) fn rest(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// What `each` gives for all numbers below `count`, in their order. This thread does it, and those that rest by then help.
    /// Cost: that of `each`, and a lock a number.
    pub(super) fn share<T: Send>(&self, count: usize, each: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(count));
        let step = || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number < count {
                let one = each(number);
                done.lock().expect("no thread dies with the lock").push((number, one));
            }
            number < count
        };
        std::thread::scope(|scope| {
            loop {
                if self.wakes_one() {
                    scope.spawn(|| {
                        while step() {}
                        self.rest();
                    });
                }
                if !step() {
                    break;
                }
            }
        });
        let mut done = done.into_inner().expect("all threads are done");
        done.sort_unstable_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, one)| one).collect()
    }

    /// Whether a thread rested and does not any more.
    fn wakes_one(&self) -> bool {
        let fewer = |resting: usize| resting.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
    }
}

/// What `each` gives for the numbers below `count`, cut into as many ranges as there are threads, in their order. Cost: that of
/// `each`, and a thread for each range but the first.
pub(super) fn in_ranges<T: Send>(
    count: usize,
    threads: usize,
    each: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let range = |part: usize| count * part / threads..count * (part + 1) / threads;
    let each = &each;
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|part| scope.spawn(move || each(range(part)))).collect();
        let first = each(range(0));
        let others = others.into_iter().map(|other| other.join().expect("a thread ends, or all do"));
        std::iter::once(first).chain(others).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_is_done_once_and_in_order_by_those_who_rest_too() {
        let crew = Crew::default();
        assert_eq!(crew.share(5, &|number| number * number), [0, 1, 4, 9, 16]);
        crew.rest();
        // Two must be at it at once, or the first would wait for ever.
        let both = Barrier::new(2);
        let threads = crew.share(2, &|_| {
            both.wait();
            std::thread::current().id()
        });
        assert_ne!(threads[0], threads[1]);
        assert!(crew.wakes_one() && !crew.wakes_one(), "who has helped rests again");
        assert!(crew.share(0, &|number| number).is_empty());
    }

    #[test]
    fn ranges_come_in_order_and_leave_nothing_out() {
        for threads in 1..6 {
            for count in 0..9 {
                let all = in_ranges(count, threads, Iterator::collect::<Vec<usize>>);
                assert_eq!(all.len(), threads);
                assert_eq!(all.concat(), (0..count).collect::<Vec<usize>>(), "{count} in {threads}");
            }
        }
    }
}
