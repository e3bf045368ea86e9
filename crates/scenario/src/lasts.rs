//! How long a run lasts: what the file states, what phases add up to, what a trace spans. They
//! must say the same, because a group that falls silent before the others changes what is
//! rehearsed, and silently stretching it would change it, too.

use core::ops::Range;

use limits::Span;

use crate::cast::{Group, Traffic};
use crate::client_set::ClientSet;
use crate::ends::{Run, StatedEvent};
use crate::fault::Code;
use crate::load::Load;
use crate::notes::Notes;
use crate::stretch::{MOST_JOBS, Unfit, fits, sum_of};
use crate::trace::{NoSlice, Trace};
use crate::users::Users;
use crate::written::{Placed, Written};

/// A run may last a leap year.
const LONGEST: Span = Span::from_secs(366 * 86_400);

/// A trace's last row and a round number of seconds.
const A_SECOND: Span = Span::from_secs(1);

/// What the file states about its length, with places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stated {
    /// Where it names its edition, or the tier of the account under the usual one.
    pub(crate) edition: Option<Range<usize>>,
    /// `lasts` and where it stands.
    pub(crate) lasts: Option<(Span, Range<usize>)>,
    /// Of each group, in their order.
    pub(crate) groups: Vec<StatedGroup>,
    /// What happens once.
    pub(crate) events: Vec<StatedEvent>,
    /// The loads that are compared, each with where it stands.
    pub(crate) loads: Vec<(Load, Range<usize>)>,
    /// The multiples of the traffic that it may grow to; nothing where the file does not say.
    pub(crate) growth: Option<Vec<(Load, Range<usize>)>>,
    /// The whole of a file that has no group.
    pub(crate) jobless: Option<Range<usize>>,
}

/// What a group's traffic states about its length.
#[derive(Clone, Debug)]
pub(crate) struct StatedGroup {
    /// Where its traffic stands.
    pub(crate) place: Range<usize>,
    /// Where it says what its work is.
    pub(crate) work: Range<usize>,
    /// Where it says how many pictures a request asks for, or its traffic where it does not.
    pub(crate) images: Range<usize>,
    /// Where its prompt stands, or the trace that brings it along.
    pub(crate) prompt: Range<usize>,
    /// Where each of its phases stands.
    pub(crate) phases: Vec<Range<usize>>,
    /// Whether its last phase takes what is left of the run.
    pub(crate) open: bool,
    /// Where it says which slice of a trace is meant.
    pub(crate) cut: Option<Range<usize>>,
    /// Where it says how much of its prompts was met before.
    pub(crate) cached: Option<Range<usize>>,
}

impl Stated {
    /// What is stated beside groups and events.
    pub(crate) fn of(written: &Written) -> Stated {
        let lasts = written.lasts.said().map(|lasts| (lasts.value, lasts.place.clone()));
        let edition = written.edition.as_ref().or(written.account.tier.said());
        let edition = edition.map(|word| word.place.clone());
        let placed = |loads: &[Placed<Load>]| -> Vec<(Load, Range<usize>)> {
            loads.iter().map(|load| (load.value, load.place.clone())).collect()
        };
        let (loads, growth) = (placed(&written.loads), written.growth.as_deref().map(placed));
        Stated {
            edition,
            lasts,
            loads,
            growth,
            jobless: written.jobless.clone(),
            ..Stated::default()
        }
    }

    /// Notes that a recording of this span has no such slice.
    pub(crate) fn refuse_slice(&self, no_slice: NoSlice, span: Span, notes: &Notes<'_>) {
        let stated = self.groups.iter().find(|stated| stated.cut.is_some());
        let place = stated.and_then(|stated| stated.cut.clone());
        let (what, label) = match no_slice {
            NoSlice::BeginsLate => ("this slice begins after the last row", "later than that"),
            NoSlice::EndsLate => ("this slice ends after the last row", "longer than that"),
            NoSlice::Empty => ("no row is due in this slice", "nothing is due here"),
        };
        let message = format!("{what} of the trace, which lasts {}", shown(span));
        let help = "`from` counts from the first row, and `lasts` in the time of the recording, \
                    whatever `scale` says";
        notes.add(Code::OutsideTrace, place, message, label, help);
    }

    /// Notes that recorded clients of this span have no such slice.
    pub(crate) fn refuse_clients(&self, no_slice: NoSlice, span: Span, notes: &Notes<'_>) {
        let stated = self.groups.iter().find(|stated| stated.cut.is_some());
        let place = stated.and_then(|stated| stated.cut.clone());
        let (what, label) = match no_slice {
            NoSlice::BeginsLate => ("this slice begins after the last window", "later than that"),
            NoSlice::EndsLate => ("this slice ends after the last window", "longer than that"),
            NoSlice::Empty => ("no client has jobs in this slice", "nothing is due here"),
        };
        let message = format!("{what} of the recording, which lasts {}", shown(span));
        let help = "`from` and `lasts` are in the time of the recording";
        notes.add(Code::OutsideTrace, place, message, label, help);
    }
}

/// Gives every open phase its length and answers how long the run lasts; nothing while only a
/// missing trace could say, or where a fault is noted. The run begins `week` nanoseconds into a
/// week.
pub(crate) fn settle(
    groups: &mut [Group],
    stated: &Stated,
    week: u64,
    recorded: Recorded<'_>,
    notes: &Notes<'_>,
) -> Option<Span> {
    let lasts = length_of(groups, stated, recorded);
    let Some((lasts, why)) = lasts else {
        let recorded =
            |group: &Group| matches!(group.traffic, Traffic::Trace(_) | Traffic::ClientSet(_));
        let place = stated.groups.first().map(|group| &group.place).or(stated.jobless.as_ref());
        if let Some(place) = place.filter(|_| !groups.iter().any(recorded)) {
            notes.add(
                Code::MissingKey,
                Some(place.clone()),
                "nothing says how long this run lasts".to_owned(),
                "no `lasts` in here",
                if groups.is_empty() {
                    "add `lasts = \"30d\"` to the file"
                } else {
                    "add `lasts = \"10m\"` to the phase or to the file"
                },
            );
        }
        return None;
    };
    if lasts > LONGEST {
        let place = stated.lasts.as_ref().map(|(_, place)| place.clone());
        let place = place.or_else(|| stated.groups.first().map(|group| group.place.clone()));
        let message = "a run may last 366 days at most".to_owned();
        notes.add(
            Code::TooLong,
            place,
            message,
            "longer than that",
            "rehearse a typical day or week",
        );
        return None;
    }
    for (group, stated) in groups.iter_mut().zip(&stated.groups) {
        end_with(lasts, &why, group, stated, recorded, notes);
        fit(group, stated, week, notes);
        if group.starts > lasts {
            let message = format!(
                "the clients of `{}` begin within {}, and the run lasts {}",
                group.name,
                shown(group.starts),
                shown(lasts)
            );
            let help = "let them begin within a shorter time, or the run last longer";
            let (place, label) = (Some(stated.place.clone()), "some have not begun by then");
            notes.add(Code::OutOfRange, place, message, label, help);
        }
    }
    for event in &stated.events {
        event.hold(&Run { groups, lasts, week }, notes);
    }
    Some(lasts)
}

/// How long the run lasts, and who says so.
fn length_of(groups: &[Group], stated: &Stated, recorded: Recorded<'_>) -> Option<(Span, String)> {
    if let Some((lasts, _)) = &stated.lasts {
        return Some((*lasts, "the file says".to_owned()));
    }
    let closed =
        groups.iter().zip(&stated.groups).find_map(|(group, stated)| match &group.traffic {
            Traffic::Phases(phases) if !stated.open => Some((
                sum_of(phases).unwrap_or(Span::MAX),
                format!("the phases of `{}` last", group.name),
            )),
            Traffic::Users(users) if !stated.open => {
                Some((users.lasts, format!("the users of `{}` ask for", group.name)))
            }
            Traffic::Phases(_) | Traffic::Trace(_) | Traffic::ClientSet(_) | Traffic::Users(_) => {
                None
            }
        });
    // All groups that replay a recording say the same of it.
    closed.or_else(|| {
        groups.iter().find_map(|group| match &group.traffic {
            Traffic::Trace(need) => {
                Some((need.cut.run(recorded.trace?), "the trace lasts".to_owned()))
            }
            Traffic::ClientSet(need) => {
                Some((need.run(recorded.clients?), "the recording lasts".to_owned()))
            }
            Traffic::Phases(_) | Traffic::Users(_) => None,
        })
    })
}

/// What was handed over of what was recorded.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Recorded<'r> {
    pub(crate) trace: Option<&'r Trace>,
    pub(crate) clients: Option<&'r ClientSet>,
}

/// Holds one group against the length of the run.
fn end_with(
    lasts: Span,
    why: &str,
    group: &mut Group,
    stated: &StatedGroup,
    recorded: Recorded<'_>,
    notes: &Notes<'_>,
) {
    let name = &group.name;
    let mismatch = |message: String, label: &str, help: &str| {
        notes.add(Code::LastsMismatch, Some(stated.place.clone()), message, label, help);
    };
    match &mut group.traffic {
        Traffic::Phases(phases) if stated.open => {
            let Some((last, others)) = phases.split_last_mut() else { return };
            let taken = sum_of(others).unwrap_or(Span::MAX);
            if taken < lasts {
                last.last(Span::from_nanos(lasts.nanos() - taken.nanos()));
                return;
            }
            let (run, taken) = (shown(lasts), shown(taken));
            mismatch(
                format!(
                    "nothing is left for the last phase of `{name}`: {why} {run}, the others take {taken}"
                ),
                "no time is left for the last of these",
                "shorten the others, or let the run last longer",
            );
        }
        Traffic::Phases(phases) => {
            let sum = sum_of(phases).unwrap_or(Span::MAX);
            if sum != lasts {
                mismatch(
                    format!(
                        "the phases of `{name}` last {}, but {why} {}",
                        shown(sum),
                        shown(lasts)
                    ),
                    "these add up to another length",
                    "make them equal, or leave `lasts` out where the rest can tell",
                );
            }
        }
        Traffic::Users(users) if stated.open => users.lasts = lasts,
        Traffic::Users(users) if users.lasts == lasts => {}
        Traffic::Users(users) => mismatch(
            format!(
                "the users of `{name}` ask for {}, but {why} {}",
                shown(users.lasts),
                shown(lasts)
            ),
            "these stop at another time",
            "make them equal, or leave `lasts` out where the rest can tell",
        ),
        Traffic::Trace(_) | Traffic::ClientSet(_) => {
            if let Some((message, help)) = ends_apart(lasts, why, group, recorded) {
                mismatch(message, "this ends at another time", help);
            }
        }
    }
}

/// What to say of a recording that does not end with the run, and what to do.
fn ends_apart(
    lasts: Span,
    why: &str,
    group: &Group,
    recorded: Recorded<'_>,
) -> Option<(String, &'static str)> {
    let (name, run) = (&group.name, shown(lasts));
    match &group.traffic {
        Traffic::Phases(_) | Traffic::Users(_) => None,
        Traffic::Trace(need) => {
            let trace = recorded.trace?;
            let least = need.cut.run(trace);
            let span = shown(need.cut.lasts.map_or(trace.span(), |_| least));
            let message = format!("the trace of `{name}` lasts {span}, but {why} {run}");
            let ends = lasts < least || lasts >= least.plus(A_SECOND);
            ends.then_some((message, "leave the file's `lasts` out"))
        }
        Traffic::ClientSet(need) => {
            let span = need.run(recorded.clients?);
            let message =
                format!("the recorded clients of `{name}` last {}, but {why} {run}", shown(span));
            (lasts != span).then_some((message, "leave the file's `lasts` out, or say it here"))
        }
    }
}

/// Refuses phases that cannot be computed exactly.
fn fit(group: &Group, stated: &StatedGroup, week: u64, notes: &Notes<'_>) {
    if let Traffic::Users(users) = &group.traffic {
        fit_users(users, &stated.place, notes);
    }
    if let Traffic::Phases(phases) = &group.traffic {
        let mut start = 0_u64;
        for (phase, place) in phases.iter().zip(&stated.phases) {
            unfit("phase", fits(phase, start, week).err(), place, notes);
            start = start.saturating_add(phase.lasts().nanos());
        }
    }
}

/// Notes why this, `phase` or `surge`, cannot be computed exactly.
pub(crate) fn unfit(what: &str, why: Option<Unfit>, place: &Range<usize>, notes: &Notes<'_>) {
    match why {
        None => {}
        Some(Unfit::TooMany) => notes.add(
            Code::TooManyJobs,
            Some(place.clone()),
            format!("this {what} has more than 1,073,741,824 jobs"),
            "rate times length",
            "lower the rate, or rehearse a shorter time",
        ),
        Some(Unfit::TooFine) => notes.add(
            Code::OutOfRange,
            Some(place.clone()),
            format!("these rates cannot be held exactly over so long a {what}"),
            "too many digits",
            "write the rates with fewer digits",
        ),
    }
}

/// Refuses users who may ask for more than a run holds, or come when it is over.
pub(crate) fn fit_users(users: &Users, place: &Range<usize>, notes: &Notes<'_>) {
    let most = f64::from(users.count.get())
        * (users.lasts.nanos() as f64 / users.think.mean().nanos() as f64);
    let place = Some(place.clone());
    if most > MOST_JOBS as f64 {
        let message = "these users may ask for more than 1,073,741,824 jobs".to_owned();
        let help = "let them think longer, be fewer, or rehearse a shorter time";
        notes.add(
            Code::TooManyJobs,
            place.clone(),
            message,
            "even if each is answered at once",
            help,
        );
    }
    if users.within > users.lasts {
        let (within, lasts) = (shown(users.within), shown(users.lasts));
        let message = format!("some of these users come after the run: within {within} of {lasts}");
        let help = "let them come within a shorter time, or the run last longer";
        notes.add(Code::OutOfRange, place, message, "this takes longer than the run", help);
    }
}

/// A length of time as it would be written, exact to the nanosecond.
pub(crate) fn shown(span: Span) -> String {
    const UNITS: [(u64, &str); 7] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let mut rest = span.nanos();
    let mut text = String::new();
    for (unit, word) in UNITS {
        if rest >= unit {
            text.push_str(&(rest / unit).to_string());
            text.push_str(word);
            rest %= unit;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}
