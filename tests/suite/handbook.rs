//! Pages of the handbook that show data of the program show all of it, as it is.

use uidsim::ports::{ALL, Port};

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
