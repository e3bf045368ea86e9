//! Moments of a calendar as a number: only their differences are used.

use crate::calendar::{days_since_1970, digits};

/// Nanoseconds from 1970 to a moment such as `2023-11-16 18:15:46.6805900`, which has up to nine
/// decimals and no zone; nothing where it is no such moment.
pub(super) fn nanoseconds(text: &str) -> Option<i128> {
    let (date, time) = text.split_once(' ')?;
    at(date, time)
}

/// Nanoseconds from 1970 to a moment such as `2023-11-16T18:15:46.68+01:00`. Logs and databases
/// write a blank for the `T` and shorten or omit the zone, which is UTC then.
pub(super) fn rfc3339(text: &str) -> Option<i128> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at_checked(zone)?;
    Some(at(date, time)? - i128::from(east_of_utc(zone)?) * 1_000_000_000)
}

/// Seconds by which a zone is ahead: `Z`, `+01:00`, `-0530`, `+00`.
fn east_of_utc(zone: &str) -> Option<i64> {
    let (sign, offset) = match zone.as_bytes().first() {
        None => return Some(0),
        Some(b'+') => (1, zone.get(1..)?),
        Some(b'-') => (-1, zone.get(1..)?),
        Some(_) => return (zone.len() == 1).then_some(0),
    };
    let (hours, minutes) = match offset.len() {
        2 => (offset, "00"),
        4 => offset.split_at_checked(2)?,
        _ => offset.split_once(':')?,
    };
    let hours = number(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = number(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 3_600 + minutes * 60))
}

fn at(date: &str, time: &str) -> Option<i128> {
    let mut date = date.split('-');
    let year = number(date.next()?, 4)?;
    let month = number(date.next()?, 2)?;
    let day = number(date.next()?, 2)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.split(':');
    let hour = number(time.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(time.next()?, 2).filter(|minute| *minute < 60)?;
    let second = number(time.next()?, 2).filter(|second| *second < 60)?;
    if date.next().is_some() || time.next().is_some() {
        return None;
    }
    let seconds = (days_since_1970(year, month, day)? * 24 + hour) * 3_600 + minute * 60 + second;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(billionths(fraction)?))
}

/// A number of exactly so many digits.
fn number(text: &str, count: usize) -> Option<i64> {
    digits(text, count).map(i64::from)
}

/// The decimals of a second, in nanoseconds.
fn billionths(decimals: &str) -> Option<i64> {
    if decimals.len() > 9 {
        return None;
    }
    number(&format!("{decimals:0<9}"), 9).filter(|_| !decimals.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i128 = 86_400_000_000_000;

    #[test]
    fn moments_count_from_1970() {
        assert_eq!(nanoseconds("1970-01-01 00:00:00"), Some(0));
        assert_eq!(nanoseconds("1970-01-02 00:00:00.5"), Some(DAY + 500_000_000));
        // date -u -d '2023-11-16 18:15:46' +%s
        assert_eq!(nanoseconds("2023-11-16 18:15:46.6805900"), Some(1_700_158_546_680_590_000));
        assert_eq!(nanoseconds("1969-12-31 23:59:59.999999999"), Some(-1));
    }

    #[test]
    fn zones_are_taken_off() {
        let utc = nanoseconds("2023-11-16 18:15:46.68").unwrap();
        for text in [
            "2023-11-16T18:15:46.68Z",
            "2023-11-16t18:15:46.680z",
            "2023-11-16 18:15:46.68",
            "2023-11-16 18:15:46.68+00",
            "2023-11-16T19:15:46.68+01:00",
            "2023-11-16T12:45:46.680000-0530",
            "2023-11-17T00:15:46.68+06",
        ] {
            assert_eq!(rfc3339(text), Some(utc), "{text}");
        }
        for text in ["2023-11-16T18:15:46.68X", "2023-11-16T18:15:46+1", "2023-11-16T18:15:46Z1"] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
        for text in ["2023-11-16T18:15:46+24:00", "2023-11-16T18:15:46+0é0", "1700158546"] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = nanoseconds("1999-12-31 00:00:00").unwrap();
        let mut days = 0;
        for year in 2000..=2004 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let moment = format!("{year}-{month:02}-{day:02} 00:00:00");
                    if let Some(at) = nanoseconds(&moment) {
                        assert_eq!(at - last, DAY, "{moment}");
                        (last, days) = (at, days + 1);
                    }
                }
            }
        }
        assert_eq!(days, 5 * 365 + 2);
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2023-11-16",
            "2023-11-16T18:15:46",
            "2023-13-01 00:00:00",
            "2023-02-29 00:00:00",
            "2023-11-16 24:00:00",
            "2023-11-16 18:60:46",
            "2023-11-16 18:15:60",
            "2023-11-16 18:15",
            "2023-11-16 18:15:46.",
            "2023-11-16 18:15:46.1234567890",
            "2023-11-16 18:15:46.+1",
            "23-11-16 18:15:46",
            "2023-11-16 18:15:46 ",
            "+023-11-16 18:15:46",
        ] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
