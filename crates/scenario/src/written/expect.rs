//! `[expect]` as it is written: a figure, a comparison, a goal.
//!
//! ```text
//! [expect]                      asked of the judged strategies, over all jobs
//! [expect.group.chat]           over the jobs of one group
//! [expect.strategy.patient]     asked of one strategy only
//! ```

use limits::Span;
use rulebook::reading::{Measured, Share, Table, Unreadable, Value, dollars, known, quantity};
use run_record::{Billionths, Comparison, Expectation, Figure, Goal, Kind, Measure, Percentile};

use super::Placed;
use crate::fault::Code;

/// The figures by name, for whoever mistypes one; percentiles of times are open.
pub(in crate::written) const FIGURES: &[&str] = &[
    "answered",
    "answered_in_time",
    "status_429",
    "first_attempt_429",
    "attempts_per_job",
    "cost_usd",
    "wait_p95",
    "time_to_answer_p95",
    "time_to_outcome_p95",
    "time_to_first_token_p95",
    "group",
    "strategy",
];

/// Whose figures are meant.
#[derive(Copy, Clone, Default)]
struct Scope<'d> {
    group: Option<&'d str>,
    strategy: Option<&'d str>,
}

pub(super) fn read(value: Value<'_>) -> Vec<Placed<Expectation>> {
    let mut expectations = Vec::new();
    let Some(table) = value.free_table() else { return expectations };
    for entry in table.entries() {
        match entry.key() {
            "group" | "strategy" if entry.is_table() => {
                let by_group = entry.key() == "group";
                let names = entry.free_table().map_or_else(Vec::new, |names| names.entries());
                for named in names {
                    let name = Some(named.key());
                    let scope = if by_group {
                        Scope { group: name, strategy: None }
                    } else {
                        Scope { group: None, strategy: name }
                    };
                    if let Some(table) = named.free_table() {
                        read_scope(&table, scope, &mut expectations);
                    }
                }
            }
            _ => expectations.extend(expectation(&table, entry, Scope::default())),
        }
    }
    expectations
}

fn read_scope(table: &Table<'_>, scope: Scope<'_>, expectations: &mut Vec<Placed<Expectation>>) {
    expectations
        .extend(table.entries().into_iter().filter_map(|entry| expectation(table, entry, scope)));
}

fn expectation(
    table: &Table<'_>,
    entry: Value<'_>,
    scope: Scope<'_>,
) -> Option<Placed<Expectation>> {
    let word = entry.key();
    let Some(figure) = Figure::parse(word) else {
        no_figure(table, &entry);
        return None;
    };
    let form = form_of(figure);
    let text =
        entry.any_text("a comparison in quotes", &format!("for example `{word} = \"{form}\"`"))?;
    let (sign, rest) = split_sign(text.trim());
    let Some(sign) = sign else {
        let message = format!("`{word}` is not compared with anything");
        let help = format!("begin with >=, <=, < or >: `{word} = \"{form}\"`");
        entry.fault(Code::BadExpectation.name(), message, "at most, or at least?", &help);
        return None;
    };
    let amount = match amount(figure.kind(), rest.trim()) {
        Ok(amount) => amount,
        Err(why) => {
            let message = format!("`{word}` is not compared with {}", what_of(figure.kind()));
            let label = match why {
                Unreadable::Form => "not understood",
                Unreadable::NoUnit => "a number without its unit",
                Unreadable::Range => "too large or too fine",
            };
            let meant = meant(figure.kind(), rest.trim());
            let help = match meant.filter(|_| why != Unreadable::Range) {
                Some(meant) => format!("perhaps `{word} = \"{} {meant}\"`", sign.text()),
                None => format!("for example `{word} = \"{form}\"`"),
            };
            entry.fault(Code::BadExpectation.name(), message, label, &help);
            return None;
        }
    };
    let Some((comparison, amount)) =
        sign.whole(amount).filter(|_| !is_vain(figure.kind(), sign, amount))
    else {
        let message = format!("`{word} {text}` says nothing: every run comes out the same");
        let help = format!("leave it out, or ask for something: `{word} = \"{form}\"`");
        let label = "true or false whatever happens";
        entry.fault(Code::VainExpectation.name(), message, label, &help);
        return None;
    };
    let goal = match figure.kind() {
        Kind::Time => Goal::Time(Span::from_nanos(amount)),
        Kind::Share | Kind::Ratio | Kind::Money => Goal::Billionths(Billionths(amount)),
    };
    let scoped = match (scope.group, scope.strategy) {
        (Some(group), _) => format!("{group}: "),
        (None, Some(strategy)) => format!("{strategy}: "),
        (None, None) => String::new(),
    };
    let expectation = Expectation {
        name: format!("{scoped}{word} {} {}", sign.text(), rest.trim()),
        figure,
        comparison,
        goal,
        group: scope.group.map(str::to_owned),
        strategy: scope.strategy.map(str::to_owned),
    };
    Some(Placed { value: expectation, place: entry.place() })
}

/// Refuses a word that names no figure: a time whose percentile is none, or anything else.
fn no_figure(table: &Table<'_>, entry: &Value<'_>) {
    let word = entry.key();
    let of_time = |measure: &Measure| {
        word.strip_prefix(measure.name()).is_some_and(|rest| rest.starts_with('_'))
    };
    let (message, label, help) = if let Some(measure) = Measure::ALL.into_iter().find(of_time) {
        let name = measure.name();
        let message = format!("`{word}` names no percentile of `{name}`");
        let help = format!("for example `{name}_p95`; percentiles are {}", Percentile::FORM);
        (message, "which percentile?", help)
    } else {
        let message = format!("unknown key `{word}` in `expect`");
        (message, "no such figure", known(word, FIGURES))
    };
    table.fault_at(entry.key_place(), Code::UnknownKey.name(), message, label, &help);
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Sign {
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Sign {
    const fn text(self) -> &'static str {
        match self {
            Sign::AtLeast => ">=",
            Sign::AtMost => "<=",
            Sign::Above => ">",
            Sign::Below => "<",
        }
    }

    /// The same with the goal itself allowed: above is at least one unit more, below at most one
    /// less. A unit is a billionth or a nanosecond, finer than any figure of a run can tell.
    fn whole(self, amount: u64) -> Option<(Comparison, u64)> {
        match self {
            Sign::AtLeast => Some((Comparison::AtLeast, amount)),
            Sign::AtMost => Some((Comparison::AtMost, amount)),
            Sign::Above => amount.checked_add(1).map(|amount| (Comparison::AtLeast, amount)),
            Sign::Below => amount.checked_sub(1).map(|amount| (Comparison::AtMost, amount)),
        }
    }
}

fn split_sign(text: &str) -> (Option<Sign>, &str) {
    for sign in [Sign::AtLeast, Sign::AtMost, Sign::Above, Sign::Below] {
        if let Some(rest) = text.strip_prefix(sign.text()) {
            return (Some(sign), rest);
        }
    }
    (None, text)
}

/// A goal that every run meets, or none.
fn is_vain(kind: Kind, sign: Sign, amount: u64) -> bool {
    match sign {
        Sign::AtLeast | Sign::Below => amount == 0,
        Sign::AtMost | Sign::Above => kind == Kind::Share && amount == Share::WHOLE,
    }
}

/// Pico-dollars in a billionth of a dollar.
const PICO_A_BILLIONTH: i128 = 1_000;

fn amount(kind: Kind, text: &str) -> Result<u64, Unreadable> {
    match kind {
        Kind::Share => quantity::share(text).map(Share::parts_per_billion),
        Kind::Ratio => quantity::billionths(text),
        Kind::Money => {
            let pico = dollars::dollars(text)?.pico();
            // Cheaper than a billionth of a dollar is finer than any run costs.
            match u64::try_from(pico / PICO_A_BILLIONTH) {
                Ok(billionths) if pico % PICO_A_BILLIONTH == 0 => Ok(billionths),
                Ok(_) | Err(_) => Err(Unreadable::Range),
            }
        }
        Kind::Time => quantity::duration(text).map(Span::nanos),
    }
}

/// The goal that was probably meant.
fn meant(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Share => Measured::Share.meant(text),
        Kind::Time => Measured::Time.meant(text),
        Kind::Money => Measured::Dollars.meant(text),
        Kind::Ratio => None,
    }
}

/// How an expectation of this figure usually looks.
const fn form_of(figure: Figure) -> &'static str {
    match figure {
        Figure::Answered | Figure::AnsweredInTime => ">= 99%",
        Figure::Status429 | Figure::FirstAttempt429 => "< 1%",
        Figure::AttemptsPerJob => "<= 1.5",
        Figure::CostUsd => "<= $5",
        Figure::Time { .. } => "<= 2s",
    }
}

const fn what_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Share => "a share such as 99%",
        Kind::Ratio => "a number such as 1.5",
        Kind::Money => "an amount of dollars such as $5",
        Kind::Time => "a length of time such as 2s",
    }
}
