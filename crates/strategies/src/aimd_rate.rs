//! A rate that learns: additive increase, multiplicative decrease.

use limits::{Instant, Rate, Requests, Span};

use crate::first_send::Passage;
use crate::portion::Percent;

/// Nanoseconds of a second in the grain of a rate, 1e-10 a second.
const GAP_AT_ONE: u64 = 10_000_000_000_000_000_000;

/// So much more every while, a part less after a refusal.
///
/// Attempts are spaced by the rate of the moment; none is saved up. A refusal cuts once for all
/// attempts that had left by then: that several of a burst are refused is one piece of news. The
/// whiles are counted from the first attempt and from each cut.
#[derive(Debug)]
pub(crate) struct AimdRate {
    /// The rate at the beginning of the first while, in 1e-10 requests a second.
    from: u64,
    add: u64,
    every: u64,
    cut: Percent,
    least: u64,
    /// When the whiles began to be counted; nothing has been asked yet without.
    since: Option<Instant>,
    last_cut: Option<Instant>,
    next: Instant,
}

impl AimdRate {
    pub(crate) fn new([start, add, least]: [Rate<Requests>; 3], every: Span, cut: Percent) -> Self {
        let least = least.in_1e10_per_second().max(1);
        Self {
            from: start.in_1e10_per_second().max(least),
            add: add.in_1e10_per_second(),
            every: every.nanos().max(1),
            cut,
            least,
            since: None,
            last_cut: None,
            next: Instant::START,
        }
    }

    pub(crate) fn pass(&mut self, now: Instant) -> Passage {
        self.since.get_or_insert(now);
        if now < self.next { Passage::Later(self.next) } else { Passage::Go(None) }
    }

    /// An attempt left that takes so many units of the limit.
    pub(crate) fn sent(&mut self, now: Instant, units: u32) {
        let gap = Span::from_nanos(GAP_AT_ONE.div_ceil(self.rate(now)));
        self.next = now.after(gap.times(units.max(1).into()));
    }

    /// An attempt that left at `sent` met a limit.
    pub(crate) fn refused(&mut self, now: Instant, sent: Instant) {
        if self.last_cut.is_some_and(|last| sent < last) {
            return;
        }
        self.from = self.cut.off(self.rate(now)).max(self.least);
        (self.since, self.last_cut) = (Some(now), Some(now));
    }

    fn rate(&self, now: Instant) -> u64 {
        let whiles = self.since.map_or(0, |since| now.since(since).nanos() / self.every);
        self.from.saturating_add(self.add.saturating_mul(whiles))
    }
}

#[cfg(test)]
mod tests {
    use limits::Per;

    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn per_second(count: u64) -> Rate<Requests> {
        Rate::new(Requests(count), Per::Second)
    }

    fn gate() -> AimdRate {
        let least = Rate::new(Requests(30), Per::Minute);
        let rates = [per_second(4), per_second(1), least];
        AimdRate::new(rates, Span::from_secs(1), Percent(50))
    }

    fn opens(gate: &mut AimdRate, now: u64) -> u64 {
        let Passage::Later(at) = gate.pass(at(now)) else { return now };
        at.nanos() / 1_000_000
    }

    #[test]
    fn a_rate_grows_by_so_much_every_while_and_is_cut_by_a_part() {
        let mut gate = gate();
        assert_eq!(opens(&mut gate, 0), 0);
        gate.sent(at(0), 1);
        assert_eq!(opens(&mut gate, 0), 250, "four a second");
        gate.sent(at(999), 1);
        assert_eq!(opens(&mut gate, 999), 1_249, "still four");
        gate.sent(at(1_000), 1);
        assert_eq!(opens(&mut gate, 1_000), 1_200, "five");
        gate.sent(at(6_000), 1);
        assert_eq!(opens(&mut gate, 6_000), 6_100, "ten");
        gate.refused(at(6_100), at(6_000));
        gate.sent(at(6_200), 1);
        assert_eq!(opens(&mut gate, 6_200), 6_400, "five");
        gate.refused(at(6_250), at(6_099));
        gate.sent(at(6_400), 1);
        assert_eq!(opens(&mut gate, 6_400), 6_600, "what left before the cut cuts no more");
        gate.sent(at(7_100), 2);
        assert_eq!(opens(&mut gate, 7_100), 7_100 + 333, "two units at six a second");
    }

    #[test]
    fn a_rate_never_falls_below_its_least() {
        let mut gate = gate();
        gate.pass(at(0));
        for cut in 0..20 {
            gate.sent(at(cut), 1);
            gate.refused(at(cut), at(cut));
        }
        gate.sent(at(100), 1);
        assert_eq!(opens(&mut gate, 100), 2_100, "thirty a minute");
    }
}
