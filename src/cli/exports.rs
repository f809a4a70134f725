//! The exports of a run: files for other programs, beside the report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::stage::Stage;
use super::{input, output};
use crate::ids::LinkId;
use crate::page::Whole;
use crate::random::Seed;
use crate::report::{hgrm, openmetrics, parquet, pcapng, series_csv};
use crate::scenario::Scenario;
use crate::simulate::{Stop, capture};
use crate::topology::names;

/// What is exported, and where to.
#[derive(Args, Debug)]
pub(super) struct Exports {
    /// Write the percentiles of the fleet's staleness as HdrHistogram's table, in milliseconds
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
    /// Write every window of time as OpenMetrics text with virtual time stamps
    #[arg(long, value_name = "FILE")]
    openmetrics: Option<PathBuf>,
    /// Write every window of time as CSV, a row for each enforcement point and window
    #[arg(long, value_name = "FILE")]
    series_csv: Option<PathBuf>,
    /// Write every window of time as Parquet, a row for each enforcement point and window
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// Write what crossed the links of --capture as pcapng, for Wireshark; runs once more, in the agenda
    #[arg(long, value_name = "FILE", requires = "capture")]
    pcapng: Option<PathBuf>,
    /// A link whose frames --pcapng takes, or a glob over links; may be repeated
    #[arg(long, value_name = "LINK", requires = "pcapng")]
    capture: Vec<String>,
}

impl Exports {
    /// Where they are written to.
    pub(super) fn paths(&self) -> [Option<&Path>; 5] {
        [&self.hgrm, &self.openmetrics, &self.series_csv, &self.parquet, &self.pcapng]
            .map(|path| path.as_deref())
    }

    /// Whether a report must be built with its series.
    pub(super) fn need_series(&self) -> bool {
        self.openmetrics.is_some() || self.series_csv.is_some() || self.parquet.is_some()
    }

    /// The links to capture, or that there are none of that name.
    pub(super) fn links(&self, scenario: &Scenario) -> Result<BTreeSet<LinkId>, Failure> {
        let known: Vec<&str> = scenario.topology.links.iter().map(|link| link.name.as_str()).collect();
        let mut links = BTreeSet::new();
        for pattern in &self.capture {
            let before = links.len();
            let named = known.iter().enumerate().filter(|(_, name)| names::matches(pattern, name));
            let found: Vec<LinkId> = named.map(|(index, _)| LinkId::new(index)).collect();
            links.extend(found.iter().copied());
            if found.is_empty() && before == links.len() {
                let hint = names::hint(pattern, &known, "links");
                return Err(Failure::bad_input(&format!("--capture: there is no link `{pattern}`"), &hint));
            }
        }
        Ok(links)
    }

    /// Writes them all; whether stdout is taken by one of them.
    pub(super) fn write(
        &self,
        whole: &Whole<'_>,
        seed: Seed,
        stage: &Stage,
        links: BTreeSet<LinkId>,
    ) -> Result<bool, Failure> {
        let Whole { scenario, outcome, report, replay } = *whole;
        let mut is_taken = output::write_all(&[
            (self.hgrm.as_deref(), &|| hgrm::print(&outcome.findings.fleet.staleness)),
            (self.openmetrics.as_deref(), &|| openmetrics::print(report, scenario.start)),
            (self.series_csv.as_deref(), &|| series_csv::print(report)),
        ])?;
        if let Some(path) = &self.parquet {
            output::write_bytes(path, &parquet::print(report))?;
            is_taken |= output::is_stdout(path);
        }
        if let Some(path) = self.pcapng.as_deref().filter(|_| outcome.course.stop == Stop::Completed) {
            write_capture(path, whole, seed, stage, links, replay)?;
            is_taken |= output::is_stdout(path);
        }
        Ok(is_taken)
    }
}

fn write_capture(
    path: &Path,
    whole: &Whole<'_>,
    seed: Seed,
    stage: &Stage,
    links: BTreeSet<LinkId>,
    replay: &str,
) -> Result<(), Failure> {
    let Whole { scenario, report, .. } = *whole;
    let caught = stage.play(&report.topology, seed, replay, |watch| {
        capture(scenario, seed, &input::trace, watch, links.clone())
    })?;
    if caught.left_out > 0 {
        let fact = format!(
            "note: {} holds the first frames only; {} more are left out",
            path.display(),
            caught.left_out
        );
        output::complain(&fact);
    }
    output::write_bytes(path, &pcapng::print(scenario, &caught.frames))
}
