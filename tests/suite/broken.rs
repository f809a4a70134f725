//! Every broken topology says all its problems, each at its place; the messages are snapshots.

use std::path::Path;

use uidsim::problem::{Problems, Style};

use crate::shipped::{read, topologies};

fn load(
    name: &str,
    text: &str,
    overrides: &[(String, String)],
) -> Result<uidsim::scenario::Scenario, Problems> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies/broken");
    let read = |path: &Path| read(&folder.join(path)).map_err(|_| "no such file".to_owned());
    uidsim::scenario::load(name, text, overrides, &read)
}

#[test]
fn every_broken_topology_says_its_problems() {
    for file in topologies("broken") {
        let text = read(&file).expect("readable");
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let Err(problems) = load(&name, &text, &[]) else { panic!("{name} loads") };
        insta::assert_snapshot!(name.trim_end_matches(".yaml"), problems.render(Style::Plain));
    }
}
