//! Refusing oneself what would be refused anyway.

use chance::uniform_below;
use limits::{Instant, Span};

use crate::portion::Tenths;
use crate::recent::Recent;

/// The SRE book's adaptive throttling: with so many requests in the last while, and so many of them
/// accepted, the next is refused by the client itself with probability
/// `max(0, (requests - k * accepts) / (requests + 1))`. A request is counted before it is sent or
/// refused, and accepted when its head says so. A job that is refused is given up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// How many times what was accepted may be sent.
    pub k: Tenths,
    /// The while, which goes by in tenths of it.
    pub over: Span,
}

/// A [`Throttle`] at work.
#[derive(Debug)]
pub(crate) struct Shedding {
    k: i64,
    /// Requests, and those accepted.
    recent: Recent,
}

impl Shedding {
    pub(crate) fn new(rule: Throttle) -> Self {
        Self { k: i64::from(rule.k.0), recent: Recent::new(rule.over) }
    }

    /// Counts a request, and whether it is refused.
    pub(crate) fn refuses(&mut self, now: Instant, draw: impl FnOnce() -> u64) -> bool {
        let [requests, accepts] = self.recent.sums(now);
        self.recent.add(now, [1, 0]);
        let excess = requests * 10 - accepts * self.k;
        let whole = u64::try_from((requests + 1) * 10).unwrap_or(u64::MAX);
        u64::try_from(excess)
            .is_ok_and(|excess| excess > 0 && uniform_below(draw(), whole) < excess)
    }

    /// The service accepted one.
    pub(crate) fn accepted(&mut self, now: Instant) {
        self.recent.add(now, [0, 1]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: Throttle = Throttle { k: Tenths(20), over: Span::from_secs(120) };

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    #[test]
    fn the_first_goes_and_a_service_that_accepts_half_is_sent_everything() {
        let mut shedding = Shedding::new(TWO);
        assert!(!shedding.refuses(at(0), || 0), "nothing is known yet");
        for n in 0..100 {
            shedding.accepted(at(n));
            assert!(!shedding.refuses(at(n), || 0), "the luckless draw");
            assert!(!shedding.refuses(at(n), || 0), "two for each that is accepted");
        }
    }

    #[test]
    fn of_a_dead_service_one_request_in_n_is_still_asked() {
        let mut shedding = Shedding::new(TWO);
        for n in 0..9 {
            let _ = shedding.refuses(at(n), || u64::MAX);
        }
        // Nine asked, none accepted: 9 of 10 are refused.
        let tenth = u64::MAX / 10;
        assert!(!shedding.refuses(at(9), || 9 * tenth + 10));
        // Ten asked: 10 of 11.
        assert!(shedding.refuses(at(9), || 9 * tenth + 10));
    }

    proptest! {
        /// The oracle keeps every time, and counts in fractions.
        #[test]
        fn it_refuses_as_the_formula_over_what_it_remembers_says(
            k in 10_u32..40,
            history in prop::collection::vec((0_u64..5_000, any::<bool>(), any::<u64>()), 1..80),
        ) {
            let mut shedding = Shedding::new(Throttle { k: Tenths(k), ..TWO });
            let (mut now, mut requests, mut accepts) = (0, Vec::new(), Vec::new());
            for (gap, accepted, draw) in history {
                now += gap;
                let recent = |times: &[u64]| {
                    times.iter().filter(|then| *then / 12_000 + 10 > now / 12_000).count() as f64
                };
                let (asked, taken) = (recent(&requests), recent(&accepts));
                let share = ((asked - f64::from(k) / 10.0 * taken) / (asked + 1.0)).max(0.0);
                let u = draw as f64 / u64::MAX as f64;
                let refused = shedding.refuses(at(now), || draw);
                // A draw within rounding of the border says nothing.
                if (u - share).abs() > 1e-9 {
                    prop_assert_eq!(refused, u < share, "{} of {} with {}", taken, asked, u);
                }
                requests.push(now);
                if !refused && accepted {
                    accepts.push(now);
                    shedding.accepted(at(now));
                }
            }
        }
    }
}
