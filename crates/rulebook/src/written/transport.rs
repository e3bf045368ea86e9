//! The headers beside those of the limits, as an edition writes them: by the responses that carry
//! them, each as the line that it is.

use crate::reading::{Table, Value, known};
use crate::transport::{CarriedBy, PLACES, Transport, TransportHeader};

use super::{Reader, code};

/// What it looks like, for whoever wrote something else.
const LINE: &str = "write the line as it is sent, `server: cloudflare`";

impl<'d> Reader<'d> {
    /// `[headers.transport]`, which an edition may leave out.
    pub(super) fn transport(&mut self, headers: &Table<'d>) -> Transport {
        const KEYS: &[&str] = &[
            "asked", "gateway", "every", "body", "started", "whole", "limited", "failed", "image",
            "models", "debug",
        ];
        let mut transport = Transport::default();
        let Some(table) = headers.get("transport").and_then(|entry| entry.table(KEYS)) else {
            return transport;
        };
        let asked = table.get("asked").and_then(|one| self.fact("headers.transport", one, line));
        transport.asked =
            asked.map(|asked| (asked.value.0.to_lowercase(), asked.value.1.to_owned()));
        for (by, word) in CarriedBy::ALL.into_iter().zip(CarriedBy::WORDS) {
            let section = table.get(word).and_then(Value::free_table);
            for entry in section.iter().flat_map(Table::entries) {
                let under = format!("headers.transport.{word}");
                let Some(noted) = self.fact(&under, entry, line) else { continue };
                let (name, value) = noted.value;
                let (name, value) = (name.to_lowercase(), value.to_owned());
                transport.headers.push(TransportHeader { by, name, value });
            }
        }
        transport
    }
}

/// A header's line: its name and its value, whose places are all known.
fn line(value: Value<'_>) -> Option<(&str, &str)> {
    let text = value.text()?;
    let token = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((name, rest)) = text.split_once(": ").filter(|(name, _)| token(name)) else {
        let message = format!("`{text}` is no line of a header");
        value.fault(code::NOT_A_HEADER, message, "no name and value", LINE);
        return None;
    };
    let mut known_places = true;
    for part in rest.split('{').skip(1) {
        let place = part.split('}').next().unwrap_or(part);
        if !PLACES.contains(&place) {
            let message = format!("no place is named `{{{place}}}`");
            value.fault(code::UNKNOWN_PLACE, message, "in this header", &known(place, &PLACES));
            known_places = false;
        }
    }
    known_places.then_some((name, rest))
}
