//! SVG: a picture that needs no other tool. Columns by distance from the sources, rows by site.
//!
//! Layered: a box stands one column right of the farthest box that feeds it; loops end at a limit.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::fold::{Picture, Way, site_links, word};
use crate::topology::{Kind, Topology};

/// Columns; what is farther (a loop) stands in the last.
const COLUMNS_MAX: usize = 14;
const BOX_WIDTH: usize = 150;
const BOX_HEIGHT: usize = 28;
const COLUMN_WIDTH: usize = 230;
const ROW_HEIGHT: usize = 38;
const MARGIN: usize = 20;
const TITLE: usize = 24;

/// Where a box stands. Units: pixels.
#[derive(Clone, Copy, Default)]
struct Spot {
    x: usize,
    y: usize,
}

/// A site's band of the picture.
struct Band {
    y: usize,
    height: usize,
}

/// The picture as SVG.
pub(super) fn draw(topology: &Topology, picture: &Picture) -> String {
    let columns = columns(picture);
    let (spots, bands) = place(topology, picture, &columns);
    let width = MARGIN * 2 + COLUMN_WIDTH * columns.iter().max().map_or(0, |c| c + 1);
    let links = site_links(topology);
    let bands_end = bands.last().map_or(0, |band| band.y + band.height);
    let height = bands_end + MARGIN + 18 * (links.len().min(LINKS_SHOWN) + 1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (band, site) in bands.iter().zip(&topology.sites) {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"#f4f6f8\" stroke=\"#c8d0d8\"/>\
             <text x=\"{}\" y=\"{}\" font-weight=\"bold\" fill=\"#456\">{}</text>",
            MARGIN / 2,
            band.y,
            width - MARGIN,
            band.height,
            MARGIN,
            band.y + 16,
            safe(&site.name)
        );
    }
    arrows(&mut out, picture, &spots);
    for (shape, spot) in picture.shapes.iter().zip(&spots) {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"4\" fill=\"{}\" \
             stroke=\"#667\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\" textLength=\"{}\" \
             lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            spot.x,
            spot.y,
            colour(shape.kind),
            spot.x + BOX_WIDTH / 2,
            spot.y + 18,
            (shape.label.chars().count() * 7).min(BOX_WIDTH - 8),
            safe(&shape.label)
        );
    }
    for (row, (from, to, text)) in links.iter().take(LINKS_SHOWN).enumerate() {
        let ends = [from, to].map(|site| safe(&topology.sites[site.index()].name));
        let y = bands_end + MARGIN + 18 * row;
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"#456\">{} – {}: {}</text>",
            ends[0],
            ends[1],
            safe(text)
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Links listed under the picture.
const LINKS_SHOWN: usize = 60;

fn arrows(out: &mut String, picture: &Picture, spots: &[Spot]) {
    for (from, to, way) in &picture.arrows {
        let (a, b) = (spots[*from], spots[*to]);
        let dash = if matches!(way, Way::Standby | Way::HighAvailability) {
            " stroke-dasharray=\"4 3\""
        } else {
            ""
        };
        let (x1, y1) = (a.x + BOX_WIDTH, a.y + BOX_HEIGHT / 2);
        let (x2, y2) = (b.x, b.y + BOX_HEIGHT / 2);
        let bend = COLUMN_WIDTH / 4;
        let (x2, from_bend, to_bend) = if b.x > a.x {
            (x2, x1 + bend, x2 - bend)
        } else {
            (b.x + BOX_WIDTH, x1 + bend, b.x + BOX_WIDTH + bend)
        };
        let _ = writeln!(
            out,
            "<path d=\"M{x1} {y1}C{from_bend} {y1} {to_bend} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#555\"{dash} \
             marker-end=\"url(#tip)\"><title>{}</title></path>",
            word(*way)
        );
    }
}

/// The column of every box.
fn columns(picture: &Picture) -> Vec<usize> {
    let mut columns = vec![0; picture.shapes.len()];
    for _ in 0..COLUMNS_MAX {
        let mut changed = false;
        for (from, to, way) in &picture.arrows {
            let wanted = (columns[*from] + 1).min(COLUMNS_MAX - 1);
            if *way != Way::HighAvailability && columns[*to] < wanted {
                columns[*to] = wanted;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    columns
}

fn place(topology: &Topology, picture: &Picture, columns: &[usize]) -> (Vec<Spot>, Vec<Band>) {
    let mut by_site: Vec<Vec<usize>> = vec![Vec::new(); topology.sites.len()];
    for (number, shape) in picture.shapes.iter().enumerate() {
        by_site[shape.site.index()].push(number);
    }
    let mut spots = vec![Spot::default(); picture.shapes.len()];
    let mut bands = Vec::new();
    let mut y = MARGIN / 2;
    for members in by_site {
        let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
        for number in members {
            let row = rows.entry(columns[number]).or_insert(0);
            spots[number] =
                Spot { x: MARGIN + columns[number] * COLUMN_WIDTH, y: y + TITLE + *row * ROW_HEIGHT };
            *row += 1;
        }
        let height = TITLE + rows.values().max().copied().unwrap_or(0) * ROW_HEIGHT + 4;
        bands.push(Band { y, height });
        y += height + MARGIN / 2;
    }
    (spots, bands)
}

fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent | Kind::Collector => "#dcebdc",
        Kind::Firewall => "#dde7f5",
        Kind::Hub | Kind::Panorama => "#eaddf3",
        _ => "#fdf1d6",
    }
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
