//! How sentences speak of a rung: of a tier, of the hour before the run where the edition has no
//! tiers, or of the endpoint where every job goes to one of its own.

use super::{Study, Tier};
use crate::account::climb::{self, Climb};
use crate::numbers;

/// What the columns of a page stand for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ladder {
    Tiers,
    /// Requests per minute of the hour before the run.
    PastHours,
    /// No job shares a limit, so there is nothing to climb.
    Endpoints,
}

impl Study<'_> {
    pub(crate) fn ladder(&self) -> Ladder {
        let groups = &self.record.header().groups;
        if !groups.is_empty() && groups.iter().all(|group| group.endpoint.is_some()) {
            Ladder::Endpoints
        } else if self.record.header().ladder.iter().any(|rung| rung.past_hour_rpm.is_some()) {
            Ladder::PastHours
        } else {
            Ladder::Tiers
        }
    }

    /// `tier` or `past hour`.
    pub(crate) fn rung(&self) -> &'static str {
        match self.ladder() {
            Ladder::Tiers => "tier",
            Ladder::PastHours => "past hour",
            Ladder::Endpoints => "endpoint",
        }
    }

    /// The same at the head of a column.
    pub(crate) fn rung_heading(&self) -> &'static str {
        match self.ladder() {
            Ladder::Tiers => "Tier",
            Ladder::PastHours => "Past hour",
            Ladder::Endpoints => "Endpoint",
        }
    }

    /// `Tier 2`, `300/min in the past hour`, `the endpoint “h100”`: as a subject.
    pub(crate) fn subject(&self, tier: usize) -> String {
        match (self.ladder(), self.past_hour(tier)) {
            (Ladder::Endpoints, _) => self.endpoints(),
            (_, Some(0)) => "a launch".to_owned(),
            (_, Some(rpm)) => in_the_past_hour(rpm),
            (_, None) => self.title(tier).to_owned(),
        }
    }

    /// What a claim is about: `Tier 2`, or `An account that begins on Tier 1 and reaches Tier 4 on
    /// day 35`.
    fn claimed(&self, tier: usize) -> String {
        match climb::of(self, tier) {
            Some(Climb { to, when }) => {
                let from = self.title(tier);
                format!("An account that begins on {from} and reaches {to} {when}")
            }
            None => capital(&self.subject(tier)),
        }
    }

    /// Within a sentence: `on Tier 2`, `with 300/min in the past hour`, `on a launch`.
    pub(crate) fn there(&self, tier: usize) -> String {
        if let Some(climb) = climb::of(self, tier) {
            return format!("on the way from {} to {}", self.title(tier), climb.to);
        }
        let with = self.past_hour(tier).is_some_and(|rpm| rpm > 0);
        let preposition = if with && self.ladder() == Ladder::PastHours { "with" } else { "on" };
        format!("{preposition} {}", self.subject(tier))
    }

    /// At its beginning: `On Tier 2`, `With 300/min in the past hour`, `On a launch, with no past
    /// hour`.
    pub(crate) fn on(&self, tier: usize) -> String {
        let there = capital(&self.there(tier));
        match (self.ladder(), self.past_hour(tier)) {
            (Ladder::PastHours, Some(0)) => format!("{there}, with no past hour"),
            _ => there,
        }
    }

    /// `Tier 2 carries this traffic`.
    pub(crate) fn carries(&self, tier: usize) -> String {
        match self.ladder() {
            Ladder::PastHours => format!("{}, this traffic is carried", self.on(tier)),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("{} carries this traffic", self.claimed(tier))
            }
        }
    }

    /// `Tier 2 does not carry this traffic`.
    pub(crate) fn does_not_carry(&self, tier: usize) -> String {
        match self.ladder() {
            Ladder::PastHours => format!("{}, this traffic is not carried", self.on(tier)),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("{} does not carry this traffic", self.claimed(tier))
            }
        }
    }

    /// `Tier 2 is enough`.
    pub(crate) fn is_enough(&self, tier: usize) -> String {
        match self.ladder() {
            Ladder::PastHours => format!("{}, this traffic can be carried", self.on(tier)),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("{} is enough", self.claimed(tier))
            }
        }
    }

    /// `Tier 3 is not judged`.
    pub(crate) fn is_not_judged(&self, tier: usize) -> String {
        match self.ladder() {
            Ladder::PastHours => format!("{}, nothing is judged", self.on(tier)),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("{} is not judged", self.claimed(tier))
            }
        }
    }

    /// `Tier 4 with “x” does`, `With 600/min in the past hour, “x” does`.
    pub(crate) fn with(&self, tier: usize, name: &str, verb: &str) -> String {
        match self.ladder() {
            Ladder::PastHours => format!("{}, {name} {verb}", self.on(tier)),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("{} with {name} {verb}", capital(&self.subject(tier)))
            }
        }
    }

    /// `No tier tested carries this traffic.`
    pub(crate) fn none_carries(&self) -> &'static str {
        match self.ladder() {
            Ladder::Tiers | Ladder::Endpoints => "No tier tested carries this traffic.",
            Ladder::PastHours if self.is_short_of_room() => {
                "No past hour carries this traffic: the model has no room for it."
            }
            Ladder::PastHours => "No past hour tested is enough for this traffic.",
        }
    }

    /// What it takes to come to a rung: `Reach Tier 4`.
    pub(crate) fn reach(&self, tier: usize) -> String {
        match (self.ladder(), self.past_hour(tier)) {
            (Ladder::PastHours, Some(rpm)) => format!(
                "Grow to {}/min over the hours before, so that the dynamic rate follows",
                numbers::count(rpm)
            ),
            _ => format!("Reach {}{}", self.title(tier), self.priced(tier)),
        }
    }

    /// ` ($250 paid in all)`, of a tier that is bought.
    pub(crate) fn priced(&self, tier: usize) -> String {
        let paid = self.tiers.get(tier).and_then(|tier| tier.reach?.paid);
        paid.map_or_else(String::new, |paid| format!(" ({} paid in all)", numbers::dollars(paid)))
    }

    /// What a rung allows, after a figure: `of Tier 2`, `that a launch begins with`, `that 300/min
    /// in the past hour gives`.
    pub(crate) fn allowed(&self, tier: usize) -> String {
        match self.past_hour(tier) {
            Some(0) => "that a launch begins with".to_owned(),
            Some(rpm) => format!("that {} gives", in_the_past_hour(rpm)),
            None => format!("of {}", self.title(tier)),
        }
    }

    /// `limits of the other tiers`.
    pub(crate) fn other_rungs(&self) -> &'static str {
        match self.ladder() {
            Ladder::Tiers | Ladder::Endpoints => "limits of the other tiers",
            Ladder::PastHours => "the same after other past hours",
        }
    }

    /// Tokens per minute that other tenants leave of a model, where it has bounds.
    pub(crate) fn left(&self, model: &str) -> Option<u64> {
        let notes = &self.record.header().capacity;
        notes.iter().find(|note| note.model == model).map(|note| note.left_tpm)
    }

    /// A rung at the head of a column.
    pub(crate) fn column(&self, tier: usize) -> &str {
        self.tiers.get(tier).map_or("", |tier| &tier.column)
    }

    /// Requests a minute of the past hour that a rung stands for.
    pub(crate) fn past_hour(&self, tier: usize) -> Option<u64> {
        self.tiers.get(tier)?.past_hour
    }

    /// `Without any limit`, where that is all that was taken away.
    pub(crate) fn without(&self) -> &'static str {
        let header = self.record.header();
        let bounded = !header.capacity.is_empty() || self.ladder() != Ladder::Tiers;
        // What stands for no limit stands for no endpoint either, and those start and fill up.
        let endpoint = header.groups.iter().any(|group| group.endpoint.is_some());
        if bounded || endpoint || !header.events.is_empty() {
            "Without any limit, shortage or failure,"
        } else {
            "Without any limit"
        }
    }

    /// `the endpoint “h100”`, or several.
    pub(crate) fn endpoints(&self) -> String {
        let groups = self.record.header().groups.iter();
        let mut names: Vec<String> = groups
            .filter_map(|group| Some(format!("“{}”", group.endpoint.as_ref()?.name)))
            .collect();
        names.sort_unstable();
        names.dedup();
        let noun = if names.len() == 1 { "endpoint" } else { "endpoints" };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("the {noun} {}", numbers::listed(&names))
    }
}

impl Tier<'_> {
    /// Whether its rates only say who is to blame where capacity lacks.
    pub(crate) fn is_dynamic(&self) -> bool {
        !self.limits.is_empty() && self.limits.iter().all(|pair| !pair.hard)
    }
}

fn in_the_past_hour(rpm: u64) -> String {
    format!("{}/min in the past hour", numbers::count(rpm))
}

/// `300/min in the past hour` or `a launch`, of the name of such a rung, also where it was not run.
pub(super) fn of_past_hour(name: &str) -> Option<String> {
    let rate = name.strip_prefix("past-")?;
    let (amount, _) = rate.split_once('/')?;
    Some(match (amount.parse(), rate.strip_suffix("/min").map(str::parse)) {
        (Ok(0_u64), _) => "a launch".to_owned(),
        (_, Some(Ok(rpm))) => in_the_past_hour(rpm),
        _ => format!("{rate} in the past hour"),
    })
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// With a small first letter.
pub(crate) fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
