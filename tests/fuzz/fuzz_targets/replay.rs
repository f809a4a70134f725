//! Any bytes as a log that a topology replays; the first byte chooses the format, so that Windows events and CSV,
//! whose readers stand behind `replay:` alone, are reached too.
#![no_main]

use libfuzzer_sys::fuzz_target;

const FORMATS: [&str; 5] = ["csv", "windows_ndjson", "userid_log", "syslog, profile: p", "uid_message"];

fuzz_target!(|data: &[u8]| {
    let Some((first, log)) = data.split_first() else { return };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    let text = format!(
        "duration: 1h\nsites: {{hq: {{}}}}\nsyslog_profiles:\n  p: {{event_type: login, regex: {{event: '.', \
         user: 'u=(\\w+)', address: 'a=([0-9.]+)'}}}}\nxml_api_clients: {{x: {{site: hq, to: [a]}}}}\n\
         agents: {{a: {{site: hq}}}}\nfirewalls: {{f: {{site: hq, upstreams: [a]}}}}\n\
         workload: {{replay: {{file: log, format: {format}, sources: [x]}}}}\n"
    );
    let log = String::from_utf8_lossy(log);
    let read = |_: &std::path::Path| Ok(log.clone().into_owned());
    if let Err(problems) = uidsim::scenario::load("fuzzed.yaml", &text, &[], &read) {
        assert!(!problems.problems.is_empty(), "a refusal says why");
    }
});
