//! The desk at which a caller is recognised: key, organization, model, and the service behind.

use std::collections::HashMap;
use std::sync::Arc;

use chance::{Law, Purpose, Seed, split};
use limits::Instant;
use mock_together::{Account, Answer, Funds, OrganizationId, Service, Tariff, Terms};
use rulebook::Work;
use wire::{Fate, PairId, Request, TariffId};

use crate::bounds;
use crate::inference::Length;
use crate::lasting::{Running, hash};
use crate::mock::Served;
use crate::plan::{Keys, Plan};
use crate::store::data::Before;
use crate::store::disk::{Change, Disk};

/// Ours: the length of an answer that nobody specified, in tokens.
const ANSWER_MEDIAN: f64 = 200.0;
const ANSWER_P95: f64 = 800.0;

/// The organization of all keys, where they are one's.
const EVERYBODY: OrganizationId = OrganizationId(0);

/// A key's place at the desk.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientId(pub(crate) u32);

/// A model's place in the list of those that are served.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ModelId(pub(crate) usize);

/// What is kept under the one lock.
pub(crate) struct Desk {
    pub(crate) service: Service,
    terms: Terms,
    /// The same without limits.
    unlimited: Terms,
    /// The classes of work of which some tier says how much it may be.
    numbered: Vec<Work>,
    /// Whether a key is enrolled on first sight.
    open: bool,
    /// Whether all keys are one organization's.
    one_organization: bool,
    /// What the books of an organization begin with.
    funds: Option<Funds>,
    keys: HashMap<Box<str>, ClientId>,
    /// How many requests each client has made.
    requests: Vec<u64>,
    pairs: HashMap<(ClientId, ModelId), PairId>,
    /// Handles of tariffs that nobody carries.
    tariffs: Vec<TariffId>,
    seed: Seed,
    answers: Law,
    /// The batches that the machine has.
    pub(crate) running: Vec<Running>,
    /// Where what is kept is kept, and the keys that were known there before.
    pub(crate) disk: Option<Arc<Disk>>,
    hashes: HashMap<[u8; 32], ClientId>,
}

/// What a request weighs, apart from who makes it.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Weight {
    pub(crate) prompt: u32,
    pub(crate) max_tokens: Option<u32>,
    /// Pictures, texts; 1 where it has neither.
    pub(crate) count: u32,
    pub(crate) stream: bool,
    /// How long its answer is, where that is not as its fate has it.
    pub(crate) length: Option<Length>,
    /// What it costs: nothing where it cannot be answered.
    pub(crate) tariff: Tariff,
    pub(crate) fate: Fate,
    /// Which of the key's client processes asks.
    pub(crate) caller: u32,
}

impl Desk {
    /// A desk that knows the keys of a plan, or enrols them as they come.
    pub(crate) fn new(plan: &Plan, before: Option<&Before>) -> Self {
        let terms = plan.terms();
        let mut desk = Self {
            service: Service::new(&terms),
            terms,
            unlimited: plan.unlimited(),
            numbered: plan.numbered(),
            open: true,
            one_organization: plan.one_organization,
            funds: plan.funds.clone(),
            keys: HashMap::new(),
            requests: Vec::new(),
            pairs: HashMap::new(),
            tariffs: Vec::new(),
            seed: plan.seed,
            answers: Law::lognormal(ANSWER_MEDIAN, ANSWER_P95).unwrap_or(Law::fixed(1)),
            running: Vec::new(),
            disk: None,
            hashes: HashMap::new(),
        };
        if let Some(before) = before {
            desk.go_on(before);
        }
        if plan.one_organization {
            desk.open_books(EVERYBODY, before);
        }
        if let Keys::Only(keys) = &plan.keys {
            for key in keys {
                desk.client(key);
            }
            desk.open = false;
        }
        desk
    }

    /// Who calls with this key.
    pub(crate) fn client(&mut self, key: &str) -> Option<ClientId> {
        if let Some(known) = self.keys.get(key) {
            return Some(*known);
        }
        if !self.open {
            return None;
        }
        let hash = self.disk.is_some().then(|| hash(key));
        let before = hash.and_then(|hash| self.hashes.get(&hash).copied());
        let client = match before {
            Some(known) => known,
            None => self.next_client()?,
        };
        if let (Some(hash), None) = (hash, before) {
            self.remember(hash, client);
        }
        self.keys.insert(key.into(), client);
        Some(client)
    }

    /// A client that nobody has seen, if there is room for one.
    fn next_client(&mut self) -> Option<ClientId> {
        if self.requests.len() >= bounds::KEYS {
            return None;
        }
        let client = ClientId(u32::try_from(self.requests.len()).ok()?);
        self.requests.push(0);
        if !self.one_organization {
            self.open_books(self.organization(client), None);
        }
        Some(client)
    }

    /// What was kept goes on: keys have their numbers, and the books of their organizations.
    fn go_on(&mut self, before: &Before) {
        self.disk = Some(Arc::clone(&before.disk));
        let mut keys = before.keys.clone();
        keys.sort_by_key(|(_, client)| *client);
        for (hash, client) in keys {
            self.hashes.insert(hash, ClientId(client));
            // Nobody's luck comes twice.
            self.requests.push(before.boots << 32);
            if !self.one_organization {
                self.open_books(OrganizationId(client), Some(before));
            }
        }
    }

    /// Opens the books of an organization: those that were kept, or new ones.
    fn open_books(&mut self, organization: OrganizationId, before: Option<&Before>) {
        let Some(funds) = &self.funds else { return };
        let funds = Funds { organization, ..funds.clone() };
        match before.and_then(|before| before.books(organization)) {
            Some(kept) => self.service.go_on(&funds, kept),
            None => self.service.open(&funds),
        }
    }

    /// A key is to be known by its number from now on.
    fn remember(&mut self, hash: [u8; 32], client: ClientId) {
        self.hashes.insert(hash, client);
        if let Some(disk) = &self.disk {
            disk.keep(Instant::START, vec![Change::Key { hash, client: client.0 }]);
        }
    }

    /// How many keys are known.
    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// A request arrives; `None` where the edition gives this tier no access to the model.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        client: ClientId,
        (id, served): (ModelId, &Served),
        weight: Weight,
    ) -> Option<(Answer, Option<TariffId>)> {
        let pair = self.pair(client, id, &served.account)?;
        let handle = self.lend(weight.tariff);
        let request = match handle {
            Some(tariff) => {
                let free = Weight { tariff: Tariff::FREE, ..weight };
                Request { tariff, ..self.request(pair, &free) }
            }
            None => self.request(pair, &weight),
        };
        let mut answer = self.service.receive(now, request);
        if let (Answer::Underway(ticket), Some(length)) = (&mut answer, weight.length)
            && ticket.usage.completion > 0
        {
            ticket.usage.completion = length.all;
        }
        if let (Answer::Refused { .. }, Some(handle)) = (&answer, handle) {
            self.tariffs.push(handle);
        }
        Some((answer, handle))
    }

    /// A handle for the tariff of one request, until it is given back: what costs by the request, as
    /// pictures and speech do, costs another amount each time. There are as many handles as such
    /// requests were ever under way at once.
    fn lend(&mut self, tariff: Tariff) -> Option<TariffId> {
        if tariff.request.is_zero() {
            return None;
        }
        match self.tariffs.pop() {
            Some(free) => {
                self.service.quote_again(free, tariff);
                Some(free)
            }
            None => self.service.quote_alone(tariff),
        }
    }

    /// A request is over, and the handle of its tariff free.
    pub(crate) fn give_back(&mut self, handle: Option<TariffId>) {
        self.tariffs.extend(handle);
    }

    /// A request as the machine has it.
    pub(crate) fn request(&mut self, pair: PairId, weight: &Weight) -> Request {
        let Weight { prompt, max_tokens, count, stream, length, tariff, fate, caller } = *weight;
        let answer = length.map_or(fate.answer, |length| length.longest);
        let fate = Fate { answer, ..fate };
        let tariff = self.service.quote(tariff);
        Request { pair, prompt, count, max_tokens, stream, caller, tariff, fate }
    }

    /// Whose key it is.
    pub(crate) const fn organization(&self, client: ClientId) -> OrganizationId {
        if self.one_organization { EVERYBODY } else { OrganizationId(client.0) }
    }

    /// Whether the list of models shows a key that it has access to one.
    pub(crate) fn access(&mut self, now: Instant, client: ClientId, account: &Account) -> bool {
        self.service.move_to(now);
        self.service.access(self.organization(client), &account.model)
    }

    pub(crate) fn pair(
        &mut self,
        client: ClientId,
        id: ModelId,
        account: &Account,
    ) -> Option<PairId> {
        if let Some(known) = self.pairs.get(&(client, id)) {
            return Some(*known);
        }
        let organization = self.organization(client);
        let account = Account { organization, ..account.clone() };
        let pair = match self.service.enrol(&self.terms, &account) {
            Ok(pair) => pair,
            // Where no tier has a number, nobody knows of a limit; else this one has no access.
            Err(_) if self.numbered.contains(&account.model.work()) => return None,
            Err(_) => self.service.enrol(&self.unlimited, &account).ok()?,
        };
        self.pairs.insert((client, id), pair);
        Some(pair)
    }

    /// What chance has in store for the next request of a client that does not say.
    pub(crate) fn fate(&mut self, client: ClientId) -> Fate {
        let count = usize::try_from(client.0).ok().and_then(|at| self.requests.get_mut(at));
        let nth = count.map_or(0, |count| {
            *count += 1;
            *count
        });
        self.fated(self.seed.draw(Purpose::Fate, client.0, nth))
    }

    /// What a draw has in store.
    pub(crate) fn fated(&self, draw: u64) -> Fate {
        let answer = self.answers.at(split(draw, Purpose::Answer));
        Fate { answer: u32::try_from(answer).unwrap_or(u32::MAX), draw }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebook::Rulebook;

    use super::*;

    fn desk(keys: Keys) -> Desk {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = Arc::new(rulebook.edition("2025-11").unwrap().clone());
        let plan = Plan { keys, ..Plan::new(&edition, &edition.tier("build-1").unwrap()) };
        Desk::new(&plan, None)
    }

    #[test]
    fn keys_are_enrolled_on_first_sight_up_to_a_bound() {
        let mut desk = desk(Keys::Any);
        let all: Vec<_> = (0..bounds::KEYS).map(|n| desk.client(&n.to_string())).collect();
        assert!(all.iter().all(Option::is_some));
        assert_eq!(desk.client("one more"), None);
        assert_eq!(desk.client("0"), all[0]);
    }

    #[test]
    fn a_strict_desk_knows_the_keys_it_was_given() {
        let mut desk = desk(Keys::Only(vec!["ours".to_owned()]));
        assert!(desk.client("ours").is_some());
        assert_eq!(desk.client("theirs"), None);
    }

    #[test]
    fn a_clients_luck_is_its_own() {
        let fates = |desk: &mut Desk, key: &str, count: usize| {
            let client = desk.client(key).unwrap();
            (0..count).map(|_| desk.fate(client)).collect::<Vec<_>>()
        };
        let (mut alone, mut beside) = (desk(Keys::Any), desk(Keys::Any));
        let expected = fates(&mut alone, "a", 4);
        let mut seen = fates(&mut beside, "a", 2);
        fates(&mut beside, "b", 3);
        seen.extend(fates(&mut beside, "a", 2));
        assert_eq!(seen, expected);
        assert_ne!(expected[0], expected[1]);
    }
}
