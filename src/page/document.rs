//! The document: one file with styles, scripts and data in it, closed against everything outside.
//!
//! A content security policy allows the scripts and styles that are in it, by their hashes, and nothing else: no request, no
//! evaluated text. Names from topologies are data: JSON in which no `<` stands, which the scripts put in place as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

const CHARTS_SCRIPT: &str = include_str!("vendor/uPlot.iife.min.js");
const CHARTS_STYLE: &str = include_str!("vendor/uPlot.min.css");
const STYLE: &str = include_str!("assets/page.css");
/// In their order; all share one scope.
const SCRIPTS: [&str; 15] = [
    include_str!("assets/words.js"),
    include_str!("assets/dom.js"),
    include_str!("assets/colours.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/table.js"),
    include_str!("assets/heat.js"),
    include_str!("assets/graph.js"),
    include_str!("assets/run.js"),
    include_str!("assets/check.js"),
    include_str!("assets/compare.js"),
    include_str!("assets/sweep.js"),
    include_str!("assets/grid.js"),
    include_str!("assets/tornado.js"),
    include_str!("assets/plan.js"),
    include_str!("assets/main.js"),
];

/// A page of this `title` around `data`. Shape: one HTML document. Errors: none.
#[must_use]
pub(super) fn print(title: &str, data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("a page serialises").replace('<', "\\u003c");
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.join(""));
    let policy = format!(
        "default-src 'none'; script-src {} {}; style-src {} {}; base-uri 'none'; form-action 'none'",
        hash(CHARTS_SCRIPT),
        hash(&script),
        hash(CHARTS_STYLE),
        hash(STYLE)
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{CHARTS_STYLE}</style>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the report</a>\n<main id=\"main\">\n\
         <noscript>This page draws its charts and tables with scripts that it holds itself; allow them to read it.</noscript>\n\
         </main>\n<script type=\"application/json\" id=\"data\">{json}</script>\n\
         <script>{CHARTS_SCRIPT}</script>\n<script>{script}</script>\n</body>\n</html>\n",
        escaped(title)
    )
}

/// How the policy names a script or style.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_wherever_they_stand() {
        let name = "</script><script>alert(1)</script><!--";
        let page = print(name, &[name]);
        assert!(!page.contains("alert(1)</script>") && !page.contains("<!--"), "a name became markup");
        let json = page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next());
        let read: Vec<String> = serde_json::from_str(json.expect("data")).expect("JSON");
        assert_eq!(read, [name]);
    }

    #[test]
    fn nothing_is_fetched() {
        let page = print("title", &"data");
        for (at, _) in page.match_indices("http") {
            let around = &page[at..(at + 40).min(page.len())];
            // Names, and the comment in which the charts' library says whose it is.
            let known = ["http-equiv", "http://www.w3.org/", "https://github.com/leeoniya/uPlot (v"];
            assert!(known.iter().any(|name| around.starts_with(name)), "{around}");
        }
    }
}
