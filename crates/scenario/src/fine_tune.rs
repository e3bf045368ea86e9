//! Fine-tunes and evaluations: jobs that the service does by itself, paid when they are created.
//! No request is sent for them, so that a scenario may have nothing else.

use core::num::NonZeroU64;

use limits::Span;
use money::Money;
use rulebook::{Assumptions, Extent, Method, Model};

use crate::scenario::Scenario;

/// A model that is trained further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FineTune {
    /// Its name in the file.
    pub name: String,
    /// The model that is trained.
    pub model: Model,
    /// How.
    pub method: Method,
    /// Tokens of the data that it learns from.
    pub tokens: NonZeroU64,
    /// How often it goes through them.
    pub epochs: u32,
    /// Tokens of the data that it is checked against: charged once, like trained ones.
    pub validation: u64,
    /// When it is created, from the beginning of the run.
    pub at: Span,
}

/// A model's answers that the service judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Its name in the file.
    pub name: String,
    /// The model that answers.
    pub model: Model,
    /// How many questions it is asked.
    pub rows: NonZeroU64,
    /// Tokens of each question.
    pub prompt: u64,
    /// Tokens of each answer.
    pub answer: u64,
    /// When it is created, from the beginning of the run.
    pub at: Span,
}

impl FineTune {
    /// Tokens that are charged: each epoch's, and those of the validation.
    #[must_use]
    pub const fn charged(&self) -> u64 {
        self.tokens.get().saturating_mul(self.epochs as u64).saturating_add(self.validation)
    }
}

impl Scenario {
    /// What a fine-tune costs, with the account's discount; `None` where nobody says.
    #[must_use]
    pub fn fine_tune_cost(&self, fine_tune: &FineTune, given: &Assumptions) -> Option<Money> {
        let price = self.edition.fine_tuning(&fine_tune.model, fine_tune.method, given)?;
        Some(self.discounted(price).tariff.of(0, fine_tune.charged(), 0))
    }

    /// What an evaluation costs, by the model's tokens; `None` where nobody says.
    #[must_use]
    pub fn evaluation_cost(&self, evaluation: &Evaluation, given: &Assumptions) -> Option<Money> {
        let price = self.edition.tariff(&evaluation.model, &Extent::default(), given)?;
        let rows = evaluation.rows.get();
        let tokens = |each: u64| rows.saturating_mul(each);
        let (prompt, answer) = (tokens(evaluation.prompt), tokens(evaluation.answer));
        Some(self.discounted(price).tariff.of(rows, prompt, answer))
    }
}
