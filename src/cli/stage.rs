//! The stage seen from the door: Ctrl-C stops it, progress is shown, a broken invariant can be replayed.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::{self, Failure};
use super::progress::Bar;
use crate::problem::Problem;
use crate::random::Seed;
use crate::simulate::{INTERRUPTED, Progress, Watch};

/// Where runs are played. One a program: it takes Ctrl-C.
pub(super) struct Stage {
    cancelled: Arc<AtomicBool>,
    bar: Bar,
}

impl Stage {
    /// A stage; no progress when `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        listen_for_panics();
        Self { cancelled: cancelled_by_keyboard(), bar: Bar::new(quiet) }
    }

    /// Plays `action`. Problems of the workload of `file` and broken invariants become failures.
    pub(super) fn play<T>(
        &self,
        file: &str,
        seed: Seed,
        replay: &str,
        action: impl FnOnce(&Watch<'_>) -> Result<T, Vec<Problem>>,
    ) -> Result<T, Failure> {
        let progress = |progress| self.bar.show(progress);
        let done = self.watched(file, seed, replay, &progress, action);
        self.bar.clear();
        done
    }

    /// Plays every job on at most `threads` threads; the results come in the order of the jobs.
    pub(super) fn play_all<J: Sync, T: Send>(
        &self,
        jobs: &[J],
        threads: usize,
        play: impl Fn(&Self, &J) -> Result<T, Failure> + Sync,
    ) -> Vec<Result<T, Failure>> {
        let next = AtomicUsize::new(0);
        let begun = self.bar.begin(jobs.len());
        let done: Vec<Mutex<Option<Result<T, Failure>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..threads.min(jobs.len()) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = jobs.get(index) else { break };
                        let played = play(self, job);
                        *done[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(played);
                        self.bar.step(&begun);
                    }
                });
            }
        });
        self.bar.clear();
        let finished = |place: Mutex<Option<Result<T, Failure>>>| {
            place.into_inner().unwrap_or_else(PoisonError::into_inner).expect("every job was taken")
        };
        done.into_iter().map(finished).collect()
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Plays `action` without a word of progress; for one of many.
    pub(super) fn play_quietly<T>(
        &self,
        file: &str,
        seed: Seed,
        replay: &str,
        action: impl FnOnce(&Watch<'_>) -> Result<T, Vec<Problem>>,
    ) -> Result<T, Failure> {
        self.watched(file, seed, replay, &|_| {}, action)
    }

    fn watched<T>(
        &self,
        file: &str,
        seed: Seed,
        replay: &str,
        progress: &dyn Fn(Progress),
        action: impl FnOnce(&Watch<'_>) -> Result<T, Vec<Problem>>,
    ) -> Result<T, Failure> {
        let watch = Watch { cancelled: &self.cancelled, progress };
        match guarded(|| action(&watch)) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(problems)) => Err(of_workload(file, &problems)),
            Err(broken) => Err(Failure::unfinished(
                &format!("an invariant broke: {broken}\n  seed: {}\n  replay: {replay}", seed.0),
                "this is a fault of uidsim; please report it with the topology file and the seed",
            )),
        }
    }
}

/// Problems that only show once the workload is made, such as an unreadable trace.
fn of_workload(file: &str, problems: &[Problem]) -> Failure {
    let text: Vec<String> = problems
        .iter()
        .map(|problem| Failure::bad_input(&format!("{file}: {problem}"), &problem.hint).text)
        .collect();
    let is_interrupted = problems.iter().any(|problem| problem.code == INTERRUPTED);
    let code = if is_interrupted { failure::INTERRUPTED } else { failure::BAD_INPUT };
    Failure { code, text: text.join("\n") }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn cancelled_by_keyboard() -> Arc<AtomicBool> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(failure::INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!(%error, "Ctrl-C will end the run without a report");
    }
    cancelled
}

thread_local! {
    /// What broke on this thread.
    static BROKEN: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether somebody waits here for what breaks.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What broke first on a thread that helps another, which then only knows that it did. Where two runs break at once one may be
/// told for the other.
static BROKEN_ELSEWHERE: Mutex<Option<String>> = Mutex::new(None);

/// Lets panics say what broke and where to `guarded` instead of to stderr.
fn listen_for_panics() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let fact = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("something that says nothing of itself");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        note_broken(format!("{fact}{place}"));
    }));
}

fn note_broken(what: String) {
    if IS_GUARDED.get() {
        BROKEN.with(|broken| *broken.borrow_mut() = Some(what));
    } else {
        BROKEN_ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }
}

/// Calls `action`; where it panics, or a thread that helps it, what broke and where.
fn guarded<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    IS_GUARDED.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(action));
    IS_GUARDED.set(false);
    done.map_err(|_| {
        let here = BROKEN.with(|broken| broken.borrow_mut().take());
        let elsewhere = BROKEN_ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner).take();
        elsewhere.or(here).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_is_told_on_whichever_thread_it_broke() {
        let breaks = |what: &str| {
            note_broken(what.to_owned());
            panic!("{what}");
        };
        let here: Result<(), String> = guarded(|| breaks("here"));
        assert_eq!(here, Err("here".to_owned()));
        let helped = |fact: &str| {
            std::thread::scope(|scope| scope.spawn(|| breaks(fact)).join().unwrap_or(()));
            breaks("a scoped thread panicked");
        };
        assert_eq!(guarded(|| helped("elsewhere")), Err("elsewhere".to_owned()));
    }
}
