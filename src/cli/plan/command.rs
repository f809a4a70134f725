//! The command that makes a plan again: what was asked, without where it was run and what was written.

use super::super::scenario::option;
use super::Arguments;
use crate::capacity::Found;
use crate::random::Seed;

/// As a POSIX shell takes it. The same for a plan that is merged and one that is run in one go.
pub(super) fn again(arguments: &Arguments, found: &Found) -> String {
    let first = found.seeds.first().copied().unwrap_or_default();
    let mut words = arguments.changes.command("plan", &arguments.path, Seed(first), &[]);
    words.push(option("seeds", &found.seeds.len().to_string()));
    words.extend(arguments.vary.iter().map(|axis| option("vary", &axis.text)));
    words.extend(arguments.until.iter().map(|until| option("until", until)));
    words.extend(arguments.what_if.iter().map(|change| option("what-if", &change.said())));
    words.extend(arguments.metric.iter().map(|metric| option("metric", metric)));
    words.join(" ")
}
