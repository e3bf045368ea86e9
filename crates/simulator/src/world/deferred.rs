//! Lines that a strategy has sent into a file: their clients hear how they ended.
//!
//! A file outlives the client that filled it. One that has restarted since knows nothing of its
//! lines: an answer counts all the same, and what failed is offered to it as if it were new.

use limits::Instant;
use run_record::{AttemptOutcome, JobOutcome};
use strategies::{Ended, Event, JobId};
use wire::Reply;

use super::World;
use super::batch::Place;

impl World<'_> {
    /// A line has ended, and its attempt with it. What was said beside a failure goes to the client.
    pub(super) fn deferred_ends(
        &mut self,
        now: Instant,
        line: Place,
        how: AttemptOutcome,
        said: Option<Reply>,
    ) {
        let Self { seats, recorder, .. } = self;
        let Place { seat, slot } = line;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let (group, deadline) = (place.group, place.party.asks.deadline);
        let Some(flight) = place.jobs.get_mut(slot as usize) else { return };
        let known = flight.n > flight.before;
        let at = known.then(|| flight.attempt(slot));
        if let AttemptOutcome::Ok(usage) = how {
            let sent = flight.sent;
            let outcome = JobOutcome::Answered { sent, first_token: now, answered: now, usage };
            let end = flight.job_end(deadline, outcome);
            recorder.job_ended(group, end);
            flight.way.answered(recorder, group, &end);
            return match at {
                Some(at) => self.tell(now, seat, Event::Ended { at, how: Ended::Complete(usage) }),
                None => self.freed(now, line),
            };
        }
        match (at, said) {
            (Some(at), Some(reply)) => self.tell(now, seat, Event::Head { at, reply: &reply }),
            (Some(at), None) => self.tell(now, seat, Event::Ended { at, how: Ended::TimedOut }),
            // It is offered with the rest once its client is up.
            (None, _) if place.down => {}
            (None, _) => {
                let offer = place.party.asks.offer(JobId(slot), &flight.arrival);
                self.tell(now, seat, Event::Offered(offer));
            }
        }
    }
}
