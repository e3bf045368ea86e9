//! What `load` says on stderr: before a run what may go wrong with it, and after it what its figures
//! do not say.
//!
//! A service's own words are never among it.

use std::collections::BTreeMap;
use std::io::Write;

use load_generator::Ending;
use mock_together_http::bounds;
use report::{live, numbers};
use run_record::{AttemptOutcome, RunRecord};
use scenario::Scenario;
use wire::Status;

use crate::load::Loaded;
use crate::summary_text::for_terminal;

/// Kinds of trouble that are told one by one.
const TROUBLES_TOLD: usize = 8;

/// Warns of prompts that are longer than a service takes.
pub(crate) fn warn(scenario: &Scenario) {
    let most = u64::from(bounds::PROMPT_TOKENS);
    for (index, group) in scenario.groups.iter().enumerate() {
        let largest = u64::from(scenario.largest_prompt(index));
        if largest > most {
            say(&format!(
                "warning: the longest prompts of `{}` have {} tokens; our mock answers 413 to more \
                 than {}, and hardly a service takes more: shorten `prompt` (a law takes `max`)",
                group.name,
                numbers::count(largest),
                numbers::count(most),
            ));
        }
    }
}

/// What the figures do not say.
pub(crate) fn tell(record: &RunRecord, loaded: &Loaded) {
    for (Status(status), times) in odd_statuses(loaded) {
        say(&format!("{}: answered {status}", attempts(times)));
    }
    let mut troubles: Vec<(&String, &u64)> = loaded.troubles.iter().collect();
    troubles.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    for (why, times) in troubles.iter().take(TROUBLES_TOLD) {
        say(&format!("{}: {why}", attempts(**times)));
    }
    if let Some(more) = troubles.get(TROUBLES_TOLD..).filter(|more| !more.is_empty()) {
        let times = more.iter().map(|(_, times)| **times).sum();
        say(&format!("{}: for other reasons", attempts(times)));
    }
    let open = record.cells().iter().map(|cell| cell.whole().pooled().attempts.open).sum();
    if open > 0 {
        let were = if open == 1 { "was" } else { "were" };
        say(&format!("{} {were} still under way at the end", attempts(open)));
    }
    doubts(record);
    match loaded.ending {
        Ending::Complete => {}
        Ending::Bounded => say("ended by your bound: what was measured by then is written"),
        Ending::Stopped => say("stopped: what was measured by then is written"),
    }
}

/// Why nothing is judged, where that lies with the generator.
fn doubts(record: &RunRecord) {
    let header = record.header();
    let Some(note) = &header.live else { return };
    if let Some(starvation) = live::starvation(note) {
        say(&format!(
            "the load generator could not send everything, {starvation}: nothing is judged; raise \
             `ulimit -n`, or send less at once"
        ));
    }
    if let Some(lateness) = live::lateness(note).filter(|_| header.generator_late()) {
        say(&format!(
            "the load generator was {lateness}: its figures are partly its own, and nothing is \
             judged; give it a calmer machine, or less traffic"
        ));
    }
}

/// How often which status was given, where it is neither a success nor a limit.
fn odd_statuses(loaded: &Loaded) -> BTreeMap<Status, u64> {
    let mut times = BTreeMap::new();
    for attempt in loaded.attempts() {
        if let AttemptOutcome::Refused { status, .. } | AttemptOutcome::Failed { status } =
            attempt.end.how
            && status != Status::TOO_MANY_REQUESTS
            && !status.is_success()
        {
            *times.entry(status).or_default() += 1;
        }
    }
    times
}

fn attempts(times: u64) -> String {
    if times == 1 { "1 attempt".to_owned() } else { format!("{times} attempts") }
}

fn say(line: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "{}", for_terminal(line));
}
