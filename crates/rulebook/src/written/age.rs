//! From when and until when an edition's rules held, as it is written.

use crate::dated::is_day;
use crate::reading::Value;
use crate::rows::Noted;

use super::{Reader, code};

/// The first day of an edition and the first after it, as far as it says.
pub(super) type Age = (Option<Noted<String>>, Option<Noted<String>>);

impl Reader<'_> {
    /// The day on which the rules began to hold, and the day on which they ceased to.
    pub(super) fn age(&mut self) -> Age {
        let table = self.root.get("age").and_then(|age| age.table(&["began", "ended"]));
        let Some(table) = table else { return (None, None) };
        let began = table.get("began").and_then(|began| self.fact("age", began, day));
        let entry = table.get("ended");
        let ended = entry.and_then(|ended| self.fact("age", ended, day));
        if let (Some(began), Some(ended), Some(entry)) = (&began, &ended, entry)
            && ended.value <= began.value
        {
            let message = format!("it ended on {} before it began", ended.value);
            let help = format!("write a day after {}", began.value);
            entry.fault(code::OUT_OF_ORDER, message, "not after `began`", &help);
        }
        (began, ended)
    }
}

/// A day such as `2026-04-22`.
pub(super) fn day(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    if is_day(text) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is no day");
    value.fault(code::NOT_A_DAY, message, "not a year, a month and a day", "write \"2026-04-22\"");
    None
}
