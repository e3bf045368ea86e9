//! What other readings of the rules would change: where one moves the verdict, it is said in a
//! sentence of its own, beside the table of all of them.

use crate::numbers::Share;
use crate::study::{Ladder, Outcome, Standing, Study, Variant};

/// A change of jobs in time from which on it is told although nothing else moved.
const TELLING: f64 = 0.05;

/// Whether a changed assumption changes how a cell stands, or its jobs in time by five points.
pub(crate) fn is_moved(study: &Study<'_>, variant: &Variant<'_>) -> bool {
    let Some(before) = study.outcome(variant.strategy, variant.tier) else { return false };
    let points = (in_time(&variant.outcome) - in_time(before)).abs();
    variant.outcome.standing != before.standing || points >= TELLING
}

fn in_time(outcome: &Outcome) -> f64 {
    outcome.in_time().map_or(0.0, Share::fraction)
}

const fn meets(outcome: &Outcome) -> bool {
    matches!(outcome.standing, Standing::Meets | Standing::OnAverage)
}

/// Where a changed assumption moves the verdict: a sentence for each reading and tier.
pub(crate) fn moves(study: &Study<'_>, variants: &[Variant<'_>]) -> Vec<String> {
    let mut seen: Vec<(&str, &str, usize, bool)> = Vec::new();
    let mut sentences = Vec::new();
    for variant in variants {
        let Some(before) = study.outcome(variant.strategy, variant.tier) else { continue };
        let (was, is) = (meets(before), meets(&variant.outcome));
        let key = (variant.assumption, variant.value, variant.tier, is);
        if was == is || study.expectations().is_empty() || seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let names: Vec<String> = variants
            .iter()
            .filter(|one| (one.assumption, one.value, one.tier, meets(&one.outcome)) == key)
            .filter(|one| {
                study.outcome(one.strategy, one.tier).is_some_and(|before| meets(before) == was)
            })
            .map(|one| study.quoted(one.strategy))
            .collect();
        sentences.push(sentence(study, variant, &names, is));
    }
    sentences
}

/// `Under gateway_replicas 2, “x” meets everything on Tier 2; as assumed, it takes Tier 4.`
fn sentence(study: &Study<'_>, variant: &Variant<'_>, names: &[String], meets: bool) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (who, verb, miss) = match names.as_slice() {
        [one] => ((*one).to_owned(), "meets", "no longer meets"),
        [one, two] => (format!("{one} and {two}"), "meet", "no longer meet"),
        all => (
            format!("{} strategies", crate::numbers::in_words(all.len())),
            "meet",
            "no longer meet",
        ),
    };
    let under = format!("Under {} {}", variant.assumption, variant.value);
    let there = study.there(variant.tier);
    if !meets {
        return format!("{under}, {who} {miss} everything {there}.");
    }
    // Who does as assumed does so there too, or is told above: these come on top.
    let also = match study.enough {
        Some(enough) if enough <= variant.tier => "also ",
        _ => "",
    };
    let as_assumed = match study.enough {
        Some(enough) if enough > variant.tier => {
            format!("as assumed, it takes {}", study.subject(enough))
        }
        Some(_) => "as assumed, only others do".to_owned(),
        None => match study.ladder() {
            Ladder::PastHours => "as assumed, nothing does after any past hour tested".to_owned(),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("as assumed, nothing does on any {} tested", study.rung())
            }
        },
    };
    format!("{under}, {who} {also}{verb} everything {there}; {as_assumed}.")
}

/// What nobody outside the service knows, of what decides such a run.
pub(crate) fn unknown(study: &Study<'_>) -> Option<String> {
    // Of the rules of the later ages, what each is about.
    const ABOUT: [(&str, &str); 4] = [
        ("model_capacity", "how much a model can do"),
        ("other_tenants", "how much of it others use"),
        ("gateway_replicas", "how many gateways count for themselves"),
        ("dynamic_factor", "how far the dynamic rate runs ahead of the past hour"),
    ];
    let header = study.record.header();
    if header.capacity.is_empty()
        && study.variants().iter().all(|one| one.assumption == "token_gate")
    {
        return None;
    }
    let said: Vec<String> = header
        .assumptions
        .iter()
        .filter(|note| note.certainty == "assumed")
        .filter_map(|note| {
            let (_, about) = ABOUT.iter().find(|(name, _)| *name == note.name)?;
            Some(format!("{about} ({} here)", note.value))
        })
        .collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    (!said.is_empty())
        .then(|| format!("Nobody outside the service knows {}.", crate::numbers::listed(&said)))
}
