//! Mermaid: for Markdown.

use std::fmt::Write;

use super::fold::{Picture, Way, site_links, word};
use crate::topology::{Kind, Topology};

/// The picture in Mermaid's language.
pub(super) fn draw(topology: &Topology, picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, site) in topology.sites.iter().enumerate() {
        let _ = writeln!(out, "  subgraph s{index}[\"{}\"]", safe(&site.name));
        for (number, shape) in picture.shapes.iter().enumerate().filter(|(_, s)| s.site.index() == index) {
            let (open, close) = brackets(shape.kind);
            let _ = writeln!(out, "    n{number}{open}\"{}\"{close}", safe(&shape.label));
        }
        out.push_str("  end\n");
    }
    for (from, to, way) in &picture.arrows {
        let line = if matches!(way, Way::Standby | Way::HighAvailability) { "-.->" } else { "-->" };
        let word = word(*way);
        let text = if word.is_empty() { String::new() } else { format!("|{word}|") };
        let _ = writeln!(out, "  n{from} {line}{text} n{to}");
    }
    for (from, to, text) in site_links(topology) {
        let _ = writeln!(out, "  s{} ===|\"{}\"| s{}", from.index(), safe(&text), to.index());
    }
    out
}

fn brackets(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Agent | Kind::Collector => ("([", "])"),
        Kind::Firewall => ("[", "]"),
        Kind::Hub | Kind::Panorama => ("{{", "}}"),
        _ => ("[(", ")]"),
    }
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
