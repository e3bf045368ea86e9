//! Sending nothing for a while once too much fails.

use limits::{Instant, Span};

use crate::portion::Percent;
use crate::recent::Recent;

/// A circuit breaker around all that a client sends.
///
/// Closed, it counts. Once at least `least` attempts ended within the last `over`, and `opens_at` of
/// them failed, it is open for `stays`: jobs are given up instead of sent. Then it is half open:
/// `probes` attempts go out and no more; if all of them succeed it closes, at the first that fails it
/// opens again. An answer that no waiting can mend is no failure: the service was there to give it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failures among the attempts that ended, from which it opens.
    pub opens_at: Percent,
    /// The while it looks back, in tenths of it.
    pub over: Span,
    /// So many attempts must have ended in it.
    pub least: u32,
    /// How long it stays open.
    pub stays: Span,
    /// How many attempts decide whether it closes again; at least one.
    pub probes: u32,
}

/// A [`Breaker`] at work.
#[derive(Debug)]
pub(crate) struct Circuit {
    rule: Breaker,
    state: State,
    /// Attempts that ended, and those of them that failed.
    recent: Recent,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Instant },
    HalfOpen { since: Instant, sent: u32, succeeded: u32 },
}

impl Circuit {
    pub(crate) fn new(rule: Breaker) -> Self {
        Self { rule, state: State::Closed, recent: Recent::new(rule.over) }
    }

    /// Whether nothing may be sent now.
    pub(crate) fn refuses(&mut self, now: Instant) -> bool {
        match self.state {
            State::Closed => false,
            State::Open { until } if now < until => true,
            State::Open { .. } => {
                self.state = State::HalfOpen { since: now, sent: 0, succeeded: 0 };
                false
            }
            State::HalfOpen { sent, .. } => sent >= self.rule.probes.max(1),
        }
    }

    /// An attempt left.
    pub(crate) fn sent(&mut self) {
        if let State::HalfOpen { sent, .. } = &mut self.state {
            *sent += 1;
        }
    }

    /// An attempt that left at `sent_at` ended.
    pub(crate) fn ended(&mut self, now: Instant, sent_at: Instant, failed: bool) {
        match self.state {
            State::Closed => {
                self.recent.add(now, [1, i64::from(failed)]);
                let [ended, failures] = self.recent.sums(now);
                let enough = ended >= i64::from(self.rule.least.max(1));
                if enough && failures * 100 >= ended * i64::from(self.rule.opens_at.0) {
                    self.open(now);
                }
            }
            State::Open { .. } => {}
            // What left before it half opened is no probe.
            State::HalfOpen { since, .. } if sent_at < since => {}
            State::HalfOpen { .. } if failed => self.open(now),
            State::HalfOpen { since, sent, succeeded } if succeeded + 1 < self.rule.probes => {
                self.state = State::HalfOpen { since, sent, succeeded: succeeded + 1 };
            }
            State::HalfOpen { .. } => self.state = State::Closed,
        }
    }

    /// An attempt that left at `sent_at` was let go: as a probe it says nothing, and another may go
    /// in its place.
    pub(crate) fn let_go(&mut self, sent_at: Instant) {
        if let State::HalfOpen { since, sent, .. } = &mut self.state
            && sent_at >= *since
        {
            *sent = sent.saturating_sub(1);
        }
    }

    fn open(&mut self, now: Instant) {
        self.state = State::Open { until: now.after(self.rule.stays) };
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn circuit() -> Circuit {
        Circuit::new(Breaker {
            opens_at: Percent(50),
            over: Span::from_secs(10),
            least: 4,
            stays: Span::from_secs(5),
            probes: 2,
        })
    }

    /// One attempt that goes and ends at once; false where it may not go.
    fn attempt(circuit: &mut Circuit, millis: u64, failed: bool) -> bool {
        if circuit.refuses(at(millis)) {
            return false;
        }
        circuit.sent();
        circuit.ended(at(millis), at(millis), failed);
        true
    }

    #[test]
    fn it_opens_once_half_of_enough_attempts_failed_and_lets_probes_decide() {
        let mut circuit = circuit();
        for (millis, failed) in [(0, true), (100, true), (200, false)] {
            assert!(attempt(&mut circuit, millis, failed), "three are not enough");
        }
        assert!(attempt(&mut circuit, 300, false), "two of four failed: it opens after this");
        assert!(!attempt(&mut circuit, 301, false));
        assert!(!attempt(&mut circuit, 5_299, false));
        assert!(attempt(&mut circuit, 5_300, false), "the first probe");
        assert!(attempt(&mut circuit, 5_301, true), "the second fails");
        assert!(!attempt(&mut circuit, 10_300, false), "and it is open from then");
        for millis in [10_301, 10_302, 10_303] {
            assert!(attempt(&mut circuit, millis, false));
        }
    }

    #[test]
    fn half_open_it_sends_no_more_than_its_probes_and_hears_no_earlier_attempt() {
        let mut circuit = circuit();
        for millis in 0..4 {
            assert!(attempt(&mut circuit, millis, true));
        }
        for _ in 0..2 {
            assert!(!circuit.refuses(at(6_000)));
            circuit.sent();
        }
        assert!(circuit.refuses(at(6_000)), "both are under way");
        circuit.ended(at(6_100), at(2), true);
        assert!(circuit.refuses(at(6_100)), "what left before is no probe");
        circuit.let_go(at(6_000));
        assert!(!circuit.refuses(at(6_200)), "one that was let go makes room");
    }
}
