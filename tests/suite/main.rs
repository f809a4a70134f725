//! The suite: one test binary, one module per thing that must hold.

mod grow;
mod reference;
