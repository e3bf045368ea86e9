//! `first_send`: when may an attempt go?

use rulebook::reading::{Table, Takes, Value};
use strategies::{BucketBurst, FirstSendPart, Share};

use crate::fault::Code;

pub(in crate::written) const WORDS: &[(&str, Takes)] = &[
    ("at_once", Takes::Nothing),
    ("pace_by_headers", Takes::Nothing),
    ("own_bucket", Takes::Either),
];
pub(in crate::written) const OWN_BUCKET: &[&str] = &["share"];
pub(in crate::written) const SHARES: &[&str] = &["whole", "1/N"];

pub(super) fn read(value: Value<'_>) -> Option<FirstSendPart> {
    let chosen = value.choice(WORDS)?;
    Some(match chosen.word {
        "pace_by_headers" => FirstSendPart::PaceByHeaders,
        "own_bucket" => {
            let share = match chosen.value {
                Some(settings) => share(&settings.table(OWN_BUCKET)?)?,
                None => Share::Whole,
            };
            FirstSendPart::OwnBucket { share, burst: BucketBurst::Spread }
        }
        _ => FirstSendPart::AtOnce,
    })
}

/// The part of the published limits that each client of a group takes for itself.
fn share(table: &Table<'_>) -> Option<Share> {
    let value = table.need("share", "share = \"whole\"")?;
    let text = if value.is_text() { value.any_text("", "") } else { None };
    if let Some(text) = text
        && text.starts_with("1/")
        && text != "1/N"
    {
        let message = format!("`share` cannot be `{text}`");
        let help = "write `share = \"1/N\"` as it stands here: N is the `clients` of each group";
        value.fault(Code::UnknownWord.name(), message, "no number is written here", help);
        return None;
    }
    Some(if value.word(SHARES)? == "1/N" { Share::OneNth } else { Share::Whole })
}
