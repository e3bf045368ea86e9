//! A group's traffic as it is written.

use core::ops::Range;

use limits::Span;
use rulebook::reading::{Chosen, Takes, Value};

use super::{Said, client_set, phase, trace, users};
use crate::cast::{Phase, Traffic};
use crate::client_set::ClientSetNeed;
use crate::fault::Code;
use crate::lasts::StatedGroup;
use crate::trace::TraceNeed;
use crate::users::Users;

pub(in crate::written) const KINDS: &[(&str, Takes)] = &[
    ("steady", Takes::Value),
    ("poisson", Takes::Value),
    ("ramp", Takes::Value),
    ("gamma", Takes::Value),
    ("weibull", Takes::Value),
    ("burst", Takes::Value),
    ("at_once", Takes::Value),
    ("pause", Takes::Value),
    ("daily", Takes::Value),
    ("curve", Takes::Value),
    ("trace", Takes::Value),
    ("users", Takes::Value),
    ("client_set", Takes::Value),
];

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
    /// Users, and whether they take what is left of the run.
    Users { users: Users, open: bool, place: Range<usize> },
    /// Recorded clients, and where it says which slice of them is meant.
    ClientSet { need: Box<ClientSetNeed>, place: Range<usize>, cut: Option<Range<usize>> },
}

impl WrittenTraffic {
    pub(crate) const fn is_recorded(&self) -> bool {
        matches!(self, WrittenTraffic::Trace { .. } | WrittenTraffic::ClientSet { .. })
    }

    pub(crate) const fn place(&self) -> &Range<usize> {
        match self {
            WrittenTraffic::Phases { place, .. }
            | WrittenTraffic::Trace { place, .. }
            | WrittenTraffic::Users { place, .. }
            | WrittenTraffic::ClientSet { place, .. } => place,
        }
    }

    /// What it means, and what it states of its length; `prompt` is where the group's prompt stands,
    /// `work` where its work does.
    pub(crate) fn resolved(
        self,
        prompt: Option<Range<usize>>,
        work: Range<usize>,
        images: Option<Range<usize>>,
    ) -> (Traffic, StatedGroup) {
        let (traffic, place, phases, open, cut) = match self {
            WrittenTraffic::Phases { phases, places, open, place } => {
                (Traffic::Phases(phases), place, places, open, None)
            }
            WrittenTraffic::Trace { need, place, cut } => {
                (Traffic::Trace(need), place, Vec::new(), false, cut)
            }
            WrittenTraffic::Users { users, open, place } => {
                (Traffic::Users(users), place, Vec::new(), open, None)
            }
            WrittenTraffic::ClientSet { need, place, cut } => {
                (Traffic::ClientSet(need), place, Vec::new(), false, cut)
            }
        };
        let prompt = prompt.unwrap_or(place.clone());
        let images = images.unwrap_or(place.clone());
        (traffic, StatedGroup { place, work, images, prompt, phases, open, cut, cached: None })
    }

    /// The recording, where it replays one.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            WrittenTraffic::Phases { .. } | WrittenTraffic::Users { .. } => None,
            WrittenTraffic::Trace { need, .. } => Some(&need.file),
            WrittenTraffic::ClientSet { need, .. } => Some(&need.file),
        }
    }

    /// Whether both replay the same of the same recording.
    pub(crate) fn same_recording(&self, other: &WrittenTraffic) -> bool {
        match (self, other) {
            (WrittenTraffic::Trace { need, .. }, WrittenTraffic::Trace { need: other, .. }) => {
                need == other
            }
            (
                WrittenTraffic::ClientSet { need, .. },
                WrittenTraffic::ClientSet { need: other, .. },
            ) => need == other,
            _ => false,
        }
    }
}

enum Piece {
    Phase(Phase, Said<Span>),
    Trace(Box<TraceNeed>, Option<Range<usize>>),
    Users(Users, bool),
    ClientSet(Box<ClientSetNeed>, Option<Range<usize>>),
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
            Some(Piece::ClientSet(need, cut)) if count == 1 => {
                return Some(WrittenTraffic::ClientSet { need, place, cut });
            }
            Some(Piece::Trace(..) | Piece::ClientSet(..)) => {
                let message = "a recording is the whole traffic of its group".to_owned();
                let help = "give it a [[group]] of its own";
                value.fault(
                    Code::TraceAmongPhases.name(),
                    message,
                    "not one phase among others",
                    help,
                );
                whole = false;
            }
            Some(Piece::Users(users, open)) if count == 1 => {
                return Some(WrittenTraffic::Users { users, open, place });
            }
            Some(Piece::Users(..)) => {
                let message = "users are the whole traffic of their group".to_owned();
                let help = "give the users a [[group]] of their own";
                let label = "not one phase among others";
                value.fault(Code::UsersAmongPhases.name(), message, label, help);
                whole = false;
            }
            Some(Piece::Phase(phase, lasts)) => {
                let last = index + 1 == count;
                match lasts {
                    Said::This(_) => {}
                    Said::Nothing if last => open = true,
                    // Before another phase it takes no time.
                    Said::Nothing if matches!(phase, Phase::AtOnce { .. }) => {}
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
    if whole && phases.iter().all(|phase| matches!(phase, Phase::Pause { .. })) {
        let message = "nothing but pauses sends nothing".to_owned();
        let help = "put a phase beside them, or leave the group out";
        value.fault(Code::Zero.name(), message, "no jobs in here", help);
        return None;
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
        "users" => users::read(&settings).map(|(users, open)| Piece::Users(users, open)),
        "client_set" => client_set::read(&settings.table(client_set::KEYS)?)
            .map(|(need, cut)| Piece::ClientSet(Box::new(need), cut)),
        _ => phase::read(&chosen).map(|(phase, lasts)| Piece::Phase(phase, lasts)),
    }
}
