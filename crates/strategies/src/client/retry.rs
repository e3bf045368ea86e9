//! What becomes of a job whose attempt went wrong.

use chance::Stream;
use limits::Instant;
use wire::{Shows, Status};

use super::{Client, Slot, State};
use crate::backoff::Retry;
use crate::budget::Cause;
use crate::elsewhere::Route;
use crate::event::{Action, AttemptId, GaveUpBecause, JobId, Offer, Outcome};
use crate::gate::Gate;
use crate::guards::{Ending, Guards};
use crate::retry_on::{Answer, RetryOn};
use crate::stack::Stack;
use crate::wait::{Beyond, Pause};

/// What becomes of a job that is tried again.
#[derive(Copy, Clone)]
enum Next {
    /// It goes back to the head of the queue.
    Queue,
    /// It waits by itself.
    Wait { until: Instant },
    /// It goes elsewhere, at once.
    Elsewhere,
}

impl Client {
    pub(super) fn retry_or_give_up(
        &mut self,
        now: Instant,
        (at, sent): (AttemptId, Instant),
        answer: Answer<'_>,
        out: &mut impl FnMut(Action),
    ) {
        let job = at.job;
        let retried = self.stack.retry_on.retries(answer);
        if self.guards.is_some() {
            let failed = retried || RetryOn::LIMITS_AND_FAILURES.retries(answer);
            let how = if failed { Ending::Failed } else { Ending::Rejected };
            self.count(now, (at, sent), how);
        }
        if self.hedging.as_ref().is_some_and(|hedging| hedging.has(job.0)) {
            // The other attempt may do yet.
            return;
        }
        let next =
            if retried { self.next_try(now, job, answer) } else { Err(GaveUpBecause::NotRetried) };
        match next {
            Err(because) => self.finish(job, Outcome::GaveUp(because), out),
            Ok(Next::Queue) => {
                self.enqueue(job);
                self.queue.push_front(job);
            }
            Ok(Next::Wait { until }) => self.wait_until(until, job, State::Waiting, out),
            Ok(Next::Elsewhere) => self.send(now, job, None, out),
        }
    }

    /// When a job is to be tried again after this, or why it is not.
    fn next_try(
        &mut self,
        now: Instant,
        job: JobId,
        answer: Answer<'_>,
    ) -> Result<Next, GaveUpBecause> {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else {
            return Err(GaveUpBecause::Withdrawn);
        };
        let stop = &self.stack.stop;
        if !stop.allows_another(slot.tries) {
            return Err(GaveUpBecause::TriesSpent);
        }
        let [came, goes] = [slot.tries, slot.tries + 1].map(|n| self.stack.elsewhere.route(n));
        let home = goes == Route::Home;
        if came != goes {
            let ends = stop.ends_before(now, slot.offer.deadline, Some(slot.first_sent));
            return ends.map_or(Ok(Next::Elsewhere), Err);
        }
        // A gate that has taken the refusal in does the waiting, for this job and the rest; and the
        // queue looks for itself whether a job's time is over.
        if home
            && is_throttled(answer)
            && let Gate::Pace(pace) = &mut self.gate
        {
            match pause_before(&self.stack, self.jitter, slot, answer) {
                Pause::Hinted(span) => pace.close(now.after(span)),
                // A hint below the formula is lengthened to it.
                Pause::Formula(span)
                    if matches!(self.stack.wait.hint.beyond, Beyond::WithinFormulaPlus(_)) =>
                {
                    pace.close(now.after(span));
                }
                Pause::Formula(_) => {}
                Pause::TooLong => return Err(GaveUpBecause::HintTooLong),
            }
            slot.paid = pay(&mut self.guards, now, answer)?;
            return self.refuse(now, job).map_or(Ok(Next::Queue), Err);
        }
        let wait = match pause_before(&self.stack, self.jitter, slot, answer) {
            Pause::Hinted(span) => span,
            Pause::Formula(span) => {
                slot.last_wait = span;
                span
            }
            Pause::TooLong => return Err(GaveUpBecause::HintTooLong),
        };
        let until = now.after(wait);
        if let Some(because) = stop.ends_before(until, slot.offer.deadline, Some(slot.first_sent)) {
            return Err(because);
        }
        if home {
            slot.paid = pay(&mut self.guards, now, answer)?;
        }
        Ok(Next::Wait { until })
    }
}

fn pause_before(stack: &Stack, jitter: Stream, slot: &Slot, answer: Answer<'_>) -> Pause {
    let retry = Retry {
        k: slot.tries.saturating_sub(1),
        last: slot.last_wait,
        throttled: is_throttled(answer),
    };
    let Offer { number, .. } = slot.offer;
    let draw = || jitter.draw_attempt(number, slot.tries);
    match answer {
        Answer::Replied(reply) => stack.wait.before(retry, &reply.shows, draw),
        Answer::TimedOut | Answer::Broken => stack.wait.before(retry, &Shows::default(), draw),
    }
}

fn is_throttled(answer: Answer<'_>) -> bool {
    matches!(answer, Answer::Replied(reply) if reply.status == Status::TOO_MANY_REQUESTS)
}

/// Pays for a retry after such an answer, where retries cost anything.
#[inline]
fn pay(
    guards: &mut Option<Box<Guards>>,
    now: Instant,
    answer: Answer<'_>,
) -> Result<Option<u32>, GaveUpBecause> {
    let Some(guards) = guards else { return Ok(None) };
    let cause = match answer {
        Answer::TimedOut | Answer::Broken => Cause::TimedOut,
        Answer::Replied(_) if is_throttled(answer) => Cause::Throttled,
        Answer::Replied(_) => Cause::Other,
    };
    guards.pay(now, cause).map(Some).ok_or(GaveUpBecause::Budget)
}
