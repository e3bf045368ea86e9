//! The tables of the first screen, and the moment of the first 429.

use crate::draft::Goal;
use crate::drawn::{Asked, Best, Drawn};
use crate::text::{Printed, Text};
use crate::truth::{Truth, is_met};

/// How many strategies meet everything on each tier.
pub(crate) fn meeting(drawn: &Drawn, truth: &Truth<'_>) {
    for (tier, said) in truth.tiers().into_iter().zip(&drawn.meeting) {
        let mut text = Text(said);
        let meeting = u64::try_from(truth.meeting(tier)).unwrap_or(u64::MAX);
        assert_eq!(text.count(), meeting, "on tier {tier}: {said}");
        text.want(" of ");
        assert_eq!(text.count(), truth.on(tier).count() as u64, "on tier {tier}: {said}");
    }
}

/// The best strategy of each tier, and its figures.
pub(crate) fn best(drawn: &Drawn, truth: &Truth<'_>) {
    let tiers = truth.tiers();
    assert!(drawn.best.is_empty() || drawn.best.len() == tiers.len(), "a row for each tier");
    for (row, tier) in drawn.best.iter().zip(tiers) {
        assert_eq!(Text(&row.tier).tier(), tier);
        // Where several do the very same, none is named, and each has these figures.
        let any = row.strategy == "any" || row.strategy.starts_with("any of ");
        let mut named = truth.on(tier).filter(|(name, _)| any || *name == row.strategy);
        let alike = named.any(|(name, _)| figures(row, truth, tier, name));
        assert!(alike, "on tier {tier} “{}” has not {:?}", row.strategy, row.figures);
        if !any {
            remark(row, truth, tier);
        }
    }
}

fn figures(row: &Best, truth: &Truth<'_>, tier: u32, name: &str) -> bool {
    let cell = truth.cell(tier, name);
    let [in_time, refused, rest @ ..] = row.figures.as_slice() else { return false };
    let (Some(wait), Some(cost)) = (rest.first(), rest.get(1)) else { return false };
    let each = cell.cost_usd.as_ref().and_then(|cost| cost.per_1000_in_time);
    is(in_time, cell.share.in_time, Text::share)
        && is(refused, cell.share.status_429, Text::share)
        && is(wait, cell.wait_s.p95, Text::seconds)
        && is(cost, each, Text::dollars)
}

/// Whether this is how a value is printed; a word stands for none.
fn is<'a>(said: &'a str, value: Option<f64>, read: impl Fn(&mut Text<'a>) -> Printed) -> bool {
    match (said, value) {
        ("no samples" | "none sent" | "none", value) => value.is_none(),
        (_, Some(value)) => read(&mut Text(said)).holds(value),
        (_, None) => false,
    }
}

/// What is said of the best, and that none is better.
fn remark(row: &Best, truth: &Truth<'_>, tier: u32) {
    let (meeting, all) = (truth.meeting(tier), truth.on(tier).count());
    let meets = truth.meets(tier, &row.strategy);
    if row.remark.starts_with("misses") {
        assert_eq!((meets, meeting), (Some(false), 0), "{}", row.remark);
        let mine = truth.cell(tier, &row.strategy).share.in_time;
        let better = truth
            .on(tier)
            .find(|(name, cell)| truth.meets(tier, name).is_some() && cell.share.in_time > mine);
        assert!(better.is_none(), "on tier {tier} “{:?}” is better", better.map(|(name, _)| name));
    } else if row.remark.ends_with("meet everything") {
        assert_eq!(row.remark, format!("all {all} meet everything"));
        assert_eq!(meeting, all);
    } else if row.remark.starts_with("meets everything") {
        assert_eq!(meets, Some(true));
    }
}

/// What is expected, and what each column comes to.
pub(crate) fn expected(drawn: &Drawn, truth: &Truth<'_>) {
    assert_eq!(drawn.expected.is_empty(), truth.draft.goals.is_empty());
    for Asked { what, bound, figures } in &drawn.expected {
        let goal = truth.draft.goals.iter().copied().find(|goal| is_of(*goal, what));
        let goal = goal.unwrap_or_else(|| panic!("nobody expects anything of “{what}”"));
        let asked = Text(bound.trim_start_matches(|letter: char| !letter.is_ascii_digit()));
        let (asked, limit) = match goal {
            Goal::InTime(limit) | Goal::Refused(limit) => ({ asked }.share(), limit),
            Goal::WaitP90(limit) => ({ asked }.seconds(), limit),
        };
        assert!(asked.holds(limit), "{bound}: {limit}");
        assert_eq!(figures.len(), drawn.asked_of.len(), "a figure in each column");
        for ((tier, name), (figure, verdict)) in drawn.asked_of.iter().zip(figures) {
            let cell = truth.cell(Text(tier).tier(), name);
            let known = match goal {
                Goal::InTime(_) => is(figure, cell.share.in_time, Text::share),
                Goal::Refused(_) => is(figure, cell.share.status_429, Text::share),
                Goal::WaitP90(_) => is(figure, cell.wait_s.p90, Text::seconds),
            };
            assert!(known, "{what} on {tier} with “{name}”: {figure}");
            let met = match verdict.as_str() {
                "met" => Some(true),
                "missed" => Some(false),
                _ => None,
            };
            assert_eq!(met, is_met(goal, cell), "{what} on {tier} with “{name}”: {verdict}");
        }
    }
}

fn is_of(goal: Goal, what: &str) -> bool {
    what == match goal {
        Goal::InTime(_) => "Answered in time",
        Goal::Refused(_) => "429s of attempts",
        Goal::WaitP90(_) => "Wait, p90",
    }
}

/// When the first 429 is met: the middle one of the replications that meet any, of
/// two in the middle the earlier.
pub(crate) fn first(drawn: &Drawn, truth: &Truth<'_>) -> bool {
    let Some(said) = &drawn.first else { return false };
    let (_, mut text) =
        said.rsplit_once("“").map_or(("", Text(said)), |(_, rest)| ("", Text(rest)));
    let name = text.until("”");
    text.want(" meets its first 429 after ");
    let cells = truth.record.cells().iter();
    let mut here = cells.filter(|cell| {
        let key = cell.key();
        let tier = format!("build-{}", truth.draft.yours);
        key.is_plain() && key.strategy() == Some(name) && key.tier() == Some(tier.as_str())
    });
    let cell = here.next().unwrap_or_else(|| panic!("“{name}” was not run: {said}"));
    let whole = cell.whole();
    let leaves = whole.leaves();
    let mut firsts: Vec<u64> =
        leaves.iter().filter_map(|leaf| Some(leaf.first_429?.nanos())).collect();
    firsts.sort_unstable();
    let middle = firsts[(firsts.len() - 1) / 2] as f64 / 1e9;
    assert!(text.seconds().holds(middle), "{said}: {middle} s");
    if text.eat(" (median of ") {
        let seeds = if text.eat("the ") { firsts.len() } else { leaves.len() };
        assert_eq!((text.count(), firsts.len()), (seeds as u64, seeds), "{said}");
    }
    true
}
