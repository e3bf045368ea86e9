//! One dimension of a limit, as a rulebook would write it: what it is called, how much it allows,
//! by which algorithm, and when it is charged.

use core::fmt;

use crate::quota::Quota;

/// The name of a meter, by which a refusal says what refused.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct Label(pub &'static str);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How what was used comes back.
///
/// | algorithm | comes back | most in any span as long as its window | kept |
/// |---|---|---|---|
/// | opened | all at once, a window after the first use | twice the capacity | a count |
/// | aligned | all at once, when the clock's window ends | twice the capacity | a count |
/// | bucket, GCRA | steadily | twice the capacity | a level |
/// | sliding log | each use by itself, a window later | the capacity | every use |
/// | sliding counter | as if the last window had been used evenly | twice the capacity, if all of it came at one end | two counts |
/// | concurrency | when its request ends | unlimited | a count |
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum Algorithm {
    /// All at once, when a window ends; the next window opens with the next use, not by the clock.
    Opened,
    /// Steadily, up to a burst.
    Bucket,
    /// The generic cell rate algorithm of ITU-T I.371. It keeps the instant at which everything
    /// will have come back where a bucket keeps a level, and is one rule with it: the same
    /// decisions, instants and standings, whatever happens. So both names mean one machine here.
    Gcra,
    /// All at once, when a window ends; windows follow one another by the clock, from the start
    /// of time on, whether they are used or not.
    Aligned,
    /// Each use by itself, one window after it was made: never more than the capacity in any span
    /// as long as a window. Its room for as many instants as its capacity is allocated when the
    /// limiter is made.
    SlidingLog,
    /// Like a sliding log that knows two counts only, that of the clock's window and that of the
    /// one before, which counts by the share of it that is less than a window ago.
    SlidingCounter,
    /// When the request that uses it ends, and by no time: a cap on what is in flight. Its
    /// receipts must come back; whatever their requests cost, what they asked for is free then.
    Concurrency,
}

/// When a meter is charged, and hence what it compares.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum Charge {
    /// The request's estimate is set aside on admission, if it fits, and made true at settlement.
    AtAdmission,
    /// The true cost is charged at settlement. A request is admitted as long as anything is left,
    /// whatever its own size: one larger than all that is left passes.
    AtCompletion,
}

/// What becomes of use beyond the capacity when a window ends.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum Debt {
    /// The next window starts from nothing.
    Forgotten,
    /// The next window starts with it, less one capacity for each whole window that has gone by
    /// since the old one ended.
    Carried,
}

/// One labelled limit. Several of them make a [`Policy`](crate::Policy).
///
/// ```
/// use limits::{Charge, Label, Meter, Per, Quota, Rate, Requests, Span, Tokens};
///
/// let two_seconds = Span::from_secs(2);
/// let requests = Rate::new(Requests(600), Per::Minute);
/// let tokens = Rate::new(Tokens(250_000), Per::Minute);
///
/// let gate = Meter::opened(Label("requests"), Quota::requests_per_window(requests, two_seconds)?);
/// assert!(gate.decides());
///
/// // Tokens are known only at the end, and here they are shown but refuse nobody.
/// let shown = Meter::opened(Label("shown tokens"), Quota::tokens_per_window(tokens, two_seconds)?)
///     .shown_with(0);
/// assert_eq!((shown.decides(), shown.charge()), (false, Charge::AtCompletion));
/// # Ok::<(), limits::QuotaError>(())
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Meter {
    label: Label,
    quota: Quota,
    algorithm: Algorithm,
    charge: Charge,
    debt: Debt,
    role: Role,
}

/// Whether a meter can refuse.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
enum Role {
    Decides,
    /// It is shown, and goes back to full with the windows of the meter with this index.
    ShownWith(usize),
    /// It is shown as its own algorithm has it.
    Shown,
}

impl Meter {
    /// Fills the places of a policy that hold no meter.
    pub(crate) const VACANT: Self = Self::opened(Label(""), Quota::VACANT);

    /// A meter whose first admitted request opens a window that lasts `quota.window()`, the first
    /// one after its end the next. Charged at admission; decides.
    #[must_use]
    pub const fn opened(label: Label, quota: Quota) -> Self {
        Self::by(Algorithm::Opened, label, quota)
    }

    /// A meter that refills at the quota's rate up to its capacity, and is full at first. Charged
    /// at admission; decides. Use beyond what was set aside is always paid back.
    #[must_use]
    pub const fn bucket(label: Label, quota: Quota) -> Self {
        Self::by(Algorithm::Bucket, label, quota)
    }

    /// A meter by any algorithm. Charged at admission; decides. Its windows last
    /// `quota.window()`; a bucket refills at the quota's rate.
    ///
    /// ```
    /// use limits::{Algorithm, Label, Meter, Quota, Requests};
    ///
    /// let cap = Quota::requests_at_once(Requests(8))?;
    /// let cap = Meter::by(Algorithm::Concurrency, Label("in flight"), cap);
    /// assert_eq!(cap.quota().capacity(), 8);
    /// # Ok::<(), limits::QuotaError>(())
    /// ```
    #[must_use]
    pub const fn by(algorithm: Algorithm, label: Label, quota: Quota) -> Self {
        let (charge, debt) = (Charge::AtAdmission, Debt::Forgotten);
        Self { label, quota, algorithm, charge, debt, role: Role::Decides }
    }

    /// The same, charged when a request ends.
    #[must_use]
    pub const fn at_completion(self) -> Self {
        Self { charge: Charge::AtCompletion, ..self }
    }

    /// The same, with [`Debt::Carried`]. Only an opened or aligned window charged at completion can
    /// be told to, see [`PolicyError::CannotCarryDebt`](crate::PolicyError).
    #[must_use]
    pub const fn carrying_debt(self) -> Self {
        Self { debt: Debt::Carried, ..self }
    }

    /// The same as a counter that is only shown: it refuses nothing, is charged when a request
    /// ends, and goes back to full when the meter at index `leader`, an earlier one with windows
    /// of its own, opens one.
    #[must_use]
    pub const fn shown_with(self, leader: usize) -> Self {
        let (algorithm, charge) = (Algorithm::Opened, Charge::AtCompletion);
        Self { algorithm, charge, role: Role::ShownWith(leader), ..self }
    }

    /// The same as a counter that is only shown, by its own algorithm: it refuses nothing and is
    /// charged when a request ends.
    #[must_use]
    pub const fn only_shown(self) -> Self {
        Self { charge: Charge::AtCompletion, role: Role::Shown, ..self }
    }

    /// Its name.
    #[must_use]
    pub const fn label(&self) -> Label {
        self.label
    }

    /// How much it allows.
    #[must_use]
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// How use comes back.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// When it is charged.
    #[must_use]
    pub const fn charge(&self) -> Charge {
        self.charge
    }

    /// What becomes of use beyond its capacity; a bucket always has it paid back.
    #[must_use]
    pub const fn debt(&self) -> Debt {
        if self.refills() { Debt::Carried } else { self.debt }
    }

    /// The meter whose window it shares, if it is shown so.
    #[must_use]
    pub const fn leader(&self) -> Option<usize> {
        match self.role {
            Role::ShownWith(leader) => Some(leader),
            Role::Decides | Role::Shown => None,
        }
    }

    /// Whether it can refuse.
    #[must_use]
    pub const fn decides(&self) -> bool {
        matches!(self.role, Role::Decides)
    }

    /// Whether use comes back steadily.
    pub(crate) const fn refills(&self) -> bool {
        matches!(self.algorithm, Algorithm::Bucket | Algorithm::Gcra)
    }
}
