//! stub
/// Which of two mappings of an address wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Whatever arrives last.
    Arrival,
    /// The newest `timestamp`, tie by (origin, sequence).
    Newest,
}
