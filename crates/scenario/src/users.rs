//! Users: those who send a job, wait for its end, think, and send the next.
//!
//! How often they ask depends on how fast they are answered: that is the closed loop. What they ask
//! for does not. Job k of user u has the number k × count + u, and its lengths, its luck and the
//! thinking before it are drawn by that number, so that the same job is the same under every tier
//! and every strategy, however late it comes.

use core::fmt;
use core::num::NonZeroU32;

use chance::{Purpose, Seed, Stream, uniform_below};
use limits::{Instant, Span};

use crate::cast::Traffic;
use crate::jobs::{Jobs, Lengths};
use crate::lasts::shown;
use crate::scenario::Scenario;
use crate::timeline::Arrival;
use crate::times::Times;

/// The users of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// How many they are, and so how many of their jobs are in hand at most.
    pub count: NonZeroU32,
    /// How long one thinks between the end of a job and the next.
    pub think: Times,
    /// Each comes at a moment of its own within this; none where all come at once.
    pub within: Span,
    /// How long they ask. A job that would fall due then, or later, is not sent.
    pub lasts: Span,
}

/// `100 users, thinking 20s, for 10m`.
impl fmt::Display for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Users { count, think, within, lasts } = self;
        let users = if count.get() == 1 { "user" } else { "users" };
        write!(f, "{count} {users}, thinking {think}, ")?;
        if within.is_zero() {
            f.write_str("all from the first instant on, ")?;
        } else {
            write!(f, "coming within {}, ", shown(*within))?;
        }
        write!(f, "for {}", shown(*lasts))
    }
}

/// A job that a user will want.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// When.
    pub due: Instant,
    /// Its group, by position in the scenario.
    pub group: u32,
    /// Its number within the group.
    pub job: u64,
}

/// The users of a whole scenario, whoever drives it: which job each wants first, and which after
/// one that has ended.
///
/// ```
/// use chance::Seed;
/// use limits::{Instant, Span};
/// use rulebook::Rulebook;
/// use scenario::{Loops, Scenario};
///
/// let text = r#"
///     title = "Two users"
///     account = { tier = "build-1" }
///     [[group]]
///     name = "chat"
///     model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
///     prompt = 900
///     answer = 200
///     traffic = { users = { count = 2, think = "20s", lasts = "1m" } }
/// "#;
/// let scenario = Scenario::parse("two.toml", text, &Rulebook::embedded()?)?;
/// let loops = Loops::of(&scenario, Seed(scenario.seed));
/// assert_eq!(loops.first().map(|wanted| wanted.job).collect::<Vec<_>>(), [0, 1]);
///
/// // The second user's job is answered after five seconds; after twenty more it wants the next.
/// let at = |seconds| Instant::START.after(Span::from_secs(seconds));
/// let next = loops.next_after(0, 1, at(5)).unwrap();
/// assert_eq!((next.job, next.due), (3, at(25)));
/// assert_eq!(loops.next_after(0, 3, at(40)), None, "after a minute nobody asks");
/// # Ok::<(), rulebook::Refused>(())
/// ```
#[derive(Debug)]
pub struct Loops<'a> {
    /// By group; nothing at all where no group has users.
    lanes: Vec<Option<Lane<'a>>>,
}

#[derive(Debug)]
struct Lane<'a> {
    users: &'a Users,
    jobs: Jobs<'a>,
    thinks: Stream,
    end: Instant,
}

impl<'a> Loops<'a> {
    /// The users under one seed.
    #[must_use]
    pub fn of(scenario: &'a Scenario, seed: Seed) -> Loops<'a> {
        let lanes = scenario.groups.iter().zip(0_u32..).map(|(group, number)| {
            let Traffic::Users(users) = &group.traffic else { return None };
            Some(Lane {
                users,
                jobs: Jobs::of(group, number, seed),
                thinks: seed.stream(Purpose::Think, number),
                end: Instant::START.after(users.lasts),
            })
        });
        let mut lanes: Vec<Option<Lane<'a>>> = lanes.collect();
        if lanes.iter().all(Option::is_none) {
            lanes.clear();
        }
        Loops { lanes }
    }

    /// Whether no group has users.
    #[inline]
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.lanes.is_empty()
    }

    /// The first job of each user, by group and user.
    pub fn first(&self) -> impl Iterator<Item = Wanted> {
        let lanes = self.lanes.iter().zip(0_u32..);
        lanes.filter_map(|(lane, group)| Some((lane.as_ref()?, group))).flat_map(|(lane, group)| {
            (0..u64::from(lane.users.count.get())).filter_map(move |user| {
                let within = lane.users.within.nanos();
                let due = Instant::from_nanos(uniform_below(lane.thinks.draw(user), within));
                (due < lane.end).then_some(Wanted { due, group, job: user })
            })
        })
    }

    /// What the user wants who had this job, which ended then, answered or given up: the next, when
    /// the thinking is over. Nothing where no user had it, or none of its group asks any more.
    #[must_use]
    pub fn next_after(&self, group: u32, job: u64, ended: Instant) -> Option<Wanted> {
        let lane = self.lane(group)?;
        let job = job + u64::from(lane.users.count.get());
        let due = ended.after(lane.users.think.at(|| lane.thinks.draw(job)));
        (due < lane.end).then_some(Wanted { due, group, job })
    }

    /// A wanted job as it falls due.
    #[must_use]
    pub fn arrival(&self, wanted: Wanted) -> Option<Arrival> {
        let lane = self.lane(wanted.group)?;
        Some(lane.jobs.arrival(wanted.job, wanted.due, |_| Lengths::OfGroup))
    }

    fn lane(&self, group: u32) -> Option<&Lane<'a>> {
        self.lanes.get(group as usize)?.as_ref()
    }
}
