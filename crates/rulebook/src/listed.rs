//! What an edition lists: prices of models and of sizes, of training and of machines; and how
//! accounts pay.

use limits::Span;
use money::Money;

use crate::assumptions::Assumptions;
use crate::errors::ErrorWords;
use crate::prices::Method;
use crate::reading::Share;
use crate::rows::Noted;

/// Something of which there is one, or one for each value of an assumption.
#[derive(Clone, Debug)]
pub(crate) enum Either<T> {
    One(T),
    By { assumption: String, variants: Vec<(String, T)> },
}

impl<T> Either<T> {
    /// What holds under these assumptions, and the one that chose it.
    pub(crate) fn under<'e>(&'e self, given: &Assumptions) -> Option<(&'e T, Option<&'e str>)> {
        match self {
            Either::One(one) => Some((one, None)),
            Either::By { assumption, variants } => {
                let value = &given.get(assumption)?.value;
                let (_, chosen) = variants.iter().find(|(of, _)| of == value)?;
                Some((chosen, Some(assumption)))
            }
        }
    }

    /// The assumption that chooses, and the values for which there is something to choose.
    pub(crate) fn chooser(&self) -> Option<(&str, Vec<&str>)> {
        match self {
            Either::One(_) => None,
            Either::By { assumption, variants } => {
                Some((assumption, variants.iter().map(|(value, _)| value.as_str()).collect()))
            }
        }
    }
}

/// What is listed of one model.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelPrices {
    pub(crate) price: Option<Either<Price>>,
    /// Of each token of a prompt that the service has met before.
    pub(crate) cached: Option<Noted<Money>>,
    /// The steps that its price of a picture is for; where there are none, steps cost nothing.
    pub(crate) default_steps: Option<Noted<u64>>,
    /// All its parameters.
    pub(crate) size: Option<Noted<u64>>,
    /// Whether it is a mixture of experts.
    pub(crate) mixture: Option<Noted<bool>>,
    /// Whether it is named among those that batches have for less.
    pub(crate) batch: Option<Noted<bool>>,
}

/// A model's price.
#[derive(Clone, Debug)]
pub(crate) enum Price {
    /// One for everything.
    Same(Noted<Amount>),
    /// Of each token of prompts, and of answers.
    Apart { prompt: Noted<Money>, answer: Noted<Money> },
}

/// So much for one of something.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Amount {
    Token(Money),
    Character(Money),
    Pixel(Money),
    Minute(Money),
    Video(Money),
}

/// Prices of tokens by the size of a model: up to so many parameters, the smallest first.
pub(crate) type Bands = Vec<(u64, Noted<Money>)>;

/// What holds for models without a price of their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices {
    pub(crate) dense: Bands,
    pub(crate) mixture: Bands,
    pub(crate) embedding: Bands,
    pub(crate) rerank: Bands,
    /// Width and height of a picture whose size the request leaves open, in pixels.
    pub(crate) picture: Option<Noted<(u32, u32)>>,
}

/// Prices of each trained token: up to so many parameters, by each method.
pub(crate) type Training = Vec<(u64, Vec<(Method, Noted<Money>)>)>;

/// Machines by the minute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machines {
    /// How whoever wants an endpoint is refused, where none is made any more.
    pub(crate) closed: Option<ErrorWords>,
    /// How many GPUs one can have.
    pub(crate) counts: Vec<u64>,
    /// What an hour of one GPU costs, by its name.
    pub(crate) gpus: Vec<(String, Either<Noted<Money>>)>,
}

impl Machines {
    /// Whether this assumption chooses the price of one.
    pub(crate) fn priced_by(&self, name: &str) -> bool {
        let mut choosers = self.gpus.iter().filter_map(|(_, price)| price.chooser());
        choosers.any(|(assumption, _)| assumption == name)
    }
}

/// How accounts pay.
#[derive(Clone, Debug)]
pub(crate) struct BillingRules {
    pub(crate) prepaid: bool,
    pub(crate) needs_card_for_debt: bool,
    pub(crate) pictures_need_balance: bool,
    pub(crate) default_recharge: Money,
    pub(crate) invoice_day: Option<u32>,
    /// The longest that the tier of a purchase takes.
    pub(crate) tier_delay: Option<Span>,
    /// How much debt each tier may have, by its name.
    pub(crate) debt: Vec<(String, Debt)>,
}

impl BillingRules {
    /// Those of an edition that says nothing of it: no credit to speak of, no debt, no invoices.
    pub(crate) const UNTOLD: BillingRules = BillingRules {
        prepaid: true,
        needs_card_for_debt: false,
        pictures_need_balance: false,
        default_recharge: Money::ZERO,
        invoice_day: None,
        tier_delay: None,
        debt: Vec::new(),
    };
}

/// How much debt a tier may have.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Debt {
    UpTo(Money),
    /// As much as was agreed, which an assumption says.
    Agreed,
}

/// All that an edition lists of money.
#[derive(Clone, Debug)]
pub(crate) struct Costs {
    pub(crate) prices: Prices,
    pub(crate) training: Training,
    pub(crate) machines: Machines,
    pub(crate) billing: BillingRules,
    pub(crate) batch: BatchFacts,
}

/// What batches may have, and what they cost less; nothing where there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct BatchFacts {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) enqueued_tokens: u64,
    pub(crate) custom_id: Option<u64>,
    pub(crate) discount: Option<Noted<Share>>,
}
