//! Double entry: money is only ever moved from one account of the books to another.
//!
//! ```text
//!   Before ──► Credit        what there was        Credit ─┐
//!   Bank ────► Credit        purchases             Free ───┼─► Usage, Fees    charges
//!   Bank ────► Owed          invoices paid
//!   Gifts ───► Free          free credit           Owed ────► Credit          an invoice is written
//! ```
//!
//! An account is what has come to it and what has gone from it, and its balance is the difference:
//! no balance is kept, and so none can be set.

use money::Money;

/// An account of the books.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Book {
    /// Where what there was at the beginning came from.
    Before,
    /// The organization's bank.
    Bank,
    /// Where free credit comes from.
    Gifts,
    /// Free credit.
    Free,
    /// Purchased credit; below zero, what was used beyond it and is not invoiced yet.
    Credit,
    /// What is on invoices and not paid: below zero.
    Owed,
    /// What requests cost.
    Usage,
    /// What everything else cost.
    Fees,
}

impl Book {
    pub(crate) const ALL: [Self; 8] = [
        Self::Before,
        Self::Bank,
        Self::Gifts,
        Self::Free,
        Self::Credit,
        Self::Owed,
        Self::Usage,
        Self::Fees,
    ];
}

/// What has come to an account, and gone from it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Sums {
    came: Money,
    went: Money,
}

/// The books' accounts.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    sums: [Sums; Book::ALL.len()],
    entries: u64,
}

impl Ledger {
    /// An entry: so much goes from one account to another; the other way where it is below zero.
    pub(crate) fn post(&mut self, from: Book, to: Book, amount: Money) {
        if amount.is_zero() {
            return;
        }
        let (from, to) = if amount.is_negative() { (to, from) } else { (from, to) };
        self.entries += 1;
        for (book, sums) in Book::ALL.into_iter().zip(&mut self.sums) {
            if book == from {
                sums.went += amount.abs();
            }
            if book == to {
                sums.came += amount.abs();
            }
        }
    }

    /// Something is charged: to free credit first, then to purchased credit and beyond.
    pub(crate) fn charge(&mut self, to: Book, amount: Money) {
        let gift = amount.min(self.at(Book::Free)).max(Money::ZERO);
        self.post(Book::Free, to, gift);
        self.post(Book::Credit, to, amount - gift);
    }

    /// Free credit is given. What was used and not invoiced yet takes of it at once.
    pub(crate) fn grant(&mut self, amount: Money) {
        self.post(Book::Gifts, Book::Free, amount);
        let used = -self.at(Book::Credit).min(Money::ZERO);
        self.post(Book::Free, Book::Credit, used.min(self.at(Book::Free)));
    }

    /// What an account holds.
    pub(crate) fn at(&self, book: Book) -> Money {
        let Sums { came, went } = self.sums.get(book as usize).copied().unwrap_or_default();
        came - went
    }

    /// What is left, or owed in all.
    pub(crate) fn balance(&self) -> Money {
        self.available() + self.at(Book::Owed)
    }

    /// The same without the debt on invoices.
    pub(crate) fn available(&self) -> Money {
        self.at(Book::Free) + self.at(Book::Credit)
    }

    /// What has come to each account and gone from it, in the order of [`Book::ALL`].
    pub(crate) fn sums(&self) -> Vec<(Money, Money)> {
        self.sums.iter().map(|Sums { came, went }| (*came, *went)).collect()
    }

    /// The accounts of an earlier ledger, as [`Ledger::sums`] has them.
    pub(crate) fn set(&mut self, sums: &[(Money, Money)], entries: u64) {
        self.sums = Default::default();
        for (own, (came, went)) in self.sums.iter_mut().zip(sums) {
            *own = Sums { came: *came, went: *went };
        }
        self.entries = entries;
    }

    /// How many entries were made.
    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn free_credit_is_used_before_purchased_and_that_before_debt() {
        let mut ledger = Ledger::default();
        ledger.post(Book::Bank, Book::Credit, Money::from_dollars(5));
        ledger.grant(Money::from_dollars(2));
        let left = |ledger: &Ledger| (ledger.at(Book::Free), ledger.at(Book::Credit));
        ledger.charge(Book::Usage, Money::from_dollars(1));
        assert_eq!(left(&ledger), (Money::from_dollars(1), Money::from_dollars(5)));
        ledger.charge(Book::Fees, Money::from_dollars(3));
        assert_eq!(left(&ledger), (Money::ZERO, Money::from_dollars(3)));
        ledger.charge(Book::Usage, Money::from_dollars(4));
        assert_eq!(left(&ledger), (Money::ZERO, Money::from_dollars(-1)));
        ledger.grant(Money::from_cents(25));
        assert_eq!(
            left(&ledger),
            (Money::ZERO, Money::from_cents(-75)),
            "debt takes of it at once"
        );
        assert_eq!(ledger.available(), Money::from_cents(-75));
    }

    proptest! {
        /// Whatever is posted between whichever accounts.
        #[test]
        fn nothing_is_lost_between_accounts(
            posts in prop::collection::vec((0..8_usize, 0..8_usize, -9_999_i64..9_999), 0..200)
        ) {
            let mut ledger = Ledger::default();
            let mut naive = [0_i64; 8];
            for (from, to, cents) in &posts {
                ledger.post(Book::ALL[*from], Book::ALL[*to], Money::from_cents(*cents));
                naive[*from] -= cents;
                naive[*to] += cents;
            }
            let held = Book::ALL.map(|book| ledger.at(book));
            prop_assert_eq!(held, naive.map(Money::from_cents));
            prop_assert_eq!(held.into_iter().sum::<Money>(), Money::ZERO);
        }

        #[test]
        fn nothing_moves_without_an_entry(
            charges in prop::collection::vec(-500_i64..500, 0..100)
        ) {
            let mut ledger = Ledger::default();
            for cents in charges {
                let (before, entries) = (ledger, ledger.entries());
                if cents < 0 {
                    ledger.grant(Money::from_cents(-cents));
                } else {
                    ledger.charge(Book::Usage, Money::from_cents(cents));
                }
                let moved = Book::ALL.iter().any(|book| ledger.at(*book) != before.at(*book));
                prop_assert_eq!(moved, ledger.entries() > entries);
                prop_assert!(!ledger.at(Book::Free).is_negative());
                let debt = ledger.at(Book::Credit).is_negative();
                prop_assert!(!debt || ledger.at(Book::Free).is_zero());
            }
        }
    }
}
