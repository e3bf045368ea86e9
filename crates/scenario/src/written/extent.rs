//! What a request asks for beside its tokens, as it is written: the size of pictures, what is
//! spoken, how much of the prompt was met before.

use core::ops::Range;

use rulebook::Extent;
use rulebook::reading::{Table, Value};

use super::{happening, small};
use crate::fault::Code;

/// Pixels of a picture's side, at most.
const MOST_SIDE: u32 = 65_536;
/// Steps, characters or seconds of one request, at most.
pub(in crate::written) const MOST: u64 = 1_000_000;

/// What a group says of the extent of its requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenExtent {
    pub(crate) extent: Extent,
    /// Width and height of a picture in pixels, where it says them.
    pub(crate) size: Option<(u32, u32)>,
    /// Where it says how much of its prompts was met before.
    pub(crate) cached: Option<Range<usize>>,
}

pub(super) fn read(table: &Table<'_>) -> WrittenExtent {
    let number = |key: &'static str| table.get(key).and_then(|value| value.whole_up_to(MOST));
    let cached = table.get("cached");
    let size = table.get("size").and_then(sides);
    let pixels = |(width, height)| u64::from(width) * u64::from(height);
    WrittenExtent {
        size,
        extent: Extent {
            pixels: size.map(pixels).unwrap_or_default(),
            steps: number("steps").and_then(small),
            characters: number("characters").unwrap_or_default(),
            seconds: number("seconds").unwrap_or_default(),
            cached: cached.and_then(happening::millionths).unwrap_or_default(),
            ..Extent::default()
        },
        cached: cached.map(|value| value.place()),
    }
}

/// `"1024x1024"`.
fn sides(value: Value<'_>) -> Option<(u32, u32)> {
    let help = "width and height in pixels: \"1024x1024\"";
    let text = value.any_text("a size", help)?;
    let side = |text: &str| {
        let side = text.trim().parse::<u32>().ok();
        side.filter(|side| (1..=MOST_SIDE).contains(side))
    };
    let sides =
        text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    if sides.is_none() {
        let message = "`size` must be width and height of a picture".to_owned();
        value.fault(Code::OutOfRange.name(), message, "not such a size", help);
    }
    sides
}
