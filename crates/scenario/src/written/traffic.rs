//! A group's traffic as it is written.

use core::ops::Range;

use limits::{Rate, Requests, Span};
use rulebook::reading::{Chosen, Table, Takes, Value};

use super::{Said, said};
use crate::cast::{Phase, TraceFormat, TraceNeed};
use crate::fault::Code;

const KINDS: &[(&str, Takes)] = &[
    ("steady", Takes::Value),
    ("poisson", Takes::Value),
    ("ramp", Takes::Value),
    ("trace", Takes::Value),
];
const EVEN: &[&str] = &["rate", "lasts"];
const RAMP: &[&str] = &["from", "to", "lasts"];
const TRACE: &[&str] = &["file", "sha256", "bytes", "source", "format"];
const FORMATS: &[&str] = &[TraceFormat::AzureLlm2023.name()];

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
    /// A trace.
    Trace { need: TraceNeed, place: Range<usize> },
}

enum Piece {
    Phase(Phase, Said<Span>),
    Trace(TraceNeed),
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
            Some(Piece::Trace(need)) if count == 1 => {
                return Some(WrittenTraffic::Trace { need, place });
            }
            Some(Piece::Trace(_)) => {
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
        "trace" => trace(&settings.table(TRACE)?).map(Piece::Trace),
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

fn trace(table: &Table<'_>) -> Option<TraceNeed> {
    let file = table.need("file", "file = \"trace.csv.gz\"").and_then(Value::text);
    let sha256 = said(table.get("sha256"), sha256);
    let bytes = said(table.get("bytes"), |value| value.whole_up_to(u64::MAX));
    let source = said(table.get("source"), Value::text);
    // There is one format so far, so a word that is known chooses it.
    let format = said(table.get("format"), |value| value.word(FORMATS));
    let wrong = sha256 == Said::Wrong
        || bytes == Said::Wrong
        || source == Said::Wrong
        || format == Said::Wrong;
    if wrong {
        return None;
    }
    Some(TraceNeed {
        file: file?.to_owned(),
        sha256: sha256.this(),
        bytes: bytes.this(),
        source: source.this().map(str::to_owned),
        format: TraceFormat::AzureLlm2023,
    })
}

fn sha256(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !good {
        let message = "`sha256` must be 64 hexadecimal digits".to_owned();
        value.fault(
            Code::BadHash.name(),
            message,
            "this is not a sha256",
            "`sha256sum FILE` prints it",
        );
    }
    good.then(|| text.to_ascii_lowercase())
}
