//! Until when an edition's rules held, as it is written.

use crate::edition::Noted;
use crate::reading::Value;

use super::{Reader, code};

impl Reader<'_> {
    /// The day on which the rules ceased to hold, where the edition says that they did.
    pub(super) fn ended(&mut self) -> Option<Noted<String>> {
        let table = self.root.get("age")?.table(&["ended"])?;
        let ended = table.need("ended", "ended = { value = \"2026-04-22\", … }")?;
        self.fact("age", ended, day)
    }
}

/// A day such as `2026-04-22`.
fn day(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let digits = |range, least: u32, most: u32| {
        let part: Option<&str> = text.get(range);
        let number = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        number.and_then(|part| part.parse().ok()).is_some_and(|n: u32| (least..=most).contains(&n))
    };
    let dashes = text.get(4..5) == Some("-") && text.get(7..8) == Some("-") && text.len() == 10;
    if dashes && digits(0..4, 0, 9_999) && digits(5..7, 1, 12) && digits(8..10, 1, 31) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is no day");
    value.fault(code::NOT_A_DAY, message, "not a year, a month and a day", "write \"2026-04-22\"");
    None
}
