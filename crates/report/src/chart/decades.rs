//! A logarithmic scale, for lengths of time: the same places on every machine, by multiplication
//! alone.

/// How many tenfolds a positive value is above one, to a four thousandth; 0 for what is not above
/// zero.
pub(crate) fn decades(value: f64) -> f64 {
    const BITS: u32 = 12;
    if !value.is_finite() || value <= 0.0 {
        return 0.0;
    }
    let (mut rest, mut whole) = (value, 0.0);
    while rest >= 10.0 {
        rest /= 10.0;
        whole += 1.0;
    }
    while rest < 1.0 {
        rest *= 10.0;
        whole -= 1.0;
    }
    // Squaring doubles the logarithm: whenever it passes one, that bit of the fraction is set.
    let mut bit = 1.0;
    for _ in 0..BITS {
        bit /= 2.0;
        rest *= rest;
        if rest >= 10.0 {
            rest /= 10.0;
            whole += bit;
        }
    }
    whole
}

/// A scale of seconds from a tenth on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seconds {
    /// Where it ends.
    pub(crate) end: f64,
}

/// Where a scale begins.
pub(crate) const BEGIN: f64 = 0.1;

impl Seconds {
    /// The scale that holds so much: it ends at a number that people read easily.
    pub(crate) fn to(most: f64) -> Seconds {
        const MINUTE: f64 = 60.0;
        const HOUR: f64 = 60.0 * MINUTE;
        const ENDS: [f64; 12] = [
            1.0,
            3.0,
            10.0,
            30.0,
            MINUTE,
            2.0 * MINUTE,
            5.0 * MINUTE,
            10.0 * MINUTE,
            30.0 * MINUTE,
            HOUR,
            10.0 * HOUR,
            24.0 * HOUR,
        ];
        let fits = ENDS.into_iter().find(|end| *end >= most);
        Seconds { end: fits.unwrap_or_else(|| most.max(1.0)) }
    }

    /// Where a time stands, from 0 at the beginning to 1 at the end.
    pub(crate) fn share(self, seconds: f64) -> f64 {
        let all = decades(self.end / BEGIN);
        (decades(seconds.max(BEGIN) / BEGIN) / all).clamp(0.0, 1.0)
    }

    /// The tenfolds, and the end; a tenfold that would touch the end is left out.
    pub(crate) fn ticks(self) -> Vec<f64> {
        const APART: f64 = 0.22;
        let mut ticks = Vec::new();
        let mut tick = BEGIN;
        while self.share(tick) < 1.0 - APART {
            ticks.push(tick);
            tick *= 10.0;
        }
        ticks.push(self.end);
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenfolds_are_as_far_apart_as_a_logarithm_says() {
        // Against a table of common logarithms.
        let table = [
            (1.0, 0.0),
            (4.0, 0.602_060),
            (3.0, 0.477_121),
            (9.99, 0.999_566),
            (10.0, 1.0),
            (0.1, -1.0),
            (0.05, -1.301_030),
            (86_400.0, 4.936_514),
        ];
        for (value, exact) in table {
            let found = decades(value);
            assert!((found - exact).abs() < 1.0 / 4_000.0, "{value}: {found}");
        }
        assert!([0.0, -3.0, f64::NAN].map(decades).iter().all(|found| found.abs() < 1e-12));
    }

    #[test]
    fn a_scale_ends_at_a_round_time_and_its_labels_have_room() {
        let ticks = |most: f64| Seconds::to(most).ticks();
        assert_eq!(ticks(0.0), [0.1, 1.0]);
        assert_eq!(ticks(45.0), [0.1, 1.0, 10.0, 60.0]);
        assert_eq!(ticks(500.0), [0.1, 1.0, 10.0, 600.0]);
        assert_eq!(ticks(119.0).last(), Some(&120.0));
        assert!((Seconds::to(200_000.0).end - 200_000.0).abs() < 1e-9);
        for most in [0.5, 2.0, 31.0, 4_000.0] {
            let scale = Seconds::to(most);
            assert!(scale.share(most) <= 1.0 && scale.share(0.0).abs() < 1e-9);
        }
    }
}
