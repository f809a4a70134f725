//! Pages of the handbook that show data of the program show all of it, as it is.

use assert_cmd::Command;
use uidsim::ports::{ALL, Port};

fn uidsim(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("uidsim").expect("the program is built");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").args(arguments);
    let output = command.assert().code(0).get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

fn row(port: &Port) -> String {
    let number = if port.first == port.last {
        port.first.to_string()
    } else {
        format!("{}-{}", port.first, port.last)
    };
    let sealed = if port.is_plain { "clear" } else { "" };
    let keys = if port.keys.is_empty() { "not dialled in runs" } else { port.keys };
    let cells =
        [number.as_str(), port.protocol.word(), port.from, port.to, port.purpose, sealed, keys, port.source];
    format!("| {} |", cells.join(" | "))
}

#[test]
fn the_page_of_ports_is_the_table_of_ports() {
    let page = include_str!("../../docs/ports.md");
    let shown: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    let known: Vec<String> = ALL.iter().map(row).collect();
    assert_eq!(shown, known, "docs/ports.md would be:\n{}", known.join("\n"));
}

/// The page's own command, and the runs behind its second table.
#[test]
fn the_mechanisms_are_what_their_commands_measure() {
    let page = include_str!("../../docs/mechanisms.md");
    let command = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a command");
    let mut words: Vec<&str> = command.split_whitespace().filter(|word| *word != "\\").skip(1).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("table.md");
    words.extend(["--quiet", "--markdown", file.to_str().expect("a path in text")]);
    uidsim(&words);
    let measured = std::fs::read_to_string(&file).expect("it was written");
    assert!(page.contains(measured.trim_end()), "docs/mechanisms.md would show:\n{measured}");
    for topology in words.iter().filter(|word| word.ends_with(".yaml")) {
        let report: serde_json::Value =
            serde_json::from_str(&uidsim(&["run", topology, "--quiet", "--json", "-"])).expect("JSON");
        let links = report["links"].as_array().expect("links");
        let sum = |key: &str| links.iter().filter_map(|link| link[key].as_u64()).sum::<u64>();
        let row = format!("| {topology} | {} | {} |", sum("messages"), sum("bytes"));
        assert!(page.contains(&row), "docs/mechanisms.md would show: {row}");
    }
}

/// What a baseline keeps of the file's own seed.
fn kept(name: &str, selector: &str, metric: &str) -> f64 {
    let file = format!("{}/topologies/{name}.baseline.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let baseline: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let value = &baseline["metrics"][selector][metric][0];
    value.as_f64().unwrap_or_else(|| panic!("{name}: its baseline keeps no {metric} of {selector}"))
}

/// Every file but those about cost has a section with its question, and every number there is its baseline's.
#[test]
fn the_page_of_topologies_says_what_the_baselines_keep() {
    let page = include_str!("../../docs/topologies.md");
    let sections: Vec<&str> = page.split("\n## [").skip(1).collect();
    let names: Vec<&str> = sections.iter().filter_map(|section| section.split(']').next()).collect();
    let files = crate::shipped::topologies(".");
    let stems = files.iter().filter_map(|file| file.file_stem()?.to_str());
    let told: Vec<&str> = stems.filter(|stem| !stem.starts_with("global-")).collect();
    assert_eq!(names, told, "the sections of docs/topologies.md");
    for (name, section) in names.iter().zip(&sections) {
        let file = format!("{}/topologies/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).expect("readable");
        let question =
            text.lines().next().and_then(|line| line.strip_prefix("# Question: ")).expect("a question");
        assert!(section.contains(&format!("\n**Question:** {question}\n")), "{name} asks: {question}");
        let measured = section.split("\nMeasured: ").nth(1).and_then(|rest| rest.split("\n\n").next());
        let measured = measured.unwrap_or_else(|| panic!("{name} has no `Measured:`")).trim_end_matches('.');
        for told in measured.split(", ") {
            let parts: Vec<&str> = told.split('`').collect();
            let ["", selector, " ", metric, value] = parts[..] else { panic!("{name}: {told}") };
            let kept = kept(name, selector, metric);
            let shown = match value.split_whitespace().nth(1) {
                Some("%") => format!(" {:.2} %", kept * 100.0),
                Some("s") => format!(" {kept:.2} s"),
                _ => format!(" {kept:.0}"),
            };
            assert_eq!(value, shown, "{name}: {selector} {metric}");
        }
    }
}
