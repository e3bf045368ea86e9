//! What a mock is to be.

use std::sync::Arc;

use chance::Seed;
use mock_together::{Account, Funds, Happening, Limits, OrganizationId, Tariff, Terms};
use rulebook::{Assumptions, Edition, Extent, Model, PastHour, Tier, Work};

/// Which keys are let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Any: each is enrolled on first sight.
    Any,
    /// These alone; others get the service's own 401.
    Only(Vec<String>),
}

/// Whom a mock is for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Whoever wants to know how the service behaves: the edition's rules hold.
    #[default]
    Rules,
    /// Whoever wants to know whether a client speaks the service's language: any key and any model is
    /// let in, nothing is limited, costs anything or takes any time, and what is asked for by an id that
    /// nobody gave out is there all the same.
    Conformance,
}

impl Profile {
    /// Their words, in the order in which they stand here.
    pub const WORDS: &'static [&'static str] = &["rules", "conformance"];
}

/// Under which names responses tell the limits, beside those of the edition. These are ours: Together
/// sends none of them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderStyle {
    /// Those of `OpenAI`, for readers that know no others.
    pub openai: bool,
    /// `RateLimit` and `RateLimit-Policy` of the IETF's draft.
    pub ietf: bool,
}

impl HeaderStyle {
    /// The words for either of them.
    pub const WORDS: &'static [&'static str] = &["openai", "ietf"];

    /// Whether it adds anything.
    #[must_use]
    pub const fn adds(self) -> bool {
        self.openai || self.ietf
    }
}

/// What a mock is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rules.
    pub edition: Arc<Edition>,
    /// What is supposed where they are silent.
    pub assumptions: Assumptions,
    /// Whether the published limits are in force.
    pub limits: Limits,
    /// The tier of every organization.
    pub tier: Tier,
    /// What every organization had done of each model by the beginning.
    pub past_hour: PastHour,
    /// Which keys are let in.
    pub keys: Keys,
    /// Whether all keys are one organization's and share its limits; else each has its own.
    pub one_organization: bool,
    /// Models that are served beside those of the edition.
    pub models: Vec<Model>,
    /// What is called by a name of its own, or is not as `tier` and `past_hour` have it: endpoints,
    /// and models with another past. Whose an account is, is the key's to say.
    pub accounts: Vec<(String, Account)>,
    /// The money of every organization, which its books begin with; `None` where no books are kept,
    /// and nothing costs anything.
    pub funds: Option<Funds>,
    /// What is called by which name costs, where that is not as the edition has it.
    pub tariffs: Vec<(String, Tariff)>,
    /// What happens to the service meanwhile.
    pub course: Arc<[Happening]>,
    /// Whether responses carry nothing that Together's lack.
    pub faithful: bool,
    /// Whom it is for.
    pub profile: Profile,
    /// Under which names responses tell the limits, beside the edition's own.
    pub headers: HeaderStyle,
    /// What the mock draws by where a request does not bring its fate along.
    pub seed: Seed,
    /// The date at which the clock stands at zero, in seconds since 1970 began: bodies say when
    /// they were created.
    pub epoch: u64,
}

impl Plan {
    /// An edition as it stands, on one tier, open to any key.
    #[must_use]
    pub fn new(edition: &Arc<Edition>, tier: &Tier) -> Self {
        Self {
            edition: Arc::clone(edition),
            assumptions: edition.assumptions(),
            limits: Limits::Published,
            tier: tier.clone(),
            past_hour: PastHour::NOTHING,
            keys: Keys::Any,
            one_organization: false,
            models: Vec::new(),
            accounts: Vec::new(),
            funds: None,
            tariffs: Vec::new(),
            course: Arc::default(),
            faithful: false,
            profile: Profile::Rules,
            headers: HeaderStyle::default(),
            seed: Seed(1),
            epoch: 0,
        }
    }

    /// The plan as its profile has it.
    pub(crate) fn profiled(self) -> Self {
        match self.profile {
            Profile::Rules => self,
            Profile::Conformance => {
                let (keys, limits) = (Keys::Any, Limits::Off);
                Self { keys, limits, funds: None, course: Arc::default(), ..self }
            }
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        let terms = Terms::new(&self.edition, &self.assumptions, self.limits);
        self.timed(terms.with_course(Arc::clone(&self.course)))
    }

    /// The same without limits.
    pub(crate) fn unlimited(&self) -> Terms {
        self.timed(Terms::new(&self.edition, &self.assumptions, Limits::Off))
    }

    fn timed(&self, terms: Terms) -> Terms {
        match self.profile {
            Profile::Rules => terms,
            Profile::Conformance => terms.at_once(),
        }
    }

    /// The classes of work of which a tier says how much it may be.
    pub(crate) fn numbered(&self) -> Vec<Work> {
        let edition = &self.edition;
        let rungs = if edition.has_tiers() { edition.tiers() } else { edition.ladder() };
        let of = |work: &Work| {
            let model = edition.model_for("", *work);
            rungs.iter().any(|tier| edition.published(tier, &model, &self.assumptions).is_some())
        };
        Work::ALL.into_iter().filter(of).collect()
    }

    /// What is called by which name; of one that comes twice, the later holds.
    pub(crate) fn offered(&self) -> Vec<(String, Account)> {
        let models = self.edition.models().into_iter().chain(self.models.iter().cloned());
        let shared = models.map(|model| {
            let name = model.name().to_owned();
            (name, self.account_of(model))
        });
        shared.chain(self.accounts.iter().cloned()).collect()
    }

    /// A model on the fleet that everybody shares, as every organization has it.
    pub(crate) fn account_of(&self, model: Model) -> Account {
        let account = Account::new(OrganizationId(0), self.tier.clone(), model);
        Account { past_hour: self.past_hour, ..account }
    }

    /// What is called by this name costs, where books are kept.
    pub(crate) fn tariff(&self, name: &str, account: &Account) -> Tariff {
        self.tariff_of(name, account, &Extent::default())
    }

    /// What a line of a batch costs that asks for so much, where books are kept: less where its
    /// edition has it so, unless it has a price of its own.
    pub(crate) fn batch_tariff(&self, name: &str, account: &Account, extent: &Extent) -> Tariff {
        let whole = self.tariff_of(name, account, extent);
        let (edition, given) = (&self.edition, &self.assumptions);
        let listed = edition.tariff(&account.model, extent, given);
        if whole.is_free() || listed.is_none_or(|listed| listed.tariff != whole) {
            return whole;
        }
        let batch = edition.batch_tariff(&account.model, extent, given);
        batch.map_or(whole, |batch| batch.tariff)
    }

    /// What a request costs that asks for so much, where books are kept.
    pub(crate) fn tariff_of(&self, name: &str, account: &Account, extent: &Extent) -> Tariff {
        let own = self.tariffs.iter().find(|(of, _)| of == name).map(|(_, tariff)| *tariff);
        match own {
            _ if self.funds.is_none() => Tariff::FREE,
            Some(own) => own,
            // Whoever has the hardware pays for its minutes.
            None if account.endpoint.is_some() => Tariff::FREE,
            None => {
                let priced = self.edition.tariff(&account.model, extent, &self.assumptions);
                priced.map_or(Tariff::FREE, |priced| priced.tariff)
            }
        }
    }
}
