//! The grid of a strategy.

use strategies::{FirstSendPart, Parts};

use crate::knob::Knob;
use crate::surface::Setting;

/// A number of a strategy with the values that are tried of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Which number.
    pub knob: Knob,
    /// What it may be, the smallest first.
    pub values: Vec<u64>,
    /// Which of them it was.
    pub own: usize,
}

/// What may be tuned of a strategy; nothing where it has no number of its own.
#[must_use]
pub fn parameters(parts: &Parts) -> Vec<Parameter> {
    let known = Knob::ALL.into_iter().filter_map(|knob| Some((knob, knob.read(parts)?)));
    known
        .map(|(knob, own)| {
            let values = knob.grid(own);
            let own = values.iter().position(|value| *value == own).unwrap_or(0);
            Parameter { knob, values, own }
        })
        .filter(|parameter| parameter.values.len() > 1)
        .collect()
}

impl Setting {
    /// The strategy as it is.
    #[must_use]
    pub fn own(parameters: &[Parameter]) -> Self {
        Self(parameters.iter().map(|parameter| parameter.own).collect())
    }

    /// A strategy with its numbers so.
    #[must_use]
    pub fn applied(&self, parts: &Parts, parameters: &[Parameter]) -> Parts {
        let mut changed = *parts;
        for (parameter, place) in parameters.iter().zip(&self.0) {
            if let Some(value) = parameter.values.get(*place) {
                parameter.knob.write(&mut changed, *value);
            }
        }
        changed
    }
}

/// Whether the numbers of a strategy make sense beside each other.
pub(crate) fn is_sound(parts: &Parts) -> bool {
    let read = |knob: Knob| knob.read(parts);
    let ordered = |low: Option<u64>, high: Option<u64>| match (low, high) {
        (Some(low), Some(high)) => low <= high,
        _ => true,
    };
    let least = if let FirstSendPart::AimdCap { least, .. } = parts.first_send {
        Some(u64::from(least))
    } else {
        None
    };
    let before = |low: Option<u64>, high: Option<u64>| match (low, high) {
        (Some(low), Some(high)) => low < high,
        _ => true,
    };
    ordered(read(Knob::First), read(Knob::Cap))
        && ordered(least, read(Knob::FirstInFlight))
        && ordered(read(Knob::FirstInFlight), read(Knob::MostInFlight))
        && before(read(Knob::ElsewhereAfter), read(Knob::Tries))
        && before(read(Knob::HedgeAfter), read(Knob::Timeout))
        && read(Knob::First).is_none_or(|first| first > parts.wait.grain.nanos())
}

#[cfg(test)]
mod tests {
    use strategies::Preset;

    use super::*;

    #[test]
    fn a_strategy_has_the_numbers_of_its_parts() {
        let told: Vec<String> = ["give-up", "full-jitter", "together-py", "own-bucket"]
            .into_iter()
            .map(|name| {
                let parts = Preset::named(name).unwrap().parts();
                let numbers = parameters(&parts);
                let values = |parameter: &Parameter| {
                    let text = |value: &u64| parameter.knob.text(*value);
                    let values: Vec<String> = parameter.values.iter().map(text).collect();
                    format!("\n  {} {}", parameter.knob.name(), values.join(" "))
                };
                format!("{name}{}", numbers.iter().map(values).collect::<String>())
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn the_own_setting_changes_nothing_and_another_what_it_says() {
        let parts = Preset::named("together-py").unwrap().parts();
        let numbers = parameters(&parts);
        let own = Setting::own(&numbers);
        assert_eq!(own.applied(&parts, &numbers), parts);
        let eight = numbers[0].values.iter().position(|value| *value == 8).unwrap();
        let patient = own.with(0, eight).applied(&parts, &numbers);
        assert_eq!(patient.stop.tries, Some(8));
        assert_eq!(patient.wait, parts.wait);
    }
}
