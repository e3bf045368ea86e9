//! Tiers by what was paid in an account's life: purchases that are credited and invoices that are
//! paid, and no free credit.
//!
//! A payment buys its tier at once, but the tier comes into force later: until then the old limits
//! and gates hold, and the balance is shown without the payment.

use chance::{Purpose, Seed, uniform_below};
use limits::{Instant, Span};
use money::Money;
use rulebook::{Edition, Tier, TierDelay};

use super::Books;
use super::funds::Funds;
use super::statement::MomentKind;
use super::timers::Due;

/// How far an account has climbed.
#[derive(Clone, Debug)]
pub(crate) struct Climb {
    /// The tier that is in force.
    pub(crate) tier: Tier,
    /// What was paid in its life.
    pub(crate) lifetime: Money,
    /// What of that is known wherever tiers and balances are shown.
    pub(crate) known: Money,
    /// How many payments there were.
    pub(crate) payments: u64,
    seed: Seed,
}

/// What had been paid in an account's life when a payment was there.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) lifetime: Money,
}

impl Climb {
    pub(crate) fn new(funds: &Funds) -> Self {
        Self {
            tier: funds.tier.clone(),
            lifetime: funds.spent,
            known: funds.spent,
            payments: 0,
            seed: Seed(funds.seed),
        }
    }

    /// What was paid and is not known everywhere.
    pub(crate) fn unknown(&self) -> Money {
        self.lifetime - self.known
    }
}

/// Whether a tier stands above another in its edition.
pub(crate) fn is_above(edition: &Edition, tier: &Tier, other: &Tier) -> bool {
    let place = |of: &Tier| edition.tiers().iter().position(|tier| tier == of);
    place(tier) > place(other)
}

impl Books {
    /// A payment is there: what it buys is under way.
    pub(crate) fn paid(&mut self, at: Instant, amount: Money) {
        let climb = &mut self.climb;
        climb.lifetime += amount;
        climb.payments += 1;
        let delay = match self.rules.tier_delay {
            TierDelay::Fixed(delay) => delay,
            TierDelay::DrawnUpTo(most) => {
                let draw = climb.seed.draw(Purpose::TierDelay, self.organization.0, climb.payments);
                Span::from_nanos(uniform_below(draw, most.nanos().saturating_add(1)))
            }
        };
        let known = Known { lifetime: climb.lifetime };
        self.timers.set(at.after(delay), Due::Known(known));
    }

    /// What had been paid by then is known everywhere: the tier that it buys is in force.
    pub(crate) fn known(&mut self, at: Instant, known: Known) {
        let Known { lifetime } = known;
        self.climb.known = self.climb.known.max(lifetime);
        let bought = self.edition.tier_for(lifetime);
        let higher = bought.filter(|tier| is_above(&self.edition, tier, &self.climb.tier));
        if let Some(tier) = higher.cloned() {
            self.tell(at, MomentKind::Promoted, lifetime, tier.name());
            self.climb.tier = tier;
            self.news = true;
            // It may owe more now.
            self.posted(at);
        }
    }

    /// Support brings the account to what it has paid for, whatever is under way.
    pub(crate) fn synced(&mut self, at: Instant) {
        self.tell(at, MomentKind::Synced, Money::ZERO, "");
        self.timers.take(|due| matches!(due, Due::Known(_)));
        self.known(at, Known { lifetime: self.climb.lifetime });
    }
}
