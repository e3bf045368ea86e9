//! What requests cost.

use crate::amount::Money;

/// What a request costs: so much each, and so much for each token of its prompt and its answer.
///
/// It is linear and exact: the charge of many requests together is the sum of their charges.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Tariff {
    /// Each request.
    pub request: Money,
    /// Each token of a prompt.
    pub prompt: Money,
    /// Each token of an answer.
    pub answer: Money,
}

impl Tariff {
    /// Everything for nothing.
    pub const FREE: Tariff =
        Tariff { request: Money::ZERO, prompt: Money::ZERO, answer: Money::ZERO };

    /// What so many requests cost, with these tokens in all their prompts and answers.
    #[must_use]
    pub fn of(&self, requests: u64, prompt: u64, answer: u64) -> Money {
        self.request.times(requests) + self.prompt.times(prompt) + self.answer.times(answer)
    }

    /// The same at `parts` out of `of` of each price, `scaled(1, 2)` at half; each price to the
    /// nearest pico-dollar.
    #[must_use]
    pub fn scaled(&self, parts: u64, of: u64) -> Tariff {
        Tariff {
            request: self.request.of_parts(parts, of),
            prompt: self.prompt.of_parts(parts, of),
            answer: self.answer.of_parts(parts, of),
        }
    }

    /// Whether nothing costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        *self == Tariff::FREE
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tariffs() -> impl Strategy<Value = Tariff> {
        let price = || (0..100_000_000_i128).prop_map(Money::from_pico);
        (price(), price(), price()).prop_map(|(request, prompt, answer)| Tariff {
            request,
            prompt,
            answer,
        })
    }

    #[test]
    fn a_discount_of_half_halves_the_charge() {
        let each = Money::from_pico(880_000);
        let tariff = Tariff { request: Money::ZERO, prompt: each, answer: each };
        assert_eq!(tariff.of(1, 1_000_000, 200_000), Money::from_pico(1_056_000_000_000));
        assert_eq!(
            tariff.scaled(1, 2).of(1, 1_000_000, 200_000),
            Money::from_cents(5_280).of_parts(1, 100)
        );
        assert!(tariff.scaled(0, 1).is_free());
    }

    proptest! {
        #[test]
        fn charges_add_up_to_the_charge_of_the_sums(
            tariff in tariffs(),
            requests in prop::collection::vec((0..1_u64 << 40, 0..1_u64 << 40), 0..20),
        ) {
            let one_by_one: Money = requests.iter().map(|(p, a)| tariff.of(1, *p, *a)).sum();
            let prompts = requests.iter().map(|(prompt, _)| prompt).sum();
            let answers = requests.iter().map(|(_, answer)| answer).sum();
            prop_assert_eq!(one_by_one, tariff.of(requests.len() as u64, prompts, answers));
        }
    }
}
