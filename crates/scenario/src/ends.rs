//! Events and the end of the run: whatever happens once must be over when the run is, because what
//! is cut off rehearses something else than the file says.

use core::ops::Range;

use limits::Span;

use crate::cast::{Group, Traffic};
use crate::event::Restart;
use crate::fault::Code;
use crate::lasts::{shown, unfit};
use crate::notes::Notes;
use crate::service_event::{Event, ServiceEvent};
use crate::stretch::fits;

/// Days of a February.
const SHORTEST_MONTH: Span = Span::from_secs(28 * 86_400);

/// An event of the file, with its place.
#[derive(Clone, Debug)]
pub(crate) struct StatedEvent {
    /// What happens.
    pub(crate) what: Once,
    /// The moment as the wall shows it, where the file says it by date or business days.
    pub(crate) moment: Option<String>,
    /// Where it stands.
    pub(crate) place: Range<usize>,
}

/// What happens once.
#[derive(Clone, Debug)]
pub(crate) enum Once {
    /// Clients restart.
    Restart(Restart),
    /// More jobs come for a time: this one of those of this group.
    Surge { group: usize, surge: usize },
    /// Something happens to the service.
    Service(ServiceEvent),
    /// An endpoint is started.
    EndpointStarts(Span),
    /// An endpoint is stopped; perhaps with the run.
    EndpointStops(Span),
    /// A job of the service's own is created, called so in the file.
    Created(&'static str, Span),
    /// Months end, and no date says when.
    Months,
}

/// A run that an event is held against.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Run<'r> {
    pub(crate) groups: &'r [Group],
    pub(crate) lasts: Span,
    /// How many nanoseconds of a week are over when it begins.
    pub(crate) week: u64,
}

impl StatedEvent {
    /// Refuses what is not over when the run is, and more jobs than can be computed exactly.
    pub(crate) fn hold(&self, run: &Run<'_>, notes: &Notes<'_>) {
        match self.what {
            Once::Service(ref event) => self.hold_service(event, run, notes),
            Once::Restart(restart) => self.hold_restart(&restart, run, notes),
            Once::EndpointStarts(at) => {
                self.hold_moment("this endpoint is started", at, at < run.lasts, run, notes);
            }
            Once::EndpointStops(at) => {
                self.hold_moment("this endpoint is stopped", at, at <= run.lasts, run, notes);
            }
            Once::Created(what, at) => {
                let what = format!("this `{what}` is created");
                self.hold_moment(&what, at, at < run.lasts, run, notes);
            }
            Once::Months => self.hold_months(run, notes),
            Once::Surge { group, surge } => {
                let group = run.groups.get(group);
                let Some(surge) = group.and_then(|group| group.surges.get(surge)) else { return };
                let why = fits(&surge.phase, surge.at.nanos(), run.week).err();
                unfit("surge", why, &self.place, notes);
                let until = surge.at.plus(surge.phase.lasts());
                if until > run.lasts {
                    let what = format!("this surge begins {}", self.when(surge.at));
                    let until = shown(until);
                    let (message, help) = if surge.at < run.lasts {
                        (
                            format!("{what} and lasts until {until}"),
                            "let it begin earlier or end sooner",
                        )
                    } else {
                        (what, "let it begin earlier")
                    };
                    self.refuse(Code::OutsideRun, &message, help, run, notes);
                }
            }
        }
    }

    fn hold_moment(&self, what: &str, at: Span, within: bool, run: &Run<'_>, notes: &Notes<'_>) {
        if !within {
            let what = format!("{what} {}", self.when(at));
            self.refuse(Code::OutsideRun, &what, "name an earlier moment", run, notes);
        }
    }

    /// The shortest month that a run can begin with is over in it.
    fn hold_months(&self, run: &Run<'_>, notes: &Notes<'_>) {
        if run.lasts > SHORTEST_MONTH {
            let message = format!(
                "bills are by the month, and one ends within {}: nothing says when",
                shown(run.lasts)
            );
            let help = "add `starts = \"2025-11-03T09:00Z\"` to the file: without it the run begins \
                        with a month";
            let place = Some(self.place.clone());
            notes.add(Code::MonthsNeedStarts, place, message, "in which month?", help);
        }
    }

    fn hold_service(&self, event: &ServiceEvent, run: &Run<'_>, notes: &Notes<'_>) {
        let verb = if matches!(event.what, Event::Account(_)) { "comes" } else { "begins" };
        let begins = format!("this `{}` {verb} {}", event.what.word(), self.when(event.at));
        let last = event.last_change();
        let over = event.ends().is_some();
        if event.at >= run.lasts {
            self.refuse(Code::OutsideRun, &begins, "let it begin earlier", run, notes);
        } else if over && last > run.lasts {
            let what = format!("{begins} and lasts until {}", shown(last));
            let help = "let it begin earlier or end sooner";
            self.refuse(Code::OutsideRun, &what, help, run, notes);
        } else if !over && last >= run.lasts {
            let what = format!("{begins}, its last step {} from the start", shown(last));
            let help = "leave out the steps that are too late";
            self.refuse(Code::OutsideRun, &what, help, run, notes);
        }
    }

    fn hold_restart(&self, restart: &Restart, run: &Run<'_>, notes: &Notes<'_>) {
        let Some(group) = run.groups.get(restart.group as usize) else { return };
        let count = group.clients.get();
        let down = restart.at.plus(restart.apart.times(u64::from(count - 1)));
        let up = down.plus(restart.takes);
        let begins = format!("this restart begins {}", self.when(restart.at));
        let last = if restart.apart.is_zero() {
            String::new()
        } else {
            format!(
                ", the last of its {count} clients, {} apart, goes down at {}",
                shown(restart.apart),
                shown(down)
            )
        };
        if restart.at >= run.lasts {
            self.refuse(Code::OutsideRun, &begins, "let it begin earlier", run, notes);
        } else if down >= run.lasts {
            let help = "shorten `apart`, let it begin earlier";
            self.refuse(Code::OutsideRun, &(begins + &last), help, run, notes);
        } else if up > run.lasts {
            let (who, help) = if last.is_empty() {
                (", and its clients are", "shorten `takes`, let it begin earlier")
            } else {
                (" and is", "shorten `takes` or `apart`, let it begin earlier")
            };
            let message = format!("{begins}{last}{who} up again at {}", shown(up));
            self.refuse(Code::RestartUnfinished, &message, help, run, notes);
        }
    }

    /// `5m from the start`, `3d from the start (2025-12-01T09:00Z)`.
    fn when(&self, at: Span) -> String {
        let on = self.moment.as_ref().map_or_else(String::new, |moment| format!(" ({moment})"));
        format!("{} from the start{on}", shown(at))
    }

    fn refuse(&self, code: Code, what: &str, help: &str, run: &Run<'_>, notes: &Notes<'_>) {
        let message = format!("{what}; the run is over at {}", shown(run.lasts));
        let recorded = |group: &Group| match group.traffic {
            Traffic::Trace(_) | Traffic::ClientSet(_) => true,
            Traffic::Phases(_) | Traffic::Users(_) => false,
        };
        // Nothing makes a recording longer.
        let help = if run.groups.iter().any(recorded) {
            format!("{help}: the recording says how long the run lasts")
        } else {
            format!("{help}, or let the run last longer")
        };
        let label = if code == Code::OutsideRun { "outside the run" } else { "down when it ends" };
        notes.add(code, Some(self.place.clone()), message, label, &help);
    }
}
