//! What happens once: clients that restart, and more jobs for a time.

use core::fmt;

use limits::{Instant, Span};
use rulebook::reading::known;
use run_record::EventNote;

use crate::calendar::{Date, Starts};
use crate::cast::{Group, Phase, Surge, Traffic};
use crate::ends::{Once, StatedEvent};
use crate::fault::Code;
use crate::lasts::{Stated, shown};
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::{Placed, Said, What, When, Written, WrittenEvent, WrittenGroup};

/// Clients of a group that restart.
///
/// A client that goes down hangs up whatever it has in flight and forgets what its strategy had
/// learnt; its jobs, and those that fall due meanwhile, wait. Once it is up again it is offered all
/// of them in that instant, by their numbers, as if they were new: what they had been through counts
/// in the record and not with the strategy.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Whose, by position in the scenario.
    pub group: u32,
    /// When the first of them goes down, from the beginning of the run.
    pub at: Span,
    /// How long each is down.
    pub takes: Span,
    /// How much later each goes down than the one before; none where all do at once.
    pub apart: Span,
}

impl Restart {
    /// When client `number` goes down, and when it is up again.
    fn of_client(&self, number: u32) -> (Instant, Instant) {
        let down = self.at.plus(self.apart.times(u64::from(number)));
        (Instant::START.after(down), Instant::START.after(down.plus(self.takes)))
    }

    /// The same as a note of a record: from the first that goes down to the last that is up.
    fn note(&self, group: &Group) -> EventNote {
        let (_, ends) = self.of_client(group.clients.get() - 1);
        EventNote {
            says: format!("a restart of {}", group.name),
            begins: self.at,
            ends: Some(ends.since(Instant::START)),
        }
    }
}

/// `its clients restarting at 5m, all at once, each down for 10s`.
impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its clients restarting at {}, ", shown(self.at))?;
        if self.apart.is_zero() {
            f.write_str("all at once")?;
        } else {
            write!(f, "{} apart", shown(self.apart))?;
        }
        write!(f, ", each down for {}", shown(self.takes))
    }
}

/// A client that goes down, or is up again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Switch {
    /// When.
    pub at: Instant,
    /// Its group, by position in the scenario.
    pub group: u32,
    /// Which of the group's clients.
    pub client: u32,
    /// Whether it is up from now on.
    pub up: bool,
}

impl Scenario {
    /// Restarts as a record notes them: they make jobs late that no limit delays.
    pub(crate) fn restart_notes(&self) -> impl Iterator<Item = EventNote> {
        let group = |restart: &Restart| self.groups.get(restart.group as usize);
        self.restarts.iter().filter_map(move |restart| Some(restart.note(group(restart)?)))
    }

    /// When clients go down and are up again, in that order: by time, group and client. At one
    /// instant they come before everything else that happens to their group.
    #[must_use]
    pub fn switches(&self) -> Vec<Switch> {
        let mut switches = Vec::new();
        for (number, group) in (0..).zip(&self.groups) {
            for client in 1..group.clients.get() {
                let up = begins(group, client);
                if up > Instant::START {
                    let switch = |at, up| Switch { at, group: number, client, up };
                    switches.extend([switch(Instant::START, false), switch(up, true)]);
                }
            }
        }
        for restart in &self.restarts {
            let group = restart.group;
            let clients = self.groups.get(group as usize).map_or(0, |group| group.clients.get());
            for client in 0..clients {
                let (down, up) = restart.of_client(client);
                switches.push(Switch { at: down, group, client, up: false });
                switches.push(Switch { at: up, group, client, up: true });
            }
        }
        switches.sort_unstable();
        switches
    }
}

/// When and to whom something may happen: clock, calendar and names.
#[derive(Debug)]
pub(crate) struct Happens {
    starts: Option<Starts>,
    holidays: Vec<Date>,
    /// Every group that the file names; nothing while one of them could not be read.
    names: Option<Vec<String>>,
}

impl Happens {
    pub(crate) fn of(written: &Written, notes: &Notes<'_>) -> Happens {
        let names = written.groups.iter();
        let names = names.map(|group| group.name.as_ref().map(|name| name.value.clone()));
        if let (None, Some(first)) = (written.starts, written.holidays.first()) {
            let message = "these are days, but nothing says on which the run begins".to_owned();
            let help = "add `starts = \"2025-11-24T00:00Z\"` to the file";
            notes.add(Code::NeedsStarts, Some(first.place.clone()), message, "which run?", help);
        }
        Happens {
            starts: written.starts,
            holidays: written.holidays.iter().map(|holiday| holiday.value).collect(),
            names: names.collect(),
        }
    }

    /// Whether anything says when the run begins.
    pub(crate) const fn has_start(&self) -> bool {
        self.starts.is_some()
    }

    /// The days on which nobody works.
    pub(crate) fn holidays(&self) -> Vec<Date> {
        self.holidays.clone()
    }

    /// Lets the days of every group know the holidays.
    pub(crate) fn keep_holidays(&self, groups: &mut [Group]) {
        let Some(starts) = self.starts else { return };
        let off = starts.days_off(&self.holidays);
        for group in groups {
            let Traffic::Phases(phases) = &mut group.traffic else { continue };
            for phase in phases {
                if let Phase::Daily { day, .. } = phase
                    && day.weekend.is_some()
                {
                    day.holidays = off;
                }
            }
        }
    }

    /// Finds each event its time and its group: surges go to theirs, restarts are answered.
    pub(crate) fn resolve(
        &self,
        events: &[WrittenEvent],
        groups: &mut [Group],
        stated: &mut Stated,
        notes: &Notes<'_>,
    ) -> Vec<Restart> {
        let mut restarts: Vec<Restart> = Vec::new();
        for event in events {
            let (What::Restart { group: name, .. } | What::Surge { group: name, .. }) = &event.what
            else {
                continue;
            };
            let at = self.at(&event.at, notes);
            let index = self.group(name, groups, notes);
            let (Some(at), Some(index)) = (at, index) else { continue };
            let Some(group) = groups.get_mut(index) else { continue };
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let what = match event.what {
                What::Restart { .. } if group.batch.is_some() => {
                    let message =
                        format!("`{}` hands in batches, which go on by themselves", group.name);
                    let help = "restart another group, or leave it out";
                    let (place, label) = (event.place.clone(), "nothing is in flight");
                    notes.add(Code::NotInBatch, Some(place), message, label, help);
                    continue;
                }
                What::Restart { takes, apart, .. } => {
                    let restart = Restart { group: number, at, takes, apart };
                    once(&restart, &restarts, group, event, notes);
                    restarts.push(restart);
                    Once::Restart(restart)
                }
                What::Surge { .. } if matches!(group.traffic, Traffic::Users(_)) => {
                    let message =
                        format!("the users of `{}` ask when they have thought", group.name);
                    let help = "surge another group, or add one for the jobs on top";
                    let (place, label) = (event.place.clone(), "no jobs come on top of theirs");
                    notes.add(Code::SurgeOfUsers, Some(place), message, label, help);
                    continue;
                }
                What::Surge { rate, lasts, .. } => {
                    group.surges.push(Surge { at, phase: Phase::Poisson { rate, lasts } });
                    Once::Surge { group: index, surge: group.surges.len() - 1 }
                }
                What::Service(_) | What::Account(_) => continue,
            };
            let (moment, place) = (self.moment(&event.at.value, at), event.place.clone());
            stated.events.push(StatedEvent { what, moment, place });
        }
        restarts
    }

    /// Where the group of an event stands among those that could be read.
    fn group(&self, word: &Placed<String>, groups: &[Group], notes: &Notes<'_>) -> Option<usize> {
        if let Some(names) = &self.names
            && !names.contains(&word.value)
        {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!("unknown group `{}`", word.value);
            let (place, help) = (Some(word.place.clone()), known(&word.value, &names));
            notes.add(Code::UnknownGroup, place, message, "no such group", &help);
        }
        groups.iter().position(|group| group.name == word.value)
    }

    /// The moment that is so long after the run's beginning, where the file says it by the wall.
    pub(crate) fn moment(&self, when: &When, at: Span) -> Option<String> {
        match when {
            When::After(_) => None,
            When::At(moment) => Some(moment.to_string()),
            When::BusinessDays(..) => self.starts.map(|starts| starts.after(at).to_string()),
        }
    }

    /// How long after the run's beginning something is.
    pub(crate) fn at(&self, when: &Placed<When>, notes: &Notes<'_>) -> Option<Span> {
        let place = Some(when.place.clone());
        if let When::After(span) = when.value {
            return Some(span);
        }
        let Some(starts) = self.starts else {
            let message = "this is a moment, but nothing says when the run begins".to_owned();
            let help = "add `starts = \"2025-11-03T09:00Z\"` to the file, or say `at = \"5m\"`";
            notes.add(Code::NeedsStarts, place, message, "how long after the start?", help);
            return None;
        };
        let span = match when.value {
            When::After(span) => Some(span),
            When::At(moment) => starts.until(&moment),
            When::BusinessDays(days, time) => starts.business_days(days, time, &self.holidays),
        };
        if span.is_none() {
            let message = format!("the run begins after this, at {starts}");
            let help = "name a later moment, or let the run begin earlier";
            notes.add(Code::OutsideRun, place, message, "before the run", help);
        }
        span
    }
}

/// When a client of a group begins.
fn begins(group: &Group, client: u32) -> Instant {
    let part = u128::from(group.starts.nanos()) * u128::from(client);
    let nanos = part / u128::from(group.clients.get());
    Instant::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Over what time the clients of a group begin; nothing where that is noted as a fault.
pub(crate) fn starts(group: &WrittenGroup, notes: &Notes<'_>) -> Option<Span> {
    let starts = match &group.starts {
        Said::Nothing => return Some(Span::ZERO),
        Said::Wrong => return None,
        Said::This(starts) => starts,
    };
    if starts.value.is_zero() || group.clients.get() > 1 {
        return Some(starts.value);
    }
    let message = "one client begins at once: there are no others to come after it".to_owned();
    let help = "say how many there are with `clients`, or leave `starts` out";
    notes.add(Code::VainPart, Some(starts.place.clone()), message, "spread over what?", help);
    None
}

/// Refuses a restart of clients that have not begun, or that another one has down.
fn once(
    restart: &Restart,
    earlier: &[Restart],
    group: &Group,
    event: &WrittenEvent,
    notes: &Notes<'_>,
) {
    let early = (1..group.clients.get()).any(|client| {
        group.starts > Span::ZERO && restart.of_client(client).0 <= begins(group, client)
    });
    if early {
        let message = format!("clients of `{}` restart before they have begun", group.name);
        let help = "let the restart begin later, or the clients sooner with `starts`";
        let (place, label) = (Some(event.place.clone()), "some of them are not up by then");
        notes.add(Code::RestartsOverlap, place, message, label, help);
    }
    let mut others = earlier.iter().filter(|other| other.group == restart.group);
    if others.any(|other| overlap(restart, other, group.clients.get())) {
        let message = format!("clients of `{}` restart while they are down", group.name);
        let help = "let the later restart begin after the earlier one has ended";
        let (place, label) = (Some(event.place.clone()), "some of them are down by then");
        notes.add(Code::RestartsOverlap, place, message, label, help);
    }
}

/// Whether one restart finds a client down in which the other one has it, or in the very instant
/// in which it is up again.
fn overlap(one: &Restart, other: &Restart, clients: u32) -> bool {
    (0..clients).any(|client| {
        let ((down, up), (other_down, other_up)) = (one.of_client(client), other.of_client(client));
        down <= other_up && other_down <= up
    })
}
