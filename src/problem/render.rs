//! Render: problems as a person reads them, the way rustc does it: place, excerpt, fact, help.
//!
//! Knows miette. Must not print: the text is the caller's.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
};

use super::{Place, Problem, Problems};

/// Problems shown; the rest is counted. More than a screenful helps nobody.
const SHOWN_MAX: usize = 100;
/// The widest line.
const WIDTH: usize = 100;

/// How problems are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For a terminal with colours.
    Colour,
    /// For a file, a pipe, a test.
    Plain,
}

impl Problems {
    /// All problems as text: each with file, line, column, excerpt, fact and help.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let theme = match style {
            Style::Colour => GraphicalTheme::unicode(),
            Style::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(WIDTH)
            .with_context_lines(1);
        let source = NamedSource::new(&self.file, self.text.clone());
        let mut out = String::new();
        for problem in self.problems.iter().take(SHOWN_MAX) {
            let shown = Shown { problem, source: &source, file: &self.file, len: self.text.len() };
            if handler.render_report(&mut out, &shown).is_err() {
                out.push_str(&problem.to_string());
            }
            out.push('\n');
        }
        let (count, file) = (self.problems.len(), &self.file);
        if count > SHOWN_MAX {
            out.push_str(&format!("and {} more\n", count - SHOWN_MAX));
        }
        out.push_str(&format!("{file}: {count} problem{}\n", if count == 1 { "" } else { "s" }));
        // Excerpts end in spaces that no diff tool keeps.
        let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
        lines.join("\n") + "\n"
    }
}

/// A problem as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    source: &'a NamedSource<String>,
    file: &'a str,
    len: usize,
}

impl Shown<'_> {
    fn place(&self) -> Option<Place> {
        self.problem.place.filter(|place| place.offset + place.len <= self.len)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place().is_none() {
            write!(f, "{}: ", self.file)?;
        }
        f.write_str(&self.problem.fact)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.problem.hint.is_empty() { None } else { Some(Box::new(&self.problem.hint)) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place().map(|_| self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place()?;
        let span = SourceSpan::new(place.offset.into(), place.len);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}
