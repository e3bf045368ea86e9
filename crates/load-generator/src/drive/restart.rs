//! Clients that go down and come back: what they had in flight is cancelled, what they had in hand
//! is offered anew.

use limits::Instant;
use scenario::Switch;
use strategies::{AttemptId, Event, JobId};

use super::Drive;
use crate::agenda::{Entry, Kind, Turn};
use crate::pacer::Pacer;
use crate::transport::Transport;

impl<T: Transport, P: Pacer> Drive<'_, T, P> {
    /// Puts a switch on the agenda. There is only ever one: the list has them in their order.
    pub(super) fn switch_next(&mut self, index: u32) {
        let Some(&Switch { at, group, .. }) = self.switches.get(index as usize) else { return };
        let turn = Turn { at, group, job: 0, attempt: 0, kind: Kind::Switch };
        self.agenda.push(Entry { turn, seat: 0, slot: index, mark: 0 });
    }

    pub(super) fn switch(&mut self, now: Instant, Entry { turn, slot: index, .. }: Entry) {
        let Some(&Switch { group, client, up, .. }) = self.switches.get(index as usize) else {
            return;
        };
        self.late.add(now.since(turn.at).nanos());
        self.switch_next(index + 1);
        let Some(row) = self.rows.get(group as usize) else { return };
        let seat = row.seat_of_client(client);
        if up { self.up(now, seat) } else { self.down(now, seat) }
    }

    /// The client hangs up on everything, and forgets.
    fn down(&mut self, now: Instant, seat: u32) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        place.down = true;
        place.client.restart();
        for slot in place.in_hand() {
            let Some(place) = self.seats.get_mut(seat as usize) else { return };
            place.earlier(slot);
            if let Some(flight) = place.jobs.get_mut(slot as usize) {
                flight.before = flight.attempts;
            }
            self.hang_up(now, seat, slot);
        }
    }

    /// Cancels whatever is under way of a job.
    fn hang_up(&mut self, now: Instant, seat: u32, slot: u32) {
        loop {
            let Some(place) = self.seats.get(seat as usize) else { return };
            let Some(flight) = place.jobs.get(slot as usize) else { return };
            if flight.on.exchange.is_none() {
                return;
            }
            let at = AttemptId { job: JobId(slot), n: flight.on.n };
            let end = flight.cancelled(now);
            self.attempt_ended(seat, at, end);
        }
    }

    /// The client begins with all that has waited.
    fn up(&mut self, now: Instant, seat: u32) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        place.down = false;
        for slot in place.in_hand() {
            let Some(place) = self.seats.get(seat as usize) else { return };
            let Some(flight) = place.jobs.get(slot as usize) else { continue };
            let offer = place.asks.offer(JobId(slot), &flight.arrival);
            self.tell(now, seat, Event::Offered(offer));
        }
    }
}
