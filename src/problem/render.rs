//! Render: problems as a person reads them, the way rustc does it: place, excerpt, fact, help.
//!
//! Knows miette. Must not print: the text is the caller's.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
};

use super::{PROBLEMS_MAX, Place, Problem, Problems, Severity};

/// Problems shown; the rest is counted. More than a screenful helps nobody.
const SHOWN_MAX: usize = 100;
/// The longest part of a line of the file that is shown. Units: bytes.
const LINE_MAX: usize = 200;
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
        let mut out = String::new();
        for problem in self.problems.iter().take(SHOWN_MAX) {
            out.push_str(&remark(&self.file, &self.text, problem, None, style));
        }
        let (count, file) = (self.problems.len(), &self.file);
        if count > SHOWN_MAX {
            out.push_str(&format!("and {} more\n", count - SHOWN_MAX));
        }
        let (plural, more) =
            (if count == 1 { "" } else { "s" }, if count >= PROBLEMS_MAX { " or more" } else { "" });
        out.push_str(&format!("{file}: {count} problem{plural}{more}\n"));
        out
    }
}

/// One thing to say of a file, with line, column, excerpt, fact and help; a problem, unless its `severity` is given.
#[must_use]
pub fn remark(file: &str, text: &str, problem: &Problem, severity: Option<Severity>, style: Style) -> String {
    let theme = match style {
        Style::Colour => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_links(false).with_width(WIDTH).with_context_lines(1);
    let shown = Shown { problem, excerpt: Excerpt::of(problem, file, text), file, severity };
    let mut out = String::new();
    if handler.render_report(&mut out, &shown).is_err() {
        out.push_str(&problem.to_string());
    }
    // Excerpts end in spaces that no diff tool keeps.
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n\n"
}

/// The lines around a place, at their own line number, and the place within them.
#[derive(Debug)]
struct Excerpt {
    source: NamedSource<String>,
    place: Place,
    /// The column, where the line was too long to begin at its beginning.
    column: Option<usize>,
}

impl Excerpt {
    /// One line before and after; of a very long line only what is around the place.
    fn of(problem: &Problem, file: &str, text: &str) -> Option<Self> {
        let place = problem
            .place
            .filter(|place| place.offset <= text.len() && text.is_char_boundary(place.offset))?;
        let begin = text[..place.offset].rfind('\n').map_or(0, |at| at + 1);
        let end = text[place.offset..].find('\n').map_or(text.len(), |at| place.offset + at);
        let before = text[..begin.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
        let number = text[..begin].matches('\n').count();
        let (line, within) = (&text[begin..end], place.offset - begin);
        let skipped =
            if line.len() > LINE_MAX { floor(line, within.saturating_sub(LINE_MAX / 2)) } else { 0 };
        let mut source = "\n".repeat(number.saturating_sub(1));
        if begin > 0 {
            source.push_str(cut(&text[before..begin - 1]));
            source.push('\n');
        }
        let offset = source.len() + within - skipped;
        let shown = cut(&line[skipped..]);
        let len = place.len.min(shown.len().saturating_sub(within - skipped));
        source.push_str(shown);
        if let Some(after) = text.get(end + 1..).filter(|after| !after.is_empty()) {
            source.push('\n');
            source.push_str(cut(after.lines().next().unwrap_or_default()));
        }
        let column = (skipped > 0).then(|| line[..within].chars().count() + 1);
        Some(Self { source: NamedSource::new(file, source), place: Place { offset, len }, column })
    }
}

fn cut(line: &str) -> &str {
    &line[..floor(line, line.len().min(LINE_MAX))]
}

/// The last character boundary at or before `at`.
fn floor(line: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0)
}

/// A problem as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    excerpt: Option<Excerpt>,
    file: &'a str,
    severity: Option<Severity>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.excerpt.is_none() {
            write!(f, "{}: ", self.file)?;
        }
        f.write_str(&self.problem.fact)?;
        match self.excerpt.as_ref().and_then(|excerpt| excerpt.column) {
            Some(column) => write!(f, " (column {column})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let code = self.problem.code;
        Some(match self.severity {
            Some(severity) => Box::new(format!("{}: {code}", severity.word())),
            None => Box::new(code),
        })
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.severity.map(|severity| match severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.problem.hint.is_empty() { None } else { Some(Box::new(&self.problem.hint)) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| &excerpt.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.excerpt.as_ref()?.place;
        let span = SourceSpan::new(place.offset.into(), place.len);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}
