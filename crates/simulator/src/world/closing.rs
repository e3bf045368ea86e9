//! What the end of the run finds: attempts in flight are open, jobs in hand unfinished.

use limits::Instant;
use run_record::{AttemptOutcome, JobOutcome, Recorder};

use super::World;
use crate::seat::{Seat, Underway};

impl World<'_> {
    pub(super) fn close(&mut self) {
        let Self { seats, recorder, end, .. } = self;
        for place in seats {
            for (slot, _) in (0_u32..).zip(0..place.jobs.len()) {
                closed(recorder, place, slot, *end);
            }
        }
    }
}

/// Writes down what is left of a job.
fn closed(recorder: &mut Recorder, place: &mut Seat, slot: u32, end: Instant) {
    let (group, deadline) = (place.group, place.party.asks.deadline);
    place.in_hand(slot, None);
    while let Some(flight) = place.jobs.get_mut(slot as usize).filter(|flight| flight.present) {
        match std::mem::replace(&mut flight.underway, Underway::Nothing) {
            Underway::Nothing => {
                return recorder.job_ended(group, flight.job_end(deadline, JobOutcome::Unfinished));
            }
            Underway::Refusal(_) | Underway::Answer(_) | Underway::Filed => {
                recorder.attempt_ended(group, flight.attempt_end(end, AttemptOutcome::Open));
                place.other(slot);
            }
        }
    }
}
