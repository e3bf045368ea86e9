//! Moments of a log as people and scripts read them.

use limits::Instant;
use wire::civil;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// A date and time in UTC to the millisecond, `2025-11-03T09:00:00.250Z`; where moments are not
/// dates, seconds since the log's own beginning of time, `12.500s`.
pub(crate) fn moment(at: Instant, dated: bool) -> String {
    let (seconds, millis) = (at.nanos() / SECOND, at.nanos() % SECOND / 1_000_000);
    if !dated {
        return format!("{seconds}.{millis:03}s");
    }
    let (year, month, day) = civil(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The day of a moment, `2025-11-03`; where moments are not dates, as [`moment`].
pub(crate) fn day(at: Instant, dated: bool) -> String {
    let text = moment(at, dated);
    text.split_once('T').map_or(text.clone(), |(day, _)| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_where_the_log_has_dates() {
        let at = |millis: u64| Instant::from_nanos(millis * 1_000_000);
        assert_eq!(moment(at(1_742_769_302_285), true), "2025-03-23T22:35:02.285Z");
        assert_eq!(moment(at(1_709_164_800_000), true), "2024-02-29T00:00:00.000Z");
        assert_eq!(day(at(1_767_225_599_999), true), "2025-12-31");
        assert_eq!(moment(at(12_500), false), "12.500s");
        assert_eq!(day(at(12_500), false), "12.500s");
    }
}
