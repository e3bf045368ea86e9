//! What a sample says of clients beside each other, and of retries.

use std::num::NonZeroU32;

use run_record::{EventNote, Header, Leaf, RunRecord};

use super::{Told, record_of_groups, record_with};

/// How the clients of a group fared, and what its retries were worth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    /// Answered and offered jobs of each client.
    pub(crate) clients: Vec<(u64, u64)>,
    /// Attempts in the first tenth of a window after a reset, and in all of it.
    pub(crate) herd: (u64, u64),
    pub(crate) unmendable: u64,
    pub(crate) early: u64,
    /// Hedges, and those that won.
    pub(crate) hedges: (u64, u64),
    /// Jobs answered elsewhere.
    pub(crate) elsewhere: u64,
}

impl Served {
    pub(super) fn tell(&self, leaf: &mut Leaf) {
        for (answered, offered) in &self.clients {
            leaf.fairness.count(*answered, *offered);
        }
        (leaf.herd.first_tenth, leaf.herd.whole) = self.herd;
        leaf.useless.unmendable = self.unmendable;
        leaf.useless.early = self.early;
        (leaf.hedges.sent, leaf.hedges.won) = self.hedges;
        leaf.elsewhere.sent = self.elsewhere;
        leaf.elsewhere.answered.attempts = self.elsewhere;
        leaf.elsewhere.in_time.attempts = self.elsewhere;
        leaf.attempts.first = leaf.jobs.offered;
    }
}

/// Forty clients with one key and a restart of all of them at 05:00: buckets of the whole herd, those
/// of a fortieth do not, and with the SDK some clients starve.
pub(crate) fn forty() -> RunRecord {
    let change = |header: &mut Header| {
        header.groups[0].clients = NonZeroU32::new(40).unwrap();
        header.events = vec![EventNote {
            says: "a restart of chat".to_owned(),
            begins: limits::Span::from_secs(300),
            ends: Some(limits::Span::from_secs(320)),
        }];
    };
    let told = |in_time: u64, refused: u64, served: Served| Told {
        in_time,
        by_requests: refused,
        sudden: true,
        served,
        ..Told::default()
    };
    let alike = |answered: u64| vec![(answered, 25); 40];
    let mut starved = alike(23);
    starved[7] = (6, 25);
    let cells = [
        (
            "own-bucket",
            told(996, 4, Served { clients: alike(25), herd: (120, 1_000), ..Served::default() }),
        ),
        (
            "full-jitter",
            told(
                900,
                800,
                Served { clients: alike(22), herd: (420, 1_400), early: 130, ..Served::default() },
            ),
        ),
        (
            "together-py",
            told(
                840,
                1_900,
                Served { clients: starved, herd: (900, 2_000), unmendable: 3, ..Served::default() },
            ),
        ),
    ];
    let cells: Vec<(&str, &str, Vec<Told>)> =
        cells.into_iter().map(|(name, told)| ("build-2", name, vec![told.clone(), told])).collect();
    record_with(change, &cells)
}

/// `chat`, and `batch` that never waits, on one account: what one takes the other does not get.
pub(crate) fn neighbours() -> RunRecord {
    let change = |header: &mut Header| {
        header.groups[1].strategy = Some("give-up".to_owned());
        header.groups[1].clients = NonZeroU32::new(4).unwrap();
    };
    let told = |in_time: u64, by_tokens: u64, clients: Vec<(u64, u64)>| Told {
        in_time,
        by_tokens,
        served: Served { clients, ..Served::default() },
        ..Told::default()
    };
    let quarter = |answered: u64| vec![(answered, 250); 4];
    record_of_groups(
        change,
        &[
            (
                "build-2",
                "own-bucket",
                [told(420, 10, vec![(420, 1_000)]), told(930, 70, quarter(232))],
            ),
            (
                "build-2",
                "full-jitter",
                [told(700, 900, vec![(700, 1_000)]), told(690, 310, quarter(172))],
            ),
        ],
    )
}
