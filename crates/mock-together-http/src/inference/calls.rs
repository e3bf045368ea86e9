//! The ids of calls, in the form of the recorded ones.

use chance::{Purpose, Seed, uniform_below};
use wire::Fate;

/// The id of a choice's call: the same for the same fate.
pub(crate) fn id(fate: Fate, choice: u32) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let draws = Seed(fate.draw).stream(Purpose::Form, choice);
    let letter = |at: u32| {
        let place = uniform_below(draws.draw_attempt(3, at), LETTERS.len() as u64);
        let byte = usize::try_from(place).ok().and_then(|place| LETTERS.get(place));
        char::from(*byte.unwrap_or(&b'0'))
    };
    "call_".chars().chain((0..24).map(letter)).collect()
}
