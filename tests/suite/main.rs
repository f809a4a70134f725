//! The suite: one test binary, one module per thing that must hold.

// The door from outside: arguments, exit codes, pipes.
mod door;
// Judging what was expected.
mod gate;
// The report and its formats, from findings made by hand.
mod report;
