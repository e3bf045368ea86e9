//! Bounds on the attempts in flight: one that stays, and one that learns.

use limits::{Instant, Span};

use crate::first_send::Passage;
use crate::gate::Over;
use crate::portion::Percent;

/// At most so many attempts in flight.
#[derive(Debug)]
pub(crate) struct Cap {
    most: u32,
    in_flight: u32,
}

impl Cap {
    /// A bound of zero would hold everything back for ever, so it is taken for one.
    pub(crate) fn new(most: u32) -> Self {
        Self { most: most.max(1), in_flight: 0 }
    }

    pub(crate) fn pass(&self) -> Passage {
        if self.in_flight < self.most { Passage::Go(None) } else { Passage::Hold }
    }

    pub(crate) fn sent(&mut self) {
        self.in_flight += 1;
    }

    pub(crate) fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}

/// The bound of Netflix's `AIMDLimit` (concurrency-limits): what was dropped or slow makes it
/// smaller by a part, rounded down to a whole attempt; any other answer makes it one larger while at
/// least half of it is in use, the answered attempt included.
#[derive(Debug)]
pub(crate) struct AimdCap {
    cap: Cap,
    least: u32,
    most: u32,
    cut: Percent,
    slow: Option<Span>,
}

impl AimdCap {
    pub(crate) fn new(
        start: u32,
        (least, most): (u32, u32),
        cut: Percent,
        slow: Option<Span>,
    ) -> Self {
        let least = least.max(1);
        let most = most.max(least);
        Self { cap: Cap::new(start.clamp(least, most)), least, most, cut, slow }
    }

    pub(crate) fn pass(&self) -> Passage {
        self.cap.pass()
    }

    pub(crate) fn sent(&mut self) {
        self.cap.sent();
    }

    /// An attempt that left at `sent` is over. A refusal that no load brought about, and an attempt
    /// that the client let go itself, teach nothing.
    pub(crate) fn ended(&mut self, now: Instant, sent: Instant, over: Over) {
        let now_at = self.cap.most;
        let slow = self.slow.is_some_and(|slow| now.since(sent) > slow);
        let taught = match over {
            Over::LetGo => false,
            Over::Refused(_) => over.is_overload(),
            Over::Complete(_) | Over::NoConnection | Over::Broken | Over::TimedOut => true,
        };
        let next = if taught && (over.is_overload() || slow) {
            u32::try_from(self.cut.off(now_at.into())).unwrap_or(now_at)
        } else if taught && self.cap.in_flight.saturating_mul(2) >= now_at {
            now_at.saturating_add(1)
        } else {
            now_at
        };
        self.cap.most = next.clamp(self.least, self.most);
        self.cap.ended();
    }
}

#[cfg(test)]
mod tests {
    use wire::{Status, Usage};

    use super::*;

    const DONE: Over = Over::Complete(Usage { prompt: 1, completion: 1 });

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn room(cap: &AimdCap) -> u32 {
        cap.cap.most
    }

    #[test]
    fn a_bound_grows_by_one_while_half_of_it_is_used_and_shrinks_by_a_tenth() {
        let slow = Some(Span::from_secs(5));
        let mut cap = AimdCap::new(20, (20, 200), Percent(10), slow);
        for _ in 0..10 {
            cap.sent();
        }
        cap.ended(at(100), at(0), DONE);
        assert_eq!(room(&cap), 21, "ten of twenty are half");
        cap.ended(at(100), at(0), DONE);
        assert_eq!(room(&cap), 21, "nine of twenty-one are not");
        for _ in 0..30 {
            cap.sent();
            cap.cap.in_flight = 100;
            cap.ended(at(100), at(0), DONE);
        }
        assert_eq!(room(&cap), 51);
        cap.ended(at(5_001), at(0), DONE);
        assert_eq!(room(&cap), 45, "51 * 0.9, rounded down: slower than five seconds");
        cap.ended(at(5_000), at(0), Over::Refused(Status::TOO_MANY_REQUESTS));
        assert_eq!(room(&cap), 40);
        cap.ended(at(5_000), at(0), Over::Refused(Status(400)));
        cap.ended(at(5_000), at(0), Over::LetGo);
        assert_eq!(room(&cap), 40, "no news about load");
        for _ in 0..50 {
            cap.ended(at(10), at(0), Over::TimedOut);
        }
        assert_eq!(room(&cap), 20, "never below the least");
        for _ in 0..300 {
            cap.cap.in_flight = 400;
            cap.ended(at(10), at(0), DONE);
        }
        assert_eq!(room(&cap), 200, "never above the most");
    }
}
