//! Pacing by what the service's headers say.
//!
//! Dividing what remains by the time to the reset looks natural and floods: a reset that rounds
//! to zero makes every gap zero. So the gate goes by three plain readings instead: never faster
//! than the limit shown, closed when nothing remains, closed after a refusal.

use limits::{Instant, Span};
use wire::{Rate10, Reply, Shows, Status};

use crate::first_send::Passage;

/// How long a refusal that shows neither limit nor reset closes the gate.
const UNSAID: Span = Span::from_secs(1);

/// The gate of one client. Where a limit counts pictures, what is shown is in pictures, and a
/// request for several of them takes their time.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The gap between two sendings at the limit shown; `None` until one has been shown.
    gap: Option<Span>,
    /// Not before this, because of the gap.
    next: Instant,
    /// Not before this, because nothing remained or something was refused.
    closed_until: Instant,
    in_flight: u32,
}

impl Pace {
    /// Whether an attempt may go now.
    pub(crate) fn pass(&self, now: Instant) -> Passage {
        let opens = self.next.max(self.closed_until);
        if self.gap.is_none() && self.in_flight > 0 {
            Passage::Hold
        } else if now < opens {
            Passage::Later(opens)
        } else {
            Passage::Go(None)
        }
    }

    /// An attempt left that takes so many units of the limit.
    pub(crate) fn sent(&mut self, now: Instant, units: u32) {
        self.in_flight += 1;
        self.next = now.after(self.gap.unwrap_or(Span::ZERO).times(units.into()));
    }

    /// An attempt is over.
    pub(crate) fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The head of an answer to an attempt of so many units, sent at `sent`.
    pub(crate) fn learn(&mut self, now: Instant, sent: Instant, units: u32, reply: &Reply) {
        let shows = reply.shows;
        if let Some(gap) = shows.limit.and_then(Rate10::nanos_apart).map(Span::from_nanos) {
            self.gap = Some(gap);
            self.next = self.next.max(sent.after(gap.times(units.into())));
        }
        if reply.status == Status::TOO_MANY_REQUESTS {
            let gap = self.gap.unwrap_or(UNSAID);
            self.close(now.after(reset_of(&shows).unwrap_or(Span::ZERO).max(gap)));
        } else if shows.remaining.is_some_and(|left| left < units)
            && let Some(reset) = reset_of(&shows)
        {
            self.close(sent.after(reset));
        }
    }

    /// Keeps the gate shut until then, if it would open sooner.
    pub(crate) fn close(&mut self, until: Instant) {
        self.closed_until = self.closed_until.max(until);
    }
}

fn reset_of(shows: &Shows) -> Option<Span> {
    shows.reset.map(|seconds| Span::from_secs(u64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use wire::Usage;

    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn reply(status: Status, limit: u64, remaining: u32, reset: u32) -> Reply {
        let shows = Shows {
            limit: Some(Rate10(limit * 10_000_000_000)),
            remaining: Some(remaining),
            reset: Some(reset),
            ..Shows::default()
        };
        Reply { status, shows, error: None, usage: Usage::default() }
    }

    fn opens(pace: &Pace, now: Instant) -> Option<Instant> {
        match pace.pass(now) {
            Passage::Go(_) => Some(now),
            Passage::Later(at) => Some(at),
            Passage::Turn(_) | Passage::TooLate | Passage::Hold | Passage::Never => None,
        }
    }

    #[test]
    fn before_the_first_header_one_attempt_is_in_flight() {
        let mut pace = Pace::default();
        assert_eq!(opens(&pace, at(0)), Some(at(0)));
        pace.sent(at(0), 1);
        assert_eq!(opens(&pace, at(500)), None);
        pace.learn(at(900), at(0), 1, &reply(Status::OK, 10, 19, 2));
        assert_eq!(opens(&pace, at(900)), Some(at(900)));
        pace.sent(at(900), 1);
        assert_eq!(opens(&pace, at(901)), Some(at(1000)), "a tenth of a second at 10 a second");
    }

    #[test]
    fn nothing_remaining_closes_until_that_attempts_sending_plus_reset() {
        let mut pace = Pace::default();
        pace.sent(at(100), 1);
        pace.learn(at(900), at(100), 1, &reply(Status::OK, 10, 0, 2));
        assert_eq!(opens(&pace, at(900)), Some(at(2100)), "not the head's arrival plus reset");
    }

    #[test]
    fn a_refusal_closes_for_its_reset_or_one_gap_if_that_is_longer() {
        let mut pace = Pace::default();
        pace.sent(at(0), 1);
        pace.learn(at(100), at(0), 1, &reply(Status::TOO_MANY_REQUESTS, 10, 0, 2));
        assert_eq!(opens(&pace, at(100)), Some(at(2100)));
        let mut zero = Pace::default();
        zero.sent(at(0), 1);
        zero.learn(at(100), at(0), 1, &reply(Status::TOO_MANY_REQUESTS, 10, 0, 0));
        assert_eq!(opens(&zero, at(100)), Some(at(200)), "a reset of zero is no flood");
    }

    #[test]
    fn a_request_for_four_pictures_takes_the_time_of_four() {
        let mut pace = Pace::default();
        pace.sent(at(0), 4);
        pace.learn(at(900), at(0), 4, &reply(Status::OK, 4, 4, 2));
        assert_eq!(opens(&pace, at(900)), Some(at(1000)), "four at four a second");
        pace.sent(at(1000), 4);
        assert_eq!(opens(&pace, at(1000)), Some(at(2000)));
        // Three left are not enough for a fourth.
        pace.learn(at(1900), at(1000), 4, &reply(Status::OK, 4, 3, 2));
        assert_eq!(opens(&pace, at(1900)), Some(at(3000)));
    }
}
