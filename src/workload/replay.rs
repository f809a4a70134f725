//! Replay: a log of real events becomes a workload whose truth is assumed.
//!
//! Knows the readers and the rules. Reads the file only through the closure that it is given.

use std::path::Path;

use crate::problem::Problem;
use crate::units::{Instant, Span};

use super::evidence::{Tally, check_size, grouped};
use super::generate::Noticed;
use super::replay_truth::{Assumed, clock};
use super::{Replay, ReplayFormat, Truth, Workload, replay_csv, replay_windows};

/// The workload that the log of `replay` tells of.
///
/// A dated log begins at virtual zero with its first line in use; one that counts from the start keeps
/// its count. Lines may stand in any order; those of one time keep the file's.
pub(super) fn generate(
    replay: &Replay,
    duration: Span,
    read: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Workload, Vec<Problem>> {
    let text = read(&replay.file)
        .map_err(|fact| vec![Problem { code: "unreadable-log", fact, hint: String::new(), place: None }])?;
    from_text(replay, duration, &text).map_err(|mut problem| {
        problem.fact = format!("{}: {}", replay.file.display(), problem.fact);
        vec![problem]
    })
}

fn from_text(replay: &Replay, duration: Span, text: &str) -> Result<Workload, Problem> {
    check_size(text)?;
    let mut tally = Tally::default();
    let (mut evidence, is_dated) = match replay.format {
        ReplayFormat::Csv => replay_csv::read(text, replay.machine_accounts, &mut tally)?,
        ReplayFormat::WindowsNdjson => {
            (replay_windows::read(text, replay.machine_accounts, &mut tally), true)
        }
    };
    evidence.sort_by_key(|piece| piece.at);
    let Some(first) = evidence.first() else { return Err(nothing_in_use(&tally)) };
    let origin = if is_dated { first.at } else { 0 };
    let (instants, gaps, cut) = clock(&evidence, origin, replay.gaps_over);
    let mut assumed = Assumed::new(replay);
    for (at, piece) in instants.into_iter().zip(evidence) {
        assumed.take(at, piece, &mut tally);
    }
    assumed.finish();
    if assumed.users.is_empty() {
        return Err(nothing_in_use(&tally));
    }
    let mut remarks: Vec<String> = tally.remark().into_iter().collect();
    if gaps > 0 {
        let (gaps, longest) = (grouped(gaps), replay.gaps_over);
        remarks.push(format!("shortened {gaps} gaps longer than {longest} to it, by {cut} in all"));
    }
    workload(assumed, duration, remarks)
}

fn workload(assumed: Assumed, duration: Span, mut remarks: Vec<String>) -> Result<Workload, Problem> {
    let Assumed { addresses, users, mut stays, noticed: all, .. } = assumed;
    let end = Instant::after_start(duration);
    let mut noticed = Noticed::until(end);
    let late = all.iter().filter(|(_, update)| update.occurred > end).count();
    if late > 0 {
        let all = grouped(all.len());
        remarks.push(format!("left out {} of {all} updates, after the end of the run", grouped(late)));
    }
    for (source, update) in all {
        noticed.add(source, update);
    }
    stays.retain(|stay| stay.start <= end);
    let updates = noticed.finish()?;
    Ok(Workload { addresses, users, stays, updates, truth: Truth::Assumed, remarks })
}

fn nothing_in_use(tally: &Tally) -> Problem {
    let why = tally.remark().unwrap_or_else(|| "the log has no lines".to_owned());
    Problem {
        code: "empty-log",
        fact: format!("no line can be used; {why}"),
        hint: "check that `format` names the log's format".to_owned(),
        place: None,
    }
}
