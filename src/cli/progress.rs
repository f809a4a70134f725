//! Progress on stderr, where that is a terminal: virtual time, events per second, time left.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::costs::Stopwatch;
use crate::simulate::Progress;
use crate::units::{Instant, Span};

/// A bar, or nothing in a pipe.
pub(super) struct Bar {
    bar: ProgressBar,
    watch: Stopwatch,
}

impl Bar {
    /// A bar that stays silent when `quiet` or when stderr is no terminal.
    pub(super) fn new(quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")
            .expect("the template is well formed")
            .progress_chars("━╸─");
        Self {
            bar: ProgressBar::with_draw_target(Some(1), target).with_style(style),
            watch: Stopwatch::start(),
        }
    }

    /// Shows how far a run is.
    pub(super) fn show(&self, progress: Progress) {
        if self.bar.is_hidden() {
            return;
        }
        let (now, end) = (progress.now.nanos(), progress.end.nanos());
        self.bar.set_length(end.max(1));
        self.bar.set_position(now);
        let wall = self.watch.read().seconds();
        let left = if now == 0 { 0.0 } else { wall * (end.saturating_sub(now)) as f64 / now as f64 };
        self.bar.set_message(format!(
            "virtual {}  {:.0} events/s  {left:.0} s left",
            whole_seconds(progress.now),
            progress.events as f64 / wall.max(1e-9),
        ));
    }

    /// Begins to count runs, of which there are `all`; the watch that time left is told from.
    pub(super) fn begin(&self, all: usize) -> Stopwatch {
        self.bar.reset();
        self.bar.set_length(all as u64);
        self.bar.set_message(format!("run 1 of {all}"));
        self.bar.tick();
        Stopwatch::start()
    }

    /// Shows that one more run is done since `begun`.
    pub(super) fn step(&self, begun: &Stopwatch) {
        self.bar.inc(1);
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
        let left = begun.read().seconds() * all.saturating_sub(done) as f64 / done.max(1) as f64;
        self.bar.set_message(format!("{done} of {all} runs done  {left:.0} s left"));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn whole_seconds(now: Instant) -> Span {
    Span::from_seconds(now.nanos() / 1_000_000_000)
}
