//! Load: one text in, one scenario or every problem out.
//!
//! Knows the order of the steps. Must not touch the disk: files come through `read`.

use std::collections::BTreeSet;
use std::path::Path;

use super::enforcement::Enforcement;
use super::resolved::{Flows, Scenario};
use super::selector::Selectors;
use super::{expect, expect_at, faults, hash, incidents, margin, policy, tolerance, workload};
use crate::problem::{Place, Problems};
use crate::random::Seed;
use crate::topology::draft::value::Moment;
use crate::topology::draft::{General, StartState};
use crate::topology::{self, Context, Drafts, ReadFile};
use crate::units::{Instant, Span};

/// Windows of one run; more make no readable time series and a minimum of nothing.
const WINDOWS_MAX: u64 = 10_000_000;

/// The scenario of a topology file's `text`, with the values of `overrides` (`--set PATH=VALUE`) put in.
///
/// `read` reads the files that the topology names, relative to the folder of `file_name`.
///
/// # Errors
/// Every problem of the file at once, sorted by place.
pub fn load(
    file_name: &str,
    text: &str,
    overrides: &[(String, String)],
    read: ReadFile<'_>,
) -> Result<Scenario, Problems> {
    let (drafts, mut problems) = topology::read(text, overrides);
    let mut scenario = None;
    if let Some(drafts) = drafts {
        let mut context = Context::new(file_name, read);
        let found = resolve(&mut context, &drafts, file_name);
        let files = context.files_digest();
        // What the check cut away leaves holes; their own problem stands at the same place already.
        let cut: BTreeSet<Place> = problems.iter().filter_map(|problem| problem.place).collect();
        let behind =
            context.problems.into_iter().filter(|p| p.place.is_none_or(|place| !cut.contains(&place)));
        problems.extend(topology::relocated(behind.collect(), overrides));
        scenario = Some((found, files));
    }
    match scenario {
        Some((mut scenario, files)) if problems.is_empty() => {
            scenario.hash = hash::hash(&scenario.typed, &files);
            scenario.margin.places = scenario.margin.places.within(text.len());
            Ok(scenario)
        }
        _ => Err(Problems::new(file_name, text, problems)),
    }
}

fn resolve(context: &mut Context<'_>, drafts: &Drafts, file_name: &str) -> Scenario {
    let general = &drafts.general;
    let topology = topology::resolve(context, general, &drafts.cast, drafts.links_whole);
    let start = general.start.value.0;
    let clock = Clock { start, duration: general.duration.value };
    let measure_from =
        clock.instant(context, &general.measure_from.value, general.measure_from.place, "measuring begins");
    check_window(context, general);
    let (spec, flows) = match &general.workload {
        Some(draft) => workload::resolve(context, draft, &drafts.cast, &topology, clock),
        None => (workload::nothing(), Flows { per_second: 0.0, through: Vec::new() }),
    };
    let threats = general.workload.as_ref().map_or(&[][..], |draft| &draft.threats);
    let enforcement = Enforcement {
        policy: general.policies.as_ref().map(|draft| policy::resolve(context, draft, &topology)),
        dataplane: std::mem::take(&mut context.dataplane),
        threats: incidents::threats(context, threats, &topology, clock),
        registrations: incidents::registrations(context, &drafts.cast, clock),
        labels: std::mem::take(&mut context.labels),
    };
    let storms = workload::storm_names(&spec);
    let faults = faults::resolve(context, &general.faults, &topology, clock, &storms);
    let selectors = Selectors::new(&topology, &faults, &storms, &enforcement);
    let expectations = expect::resolve(context, &general.expect, &selectors);
    let tolerances = tolerance::resolve(context, general.baseline.as_ref(), &selectors);
    let entries_expected = expect_at::resolve(context, &general.expect_at, &topology, clock);
    let name = general.name.as_ref().map_or_else(|| stem(file_name), |name| name.value.clone());
    Scenario {
        name,
        topology,
        workload: spec,
        faults,
        expectations,
        entries_expected,
        tolerances,
        typed: drafts.typed.clone(),
        flows,
        start,
        duration: clock.duration,
        measure_from,
        window: general.window.value,
        warm: general.start_state == StartState::Warm,
        seed: Seed(general.seed.value),
        events_max: general.events_max.value,
        hash: String::new(),
        enforcement,
        margin: margin::resolve(context, general),
    }
}

/// When the run starts and how long it is.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    /// The time of day at virtual zero.
    pub start: Span,
    /// How long the run is.
    pub duration: Span,
}

impl Clock {
    /// The point of the run that a moment names; a problem when it lies at or past the end.
    pub(super) fn instant(
        self,
        context: &mut Context<'_>,
        moment: &Moment,
        place: Place,
        what: &str,
    ) -> Instant {
        let since = moment.since(self.start);
        if since >= self.duration {
            let fact = format!("{what} {since} after the start, but the run ends after {}", self.duration);
            context.say("after-the-end", place, fact, "raise `duration`, or choose an earlier time");
        }
        Instant::after_start(since)
    }
}

fn check_window(context: &mut Context<'_>, general: &General) {
    let (window, duration) = (&general.window, &general.duration);
    if duration.value.nanos() / window.value.nanos().max(1) > WINDOWS_MAX {
        let fact = format!("the run has more than {WINDOWS_MAX} windows of {}", window.value);
        context.say("too-large", window.place, fact, "widen `window` or shorten `duration`");
    }
}

/// The file's name without folder and ending.
fn stem(file_name: &str) -> String {
    let stem = Path::new(file_name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem != "-").unwrap_or_else(|| "stdin".to_owned())
}
