//! Loads: the traffic of a file at other rates, the jobs the same.
//!
//! At a load of 150 % half as many jobs again fall due, under the same seeds: job n keeps its
//! lengths and its chance, and only when it falls due is another. How uneven traffic is, when its
//! phases change and how long the run lasts stay as they are.
//!
//! | traffic | what a load scales |
//! |---|---|
//! | phases, surges | their rates; of jobs together, how many |
//! | users | how many they are, rounded, at least one |
//! | a trace | its rate: time is compressed, and the run holds more of the recording |
//! | a set of clients | the rate of each |

use core::fmt;
use core::num::NonZeroU32;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::Arc;

use limits::{Rate, Requests, Span};

use crate::cast::{Group, Phase, Surge, Traffic};
use crate::fault::Code;
use crate::lasts::{self, shown};
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::stretch::fits;
use crate::trace::{Cut, Trace};
use crate::written::Placed;

/// How much of the traffic that a file describes falls due, in billionths of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load(u64);

/// A count that a load rounds by more than one part in so many is warned of.
const ROUNDED: u128 = 50;

impl Load {
    /// As the file describes it.
    pub const WRITTEN: Load = Load(Cut::AS_RECORDED);

    /// The most: a hundred times the traffic.
    pub(crate) const MOST: u64 = 100 * Cut::AS_RECORDED;

    /// So many billionths; nothing for none, or for more than a hundred times the traffic.
    #[must_use]
    pub fn of(billionths: u64) -> Option<Load> {
        (1..=Load::MOST).contains(&billionths).then_some(Load(billionths))
    }

    fn rate(self, rate: Rate<Requests>) -> Rate<Requests> {
        rate.scaled(self.0, Load::WRITTEN.0)
    }

    /// The nearest whole number, half of one upwards; at least one.
    fn count(self, count: u32) -> u32 {
        let exact = u128::from(count) * u128::from(self.0);
        let whole = (exact + u128::from(Load::WRITTEN.0 / 2)) / u128::from(Load::WRITTEN.0);
        u32::try_from(whole.max(1)).unwrap_or(u32::MAX)
    }

    /// Whether the nearest whole number is another load, so to say.
    fn rounds(self, count: u32) -> bool {
        let exact = u128::from(count) * u128::from(self.0);
        let whole = u128::from(self.count(count)) * u128::from(Load::WRITTEN.0);
        whole.abs_diff(exact) * ROUNDED > exact
    }

    fn phase(self, phase: &Phase) -> Phase {
        let mut scaled = phase.clone();
        match &mut scaled {
            Phase::Steady { rate, .. }
            | Phase::Poisson { rate, .. }
            | Phase::Gamma { rate, .. }
            | Phase::Weibull { rate, .. } => *rate = self.rate(*rate),
            Phase::Ramp { from, to, .. } => (*from, *to) = (self.rate(*from), self.rate(*to)),
            Phase::Burst { jobs, .. } | Phase::AtOnce { jobs, .. } => *jobs = self.count(*jobs),
            Phase::Daily { day, .. } => {
                (day.peak, day.trough) = (self.rate(day.peak), self.rate(day.trough));
            }
            Phase::Curve(curve) => {
                curve.rates = curve.rates.iter().map(|rate| self.rate(*rate)).collect();
            }
            Phase::Pause { .. } => {}
        }
        scaled
    }

    fn traffic(self, traffic: &mut Traffic) {
        match traffic {
            Traffic::Phases(phases) => {
                for phase in phases {
                    *phase = self.phase(phase);
                }
            }
            Traffic::Users(users) => {
                let count = self.count(users.count.get());
                users.count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
            }
            Traffic::Trace(need) => need.cut.scale = self.parts_of(need.cut.scale),
            Traffic::ClientSet(need) => need.scale = self.parts_of(need.scale),
        }
    }

    fn parts_of(self, scale: u64) -> u64 {
        let product = u128::from(scale) * u128::from(self.0) / u128::from(Load::WRITTEN.0);
        u64::try_from(product).unwrap_or(u64::MAX).max(1)
    }
}

/// `150%`, `12.5%`.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = format!("{}.{:07}", self.0 / 10_000_000, self.0 % 10_000_000);
        write!(f, "{}%", exact.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Scenario {
    /// The loads that are compared beside the file's own, the lightest first.
    #[must_use]
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// The same at another load: the same jobs, under the same seeds, at other times. The file's
    /// own load is the scenario itself. A trace has its rows at the loads that the file compares,
    /// and none at others.
    #[must_use]
    pub fn at_load(&self, load: Load) -> Cow<'_, Scenario> {
        if load == Load::WRITTEN {
            return Cow::Borrowed(self);
        }
        let mut scaled = self.clone();
        for group in &mut scaled.groups {
            load.traffic(&mut group.traffic);
            for surge in &mut group.surges {
                surge.phase = load.phase(&surge.phase);
            }
        }
        let rows = self.traces_at.iter().find(|(at, _)| *at == load);
        scaled.trace = rows.map(|(_, rows)| Arc::clone(rows));
        Cow::Owned(scaled)
    }

    /// Cuts the rows of each load from the whole recording; the run is as long as it is.
    pub(crate) fn cut_at_loads(&mut self, whole: &Trace, notes: &Notes<'_>) {
        let rows =
            self.stated.loads.iter().filter_map(|(load, place)| {
                Some((*load, self.rows_at(*load, place, whole, notes)?))
            });
        self.traces_at = rows.collect();
        self.cut_growth(whole, notes);
    }

    /// The rows of the recording that fall due within the run at this load.
    pub(crate) fn rows_at(
        &self,
        load: Load,
        place: &Range<usize>,
        whole: &Trace,
        notes: &Notes<'_>,
    ) -> Option<Arc<Trace>> {
        let cut = self.trace_need()?.cut;
        rows_at(load, place, cut, (whole, self.lasts), notes)
    }

    /// Refuses loads at which a group would have more jobs than a run may have, or rates too fine
    /// to be held exactly.
    pub(crate) fn hold_loads(&self, notes: &Notes<'_>) {
        for (load, place) in &self.stated.loads {
            self.hold_load(*load, place, notes);
        }
    }

    /// The same of one load.
    pub(crate) fn hold_load(&self, load: Load, place: &Range<usize>, notes: &Notes<'_>) {
        let week = self.since_monday();
        let scaled = self.at_load(load);
        for group in &scaled.groups {
            if let Some(demand) = scaled.demand(group) {
                lasts::unfit("load", demand.fits().err(), place, notes);
            }
            if let Traffic::Users(users) = &group.traffic {
                lasts::fit_users(users, place, notes);
            }
            let unfit = phases_of(group).find_map(|(phase, at)| fits(phase, at, week).err());
            lasts::unfit("load", unfit, place, notes);
        }
    }
}

/// Warns of loads that whole numbers cannot follow, and of assumptions that change nothing here.
pub(crate) fn warn(
    scenario: &Scenario,
    assumed: &[(Placed<String>, Placed<String>)],
    notes: &Notes<'_>,
) {
    for (load, place) in &scenario.stated.loads {
        for group in &scenario.groups {
            warn_of_rounding(*load, group, place, notes);
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for (name, _) in assumed {
        let hangs = scenario.assumed().any(|one| one.name == name.value);
        if hangs || told.contains(&name.value.as_str()) {
            continue;
        }
        told.push(&name.value);
        let message = format!("nothing here hangs on `{}`: its cells are all alike", name.value);
        let help = "leave it out of `[compare] assume`";
        let place = name.place.clone();
        notes.warn(Code::VainComparison, place, message, "changes nothing", help);
    }
}

/// The rows of a recording that fall due within a run at this load.
fn rows_at(
    load: Load,
    place: &Range<usize>,
    cut: Cut,
    (whole, run): (&Trace, Span),
    notes: &Notes<'_>,
) -> Option<Arc<Trace>> {
    let scale = load.parts_of(cut.scale);
    let needed = u128::from(run.nanos()) * u128::from(scale) / u128::from(Cut::AS_RECORDED);
    let needed = Span::from_nanos(u64::try_from(needed).unwrap_or(u64::MAX));
    let left = Span::from_nanos(whole.span().nanos().saturating_sub(cut.from.nanos()));
    if needed > left.plus(Span::from_secs(1)) {
        let message = format!(
            "at {load} this run replays {} of the recording, of which there are {}",
            shown(needed),
            shown(left)
        );
        let help = "replay a shorter slice of it: `lasts` in `trace`, at most what is there \
                    divided by the highest load";
        notes.add(Code::OutsideTrace, Some(place.clone()), message, "no rows for that", help);
        return None;
    }
    let mut rows = whole.clone();
    let _ = Cut { lasts: None, scale, ..cut }.apply(&mut rows);
    let within = rows.due.partition_point(|due| *due < run.nanos());
    rows.due.truncate(within);
    rows.prompt.truncate(within);
    rows.answer.truncate(within);
    Some(Arc::new(rows))
}

/// Every phase of a group with the nanosecond at which it begins, surges included.
fn phases_of(group: &Group) -> impl Iterator<Item = (&Phase, u64)> {
    let phases = match &group.traffic {
        Traffic::Phases(phases) => phases.as_slice(),
        Traffic::Trace(_) | Traffic::Users(_) | Traffic::ClientSet(_) => &[],
    };
    let begins = phases.iter().scan(0_u64, |at, phase| {
        let begin = *at;
        *at = at.saturating_add(phase.lasts().nanos());
        Some((phase, begin))
    });
    begins.chain(group.surges.iter().map(|Surge { at, phase }| (phase, at.nanos())))
}

/// Warns of a load that whole numbers of users, or of jobs together, follow from afar only.
fn warn_of_rounding(load: Load, group: &Group, place: &Range<usize>, notes: &Notes<'_>) {
    let together = phases_of(group).find_map(|(phase, _)| {
        let (Phase::Burst { jobs, .. } | Phase::AtOnce { jobs, .. }) = phase else { return None };
        load.rounds(*jobs).then_some((*jobs, "jobs"))
    });
    let users = match &group.traffic {
        Traffic::Users(users) => {
            load.rounds(users.count.get()).then_some((users.count.get(), "users"))
        }
        Traffic::Phases(_) | Traffic::Trace(_) | Traffic::ClientSet(_) => None,
    };
    let Some((count, what)) = together.or(users) else { return };
    let message = format!("{load} of {count} {what} of `{}` are {}", group.name, load.count(count));
    let help = "take loads that leave whole numbers, or larger numbers";
    notes.warn(Code::RoundedLoad, place.clone(), message, "not quite this load", help);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_written_as_it_was_read() {
        for (billionths, text) in [
            (500_000_000, "50%"),
            (1_000_000_000, "100%"),
            (125_000_000, "12.5%"),
            (3_000_000_000, "300%"),
            (1, "0.0000001%"),
        ] {
            assert_eq!(Load::of(billionths).unwrap().to_string(), text);
        }
        assert_eq!(Load::of(0), None);
        assert_eq!(Load::of(Load::MOST + 1), None);
    }

    #[test]
    fn a_count_is_rounded_to_the_nearest_and_never_to_none() {
        let half = Load(500_000_000);
        assert_eq!([1, 2, 3, 4].map(|count| half.count(count)), [1, 1, 2, 2]);
        assert!(half.rounds(1) && half.rounds(3) && !half.rounds(4) && !half.rounds(101));
        assert_eq!(Load(1).count(5), 1);
        assert_eq!(Load(Load::MOST).count(u32::MAX), u32::MAX);
    }
}
