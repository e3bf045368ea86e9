//! Whether the rules that are rehearsed still hold today: the one question that needs a calendar.
//!
//! `check` warns of it like of anything else. A run says it in one line, and only where the file
//! names no edition: whoever names one has chosen its age, and would read the line every day.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use scenario::Scenario;
use wire::civil;

use crate::args::Manners;
use crate::{color, faults};

pub(crate) fn warn(scenario: &Scenario, manners: &Manners) {
    let past = scenario.past_age(&today()).filter(|_| !manners.quiet);
    if let Some(warning) = past {
        let mut stderr = std::io::stderr().lock();
        faults::print_all(&scenario.name, &scenario.text, &[warning], color(manners), &mut stderr);
    }
}

pub(crate) fn note(scenario: &Scenario, manners: &Manners) {
    let chosen = Scenario::edition_named(&scenario.text).is_some();
    let past = scenario.past_age(&today()).filter(|_| !manners.quiet && !chosen);
    if let Some(warning) = past {
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(
            std::io::stderr(),
            "note: {}; `edition = \"{}\"` in the file says that this is meant",
            warning.message,
            scenario.edition.name()
        );
    }
}

/// Today by UTC, as `2026-11-20`.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    day(seconds / 86_400)
}

/// A day counted from 1 January 1970.
fn day(since_1970: u64) -> String {
    let (year, month, day) = civil(since_1970);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let days = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29")];
        for (since, expected) in
            days.into_iter().chain([(20_565, "2026-04-22"), (20_819, "2027-01-01")])
        {
            assert_eq!(day(since), expected);
        }
    }
}
