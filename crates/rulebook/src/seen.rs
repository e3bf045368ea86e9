//! What an edition makes of limits that nobody published: read off responses, say.
//!
//! How a limit is counted is a rule of the edition (its windows, its gates of tokens, what is shown
//! of them), how high it is need not be.

use limits::{Algorithm, Policy, Rate, Requests, Tokens};

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Model, Published};
use crate::shows::Wording;

impl Edition {
    /// The policy and the wording that it would have for these limits of a model, counted as its
    /// rules have it. `None` where they make no policy, as a limit of nothing does not.
    ///
    /// ```
    /// use limits::{Per, Rate, Requests, Tokens};
    /// use rulebook::Rulebook;
    ///
    /// let rulebook = Rulebook::embedded()?;
    /// let edition = rulebook.edition("2025-11").ok_or("no such edition")?;
    /// let seen = Rate::new(Requests(25), Per::Second);
    /// let tokens = Some(Rate::new(Tokens(1_000), Per::Second));
    /// let model = edition.model("deepseek-ai/DeepSeek-V3");
    /// let (policy, _) = edition.as_seen(&model, seen, tokens, &edition.assumptions()).ok_or("none")?;
    /// assert_eq!(policy.meters()[0].quota().capacity(), 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_seen(
        &self,
        model: &Model,
        requests: Rate<Requests>,
        tokens: Option<Rate<Tokens>>,
        given: &Assumptions,
    ) -> Option<(Policy, Wording)> {
        if requests.amount().0 == 0 {
            return None;
        }
        let by = self.window.by.as_ref();
        let published = Published {
            requests,
            unit: Edition::unit(model, given),
            tokens,
            own: false,
            hard: true,
            window: self.window.of(requests),
            algorithm: by.map_or(Algorithm::Opened, |by| by.value),
            token_algorithm: None,
            concurrent: None,
            facts: Vec::new(),
        };
        let policy = self.policy_of(&published, given).ok()?;
        Some((policy, self.wording_of(&published, model, given)?))
    }
}

#[cfg(test)]
mod tests {
    use limits::Per;

    use super::*;
    use crate::Rulebook;

    #[test]
    fn limits_that_were_seen_are_counted_as_those_that_were_published() {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = rulebook.edition("2025-11").unwrap();
        let given = edition.assumptions();
        let chat = edition.model("some/model");
        for tier in edition.tiers() {
            let published = edition.published(tier, &chat, &given).unwrap();
            let seen = edition.as_seen(&chat, published.requests, published.tokens, &given);
            let policy = edition.policy(tier, &chat, &given).unwrap();
            assert_eq!(seen, Some((policy, edition.wording(tier, &chat, &given).unwrap())));
        }
    }

    #[test]
    fn a_limit_of_nothing_makes_no_policy() {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = rulebook.edition("2025-11").unwrap();
        let given = edition.assumptions();
        let nothing = Rate::new(Requests(0), Per::Second);
        assert_eq!(edition.as_seen(&edition.model("some/model"), nothing, None, &given), None);
    }
}
