//! The table of errors, as an edition writes it: how each kind is worded, and how it is worded
//! where an assumption says otherwise.

use wire::{ErrorKind, Status};

use crate::choices::Chosen;
use crate::errors::{ErrorWords, Errors, PLACES};
use crate::reading::{Table, Value, known};

use super::words::whens;
use super::{Reader, code};

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
    "when",
];

impl<'d> Reader<'d> {
    /// The words of every kind. One that is [`like`] another may be left out.
    pub(super) fn errors(&mut self) -> Option<Errors> {
        let table = self.root.need("errors", "[errors.requests_limited]")?.table(&NAMES)?;
        let mut otherwise = Vec::new();
        let read = ErrorKind::ALL.map(|kind| self.error(&table, kind, &mut otherwise));
        let written = |kind: ErrorKind| {
            let index = ErrorKind::ALL.iter().position(|known| *known == kind);
            index.and_then(|index| read.get(index)).cloned().flatten()
        };
        let words =
            ErrorKind::ALL.map(|kind| written(kind).or_else(|| like(kind).and_then(written)));
        let whole: Option<Vec<ErrorWords>> = words.into_iter().collect();
        Some(Errors::new(whole?.try_into().ok()?, otherwise))
    }

    fn error(
        &mut self,
        errors: &Table<'d>,
        kind: ErrorKind,
        otherwise: &mut Vec<Chosen<(ErrorKind, ErrorWords)>>,
    ) -> Option<ErrorWords> {
        let name = kind.name();
        let entry = match like(kind) {
            Some(_) => errors.get(name),
            None => errors.need(name, &format!("[errors.{name}]")),
        }?;
        let table = entry.table(ERROR)?;
        let words = self.error_words("errors", entry, &table, None);
        for (assumption, value) in whens(&table) {
            let Some(table) = value.table(ERROR) else { continue };
            let under = format!("errors.{name}.when.{assumption}");
            let usual = words.as_ref();
            if let Some(words) =
                usual.and_then(|usual| self.error_words(&under, value, &table, Some(usual)))
            {
                otherwise.push(Chosen::new(assumption, &value, (kind, words)));
            }
        }
        words
    }

    /// How a recording is refused.
    pub(super) fn unheard_words(&mut self, entry: Value<'d>) -> Option<ErrorWords> {
        let table = entry.table(ERROR)?;
        self.error_words("sound", entry, &table, None)
    }

    /// The words with which endpoints are not made any more; `[endpoints]` may be left out.
    pub(super) fn closed(&mut self) -> Option<ErrorWords> {
        let entry = self.root.get("endpoints")?.table(&["closed"])?.get("closed")?;
        let table = entry.table(ERROR)?;
        self.error_words("endpoints", entry, &table, None)
    }

    /// The words in one table; what it leaves out is as in `usual`, where there is such.
    fn error_words(
        &mut self,
        under: &str,
        entry: Value<'d>,
        table: &Table<'d>,
        usual: Option<&ErrorWords>,
    ) -> Option<ErrorWords> {
        let needed = |key, example| match usual {
            Some(_) => table.get(key),
            None => table.need(key, example),
        };
        let status = match (needed("status", "status = 429"), usual) {
            (Some(value), _) => status(value),
            (None, usual) => usual.map(|usual| usual.status),
        };
        let flag = |key, otherwise: bool| table.get(key).map_or(Some(otherwise), Value::flag);
        let page = flag("page", usual.is_some_and(|usual| usual.page));
        let text = |value: Option<Value<'d>>, usual: Option<&String>| match value {
            Some(value) => value.text().map(str::to_owned),
            None => usual.cloned(),
        };
        // A page has no `error.type`.
        let kind = match page {
            Some(true) => Some(String::new()),
            Some(false) | None => {
                text(needed("type", "type = \"rate_limit\""), usual.map(|usual| &usual.kind))
            }
        };
        let code = match table.get("code") {
            Some(code) => code.text().map(|code| Some(code.to_owned())),
            None => Some(usual.and_then(|usual| usual.code.clone())),
        };
        let message = match needed("message", "message = \"…\"") {
            Some(value) => message(value).map(str::to_owned),
            None => usual.map(|usual| usual.message.clone()),
        };
        let headers = flag("headers", usual.is_none_or(|usual| usual.headers));
        let type_beside = flag("type_beside", usual.is_some_and(|usual| usual.type_beside));
        let from = self.provenance(table);
        let words = ErrorWords {
            status: status?,
            kind: kind?,
            code: code?,
            message: message?,
            headers: headers?,
            page: page?,
            type_beside: type_beside?,
        };
        let code = words.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        let value = format!("{} {}{code}: {}", words.status.0, words.kind, words.message);
        self.note(under, entry, value, from?);
        Some(words)
    }
}

/// The status of a failure.
fn status(value: Value<'_>) -> Option<Status> {
    let number = value.whole()?;
    let status = u16::try_from(number).ok().filter(|n| (400..600).contains(n));
    if status.is_none() {
        let message = format!("`{number}` is not the status of a failure");
        value.fault(code::STATUS, message, "not between 400 and 599", "");
    }
    status.map(Status)
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
