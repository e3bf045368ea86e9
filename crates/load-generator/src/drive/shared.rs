//! Buckets that the clients of a group share.

use limits::Instant;
use strategies::{FirstSend, JobId, Permit, SharedBucket, Stack, Timer, Wants};

use super::Drive;
use crate::pacer::Pacer;
use crate::transport::Transport;

/// The bucket of each group that has one.
pub(super) fn buckets(stacks: &[Stack]) -> Vec<Option<SharedBucket>> {
    let bucket = |stack: &Stack| {
        let FirstSend::SharedBucket(shared) = &stack.first_send else { return None };
        Some(SharedBucket::new(shared))
    };
    stacks.iter().map(bucket).collect()
}

impl<T: Transport, P: Pacer> Drive<'_, T, P> {
    /// A client asks for a permit.
    pub(super) fn reserve(&mut self, now: Instant, seat: u32, job: JobId, wants: &Wants) {
        let Self { seats, shared, .. } = self;
        let Some(place) = seats.get(seat as usize) else { return };
        let Some(Some(bucket)) = shared.get_mut(place.group as usize) else { return };
        let generation = wants.generation;
        match bucket.reserve(now, wants) {
            Permit::At(at) => self.wake_at(seat, at, Timer::Job { job, generation }),
            Permit::TooLate(at) => self.wake_at(seat, at, Timer::Denied { job, generation }),
        }
    }

    /// A client gives back what it did not use of a permit.
    pub(super) fn restore(&mut self, now: Instant, seat: u32, requests: u32, tokens: i64) {
        let Self { seats, shared, .. } = self;
        let Some(place) = seats.get(seat as usize) else { return };
        if let Some(Some(bucket)) = shared.get_mut(place.group as usize) {
            bucket.restore(now, requests, tokens);
        }
    }
}
