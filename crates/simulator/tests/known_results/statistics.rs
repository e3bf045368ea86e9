//! Means with their errors, and draws from a bell.

/// A mean over independent replications.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Mean {
    pub(crate) mean: f64,
    /// Its standard error.
    pub(crate) error: f64,
}

impl Mean {
    pub(crate) fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Self { mean, error: (squares / (n - 1.0) / n).sqrt() }
    }

    /// How many joint standard errors two means are apart.
    pub(crate) fn apart(self, other: Self) -> f64 {
        let joint = (self.error * self.error + other.error * other.error).sqrt();
        (self.mean - other.mean).abs() / joint
    }
}

/// Turns two uniform draws into a normal one (Box and Muller), with the same bits everywhere.
pub(crate) fn normal(mean: f64, deviation: f64, first: u64, second: u64) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(unit(first)));
    mean + deviation * radius * libm::cos(core::f64::consts::TAU * unit(second))
}

/// In (0, 1].
pub(crate) fn unit(draw: u64) -> f64 {
    ((draw >> 11) + 1) as f64 / (1_u64 << 53) as f64
}
