//! What a run cost: wall time from the clock, the rest from `/proc/self` where there is one.

use std::fs::File;
use std::io::Read;

use crate::report::Costs;
use crate::units::Span;

/// Clock ticks in a second of `/proc/self/stat`. Source: proc(5) and sysconf(_SC_CLK_TCK); Linux gives
/// programs 100 on every architecture of interest.
const TICKS_PER_SECOND: u64 = 100;

/// A stopwatch.
#[expect(clippy::disallowed_types, reason = "the wall clock belongs to the door")]
pub(super) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts it.
    #[expect(clippy::disallowed_types, reason = "the wall clock belongs to the door")]
    pub(super) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Time since it was started.
    pub(super) fn read(&self) -> Span {
        Span::from_nanos(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// What the process has cost since it was started.
    pub(super) fn costs(&self) -> Costs {
        Costs { cpu: cpu(), wall: self.read(), peak_rss_bytes: peak_rss() }
    }
}

/// Processor time of all threads, in user and system mode.
fn cpu() -> Option<Span> {
    let stat = proc_file("/proc/self/stat")?;
    // The second field is the program's name in parentheses and may hold blanks.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let (user, system): (u64, u64) = (fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?);
    Some(Span::from_nanos((user + system).checked_mul(1_000_000_000 / TICKS_PER_SECOND)?))
}

/// The most memory that was resident at once. Units: bytes.
fn peak_rss() -> Option<u64> {
    let status = proc_file("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

fn proc_file(path: &str) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
    Some(text)
}
