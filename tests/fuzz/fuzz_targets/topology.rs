//! Any bytes as a topology file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uidsim::problem::Style;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let read = |_: &std::path::Path| Ok(String::new());
    if let Err(problems) = uidsim::scenario::load("fuzzed.yaml", &text, &[], &read) {
        assert!(!problems.problems.is_empty(), "a refusal says why");
        assert!(problems.render(Style::Plain).len() < 1 << 20, "what it says is bounded");
    }
});
