//! Theory: what three laws of waiting lines say of the busiest node, beside what was measured.
//!
//! Knows utilisations. Must not know why a node is busy.

/// Jobs that wait on average where jobs come at random and all take as long, at a utilisation; `None` from saturation on.
/// Source: Pollaczek and Khinchine, M/D/1.
#[must_use]
pub(super) fn queue_constant(utilisation: f64) -> Option<f64> {
    (utilisation < 1.0).then(|| utilisation * utilisation / (2.0 * (1.0 - utilisation)))
}

/// The same where the times of jobs are exponential, M/M/1: twice as many.
#[must_use]
pub(super) fn queue_exponential(utilisation: f64) -> Option<f64> {
    queue_constant(utilisation).map(|queue| 2.0 * queue)
}

/// How long what piled up in an outage takes to drain, as a multiple of the outage; `None` from saturation on.
/// Source: a backlog of `utilisation` per second, drained with what is left.
#[must_use]
pub(super) fn drain(utilisation: f64) -> Option<f64> {
    (utilisation < 1.0).then(|| utilisation / (1.0 - utilisation))
}

/// Where the utilisation would reach one, by the utilisation law: it grows in proportion to the load, here along a line
/// through two (level, utilisation); `None` where it does not grow.
#[must_use]
pub(super) fn saturation([from, to]: [(f64, f64); 2]) -> Option<f64> {
    let slope = (to.1 - from.1) / (to.0 - from.0);
    (slope.is_finite() && slope != 0.0).then(|| to.0 + (1.0 - to.1) / slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_laws_are_the_textbooks() {
        assert_eq!(queue_constant(0.5), Some(0.25));
        assert_eq!(queue_exponential(0.5), Some(0.5));
        assert_eq!(queue_constant(1.0), None);
        assert_eq!(drain(0.5), Some(1.0));
        assert_eq!(saturation([(100.0, 0.25), (200.0, 0.5)]), Some(400.0));
        assert_eq!(saturation([(1.0, 0.5), (2.0, 0.5)]), None);
    }
}
