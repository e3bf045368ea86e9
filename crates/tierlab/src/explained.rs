//! `rules --explain`: what a strategy does about a history of answers, wait by wait.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;

use chance::Seed;
use limits::{Instant, Span};
use rulebook::reading::known;
use run_record::derive;
use serde_json::{Value, json};
use strategies::{
    By, Explained, FirstSendPart, GaveUpBecause, Outcome, Parts, PassedOver, Preset, Route, Then,
    Tried, What, explain,
};

use crate::args::{Format, Rules};
use crate::failure::Failure;
use crate::history::{self, Answer};
use crate::{open, strategies_told};

/// Without a history: refusals that say when to come back, and refusals that do not.
const USUAL: [&str; 2] = ["429 retry-after=1 x6", "429 x6"];

/// A strategy with what it is called.
struct Named {
    name: String,
    /// Its release, or where it is written.
    of: String,
    parts: Parts,
}

/// What the strategy of that name does, in the form asked for.
pub(crate) fn told(name: &str, said: &Rules) -> Result<String, Failure> {
    let named = match &said.edition {
        Some(file) => written_in(Path::new(file), name)?,
        None => Named::of(strategies_told::named(name)?),
    };
    let written = match said.history.as_slice() {
        [] => USUAL.map(str::to_owned).to_vec(),
        some => some.to_vec(),
    };
    let histories: Result<Vec<_>, _> = written.iter().map(|text| history::read(text)).collect();
    let histories = histories.map_err(Failure::usage)?;
    // Limits that a client would be told beforehand depend on the tier, and none is asked for here.
    let stack = named.parts.resolve(None);
    let deadline = said.deadline.map(|after| Instant::START.after(after));
    let told = histories.into_iter().map(|answers| {
        let heard: Vec<_> = answers.iter().map(|answer| answer.heard).collect();
        let told = explain(&stack, &heard, deadline, Seed(said.seed));
        (answers, told)
    });
    let told: Vec<(Vec<Answer>, Explained)> = told.collect();
    match said.format {
        Format::Text => Ok(text(&named, said.seed, &told)),
        Format::Json => document(&named, said.seed, &told),
    }
}

impl Named {
    fn of(preset: &Preset) -> Self {
        let of = format!("{}  {}", preset.version(), preset.title());
        Self { name: preset.name().to_owned(), of, parts: preset.parts() }
    }
}

/// The strategy of that name in a scenario.
fn written_in(file: &Path, name: &str) -> Result<Named, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
    let all = open::parsed(file, &text)?.strategies;
    let of = file.display().to_string();
    let found = all.iter().find(|named| named.name == name);
    let found = found.map(|named| Named { name: named.name.clone(), of, parts: named.parts });
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
        let file = file.display();
        Failure::usage(format!("{file} has no strategy `{name}`: {}", known(name, &names)))
    })
}

fn text(named: &Named, seed: u64, told: &[(Vec<Answer>, Explained)]) -> String {
    let mut text = format!("{}  {}\n\n", named.name, named.of);
    let parts = What::ALL.into_iter().filter_map(|what| Some((what, what.said_by(&named.parts)?)));
    for (what, value) in parts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<10}  {value}", what.name());
    }
    for (answers, told) in told {
        let _ = writeln!(text, "\nit hears {}\n", history::written(answers));
        for (place, tried) in told.tries.iter().enumerate() {
            let to = if tried.route == Route::Elsewhere { " elsewhere" } else { "" };
            let heard = answers.get(place).map_or("here the history ends", |it| &it.written);
            let _ = writeln!(text, "  try {} at {}{to}: {heard}", tried.n, span(since(tried.at)));
            for line in says(tried, told) {
                let _ = writeln!(text, "      {line}");
            }
        }
        let last = told.tries.iter().any(|tried| tried.then == Then::Ends);
        if let Some((at, Outcome::GaveUp(because))) = told.ends.filter(|_| !last) {
            let _ = writeln!(text, "  at {}: {}", span(since(at)), gives_up(because));
        }
    }
    let _ = writeln!(text, "\n{}", notes(&named.parts, seed).join("\n"));
    text
}

/// What becomes of an attempt, in lines.
fn says(tried: &Tried, told: &Explained) -> Vec<String> {
    let mut lines = Vec::new();
    if !tried.held.is_zero() {
        lines.push(format!("held back for {} before that", span(tried.held)));
    }
    match tried.then {
        Then::Waits { wait, by: By::Hint(said), .. } => lines.push(match said {
            said if said == wait => format!("waits {}, as the hint says", span(wait)),
            said => format!("waits {} for the hint of {}", span(wait), span(said)),
        }),
        Then::Waits { wait, by: By::Formula { k, instead }, least, most } => {
            lines.extend(instead.map(|why| why_not(why).to_owned() + &above(why)));
            lines.push(match (least, most) {
                (least, most) if least == most => format!("waits {} (k = {k})", span(wait)),
                _ => format!(
                    "waits {}, drawn from {} to {} (k = {k})",
                    span(wait),
                    span(least),
                    span(most)
                ),
            });
        }
        Then::Queues => lines.push("waits for its turn: see first_send".to_owned()),
        Then::GoesElsewhere => lines.push("goes elsewhere, at once".to_owned()),
        Then::GoesOn => lines.push("its other attempt may do yet".to_owned()),
        Then::LetsGo => lines.push("lets it go: another answered".to_owned()),
        Then::WaitsForEver => lines.push("waits for ever: it has no time-out".to_owned()),
        Then::Ends => lines.extend(told.ends.map(|(_, how)| match how {
            Outcome::Answered => "is done".to_owned(),
            Outcome::GaveUp(because) => gives_up(because).to_owned(),
        })),
        Then::Open => {}
    }
    lines
}

fn why_not(why: PassedOver) -> &'static str {
    match why {
        PassedOver::NotLookedAt => "looks at no hint",
        PassedOver::NotRead => "cannot read this hint",
        PassedOver::Zero => "takes a hint of 0 for none",
        PassedOver::Above(_) => "takes no hint above ",
        PassedOver::BelowFormula => "takes no hint below its formula",
    }
}

fn above(why: PassedOver) -> String {
    if let PassedOver::Above(most) = why { span(most) } else { String::new() }
}

fn gives_up(because: GaveUpBecause) -> &'static str {
    match because {
        GaveUpBecause::NotRetried => "gives up: it does not retry this",
        GaveUpBecause::TriesSpent => "gives up: its tries are spent",
        GaveUpBecause::Deadline => "gives up: its next try would miss the deadline",
        GaveUpBecause::Elapsed => "gives up: its next try would come too long after the first",
        GaveUpBecause::HintTooLong => "gives up: the hint is longer than it has patience for",
        GaveUpBecause::Budget => "gives up: its budget of retries is spent",
        GaveUpBecause::BreakerOpen => "gives up: its circuit breaker is open",
        GaveUpBecause::Shed => "gives up: it refuses the attempt itself",
        GaveUpBecause::Impossible => "gives up: larger than its limits ever allow",
        GaveUpBecause::Withdrawn => "gives up: nobody wants the answer any more",
    }
}

/// What the reader has to know besides.
fn notes(parts: &Parts, seed: u64) -> Vec<String> {
    let mut notes = vec![format!(
        "k counts retries from 0; U is uniform from 0 to 1, drawn with seed {seed}.\n\
         Answers come at once: all time that passes is the client's own."
    )];
    let counts = [What::Budget, What::Breaker, What::Throttle, What::Elsewhere];
    if counts.into_iter().any(|what| what.said_by(parts).is_some()) {
        notes.push(
            "This is its only job: what it counts over all of them begins at nothing.".to_owned(),
        );
    }
    if matches!(
        parts.first_send,
        FirstSendPart::OwnBucket { .. } | FirstSendPart::SharedBucket { .. }
    ) {
        notes.push(
            "Its bucket is filled by the limits of a tier; without one it holds nothing back."
                .to_owned(),
        );
    }
    notes
}

fn document(
    named: &Named,
    seed: u64,
    told: &[(Vec<Answer>, Explained)],
) -> Result<String, Failure> {
    let histories: Vec<Value> = told
        .iter()
        .map(|(answers, told)| {
            let tries = told.tries.iter().enumerate();
            let tries: Vec<Value> = tries
                .map(|(place, tried)| {
                    json!({
                        "n": tried.n,
                        "at_s": seconds(since(tried.at)),
                        "held_s": seconds(tried.held),
                        "elsewhere": tried.route == Route::Elsewhere,
                        "heard": answers.get(place).map(|answer| &answer.written),
                        "waits": waits(tried.then),
                        "says": says(tried, told),
                    })
                })
                .collect();
            let ends = told.ends.map(|(at, how)| {
                let because = match how {
                    Outcome::Answered => "answered".to_owned(),
                    Outcome::GaveUp(because) => gives_up(because).replace("gives up: ", ""),
                };
                json!({ "at_s": seconds(since(at)), "answered": how == Outcome::Answered, "because": because })
            });
            json!({ "history": history::written(answers), "tries": tries, "ends": ends })
        })
        .collect();
    let document = json!({
        "schema": "tierlab/explained/1",
        "name": named.name,
        "of": named.of,
        "seed": seed,
        "histories": histories,
    });
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Failure::ours(error.to_string()))
}

fn waits(then: Then) -> Value {
    let Then::Waits { wait, by, least, most } = then else { return Value::Null };
    let (by, passed_over) = match by {
        By::Hint(_) => ("hint", None),
        By::Formula { instead, .. } => {
            ("formula", instead.map(|why| why_not(why).to_owned() + &above(why)))
        }
    };
    json!({
        "s": seconds(wait),
        "least_s": seconds(least),
        "most_s": seconds(most),
        "by": by,
        "hint_passed_over": passed_over,
    })
}

fn seconds(span: Span) -> f64 {
    derive::seconds(span)
}

fn since(at: Instant) -> Span {
    at.since(Instant::START)
}

/// In seconds, to the millisecond.
fn span(span: Span) -> String {
    let millis = span.nanos().saturating_add(500_000) / 1_000_000;
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}
