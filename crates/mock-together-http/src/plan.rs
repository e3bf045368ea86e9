//! What a mock is to be.

use std::sync::Arc;

use chance::Seed;
use mock_together::{Account, Funds, Happening, Limits, OrganizationId, Tariff, Terms};
use rulebook::{Assumptions, Edition, Extent, Model, PastHour, Tier};

/// Which keys are let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Any: each is enrolled on first sight.
    Any,
    /// These alone; others get the service's own 401.
    Only(Vec<String>),
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
            seed: Seed(1),
            epoch: 0,
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        let terms = Terms::new(&self.edition, &self.assumptions, self.limits);
        terms.with_course(Arc::clone(&self.course))
    }

    /// What is called by which name; of one that comes twice, the later holds.
    pub(crate) fn offered(&self) -> Vec<(String, Account)> {
        let models = self.edition.models().into_iter().chain(self.models.iter().cloned());
        let shared = models.map(|model| {
            let name = model.name().to_owned();
            let account = Account::new(OrganizationId(0), self.tier.clone(), model);
            (name, Account { past_hour: self.past_hour, ..account })
        });
        shared.chain(self.accounts.iter().cloned()).collect()
    }

    /// What is called by this name costs, where books are kept.
    pub(crate) fn tariff(&self, name: &str, account: &Account) -> Tariff {
        let own = self.tariffs.iter().find(|(of, _)| of == name).map(|(_, tariff)| *tariff);
        match own {
            _ if self.funds.is_none() => Tariff::FREE,
            Some(own) => own,
            // Whoever has the hardware pays for its minutes.
            None if account.endpoint.is_some() => Tariff::FREE,
            None => {
                let extent = Extent::default();
                let priced = self.edition.tariff(&account.model, &extent, &self.assumptions);
                priced.map_or(Tariff::FREE, |priced| priced.tariff)
            }
        }
    }
}
