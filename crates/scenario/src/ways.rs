//! What an edition says beside its limits that a page can use: the ways past them, and how much of
//! them should be left.

use rulebook::Edition;
use run_record::{RuleOfThumb, WayNote};

/// What is offered beside the ladder, the cheapest first: a fact of the edition, and what we call
/// it. An edition that does not state one does not have it.
const WAYS: [(&str, &str); 3] = [
    ("stated.batch", "the batch API"),
    ("stated.provisioned", "provisioned throughput"),
    ("stated.dedicated", "a dedicated endpoint"),
];

/// How much should be left at the peak.
const REMAINING: &str = "stated.upgrade_not_needed";

/// The ways past the limits that an edition states.
pub(crate) fn ways(edition: &Edition) -> Vec<WayNote> {
    let stated = WAYS.into_iter().filter_map(|(id, name)| Some((edition.fact(id)?, name)));
    stated
        .map(|(fact, name)| WayNote {
            name: name.to_owned(),
            says: format!("{}.", capital(&fact.value)),
        })
        .collect()
}

/// The edition's rule of thumb about what is left, where it states one.
pub(crate) fn rule_of_thumb(edition: &Edition) -> Option<RuleOfThumb> {
    let remaining_percent = percent(&edition.fact(REMAINING)?.value)?;
    Some(RuleOfThumb { remaining_percent })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The whole number before a `%`: 30 in `remaining above 30 % of the limit`.
fn percent(text: &str) -> Option<u8> {
    let (before, _) = text.split_once('%')?;
    let before = before.trim_end();
    let start = before.rfind(|letter: char| !letter.is_ascii_digit()).map_or(0, |at| at + 1);
    before.get(start..)?.parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_out_of_a_sentence() {
        assert_eq!(percent("remaining above 30 % of the limit in peak hours"), Some(30));
        assert_eq!(percent("30%"), Some(30));
        assert_eq!(percent("a third of it"), None);
        assert_eq!(percent("300 %"), None);
        assert_eq!(percent("above % of it"), None);
    }
}
