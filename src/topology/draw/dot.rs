//! DOT: for Graphviz.

use std::fmt::Write;

use super::fold::{Picture, Way, site_links, word};
use crate::topology::{Kind, Topology};

/// The picture in Graphviz' language.
pub(super) fn draw(topology: &Topology, picture: &Picture) -> String {
    let mut out = String::from(
        "digraph topology {\n  rankdir=LR;\n  compound=true;\n  node [fontname=\"sans-serif\"];\n",
    );
    for (index, site) in topology.sites.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label={};", quoted(&site.name));
        let mut empty = true;
        for (number, shape) in picture.shapes.iter().enumerate().filter(|(_, s)| s.site.index() == index) {
            empty = false;
            let _ = writeln!(
                out,
                "    n{number} [label={}, shape={}];",
                quoted(&shape.label),
                outline(shape.kind)
            );
        }
        if empty {
            let _ = writeln!(out, "    s{index} [label=\"\", shape=point, style=invis];");
        }
        out.push_str("  }\n");
    }
    for (from, to, way) in &picture.arrows {
        let style = if matches!(way, Way::Standby | Way::HighAvailability) { ", style=dashed" } else { "" };
        let _ = writeln!(out, "  n{from} -> n{to} [label={}{style}];", quoted(word(*way)));
    }
    for (from, to, text) in site_links(topology) {
        let end = |site: crate::ids::SiteId| {
            let first = picture.shapes.iter().position(|shape| shape.site == site);
            first.map_or_else(|| format!("s{}", site.index()), |number| format!("n{number}"))
        };
        let _ = writeln!(
            out,
            "  {} -> {} [dir=none, style=bold, color=gray, constraint=false, ltail=cluster_{}, lhead=cluster_{}, label={}];",
            end(from),
            end(to),
            from.index(),
            to.index(),
            quoted(&text)
        );
    }
    out.push_str("}\n");
    out
}

fn outline(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent | Kind::Collector => "component",
        Kind::Firewall => "box",
        Kind::Hub | Kind::Panorama => "hexagon",
        _ => "cylinder",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
