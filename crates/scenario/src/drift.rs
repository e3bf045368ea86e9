//! Lengths that go with the time: prompts may be longer at noon than at night, and where a token
//! limit decides, that costs as much as a burst.
//!
//! Recorded conversations do so: over an hour of Azure's trace of 2023 the mean prompt swings by a
//! quarter from one five minutes to the next while answers swing the other way, and with lengths
//! drawn alike all the time a third of the refusals on the highest tier that refuses any is lost.

use limits::Span;

/// Shares that are written as billionths: this is the whole.
const WHOLE: u64 = 1_000_000_000;

/// How the lengths of a group go with the time: in step n of the run they are so many billionths
/// of what the laws say. The last step goes on to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// How long a step is; never zero.
    pub every: Span,
    /// Of each step the share for prompts; empty where they do not drift.
    pub prompt: Vec<u64>,
    /// Of each step the share for answers, before `max_tokens` cuts them.
    pub answer: Vec<u64>,
}

impl Drift {
    /// Prompt and answer of a job that is due then.
    pub(crate) fn lengths(&self, due: u64, prompt: u32, answer: u32) -> (u32, u32) {
        let step = usize::try_from(due / self.every.nanos().max(1)).unwrap_or(usize::MAX);
        (scaled(prompt, &self.prompt, step), scaled(answer, &self.answer, step))
    }
}

impl Drift {
    /// Of so many tokens of a prompt, as many as in the step with the longest prompts.
    pub(crate) fn longest_prompt(&self, tokens: u32) -> u32 {
        longest(tokens, &self.prompt)
    }

    /// Of so many tokens of an answer, as many as in the step with the longest answers.
    pub(crate) fn longest_answer(&self, tokens: u32) -> u32 {
        longest(tokens, &self.answer)
    }
}

fn longest(tokens: u32, shares: &[u64]) -> u32 {
    shares.iter().max().map_or(tokens, |most| scaled(tokens, &[*most], 0))
}

/// Rounded half up; what was at least one token stays at least one.
fn scaled(tokens: u32, shares: &[u64], step: usize) -> u32 {
    let Some(share) = shares.get(step).or(shares.last()) else { return tokens };
    let product = u128::from(tokens) * u128::from(*share) + u128::from(WHOLE / 2);
    let scaled = u32::try_from(product / u128::from(WHOLE)).unwrap_or(u32::MAX);
    scaled.max(tokens.min(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_share_and_the_last_goes_on() {
        let drift = Drift {
            every: Span::from_secs(60),
            prompt: vec![WHOLE / 2, 2 * WHOLE],
            answer: vec![WHOLE / 1_000],
        };
        let minute = Span::from_secs(60).nanos();
        assert_eq!(drift.lengths(0, 901, 800), (451, 1));
        assert_eq!(drift.lengths(minute - 1, 901, 0), (451, 0));
        assert_eq!(drift.lengths(minute, 901, 1_499), (1_802, 1));
        assert_eq!(drift.lengths(90 * minute, u32::MAX, 1_500), (u32::MAX, 2));
        let none = Drift { prompt: Vec::new(), ..drift };
        assert_eq!(none.lengths(0, 901, 800), (901, 1));
    }
}
