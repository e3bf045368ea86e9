//! What a cell cost: the bills of its groups, and the fees on its account.
//!
//! Amounts are for one run, in the mean of the replications, as rates are; what is counted for each
//! job is taken over all of them. What nobody says the price of is not known, and neither is a sum
//! with it.

use limits::Span;
use money::Money;

use crate::account::{AccountLeaf, FeeLeaf, MomentLeaf};
use crate::bill::Bill;
use crate::cell::{Cell, GroupCell};
use crate::header::{GroupNote, Header, StrategyNote};

/// Days of a month, wherever a run is stretched or shrunk to one.
pub const MONTH_DAYS: u32 = 30;

/// Its minutes.
pub const MONTH_MINUTES: u64 = MONTH_DAYS as u64 * 1_440;

/// What a cell, or a group of it, cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    replications: u64,
    bill: Option<Bill>,
    fees: Option<Fees>,
    /// What a month of what is paid by the minute costs.
    month: Money,
    answered: u64,
    in_time: u64,
}

/// Fees over all replications.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Fees {
    /// By the minute.
    running: Money,
    /// Paid once, whatever the length of the run.
    once: Money,
}

/// What a month of the same would cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Month {
    /// Requests.
    pub usage: Option<Money>,
    /// What is paid by the minute, for every minute of the month: see [`FeeLeaf::month`].
    pub fees: Option<Money>,
    /// What is paid once: not multiplied.
    pub once: Option<Money>,
}

/// Something that cost money by the minute while no request used it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Idle {
    /// Its name in the scenario.
    pub name: String,
    /// What it is: `endpoint`, `hosting`.
    pub kind: String,
    /// What one run of it cost.
    pub amount: Money,
    /// For how many minutes.
    pub minutes: u64,
}

impl Cost {
    /// What a cell cost, or one of its groups by its number; none where neither a price nor an
    /// account is known.
    #[must_use]
    pub fn of(header: &Header, cell: &Cell, group: Option<usize>) -> Option<Cost> {
        let replications = 0..cell.replications().count() as usize;
        let of_one = |replication| Cost::of_replication(header, cell, group, replication);
        let mut each = replications.filter_map(of_one);
        let first = each.next()?;
        let books = cell.account().unwrap_or_default().iter();
        let of_all =
            books.flat_map(|books| books.fees.iter().filter(|fee| mine(header, group, fee)));
        let months = FeeLeaf::together(of_all);
        let month = months.iter().filter_map(FeeLeaf::month).sum();
        Some(Cost { month, ..each.fold(first, Cost::and) })
    }

    /// What each replication cost in all; none for one of which that is not known.
    pub(crate) fn totals(header: &Header, cell: &Cell, group: Option<usize>) -> Vec<Option<Money>> {
        let replications = 0..cell.replications().count() as usize;
        let of_one = |replication| Cost::of_replication(header, cell, group, replication);
        replications.map(|replication| of_one(replication)?.total()).collect()
    }

    fn of_replication(
        header: &Header,
        cell: &Cell,
        group: Option<usize>,
        replication: usize,
    ) -> Option<Cost> {
        let books = cell.account().and_then(|books| books.get(replication));
        let mut groups = cell.groups().iter().enumerate();
        let mine = |(number, _): &(usize, _)| group.is_none_or(|asked| asked == *number);
        let leaves =
            groups.by_ref().filter(mine).filter_map(|(_, of)| of.leaves().get(replication));
        let (mut answered, mut in_time) = (0, 0);
        // Nobody's bill is nothing: an account without groups uses nothing.
        let mut bill = Some(Bill::default());
        for leaf in leaves {
            bill = crate::bill::together(bill, leaf.bill);
            answered += leaf.jobs.answered;
            in_time += leaf.jobs.in_time;
        }
        let fees = fees(header, books, group);
        let known = bill.is_some() && !header.groups.is_empty() || books.is_some();
        let month = Money::ZERO;
        known.then_some(Cost { replications: 1, bill, fees, month, answered, in_time })
    }

    fn and(self, other: Cost) -> Cost {
        Cost {
            replications: self.replications + other.replications,
            bill: crate::bill::together(self.bill, other.bill),
            fees: self.fees.zip(other.fees).map(|(mine, theirs)| Fees {
                running: mine.running + theirs.running,
                once: mine.once + theirs.once,
            }),
            month: Money::ZERO,
            answered: self.answered.saturating_add(other.answered),
            in_time: self.in_time.saturating_add(other.in_time),
        }
    }

    fn each(&self, all: Money) -> Money {
        all.of_parts(1, self.replications)
    }

    fn all(&self) -> Option<Money> {
        let Fees { running, once } = self.fees?;
        Some(self.bill?.usage() + running + once)
    }

    /// Requests and fees.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        self.all().map(|all| self.each(all))
    }

    /// Requests.
    #[must_use]
    pub fn usage(&self) -> Option<Money> {
        self.bill.map(|bill| self.each(bill.usage()))
    }

    /// All fees.
    #[must_use]
    pub fn fees(&self) -> Option<Money> {
        self.fees.map(|Fees { running, once }| self.each(running + once))
    }

    /// Of the fees, those that are paid once, whatever the length of the run.
    #[must_use]
    pub fn once(&self) -> Option<Money> {
        self.fees.map(|fees| self.each(fees.once))
    }

    /// Requests that nobody had any use for: late ones and abandoned ones.
    #[must_use]
    pub fn wasted(&self) -> Option<Money> {
        self.bill.map(|bill| self.each(bill.wasted()))
    }

    /// Whole answers that came too late.
    #[must_use]
    pub fn late(&self) -> Option<Money> {
        self.bill.map(|bill| self.each(bill.late()))
    }

    /// What was generated for attempts that their clients had left.
    #[must_use]
    pub fn abandoned(&self) -> Option<Money> {
        self.bill.map(|bill| self.each(bill.abandoned))
    }

    /// What attempts after a job's first cost, and what all did: part and whole of a share.
    #[must_use]
    pub fn retries(&self) -> Option<(Money, Money)> {
        self.bill.map(|bill| (bill.retried, bill.usage()))
    }

    /// Requests and fees for a thousand answered jobs; none where none was answered.
    #[must_use]
    pub fn per_1000_answered(&self) -> Option<Money> {
        self.per_1000(self.answered)
    }

    /// Requests and fees for a thousand jobs in time; none where none was.
    #[must_use]
    pub fn per_1000_in_time(&self) -> Option<Money> {
        self.per_1000(self.in_time)
    }

    fn per_1000(&self, jobs: u64) -> Option<Money> {
        self.all().filter(|_| jobs > 0).map(|all| all.times(1_000).of_parts(1, jobs))
    }

    /// What 30 days at the shape of this run would cost, which lasts so long; none for a run
    /// without length. Requests are stretched by the month's length over the run's; what is paid by
    /// the minute is paid for all minutes of the month, though it was started late here or stopped
    /// early; what is paid once is not multiplied.
    #[must_use]
    pub fn month(&self, lasts: Span) -> Option<Month> {
        let month = Span::from_secs(u64::from(MONTH_DAYS) * 86_400);
        if lasts.is_zero() {
            return None;
        }
        let stretched = |amount: Money| amount.of_parts(month.nanos(), lasts.nanos());
        Some(Month {
            usage: self.usage().map(stretched),
            fees: self.fees.map(|_| self.month),
            once: self.once(),
        })
    }
}

impl Month {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        Some(self.usage? + self.fees? + self.once?)
    }
}

/// What was paid by the minute in the first replication of a cell while no request of any
/// replication used it.
#[must_use]
pub fn idle(header: &Header, cell: &Cell) -> Vec<Idle> {
    let Some(books) = cell.account().and_then(<[AccountLeaf]>::first) else { return Vec::new() };
    let called = |fee: &FeeLeaf| {
        let mut groups = header.groups.iter().zip(cell.groups());
        let used = |(note, group): (&GroupNote, &GroupCell)| {
            let mut leaves = group.leaves().iter();
            let strayed = falls_back_to(header, cell, note).is_some_and(|name| name == fee.name);
            leaves.any(|leaf| {
                let sent = leaf.attempts.sent.saturating_sub(leaf.elsewhere.sent);
                is_of(note, fee) && sent > 0 || strayed && leaf.elsewhere.sent > 0
            })
        };
        fee.minutes.is_some() && groups.any(used)
    };
    let idle = books.fees.iter().filter(|fee| !fee.amount.is_zero() && !called(fee));
    idle.filter_map(|fee| {
        let minutes = fee.minutes?;
        let (name, kind) = (fee.name.clone(), fee.kind.clone());
        Some(Idle { name, kind, amount: fee.amount, minutes })
    })
    .collect()
}

/// The endpoint that a group's jobs of this cell call when they do not get through at home.
fn falls_back_to<'h>(header: &'h Header, cell: &Cell, note: &'h GroupNote) -> Option<&'h str> {
    if note.strategy.is_some() {
        return note.falls_back_to.as_deref();
    }
    let named = |strategy: &&StrategyNote| Some(strategy.name.as_str()) == cell.key().strategy();
    header.strategies.iter().find(named)?.falls_back_to.as_deref()
}

/// What an account could not pay for when it was due, so that it was never begun and is in no
/// figure: jobs of training and evaluation, and endpoints; of the first replication.
#[must_use]
pub fn refused(cell: &Cell) -> Vec<&MomentLeaf> {
    let Some(books) = cell.account().and_then(<[AccountLeaf]>::first) else { return Vec::new() };
    let is_refused = |moment: &&MomentLeaf| {
        matches!(moment.what.as_str(), "job_refused" | "evaluation_refused" | "endpoint_refused")
    };
    books.moments.iter().filter(is_refused).collect()
}

/// Whether a fee is one of those of a cell, or of one of its groups.
fn mine(header: &Header, group: Option<usize>, fee: &FeeLeaf) -> bool {
    let note = |group| header.groups.get(group);
    group.is_none_or(|group| note(group).is_some_and(|note| is_of(note, fee)))
}

/// The fees of a cell, or of one of its groups: those of its endpoint, where that is nobody else's.
/// None where they are not known.
fn fees(header: &Header, books: Option<&AccountLeaf>, group: Option<usize>) -> Option<Fees> {
    let all = books.map(|books| books.fees.as_slice()).unwrap_or_default();
    let told = |note: &GroupNote| note.endpoint.is_none() || all.iter().any(|fee| is_of(note, fee));
    let Some(group) = group else {
        return header.groups.iter().all(told).then(|| sum(all.iter()));
    };
    let note = header.groups.get(group)?;
    let Some(endpoint) = &note.endpoint else { return Some(Fees::default()) };
    let callers = header.groups.iter().filter_map(|other| other.endpoint.as_ref());
    let alone = callers.filter(|other| other.name == endpoint.name).count() == 1;
    (alone && told(note)).then(|| sum(all.iter().filter(|fee| is_of(note, fee))))
}

fn sum<'f>(fees: impl Iterator<Item = &'f FeeLeaf>) -> Fees {
    fees.fold(Fees::default(), |sum, fee| match fee.minutes {
        Some(_) => Fees { running: sum.running + fee.amount, ..sum },
        None => Fees { once: sum.once + fee.amount, ..sum },
    })
}

/// Whether something is paid by the minute for the endpoint of a group.
fn is_of(note: &GroupNote, fee: &FeeLeaf) -> bool {
    let endpoint = note.endpoint.as_ref();
    fee.minutes.is_some() && endpoint.is_some_and(|endpoint| endpoint.name == fee.name)
}
