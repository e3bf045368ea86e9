//! How fast users can ask: told from means, without running anything.
//!
//! A user who waits does not ask. So what a group of them asks for in a second has a bound that no
//! limit is needed for: each job takes its answer and the thinking before the next, and there are
//! only so many users. Refusals and waits make it less.

use chance::{Law, ONE};

use crate::cast::{Group, Traffic};
use crate::scenario::Scenario;

/// What the users of one group can ask for.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Asking {
    /// The group, by position.
    pub group: usize,
    /// How many users.
    pub users: u32,
    /// Seconds that one thinks, on average.
    pub think_s: f64,
    /// Seconds from the sending of a job to its last byte where nothing holds it up, on average.
    pub answer_s: f64,
    /// Jobs a second that all of them ask for, if nothing ever holds one up.
    pub jobs_per_s: f64,
}

/// The most that users can ask for, one entry for each group that has some.
#[must_use]
pub fn asking(scenario: &Scenario) -> Vec<Asking> {
    let groups = scenario.groups.iter().enumerate();
    groups.filter_map(|(index, group)| of_group(scenario, index, group)).collect()
}

/// Jobs a second that the users of a group ask for at the most; none where it has no users.
pub(crate) fn of_group(scenario: &Scenario, index: usize, group: &Group) -> Option<Asking> {
    let Traffic::Users(users) = &group.traffic else { return None };
    let think_s = users.think.mean().nanos() as f64 / 1e9;
    let answer_s = mean_answer(scenario, group);
    let jobs_per_s = f64::from(users.count.get()) / (think_s + answer_s);
    Some(Asking { group: index, users: users.count.get(), think_s, answer_s, jobs_per_s })
}

/// The mean time from sending to the last byte in seconds, as the edition has it.
fn mean_answer(scenario: &Scenario, group: &Group) -> f64 {
    let latency = scenario.edition.latency(&group.model, &scenario.assumptions);
    let most = group.max_tokens.unwrap_or(u32::MAX);
    let tokens = |mean: u128| mean as f64 / ONE as f64;
    let (prompt, answer) =
        (tokens(group.prompt.mean(u32::MAX, &[])), tokens(group.answer.mean(most, &[])));
    let noise = |sigma: f64| Law::noise(sigma).mean() as f64 / ONE as f64 / ONE as f64;
    let speed = latency.tokens_per_second;
    let a_token = speed.per_span().nanos() as f64 / speed.amount().0.max(1) as f64;
    let first = latency.first_token.nanos() as f64
        + latency.prefill_per_token.nanos() as f64 * prompt
        + latency.per_image.nanos() as f64 * f64::from(group.count.get());
    let nanos = first * noise(scenario.assumptions.first_token_noise())
        + a_token * (answer - 1.0).max(0.0) * noise(scenario.assumptions.speed_noise());
    nanos / 1e9
}
