//! Endpoints as their owners handle them: looked at, stopped, made larger or smaller.

use limits::Instant;
use wire::PairId;

use crate::dedicated::{Dedicated, Hosted};
use crate::pair::Pair;
use crate::service::Service;

impl Service {
    /// What the endpoint of a pair is doing; `None` where it has none.
    pub fn hosted(&mut self, now: Instant, pair: PairId) -> Option<Hosted> {
        self.work_until(now);
        Some(self.dedicated(pair)?.doing(now))
    }

    /// The endpoint of a pair stops then, at the earliest now, whatever was planned; what it has begun
    /// of a minute is billed.
    pub fn stop_hosting(&mut self, now: Instant, pair: PairId, at: Instant) {
        self.handle(now, pair, |dedicated| dedicated.end(now, at));
    }

    /// The endpoint of a pair runs within other bounds: the fewest and the most replicas.
    pub fn resize_hosting(&mut self, now: Instant, pair: PairId, replicas: (u32, u32)) {
        self.handle(now, pair, |dedicated| dedicated.resize(now, replicas));
    }

    fn handle(&mut self, now: Instant, pair: PairId, what: impl FnOnce(&mut Dedicated)) {
        self.work_until(now);
        if let Some(dedicated) = self.dedicated(pair) {
            what(dedicated);
        }
        // What it began until now is charged.
        self.work_until(now);
        self.turns_at = self.next_at();
    }

    fn dedicated(&mut self, pair: PairId) -> Option<&mut Dedicated> {
        let place = usize::try_from(pair.0).ok()?;
        self.pairs.get_mut(place).and_then(Pair::dedicated_mut)
    }
}
