//! What the end of the run finds: attempts under way are open, jobs in hand unfinished.

use limits::Instant;
use run_record::{JobOutcome, Recorder, Unbalanced};

use super::Drive;
use crate::pacer::Pacer;
use crate::plan::{Ending, Replayed};
use crate::seat::Seat;
use crate::transport::Transport;

impl<T: Transport, P: Pacer> Drive<'_, T, P> {
    pub(super) fn close(mut self, ending: Ending) -> Result<Replayed, Unbalanced> {
        let now = self.pacer.now().min(self.end);
        for place in &mut self.seats {
            for (slot, _) in (0_u32..).zip(0..place.jobs.len()) {
                closed(&mut self.recorder, place, slot, now);
            }
        }
        Ok(Replayed {
            attempts: self.recorder.take_log(),
            groups: self.purse.billed(self.recorder.finish()?),
            late: self.late.sparse(),
            troubles: self.troubles,
            starved: self.starved,
            ending,
        })
    }
}

/// Writes down what is left of a job.
fn closed<T: Transport>(recorder: &mut Recorder, place: &mut Seat<T>, slot: u32, now: Instant) {
    let (group, deadline) = (place.group, place.asks.deadline);
    place.earlier(slot);
    while let Some(flight) = place.jobs.get_mut(slot as usize).filter(|flight| flight.present) {
        if flight.on.exchange.take().is_some() {
            recorder.attempt_ended(group, flight.open(now));
            place.other(strategies::JobId(slot));
        } else {
            let end = flight.job_end(deadline, JobOutcome::Unfinished);
            return recorder.job_ended(group, end);
        }
    }
}
