//! The stage seen from the door: Ctrl-C stops it, progress is shown, a broken invariant can be replayed.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::{self, Failure};
use super::progress::Bar;
use crate::problem::Problem;
use crate::random::Seed;
use crate::simulate::Watch;

/// Where runs are played. One a program: it takes Ctrl-C.
pub(super) struct Stage {
    cancelled: Arc<AtomicBool>,
    bar: Bar,
}

impl Stage {
    /// A stage; no progress when `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
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
        let watch = Watch { cancelled: &self.cancelled, progress: &progress };
        let done = guarded(|| action(&watch));
        self.bar.clear();
        match done {
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
    Failure { code: failure::BAD_INPUT, text: text.join("\n") }
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
    static BROKEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `action`; where it panics, what broke and where.
fn guarded<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let fact = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("something that says nothing of itself");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        BROKEN.with(|broken| *broken.borrow_mut() = Some(format!("{fact}{place}")));
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(action));
    panic::set_hook(before);
    done.map_err(|_| BROKEN.with(|broken| broken.borrow_mut().take()).unwrap_or_default())
}
