//! The service where money is at stake: what is charged to whom, and what follows from that.

use limits::Instant;
use money::{Money, Tariff};
use rulebook::Model;
use wire::{PairId, TariffId, Usage};

use crate::account::{Hosting, OrganizationId};
use crate::books::{Books, FeeKind, Funds, Kept, MomentKind, Statement};
use crate::course::Change;
use crate::dedicated::News;
use crate::pair::Pair;
use crate::service::Service;

impl Service {
    /// Opens the books of an organization, before its accounts are enrolled: from then on its
    /// requests cost what their tariffs say. Without limits books are kept, and decide nothing.
    pub fn open(&mut self, funds: &Funds) {
        self.books.retain(|books| books.organization != funds.organization);
        self.books.push(Books::open(&self.terms, funds));
        self.turns_at = self.turns_at.min(self.books_turn_at());
    }

    /// The same with the books of an earlier service: what they say goes on, and of `funds` holds
    /// what they do not say. Whatever the course does to this organization's money by
    /// [`Kept::at`] has been done: it must not be in this service's course again.
    pub fn go_on(&mut self, funds: &Funds, kept: &Kept) {
        self.books.retain(|books| books.organization != funds.organization);
        self.books.push(Books::go_on(&self.terms, funds, kept));
        self.turns_at = self.turns_at.min(self.books_turn_at());
    }

    /// The books of an organization for a later service; `None` where none are kept.
    pub fn keep(&mut self, now: Instant, organization: OrganizationId) -> Option<Kept> {
        self.work_until(now);
        Some(self.books_of(organization)?.keep(now))
    }

    /// Makes a tariff known, and gives the handle that requests carry.
    pub fn quote(&mut self, tariff: Tariff) -> TariffId {
        if tariff.is_free() {
            return TariffId::FREE;
        }
        let known = self.tariffs.iter().position(|known| *known == tariff);
        let place = known.unwrap_or_else(|| {
            self.tariffs.push(tariff);
            self.tariffs.len() - 1
        });
        TariffId(u16::try_from(place + 1).unwrap_or(TariffId::FREE.0))
    }

    /// A handle's tariff is another from now on: of one that nothing under way carries. What every
    /// request has a tariff of its own for is quoted so, over and over.
    pub fn quote_again(&mut self, id: TariffId, tariff: Tariff) {
        let place = usize::from(id.0).checked_sub(1);
        if let Some(known) = place.and_then(|place| self.tariffs.get_mut(place)) {
            *known = tariff;
        }
    }

    /// Makes a tariff known under a handle that it shares with no other, for
    /// [`Service::quote_again`]; `None` where there are no more.
    pub fn quote_alone(&mut self, tariff: Tariff) -> Option<TariffId> {
        let id = u16::try_from(self.tariffs.len() + 1).ok().map(TariffId)?;
        self.tariffs.push(tariff);
        Some(id)
    }

    /// Whatever is due by now comes true, though nobody asks for anything.
    pub fn move_to(&mut self, now: Instant) {
        if now >= self.turns_at {
            self.turn(now);
        }
    }

    /// The books of an organization to now; `None` where none are kept.
    pub fn statement(&mut self, now: Instant, organization: OrganizationId) -> Option<Statement> {
        self.work_until(now);
        Some(self.books_of(organization)?.statement(now))
    }

    /// Whether the list of models shows an organization that it has access to one: by the tier that
    /// is in force, and not by the one that it has paid for. Where no books are kept, it does.
    #[must_use]
    pub fn access(&self, organization: OrganizationId, model: &Model) -> bool {
        let terms = &self.terms;
        self.books_of(organization).is_none_or(|books| {
            terms.edition.gate(books.tier(), model, &terms.assumptions).is_none()
        })
    }

    fn books_of(&self, organization: OrganizationId) -> Option<&Books> {
        self.books.iter().find(|books| books.organization == organization)
    }

    /// A request has ended: what it used is charged to its organization.
    #[inline(never)]
    pub(crate) fn bill(&mut self, now: Instant, what: (PairId, TariffId), usage: Usage) {
        let Self { pairs, books, tariffs, .. } = self;
        charge(now, (pairs, tariffs), books, what, usage);
        self.follow(now);
        self.turns_at = self.turns_at.min(self.books_turn_at());
    }

    /// Batches run off until now; the lines that ended are charged.
    pub(crate) fn run_batches(&mut self, now: Instant) {
        let Self { batches, pairs, books, tariffs, .. } = self;
        batches.run_off(now, |pair, line| {
            charge(now, (pairs, tariffs), books, (pair, line.tariff), line.usage);
        });
    }

    /// Endpoints go on until now, those that the balance covers are started, and the minutes that
    /// their replicas began are charged.
    pub(crate) fn run_endpoints(&mut self, now: Instant) {
        let Self { pairs, books, .. } = self;
        for pair in pairs {
            let organization = pair.organization;
            let Some(dedicated) = pair.dedicated_mut() else { continue };
            let books = books.iter_mut().find(|books| books.organization == organization);
            let Some(books) = books else {
                dedicated.bill(now);
                dedicated.news();
                continue;
            };
            if dedicated.starts(now) && !books.affords(dedicated.first_minute()) {
                dedicated.refuse();
            }
            let minutes = dedicated.bill(now);
            for (at, news) in dedicated.news() {
                let (kind, amount) = match news {
                    News::Started => (MomentKind::EndpointStarted, Money::ZERO),
                    News::Stopped => (MomentKind::EndpointStopped, Money::ZERO),
                    News::Refused => (MomentKind::EndpointRefused, dedicated.first_minute()),
                };
                books.tell(at, kind, amount, &dedicated.endpoint.name);
            }
            let ran = dedicated.ran(now);
            let endpoint = &dedicated.endpoint;
            if let Some(amount) = dedicated.price_of_last(minutes).filter(|_| minutes > 0) {
                let kind = match endpoint.hosting {
                    Hosting::Dedicated => FeeKind::Endpoint,
                    Hosting::FineTuned => FeeKind::Hosting,
                };
                books.fee(now, (kind, &endpoint.name), amount, (minutes, ran));
            }
        }
    }

    /// When something of the books comes true next.
    pub(crate) fn books_turn_at(&self) -> Instant {
        self.books.iter().map(Books::next_at).min().unwrap_or(Instant::END)
    }

    /// What is due in the books by now comes true: one thing of each that has any.
    pub(crate) fn turn_books(&mut self, now: Instant) {
        for books in &mut self.books {
            books.turn(now);
        }
        self.follow(now);
    }

    /// A change comes true in the books.
    pub(crate) fn change_books(&mut self, at: Instant, change: &Change) {
        let Change::Money { organization, dealing } = change else { return };
        let whose = |books: &&mut Books| books.organization == *organization;
        if let Some(books) = self.books.iter_mut().find(whose) {
            books.deal(at, dealing);
            self.follow(at);
        }
    }

    /// What has changed in the books holds for their organizations' pairs from now on.
    pub(crate) fn follow(&mut self, at: Instant) {
        if !self.books.iter().any(Books::has_news) {
            return;
        }
        // What has run off by now was still served.
        self.run_batches(at);
        let Self { pairs, books, batches, terms, .. } = self;
        for books in books.iter_mut().filter(|books| books.has_news()) {
            books.heard();
            for (id, pair) in (0..).map(PairId).zip(pairs.iter_mut()) {
                if pair.organization == books.organization {
                    pair.follow(at, terms, books);
                    batches.block(id, pair.is_blocked());
                }
            }
        }
        self.turns_at = self.next_at();
    }
}

/// What was used of a pair by a tariff is charged to its organization, where books are kept.
fn charge(
    now: Instant,
    (pairs, tariffs): (&[Pair], &[Tariff]),
    books: &mut [Books],
    (pair, tariff): (PairId, TariffId),
    usage: Usage,
) {
    let Some(pair) = pairs.get(pair.0 as usize) else { return };
    let whose = books.iter_mut().find(|books| books.organization == pair.organization);
    let Some(books) = whose else { return };
    let number = usize::from(tariff.0).checked_sub(1);
    let tariff = number.and_then(|at| tariffs.get(at)).unwrap_or(&Tariff::FREE);
    let cost = tariff.of(1, usage.prompt.into(), usage.completion.into());
    books.used(now, pair.model.name(), usage, cost);
}
