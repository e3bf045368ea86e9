//! The limits of work other than chat: for each class a row for every tier that has a number.

use std::collections::BTreeMap;

use crate::reading::{Table, Value};
use crate::rows::WorkRows;
use crate::work::Work;

use super::limits::{Tiers, token_rate};
use super::{Reader, code};

/// What every tier allows of each class that has rows of its own.
pub(super) type Works = BTreeMap<Work, WorkRows>;

/// The classes that have rows of their own; the others have the tier's.
const CLASSES: &[&str] = &["embedding", "re-rank", "image", "video", "audio"];

impl Reader<'_> {
    pub(super) fn works(&mut self, tiers: Option<&Tiers>) -> Option<Works> {
        let Some(section) = self.root.get("work") else { return Some(Works::new()) };
        let section = section.table(CLASSES)?;
        let mut works = Works::new();
        for entry in section.entries() {
            let Some(work) = Work::of_word(entry.key()) else { continue };
            let (keys, counted): (&'static [&'static str], _) = match work {
                Work::Image => (&["images"], "images"),
                Work::Embedding | Work::Rerank => (&["requests", "tokens"], "requests"),
                Work::Chat | Work::Completion | Work::Video | Work::Audio => {
                    (&["requests"], "requests")
                }
            };
            let Some(table) = entry.table(keys) else { continue };
            let under = format!("work.{}", entry.key());
            let example = format!("[work.{}.{counted}]", entry.key());
            let requests = table.need(counted, &example);
            let requests =
                requests.and_then(|v| self.rows(&under, v, (tiers, false), Value::rate_above_zero));
            let tokens = table.get("tokens");
            let tokens = tokens.and_then(|v| self.rows(&under, v, (tiers, false), token_rate));
            works.insert(work, WorkRows { requests: requests.unwrap_or_default(), tokens });
        }
        Some(works)
    }
}

/// Refuses what a model of this class cannot have: nothing would read it.
pub(super) fn refuse_other_work(table: &Table<'_>, model: &str, work: Work) {
    let form: &[(&str, &str)] = &[
        ("dimension", "only the vectors of embeddings have one"),
        ("sample_rate", "only speech has one"),
    ];
    let form = form.iter().filter(|(key, _)| match work {
        Work::Embedding => *key != "dimension",
        Work::Audio => *key != "sample_rate",
        Work::Chat | Work::Completion | Work::Rerank | Work::Image | Work::Video => true,
    });
    let unread: &[(&str, &str)] = match work {
        Work::Chat | Work::Completion => &[
            ("images", "write `requests`"),
            ("images_by", "write `requests_by`"),
            ("per_image", "write `first_token` and `speed`"),
        ],
        Work::Image => &[
            ("requests", "write `images`"),
            ("requests_by", "write `images_by`"),
            ("first_token", "write `per_image`"),
            ("speed", "write `per_image`"),
        ],
        Work::Embedding | Work::Rerank | Work::Video | Work::Audio => &[
            ("images", "write `requests`"),
            ("images_by", "write `requests_by`"),
            ("per_image", "how long it takes is an assumption of its class"),
            ("first_token", "how long it takes is an assumption of its class"),
            ("speed", "how long it takes is an assumption of its class"),
        ],
    };
    for (key, help) in unread.iter().chain(form) {
        if let Some(value) = table.get(key) {
            let message = format!("`{model}` does {work} work, which has no `{key}`");
            value.fault(code::OTHER_WORK, message, "nothing reads it", help);
        }
    }
}
