//! Means over seeds, and differences of pairs.

/// A mean over seeds, with what a 95 % interval adds and takes away.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of its 95 % interval, by Student's t over seeds; none with fewer than two.
    pub within: Option<f64>,
    /// How many seeds it is made of.
    pub seeds: u32,
}

/// The mean and its standard error, of two values or more.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

impl Mean {
    /// None with fewer than two values.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.len() < 2 {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Self { mean, error: (squares / (n - 1.0) / n).sqrt() })
    }
}

impl Estimate {
    /// None without any value.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let seeds = u32::try_from(values.len()).unwrap_or(u32::MAX);
        match Mean::of(values) {
            Some(Mean { mean, error }) => {
                Some(Self { mean, within: Some(error * student(values.len() - 1)), seeds })
            }
            None => values.first().map(|only| Self { mean: *only, within: None, seeds }),
        }
    }

    /// Whether zero lies within the interval: the two that are compared cannot be told apart.
    #[must_use]
    pub fn may_be_zero(&self) -> bool {
        self.within.is_none_or(|within| self.mean.abs() <= within)
    }
}

/// The differences of pairs, first less second, where both are there.
pub(crate) fn differences(
    first: impl IntoIterator<Item = Option<f64>>,
    second: impl IntoIterator<Item = Option<f64>>,
) -> Vec<f64> {
    let pairs = first.into_iter().zip(second);
    pairs.filter_map(|(first, second)| Some(first? - second?)).collect()
}

/// Student's t at 97.5 %, by degrees of freedom from 1; between those of the table the wider.
fn student(degrees: usize) -> f64 {
    const FIRST: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    match FIRST.get(degrees.saturating_sub(1)) {
        Some(t) => *t,
        None if degrees < 60 => 2.021,
        None if degrees < 120 => 2.000,
        None => 1.980,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_what_a_textbook_gives() {
        let of = Estimate::of(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((of.mean - 2.5).abs() < 1e-12);
        // s = 1.29099, s / 2 = 0.645497, times 3.182.
        assert!((of.within.unwrap() - 2.053_972).abs() < 1e-5);
        assert!(!of.may_be_zero());
        assert_eq!(Estimate::of(&[7.0]).unwrap().within, None);
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn pairs_that_are_equal_in_every_seed_cannot_be_told_apart() {
        let equal = differences([Some(1.0), Some(2.0)], [Some(1.0), Some(2.0)]);
        assert!(Estimate::of(&equal).unwrap().may_be_zero());
        let always_better = differences([Some(1.0), Some(2.0)], [Some(0.5), Some(1.5)]);
        assert!(!Estimate::of(&always_better).unwrap().may_be_zero());
    }
}
