//! The matrix, every figure of every cell, both books of both runs, and what it takes to repeat.

use maud::{Markup, html};
use run_record::{Agreement, AgreementFigure, Compared, ComparedCell, Header, Leaf, Pair, Verdict};

use super::words;
use crate::numbers::{self, Share};
use crate::sign;
use crate::study::Standing;

/// Tiers across, strategies down, each with its share of 429s simulated and live; none for one
/// cell, or where something else than tier and strategy sets cells apart.
pub(super) fn matrix(pair: &Pair<'_>, agreement: &Agreement) -> Option<Markup> {
    let header = pair.live().header();
    let cells: Vec<&ComparedCell> = agreement.wholes().filter(|cell| cell.key.is_plain()).collect();
    if cells.len() < 2 {
        return None;
    }
    let mut tiers: Vec<Option<&str>> = cells.iter().map(|cell| cell.key.tier()).collect();
    tiers.dedup();
    let mut strategies: Vec<Option<&str>> = Vec::new();
    for cell in &cells {
        if !strategies.contains(&cell.key.strategy()) {
            strategies.push(cell.key.strategy());
        }
    }
    let at = |tier: Option<&str>, strategy: Option<&str>| {
        cells.iter().find(|cell| (cell.key.tier(), cell.key.strategy()) == (tier, strategy))
    };
    Some(html! {
        div.card {
            h2.small-head {
                "Where they agree "
                span.u.below { "attempts answered 429, %: simulated, then live" }
            }
            table.matrix {
                caption.unseen { "Share of attempts answered 429, simulated and live, by strategy and tier" }
                thead {
                    tr {
                        th.corner scope="col" { "Strategy" }
                        @for tier in &tiers {
                            th scope="col" {
                                span.tier { (tier.map_or_else(|| "All".to_owned(), |tier| words::tier_title(header, tier))) }
                            }
                        }
                    }
                }
                tbody {
                    @for strategy in &strategies {
                        tr {
                            th scope="row" { (strategy.unwrap_or("")) }
                            @for tier in &tiers {
                                @match at(*tier, *strategy) {
                                    Some(cell) => (square(agreement, cell)),
                                    None => td.none { span.u { "not in both" } },
                                }
                            }
                        }
                    }
                }
            }
            ul.key {
                @for standing in [Standing::Meets, Standing::Misses, Standing::Unjudged] {
                    li { (sign::of(standing)) (agreeing(standing)) }
                }
            }
        }
    })
}

fn square(agreement: &Agreement, cell: &ComparedCell) -> Markup {
    // A group can miss what its cell meets.
    let all = agreement.cells.iter().filter(|one| one.key == cell.key);
    let standing = standing(Verdict::worst(all.map(|one| one.verdict)));
    let share = |leaf: &Leaf| {
        let share = Share::new(leaf.attempts.with_status(429), leaf.attempts.sent);
        share.map_or_else(|| "none sent".to_owned(), Share::refused_in_cell)
    };
    html! {
        td class=(sign::class(standing)) {
            span.share {
                (sign::of(standing)) b { (share(&cell.simulated)) " → " (share(&cell.live)) }
            }
            span.unseen { (agreeing(standing)) }
        }
    }
}

const fn standing(verdict: Verdict) -> Standing {
    match verdict {
        Verdict::Met => Standing::Meets,
        Verdict::Missed => Standing::Misses,
        Verdict::Unjudged => Standing::Unjudged,
    }
}

const fn agreeing(standing: Standing) -> &'static str {
    match standing {
        Standing::Misses => "differs in a figure",
        Standing::Unjudged => "not judged",
        Standing::Meets | Standing::OnAverage | Standing::InTime | Standing::Unasked => {
            "agrees in every figure"
        }
    }
}

/// Every figure of every cell.
pub(super) fn figures(pair: &Pair<'_>, agreement: &Agreement) -> Markup {
    let header = pair.live().header();
    let all = || agreement.cells.iter().flat_map(|cell| &cell.figures);
    let missed = all().filter(|one| one.verdict == Verdict::Missed).count();
    let judged = all().filter(|one| one.verdict != Verdict::Unjudged).count();
    let told = AgreementFigure::ALL
        .into_iter()
        .filter(|figure| all().any(|one| one.figure == *figure && !words::is_other_seeds(one)));
    let told: Vec<AgreementFigure> = told.collect();
    html! {
        section.section #figures {
            p.question { "How far apart are they?" }
            h2 {
                @match missed {
                    _ if super::are_other_runs(agreement) => "The figures of two different rehearsals",
                    0 => { "Every figure that can be compared is within its tolerance" },
                    some => { (numbers::count(some as u64)) " of " (numbers::count(judged as u64)) " figures lie beyond their tolerance" },
                }
            }
            div.scroll tabindex="0" {
                table.data.figures {
                    thead {
                        tr {
                            th scope="col" { "simulated → live" }
                            @for figure in &told {
                                th.n scope="col" {
                                    (words::figure(*figure))
                                    @if let Some(bound) = bound(*figure, agreement) {
                                        span.u { "may differ by " (bound) }
                                    }
                                }
                            }
                        }
                    }
                    tbody {
                        @for cell in &agreement.cells {
                            tr.group[cell.group.is_some()] {
                                th scope="row" { (cell.group.as_ref().map_or_else(|| words::title(header, cell), String::clone)) }
                                @for one in cell.figures.iter().filter(|one| told.contains(&one.figure)) {
                                    (compared(one))
                                }
                            }
                        }
                    }
                }
            }
            (tolerances(agreement))
        }
    }
}

/// Both figures, and how far apart they are; for waiting and the jobs of users also how far they
/// may be, which differs from cell to cell.
fn compared(one: &Compared) -> Markup {
    let of_users = one.figure == AgreementFigure::Offered && one.allowed > 0;
    let own = (one.figure.is_of_waiting() || of_users) && one.difference.is_some();
    html! {
        td.n.no[one.verdict == Verdict::Missed] {
            b { (words::value(one.simulated)) " → " (words::value(one.live)) }
            span.u {
                (sign::of(standing(one.verdict)))
                @if one.difference.is_some() { (words::difference(one)) }
                @if own { " of " (words::allowed(one)) }
                @if one.unjudged.is_some() { " " (words::standing(one)) }
                @if one.unjudged.is_none() { span.unseen { ", " (words::standing(one)) } }
            }
        }
    }
}

/// What every cell may differ by; none where that depends on the cell.
fn bound(figure: AgreementFigure, agreement: &Agreement) -> Option<String> {
    let allowed = &agreement.tolerances;
    match figure {
        AgreementFigure::Offered => (!of_users(agreement)).then(|| "nothing".to_owned()),
        AgreementFigure::Status429 => Some(words::points(allowed.status_429.0)),
        AgreementFigure::Answered => Some(words::points(allowed.answered.0)),
        AgreementFigure::AttemptsPerJob => Some(words::percent(allowed.attempts_per_job.0)),
        AgreementFigure::WaitMean | AgreementFigure::WaitP50 | AgreementFigure::WaitP95 => None,
    }
}

/// Whether any jobs are those of users, of whom another number may be offered.
fn of_users(agreement: &Agreement) -> bool {
    let mut figures = agreement.cells.iter().flat_map(|cell| &cell.figures);
    figures.any(|one| one.figure == AgreementFigure::Offered && one.allowed > 0)
}

fn tolerances(agreement: &Agreement) -> Markup {
    let allowed = &agreement.tolerances;
    html! {
        p.note {
            "Both runs meet the same jobs, so what may differ is timing: a request that comes a moment \
             later can fall into the next window of a limit, and moves those behind it. So the shares \
             of 429s may lie " (words::points(allowed.status_429.0)) " apart, those of answers "
            (words::points(allowed.answered.0)) ", attempts per job "
            (words::percent(allowed.attempts_per_job.0)) ". Waiting may differ by "
            (words::percent(allowed.wait.0)) " or by " (numbers::setting(allowed.wait_at_least.nanos()))
            ", below which a run over sockets shows its scheduler, and its percentiles by what they \
             move when " (words::percent(allowed.wait_ranks.0))
            " of the jobs do, because waits gather where back-offs end. The same number of jobs must \
             have been offered"
            @if of_users(agreement) {
                ", but that users ask again when they are answered, so that theirs may be "
                (words::percent(allowed.jobs_of_users.0))
                " more or fewer, and one more or fewer of each user is not judged"
            }
            "; that both books balance goes without saying, or there would be no \
             record. A difference of one job or attempt among few is not judged."
        }
    }
}

/// Both books of both runs.
pub(super) fn books(pair: &Pair<'_>, agreement: &Agreement) -> Markup {
    let header = pair.live().header();
    html! {
        section.section #books {
            p.question { "Was anything lost?" }
            h2 { "Both books of both runs balance" }
            div.scroll tabindex="0" {
                table.data.balance {
                    thead {
                        tr {
                            th scope="col" { "Run" }
                            th.n scope="col" { "Jobs offered" }
                            th.n scope="col" { "answered" }
                            th.n scope="col" { "gave up" }
                            th.n scope="col" { "unfinished" }
                            th.n scope="col" { "Attempts" }
                            th.n scope="col" { "answered" }
                            th.n scope="col" { "refused" }
                            th.n scope="col" { "failed" }
                            th.n scope="col" { "unanswered" }
                            th.n scope="col" { "cancelled" }
                            th.n scope="col" { "open" }
                        }
                    }
                    tbody {
                        @for cell in agreement.wholes() {
                            tr.part { th scope="rowgroup" colspan="12" { (words::title(header, cell)) } }
                            (book("simulated", &cell.simulated))
                            (book("live", &cell.live))
                        }
                    }
                }
            }
        }
    }
}

fn book(run: &str, leaf: &Leaf) -> Markup {
    let Leaf { jobs, attempts, .. } = leaf;
    html! {
        tr {
            th scope="row" { (run) }
            @for count in [
                jobs.offered, jobs.answered, jobs.gave_up, jobs.unfinished, attempts.sent,
                attempts.ok, attempts.refused, attempts.failed, attempts.unanswered,
                attempts.cancelled, attempts.open,
            ] {
                td.n { (numbers::count(count)) }
            }
        }
    }
}

/// What the two runs were.
pub(super) fn appendix(pair: &Pair<'_>, agreement: &Agreement) -> Markup {
    let (simulated, live) = (pair.simulated().header(), pair.live().header());
    let row = |name: &str, of: &dyn Fn(&Header) -> String| {
        html! { tr { th scope="row" { (name) } td { (of(simulated)) } td { (of(live)) } } }
    };
    let target = |header: &Header| {
        header
            .live
            .as_ref()
            .map_or_else(|| "none: virtual time".to_owned(), |note| note.target.clone())
    };
    html! {
        section.section #appendix {
            p.question { "Appendix" }
            h2 { "The two runs" }
            div.scroll tabindex="0" {
                table.data.words.runs {
                    thead {
                        tr {
                            td {}
                            th scope="col" { "Simulated" }
                            th scope="col" { "Live" }
                        }
                    }
                    tbody {
                        (row("Scenario", &|header| header.recipe.scenario.file.clone()))
                        (row("its sha256", &|header| header.recipe.scenario.sha256.clone()))
                        (row("Rules", &|header| header.recipe.edition.name.clone()))
                        (row("Trace", &|header| header.recipe.trace.as_ref().map_or_else(|| "none".to_owned(), |trace| trace.sha256.clone())))
                        (row("First seed", &|header| header.recipe.seed.to_string()))
                        (row("Engine", &|header| header.recipe.engine.to_string()))
                        (row("Jobs fall due for", &|header| numbers::setting(header.lasts.nanos())))
                        (row("and drain for", &|header| numbers::setting(header.drain.nanos())))
                        (row("Target", &target))
                        (row("Command", &|header| header.command.clone()))
                    }
                }
            }
            @if !agreement.only_simulated.is_empty() {
                p.note {
                    "Simulated only: "
                    (agreement.only_simulated.iter().map(|key| words::key(simulated, key)).collect::<Vec<_>>().join("; ")) "."
                }
            }
            @if !agreement.only_live.is_empty() {
                p.note {
                    "Live only: "
                    (agreement.only_live.iter().map(|key| words::key(live, key)).collect::<Vec<_>>().join("; ")) "."
                }
            }
        }
    }
}
