//! What a live run has to say of its own side: whether its generator kept up, and whether its
//! machine had connections enough. One wording for the terminal, the page and the comparison.

use run_record::{Header, LiveNote};

use crate::numbers::{self, THIN};

/// How late the generator was: `at most 0.31 ms late, 99 times of 100`; none where nothing fell due.
#[must_use]
pub fn lateness(live: &LiveNote) -> Option<String> {
    let late = live.late_at(99)?;
    Some(format!("at most {} late, 99 times of 100", millis(late.nanos())))
}

/// That attempts never left the generator's machine, and why; none where all did.
#[must_use]
pub fn starvation(live: &LiveNote) -> Option<String> {
    let attempts = match live.starved {
        0 => return None,
        1 => "one attempt".to_owned(),
        many => format!("{} attempts", numbers::count(many)),
    };
    Some(format!("its machine ran out of open files or ports, so {attempts} never left it"))
}

/// What to do so that the generator's side is in no doubt, in sentences; none where it is in none.
#[must_use]
pub fn remedy(header: &Header) -> Option<String> {
    let starved = header.starved() > 0;
    let late = header.generator_late();
    let remedies = [
        starved.then_some("Raise `ulimit -n`, or send less at once."),
        late.then_some("Give the load generator a calmer machine, or less traffic."),
    ];
    let remedies: Vec<&str> = remedies.into_iter().flatten().collect();
    (!remedies.is_empty()).then(|| remedies.join(" "))
}

/// Why the figures are partly the generator's own, in one clause about it; none where they are not.
pub(crate) fn doubt(header: &Header) -> Option<String> {
    let starvation = header.live.as_ref().and_then(starvation);
    let reasons = [header.generator_late().then(|| "it could not keep up".to_owned()), starvation];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    (!reasons.is_empty()).then(|| reasons.join(", and "))
}

/// Nanoseconds as milliseconds with two decimals.
pub(crate) fn millis(nanos: u64) -> String {
    format!("{:.2}{THIN}ms", nanos as f64 / 1e6)
}
