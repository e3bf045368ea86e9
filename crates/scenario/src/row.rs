//! Which client does which job: those of the first group come first, then those of the second.

use core::num::NonZeroU32;

/// The clients of one group among all clients of a run.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Row {
    first: u32,
    clients: NonZeroU32,
}

impl Row {
    /// A row for each group with so many clients, in their order.
    pub fn all(clients: impl Iterator<Item = NonZeroU32>) -> impl Iterator<Item = Row> {
        clients.scan(0, |first, clients| {
            let row = Row { first: *first, clients };
            *first += clients.get();
            Some(row)
        })
    }

    /// How many clients it has.
    #[must_use]
    pub const fn clients(self) -> NonZeroU32 {
        self.clients
    }

    /// The place of a client by its number within the group.
    #[must_use]
    pub const fn seat_of_client(self, number: u32) -> u32 {
        self.first + number
    }

    /// The place of the client that does job n of the group: of N clients it is n mod N's.
    #[inline]
    #[must_use]
    pub fn seat_of(self, job: u64) -> u32 {
        let number = job % u64::from(self.clients.get());
        // Less than the clients, of which 32 bits count every one.
        self.first + u32::try_from(number).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_dealt_out_within_their_group() {
        let clients = [3, 1, 2].map(|clients| NonZeroU32::new(clients).unwrap());
        let rows: Vec<Row> = Row::all(clients.into_iter()).collect();
        assert_eq!([0, 1, 2, 3, 4].map(|job| rows[0].seat_of(job)), [0, 1, 2, 0, 1]);
        assert_eq!([0, 7].map(|job| rows[1].seat_of(job)), [3, 3]);
        assert_eq!([0, 1, 2].map(|job| rows[2].seat_of(job)), [4, 5, 4]);
        assert_eq!(rows[2].seat_of_client(1), 5);
    }
}
