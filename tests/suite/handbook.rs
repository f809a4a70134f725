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
