//! From which use on a machine of one's own pays: dollars an hour of the shared fleet, of batches
//! and of replicas, against tokens an hour, with what this run asks for.

use maud::{Markup, PreEscaped, html};
use money::Money;
use run_record::{GroupCell, GroupNote, PriceNote, ReplicaNote};

use crate::chart::even::{Costs, Even, Use, Way};
use crate::glossary::term;
use crate::key;
use crate::numbers;
use crate::study::Study;

/// An endpoint beside what the same tokens cost elsewhere.
struct Beside<'r> {
    name: &'r str,
    replica: &'r ReplicaNote,
    /// Dollars a token of this run's mix, on the shared fleet and in a batch.
    shared: f64,
    batch: Option<f64>,
    /// Tokens an hour that this run asks for, in the mean and in its busiest hour.
    mean: f64,
    busiest: Option<f64>,
}

/// The chart of each endpoint whose price, throughput and model's price are known; none where none
/// has all of them.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let all = endpoints(study);
    (!all.is_empty()).then(|| html! { @for one in &all { (of(one)) } })
}

/// What it says of the first endpoint that has one, in a few words.
pub(super) fn finding(study: &Study<'_>) -> Option<String> {
    let all = endpoints(study);
    let one = all.first()?;
    if one.crossings().is_empty() {
        return Some(format!("“{}” never pays at this throughput", one.name));
    }
    let shared = one.shared * one.mean;
    Some(match one.own().at(one.mean) {
        Some(own) if own < shared => format!(
            "“{}” pays at this traffic: {} an hour, {} on the shared fleet",
            one.name,
            rounded_price(own),
            rounded_price(shared)
        ),
        Some(own) => format!(
            "“{}” does not pay yet: {} an hour, {} on the shared fleet",
            one.name,
            rounded_price(own),
            rounded_price(shared)
        ),
        None => format!("“{}” cannot work off this traffic", one.name),
    })
}

fn endpoints<'r>(study: &Study<'r>) -> Vec<Beside<'r>> {
    let header = study.record.header();
    let Some(cell) = study.money_cell() else { return Vec::new() };
    let mut all: Vec<Beside<'r>> = Vec::new();
    for note in &header.groups {
        let Some(endpoint) = note.endpoint.as_ref() else { continue };
        if all.iter().any(|one| one.name == endpoint.name) {
            continue;
        }
        let callers: Vec<(&GroupNote, &GroupCell)> = header
            .groups
            .iter()
            .zip(cell.groups())
            .filter(|(note, _)| note.endpoint.as_ref().is_some_and(|one| one.name == endpoint.name))
            .collect();
        all.extend(
            endpoint
                .replica
                .as_ref()
                .and_then(|replica| beside(study, &endpoint.name, replica, &callers)),
        );
    }
    all
}

fn beside<'r>(
    study: &Study<'_>,
    name: &'r str,
    replica: &'r ReplicaNote,
    callers: &[(&GroupNote, &GroupCell)],
) -> Option<Beside<'r>> {
    let leaves = || callers.iter().flat_map(|(_, group)| group.leaves());
    let jobs: u64 = leaves().map(|leaf| leaf.jobs.offered).sum();
    let prompt: u64 = leaves().map(|leaf| leaf.tokens.offered.prompt).sum();
    let answer: u64 = leaves().map(|leaf| leaf.tokens.offered.answer).sum();
    let tokens = prompt + answer;
    if tokens == 0 || replica.tokens_per_hour == 0 || replica.hourly.is_zero() {
        return None;
    }
    let each =
        |price: &PriceNote| price.tariff().of(jobs, prompt, answer).in_dollars() / tokens as f64;
    let runs = callers.first().map_or(1, |(_, group)| group.leaves().len().max(1)) as f64;
    Some(Beside {
        name,
        replica,
        shared: each(replica.shared.as_ref()?),
        batch: replica.batch.as_ref().map(each),
        mean: tokens as f64 / runs / study.lasts().max(1.0) * 3_600.0,
        busiest: busiest(callers).map(|most| most / runs),
    })
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
    fn own(&self) -> Costs {
        let ReplicaNote { hourly, tokens_per_hour, most, .. } = self.replica;
        Costs::ByHour(hourly.in_dollars(), *tokens_per_hour as f64, *most)
    }

    /// Where so many replicas cost as much as the shared fleet: for each number of them that meets
    /// it at all.
    fn crossings(&self) -> Vec<(f64, f64)> {
        let (hourly, each) =
            (self.replica.hourly.in_dollars(), self.replica.tokens_per_hour as f64);
        let meets = (1..=self.replica.most).map(f64::from).filter_map(|replicas| {
            let tokens = hourly * replicas / self.shared;
            let within = tokens > each * (replicas - 1.0) && tokens <= each * replicas;
            within.then_some((tokens, hourly * replicas))
        });
        meets.take(4).collect()
    }

    /// The right end of the chart.
    fn end(&self) -> f64 {
        let each = self.replica.tokens_per_hour as f64;
        let first = self.crossings().first().map_or(0.0, |(tokens, _)| tokens * 1.5);
        let asked = self.busiest.unwrap_or(0.0).max(self.mean) * 1.2;
        let wide = f64::min(f64::from(self.replica.most), 2.0) * each * 1.05;
        [first, asked, wide].into_iter().fold(0.0, f64::max)
    }

    /// The crossing in words, and on which side of it this run is.
    fn sentences(&self) -> Vec<String> {
        let (hourly, each) = (self.replica.hourly, self.replica.tokens_per_hour as f64);
        let shared = format!("{} per 1M tokens", rounded_price(self.shared * 1e6));
        let crossing = match self.crossings().first() {
            Some((tokens, _)) => format!(
                "A replica of “{}” costs {} an hour, the shared fleet {shared} of this mix: the \
                 replica pays from {} tokens an hour on, and can do {}.",
                self.name,
                numbers::price(hourly),
                numbers::about(*tokens),
                numbers::about(each)
            ),
            None => format!(
                "“{}” never pays at this throughput: a replica at its full {} tokens an hour costs \
                 {}, and the shared fleet, at {shared}, asks {} for as many.",
                self.name,
                numbers::about(each),
                numbers::price(hourly),
                rounded_price(self.shared * each)
            ),
        };
        let mut sentences = vec![crossing];
        if let [_, (tokens, _), ..] = self.crossings().as_slice() {
            sentences.push(format!(
                "More takes a second replica, and two pay from {} on.",
                numbers::about(*tokens)
            ));
        }
        if let Some(own) = self.own().at(self.mean) {
            let mut others = vec![format!(
                "the shared fleet costs {} for them",
                rounded_price(self.shared * self.mean)
            )];
            others.extend(
                self.batch.map(|each| format!("a batch {}", rounded_price(each * self.mean))),
            );
            others.push(format!("“{}” {}", self.name, rounded_price(own)));
            let others: Vec<&str> = others.iter().map(String::as_str).collect();
            sentences.push(format!(
                "This run asks for {} tokens an hour: {} an hour.",
                numbers::about(self.mean),
                numbers::listed(&others)
            ));
        } else {
            sentences.push(format!(
                "This run asks for {} tokens an hour, more than all its {} replicas can do.",
                numbers::about(self.mean),
                self.replica.most
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

fn of(one: &Beside<'_>) -> Markup {
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
                h3 { "From when a machine of one’s own pays: dollars an hour, by tokens an hour" }
                ul.key {
                    (key::line("by-token", "shared fleet"))
                    @if one.batch.is_some() { (key::line("by-batch", "batch")) }
                    (key::line("by-hour", &format!("“{}”, by replicas", one.name)))
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
    ways.push(Way { class: "by-hour", label: "own".to_owned(), costs: one.own() });
    let mut uses = vec![Use { tokens: one.mean, label: "this run, mean".to_owned() }];
    uses.extend(one.busiest.map(|tokens| Use { tokens, label: "its busiest hour".to_owned() }));
    Even {
        size: (1_172.0, 300.0),
        margins: (60.0, 40.0, 104.0, 26.0),
        end: one.end(),
        crossings: one.crossings().into_iter().filter(|(tokens, _)| *tokens <= one.end()).collect(),
        ways,
        uses,
        class: "ch wide",
        label: format!("dollars an hour by tokens an hour: the shared fleet and “{}”", one.name),
    }
}
