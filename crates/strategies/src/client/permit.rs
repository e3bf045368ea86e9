//! Attempts that go at an instant which others have given: permits of a bucket that a fleet shares,
//! turns of a gate that gives each its own, and the way elsewhere, which no gate guards.

use limits::Instant;

use super::{Client, State};
use crate::elsewhere::{Elsewhere, Route};
use crate::event::{Action, GaveUpBecause, JobId, Outcome, Wants};
use crate::first_send::FirstSend;
use crate::gate::permit;

impl Client {
    /// Asks for a job's permit.
    pub(super) fn ask(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        let Self { slots, stack, .. } = self;
        let FirstSend::SharedBucket(shared) = &stack.first_send else { return };
        let Some(slot) = slots.get_mut(job.0 as usize) else { return };
        let tokens = slot.offer.reservation();
        if shared.bucket.tokens.is_some() && tokens > shared.bucket.most.0 {
            return self.finish(job, Outcome::GaveUp(GaveUpBecause::Impossible), out);
        }
        if let Some(because) = slot.ends_before(&stack.stop, now) {
            return self.finish(job, Outcome::GaveUp(because), out);
        }
        slot.state = State::Asked;
        slot.generation = slot.generation.wrapping_add(1);
        let latest = slot.latest(&stack.stop);
        let wants = Wants {
            requests: slot.offer.units,
            tokens,
            latest: latest.unwrap_or(Instant::END),
            generation: slot.generation,
        };
        out(Action::Reserve { job, wants });
    }

    /// The instant has come at which a job goes, whatever its gate thinks now.
    pub(super) fn turn(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        let Some(slot) = self.slots.get(job.0 as usize) else { return };
        // The breaker may have opened since the instant was given.
        let open = self.guards.as_mut().is_some_and(|guards| guards.refuses(now));
        let because = if open {
            GaveUpBecause::BreakerOpen
        } else if let Some(because) = slot.ends_before(&self.stack.stop, now) {
            because
        } else {
            return self.send(now, job, None, out);
        };
        if slot.state == State::Asked {
            out(permit(&slot.offer));
        }
        self.finish(job, Outcome::GaveUp(because), out);
    }

    /// The bucket has no permit for a job in time.
    pub(super) fn denied(&mut self, job: JobId, generation: u32, out: &mut impl FnMut(Action)) {
        let due = self.slots.get(job.0 as usize).filter(|slot| slot.generation == generation);
        let Some(slot) = due.filter(|slot| slot.state == State::Asked) else { return };
        let because = slot.too_late(&self.stack.stop);
        self.finish(job, Outcome::GaveUp(because), out);
    }

    /// Whether a job's next attempt goes elsewhere.
    #[inline]
    pub(super) fn goes_elsewhere(&self, job: JobId) -> bool {
        self.stack.elsewhere != Elsewhere::Nowhere
            && self
                .slots
                .get(job.0 as usize)
                .is_some_and(|slot| self.stack.elsewhere.route(slot.tries + 1) == Route::Elsewhere)
    }
}
