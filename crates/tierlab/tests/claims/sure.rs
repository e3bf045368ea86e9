//! How sure a verdict is said to be: in how many seeds, and under how many other readings of what
//! was assumed.

use run_record::{CellKey, CellSummary, derive};

use crate::draft::Goal;
use crate::text::Text;
use crate::truth::Truth;

/// Assumptions that are named before the others are only counted.
const NAMED: usize = 4;

/// Reads one sentence of it and proves its claims; says which kind it was.
pub(crate) fn sentence(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    let runs = u64::from(truth.record.header().replications);
    if text.eat("One seed only: no spread is known.") {
        assert_eq!(runs, 1);
        return "one seed";
    }
    if text.eat("Met by ") {
        assert_eq!(text.count(), runs);
        text.want(" seeds together; one alone has too few samples to tell.");
        let waits = truth.draft.goals.iter().any(|goal| matches!(goal, Goal::WaitP90(_)));
        assert!(waits, "only a percentile takes samples");
        assert!(!claimed(truth).is_empty(), "it is met");
        return "too few samples in one seed";
    }
    if text.eat("Met in ") {
        let met = text.count();
        text.want(" of ");
        assert_eq!(text.count(), runs);
        text.want(" seeds.");
        let claimed = claimed(truth);
        let is = |(tier, name): &(u32, String)| met_in(truth, *tier, name).contains(&met);
        assert!(claimed.iter().any(is), "{met} of {runs}, of one of {claimed:?}");
        return "met in so many seeds";
    }
    if text.eat("The mean of ") {
        assert_eq!(text.count(), runs);
        text.want(" seeds.");
        let open = |(name, _): (&str, &CellSummary)| truth.meets(truth.draft.yours, name).is_none();
        let told = truth.draft.goals.is_empty() || truth.on(truth.draft.yours).any(open);
        assert!(told || claimed(truth).is_empty(), "nothing is met");
        return "the mean of all seeds";
    }
    if text.eat("Rests on ") {
        let header = truth.record.header();
        let unsettled = header.assumptions.iter().filter(|note| note.certainty == "assumed");
        assert_eq!(counted(text.until(" assumption")), unsettled.count());
        let _ = text.eat("s");
        text.want(" that no source settles.");
        return "so many assumptions";
    }
    if text.0.starts_with('“') {
        hangs(text, truth);
        return "hangs on the token gate";
    }
    if text.eat("Under ") {
        meets_under(text, truth);
        return "met under another reading";
    }
    readings(text, truth)
}

/// `Under gateway_replicas 2, “x” and “y” meet everything on Tier 2; as assumed, it takes Tier 3.`
fn meets_under(text: &mut Text<'_>, truth: &Truth<'_>) {
    let assumption = text.until(" ");
    let _ = text.until(", ");
    let _ = text.until(" everything on ");
    let tier = text.tier();
    let tried = truth.readings.iter().filter(|(name, _)| name == assumption);
    let mut there = tried.flat_map(|(_, tried)| tried).filter(|(one, _)| *one == tier);
    assert!(there.next().is_some(), "{assumption} was tried there");
    if text.eat("; as assumed, it takes ") {
        assert_eq!(Some(text.tier()), truth.enough());
        text.want(".");
    } else {
        let _ = text.until(".");
    }
}

/// `“x” on Tier 2 hangs on token_gate: 71 % in time under minute, 84 % under window-1x.`
fn hangs(text: &mut Text<'_>, truth: &Truth<'_>) {
    let name = text.name();
    text.want(" on ");
    let tier = text.tier();
    text.want(" hangs on ");
    let assumption = text.until(": ");
    let as_assumed = text.share();
    truth.in_time(tier, name, as_assumed);
    text.want(" in time under ");
    let here = text.until(", ");
    let assumptions = &truth.record.header().assumptions;
    let note = assumptions.iter().find(|note| note.name == assumption);
    assert_eq!(note.map(|note| note.value.as_str()), Some(here), "what is in force");
    // A full stop within a figure ends nothing.
    let sentence = text.0.split_once(". ").map_or(text.0, |(sentence, _)| sentence);
    let mut others = Text(sentence.trim_end_matches('.'));
    text.want(others.0);
    text.want(".");
    let mut differs = false;
    while !others.0.is_empty() {
        let said = others.share();
        others.want(" under ");
        let value = match others.0.split_once(", ") {
            Some(_) => others.until(", "),
            None => std::mem::take(&mut others.0),
        };
        let key = CellKey::new(Some(&format!("build-{tier}")), name).assuming(assumption, value);
        let cell = truth.record.cell(&key).unwrap_or_else(|| panic!("{key} was not run"));
        let share = derive::shares(&cell.whole().pooled()).in_time;
        assert!(share.is_some_and(|share| said.holds(share)), "{key}: {said:?}, {share:?}");
        differs |= !truth.cell(tier, name).share.in_time.is_some_and(|share| said.holds(share));
    }
    assert!(differs, "nothing hangs on what comes to the same");
}

/// `Tier 4 stays the lowest that is enough under 14 of 22 changed assumptions; token_gate and
/// gateway_replicas move it.`
fn readings(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    let enough = truth.enough();
    if text.eat("No tier is enough under ") {
        assert_eq!(enough, None);
    } else {
        assert_eq!(Some(text.tier()), enough, "the lowest that is enough");
        text.want(" stays the lowest that is enough under ");
    }
    let known = known(truth);
    let all = known.len();
    let mut movers: Vec<&str> = Vec::new();
    for (name, moves) in &known {
        if *moves && !movers.contains(&name.as_str()) {
            movers.push(name);
        }
    }
    if text.eat("all ") || text.eat("any of ") {
        assert_eq!(text.count(), all as u64);
        text.want(" changed assumptions.");
        assert!(movers.is_empty(), "{movers:?} move it");
        return "so under all changed assumptions";
    }
    let held = known.iter().filter(|(_, moves)| !moves).count();
    assert_eq!(text.count(), held as u64, "so many of {known:?}");
    text.want(" of ");
    assert_eq!(text.count(), all as u64, "of so many of {known:?}");
    text.want(" changed assumptions; ");
    let listed = text.until(".");
    let verbs = [" moves it", " move it", " makes one enough", " make one enough"];
    let names = verbs.iter().find_map(|verb| listed.strip_suffix(verb));
    let names = names.unwrap_or_else(|| panic!("no verb in {listed:?}"));
    let mut names: Vec<&str> = names.split(", ").flat_map(|part| part.split(" and ")).collect();
    let more = names.last().and_then(|last| last.strip_suffix(" more")).map(counted);
    if more.is_some() {
        let _ = names.pop();
        assert_eq!(names.len(), NAMED);
    }
    assert_eq!(names.len() + more.unwrap_or(0), movers.len(), "{movers:?}");
    assert!(names.iter().all(|name| movers.contains(name)), "{names:?} of {movers:?}");
    "so under some changed assumptions"
}

/// Of every reading of which it is known: its assumption, and whether it makes another tier enough.
fn known(truth: &Truth<'_>) -> Vec<(String, bool)> {
    let top = truth.tiers().last().copied();
    let moves = |tried: &[(u32, bool)]| {
        let at = |tier: u32| {
            let mut there = tried.iter().filter(|(one, _)| *one == tier).peekable();
            there.peek()?;
            Some(there.any(|(_, met)| *met))
        };
        let lowest = tried.iter().filter(|(_, met)| *met).map(|(tier, _)| *tier).min();
        match (truth.enough(), lowest) {
            (Some(enough), Some(lowest)) if lowest <= enough => Some(lowest < enough),
            // It fails there now: whether a higher one is enough, or none is, must have been tried.
            (Some(enough), lowest) => {
                let told = lowest.is_some() || top.and_then(at).is_some();
                (at(enough).is_some() && told).then_some(true)
            }
            (None, lowest) => Some(lowest.is_some()),
        }
    };
    let variants = truth.readings.iter();
    variants.filter_map(|(name, tried)| Some((name.clone(), moves(tried)?))).collect()
}

/// What the verdict may claim to be met: what ships where that meets everything, else whatever does
/// on the account's tier, else on the lowest that is enough.
fn claimed(truth: &Truth<'_>) -> Vec<(u32, String)> {
    let yours = truth.draft.yours;
    let meeting = |tier: u32| -> Vec<(u32, String)> {
        let there = truth.on(tier).filter(|(name, _)| truth.meets(tier, name) == Some(true));
        there.map(|(name, _)| (tier, name.to_owned())).collect()
    };
    if let Some(ship) = truth.draft.ship
        && truth.meets(yours, ship) == Some(true)
    {
        return vec![(yours, ship.to_owned())];
    }
    let here = meeting(yours);
    if here.is_empty() { truth.enough().map(meeting).unwrap_or_default() } else { here }
}

/// In how many replications a cell meets what it meets least often, out of the counts of each; a
/// percentile of one replication is not in them, so it may be met in fewer.
fn met_in(truth: &Truth<'_>, tier: u32, name: &str) -> std::ops::RangeInclusive<u64> {
    let key = CellKey::new(Some(&format!("build-{tier}")), name);
    let cell = truth.record.cell(&key).unwrap_or_else(|| panic!("no {key}"));
    let whole = cell.whole();
    let met = |goal: &Goal| {
        let meets = whole.leaves().iter().map(derive::shares).filter(|shares| match goal {
            Goal::InTime(least) => shares.in_time.is_some_and(|share| share >= *least),
            Goal::Refused(below) => shares.status_429.is_some_and(|share| share < *below),
            Goal::WaitP90(_) => true,
        });
        meets.count() as u64
    };
    let goals = &truth.draft.goals;
    let least = goals.iter().map(met).min().unwrap_or(0);
    let waits = goals.iter().any(|goal| matches!(goal, Goal::WaitP90(_)));
    if waits { 0..=least } else { least..=least }
}

/// `two`, `15`.
fn counted(word: &str) -> usize {
    let known = (0..10).find(|value| report::numbers::in_words(*value) == word);
    let digits = || word.parse().ok();
    known.or_else(digits).unwrap_or_else(|| panic!("{word:?} is no number"))
}
