//! A group's traffic as it is written.

use core::ops::Range;

use limits::{Rate, Requests, Span};
use rulebook::reading::{Chosen, Table, Takes, Value};

use super::{Said, said, trace};
use crate::cast::Phase;
use crate::fault::Code;
use crate::trace::TraceNeed;

const KINDS: &[(&str, Takes)] = &[
    ("steady", Takes::Value),
    ("poisson", Takes::Value),
    ("ramp", Takes::Value),
    ("trace", Takes::Value),
];
const EVEN: &[&str] = &["rate", "lasts"];
const RAMP: &[&str] = &["from", "to", "lasts"];

/// A group's traffic with its places.
#[derive(Debug)]
pub(crate) enum WrittenTraffic {
    /// Phases; only the last may leave its length to the run.
    Phases {
        phases: Vec<Phase>,
        /// The place of each.
        places: Vec<Range<usize>>,
        /// Whether the last phase takes what is left of the run.
        open: bool,
        place: Range<usize>,
    },
    /// A trace, and where it says which slice of it is meant.
    Trace { need: Box<TraceNeed>, place: Range<usize>, cut: Option<Range<usize>> },
}

enum Piece {
    Phase(Phase, Said<Span>),
    Trace(Box<TraceNeed>, Option<Range<usize>>),
}

pub(super) fn read(value: Value<'_>) -> Option<WrittenTraffic> {
    let place = value.place();
    let listed = value.is_list();
    let values = value.one_or_list()?;
    let count = values.len();
    let mut phases = Vec::new();
    let mut places = Vec::new();
    let mut open = false;
    let mut whole = true;
    for (index, value) in values.into_iter().enumerate() {
        match value.choice(KINDS).and_then(piece) {
            Some(Piece::Trace(need, cut)) if count == 1 => {
                return Some(WrittenTraffic::Trace { need, place, cut });
            }
            Some(Piece::Trace(..)) => {
                let message = "a trace is the whole traffic of its group".to_owned();
                let help = "give the trace a [[group]] of its own";
                value.fault(
                    Code::TraceAmongPhases.name(),
                    message,
                    "not one phase among others",
                    help,
                );
                whole = false;
            }
            Some(Piece::Phase(phase, lasts)) => {
                let last = index + 1 == count;
                match lasts {
                    Said::This(_) => {}
                    Said::Nothing if last => open = true,
                    Said::Nothing => {
                        needs_lasts(value);
                        whole = false;
                    }
                    Said::Wrong => whole = false,
                }
                phases.push(phase);
                places.push(if listed { value.place() } else { place.clone() });
            }
            None => whole = false,
        }
    }
    whole.then_some(WrittenTraffic::Phases { phases, places, open, place })
}

fn needs_lasts(value: Value<'_>) {
    let message = "only the last phase may leave `lasts` out".to_owned();
    value.fault(
        Code::MissingKey.name(),
        message,
        "how long is this one?",
        "for example `lasts = \"4m\"`",
    );
}

fn piece(chosen: Chosen<'_>) -> Option<Piece> {
    let settings = chosen.value?;
    match chosen.word {
        "trace" => trace::read(&settings.table(trace::KEYS)?)
            .map(|(need, cut)| Piece::Trace(Box::new(need), cut)),
        "ramp" => ramp(settings),
        word => {
            let table = settings.table(EVEN)?;
            let rate = table.need("rate", "rate = \"5/s\"").and_then(Value::rate_above_zero);
            let lasts = length(&table);
            let rate = rate?;
            let span = span_of(&lasts);
            let phase = if word == "steady" {
                Phase::Steady { rate, lasts: span }
            } else {
                Phase::Poisson { rate, lasts: span }
            };
            Some(Piece::Phase(phase, lasts))
        }
    }
}

fn ramp(settings: Value<'_>) -> Option<Piece> {
    let table = settings.table(RAMP)?;
    let from = table.need("from", "from = \"2/s\"").and_then(Value::rate);
    let last = table.need("to", "to = \"5/s\"");
    let to = last.and_then(Value::rate);
    let lasts = length(&table);
    let (Some(from), Some(to), Some(last)) = (from, to, last) else { return None };
    let nothing = |rate: Rate<Requests>| rate.amount() == Requests(0);
    if nothing(from) && nothing(to) {
        let message = "a ramp from nothing to nothing sends nothing".to_owned();
        last.fault(
            Code::Zero.name(),
            message,
            "this is zero, too",
            "leave the phase out, or raise one end",
        );
        return None;
    }
    Some(Piece::Phase(Phase::Ramp { from, to, lasts: span_of(&lasts) }, lasts))
}

fn length(table: &Table<'_>) -> Said<Span> {
    said(table.get("lasts"), Value::duration_above_zero)
}

fn span_of(lasts: &Said<Span>) -> Span {
    lasts.clone().this().unwrap_or(Span::ZERO)
}
