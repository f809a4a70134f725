//! Why a command ends early, and with which exit code.

/// Done; every expectation held, or was not judged.
pub(super) const DONE: u8 = 0;
/// An expectation or the baseline was breached, or a lint error was found.
pub(super) const BREACHED: u8 = 1;
/// Usage, topology, trace or baseline is wrong; nothing was written.
pub(super) const BAD_INPUT: u8 = 2;
/// Input or output failed, or an invariant broke.
pub(super) const UNFINISHED: u8 = 3;
/// Ctrl-C; what was finished was reported.
pub(super) const INTERRUPTED: u8 = 130;

/// What every command's help ends with: `example`, then the exit codes.
pub(super) fn after_help(example: &str) -> String {
    let bad_input = "2    bad input: usage, topology or trace; nothing was written";
    exit_codes(example, &["0    done", bad_input])
}

/// The same for a command that judges.
pub(super) fn after_help_of_gate(example: &str) -> String {
    let held = "0    done; everything held";
    let breached = "1    an expectation or the baseline was breached";
    let bad_input = "2    bad input: usage, topology, trace or baseline; nothing was written";
    exit_codes(example, &[held, breached, bad_input])
}

fn exit_codes(example: &str, own: &[&str]) -> String {
    let unfinished = "3    the run could not finish: input or output failed, or an invariant broke";
    let interrupted = "130  interrupted; what was finished is reported and marked partial";
    let mut text = format!("{example}\n\nExit codes:");
    for code in own.iter().chain(&[unfinished, interrupted]) {
        text += &format!("\n  {code}");
    }
    text
}

/// Why a command ends early.
#[derive(Debug)]
pub(super) struct Failure {
    /// Its exit code.
    pub(super) code: u8,
    /// What to say on stderr, as it stands.
    pub(super) text: String,
}

impl Failure {
    /// The input is wrong: the fact, and a hint where one helps.
    pub(super) fn bad_input(fact: &str, hint: &str) -> Self {
        Self { code: BAD_INPUT, text: sentence(fact, hint) }
    }

    /// The run could not finish.
    pub(super) fn unfinished(fact: &str, hint: &str) -> Self {
        Self { code: UNFINISHED, text: sentence(fact, hint) }
    }
}

fn sentence(fact: &str, hint: &str) -> String {
    let mut text = format!("error: {fact}");
    if !hint.is_empty() {
        text += &format!("\n  hint: {hint}");
    }
    text
}
