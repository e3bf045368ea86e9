//! What an edition shows and says: units, names of headers, bodies of errors.

use wire::{ErrorKind, Status};

use crate::errors::{ErrorWords, HeaderWords, PLACES};
use crate::reading::{Table, Value, known};
use crate::rows::ShownRule;
use crate::shows::{Rounding, ShownHint, ShownOn};

use super::{Reader, code};

const SHOWN: &[&str] = &["on", "unit", "tokens", "without_tokens", "reset", "hint"];

const KINDS: usize = ErrorKind::ALL.len();

/// The names of all kinds of error.
const NAMES: [&str; KINDS] = {
    let mut names = [""; KINDS];
    let mut index = 0;
    while index < KINDS {
        names[index] = ErrorKind::ALL[index].name();
        index += 1;
    }
    names
};

const ERROR: &[&str] = &[
    "status",
    "type",
    "code",
    "message",
    "headers",
    "page",
    "type_beside",
    "source",
    "certainty",
    "date",
    "note",
];

impl<'d> Reader<'d> {
    pub(super) fn shown(&mut self) -> Option<ShownRule> {
        let table = self.root.need("shown", "[shown]")?.table(SHOWN)?;
        let on = match table.get("on") {
            Some(on) => self.fact("shown", on, |on| on.word(ShownOn::WORDS)).map(|on| on.value),
            None => Some("every"),
        };
        let unit = table.need("unit", "unit = { value = \"1s\", … }");
        let unit = unit.and_then(|v| self.fact("shown", v, Value::duration_above_zero));
        let tokens = table.need("tokens", "tokens = { value = \"1s\", … }");
        let tokens = tokens.and_then(|v| self.fact("shown", v, Value::duration_above_zero));
        let without = table.get("without_tokens");
        let without = without.and_then(|value| self.fact("shown", value, at_most_32_bits));
        let reset = table.need("reset", "reset = { value = \"nearest\", … }");
        let reset = reset.and_then(|v| self.fact("shown", v, |v| v.word(Rounding::WORDS)));
        let hint = table.need("hint", "hint = { value = \"reset\", … }");
        let hint = hint.and_then(|v| self.fact("shown", v, |v| v.word(ShownHint::WORDS)));
        Some(ShownRule {
            on: ShownOn::of_word(on?),
            unit: unit?.value,
            tokens: tokens?.value,
            without_tokens: without.map(|without| without.value),
            reset: Rounding::of_word(reset?.value),
            hint: ShownHint::of_word(hint?.value),
        })
    }

    pub(super) fn headers(&mut self) -> Option<HeaderWords> {
        const NAMES: &[&str] = &[
            "limit",
            "remaining",
            "reset",
            "hint",
            "hint_millis",
            "limited",
            "limit_tokens",
            "remaining_tokens",
            "limit_dynamic",
            "remaining_dynamic",
        ];
        let table = self.root.need("headers", "[headers]")?.table(NAMES)?;
        let mut name = |key| {
            let found = table.get(key).and_then(|value| self.fact("headers", value, Value::text));
            found.map(|name| name.value.to_owned()).unwrap_or_default()
        };
        Some(HeaderWords {
            limit: name("limit"),
            remaining: name("remaining"),
            reset: name("reset"),
            hint: name("hint"),
            hint_millis: name("hint_millis"),
            limited: name("limited"),
            limit_tokens: name("limit_tokens"),
            remaining_tokens: name("remaining_tokens"),
            limit_dynamic: name("limit_dynamic"),
            remaining_dynamic: name("remaining_dynamic"),
        })
    }

    /// The words of every kind. One that [`like`] another may be left out.
    pub(super) fn errors(&mut self) -> Option<[ErrorWords; KINDS]> {
        let table = self.root.need("errors", "[errors.requests_limited]")?.table(&NAMES)?;
        let read = ErrorKind::ALL.map(|kind| self.error(&table, kind));
        let written = |kind: ErrorKind| {
            let index = ErrorKind::ALL.iter().position(|known| *known == kind);
            index.and_then(|index| read.get(index)).cloned().flatten()
        };
        let words =
            ErrorKind::ALL.map(|kind| written(kind).or_else(|| like(kind).and_then(written)));
        let whole: Option<Vec<ErrorWords>> = words.into_iter().collect();
        whole?.try_into().ok()
    }

    fn error(&mut self, errors: &Table<'d>, kind: ErrorKind) -> Option<ErrorWords> {
        let name = kind.name();
        let entry = match like(kind) {
            Some(_) => errors.get(name),
            None => errors.need(name, &format!("[errors.{name}]")),
        }?;
        let table = entry.table(ERROR)?;
        let status = table.need("status", "status = 429").and_then(|value| {
            let number = value.whole()?;
            let status = u16::try_from(number).ok().filter(|n| (400..600).contains(n));
            if status.is_none() {
                let message = format!("`{number}` is not the status of a failure");
                value.fault(code::STATUS, message, "not between 400 and 599", "");
            }
            status
        });
        let page = table.get("page").map_or(Some(false), Value::flag);
        // A page has no `error.type`.
        let kind = match page {
            Some(true) => Some(table.get("type").and_then(Value::text).unwrap_or_default()),
            Some(false) | None => table.need("type", "type = \"rate_limit\"").and_then(Value::text),
        };
        let code = table.get("code").map(Value::text);
        let message = table.need("message", "message = \"…\"").and_then(message);
        let headers = table.get("headers").map_or(Some(true), Value::flag);
        let type_beside = table.get("type_beside").map_or(Some(false), Value::flag);
        let from = self.provenance(&table);
        let words = ErrorWords {
            status: Status(status?),
            kind: kind?.to_owned(),
            code: code.map_or(Some(None), |code| code.map(|code| Some(code.to_owned())))?,
            message: message?.to_owned(),
            headers: headers?,
            page: page?,
            type_beside: type_beside?,
        };
        let code = words.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        let value = format!("{} {}{code}: {}", words.status.0, words.kind, words.message);
        self.note("errors", entry, value, from?);
        Some(words)
    }
}

/// A message whose places are all known.
fn message(value: Value<'_>) -> Option<&str> {
    let text = value.text()?;
    let mut known_places = true;
    for part in text.split('{').skip(1) {
        let place = part.split('}').next().unwrap_or(part);
        if !PLACES.contains(&place) {
            let message = format!("no place is named `{{{place}}}`");
            value.fault(code::UNKNOWN_PLACE, message, "in this message", &known(place, &PLACES));
            known_places = false;
        }
    }
    known_places.then_some(text)
}

/// A whole number, zero among them.
fn at_most_32_bits(value: Value<'_>) -> Option<u32> {
    value.whole().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

/// The kind whose words one has that an edition leaves out; `None` for those it cannot leave out.
fn like(kind: ErrorKind) -> Option<ErrorKind> {
    match kind {
        ErrorKind::DynamicRequestsLimited => Some(ErrorKind::RequestsLimited),
        ErrorKind::DynamicTokensLimited => Some(ErrorKind::TokensLimited),
        ErrorKind::FreeTier => Some(ErrorKind::NoAccess),
        ErrorKind::TooLarge => Some(ErrorKind::Invalid),
        ErrorKind::GatewayTimeout | ErrorKind::GatewayPage => Some(ErrorKind::Unavailable),
        ErrorKind::RequestsLimited
        | ErrorKind::TokensLimited
        | ErrorKind::ModelLimited
        | ErrorKind::NoCredit
        | ErrorKind::NoAccess
        | ErrorKind::Invalid
        | ErrorKind::TooLong
        | ErrorKind::Unauthorized
        | ErrorKind::UnknownModel
        | ErrorKind::Internal
        | ErrorKind::Unavailable => None,
    }
}
