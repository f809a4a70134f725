//! Statistics: the mean of few paired numbers, and how sure it is.
//!
//! Knows Student's t. Must not know what the numbers measure.

/// Two-sided 95 % quantiles of Student's t with 1 to 30 degrees of freedom. Source: NIST/SEMATECH e-Handbook of
/// Statistical Methods, table 1.3.6.7.2.
const T_95: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];
/// The same with more. Source: the normal distribution; at 31 degrees it is 4 % too short.
const Z_95: f64 = 1.96;

/// A mean and half the width of its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width; `None` of a single number.
    pub half_width: Option<f64>,
}

/// The mean of `numbers`, taken as independent and normal; `None` of none.
#[must_use]
pub fn estimate(numbers: &[f64]) -> Option<Estimate> {
    let count = numbers.len();
    let mean = numbers.iter().sum::<f64>() / if count == 0 { return None } else { count as f64 };
    let half_width = (count > 1).then(|| {
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        let deviation = (squares / (count - 1) as f64).sqrt();
        T_95.get(count - 2).copied().unwrap_or(Z_95) * deviation / (count as f64).sqrt()
    });
    Some(Estimate { mean, half_width })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_of_three_is_the_textbooks() {
        // Mean 2, deviation 1: 4.303 / √3.
        let three = estimate(&[1.0, 2.0, 3.0]).expect("three numbers");
        assert_eq!(three.mean, 2.0);
        assert!((three.half_width.expect("an interval") - 2.484_338).abs() < 1e-6);
        assert_eq!(estimate(&[5.0]), Some(Estimate { mean: 5.0, half_width: None }));
        assert_eq!(estimate(&[]), None);
        let many: Vec<f64> = (0..40).map(f64::from).collect();
        // Deviation 11.690452, over √40.
        assert!((estimate(&many).and_then(|e| e.half_width).expect("one") - 3.622_957).abs() < 1e-4);
    }
}
