//! What the jobs of a group are like, whenever they fall due: drawn by seed, group and number alone.

use chance::{Copula, Purpose, Seed, Stream};
use limits::Instant;

use crate::cast::{Group, Length};
use crate::client_set::Table;
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

/// Where the lengths of a job come from.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Lengths<'l> {
    /// The group's own laws.
    OfGroup,
    /// A row of a trace, where the group has no laws.
    Row(u32, u32),
    /// Tables of a recorded client.
    Tables(&'l Table, &'l Table),
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

    /// Job `job`, which falls due then; `says` tells where its lengths come from, and may draw that
    /// as prompts are drawn.
    #[inline]
    pub(crate) fn arrival<'l>(
        &self,
        job: u64,
        due: Instant,
        says: impl FnOnce(Stream) -> Lengths<'l>,
    ) -> Arrival {
        let (prompts, answers) = (|| self.prompts.draw(job), || self.answer_draw(job));
        let by_law = |(prompt, answer)| {
            (self.prompt.tokens(prompts, prompt), self.answer.tokens(answers, answer))
        };
        let says = says(self.prompts);
        let (prompt, answer) = if let Lengths::Tables(prompt, answer) = says {
            (prompt.at(prompts()), answer.at(answers()))
        } else {
            // Once, so that the draws are made in place.
            by_law(if let Lengths::Row(prompt, answer) = says { (prompt, answer) } else { (0, 0) })
        };
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
    #[inline]
    fn answer_draw(&self, job: u64) -> u64 {
        let own = self.answers.draw(job);
        self.correlation.map_or(own, |copula| copula.draw(self.prompts.draw(job), own))
    }
}
