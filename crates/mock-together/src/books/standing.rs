//! Whether an account is served: what it may owe, and what it does.

use limits::{Instant, Span};
use money::Money;

use super::Books;
use super::statement::MomentKind;

/// Whether an account is served, and how long it was not.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The debt at which it wants to be stopped.
    pub(crate) limit: Option<Money>,
    why: Option<Why>,
    since: Instant,
    lasted: Span,
    /// When it was blocked for the first time.
    pub(crate) first: Option<Instant>,
    /// Whether pictures are refused, whatever else is served.
    pictures: bool,
}

/// Why an account is not served.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Why {
    PastDue,
    Balance,
    OwnLimit,
}

impl Why {
    const fn words(self) -> &'static str {
        match self {
            Self::PastDue => "an invoice is past due",
            Self::Balance => "the balance is used up",
            Self::OwnLimit => "its own limit is reached",
        }
    }
}

impl Standing {
    pub(crate) const fn new(limit: Option<Money>) -> Self {
        let (since, lasted) = (Instant::START, Span::ZERO);
        Self { limit, why: None, since, lasted, first: None, pictures: false }
    }

    pub(crate) const fn is_blocked(&self) -> bool {
        self.why.is_some()
    }

    /// How long it has been blocked by `now`, in all.
    pub(crate) fn blocked_by(&self, now: Instant) -> Span {
        let running = if self.is_blocked() { now.since(self.since) } else { Span::ZERO };
        self.lasted.plus(running)
    }
}

impl Books {
    /// Whether nothing is served.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.standing.is_blocked()
    }

    /// Whether pictures are not served, because they need a balance above zero.
    pub(crate) const fn refuses_pictures(&self) -> bool {
        self.standing.pictures
    }

    /// What is available decides anew whether the account is served.
    pub(crate) fn weigh(&mut self, at: Instant) {
        if !self.enforced {
            return;
        }
        let pictures = self.rules.pictures_need_balance && self.ledger.available() <= Money::ZERO;
        let why = self.why();
        let before = (self.standing.why, self.standing.pictures);
        if before == (why, pictures) {
            return;
        }
        self.news = true;
        self.standing.pictures = pictures;
        if before.0 == why {
            return;
        }
        self.standing.why = why;
        match (before.0, why) {
            (None, Some(why)) => {
                self.standing.since = at;
                self.standing.first.get_or_insert(at);
                self.tell(at, MomentKind::Blocked, Money::ZERO, why.words());
            }
            (Some(_), Some(why)) => self.tell(at, MomentKind::Blocked, Money::ZERO, why.words()),
            (Some(_), None) => {
                let lasted = at.since(self.standing.since);
                self.standing.lasted = self.standing.lasted.plus(lasted);
                self.tell(at, MomentKind::Unblocked, Money::ZERO, "");
            }
            (None, None) => {}
        }
    }

    fn why(&self) -> Option<Why> {
        let available = self.ledger.available();
        if self.rules.past_due_blocks && self.invoices.iter().any(|one| one.state.is_past_due()) {
            Some(Why::PastDue)
        } else if available <= self.floor() {
            Some(Why::Balance)
        } else if self.standing.limit.is_some_and(|limit| available <= -limit) {
            Some(Why::OwnLimit)
        } else {
            None
        }
    }

    /// The balance at which the account is stopped: zero, or below where its tier may have debt.
    fn floor(&self) -> Money {
        let Self { rules, climb, till, .. } = self;
        if rules.prepaid || rules.needs_card_for_debt && !till.card.allows_debt() {
            return Money::ZERO;
        }
        let listed = rules.floors.iter().find(|(tier, _)| *tier == climb.tier);
        listed.map_or(Money::ZERO, |(_, floor)| *floor)
    }
}
