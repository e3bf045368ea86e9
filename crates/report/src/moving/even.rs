//! From which use on another way to buy tokens pays: dollars an hour of the shared fleet, of
//! batches and of replicas, against tokens an hour, with what this run asks for.
//!
//! Batches are drawn where they cost less, replicas where the scenario says what one can do.

use maud::{Markup, PreEscaped, html};
use money::Money;
use run_record::{EndpointNote, GroupCell, GroupNote, PriceNote, ReplicaNote};

use crate::chart::even::{Costs, Even, Use, Way};
use crate::glossary::term;
use crate::key;
use crate::numbers;
use crate::study::Study;

/// Models that are drawn, where there are more.
const DRAWN: usize = 2;

/// What the same tokens cost in each of several ways.
pub(super) struct Beside<'r> {
    model: &'r str,
    /// The endpoint, and one of its replicas.
    own: Option<(&'r str, &'r ReplicaNote)>,
    /// Dollars a token of this run's mix, on the shared fleet and in a batch.
    shared: f64,
    batch: Option<f64>,
    /// Tokens an hour that this run asks for, in the mean and in its busiest hour.
    mean: f64,
    busiest: Option<f64>,
}

/// A chart for each endpoint or model that can be bought in more than one way; none where none can.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let all = all(study);
    (!all.is_empty()).then(|| html! { @for one in &all { (of(one, all.len() > 1)) } })
}

/// What it says of the first endpoint that has one, in a few words.
pub(super) fn finding(study: &Study<'_>) -> Option<String> {
    let all = all(study);
    let (one, name) = all.iter().find_map(|one| Some((one, one.own?.0)))?;
    if one.crossings().is_empty() {
        return Some(format!("“{name}” never pays at this throughput"));
    }
    let shared = rounded_price(one.shared * one.mean);
    Some(match one.of_own(one.mean) {
        None => format!("“{name}” cannot work off this traffic"),
        Some(own) if own < one.shared * one.mean => format!(
            "“{name}” pays at this traffic: {} an hour, {shared} on the shared fleet",
            rounded_price(own)
        ),
        Some(own) => format!(
            "“{name}” does not pay yet: {} an hour, {shared} on the shared fleet",
            rounded_price(own)
        ),
    })
}

/// What a replica costs, and from which use on it pays, of the first endpoint that is known.
pub(super) fn replica(study: &Study<'_>) -> Option<(String, String)> {
    let all = all(study);
    let (one, (name, replica)) = all.iter().find_map(|one| Some((one, one.own?)))?;
    let costs = format!("{} an hour for a replica of “{name}”", numbers::price(replica.hourly));
    let pays = match one.crossings().first() {
        Some((tokens, _)) => format!("{} tokens an hour", numbers::about(*tokens)),
        None => "never at this throughput".to_owned(),
    };
    Some((costs, pays))
}

fn all<'r>(study: &Study<'r>) -> Vec<Beside<'r>> {
    let header = study.record.header();
    let Some(cell) = study.money_cell() else { return Vec::new() };
    let groups: Vec<(&GroupNote, &GroupCell)> = header.groups.iter().zip(cell.groups()).collect();
    let mut seen: Vec<(&str, Option<&str>)> = Vec::new();
    let mut all: Vec<Beside<'r>> = Vec::new();
    for (note, _) in &groups {
        let whose = whose(note);
        if note.batch || seen.contains(&whose) {
            continue;
        }
        seen.push(whose);
        let callers: Vec<(&'r GroupNote, &'r GroupCell)> = groups
            .iter()
            .filter(|(other, _)| !other.batch && self::whose(other) == whose)
            .copied()
            .collect();
        all.extend(beside(study, note, &callers));
    }
    all.truncate(DRAWN);
    all
}

/// Jobs that are bought together: those of an endpoint, else those of a model.
fn whose(note: &GroupNote) -> (&str, Option<&str>) {
    (&note.model, note.endpoint.as_ref().map(|one| one.name.as_str()))
}

/// None where there is but one way, or where nobody says what the shared fleet costs.
fn beside<'r>(
    study: &Study<'_>,
    note: &'r GroupNote,
    callers: &[(&'r GroupNote, &'r GroupCell)],
) -> Option<Beside<'r>> {
    let counts = |group: &GroupCell| {
        let leaves = group.leaves().iter();
        leaves.fold((0_u64, 0_u64, 0_u64), |(jobs, prompt, answer), leaf| {
            let tokens = leaf.tokens.offered;
            (jobs + leaf.jobs.offered, prompt + tokens.prompt, answer + tokens.answer)
        })
    };
    let tokens: u64 = callers
        .iter()
        .map(|(_, group)| counts(group))
        .map(|(_, prompt, answer)| prompt + answer)
        .sum();
    if tokens == 0 {
        return None;
    }
    // A sum over all callers, or none where one of them has no such price.
    let each = |price: &dyn Fn(&'r GroupNote) -> Option<&'r PriceNote>| {
        let costs = callers.iter().map(|(note, group)| {
            let (jobs, prompt, answer) = counts(group);
            Some(price(note)?.tariff().of(jobs, prompt, answer).in_dollars())
        });
        costs.sum::<Option<f64>>().map(|all| all / tokens as f64)
    };
    let at = note.endpoint.as_ref();
    let own = at.or(note.beside.as_ref()).and_then(replica_of);
    let at = at.and_then(replica_of).map(|(_, replica)| replica);
    let (shared, batch) = match at {
        Some(replica) => (each(&|_| replica.shared.as_ref()), each(&|_| replica.batch.as_ref())),
        None if note.endpoint.is_some() => return None,
        None => (each(&|note| note.price.as_ref()), each(&|note| note.batched.as_ref())),
    };
    let runs = callers.first().map_or(1, |(_, group)| group.leaves().len().max(1)) as f64;
    (own.is_some() || batch.is_some()).then_some(Beside {
        model: &note.model,
        own,
        shared: shared.filter(|each| *each > 0.0)?,
        batch,
        mean: tokens as f64 / runs / study.lasts().max(1.0) * 3_600.0,
        busiest: busiest(callers).map(|most| most / runs),
    })
}

/// One replica of an endpoint, where it is known what it costs and can do.
fn replica_of(endpoint: &EndpointNote) -> Option<(&str, &ReplicaNote)> {
    let replica = endpoint.replica.as_ref()?;
    let known = replica.tokens_per_hour > 0 && !replica.hourly.is_zero();
    known.then_some((endpoint.name.as_str(), replica))
}

/// The most tokens due within an hour, over all replications; none of a run below two hours, whose
/// mean says as much.
fn busiest(callers: &[(&GroupNote, &GroupCell)]) -> Option<f64> {
    const HOUR: u64 = 3_600_000_000_000;
    let series = callers.first()?.1.series()?;
    let width = series.width.nanos().max(1);
    let steps = usize::try_from(HOUR / width).ok().filter(|steps| *steps > 0)?;
    let mut sums: Vec<u64> = Vec::new();
    for (_, group) in callers {
        let column = group.series()?.tokens_due.as_slice();
        if sums.len() < column.len() {
            sums.resize(column.len(), 0);
        }
        sums.iter_mut().zip(column).for_each(|(sum, tokens)| *sum += tokens);
    }
    if sums.len() < 2 * steps {
        return None;
    }
    sums.windows(steps).map(|hour| hour.iter().sum::<u64>()).max().map(|most| most as f64)
}

impl Beside<'_> {
    fn costs(&self) -> Option<Costs> {
        let (_, replica) = self.own?;
        let ReplicaNote { hourly, tokens_per_hour, most, .. } = replica;
        Some(Costs::ByHour(hourly.in_dollars(), *tokens_per_hour as f64, *most))
    }

    /// Dollars an hour that replicas cost for so many tokens; none where there are none, or they
    /// cannot do as many.
    fn of_own(&self, tokens: f64) -> Option<f64> {
        self.costs()?.at(tokens)
    }

    /// Where so many replicas cost as much as the shared fleet: for each number of them that meets
    /// it at all.
    fn crossings(&self) -> Vec<(f64, f64)> {
        let Some((_, replica)) = self.own else { return Vec::new() };
        let (hourly, each) = (replica.hourly.in_dollars(), replica.tokens_per_hour as f64);
        let meets = (1..=replica.most).map(f64::from).filter_map(|replicas| {
            let tokens = hourly * replicas / self.shared;
            let within = tokens > each * (replicas - 1.0) && tokens <= each * replicas;
            within.then_some((tokens, hourly * replicas))
        });
        meets.take(4).collect()
    }

    /// The right end of the chart.
    fn end(&self) -> f64 {
        let first = self.crossings().first().map_or(0.0, |(tokens, _)| tokens * 1.5);
        let asked = self.busiest.unwrap_or(0.0).max(self.mean) * 1.2;
        let wide = self.own.map_or(0.0, |(_, replica)| {
            f64::min(f64::from(replica.most), 2.0) * replica.tokens_per_hour as f64 * 1.05
        });
        [first, asked, wide].into_iter().fold(0.0, f64::max)
    }

    /// The crossing in words, and on which side of it this run is.
    fn sentences(&self) -> Vec<String> {
        let mut sentences = self.crossing();
        let own = self.of_own(self.mean);
        let mut costs = vec![format!(
            "the shared fleet costs {} for them",
            rounded_price(self.shared * self.mean)
        )];
        costs.extend(self.batch.map(|each| format!("a batch {}", rounded_price(each * self.mean))));
        costs.extend(
            self.own.zip(own).map(|((name, _), own)| format!("“{name}” {}", rounded_price(own))),
        );
        let costs: Vec<&str> = costs.iter().map(String::as_str).collect();
        let asks = format!("This run asks for {} tokens an hour", numbers::about(self.mean));
        sentences.push(format!("{asks}: {} an hour.", numbers::listed(&costs)));
        if let Some((name, replica)) = self.own.filter(|_| own.is_none()) {
            let all = match replica.most {
                1 => "the one replica".to_owned(),
                most => format!("all {most} replicas"),
            };
            sentences.push(format!("That is more than {all} of “{name}” can do."));
        }
        sentences
    }

    /// Where a replica and the shared fleet cost the same.
    fn crossing(&self) -> Vec<String> {
        let Some((name, replica)) = self.own else { return Vec::new() };
        let (hourly, each) = (replica.hourly, replica.tokens_per_hour as f64);
        let shared = format!("{} per 1M tokens", rounded_price(self.shared * 1e6));
        let crossings = self.crossings();
        let Some((tokens, _)) = crossings.first() else {
            return vec![format!(
                "“{name}” never pays at this throughput: a replica at its full {} tokens an hour \
                 costs {}, and the shared fleet, at {shared}, asks {} for as many.",
                numbers::about(each),
                numbers::price(hourly),
                rounded_price(self.shared * each)
            )];
        };
        let mut sentences = vec![format!(
            "A replica of “{name}” costs {} an hour, the shared fleet {shared} of this mix: the \
             replica pays from {} tokens an hour on, and can do {}.",
            numbers::price(hourly),
            numbers::about(*tokens),
            numbers::about(each)
        )];
        if let Some((two, _)) = crossings.get(1) {
            sentences.push(format!(
                "More takes a second replica, and two pay from {} on.",
                numbers::about(*two)
            ));
        }
        sentences
    }
}

/// Dollars that are a quotient.
fn rounded_price(dollars: f64) -> String {
    let micros = if dollars.is_finite() { dollars * 1e6 } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, far beyond any price")]
    let amount = Money::from_pico(i128::from((micros + 0.5).floor() as i64) * 1_000_000);
    numbers::dollars(amount)
}

fn of(one: &Beside<'_>, several: bool) -> Markup {
    let chart = chart(one);
    let narrow = Even {
        size: (360.0, 260.0),
        margins: (44.0, 40.0, 84.0, 26.0),
        class: "ch narrow",
        ..chart.clone()
    };
    html! {
        figure {
            figcaption {
                h3 {
                    @if one.own.is_some() { "From when a machine of one’s own pays: dollars" }
                    @else { "Dollars" }
                    " an hour, by tokens an hour"
                    @if several { " " span.u { (one.model) } }
                }
                ul.key {
                    (key::line("by-token", "shared fleet"))
                    @if one.batch.is_some() { (key::line("by-batch", "batch")) }
                    @if let Some((name, _)) = one.own {
                        (key::line("by-hour", &format!("“{name}”, by replicas")))
                    }
                    (key::line("offered", "this run"))
                    @if !chart.crossings.is_empty() { li { "ring: " (term("break-even", "both cost the same")) } }
                }
            }
            @for sentence in one.sentences() { p { (sentence) } }
            (PreEscaped(chart.draw()))
            (PreEscaped(narrow.draw()))
        }
    }
}

fn chart(one: &Beside<'_>) -> Even {
    let mut ways = vec![Way {
        class: "by-token",
        label: "shared fleet".to_owned(),
        costs: Costs::ByToken(one.shared),
    }];
    ways.extend(one.batch.map(|each| Way {
        class: "by-batch",
        label: "batch".to_owned(),
        costs: Costs::ByToken(each),
    }));
    ways.extend(one.costs().map(|costs| Way { class: "by-hour", label: "own".to_owned(), costs }));
    let mut uses = vec![Use { tokens: one.mean, label: "this run, mean".to_owned() }];
    uses.extend(one.busiest.map(|tokens| Use { tokens, label: "its busiest hour".to_owned() }));
    let beside = one.own.map_or_else(String::new, |(name, _)| format!(" and “{name}”"));
    Even {
        size: (572.0, 300.0),
        margins: (60.0, 40.0, 104.0, 26.0),
        end: one.end(),
        crossings: one.crossings().into_iter().filter(|(tokens, _)| *tokens <= one.end()).collect(),
        ways,
        uses,
        class: "ch wide",
        label: format!("dollars an hour by tokens an hour: the shared fleet{beside}"),
    }
}
