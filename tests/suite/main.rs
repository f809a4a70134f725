//! The suite: one test binary, one module per thing that must hold.

mod reference;
