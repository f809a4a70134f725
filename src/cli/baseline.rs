//! Baselines on disk: where they lie, how they are read and written.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input;
use super::output;
use crate::gate::{self, Baseline};
use crate::scenario::Scenario;

/// Where the baseline of a topology file lies.
pub(super) fn path(topology: &Path) -> PathBuf {
    topology.with_extension("baseline.json")
}

/// The baseline beside `topology`, if there is one, found fit to be compared with a check of these seeds.
pub(super) fn read(topology: &Path, scenario: &Scenario, seeds: &[u64]) -> Result<Option<Baseline>, Failure> {
    let path = path(topology);
    let renew = format!(
        "`uidsim check {} --update-baseline` writes it anew; it is of the file's own seeds",
        topology.display()
    );
    if topology == Path::new("-") || !path.exists() {
        let asked = topology != Path::new("-") && scenario.typed.get("baseline").is_some();
        let fact = format!("{} has a `baseline:`, but there is no {}", topology.display(), path.display());
        return if asked { Err(Failure::bad_input(&fact, &renew)) } else { Ok(None) };
    }
    let wrong = |fact: &str| Failure::bad_input(&format!("the baseline {} {fact}", path.display()), &renew);
    let text = input::baseline(&path).map_err(|fact| Failure::bad_input(&fact, ""))?;
    let baseline = Baseline::read(&text).map_err(|fact| wrong(&fact))?;
    match gate::mismatch(scenario, &baseline, seeds) {
        Some(fact) => Err(wrong(&fact)),
        None => Ok(Some(baseline)),
    }
}

/// Writes the baseline of `topology` and says so on stderr.
pub(super) fn write(topology: &Path, baseline: &Baseline, quiet: bool) -> Result<(), Failure> {
    let path = path(topology);
    output::write(&path, &baseline.print())?;
    if !quiet {
        let rows = baseline.rows.len();
        output::complain(&format!(
            "wrote {}: {rows} metrics, {} seeds",
            path.display(),
            baseline.seeds.len()
        ));
    }
    Ok(())
}
