//! Clients that go down and come back: what they had in flight is cancelled, what they had in hand
//! is offered anew. What stands in a file stays there.

use limits::Instant;
use run_record::AttemptOutcome;
use scenario::Switch;
use strategies::{Event, JobId};

use super::World;
use crate::agenda::{Entry, Kind, Turn};
use crate::seat::{Seat, Underway};

impl World<'_> {
    /// Puts a switch on the agenda. There is only ever one: the list has them in their order.
    pub(super) fn switch_next(&mut self, index: u32) {
        let Some(&Switch { at, group, .. }) = self.switches.get(index as usize) else { return };
        let turn = Turn::new(at, group, 0, 0, Kind::Switch);
        self.agenda.push(Entry { turn, kind: Kind::Switch, seat: 0, slot: index, mark: 0 });
    }

    pub(super) fn switch(&mut self, now: Instant, index: u32) {
        let Some(&Switch { group, client, up, .. }) = self.switches.get(index as usize) else {
            return;
        };
        self.switch_next(index + 1);
        if self.outboxes.iter().any(|outbox| outbox.is_of(group)) {
            return;
        }
        let Some(row) = self.rows.get(group as usize) else { return };
        let seat = row.seat_of_client(client);
        if up { self.up(now, seat) } else { self.down(now, seat) }
    }

    /// The client hangs up on everything, and forgets.
    fn down(&mut self, now: Instant, seat: u32) {
        let Self { service, seats, recorder, charged_at, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        place.down = true;
        place.client.restart();
        for slot in in_hand(place) {
            place.in_hand(slot, None);
            while let Some(flight) = place.jobs.get_mut(slot as usize) {
                flight.before = flight.attempts;
                if matches!(flight.underway, Underway::Nothing | Underway::Filed) {
                    // A file goes on by itself.
                    break;
                }
                match std::mem::replace(&mut flight.underway, Underway::Nothing) {
                    Underway::Nothing | Underway::Filed | Underway::Refusal(_) => {}
                    Underway::Answer(ticket) => {
                        let used = service.abandon(now, ticket);
                        recorder.abandoned(place.group, flight.n, used);
                        flight.way.abandoned(recorder, place.group, used);
                        *charged_at = now;
                    }
                }
                let end = flight.attempt_end(now, AttemptOutcome::Cancelled);
                recorder.attempt_ended(place.group, end);
                place.other(slot);
            }
        }
    }

    /// The client begins with all that has waited.
    fn up(&mut self, now: Instant, seat: u32) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        place.down = false;
        for slot in in_hand(place) {
            let Some(place) = self.seats.get(seat as usize) else { return };
            let Some(flight) = place.jobs.get(slot as usize) else { continue };
            if matches!(flight.underway, Underway::Filed) {
                // What has become of it the file will tell.
                continue;
            }
            let offer = place.party.asks.offer(JobId(slot), &flight.arrival);
            self.tell(now, seat, Event::Offered(offer));
        }
    }
}

/// The places of the jobs that a client has in hand, in the order of their numbers.
fn in_hand(seat: &Seat) -> Vec<u32> {
    let present = seat.jobs.iter().zip(0_u32..).filter(|(flight, _)| flight.present);
    let mut numbered: Vec<(u64, u32)> =
        present.map(|(flight, slot)| (flight.arrival.job, slot)).collect();
    numbered.sort_unstable();
    numbered.into_iter().map(|(_, slot)| slot).collect()
}
