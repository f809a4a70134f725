//! The door's step: hands over to `cli`.

fn main() {}
