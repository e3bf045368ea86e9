//! What the jobs of a group are like, whenever they fall due: drawn by seed, group and number alone.

use chance::{Purpose, Seed, Stream};
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
    drift: Option<&'a Drift>,
    most: u32,
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
            drift: group.drift.as_ref(),
            most: group.max_tokens.unwrap_or(u32::MAX),
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
        let answer = self.answer.tokens(|| self.answers.draw(job), answer);
        let (prompt, answer) = match self.drift {
            None => (prompt, answer),
            Some(drift) => drift.lengths(due.nanos(), prompt, answer),
        };
        Arrival {
            due,
            group: self.group,
            job,
            prompt,
            answer: answer.min(self.most),
            fate_draw: self.fates.draw(job),
        }
    }
}
