//! Closed forms: what queueing theory says, what is measured, and how sure that is.
//!
//! `cargo test --release --test suite theory -- --nocapture --test-threads=1` prints the table of
//! `docs/theory.md`. In a debug build the runs are shorter and the errors may be twice as large.

mod ages;
mod bench;
mod delays;
mod linger;
mod waits;

use crate::shipped::{read, topologies};

#[test]
fn every_theory_topology_loads_and_names_its_form() {
    for file in topologies("theory") {
        let text = read(&file).expect("readable");
        let name = file.display().to_string();
        let first = text.lines().next().expect("a first line");
        assert!(first.starts_with("# Closed form: ") && first.contains(" Source: "), "{name}: {first}");
        let loaded = uidsim::scenario::load(&name, &text, &[], &read);
        if let Err(problems) = loaded {
            panic!("{}", problems.render(uidsim::problem::Style::Plain));
        }
    }
}
