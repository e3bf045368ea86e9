//! What the jobs of a group are like, whenever they fall due: drawn by seed, group and number alone.

use chance::{Copula, Purpose, Seed, Stream};
use limits::Instant;

use crate::cast::{Group, Length};
use crate::drift::Drift;
use crate::timeline::Arrival;

/// The lengths and the luck of one group's jobs under one seed.
#[derive(Debug)]
pub(crate) struct Jobs<'a> {
    group: u32,
    prompt: &'a Length,
    answer: &'a Length,
    correlation: Option<&'a Copula>,
    drift: Option<&'a Drift>,
    most: u32,
    /// Texts of a request, each as long as the prompt.
    inputs: u32,
    prompts: Stream,
    answers: Stream,
    fates: Stream,
}

impl<'a> Jobs<'a> {
    pub(crate) fn of(group: &'a Group, number: u32, seed: Seed) -> Jobs<'a> {
        Jobs {
            group: number,
            prompt: &group.prompt,
            answer: &group.answer,
            correlation: group.correlation.as_ref(),
            drift: group.drift.as_ref(),
            most: group.max_tokens.unwrap_or(u32::MAX),
            inputs: group.inputs(),
            prompts: seed.stream(Purpose::Prompt, number),
            answers: seed.stream(Purpose::Answer, number),
            fates: seed.stream(Purpose::Fate, number),
        }
    }

    /// Job `job`, which falls due then; `row` says what a row of a trace has of its lengths, and may
    /// draw it as prompts are drawn.
    #[inline]
    pub(crate) fn arrival(
        &self,
        job: u64,
        due: Instant,
        row: impl FnOnce(Stream) -> (u32, u32),
    ) -> Arrival {
        let (prompt, answer) = row(self.prompts);
        let prompt = self.prompt.tokens(|| self.prompts.draw(job), prompt);
        let answer = self.answer.tokens(|| self.answer_draw(job), answer);
        let (prompt, answer) = match self.drift {
            None => (prompt, answer),
            Some(drift) => drift.lengths(due.nanos(), prompt, answer),
        };
        Arrival {
            due,
            group: self.group,
            job,
            prompt: prompt.saturating_mul(self.inputs),
            answer: answer.min(self.most),
            fate_draw: self.fates.draw(job),
        }
    }

    /// The prompt's draw is the same whatever goes with it.
    fn answer_draw(&self, job: u64) -> u64 {
        let own = self.answers.draw(job);
        self.correlation.map_or(own, |copula| copula.draw(self.prompts.draw(job), own))
    }
}
