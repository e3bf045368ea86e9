//! `correlation` of a group: whether long prompts get long answers.

use chance::Copula;
use rulebook::reading::Value;

use crate::fault::Code;
use crate::length::Length;
use crate::notes::Notes;
use crate::written::Placed;

/// Reads the correlation of two ranks.
pub(crate) fn read(value: Value<'_>) -> Option<Placed<Copula>> {
    let rho = value.number()?;
    let copula = Copula::of_ranks(rho).ok();
    if copula.is_none() {
        let message = format!("prompts and answers cannot have a correlation of {rho}");
        let help = "from -1 to 1: at 1 the longest prompt gets the longest answer, at 0 neither \
                    says anything of the other";
        value.fault(Code::OutOfRange.name(), message, "not between -1 and 1", help);
    }
    Some(Placed { value: copula?, place: value.place() })
}

/// Refuses a correlation of what is not drawn.
pub(crate) fn of_drawn(
    correlation: &Placed<Copula>,
    lengths: [(&str, Option<&Length>); 2],
    notes: &Notes<'_>,
) -> Option<Copula> {
    let mut drawn = true;
    for (key, length) in lengths {
        let (message, help) = match length {
            Some(Length::Fixed(_)) => (
                format!("`{key}` is always the same, so it goes with nothing"),
                format!("leave `correlation` out, or write a law for `{key}`"),
            ),
            Some(Length::Trace) => (
                format!("`{key}` is recorded, so it goes with what was recorded beside it"),
                "leave `correlation` out, or write laws for `prompt` and `answer`".to_owned(),
            ),
            Some(Length::Drawn { .. }) | None => continue,
        };
        let place = Some(correlation.place.clone());
        notes.add(Code::NothingToCorrelate, place, message, "of what is not drawn", &help);
        drawn = false;
    }
    drawn.then_some(correlation.value)
}
