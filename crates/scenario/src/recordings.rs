//! What was recorded and is replayed: a run is handed one recording, a trace or a set of clients,
//! and every group that replays one says the same of it.

use std::sync::Arc;

use rulebook::Refused;

use crate::cast::{Group, Length, Traffic};
use crate::client_set::{ClientSet, ClientSetNeed, Demand};
use crate::context;
use crate::fault::Code;
use crate::lasts;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::{WrittenGroup, WrittenTraffic};

/// Refuses a second recording: a run has one clock, and it is handed one.
pub(crate) fn only_one(groups: &[WrittenGroup], notes: &Notes<'_>) {
    let replays =
        |group: &WrittenGroup| group.traffic.as_ref().is_some_and(WrittenTraffic::is_recorded);
    let mut groups = groups.iter().filter(|group| replays(group));
    let Some(first) = groups.next().and_then(|group| group.traffic.as_ref()) else { return };
    for traffic in groups.filter_map(|group| group.traffic.as_ref()) {
        if traffic.same_recording(first) {
            continue;
        }
        let (file, other) = (traffic.file().unwrap_or_default(), first.file().unwrap_or_default());
        let (message, help) = if file == other {
            let message = format!("this group says other things of {file} than another");
            (message, "write the same in both groups, or rehearse them one by one")
        } else {
            let message = format!("this group replays {file}, another group {other}");
            (message, "rehearse them one by one")
        };
        let place = Some(traffic.place().clone());
        notes.add(Code::SeveralTraces, place, message, "a second trace", help);
    }
}

impl Scenario {
    /// The set of clients that some group replays.
    #[must_use]
    pub fn client_set_need(&self) -> Option<&ClientSetNeed> {
        self.groups.iter().find_map(|group| match &group.traffic {
            Traffic::ClientSet(need) => Some(need.as_ref()),
            Traffic::Phases(_) | Traffic::Trace(_) | Traffic::Users(_) => None,
        })
    }

    /// The set of clients that was handed over.
    #[must_use]
    pub fn client_set(&self) -> Option<&Arc<ClientSet>> {
        self.client_set.as_ref()
    }

    /// Hands over the set of clients that the scenario asks for, all of what was recorded: the
    /// slice is taken from it here. The run then lasts as long as the slice.
    pub fn with_client_set(mut self, set: Arc<ClientSet>) -> Result<Scenario, Refused> {
        let notes = Notes::default();
        let Some(need) = self.client_set_need().cloned() else {
            let message = "this scenario asks for no clients".to_owned();
            let help = "a group replays some with `traffic = { client_set = { file = … } }`";
            notes.add(Code::TraceNotAsked, None, message, "", help);
            return Err(self.refusal(notes));
        };
        if let Err(no_slice) = need.fits(&set) {
            self.stated.refuse_clients(no_slice, set.span(), &notes);
            return Err(self.refusal(notes));
        }
        self.gaps.extend(set.gaps(&need));
        self.client_set = Some(set);
        self.settle(&notes);
        self.hold_clients(&notes);
        context::warn(&self, &notes);
        if !notes.are_none() {
            return Err(self.refusal(notes));
        }
        self.warnings.extend(notes.into_faults());
        Ok(self)
    }

    /// Refuses groups whose clients have no lengths, or more jobs than a run may have.
    fn hold_clients(&self, notes: &Notes<'_>) {
        for (group, stated) in self.groups.iter().zip(&self.stated.groups) {
            let Some(demand) = self.demand(group) else { continue };
            let by_law =
                !matches!(group.prompt, Length::Trace) && !matches!(group.answer, Length::Trace);
            if !by_law && !demand.has_lengths() {
                let message =
                    format!("not all clients of `{}` have lengths of their own", group.name);
                let help = "give the group `prompt` and `answer`, which those take, or name an archive of lengths: `lengths = { file = … }`";
                let place = Some(stated.place.clone());
                notes.add(Code::LengthNeedsTrace, place, message, "how long are their jobs?", help);
            }
            lasts::unfit("phase", demand.fits().err(), &stated.place, notes);
        }
    }

    /// What a group that replays a set of clients asks for; nothing while that is not at hand.
    pub(crate) fn demand<'s>(&'s self, group: &'s Group) -> Option<Demand<'s>> {
        let Traffic::ClientSet(need) = &group.traffic else { return None };
        Some(Demand::of(self.client_set.as_ref()?, need, group))
    }
}
