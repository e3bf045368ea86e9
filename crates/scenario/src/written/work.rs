//! The class of work of a group as it is written, and what only some classes have.

use core::num::NonZeroU32;
use core::ops::Range;

use rulebook::Work;
use rulebook::reading::{Table, Value};

use super::{Placed, small};

/// Pictures or texts that one request may have.
pub(super) const MOST: u64 = 1_000;

/// The keys that not every class has.
const OF_SOME: [&str; 13] = [
    "endpoint",
    "prompt",
    "answer",
    "correlation",
    "max_tokens",
    "stream",
    "images",
    "inputs",
    "size",
    "steps",
    "characters",
    "seconds",
    "cached",
];

/// What a group says of its work.
#[derive(Debug)]
pub(crate) struct WrittenWork {
    pub(crate) work: Option<Placed<Work>>,
    pub(crate) images: Option<NonZeroU32>,
    pub(crate) inputs: Option<NonZeroU32>,
    /// The keys of [`OF_SOME`] that are there, and where.
    pub(crate) said: Vec<(&'static str, Range<usize>)>,
    /// The group itself.
    pub(crate) place: Range<usize>,
    /// Whether lengths that are not said may come with a trace.
    pub(crate) may_come_along: bool,
}

pub(super) fn read(table: &Table<'_>, may_come_along: bool) -> WrittenWork {
    let number = |key: &'static str| table.get(key).and_then(count);
    let said = OF_SOME.iter().filter_map(|key| Some((*key, table.get(key)?.key_place())));
    WrittenWork {
        work: table.get("work").and_then(class),
        images: number("images"),
        inputs: number("inputs"),
        said: said.collect(),
        place: table.place(),
        may_come_along,
    }
}

fn class(value: Value<'_>) -> Option<Placed<Work>> {
    let work = value.word(Work::WORDS).and_then(Work::of_word)?;
    Some(Placed { value: work, place: value.place() })
}

fn count(value: Value<'_>) -> Option<NonZeroU32> {
    value.whole_up_to(MOST).and_then(small).and_then(NonZeroU32::new)
}
