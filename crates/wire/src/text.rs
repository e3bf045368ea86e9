//! [`Shows`] as header text, and back.
//!
//! Two promises hold, both kept by properties: `read(write(shows)) == shows` for every value
//! there is, and reading never panics, whatever the text.
//!
//! Reading is strict about form and generous about size. Spaces and tabs around a value do not
//! count. A number is ASCII digits, with a point and more digits where decimals belong; anything
//! else (a sign, an exponent, a unit, "2, 2" from a repeated header) leaves its field absent, and
//! a hint [`Hint::Unreadable`]. A number too large for its field reads as the largest its field
//! can hold, since that is what it means. Decimals beyond the field's grain are rounded, half up.

use core::fmt::{self, Write as _};

use crate::date;
use crate::shows::{Hint, Rate10, Shows};

/// The names of the headers, as an edition of the service spells them.
///
/// An empty name is a header that edition does not have: it is neither written nor looked for.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Words<'a> {
    /// Carries [`Shows::limit`].
    pub limit: &'a str,
    /// Carries [`Shows::remaining`].
    pub remaining: &'a str,
    /// Carries [`Shows::reset`].
    pub reset: &'a str,
    /// Carries [`Shows::hint`], unless it is in milliseconds.
    pub hint: &'a str,
    /// Carries a [`Hint::Millis`].
    pub hint_millis: &'a str,
    /// Carries [`Shows::limited`].
    pub limited: &'a str,
    /// Carries [`Shows::limit_tokens`].
    pub limit_tokens: &'a str,
    /// Carries [`Shows::remaining_tokens`].
    pub remaining_tokens: &'a str,
    /// Carries [`Shows::limit_dynamic`].
    pub limit_dynamic: &'a str,
    /// Carries [`Shows::remaining_dynamic`].
    pub remaining_dynamic: &'a str,
}

/// Hands every header that `shows` has a value for to `put`, as name and value.
///
/// ```
/// use wire::{Hint, Rate10, Shows, Words, text};
///
/// let words = Words { limit: "x-limit", hint: "retry-after", ..Words::default() };
/// let shows = Shows { limit: Some(Rate10::whole(10)), hint: Hint::Seconds(2), ..Shows::default() };
/// let mut head = String::new();
/// text::write(&shows, &words, &mut |name, value| head += &format!("{name}: {value}\n"));
/// assert_eq!(head, "x-limit: 10\nretry-after: 2\n");
/// ```
pub fn write(shows: &Shows, words: &Words<'_>, put: &mut impl FnMut(&str, &str)) {
    let mut field = |name: &str, value: fmt::Arguments<'_>| {
        let mut line = Line::default();
        // A line has room for the longest value, so writing to it does not fail; were it ever to,
        // no header would be better than one cut short.
        if !name.is_empty() && line.write_fmt(value).is_ok() {
            put(name, line.as_str());
        }
    };
    if let Some(limit) = shows.limit {
        field(words.limit, format_args!("{limit}"));
    }
    if let Some(remaining) = shows.remaining {
        field(words.remaining, format_args!("{remaining}"));
    }
    if let Some(reset) = shows.reset {
        field(words.reset, format_args!("{reset}"));
    }
    match shows.hint {
        Hint::Absent => {}
        Hint::Seconds(seconds) => field(words.hint, format_args!("{seconds}")),
        Hint::Millis(millis) => field(words.hint_millis, format_args!("{millis}")),
        Hint::Fraction(thousandths) => {
            field(words.hint, format_args!("{}.{:03}", thousandths / 1000, thousandths % 1000));
        }
        Hint::Date(seconds) => field(words.hint, format_args!("{}", date::Fixdate(seconds))),
        Hint::Negative(seconds) => field(words.hint, format_args!("-{seconds}")),
        Hint::Unreadable => field(words.hint, format_args!("soon")),
    }
    if let Some(limited) = shows.limited {
        field(words.limited, format_args!("{limited}"));
    }
    if let Some(limit_tokens) = shows.limit_tokens {
        field(words.limit_tokens, format_args!("{limit_tokens}"));
    }
    if let Some(remaining_tokens) = shows.remaining_tokens {
        field(words.remaining_tokens, format_args!("{remaining_tokens}"));
    }
    if let Some(limit_dynamic) = shows.limit_dynamic {
        field(words.limit_dynamic, format_args!("{limit_dynamic}"));
    }
    if let Some(remaining_dynamic) = shows.remaining_dynamic {
        field(words.remaining_dynamic, format_args!("{remaining_dynamic}"));
    }
}

/// Reads what a response shows; `lookup` finds a header's value by its name.
///
/// Milliseconds go before seconds when a response has both, as in the SDKs; when the
/// milliseconds cannot be read, the seconds count.
///
/// ```
/// use wire::{Hint, Words, text};
///
/// let words = Words { hint: "retry-after", ..Words::default() };
/// let shows = text::read(&words, |name| (name == "retry-after").then_some("2"));
/// assert_eq!(shows.hint, Hint::Seconds(2));
/// assert_eq!(shows.reset, None);
/// ```
pub fn read<'v>(words: &Words<'_>, lookup: impl Fn(&str) -> Option<&'v str>) -> Shows {
    let value = |name: &str| {
        let there = if name.is_empty() { None } else { lookup(name) };
        there.map(|text| text.trim_matches([' ', '\t']))
    };
    Shows {
        limit: value(words.limit).and_then(rate),
        remaining: value(words.remaining).and_then(whole),
        reset: value(words.reset).and_then(whole),
        hint: hint(value(words.hint_millis), value(words.hint)),
        limited: value(words.limited).and_then(truth),
        limit_tokens: value(words.limit_tokens).and_then(rate),
        remaining_tokens: value(words.remaining_tokens).and_then(whole),
        limit_dynamic: value(words.limit_dynamic).and_then(rate),
        remaining_dynamic: value(words.remaining_dynamic).and_then(whole),
    }
}

fn hint(millis: Option<&str>, seconds: Option<&str>) -> Hint {
    if let Some(millis) = millis.and_then(|text| decimal(text, 0)) {
        return Hint::Millis(fitted(millis));
    }
    match (millis, seconds) {
        (_, Some(text)) => hint_in_seconds(text),
        (Some(_), None) => Hint::Unreadable,
        (None, None) => Hint::Absent,
    }
}

fn hint_in_seconds(text: &str) -> Hint {
    if let Some(seconds) = whole(text) {
        return Hint::Seconds(seconds);
    }
    if let Some(thousandths) = decimal(text, 3) {
        return Hint::Fraction(thousandths);
    }
    if let Some(below) = text.strip_prefix('-').and_then(|rest| decimal(rest, 3)) {
        return Hint::Negative(fitted(below / 1000));
    }
    date::read(text).map_or(Hint::Unreadable, Hint::Date)
}

fn truth(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn rate(text: &str) -> Option<Rate10> {
    decimal(text, 10).map(Rate10)
}

/// A whole number, saturating.
fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| decimal(text, 0)).flatten().map(fitted)
}

fn fitted(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Digits, perhaps a point and more digits, as a count of 10⁻ᵖˡᵃᶜᵉˢ: rounded half up, saturating.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (before, after) = text.split_once('.').unwrap_or((text, "0"));
    if before.is_empty() || after.is_empty() {
        return None;
    }
    let mut number = digits(0, before.bytes())?;
    let kept = after.bytes().chain(core::iter::repeat(b'0')).take(places);
    number = digits(number, kept)?;
    // Digits that do not count must still be digits.
    digits(0, after.bytes())?;
    let up = after.as_bytes().get(places).is_some_and(|next| *next >= b'5');
    Some(number.saturating_add(u64::from(up)))
}

fn digits(start: u64, bytes: impl Iterator<Item = u8>) -> Option<u64> {
    let mut number = start;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    }
    Some(number)
}

/// Room for the longest value there is: a date in the year 584,554,051,223.
struct Line {
    bytes: [u8; 40],
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self { bytes: [0; 40], length: 0 }
    }
}

impl Line {
    fn as_str(&self) -> &str {
        // Only whole strings were written, so the bytes are text; the empty string is never met.
        self.bytes.get(..self.length).and_then(|it| core::str::from_utf8(it).ok()).unwrap_or("")
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
