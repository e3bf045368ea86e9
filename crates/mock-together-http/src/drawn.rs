//! Marks and instants in the forms in which a service writes them. A mark is the same for the same
//! number.

use std::fmt::Write as _;

use chance::{Purpose, Seed, uniform_below};
use limits::{Clock as _, Instant};

use crate::mock::Mock;

/// 128 bits in the form of a UUID of version 4.
pub(crate) fn uuid(of: u64) -> String {
    let draws = Seed(of).stream(Purpose::Fate, u32::MAX);
    let (high, low) = (draws.draw(0), draws.draw(1));
    let (high, low) = (high & !0xf000 | 0x4000, low & !(0b11 << 62) | 0b10 << 62);
    let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    let (fourth, fifth) = (low >> 48, low & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{fifth:012x}")
}

/// Sixteen hexadecimal digits.
pub(crate) fn hex(of: u64) -> String {
    format!("{:016x}", Seed(of).stream(Purpose::Fate, u32::MAX).draw(2))
}

/// As many letters, digits and signs of base64.
pub(crate) fn base64(of: u64, length: u32) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let draws = Seed(of).stream(Purpose::Fate, u32::MAX);
    let letter = |at: u32| {
        let place = uniform_below(draws.draw_attempt(3, at), LETTERS.len() as u64);
        usize::try_from(place)
            .ok()
            .and_then(|place| LETTERS.get(place))
            .map_or('A', |it| (*it).into())
    };
    (0..length).map(letter).collect()
}

/// An instant as RFC 3339 has it, in milliseconds: `2025-12-14T13:26:53.561Z`.
pub(crate) fn date_time(millis: u64) -> String {
    const DAY: u64 = 86_400;
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let (days, second) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = wire::civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let mut text = String::with_capacity(24);
    // Writing to memory does not fail.
    let _ = write!(
        text,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
    );
    text
}

impl Mock {
    /// Milliseconds since 1970 began, at an instant of the mock's clock.
    pub(crate) fn millis(&self, at: Instant) -> u64 {
        self.plan.epoch.saturating_mul(1_000).saturating_add(at.nanos() / 1_000_000)
    }

    /// Now, as RFC 3339 has it.
    pub(crate) fn now_text(&self) -> String {
        date_time(self.millis(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_their_forms_and_are_the_same_for_the_same_number() {
        let mark = uuid(7);
        let parts: Vec<usize> = mark.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&mark[14..15], "4");
        assert!("89ab".contains(&mark[19..20]), "{mark}");
        assert_eq!((uuid(7), hex(7), base64(7, 27)), (mark, hex(7), base64(7, 27)));
        assert_ne!(uuid(7), uuid(8));
    }

    #[test]
    fn an_instant_has_its_milliseconds() {
        assert_eq!(date_time(1_765_718_813_561), "2025-12-14T13:26:53.561Z");
        assert_eq!(date_time(0), "1970-01-01T00:00:00.000Z");
    }
}
