//! Any bytes as a log that a topology replays; the first byte chooses the format, so that Windows events and CSV,
//! whose readers stand behind `replay:` alone, are reached too.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use uidsim::scenario::Scenario;

const FORMATS: [&str; 5] = ["csv", "windows_ndjson", "userid_log", "syslog, profile: p", "uid_message"];

/// One for each format.
static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(|| FORMATS.map(scenario).into());

fn scenario(format: &str) -> Scenario {
    let text = format!(
        "duration: 1h\nsites: {{hq: {{}}}}\nsyslog_profiles:\n  p: {{event_type: login, regex: {{event: '.', \
         user: 'u=(\\w+)', address: 'a=([0-9.]+)'}}}}\nxml_api_clients: {{x: {{site: hq, to: [a]}}}}\n\
         agents: {{a: {{site: hq}}}}\nfirewalls: {{f: {{site: hq, upstreams: [a]}}}}\n\
         workload: {{replay: {{file: log, format: {format}, sources: [x]}}}}\n"
    );
    uidsim::scenario::load("fuzzed.yaml", &text, &[], &|_: &Path| Ok(String::new())).expect("the topology is sound")
}

fuzz_target!(|data: &[u8]| {
    let Some((first, log)) = data.split_first() else { return };
    let scenario = &SCENARIOS[usize::from(*first) % FORMATS.len()];
    let log = String::from_utf8_lossy(log);
    let read = |_: &Path| Ok(log.clone().into_owned());
    match uidsim::simulate::realise(scenario, scenario.seed, &read) {
        Ok(workload) => assert!(workload.updates.iter().any(|list| !list.is_empty()), "an empty log is refused"),
        Err(problems) => assert!(!problems.is_empty(), "a refusal says why"),
    }
});
