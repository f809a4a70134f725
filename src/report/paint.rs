//! Paint: the few colours of a page on a terminal.
//!
//! Knows escape codes. Must not know whether they are wanted.

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// What names something.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What explains something.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// What is bad.
    pub(crate) fn red(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// What is good.
    pub(crate) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// A section's name, and what it is about.
    pub(crate) fn title(self, name: &str, about: &str) -> String {
        format!("\n{}  {}\n", self.bold(name), self.dim(about))
    }
}
