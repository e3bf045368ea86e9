//! A second attempt beside one that is late.

use limits::Instant;

use super::{Client, State};
use crate::elsewhere::{Elsewhere, Route};
use crate::event::{Action, AttemptId, JobId};
use crate::first_send::Passage;
use crate::gate::Over;
use crate::guards::Ending;
use crate::hedging::Flown;

impl Client {
    /// A job's first attempt has left: asks to be woken in case it is late.
    #[cold]
    pub(super) fn hedge_later(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        let Elsewhere::Hedge { after, .. } = self.stack.elsewhere else { return };
        if let Some(hedging) = &mut self.hedging {
            hedging.first_sent();
        }
        let (late, slot) = (now.after(after), self.slots.get(job.0 as usize));
        if slot.is_some_and(|slot| slot.ends_before(&self.stack.stop, late).is_none()) {
            self.wait_until(late, job, State::InFlight, out);
        }
    }

    /// A head has come: the job is late no more.
    #[inline]
    pub(super) fn is_answering(&mut self, job: JobId) {
        if self.hedging.is_some()
            && let Some(slot) = self.slots.get_mut(job.0 as usize)
        {
            slot.generation = slot.generation.wrapping_add(1);
        }
    }

    /// A job's first attempt is late: another leaves, if it is within the bound and may go at once.
    pub(super) fn hedge(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        if !self.may_hedge(now, job) || self.refuse(now, job).is_some() {
            return;
        }
        let Self { slots, stack, gate, guards, hedging: Some(hedging), .. } = self else { return };
        let Some(slot) = slots.get_mut(job.0 as usize) else { return };
        let Passage::Go(receipt) = gate.pass(now, &slot.offer, slot.asks(), Some(now)) else {
            return;
        };
        let first = Flown { n: slot.tries, sent: slot.sent, receipt: slot.receipt.take() };
        slot.tries += 1;
        slot.sent = now;
        slot.state = State::Hedged;
        let at = AttemptId { job, n: slot.tries };
        if let Some(guards) = guards {
            guards.sent(now, false);
        }
        gate.sent(now, slot.offer.units);
        hedging.pair(job.0, first, Flown { n: at.n, sent: now, receipt });
        out(Action::Send { at, timeouts: stack.timeouts, route: Route::Home });
    }

    fn may_hedge(&self, now: Instant, job: JobId) -> bool {
        let Self { slots, stack, hedging, queue, .. } = self;
        let (Elsewhere::Hedge { most, .. }, Some(hedging)) = (stack.elsewhere, hedging) else {
            return false;
        };
        let Some(slot) = slots.get(job.0 as usize) else { return false };
        hedging.affords(most)
            && stack.stop.allows_another(slot.tries)
            && slot.ends_before(&stack.stop, now).is_none()
            && queue.is_empty()
    }

    /// Lets the attempts go that a job of two has left.
    #[inline]
    pub(super) fn let_go(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        while let Some(n) = self.hedging.as_ref().and_then(|hedging| hedging.left(job.0)) {
            let at = AttemptId { job, n };
            let sent = self.in_flight(at).map_or(now, |(sent, _)| sent);
            out(Action::Cancel(at));
            self.close_attempt(now, at, Over::LetGo, out);
            self.count(now, (at, sent), Ending::LetGo);
        }
    }
}
